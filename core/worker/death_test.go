package worker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"assay/core/run"
	"assay/core/worker"
)

// TestAWorkerDiesAlone lets workers die in every way that leaves something to
// be read. Each run ends with a reason, and the one beside them is not touched.
func TestAWorkerDiesAlone(t *testing.T) {
	d := newDesk(t, 2)
	beside := d.start("toy.count", map[string]any{"n": 5, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(beside.ID, 5)
	for _, tt := range []struct {
		then   string
		memory int64
		state  run.State
		code   run.Code
		words  []string
	}{
		{"hog", 300 << 20, run.Failed, run.EMemory, []string{"needed more memory than its limit of 300 MiB (--memory): ", "out of memory", "; resume the run with a larger --memory"}},
		{"enomem", 300 << 20, run.Failed, run.EMemory, []string{"limit of 300 MiB", "load the toy: cannot allocate memory"}},
		{"enomem", 0, run.Failed, run.EMemory, []string{"the worker ran out of memory: load the toy"}},
		{"fault", 0, run.Lost, run.EWorkerDied, []string{"the worker crashed: ", "SIGSEGV: segmentation violation"}},
		{"race", 0, run.Lost, run.EWorkerDied, []string{"the worker crashed: panic: in an engine"}},
	} {
		t.Run(tt.then, func(t *testing.T) {
			if tt.then == "hog" {
				needsRealLimits(t)
			}
			h := d.start("toy.count", map[string]any{"n": 3, "then": tt.then}, worker.StartOptions{Detach: true, Memory: tt.memory})
			r := d.wait(h.ID, tt.state, tt.code)
			for _, w := range tt.words {
				if !strings.Contains(r.ErrorText, w) {
					t.Errorf("the reason %q has no %q", r.ErrorText, w)
				}
			}
			if r.Done != 3 || strings.Contains(r.ErrorText, "\n") {
				t.Errorf("%+v", r)
			}
			t.Log(r.ErrorText)
		})
	}
	if r := d.run(beside.ID); r.State != run.Running {
		t.Errorf("the run beside them is %s", r.State)
	}
}

// needsRealLimits skips what the race detector would spoil: it wants several
// times the memory of a program, and has its own words when that is refused.
func needsRealLimits(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("under the race detector a limit of memory is met elsewhere and otherwise")
	}
}

// TestTheReasonIsOfTheLastAttempt kills the second attempt of a run whose first
// crashed with words: both share a log.
func TestTheReasonIsOfTheLastAttempt(t *testing.T) {
	needsRealLimits(t)
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "hog"}, worker.StartOptions{Detach: true, Memory: worker.MinMemory})
	d.wait(h.ID, run.Failed, run.EMemory)
	again, err := d.Resume(t.Context(), h.ID, worker.StartOptions{Detach: true})
	if err != nil {
		t.Fatal(err)
	}
	d.handles = append(d.handles, again)
	if r := d.wait(h.ID, run.Failed, run.EMemory); !strings.Contains(r.ErrorText, "limit of 256 MiB") {
		t.Errorf("a resumed run forgets its limit: %s", r.ErrorText)
	}
	again, err = d.Resume(t.Context(), h.ID, worker.StartOptions{Detach: true, Memory: 64 << 30})
	if err != nil {
		t.Fatal(err)
	}
	d.handles = append(d.handles, again)
	d.until("the run goes on", func() bool { return d.run(h.ID).State == run.Running })
	if err := syscall.Kill(again.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if r := d.wait(h.ID, run.Lost, run.EWorkerDied); r.ErrorText != "the worker was ended by signal 9 (killed)" {
		t.Errorf("the reason of a kill is %q", r.ErrorText)
	}
}

func TestStartRefusesALimitThatNoWorkerCouldLiveWith(t *testing.T) {
	d := newDesk(t, 1)
	for _, bytes := range []int64{1, worker.MinMemory - 1, -1} {
		_, err := d.Start(t.Context(), "toy.count", params(d, nil), worker.StartOptions{Memory: bytes})
		wantCode(t, err, run.EUsage)
		if want := "give at least 256 MiB"; !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	h := d.start("toy.count", nil, worker.StartOptions{Memory: worker.MinMemory})
	d.wait(h.ID, run.Done, "")
}

// TestASilentWorker stops a worker: it is alive and answers nobody.
func TestASilentWorker(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 3)
	if err := syscall.Kill(h.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d.until("every thread has stopped", func() bool { return stopped(t, h.PID) })
	_, err := d.Hello(t.Context(), h.ID)
	wantCode(t, err, run.EStalled)
	if r := d.run(h.ID); r.State != run.Running {
		t.Errorf("a worker that is only silent is judged: %s", r.State)
	}
	shown := worker.Ailing(d.run(h.ID), d.Plights(t.Context(), []run.Run{d.run(h.ID)})[h.ID])
	if shown.State != run.Running || shown.ErrorCode != string(run.EStalled) || !strings.Contains(shown.ErrorText, "is silent") {
		t.Errorf("shown as %s %s %q", shown.State, shown.ErrorCode, shown.ErrorText)
	}
	r, err := d.Kill(t.Context(), h.ID)
	if err != nil || r.State != run.Cancelled {
		t.Errorf("%s, %v", r.State, err)
	}
}

// stopped reports whether all threads of a process are held by a signal.
func stopped(t *testing.T, pid int) bool {
	t.Helper()
	states, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(states) == 0 {
		t.Fatalf("threads of %d: %v, %v", pid, states, err)
	}
	for _, path := range states {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), ") T ") {
			return false
		}
	}
	return true
}

// ExampleStartOptions shows the smallest limit in the unit that people use.
func ExampleStartOptions() {
	fmt.Println(worker.MinMemory>>20, "MiB")
	// Output: 256 MiB
}
