package ui_test

import (
	"slices"
	"testing"

	"assay/tui/ui"
)

func TestHistory(t *testing.T) {
	var h ui.History
	if got := h.Older("x") + h.Newer("x"); got != "xx" {
		t.Errorf("an empty one gives %q", got)
	}
	for _, l := range []string{"a", "b", "", "a"} {
		h.Add(l)
	}
	if !slices.Equal(h.Lines(), []string{"a", "b"}) {
		t.Errorf("%q", h.Lines())
	}
	var got []string
	now := "typed"
	for _, up := range []bool{true, true, true, false, false, false} {
		if up {
			now = h.Older(now)
		} else {
			now = h.Newer(now)
		}
		got = append(got, now)
	}
	if !slices.Equal(got, []string{"a", "b", "b", "a", "typed", "typed"}) {
		t.Errorf("%q", got)
	}
	if got := h.Older("a"); got != "b" { // what is shown is not called back
		t.Errorf("%q", got)
	}
}
