//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"
)

// findingRows is the length of the long list; -short makes it bearable.
func findingRows() int {
	if testing.Short() {
		return 20_000
	}
	return 1_000_000
}

// TestAMillionFindings measures the long list: how long a jump takes to the first
// byte, and what holding j at 30 rows a second costs. Times are printed; bytes are
// asserted.
func TestAMillionFindings(t *testing.T) {
	place := home(t)
	must(t, place, "run", "ls") // makes the home
	db := filepath.Join(place, "data", "assay.db")
	s, err := storage.Open(t.Context(), storage.Options{Path: db, Artifacts: filepath.Join(place, "data", "artifacts"), CacheKB: 65536, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	rows := findingRows()
	in := storage.Imported{Run: run.Run{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Bench: "kv", Kind: "kv.eval", Name: "long", State: run.Done, LastSeq: int64(rows), Params: []byte("{}"), Env: []byte("{}"), CreatedMs: 1, EndedMs: 2}}
	for i := range rows {
		in.Records = append(in.Records, run.Record{Seq: int64(i + 1), Kind: run.FindingKind, Key: strconv.Itoa(i),
			Data: fmt.Appendf(nil, `{"id":"%d","title":"reuse: question %d expected Ada, got Bob","category":"wrong-answer","severity":"medium","signature":"reuse/whopro","verdict":"issue","confirmed":false}`, i, i)})
	}
	if err := s.Import(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	p := startPseudo(t, place, 120, 40, nil)
	p.settle(time.Second)
	p.press(":")
	p.press("findings")
	p.press("\r")
	p.settle(2 * time.Second)
	if _, text := p.sent(); !strings.Contains(escapes.ReplaceAllString(text, ""), "question") {
		t.Fatalf("the list does not come up: %q", text)
	}
	var jumps []time.Duration
	for i := range 20 {
		p.mark()
		start := time.Now()
		p.press([]string{"G", "g"}[i%2])
		p.settle(400 * time.Millisecond)
		p.mu.Lock()
		jumps = append(jumps, p.last.Sub(start).Round(time.Millisecond)) // until the last row is drawn
		p.mu.Unlock()
	}
	t.Logf("jump over %d rows, to the last byte: %v (budget 50 ms)", rows, jumps)

	const held = 10 * time.Second
	before := cpuTime(t, p.cmd.Process.Pid)
	p.mark()
	start, steps := time.Now(), 0
	for ; time.Since(start) < held; steps++ {
		p.press("j")
		time.Sleep(time.Until(start.Add(time.Duration(steps+1) * time.Second / 30))) // a key that is held
	}
	took := time.Since(start)
	p.settle(200 * time.Millisecond)
	n, _ := p.sent()
	cpu := cpuTime(t, p.cmd.Process.Pid) - before
	t.Logf("j held: %.0f rows/s, %.1f %% CPU (limit 10), %d bytes a row (limit 200 where the table scrolls alone)", float64(steps)/took.Seconds(), 100*cpu.Seconds()/took.Seconds(), n/steps)
	t.Logf("memory: %.1f MB (limit 60)", float64(memory(t, p.cmd.Process.Pid))/1e6)
	p.quit()
}

func (p *pseudo) press(keys string) {
	p.t.Helper()
	if _, err := p.tty.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// cpuTime adds up what a process and those below it have used.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	var ticks int64
	for _, p := range descendants(pid) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue // ended in between
		}
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		for _, f := range fields[11:13] { // utime and stime, in hundredths of a second
			n, err := strconv.ParseInt(string(f), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
