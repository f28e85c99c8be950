package app_test

import (
	"testing"
	"time"

	"assay/tui/app"
)

func TestMemoryIsGivenBackWhenNobodyIsThere(t *testing.T) {
	given := 0
	w := start(t, func(d *app.Deps) { d.Rest = func() error { given++; return nil } })
	for range 5 { // somebody is there
		w.Advance(20 * time.Second).Press("j")
	}
	if given != 0 {
		t.Errorf("memory was given back %d times between keys", given)
	}
	w.Advance(time.Minute)
	if given != 1 {
		t.Errorf("memory was given back %d times after a minute without a key, want once", given)
	}
	w.Advance(time.Hour)
	if given != 1 {
		t.Errorf("it is given back again and again: %d times", given)
	}
	w.Press("j").Advance(time.Minute)
	if given != 2 {
		t.Errorf("after another key it was given back %d times, want twice in all", given)
	}
}
