package worker_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/worker"
)

// fullDisk starts a run that soon finds no room for its rows, and returns when
// its worker says so.
func (d *desk) fullDisk(then string) *worker.Handle {
	d.Helper()
	h := d.start("toy.count", map[string]any{"n": 5, "then": then}, worker.StartOptions{Detach: true})
	d.until("the worker says that the disk is full", func() bool {
		hello, err := d.Hello(d.Context(), h.ID)
		return err == nil && hello.Trouble != nil
	})
	return h
}

func TestAFullDiskPausesARun(t *testing.T) {
	d := newDesk(t, 2)
	beside := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(beside.ID, 3)
	h := d.start("toy.count", map[string]any{"n": 5, "then": "fill"}, worker.StartOptions{Detach: true, Stall: time.Second})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var held run.Run
	if _, err := d.Follow(ctx, h.ID, func(r run.Run) {
		if r.ErrorCode != "" {
			held = r
			stop()
		}
	}); err == nil {
		t.Fatalf("the run went on: %+v", d.run(h.ID))
	}
	if held.State != run.Paused || held.ErrorCode != string(run.EDiskFull) || !strings.Contains(held.ErrorText, "goes on by itself") {
		t.Errorf("followed: %s %s %q", held.State, held.ErrorCode, held.ErrorText)
	}
	hello, err := d.Hello(t.Context(), h.ID)
	if err != nil || hello.State != run.Paused || hello.Trouble == nil || hello.Trouble.Code != run.EDiskFull {
		t.Errorf("hello: %+v, %v", hello, err)
	}
	wantCode(t, d.Continue(t.Context(), h.ID), run.EDiskFull) // there is no room yet
	plights := d.Plights(t.Context(), []run.Run{d.run(h.ID), d.run(beside.ID)})
	if len(plights) != 1 || plights[h.ID] == nil || plights[h.ID].Code != run.EDiskFull {
		t.Errorf("plights: %v", plights)
	}
	if err := limitFiles(h.PID, math.MaxUint64); err != nil {
		t.Fatal(err)
	}
	if err := d.Continue(t.Context(), h.ID); err != nil {
		t.Errorf("with room again: %v", err)
	}
	d.wait(h.ID, run.Done, "")
	d.checkRows(h.ID, 5)
	rows, err := d.store.Records(t.Context(), h.ID, "fill", 0)
	if err != nil || len(rows) != filled {
		t.Errorf("%d rows, want %d; %v", len(rows), filled, err)
	}
	events, err := d.store.Events(t.Context(), h.ID, 0, 0)
	if err != nil || len(events) != 1 || events[0].Kind != "disk.full" || events[0].Level != run.Warn {
		t.Errorf("events: %+v, %v", events, err)
	}
	if st := d.run(beside.ID).State; st != run.Running {
		t.Errorf("the run beside is %s", st)
	}
	d.cancel(beside.ID)
}

// TestAFullDiskHoldsSoMuch lets a job hand in more than its worker keeps in
// memory. What it was ended for does not fit into its row, and is not lost.
func TestAFullDiskHoldsSoMuch(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 5, "then": "flood"}, worker.StartOptions{Detach: true})
	r := d.wait(h.ID, run.Failed, run.EDiskFull)
	if !strings.Contains(r.ErrorText, "free some space, then resume the run") {
		t.Errorf("the reason is %q", r.ErrorText)
	}
	d.checkRows(h.ID, 5)
}

func TestARunOnAFullDiskIsCancelled(t *testing.T) {
	d := newDesk(t, 1)
	h := d.fullDisk("fill")
	if _, err := d.Cancel(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	d.wait(h.ID, run.Cancelled, run.ECancelled)
	d.checkRows(h.ID, 5)
}
