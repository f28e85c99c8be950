package app_test

import (
	"context"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/app"
)

// slow is a store that takes its time for one run, once it is told to.
type slow struct {
	*runtest.Store
	sleep func(context.Context, time.Duration) error
	takes time.Duration
}

func (s *slow) Run(ctx context.Context, id run.ID) (run.Run, error) {
	if s.takes > 0 {
		if err := s.sleep(ctx, s.takes); err != nil {
			return run.Run{}, err
		}
	}
	return s.Store.Run(ctx, id)
}

func TestADialogThatComesBetweenKeysTakesNoneOfThem(t *testing.T) {
	store := &slow{Store: history()}
	w := start(t, func(d *app.Deps) { store.sleep, d.Reader = d.Sleep, store })
	w.Press("j")
	w.Advance(time.Second)
	store.takes = time.Second
	w.Press("X", "j", "y") // y means copy here: nothing is open yet
	w.Advance(time.Second)
	store.takes = 0
	w.See("Copy of kv-blend-5").Press("1", "y").See("Copy of kv-blend-5") // the keys of somebody who types on
	w.Advance(500 * time.Millisecond)
	w.Press("esc").NotSee("Copy of").See("Cancel this run?")
	w.Press("y")
	if len(w.launch.calls) != 1 {
		t.Errorf("after a silence: %q", w.launch.calls)
	}

	store.takes = time.Second
	w.Press("g", "j", "X", "k", "j")
	w.Advance(time.Second)
	store.takes = 0
	for range 15 {
		w.See("Cancel this run?").Press("n")
		w.Advance(100 * time.Millisecond)
	}
	w.Press("n").NotSee("Cancel this run?")                                              // not for ever
	w.Press("g", "j", "X").See("Cancel this run?").Press("n").NotSee("Cancel this run?") // at once where nobody typed between
}
