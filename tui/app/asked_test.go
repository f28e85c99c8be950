package app_test

import (
	"errors"
	"slices"
	"testing"
)

func TestPauseAndWhatWasAskedOfWorkers(t *testing.T) {
	w := start(t)
	w.Press("@").See("has asked no worker for anything yet")
	w.Press("j", "p").See("kv-sweep-1 waits; p lets it go on") // running
	w.Press("j", "p").See("it is done")                        // neither
	w.Press("j", "j", "p").See("resumed")                      // failed
	w.launch.err = errors.New("no room for another run")
	w.Press("ctrl+n").Press("enter").Press("esc")
	if want := []string{"pause 01KK9Z00000000000000000006", "resume 01KK9Z00000000000000000003", "start kv.blend seed=5"}; !slices.Equal(w.launch.calls, want) {
		t.Errorf("calls %q", w.launch.calls)
	}
	w.Press("@").See("what was asked of workers", "assay kv blend --seed 5", "no room for another run",
		"assay run resume 01KK9Z00000000000000000003", "assay run pause 01KK9Z00000000000000000006", "done")
	if a, b := w.line(t, "assay kv blend"), w.line(t, "assay run pause"); a > b {
		t.Error("the newest does not come first")
	}
}
