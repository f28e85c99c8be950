package ui

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// keyCodes are the keys with names.
var keyCodes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
	"delete": tea.KeyDelete, "insert": tea.KeyInsert, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
	"f7": tea.KeyF7, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10, "f11": tea.KeyF11, "f12": tea.KeyF12,
}

// keyMods are what a key may be held with.
var keyMods = map[string]tea.KeyMod{"ctrl": tea.ModCtrl, "alt": tea.ModAlt, "shift": tea.ModShift}

// Press returns the press of a key by its name, as Action.Keys writes it: "j", "G",
// "ctrl+d", "shift+tab", "space". It reports false for what is no name of a key.
func Press(name string) (tea.KeyPressMsg, bool) {
	var k tea.KeyPressMsg
	rest := name
	for {
		head, after, ok := strings.Cut(rest, "+")
		mod, known := keyMods[head]
		if !ok || after == "" || !known {
			break
		}
		k.Mod, rest = k.Mod|mod, after
	}
	code, known := keyCodes[rest]
	switch {
	case known:
		k.Code = code
		if rest == "space" && k.Mod == 0 {
			k.Text = " "
		}
	case utf8.RuneCountInString(rest) == 1 && rest > " " && rest != "\x7f" && rest != "\ufffd":
		k.Code, _ = utf8.DecodeRuneInString(rest)
		if k.Mod == 0 {
			k.Text = rest
		}
	default:
		return tea.KeyPressMsg{}, false
	}
	// A name that the press would not be written by again matches nothing.
	return k, KeyName(k) == name
}
