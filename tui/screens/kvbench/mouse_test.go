package kvbench_test

import (
	"strings"
	"testing"

	"assay/core/run"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// lineOf returns the line of the body that shows a text.
func lineOf(t *testing.T, h *tuitest.Host, text string) int {
	t.Helper()
	for y, l := range h.Lines() {
		if strings.Contains(l, text) {
			return y
		}
	}
	t.Fatalf("no line shows %q:\n%s", text, h.Text())
	return 0
}

func TestAClickFocusesPanesAndSelectsRows(t *testing.T) {
	f := newFixture(t).blend().sweep(run.Done).eval()
	h := open(t, f, 120, 36, blendID)
	h.Click(90, lineOf(t, h, "time to first token")+2, false).See(">time to first token")
	y := lineOf(t, h, "layers of blend")
	h.Click(10, y+4, false).See(">layers of blend", "layer 2 ")
	h.Click(10, 4, false).See(">dV")
	h.Click(500, 500, true)

	h = open(t, f, 120, 36, sweepID)
	h.Click(20, lineOf(t, h, "cells")+3, false).Click(20, lineOf(t, h, "cells")+3, true)
	if _, ok := h.LastIntent().(ui.OpenForm); !ok {
		t.Errorf("the second click opens %#v", h.LastIntent())
	}
	h = open(t, f, 120, 36, evalID)
	h.Click(20, lineOf(t, h, "wrong answers")+2, true)
	if _, ok := h.LastIntent().(ui.StartRun); !ok {
		t.Errorf("the second click opens %#v", h.LastIntent())
	}
}
