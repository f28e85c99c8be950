package app_test

import (
	"slices"
	"testing"

	"assay/tui/app"
	"assay/tui/ui"
)

func TestNoTwoActionsOfAScopeShareAKey(t *testing.T) {
	w := start(t)
	m := w.Model().(*app.Model)
	check := func(where string) {
		t.Helper()
		for _, fault := range ui.Conflicts(m.Actions()) {
			t.Errorf("%s: %s", where, fault)
		}
	}
	check("list")
	w.Press("space", "j", "space")
	check("list with marks")
	for _, pane := range []string{"detail", "events"} {
		w.Press("tab")
		check(pane)
	}
	w.Press("2")
	check("bench")
}

func TestEveryActionOfTheShellIsBoundAsDocumented(t *testing.T) {
	m := start(t).Model().(*app.Model)
	want := map[string]string{
		"?": "app.help", "!": "app.errors", "ctrl+p": "app.palette", "ctrl+o": "app.jump", ":": "app.palette", "*": "runs.star", "t": "runs.tags", "a": "runs.note", "e": "runs.note.editor", "q": "app.detach", "Q": "app.quit", "ctrl+l": "app.redraw", "ctrl+r": "app.reload",
		"ctrl+z": "app.suspend", "esc": "app.back", "backspace": "app.back", "[": "app.history.back", "]": "app.history.forward", "1": "app.tab.runs",
		"enter": "runs.open", "/": "runs.filter", "space": "runs.list.mark", "c": "runs.compare", "n": "runs.new", "ctrl+n": "runs.again",
		"X": "runs.cancel", "r": "runs.resume", "d": "runs.delete", "i": "runs.params", "o": "runs.sort", "O": "runs.reverse",
		"R": "runs.command", "y": "runs.copy", "z": "runs.zoom", "tab": "runs.pane.next", "j": "runs.list.down", "down": "runs.list.down",
		"g": "runs.list.first", "G": "runs.list.last", "ctrl+d": "runs.list.half-down",
	}
	for key, id := range want {
		i := slices.IndexFunc(m.Actions(), func(a ui.Action) bool { return slices.Contains(a.Keys, key) })
		if i < 0 || m.Actions()[i].ID != id {
			t.Errorf("%s is not bound to %s", key, id)
		}
	}
}
