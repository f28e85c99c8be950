package ui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// Input is a line of text that can be edited.
type Input struct {
	runes []rune
	at    int // the caret stands before this rune
}

// Text returns what was typed.
func (in *Input) Text() string { return string(in.runes) }

// Set replaces the text and puts the caret behind it.
func (in *Input) Set(text string) {
	in.runes = []rune(Plain(text))
	in.at = len(in.runes)
}

// Paste inserts text at the caret. Line breaks become blanks; it reports whether
// there were any.
func (in *Input) Paste(text string) bool {
	text = strings.TrimRight(text, "\r\n")
	joined := strings.ContainsAny(text, "\r\n")
	in.insert([]rune(Plain(strings.ReplaceAll(text, "\r\n", "\n"))))
	return joined
}

func (in *Input) insert(r []rune) {
	in.runes = append(in.runes[:in.at], append(r, in.runes[in.at:]...)...)
	in.at += len(r)
}

// Key edits by a key and reports whether the key meant anything here.
func (in *Input) Key(key tea.KeyPressMsg) bool {
	switch KeyName(key) {
	case "left", "ctrl+b":
		in.at = max(in.at-1, 0)
	case "right", "ctrl+f":
		in.at = min(in.at+1, len(in.runes))
	case "home", "ctrl+a":
		in.at = 0
	case "end", "ctrl+e":
		in.at = len(in.runes)
	case "backspace":
		if in.at > 0 {
			in.runes = append(in.runes[:in.at-1], in.runes[in.at:]...)
			in.at--
		}
	case "delete", "ctrl+d":
		if in.at < len(in.runes) {
			in.runes = append(in.runes[:in.at], in.runes[in.at+1:]...)
		}
	case "ctrl+u":
		in.runes = in.runes[in.at:]
		in.at = 0
	case "ctrl+k":
		in.runes = in.runes[:in.at]
	case "ctrl+w":
		start := in.at
		for start > 0 && unicode.IsSpace(in.runes[start-1]) {
			start--
		}
		for start > 0 && !unicode.IsSpace(in.runes[start-1]) {
			start--
		}
		in.runes = append(in.runes[:start], in.runes[in.at:]...)
		in.at = start
	default:
		if key.Text == "" || key.Mod&(tea.ModCtrl|tea.ModAlt) != 0 {
			return false
		}
		in.insert([]rune(Plain(key.Text)))
	}
	return true
}

// View draws the text in exactly w cells, with the caret where focused. Long
// texts are shown around the caret.
func (in *Input) View(c *Context, w int, focused bool) string {
	if w <= 0 {
		return ""
	}
	if !focused {
		return c.Theme.Paint("input", Fit(string(in.runes), w))
	}
	start := 0
	for Width(string(in.runes[start:in.at])) > w-1 {
		start++
	}
	before := string(in.runes[start:in.at])
	caret, after := " ", ""
	if in.at < len(in.runes) {
		caret, after = string(in.runes[in.at]), string(in.runes[in.at+1:])
	}
	if Width(caret) == 0 { // a combining mark alone would have no cell
		caret = " "
	}
	room := max(w-Width(before)-Width(caret), 0)
	return c.Theme.Paint("input", before) + c.Theme.Paint("crosshair", caret) + c.Theme.Paint("input", Fit(after, room))
}
