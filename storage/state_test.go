package storage_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assay/core/run"
)

func TestNamesAreUnique(t *testing.T) {
	s := open(t, t.TempDir())
	for n, want := range []string{"blend-s7-1", "blend-s7-2", "blend-s7-3"} {
		if got := create(t, s, newRun(n, "kv.blend", "blend-s7-")).Name; got != want {
			t.Errorf("got %s want %s", got, want)
		}
	}
	if err := s.Rename(t.Context(), newID(2), "blend-s7-9"); err != nil {
		t.Fatal(err)
	}
	if got := create(t, s, newRun(3, "kv.blend", "blend-s7-")).Name; got != "blend-s7-10" {
		t.Errorf("after a name with a higher number: %s", got)
	}
	if got := create(t, s, newRun(4, "kv.blend", "blend-s71-")).Name; got != "blend-s71-1" {
		t.Errorf("another beginning: %s", got)
	}
	_, err := s.Create(t.Context(), newRun(5, "kv.blend", "blend-s7-1"))
	wantCode(t, err, run.EUsage)
	wantCode(t, s.Rename(t.Context(), newID(1), "blend-s7-1"), run.EUsage)
	for _, bad := range []string{"", "a b", "@1", "x-", string(newID(1))} {
		wantCode(t, s.Rename(t.Context(), newID(1), bad), run.EUsage)
		if bad != "x-" {
			_, err := s.Create(t.Context(), newRun(6, "kv.blend", bad))
			wantCode(t, err, run.EUsage)
		}
	}
	wantCode(t, s.Rename(t.Context(), newID(77), "x"), run.ENoRun)
}

func TestStates(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	state := func() run.Run {
		t.Helper()
		r, err := s.Run(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SetState(ctx, id, run.Running))
	must(s.SetState(ctx, id, run.Paused))
	must(s.SetState(ctx, id, run.Running))
	if r := state(); r.State != run.Running || r.StartedMs != start.UnixMilli() {
		t.Errorf("%+v", r)
	}
	_, err := s.Requeue(ctx, id, "box", "boot")
	wantCode(t, err, run.EState)
	wantCode(t, s.Remove(ctx, id), run.EState)

	// A verdict counts only for the boot that it was made for, and once.
	if wrote, err := s.MarkDead(ctx, id, "another boot", died("gone"), "last words"); err != nil || wrote {
		t.Errorf("wrote %v, %v", wrote, err)
	}
	if wrote, err := s.MarkDead(ctx, id, "boot", died("gone"), "last words"); err != nil || !wrote {
		t.Errorf("wrote %v, %v", wrote, err)
	}
	if wrote, err := s.MarkDead(ctx, id, "boot", died("again"), "last words"); err != nil || wrote {
		t.Errorf("wrote %v, %v", wrote, err)
	}
	if r := state(); r.State != run.Lost || r.ErrorCode != "E-WORKER-DIED" || r.ErrorText != "gone" {
		t.Errorf("%+v", r)
	}
	events, err := s.Events(ctx, id, 0, 0)
	if err != nil || len(events) != 1 || events[0].Seq != state().LastSeq || events[0].Text != "gone" || string(events[0].Data) != `{"log":"last words"}` {
		t.Errorf("%v, %v", events, err)
	}
	for _, err := range []error{s.SetState(ctx, id, run.Running), s.Finish(ctx, id, run.Done, nil), s.RequestCancel(ctx, id)} {
		wantCode(t, err, run.EState)
	}

	r, err := s.Requeue(ctx, id, "box", "boot2")
	if err != nil || r.State != run.Queued || r.ErrorCode != "" || r.ErrorText != "" || r.EndedMs != 0 || r.BootID != "boot2" || r.StartedMs == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	must(s.RequestCancel(ctx, id))
	must(s.RequestCancel(ctx, id))
	if wrote, err := s.MarkDead(ctx, id, "boot2", died("gone"), "last words"); err != nil || !wrote {
		t.Errorf("wrote %v, %v", wrote, err)
	}
	if r := state(); r.State != run.Cancelled || r.ErrorCode != "E-CANCELLED" {
		t.Errorf("%+v", r)
	}
	if r, err = s.Requeue(ctx, id, "box", "boot"); err != nil || r.CancelMs != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	must(s.Finish(ctx, id, run.Done, nil))
	_, err = s.Requeue(ctx, id, "box", "boot")
	wantCode(t, err, run.EState)
	must(s.Remove(ctx, id))
	wantCode(t, s.Remove(ctx, id), run.ENoRun)
}

func TestTheQueueIsInOrder(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	for n := range 4 {
		create(t, s, newRun(n, "kv.blend", "x-"))
		lease := "jobs"
		if n == 3 {
			lease = "interactive"
		}
		if err := s.Enqueue(ctx, newID(n), lease); err != nil {
			t.Fatal(err)
		}
	}
	ahead := func(n int) []run.ID {
		t.Helper()
		list, err := s.Ahead(ctx, newID(n), "jobs")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := ahead(2); !slices.Equal(got, []run.ID{newID(0), newID(1)}) {
		t.Errorf("before the last: %v", got)
	}
	if err := s.Enqueue(ctx, newID(0), "jobs"); err != nil { // to the end
		t.Fatal(err)
	}
	if err := s.Finish(ctx, newID(1), run.Cancelled, nil); err != nil { // leaves the queue
		t.Fatal(err)
	}
	if got := ahead(2); len(got) != 0 {
		t.Errorf("before the first: %v", got)
	}
	if got := ahead(0); !slices.Equal(got, []run.ID{newID(2)}) {
		t.Errorf("before the one that came back: %v", got)
	}
	if err := s.Dequeue(ctx, newID(2)); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(ctx)
	if err != nil || len(q) != 2 || q[0].Run != newID(3) || q[0].Lease != "interactive" || q[1].Run != newID(0) {
		t.Errorf("%v, %v", q, err)
	}
	wantCode(t, s.Enqueue(ctx, newID(99), "jobs"), run.ENoRun)
}

func TestNotesAndViews(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	for _, err := range []error{
		s.Tag(ctx, id, "b"), s.Tag(ctx, id, "a"), s.Tag(ctx, id, "a"), s.Tag(ctx, id, "c"), s.Untag(ctx, id, "c"),
		s.Star(ctx, id, true), s.Note(ctx, id, "*much* better"),
		s.PutView(ctx, "user@pts/1", "runs", json.RawMessage(`{"row":1}`)), s.PutView(ctx, "user@pts/1", "runs", json.RawMessage(`{"row":2}`)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Run(ctx, id)
	if err != nil || !slices.Equal(r.Tags, []string{"a", "b"}) || !r.Starred || r.Note != "*much* better" {
		t.Errorf("%+v, %v", r, err)
	}
	if view, saved, err := s.View(ctx, "user@pts/1", "runs"); err != nil || string(view) != `{"row":2}` || saved != start.UnixMilli() {
		t.Errorf("%s %d %v", view, saved, err)
	}
	if view, saved, err := s.View(ctx, "user@pts/2", "runs"); err != nil || view != nil || saved != 0 {
		t.Errorf("%s %d %v", view, saved, err)
	}
	if err := s.PutView(ctx, "user@pts/3", "runs", json.RawMessage(`{"row":3}`)); err != nil {
		t.Fatal(err)
	}
	list, err := s.Views(ctx, "runs")
	if err != nil || len(list) != 2 || list[0].Owner != "user@pts/1" || string(list[1].Value) != `{"row":3}` {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.DropView(ctx, "user@pts/3", "runs"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Views(ctx, "runs"); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	wantCode(t, s.Tag(ctx, id, "two words"), run.EUsage)
	for _, err := range []error{s.Tag(ctx, newID(9), "x"), s.Star(ctx, newID(9), true), s.Note(ctx, newID(9), "x")} {
		wantCode(t, err, run.ENoRun)
	}
	if err := s.PutView(ctx, "user", "runs", json.RawMessage(`{`)); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a view that is no JSON: %v", err)
	}
}

func died(text string) *run.Error { return &run.Error{Code: run.EWorkerDied, Text: text} }

func TestAWorkerThatCouldSayWhyItDiedHasFailed(t *testing.T) {
	s := open(t, t.TempDir())
	id := create(t, s, newRun(1, "kv.blend", "x")).ID
	wrote, err := s.MarkDead(t.Context(), id, "boot", &run.Error{Code: run.EMemory, Text: "too much", Hint: "raise it"}, "")
	if err != nil || !wrote {
		t.Fatalf("wrote %v, %v", wrote, err)
	}
	if r, err := s.Run(t.Context(), id); err != nil || r.State != run.Failed || r.ErrorCode != string(run.EMemory) || r.ErrorText != "too much; raise it" {
		t.Errorf("%+v, %v", r, err)
	}
}
