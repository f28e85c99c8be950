//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Workers are killed at random moments of a sweep. What was printed as
// committed must be there, the database whole, the run shown as lost, and the
// resumed run must say what one that was never killed says.
func TestKilledWorkersLoseNothingCommitted(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	sweep := []string{"kv", "sweep", "--demo", "--seed", "11", "--people", "2", "--prompts", "12", "--ratios", "0.1,0.2", "--rules", "v,k", "--json"}

	place := home(t)
	want := lasting(must(t, place, sweep...).document(t))
	again := must(t, place, sweep...) // finds the chunks that the first has stored, as the killed ones do
	if d := difference(want, lasting(again.document(t))); d != "" {
		t.Fatalf("a repeated sweep differs: %s", d)
	}
	length := again.took
	if n, err := lookup(want, "cells[len]"); err != nil || fmt.Sprint(n) == "0" {
		t.Fatalf("the sweep has no cells: %v", err)
	}
	t.Logf("a whole sweep takes %v", length.Round(time.Millisecond))

	random := rand.New(rand.NewPCG(1, 1))
	var lost, finished int
	for i := range kills {
		delay := time.Duration(random.Int64N(int64(length)))
		r := killDuring(t, place, append(sweep, "--progress", "jsonl"), delay)
		if r.id == "" {
			continue // killed before the run was announced: nothing was promised
		}
		check(t, place, r)
		switch {
		case r.code == 0:
			finished++ // it was faster than the kill
			continue
		case r.code != 5:
			t.Errorf("kill %d after %v: the command ended with exit code %d, want 5\n%s", i, delay, r.code, cut(r.rest))
		}
		if n := strings.Count(r.rest, "\n"); n > 3 {
			t.Errorf("kill %d: %d lines beside the JSON lines on stderr, want at most 3:\n%s", i, n, cut(r.rest))
		}
		shown := must(t, place, "run", "show", r.id, "--json").document(t)
		if s, _ := lookup(shown, "state"); s != "lost" {
			t.Errorf("kill %d after %v: the run is shown as %v, want lost", i, delay, s)
		}
		if c, _ := lookup(shown, "error_code"); c != "E-WORKER-DIED" {
			t.Errorf("kill %d: error_code is %v, want E-WORKER-DIED", i, c)
		}
		lost++

		// Every other run is killed again while it is resumed.
		if i%2 == 1 {
			second := killDuring(t, place, []string{"run", "resume", r.id, "--json", "--progress", "jsonl"}, time.Duration(random.Int64N(int64(length/2))))
			second.id = r.id
			check(t, place, second)
		}
		if state(t, place, r.id) != "done" {
			resumed := assay(t, place, "run", "resume", r.id, "--json")
			if resumed.code != 0 {
				t.Errorf("kill %d after %v: run resume ended with exit code %d\n%s", i, delay, resumed.code, cut(resumed.stderr))
				continue
			}
			if d := difference(want, lasting(resumed.document(t))); d != "" {
				t.Errorf("kill %d after %v: the resumed sweep differs: %s", i, delay, d)
			}
		}
		doc := must(t, place, "run", "show", r.id, "--json").document(t)
		cells, err := lookup(doc, "cells")
		if err != nil {
			t.Fatal(err)
		}
		wantCells, err := lookup(want, "cells")
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(wantCells, lasting(cells)); d != "" {
			t.Errorf("kill %d after %v: run show of the resumed sweep differs: %s", i, delay, d)
		}
	}
	t.Logf("%d kills: %d runs lost and resumed, %d had finished before", kills, lost, finished)
	if lost < kills/2 {
		t.Errorf("only %d of %d kills met a live worker: the sweep is too short for this test", lost, kills)
	}
}

// killed is what a command said before and after its worker was killed.
type killed struct {
	id   string
	seq  int64  // the highest committed_seq that was printed
	code int    // exit code of the command
	rest string // stderr without the JSON lines
}

// killDuring starts a command, kills its worker after the delay, and waits for
// the command to notice.
func killDuring(t *testing.T, home string, args []string, delay time.Duration) killed {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = environ(home)
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(delay, func() {
		for _, pid := range workersOf(cmd.Process.Pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		}
	})
	defer kill.Stop()
	// A command whose worker is gone ends by itself; if not, it is not left to wait for ever.
	stop := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()

	var k killed
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		var progress struct {
			Seq *int64 `json:"committed_seq"`
			ID  string `json:"run_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &progress); err != nil || progress.Seq == nil {
			k.rest += lines.Text() + "\n"
			continue
		}
		k.seq = max(k.seq, *progress.Seq)
		if progress.ID != "" {
			k.id = progress.ID
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	k.code = cmd.ProcessState.ExitCode()
	if k.id == "" { // the lines need not name the run: it is the latest
		runs := must(t, home, "run", "ls", "--json").document(t)
		if id, err := lookup(runs, "runs[0].run_id"); err == nil {
			k.id = fmt.Sprint(id)
		}
	}
	return k
}

// check looks into the database from outside.
func check(t *testing.T, home string, k killed) {
	t.Helper()
	db := open(t, home)
	var ok string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity_check: %s %v", ok, err)
	}
	var last int64
	if err := db.QueryRow("SELECT last_seq FROM run WHERE ulid = ?", k.id).Scan(&last); err != nil {
		t.Fatalf("run %s: %v", k.id, err)
	}
	if k.seq > last {
		t.Errorf("run %s: committed_seq %d was printed, the database holds %d", k.id, k.seq, last)
	}
	var rows int64
	if err := db.QueryRow("SELECT coalesce(max(seq), 0) FROM record WHERE run_id = (SELECT id FROM run WHERE ulid = ?)", k.id).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows > last {
		t.Errorf("run %s: a record has seq %d, above last_seq %d", k.id, rows, last)
	}
}

// open opens the database of a home.
func open(t *testing.T, home string) *sql.DB {
	t.Helper()
	path := database(t, home)
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// database finds assay.db below a home.
func database(t *testing.T, home string) string {
	t.Helper()
	for _, pattern := range []string{"assay.db", "*/assay.db"} {
		if found, _ := filepath.Glob(filepath.Join(home, pattern)); len(found) == 1 {
			return found[0]
		}
	}
	t.Fatalf("no assay.db below %s", home)
	return ""
}

// workersOf returns the workers that a process has started.
func workersOf(parent int) []int {
	var pids []int
	for pid, ppid := range parents() {
		if ppid != parent {
			continue
		}
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.Contains(string(cmdline), "\x00worker\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parents returns the parent of each process.
func parents() map[int]int {
	all := map[int]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return all
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has just ended
		}
		// The name of a process stands in brackets and may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 {
			if ppid, err := strconv.Atoi(fields[1]); err == nil {
				all[pid] = ppid
			}
		}
	}
	return all
}

// descendants returns all processes below one, itself included.
func descendants(root int) []int {
	all := parents()
	list := []int{root}
	for i := 0; i < len(list); i++ {
		for pid, ppid := range all {
			if ppid == list[i] {
				list = append(list, pid)
			}
		}
	}
	return list
}

// A command that is killed itself takes its run to an end at a safe point: the
// pipe to the worker closes without a word.
func TestKilledCommandEndsItsRun(t *testing.T) {
	place := home(t)
	cmd := exec.Command(program, "kv", "sweep", "--demo", "--seed", "1", "--prompts", "400", "--ratios", "0.1,0.2", "--rules", "v,k", "--progress", "jsonl")
	cmd.Env = environ(place)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(stderr).Scan() {
		t.Fatal("the sweep said nothing")
	}
	id := latest(t, place)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	within(t, 15*time.Second, "the run ends", func() bool {
		s := state(t, place, id)
		return s == "stopped" || s == "cancelled"
	})
	check(t, place, killed{id: id})
}

// SIGINT cancels, SIGHUP detaches.
func TestSignalsOfACommand(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal os.Signal
		code   []int
		states []string
	}{
		{"interrupt cancels", syscall.SIGINT, []int{5, 130}, []string{"cancelled"}},
		{"hang-up detaches", syscall.SIGHUP, nil, []string{"running", "queued"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := home(t)
			cmd := exec.Command(program, "kv", "sweep", "--demo", "--seed", "1", "--prompts", "400", "--ratios", "0.1,0.2", "--rules", "v,k", "--progress", "jsonl")
			cmd.Env = environ(place)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if !bufio.NewScanner(stderr).Scan() {
				t.Fatal("the sweep said nothing")
			}
			id := latest(t, place)
			defer assay(t, place, "run", "cancel", id)
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the code is looked at below
			if code := cmd.ProcessState.ExitCode(); c.code != nil && !slices.Contains(c.code, code) {
				t.Errorf("exit code %d, want one of %v", code, c.code)
			}
			if s := state(t, place, id); !slices.Contains(c.states, s) {
				t.Errorf("the run is %s, want one of %v", s, c.states)
			}
		})
	}
}

// latest returns the id of the newest run.
func latest(t *testing.T, home string) string {
	t.Helper()
	id, err := lookup(must(t, home, "run", "ls", "--json").document(t), "runs[0].run_id")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(id)
}
