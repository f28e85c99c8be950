package term

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Notification returns what makes a terminal call its person with a text of plain
// words, in a way of the setting ui.notify: "bell", which every terminal knows, by the
// sequences "osc9", "osc777" or "osc99", which some show as a text, or "off". Inside
// of tmux a sequence is wrapped for the terminal around it, which gets it where
// allow-passthrough is on.
func (e Environ) Notification(way, text string) string {
	var seq string
	switch way {
	case "osc9":
		seq = ansi.Notify(text)
	case "osc777":
		seq = "\x1b]777;notify;assay;" + strings.ReplaceAll(text, ";", ",") + "\x07"
	case "osc99":
		seq = ansi.DesktopNotification(text)
	case "off":
		return ""
	default:
		return "\a"
	}
	if e.Get("TMUX") != "" {
		return ansi.TmuxPassthrough(seq)
	}
	return seq
}

// Progress reports whether the terminal is known to draw a progress mark by OSC 9;4.
// Others are not tried: some show such a sequence as a notification.
func (e Environ) Progress() bool {
	if e.Get("TMUX") != "" || e.Get("STY") != "" {
		return false
	}
	return e.Get("TERM") == "xterm-ghostty" || e.Get("WT_SESSION") != "" || e.Get("ConEmuANSI") == "ON" || TakesProgress(e.Get("TERM_PROGRAM"))
}

// TakesProgress is Progress by the name that a terminal gives itself, such as
// "WezTerm 20240203".
func TakesProgress(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "ghostty") || strings.HasPrefix(name, "wezterm") || strings.HasPrefix(name, "windows terminal")
}
