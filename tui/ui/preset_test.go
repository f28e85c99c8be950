package ui_test

import (
	"slices"
	"testing"

	"assay/tui/ui"
)

func TestPresets(t *testing.T) {
	own := []ui.Action{
		{ID: "down", Keys: []string{"j", "down"}, Scope: "list"}, {ID: "page", Keys: []string{"ctrl+d", "pgdown"}, Scope: "list"},
		{ID: "find", Keys: []string{"ctrl+f"}, Scope: "list"}, {ID: "page2", Keys: []string{"pgdown"}, Scope: "text"},
		{ID: "group", Keys: []string{"g"}, Scope: "text"}, {ID: "mark", Keys: []string{"space"}, Scope: "text"}, {ID: "none", Scope: "text"},
	}
	for preset, want := range map[ui.Preset][][]string{
		ui.PresetDefault: {{"j", "down"}, {"ctrl+d", "pgdown"}, {"ctrl+f"}, {"pgdown"}, {"g"}, {"space"}, nil},
		ui.PresetVim:     {{"j", "down"}, {"ctrl+d", "pgdown"}, {"ctrl+f"}, {"pgdown", "ctrl+f"}, {"g"}, {"space"}, nil}, // ctrl+f is taken in the list
		ui.PresetArrows:  {{"down"}, {"ctrl+d", "pgdown"}, {"ctrl+f"}, {"pgdown"}, {"g"}, {"space", "insert"}, nil},
	} {
		for i, a := range preset.Apply(own) {
			if !slices.Equal(a.Keys, want[i]) {
				t.Errorf("%s: %s has %q, want %q", preset, a.ID, a.Keys, want[i])
			}
		}
	}
	if !slices.Equal(own[0].Keys, []string{"j", "down"}) {
		t.Errorf("the list was changed: %q", own[0].Keys)
	}
}
