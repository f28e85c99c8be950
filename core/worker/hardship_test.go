package worker_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"

	"assay/core/run"
	"assay/core/worker"

	"golang.org/x/sys/unix"
)

func TestAStaleSocketIsNobody(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 3, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 3)
	if err := syscall.Kill(h.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.wait(h.ID, run.Lost, run.EWorkerDied)
	socket := d.dir + "/runs/" + string(h.ID) + ".sock"
	if _, err := os.Stat(socket); err != nil {
		t.Fatalf("the killed worker left no socket: %v", err)
	}
	_, err := d.Hello(t.Context(), h.ID)
	wantCode(t, err, run.EState)
	left, err := d.Leftovers(t.Context())
	if err != nil || len(left) != 1 || left[0].Why != "of a worker that is dead" {
		t.Errorf("leftovers: %+v, %v", left, err)
	}
	// Resuming puts a listening one in its place.
	again, err := d.Resume(t.Context(), h.ID, worker.StartOptions{Detach: true})
	if err != nil {
		t.Fatal(err)
	}
	d.handles = append(d.handles, again)
	d.until("the new worker answers", func() bool {
		hello, err := d.Hello(t.Context(), h.ID)
		return err == nil && hello.PID == again.PID
	})
	if left, err = d.Leftovers(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("leftovers: %+v, %v", left, err)
	}
}

// TestClientsThatTalkNonsenseHinderNobody leaves connections open that never
// say hello, more than a worker serves at once.
func TestClientsThatTalkNonsenseHinderNobody(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 1)
	t.Chdir(d.dir + "/runs")
	for i := range 40 {
		c, err := net.Dial("unix", string(h.ID)+".sock")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			if _, err := c.Write([]byte("{\x00\xff")); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Those are let go after 2 s, which is also how long a client waits for hello.
	d.until("the worker answers", func() bool {
		_, err := d.Hello(t.Context(), h.ID)
		return err == nil
	})
	d.cancel(h.ID)
}

// TestTheClockMayJump sets the clock back by an hour and forward by a week
// under live runs. Life, order and silence are told by other means.
func TestTheClockMayJump(t *testing.T) {
	d := newDesk(t, 1)
	jump := func(by string) {
		t.Helper()
		if err := os.WriteFile(d.dir+"/jump", []byte(by), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := d.start("toy.count", map[string]any{"n": 1_000_000}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 10)
	waiting := d.start("toy.count", nil, worker.StartOptions{Detach: true, Name: "early"})
	d.place(waiting.ID)
	for _, by := range []string{"-1h", "168h", "-2h"} {
		jump(by)
		at := d.run(h.ID).LastSeq
		d.untilCounted(h.ID, at+10)
		if dead, err := d.Sweep(t.Context()); err != nil || len(dead) != 0 {
			t.Fatalf("after a jump by %s: %+v, %v", by, dead, err)
		}
	}
	later := d.start("toy.count", nil, worker.StartOptions{Detach: true, Name: "late"})
	if p := d.place(later.ID); p.Text(d.name) != "waits for a job slot, held by "+d.name(h.ID)+", behind early" {
		t.Errorf("the queue is in another order: %s", p.Text(d.name))
	}
	d.cancel(h.ID)
	d.wait(waiting.ID, run.Done, "")
	d.wait(later.ID, run.Done, "")
	if r := d.run(h.ID); r.EndedMs < r.StartedMs {
		t.Errorf("the run took %d ms", r.EndedMs-r.StartedMs)
	}
	latest, err := d.store.Resolve(t.Context(), "@1")
	if err != nil || latest.ID != later.ID {
		t.Errorf("the latest run is %s, %v", latest.Name, err)
	}
	d.checkRows(h.ID, 10)
}

// TestANewerSchemaBesideALiveWorker: a newer version cannot migrate while a
// worker lives; and where somebody has changed the schema all the same, the
// worker ends its run, while programs of its version only read.
func TestANewerSchemaBesideALiveWorker(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 5000}, worker.StartOptions{Detach: true})
	d.untilCounted(h.ID, 5)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(d.dir+"/assay.lock", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.FcntlFlock(lock.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("somebody else got the database for a migration: %v", err)
	}
	db, err := sql.Open("sqlite3", "file:"+d.dir+"/assay.db?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"ALTER TABLE run ADD COLUMN mood TEXT", "ALTER TABLE record ADD COLUMN colour TEXT", "CREATE TABLE later (x TEXT) STRICT", "PRAGMA user_version = 999"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	late := deskAt(t, d.dir, 1)
	wantCode(t, late.store.Writable(), run.EDBNewer)
	if r, err := late.Wait(t.Context(), h.ID); err != nil || r.State != run.Done || r.Done != 5000 {
		t.Errorf("%+v, %v", r, err)
	}
	late.checkRows(h.ID, 5000)
	_, err = late.Pause(t.Context(), h.ID)
	wantCode(t, err, run.EState)
	wantCode(t, late.Remove(t.Context(), h.ID), run.EDBNewer)
}

func TestDiscardSparesWhatAProcessIsBehind(t *testing.T) {
	d := newDesk(t, 2)
	done := d.start("toy.count", nil, worker.StartOptions{Detach: true})
	d.wait(done.ID, run.Done, "")
	<-done.Ended()
	warm := d.start("toy.ask", nil, worker.StartOptions{Detach: true, Warm: true})
	d.wait(warm.ID, run.Done, "")
	live := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true})
	d.untilCounted(live.ID, 1)
	for id, want := range map[run.ID]bool{done.ID: true, warm.ID: false, live.ID: false} {
		if gone, err := d.Discard(t.Context(), id); err != nil || gone != want {
			t.Errorf("%s: %v, %v; want %v", id, gone, err, want)
		}
	}
	// Of the discarded one only the lock file is left, for when nobody is about.
	left, err := d.Tidy(t.Context())
	if err != nil || len(left) != 1 || left[0].Name != string(done.ID)+".lock" {
		t.Errorf("%+v, %v", left, err)
	}
	if _, err := os.Stat(d.dir + "/runs/" + string(done.ID) + ".lock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock file is still there: %v", err)
	}
	if hello, err := d.Hello(t.Context(), warm.ID); err != nil || !hello.Warm {
		t.Errorf("%+v, %v", hello, err)
	}
	unguarded, err := d.Unguarded(t.Context())
	if err != nil || len(unguarded) != 0 {
		t.Errorf("%+v, %v", unguarded, err)
	}
	if err := os.Rename(d.dir+"/runs/"+string(live.ID)+".lock", d.dir+"/away"); err != nil {
		t.Fatal(err)
	}
	if unguarded, err = d.Unguarded(t.Context()); err != nil || len(unguarded) != 1 {
		t.Errorf("%+v, %v", unguarded, err)
	}
}

// A descriptor that a shell has left open in this process, such as the lock of
// flock, must not live on in a detached worker.
func TestWorkerHoldsNothingThatItWasNotGiven(t *testing.T) {
	d := newDesk(t, 1)
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil { // unlike os.Pipe it leaves them open on exec
		t.Fatal(err)
	}
	defer syscall.Close(ends[0])
	h := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{Detach: true})
	syscall.Close(ends[1])
	if n, err := syscall.Read(ends[0], make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("read %d, %v; the end of the pipe is still open in the worker", n, err)
	}
	if _, err := d.Cancel(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	d.wait(h.ID, run.Cancelled, run.ECancelled)
}
