package ui_test

import (
	"testing"

	"assay/tui/ui"
)

func TestRows(t *testing.T) {
	for text, want := range map[string]int{"#1": 0, "#18204": 9999, "#500": 499, "0%": 0, "50%": 5000, " 100% ": 9999, "0.5%": 50} {
		r, ok := ui.ParseRow(text)
		if again, same := ui.ParseRow(r.String()); !ok || r.Of(10000) != want || again != r || !same {
			t.Errorf("%q: row %d, want %d; %v", text, r.Of(10000), want, ok)
		}
	}
	for _, text := range []string{"", "#", "#0", "#-3", "%", "101%", "-1%", "NaN%", "12", "#x"} {
		if r, ok := ui.ParseRow(text); ok {
			t.Errorf("%q is read as %v", text, r)
		}
	}
	if got := (ui.Row{Percent: 50}).Of(0); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}
