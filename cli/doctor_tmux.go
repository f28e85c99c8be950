package cli

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// tmuxOptions are settings of tmux that a screen in it feels, with the values that
// take something away.
var tmuxOptions = []struct {
	name string
	ask  []string
	bad  func(value string) bool
	why  string
}{
	{"set-clipboard", []string{"show-options", "-sv", "set-clipboard"}, off, "y copies nothing to your clipboard; set -s set-clipboard on"},
	{"focus-events", []string{"show-options", "-gv", "focus-events"}, off, "a screen in the background is drawn as often as one in front, and no long run calls you back; set -g focus-events on"},
	{"escape-time", []string{"show-options", "-sv", "escape-time"}, func(v string) bool { n, err := strconv.Atoi(v); return err == nil && n > 100 }, "esc comes late; set -s escape-time 20"},
	{"allow-passthrough", []string{"show-options", "-gwv", "allow-passthrough"}, off, "pictures of ui.pictures = kitty and the texts of ui.notify = osc9, osc777 and osc99 end here, the bell does not; set -g allow-passthrough on"},
	{"terminal-features", []string{"display-message", "-p", "#{client_termfeatures}"}, func(v string) bool { return v != "" && !strings.Contains(v, "RGB") }, "256 colours at most; where the terminal outside has more: set -as terminal-features ',*:RGB'"},
}

func off(value string) bool { return value == "off" }

// examineTmux says what the tmux around this terminal takes away. It only asks: the
// settings belong to the person.
func examineTmux(ctx context.Context, getenv func(string) string) []diagnosis {
	if getenv("TMUX") == "" {
		return nil
	}
	const patience = 2 * time.Second
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var out []diagnosis
	for _, o := range tmuxOptions {
		value, err := exec.CommandContext(ctx, "tmux", o.ask...).Output()
		if err != nil { // an old tmux without the option, or none that answers
			continue
		}
		if v := strings.TrimSpace(string(value)); o.bad(v) {
			out = append(out, diagnosis{Area: "tmux", Status: "note", Text: o.name + " is " + v, Next: o.why})
		}
	}
	if len(out) == 0 {
		out = append(out, diagnosis{Area: "tmux", Status: "ok", Text: "clipboard, focus, escape, colours and notifications pass through it"})
	}
	return out
}

// tmuxHere is examineTmux for this process.
func tmuxHere(ctx context.Context) []diagnosis { return examineTmux(ctx, os.Getenv) }
