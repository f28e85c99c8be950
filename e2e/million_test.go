//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"slices"
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

// TestAMillionFindings measures the long list: how long a jump takes to the last
// byte, and what holding j at 30 rows a second costs.
func TestAMillionFindings(t *testing.T) {
	place := home(t)
	s := openStore(t, place)
	rows := findingRows()
	in := storage.Imported{Run: run.Run{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Bench: "kv", Kind: "kv.eval", Name: "long", State: run.Done, LastSeq: int64(rows), Params: []byte("{}"), Env: []byte("{}"), CreatedMs: 1, EndedMs: 2}}
	for i := range rows {
		in.Records = append(in.Records, run.Record{Seq: int64(i + 1), Kind: run.FindingKind, Key: strconv.Itoa(i),
			Data: fmt.Appendf(nil, `{"id":"%d","title":"question %d: reuse says Bob, not Ada","category":"wrong-answer","severity":"medium","signature":"reuse/whopro","verdict":"issue","confirmed":false}`, i, i)})
	}
	if err := s.Import(t.Context(), in); err != nil {
		t.Fatal(err)
	}

	// The weekly copy of a database of this size would be measured as well.
	quiet := []string{"ASSAY_DB_UPKEEP=off"}
	p := startPseudo(t, place, 120, 40, quiet)
	p.settle(time.Second)
	p.press("6")
	p.settle(2 * time.Second)
	if _, text := p.sent(); !strings.Contains(escapes.ReplaceAllString(text, ""), "question") {
		t.Fatalf("the list does not come up: %q", text)
	}
	p.settle(6 * time.Second) // the title, which changes once in five, names the screen by now
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
	slices.Sort(jumps)
	timeWithin(t, fmt.Sprintf("jump over %d rows, p95", rows), 50*time.Millisecond, percentile(jumps, 95))

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
	share := 100 * (cpuTime(t, p.cmd.Process.Pid) - before).Seconds() / took.Seconds()
	rate := float64(steps) / took.Seconds()
	measured(t, rate > 29.5, "rows a second with j held", "30", fmt.Sprintf("%.1f", rate))
	measured(t, share <= 10, fmt.Sprintf("CPU with j held over %d rows", rows), "10 %", fmt.Sprintf("%.1f %%", share))
	rss := float64(memory(t, p.cmd.Process.Pid)) / 1e6
	measured(t, rss <= 60, fmt.Sprintf("memory with %d rows open", rows), "60 MB", fmt.Sprintf("%.1f MB", rss))
	p.quit()

	// Without frames a list is as wide as the terminal, and scrolls by itself.
	p = startPseudo(t, place, 80, 24, append(quiet, remote...))
	p.settle(time.Second)
	for range 20 {
		p.press("j")
	}
	p.settle(300 * time.Millisecond)
	p.mark()
	const scrolled = 60
	for range scrolled {
		p.press("j")
		time.Sleep(time.Second / 30)
	}
	p.settle(300 * time.Millisecond)
	n, _ := p.sent()
	bytesWithin(t, "a row that scrolls, full width", 200, n/scrolled)
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
