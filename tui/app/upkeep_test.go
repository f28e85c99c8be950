package app_test

import (
	"testing"
	"time"

	"assay/tui/app"
)

func TestWhatTheStartNeededIsGivenBackOnce(t *testing.T) {
	given := 0
	w := start(t, func(d *app.Deps) { d.Settle = func() error { given++; return nil } })
	if given != 0 {
		t.Error("memory is given back while the first frames are drawn")
	}
	w.Advance(10 * time.Second)
	w.Press("j").Advance(time.Hour)
	if given != 1 {
		t.Errorf("memory was given back %d times, want once", given)
	}
}
