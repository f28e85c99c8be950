package worker_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/worker"
)

// TestKilledRunsLoseNothingCommitted kills the worker of one run at 20 random
// moments. After each the database is sound, every row up to the highest
// sequence number that a follower was told is there, the run is found lost, and
// it goes on from where it was; in the end it holds what an undisturbed run holds.
func TestKilledRunsLoseNothingCommitted(t *testing.T) {
	const n, kills = 8000, 20
	d := newDesk(t, 2)
	calm := d.start("toy.count", map[string]any{"n": n}, worker.StartOptions{})
	d.wait(calm.ID, run.Done, "")

	rng := rand.New(rand.NewSource(20))
	h := d.start("toy.count", map[string]any{"n": n}, worker.StartOptions{Detach: true})
	id, target := h.ID, int64(0)
	for k := range kills {
		target += 1 + rng.Int63n(n/kills/2)
		told := int64(0)
		ctx, stop := context.WithCancel(t.Context())
		_, err := d.Follow(ctx, id, func(r run.Run) {
			told = r.LastSeq
			if told >= target {
				stop()
			}
		})
		stop()
		if err == nil {
			t.Fatalf("kill %d: the run was done at %d before it could be killed", k, told)
		}
		time.Sleep(time.Duration(rng.Intn(3000)) * time.Microsecond) // anywhere in a transaction
		if err := syscall.Kill(h.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		r := d.wait(id, run.Lost, run.EWorkerDied)
		d.checkRows(id, told)
		if target = r.LastSeq; h.PID == 0 {
			t.Fatal("no process")
		}
		if h, err = d.Resume(t.Context(), id, worker.StartOptions{Detach: true}); err != nil {
			t.Fatal(err)
		}
		d.handles = append(d.handles, h)
	}
	d.wait(id, run.Done, "")
	d.checkRows(id, n)
	if a, b := d.document(calm.ID), d.document(id); a != b {
		t.Errorf("the killed run ends with another document than the calm one")
	}
}

// checkRows checks that the rows 1 to at least told are there, and the file sound.
func (d *desk) checkRows(id run.ID, told int64) {
	d.Helper()
	r := d.run(id)
	rows, err := d.store.Records(d.Context(), id, "", 0)
	if err != nil {
		d.Fatal(err)
	}
	events, err := d.store.Events(d.Context(), id, 0, 0) // each death is one
	if err != nil {
		d.Fatal(err)
	}
	seqs := map[int64]bool{}
	for _, row := range rows {
		seqs[row.Seq] = true
	}
	for _, e := range events {
		seqs[e.Seq] = true
	}
	for seq := range r.LastSeq {
		if !seqs[seq+1] {
			d.Fatalf("the row with sequence number %d is missing", seq+1)
		}
	}
	if r.LastSeq < told || int64(len(seqs)) != r.LastSeq {
		d.Fatalf("told of %d, last_seq is %d, rows are %d", told, r.LastSeq, len(seqs))
	}
	db, err := sql.Open("sqlite3", "file:"+d.dir+"/assay.db?mode=ro")
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(d.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		d.Fatalf("integrity_check: %s, %v", verdict, err)
	}
}

// died checks that the verdict keeps the end of the worker's log.
func (d *desk) died(id run.ID, words string) {
	d.Helper()
	events, err := d.store.Events(d.Context(), id, 0, 0)
	if err != nil || len(events) == 0 {
		d.Fatalf("no event, %v", err)
	}
	e := events[len(events)-1]
	var data struct{ Log string }
	if err := json.Unmarshal(e.Data, &data); err != nil || e.Kind != "worker.died" || !strings.HasSuffix(data.Log, words) {
		d.Errorf("%+v %s, %v", e, e.Data, err)
	}
}

// document is the document of a run without its sequence numbers, which count attempts.
func (d *desk) document(id run.ID) string {
	d.Helper()
	rows, err := d.store.Records(d.Context(), id, "toy.count", 0)
	if err != nil {
		d.Fatal(err)
	}
	var data []json.RawMessage
	for _, row := range rows {
		data = append(data, row.Data)
	}
	text, err := json.Marshal(data)
	if err != nil {
		d.Fatal(err)
	}
	return string(text)
}

func TestTwentyStartsAtOnce(t *testing.T) {
	d := newDesk(t, 2)
	desks := []*desk{d, deskAt(t, d.dir, 2), deskAt(t, d.dir, 2), deskAt(t, d.dir, 2)}
	ids := make([]run.ID, 20)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			from := desks[i%len(desks)]
			h, err := from.Start(t.Context(), "toy.count", params(d, map[string]any{"n": 50}), worker.StartOptions{Detach: true})
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = h.ID
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	names := map[string]bool{}
	for _, id := range ids {
		names[d.wait(id, run.Done, "").Name] = true
		d.checkRows(id, 50)
	}
	if len(names) != len(ids) {
		t.Errorf("%d names for %d runs", len(names), len(ids))
	}
}

func TestOnlyOneFinderWritesTheVerdict(t *testing.T) {
	d := newDesk(t, 1)
	desks := []*desk{d, deskAt(t, d.dir, 1), deskAt(t, d.dir, 1), deskAt(t, d.dir, 1)}
	h := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 3)
	if err := syscall.Kill(h.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-h.Ended()
	verdicts := make([]bool, len(desks))
	var all sync.WaitGroup
	for i, from := range desks {
		all.Go(func() {
			dead, err := from.Sweep(t.Context())
			if err != nil {
				t.Error(err)
			}
			verdicts[i] = len(dead) > 0
		})
	}
	all.Wait()
	wrote := 0
	for _, v := range verdicts {
		if v {
			wrote++
		}
	}
	// A finder that meets another one's lock leaves the verdict to that one.
	if wrote != 1 {
		t.Errorf("%d finders wrote a verdict", wrote)
	}
	r := d.run(h.ID)
	if r.State != run.Lost || r.ErrorCode != string(run.EWorkerDied) {
		t.Errorf("the run is %s %s", r.State, r.ErrorCode)
	}
}

func TestWhoIsJudged(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", nil, worker.StartOptions{})
	here := d.wait(h.ID, run.Done, "")
	row := func(n int, host, boot string) run.Run {
		r, err := d.store.Create(t.Context(), run.Run{ID: run.ID(fmt.Sprintf("01ARZ3NDEKTSV4RRFFQ69G%04d", n)), Bench: "toy", Kind: "toy.count",
			Name: "row-", Host: host, BootID: boot, Params: json.RawMessage("{}")})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, tt := range []struct {
		name string
		r    run.Run
		want run.State
		text string
	}{
		{"a run of another host is not", row(1, "elsewhere", "other"), run.Queued, ""},
		{"a run without a lock file is unknown", row(2, here.Host, here.BootID), run.Queued, ""},
		{"a run of this host from before a reboot is dead", row(3, here.Host, "other"), run.Lost, "the machine was restarted while the run was live"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := d.Judge(t.Context(), tt.r.ID); err != nil {
				t.Fatal(err)
			}
			if r := d.run(tt.r.ID); r.State != tt.want || r.ErrorText != tt.text {
				t.Errorf("the run is %s %q, want %s %q", r.State, r.ErrorText, tt.want, tt.text)
			}
		})
	}
}

func TestAJobThatDoesNotReturnIsLeftBehind(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "deaf"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 3)
	r, err := d.Cancel(t.Context(), h.ID)
	if err != nil || r.State != run.Cancelled {
		t.Fatalf("%s, %v", r.State, err)
	}
	<-h.Ended()
}

func TestKillEndsARunAtOnce(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "deaf"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 3)
	r, err := d.Kill(t.Context(), h.ID)
	if err != nil || r.State != run.Cancelled || r.Done != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	_, err = d.Kill(t.Context(), h.ID)
	wantCode(t, err, run.EState)
}

func TestNothingStartsInANewerDatabase(t *testing.T) {
	d := newDesk(t, 1)
	db, err := sql.Open("sqlite3", d.dir+"/assay.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	late := deskAt(t, d.dir, 1)
	_, err = late.Start(t.Context(), "toy.count", params(d, nil), worker.StartOptions{})
	wantCode(t, err, run.EDBNewer)
	if run.CodeOf(err).Exit() != run.ExitMissing {
		t.Errorf("exit code %d", run.CodeOf(err).Exit())
	}
	if _, err := late.store.Runs(t.Context(), run.Filter{}); err != nil {
		t.Errorf("history cannot be read: %v", err)
	}
}

func TestResumeRefusesWhatIsDoneOrAlive(t *testing.T) {
	d := newDesk(t, 2)
	done := d.start("toy.count", nil, worker.StartOptions{})
	d.wait(done.ID, run.Done, "")
	alive := d.start("toy.count", map[string]any{"then": "wait"}, worker.StartOptions{})
	for _, id := range []run.ID{done.ID, alive.ID} {
		_, err := d.Resume(t.Context(), id, worker.StartOptions{})
		wantCode(t, err, run.EState)
	}
	wantCode(t, d.Remove(t.Context(), alive.ID), run.EState)
	if err := d.Remove(t.Context(), done.ID); err != nil {
		t.Fatal(err)
	}
	_, err := d.store.Run(t.Context(), done.ID)
	wantCode(t, err, run.ENoRun)
}
