package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type says what the value of a setting is.
type Type string

// The types of settings. Text is what a value is compared and shown by, whatever
// its type.
const (
	Choice Type = "choice" // one of Setting.Choices
	Name   Type = "name"   // a name or a path
	Size   Type = "size"   // a number of bytes: 8GiB
	Span   Type = "span"   // a time: 90s, 2m
	Count  Type = "count"  // a whole number
)

// Setting describes one key of the configuration file.
type Setting struct {
	Key     string // "ui.theme": section and key
	Type    Type
	Choices []string // of a Choice, the default among them
	Default string
	Least   int64 // of a Count, or of a Size other than 0
	Help    string
	Names   []string // of environment variables, beside the one made of the key
	Later   bool     // takes effect with the next start of a screen, not at once
}

// Settings are few: each has somebody who would otherwise leave. They come in the
// order of the settings screen.
var settings = []Setting{
	{Key: "ui.theme", Type: Name, Default: "auto", Names: []string{"ASSAY_THEME"},
		Help: "Colours: the name of a theme, or auto for a dark or a light one as the terminal's ground is."},
	{Key: "ui.colors", Type: Choice, Choices: []string{"auto", "none", "16", "256", "truecolor"}, Default: "auto",
		Help: "How many colours to use; auto asks the terminal and honours NO_COLOR."},
	{Key: "ui.remote", Type: Choice, Choices: []string{"auto", "on", "off"}, Default: "auto", Names: []string{"ASSAY_REMOTE"},
		Help: "The profile for slow links: fewer colours and frames. auto chooses it where SSH_CONNECTION, SSH_TTY or SSH_CLIENT is set."},
	{Key: "ui.remote_colors", Type: Choice, Choices: []string{"none", "16", "256", "truecolor"}, Default: "256",
		Help: "The most colours over a remote link: a ramp in 24 bits costs three times the bytes of one in 256 colours."},
	{Key: "ui.glyphs", Type: Choice, Choices: []string{"auto", "unicode", "ascii"}, Default: "auto",
		Help: "What boxes, bars and charts are drawn with; auto goes by the locale."},
	{Key: "ui.pictures", Type: Choice, Choices: []string{"auto", "kitty", "cells"}, Default: "auto", Names: []string{"ASSAY_PICTURES"},
		Help: "How pictures are drawn: kitty sends pixels to terminals that know the protocol, cells draws them with blocks."},
	{Key: "ui.announce", Type: Choice, Choices: []string{"off", "on"}, Default: "off",
		Help: "on says the row, cell or choice under the cursor as a plain sentence in place of the status bar, and parks the terminal's cursor there: for screen readers and magnifiers."},
	{Key: "ui.mouse", Type: Choice, Choices: []string{"auto", "on", "off"}, Default: "auto", Names: []string{"ASSAY_MOUSE"},
		Help: "off leaves the mouse to the terminal; every action has a key."},
	{Key: "ui.notify", Type: Choice, Choices: []string{"bell", "osc9", "osc777", "osc99", "off"}, Default: "bell",
		Help: "How the terminal calls you when a run that you started on its screen ends after more than 30 s while you look elsewhere: the bell, or a text by one of three sequences that some terminals show."},
	{Key: "ui.clipboard", Type: Choice, Choices: []string{"auto", "osc52", "native", "tmux", "file"}, Default: "auto",
		Help: "How texts are copied: by the terminal (osc52), a program of this machine (native), tmux, or into a file. auto is native where you sit at the machine, else tmux where it runs in one, else osc52."},
	{Key: "ui.linear", Type: Choice, Choices: []string{"off", "on"}, Default: "off", Names: []string{"ASSAY_LINEAR"}, Later: true,
		Help: "on opens lines of text and typed commands in place of screens, as --linear does."},
	{Key: "ui.welcome", Type: Choice, Choices: []string{"on", "off"}, Default: "on",
		Help: "on offers a tour where no run was ever recorded; esc there turns it off. assay tour repeats it."},
	{Key: "ui.toasts", Type: Choice, Choices: []string{"normal", "long", "stay"}, Default: "normal",
		Help: "How long news stay on the screen: a few seconds, four times as long, or until esc. Errors always wait for esc."},
	{Key: "ui.tips", Type: Choice, Choices: []string{"on", "off"}, Default: "on",
		Help: "on gives a tip now and then, each of them once."},
	{Key: "keys.preset", Type: Choice, Choices: []string{"default", "vim", "arrows"}, Default: "default",
		Help: "Keys of all screens: default has letters as in vi beside arrows; vim adds ctrl+f, ctrl+b and ctrl+w; arrows moves by arrows, page keys, home and end alone, and adds delete, insert and f5. keys.toml changes single ones."},
	{Key: "run.memory", Type: Size, Default: "0", Least: 256 << 20,
		Help: "The most memory that the process of a new run may take, such as 8GiB; 0 is no limit. --memory and the form overrule it."},
	{Key: "run.stall", Type: Span, Default: "0s",
		Help: "End a run that reports nothing for so long; 0s leaves it to the kind of run, mostly 2m. --stall overrules it."},
	{Key: "db.upkeep", Type: Choice, Choices: []string{"on", "off"}, Default: "on",
		Help: "on removes old runs once a day, as assay db gc does under the limits below, and copies the database once a week. Both happen beside a screen while no run is live."},
	{Key: "db.keep_runs", Type: Count, Default: "200",
		Help: "The newest so many runs stay, whatever their age and size. Runs with a star, a tag, a note or labels always stay."},
	{Key: "db.keep_days", Type: Count, Default: "90",
		Help: "Runs that ended within so many days stay, as long as everything together takes no more than db.keep_size."},
	{Key: "db.keep_size", Type: Size, Default: "5GiB", Least: 64 << 20,
		Help: "What everything may take together before runs go that are not among the newest, the oldest first."},
}

// Settings returns every setting, in the order of the settings screen.
func Settings() []Setting { return slices.Clone(settings) }

// Find returns the setting of a key.
func Find(key string) (Setting, bool) {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return settings[i], true
}

// Env is the environment variable of the setting: ASSAY_UI_THEME.
func (s Setting) Env() string {
	return "ASSAY_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// Expect says what a value looks like: "one of auto, on, off".
func (s Setting) Expect() string {
	switch s.Type {
	case Choice:
		return "one of " + strings.Join(s.Choices, ", ")
	case Size:
		return "a size such as 8GiB, at least " + Bytes(s.Least).String() + ", or 0"
	case Span:
		return "a time such as 90s or 2m"
	case Count:
		return fmt.Sprintf("a whole number, at least %d", s.Least)
	}
	return "a name"
}

// words are what people write for on and off.
var words = map[string]string{
	"1": "on", "true": "on", "yes": "on", "0": "off", "false": "off", "no": "off",
}

// Check returns the text of a value as it is kept, or says what was expected.
func (s Setting) Check(text string) (string, error) {
	text = strings.TrimSpace(text)
	bad := fmt.Errorf("expected %s, not %q", s.Expect(), text)
	switch s.Type {
	case Choice:
		low := strings.ToLower(text)
		if slices.Contains(s.Choices, low) {
			return low, nil
		}
		if w, ok := words[low]; ok && slices.Contains(s.Choices, w) {
			return w, nil
		}
		return "", bad
	case Size:
		n, err := ParseBytes(text)
		if err != nil || n != 0 && int64(n) < s.Least {
			return "", bad
		}
		return strings.ReplaceAll(n.String(), " ", ""), nil
	case Span:
		if text == "0" {
			return "0s", nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return "", bad
		}
		return d.String(), nil
	case Count:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < s.Least {
			return "", bad
		}
		return strconv.FormatInt(n, 10), nil
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", bad
	}
	return text, nil
}

// toml writes a value as the file has it.
func (s Setting) toml(text string) string {
	if s.Type == Count {
		return text
	}
	return quote(text)
}

// quote writes a text as a basic string of TOML.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
