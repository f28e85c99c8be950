package worker_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/worker"
)

func TestRunIsDoneByItsOwnProcess(t *testing.T) {
	d := newDesk(t, 1)
	began := time.Now()
	h := d.start("toy.count", map[string]any{"n": 20}, worker.StartOptions{Detach: true})
	t.Logf("start to detach: %v", time.Since(began))
	var seen []run.Run
	r, err := d.Follow(t.Context(), h.ID, func(r run.Run) { seen = append(seen, r) })
	if err != nil {
		t.Fatal(err)
	}
	if r.State != run.Done || r.Done != 20 || r.Total != 20 || r.Headline != "counted to 20" || r.Name != "count-s7-1" || r.Seed != 7 {
		t.Errorf("ended as %+v", r)
	}
	if last := seen[len(seen)-1]; last.State != run.Done || last.LastSeq != r.LastSeq {
		t.Errorf("the last state that was followed is %s at %d", last.State, last.LastSeq)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].LastSeq < seen[i-1].LastSeq {
			t.Errorf("committed rows went back from %d to %d", seen[i-1].LastSeq, seen[i].LastSeq)
		}
	}
	if h.PID == os.Getpid() {
		t.Error("the run was done by the process that started it")
	}
	d.start("toy.count", nil, worker.StartOptions{Detach: true})
	second, err := d.store.Resolve(t.Context(), "@1")
	if err != nil || second.Name != "count-s7-2" {
		t.Errorf("the second run is called %q, %v", second.Name, err)
	}
	d.wait(second.ID, run.Done, "")
}

func TestErrorsOfAJobAreRecorded(t *testing.T) {
	d := newDesk(t, 4)
	failed := d.start("toy.count", map[string]any{"then": "fail"}, worker.StartOptions{})
	panicked := d.start("toy.count", map[string]any{"then": "panic"}, worker.StartOptions{})
	crashed := d.start("toy.count", map[string]any{"then": "crash"}, worker.StartOptions{})
	if r := d.wait(failed.ID, run.Failed, run.ENoModel); r.ErrorText != "there is no toy" {
		t.Errorf("error text %q", r.ErrorText)
	}
	d.wait(panicked.ID, run.Failed, run.EInternal)
	if log := d.log(panicked.ID); !strings.Contains(log, "toy overboard") || !strings.Contains(log, "toy_test.go") {
		t.Errorf("the log has no stack: %s", log)
	}
	r := d.wait(crashed.ID, run.Lost, run.EWorkerDied)
	if r.ErrorText != "the worker was ended by exit code 9" {
		t.Errorf("error text %q", r.ErrorText)
	}
	d.died(r.ID, "last words")
}

func TestStartRefusesBadInput(t *testing.T) {
	d := newDesk(t, 1)
	_, err := d.Start(t.Context(), "toy.none", nil, worker.StartOptions{})
	wantCode(t, err, run.EUsage)
	d.start("toy.count", nil, worker.StartOptions{Name: "mine"})
	_, err = d.Start(t.Context(), "toy.count", params(d, nil), worker.StartOptions{Name: "mine"})
	wantCode(t, err, run.EUsage)
	if runs, err := d.store.Runs(t.Context(), run.Filter{}); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

func TestCancel(t *testing.T) {
	d := newDesk(t, 4)
	h := d.start("toy.count", map[string]any{"then": "wait"}, worker.StartOptions{Detach: true})
	r, err := d.Cancel(t.Context(), h.ID) // also while the worker is just starting
	if err != nil || r.State != run.Cancelled || r.ErrorCode != string(run.ECancelled) || r.CancelMs == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := d.Cancel(t.Context(), h.ID); err != nil {
		t.Errorf("cancelling again: %v", err)
	}
	done := d.start("toy.count", nil, worker.StartOptions{})
	d.wait(done.ID, run.Done, "")
	_, err = d.Cancel(t.Context(), done.ID)
	wantCode(t, err, run.EState)
	_, err = d.Cancel(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV")
	wantCode(t, err, run.ENoRun)
}

func TestSIGTERMStopsARunThatCanBeResumed(t *testing.T) {
	d := newDesk(t, 4)
	h := d.start("toy.count", map[string]any{"n": 5, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 5)
	if err := syscall.Kill(h.PID, syscall.SIGHUP); err != nil { // ignored
		t.Fatal(err)
	}
	if err := syscall.Kill(h.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.wait(h.ID, run.Stopped, "")
	again, err := d.Resume(t.Context(), h.ID, worker.StartOptions{Detach: true})
	if err != nil {
		t.Fatal(err)
	}
	d.until("the run goes on", func() bool { return d.run(h.ID).State == run.Running })
	if err := d.store.RequestCancel(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(again.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.wait(h.ID, run.Cancelled, run.ECancelled)
}

func TestTheEndOfTheCommandCancels(t *testing.T) {
	d := newDesk(t, 4)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{})
	d.untilCounted(h.ID, 3)
	h.Release()
	d.wait(h.ID, run.Cancelled, run.ECancelled)
}

func TestADetachedRunGoesOn(t *testing.T) {
	d := newDesk(t, 4)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{})
	if err := h.Detach(); err != nil {
		t.Fatal(err)
	}
	h.Release()
	d.untilCounted(h.ID, 3)
	if st := d.run(h.ID).State; st != run.Running {
		t.Fatalf("the run is %s", st)
	}
	if _, err := d.Cancel(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
}

func TestAStalledRunIsEnded(t *testing.T) {
	d := newDesk(t, 4)
	h := d.start("toy.count", map[string]any{"then": "wait"}, worker.StartOptions{Stall: 50 * time.Millisecond})
	r := d.wait(h.ID, run.Failed, run.EStalled)
	if !strings.Contains(r.ErrorText, "no progress for 50ms") {
		t.Errorf("error text %q", r.ErrorText)
	}
	// Its log tells at what every goroutine was, and its end is kept.
	if log := d.log(h.ID); !strings.Contains(log, "worker_test.(*toy).Run(") {
		t.Errorf("the log has no stacks: %s", log)
	}
	events, err := d.store.Events(t.Context(), h.ID, 0, 0)
	if err != nil || len(events) != 1 || events[0].Kind != "worker.failed" || !strings.Contains(string(events[0].Data), "goroutine ") {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestPauseHoldsAtACommit(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1_000_000}, worker.StartOptions{})
	d.untilCounted(h.ID, 10)
	if _, err := d.Request(t.Context(), h.ID, "pause", nil); err != nil {
		t.Fatal(err)
	}
	d.until("the run pauses", func() bool { return d.run(h.ID).State == run.Paused })
	// Its slot is free for others meanwhile.
	other := d.start("toy.count", nil, worker.StartOptions{})
	d.wait(other.ID, run.Done, "")
	at := d.run(h.ID).LastSeq
	if _, err := d.Request(t.Context(), h.ID, "resume", nil); err != nil {
		t.Fatal(err)
	}
	d.untilCounted(h.ID, at+10)
	if _, err := d.Cancel(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
}

func TestAWorkerRefusesADescriptorThatIsNotItsLock(t *testing.T) {
	d := newDesk(t, 1)
	id := "01ARZ3NDEKTSV4RRFFQ69G5FAV"
	lock, err := os.Create(d.dir + "/runs/" + id + ".lock") // not locked
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	for name, files := range map[string][]*os.File{"unlocked": {lock}, "another file": {os.Stdin}, "none": nil} {
		p, err := os.StartProcess("/proc/self/exe", []string{"assay", "worker", id}, &os.ProcAttr{
			Env: append(os.Environ(), "TOY_HOME="+d.dir, "TOY_JOBS=1"), Files: append([]*os.File{nil, nil, nil}, files...)})
		if err != nil {
			t.Fatal(err)
		}
		st, err := p.Wait()
		if err != nil || st.ExitCode() != run.ExitUsage {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
}
