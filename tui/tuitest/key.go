package tuitest

import (
	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Key returns the message of a key by its name: "j", "G", "ctrl+d", "shift+tab",
// "enter", "space", "f1". A name that is no single rune and no known key panics.
func Key(name string) tea.KeyPressMsg {
	k, ok := ui.Press(name)
	if !ok {
		panic("tuitest: no key " + name)
	}
	return k
}
