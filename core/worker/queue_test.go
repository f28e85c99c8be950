package worker_test

import (
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/worker"
)

// occupied is a desk with one slot, which a run holds until it is cancelled.
func occupied(t *testing.T) (*desk, *worker.Handle) {
	t.Helper()
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true, Name: "holder"})
	d.untilCounted(h.ID, 1)
	return d, h
}

// place waits until a run stands in a queue.
func (d *desk) place(id run.ID) (p worker.Place) {
	d.Helper()
	d.until("the run stands in the queue", func() bool {
		var err error
		if p, err = d.Place(d.Context(), id); err != nil {
			d.Fatal(err)
		}
		return p.Lease != ""
	})
	return p
}

func (d *desk) cancel(id run.ID) {
	d.Helper()
	if r, err := d.Cancel(d.Context(), id); err != nil || r.State != run.Cancelled {
		d.Fatalf("cancel: %s, %v", r.State, err)
	}
}

func (d *desk) name(id run.ID) string { return d.run(id).Name }

// events lists kinds and texts of the events of a run.
func (d *desk) events(id run.ID) string {
	d.Helper()
	list, err := d.store.Events(d.Context(), id, 0, 0)
	if err != nil {
		d.Fatal(err)
	}
	var b strings.Builder
	for _, e := range list {
		b.WriteString(e.Kind + ": " + e.Text + "\n")
	}
	return b.String()
}

func TestAQueuedRunSaysForWhomItWaits(t *testing.T) {
	d, holder := occupied(t)
	if p, err := d.Place(t.Context(), holder.ID); err != nil || p.Lease != "" || p.Text(d.name) != "waits for nothing" {
		t.Errorf("a run that has its slot: %+v, %v", p, err)
	}
	next := d.start("toy.count", nil, worker.StartOptions{Detach: true, Name: "next"})
	if p := d.place(next.ID); p.Text(d.name) != "waits for a job slot, held by holder" {
		t.Errorf("%+v: %s", p, p.Text(d.name))
	}
	last := d.start("toy.count", nil, worker.StartOptions{Detach: true, Name: "last"})
	if p := d.place(last.ID); p.Text(d.name) != "waits for a job slot, held by holder, behind next" {
		t.Errorf("%+v: %s", p, p.Text(d.name))
	}
	d.until("the wait is in the events", func() bool { return d.events(last.ID) != "" })
	if got := d.events(last.ID); got != "queue.waits: waits for a job slot, held by holder, behind next\n" {
		t.Errorf("events of a queued run:\n%s", got)
	}
	d.cancel(holder.ID)
	d.wait(next.ID, run.Done, "")
	d.wait(last.ID, run.Done, "")
	if got := d.events(last.ID); !strings.Contains(got, "queue.goes: got its slot after ") {
		t.Errorf("events of a run that waited:\n%s", got)
	}
	d.checkRows(last.ID, 10)
}

func TestPlacesNameTheFirstFew(t *testing.T) {
	name := func(id run.ID) string { return string(id) }
	for want, p := range map[string]worker.Place{
		"waits for a job slot":                               {Lease: "jobs"},
		"waits for the interactive slot, held by a":          {Lease: "interactive", Holders: []run.ID{"a"}},
		"waits for a job slot, held by a, b, behind c, d, e": {Lease: "jobs", Holders: []run.ID{"a", "b"}, Ahead: []run.ID{"c", "d", "e"}},
		"waits for a job slot, behind a, b, c and 2 more":    {Lease: "jobs", Ahead: []run.ID{"a", "b", "c", "d", "e"}},
		"waits for nothing":                                  {},
	} {
		if got := p.Text(name); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAQueuedRunCanBePaused(t *testing.T) {
	d, holder := occupied(t)
	first := d.start("toy.count", nil, worker.StartOptions{Detach: true})
	d.place(first.ID)
	second := d.start("toy.count", nil, worker.StartOptions{Detach: true})
	d.place(second.ID)
	if r, err := d.Pause(t.Context(), first.ID); err != nil || r.State != run.Paused {
		t.Fatalf("%s, %v", r.State, err)
	}
	if p, err := d.Place(t.Context(), first.ID); err != nil || p.Lease != "" {
		t.Errorf("a paused run stands in the queue: %+v, %v", p, err)
	}
	d.cancel(holder.ID)
	d.wait(second.ID, run.Done, "") // it does not wait for the paused one
	if err := d.Continue(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	d.wait(first.ID, run.Done, "")
}

func TestPauseReturnsWhenTheRunHolds(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1_000_000}, worker.StartOptions{Detach: true})
	for range 3 { // also while the worker is just starting; asking twice changes nothing
		if r, err := d.Pause(t.Context(), h.ID); err != nil || r.State != run.Paused {
			t.Fatalf("%s, %v", r.State, err)
		}
	}
	at := d.run(h.ID).LastSeq
	for range 2 {
		if err := d.Continue(t.Context(), h.ID); err != nil {
			t.Fatal(err)
		}
	}
	d.untilCounted(h.ID, at+1)
	if r, err := d.Pause(t.Context(), h.ID); err != nil || r.State != run.Paused {
		t.Fatalf("%s, %v", r.State, err)
	}
	d.cancel(h.ID)
	_, err := d.Pause(t.Context(), h.ID)
	wantCode(t, err, run.EState)
	wantCode(t, d.Continue(t.Context(), h.ID), run.EState)
	if want := " is cancelled, there is nothing to pause"; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v does not end with %q", err, want)
	}
	_, err = d.Pause(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV")
	wantCode(t, err, run.ENoRun)
}

func TestPausingARunThatEndsFirstSaysSo(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 1) // it commits no more, and so never pauses
	result := make(chan error, 1)
	go func() {
		_, err := d.Pause(t.Context(), h.ID)
		result <- err
	}()
	d.cancel(h.ID)
	wantCode(t, <-result, run.EState)
}

// TestAPauseIsNoStall holds a run for longer than it may be silent, first paused
// and then queued for its slot.
func TestAPauseIsNoStall(t *testing.T) {
	const stall = time.Second // longer than a commit takes on a busy disk
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1_000_000}, worker.StartOptions{Detach: true, Stall: stall})
	if _, err := d.Pause(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	other := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true, Name: "other"})
	d.untilCounted(other.ID, 1)
	since := time.Now()
	d.until("the pause is longer than the limit", func() bool { return time.Since(since) > 5*stall/4 })
	if err := d.Continue(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	if p := d.place(h.ID); p.Text(d.name) != "waits for a job slot, held by other" {
		t.Errorf("%+v", p)
	}
	since = time.Now()
	d.until("the wait is longer than the limit", func() bool { return time.Since(since) > 5*stall/4 })
	if r := d.run(h.ID); r.State != run.Queued {
		t.Fatalf("the run is %s %s", r.State, r.ErrorText)
	}
	at := d.run(h.ID).LastSeq
	d.cancel(other.ID)
	d.untilCounted(h.ID, at+10)
	if got := d.events(h.ID); !strings.Contains(got, "queue.waits: waits for a job slot, held by other\n") || !strings.Contains(got, "queue.goes: ") {
		t.Errorf("events:\n%s", got)
	}
	d.cancel(h.ID)
	d.checkRows(h.ID, at)
}
