//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// timesOnly leaves out what can only be measured, not asserted, where the suite must
// be short.
func timesOnly(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it measures and asserts nothing: make bench")
	}
}

// TestIdleScreensAreSilent watches screens on which nothing happens: what they
// send, and what of a core they take at both frame rates.
func TestIdleScreensAreSilent(t *testing.T) {
	place, runs := benchHome(t)
	watch := 60 * time.Second
	if testing.Short() {
		watch = 10 * time.Second
	}
	type idle struct {
		name string
		p    *pseudo
		cpu  time.Duration
	}
	var all []*idle
	for _, s := range []struct {
		name string
		env  []string
		args []string
	}{
		{"Runs at 60 frames a second", nil, nil},
		{"Runs at 30 frames a second", remote, nil},
		{"KV at 30 frames a second", remote, []string{runs["kv"]}},
		{"Fuzz at 30 frames a second", remote, []string{runs["fuzz"]}},
		{"Prune at 30 frames a second", remote, []string{runs["prune"]}},
		{"Caption at 30 frames a second", remote, []string{runs["caption"]}},
	} {
		p := startPseudo(t, place, 120, 40, s.env, s.args...)
		p.settle(time.Second)
		all = append(all, &idle{name: s.name, p: p})
	}
	time.Sleep(3 * time.Second) // what was started is told from what is idle
	for _, s := range all {
		s.p.mark()
		s.cpu = cpuTime(t, s.p.cmd.Process.Pid)
	}
	time.Sleep(watch) // silence is what is measured
	for _, s := range all {
		n, text := s.p.sent()
		if watch > 30*time.Second { // a shorter watch may meet the turn of a minute all the same
			n = n * int(30*time.Second) / int(watch)
		}
		bytesWithin(t, "idle, 30 s, "+s.name, 60, n)
		if n > 60 {
			t.Logf("%q", tail(text, 500))
		}
		share := 100 * (cpuTime(t, s.p.cmd.Process.Pid) - s.cpu).Seconds() / watch.Seconds()
		limit := 0.7
		if strings.Contains(s.name, "60") {
			limit = 1
		}
		measured(t, share <= limit, "idle CPU, "+s.name, fmt.Sprintf("%.1f %%", limit), fmt.Sprintf("%.2f %%", share))
		rss := float64(memory(t, s.p.cmd.Process.Pid)) / 1e6
		measured(t, rss <= 40, "memory, "+s.name, "40 MB", fmt.Sprintf("%.1f MB", rss))
		s.p.quit()
	}
}

// TestKeysAreAnsweredAtOnce measures the time from a key to the first byte of the
// answer on a local terminal, idle and under a run that makes 10,000 rows a second,
// what the screen takes of a core meanwhile, and how old an event is that it shows.
func TestKeysAreAnsweredAtOnce(t *testing.T) {
	timesOnly(t)
	place, _ := demoHome(t)
	for _, s := range []struct {
		name string
		open bool
		keys [2]string
	}{{"Runs", false, [2]string{"j", "k"}}, {"KV", true, [2]string{"l", "h"}}} {
		var args []string
		if s.open {
			args = []string{"@kv"}
		}
		must(t, place, "kv", "blend", "--demo", "--seed", "8", "--people", "2", "--modes", "full,reuse", "--json")
		p := startPseudo(t, place, 120, 40, nil, args...)
		p.settle(time.Second)
		timeWithin(t, "key to first byte, p95, idle, "+s.name, 25*time.Millisecond, percentile(p.latencies(s.keys), 95))
		p.quit()
	}

	g := generate(t, openStore(t, place), rowRate)
	for _, s := range []struct {
		name  string
		env   []string
		limit time.Duration // for an event to be seen
	}{{"local", nil, 500 * time.Millisecond}, {"remote", remote, time.Second}} {
		p := startPseudo(t, place, 120, 40, s.env)
		within(t, 10*time.Second, "the screen comes up", func() bool { n, _ := p.sent(); return n > 0 })
		for _, key := range []string{"1", "g"} { // the newest run, which is the one that lives
			time.Sleep(time.Second) // the list must be there before its cursor can go
			p.press(key)
		}
		time.Sleep(time.Second)
		const watch = 30 * time.Second
		cpu := cpuTime(t, p.cmd.Process.Pid)
		p.mark()
		begun := time.Now()
		heard := p.watchWords(watch)
		share := 100 * (cpuTime(t, p.cmd.Process.Pid) - cpu).Seconds() / watch.Seconds()
		ages := g.ages(heard, begun)
		if len(ages) == 0 {
			t.Fatalf("no event was seen in %v", watch)
		}
		t.Logf("%d events were seen whole in %v", len(ages), watch)
		measured(t, share <= 5, "CPU, live screen under 10,000 rows/s, "+s.name, "5 %", fmt.Sprintf("%.1f %%", share))
		timeWithin(t, "event to screen, p95, "+s.name, s.limit, percentile(ages, 95))
		if s.name == "local" {
			timeWithin(t, "key to first byte, p95, under 10,000 rows/s", 50*time.Millisecond, percentile(p.latencies([2]string{"\t", "\t"}), 95))
		}
		p.quit()
	}
}

// stampWord is a word of the generator.
var stampWord = regexp.MustCompile(`[a-zA-Z]{8}`)

// watchWords notes when words of eight letters were sent.
func (p *pseudo) watchWords(d time.Duration) []heard {
	var list []heard
	seen := 0 // bytes that were looked at
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		_, text := p.sent()
		now := time.Now()
		const overlap = 64 // a word may have come in two parts; who hears it twice counts it once
		for _, word := range stampWord.FindAllString(plainText(text[max(seen-overlap, 0):]), -1) {
			list = append(list, heard{word, now})
		}
		seen = len(text)
	}
	return list
}

func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

// TestALiveCampaignIsCheapOnTheLink watches the fuzz screen of one running campaign
// on three terminals at once, in the profile that SSH gets.
func TestALiveCampaignIsCheapOnTheLink(t *testing.T) {
	timesOnly(t)
	place := home(t)
	const watch = 60 * time.Second
	budget := fmt.Sprint(watch + 20*time.Second)
	id := field(t, must(t, place, "fuzz", "autodiff", "--target", "gorgonia", "--budget", budget, "--seed", "1", "--detach", "--json"), "run_id")
	defer assay(t, place, "run", "cancel", id)
	limits := []int{500, 1000, 1500}
	var screens []*pseudo
	for _, at := range sizes {
		screens = append(screens, startPseudo(t, place, uint16(at.w), uint16(at.h), remote, id))
	}
	time.Sleep(4 * time.Second) // until the screens have drawn themselves
	for _, p := range screens {
		p.mark()
	}
	time.Sleep(watch)
	for i, p := range screens {
		n, text := p.sent()
		rate := int(float64(n) / watch.Seconds())
		name := fmt.Sprintf("live fuzz screen, bytes a second, %dx%d", sizes[i].w, sizes[i].h)
		measured(t, rate <= limits[i], name, kilobytes(limits[i]), kilobytes(rate))
		if n == 0 {
			t.Errorf("%s: nothing was sent: %q", name, text)
		}
		p.quit()
	}
}

// TestKeysOverASlowLink measures the time from a key to its paint where the link
// takes 64 KB a second and a heat map is drawn anew whenever one may be.
func TestKeysOverASlowLink(t *testing.T) {
	timesOnly(t)
	place, id := demoHome(t)
	p := startPseudo(t, place, 120, 40, append(slices.Clone(remote), "COLORTERM="), id)
	p.throttle(64 << 10)
	p.settle(time.Second)
	const keys = 100
	var delays []time.Duration
	redrawn := time.Now()
	for i := range keys {
		if time.Since(redrawn) > 2*time.Second { // a map at half a hertz, as SSH gets
			p.press("S")
			redrawn = time.Now()
		}
		time.Sleep(time.Duration(50+37*(i%11)) * time.Millisecond) // keys come at any moment of it
		p.mark()
		sent := time.Now()
		p.press([]string{"l", "h"}[i%2])
		within(t, 10*time.Second, "the readout follows", func() bool { _, text := p.sent(); return strings.Contains(plainText(text), "token") || len(text) > 0 })
		p.mu.Lock()
		delays = append(delays, p.last.Sub(sent))
		p.mu.Unlock()
	}
	slices.Sort(delays)
	timeWithin(t, "key to paint, p95, 64 KB/s with a live heat map", 150*time.Millisecond, percentile(delays, 95))
	p.quit()
}

// TestStartWithALongHistory measures the time from exec to the first byte with
// 10,000 runs in the history.
func TestStartWithALongHistory(t *testing.T) {
	timesOnly(t)
	place := home(t)
	s := openStore(t, place)
	history(t, s, 10_000)
	var starts []time.Duration
	for range 9 {
		began := time.Now()
		p := startPseudo(t, place, 120, 40, nil)
		p.settle(300 * time.Millisecond)
		p.mu.Lock()
		starts = append(starts, p.first.Sub(began))
		p.mu.Unlock()
		p.quit()
	}
	slices.Sort(starts)
	timeWithin(t, "start to first byte, median, 10,000 runs", 60*time.Millisecond, percentile(starts, 50))
}

// TestRowsAreRecordedFastEnough hands rows to a recorder as fast as it takes them,
// with a reader beside it.
func TestRowsAreRecordedFastEnough(t *testing.T) {
	timesOnly(t)
	place := home(t)
	s := openStore(t, place)
	g := generate(t, s, 0)
	const watch = 60 * time.Second
	reading := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		after := int64(0)
		for {
			select {
			case <-reading:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if list, err := s.Events(t.Context(), g.id, after, 0); err == nil && len(list) > 0 {
				after = list[len(list)-1].Seq
			}
		}
	})
	rows, wal := 0, int64(0)
	begin := time.Now()
	for time.Since(begin) < watch {
		for range 500 {
			g.rec.Record("flood", strconv.Itoa(rows), map[string]any{"prompt": rows, "mode": "blend", "ratio": 0.15, "kl": 0.0031})
			rows++
		}
		wal = max(wal, walBytes(t, place))
	}
	if err := g.rec.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	rate := float64(rows) / time.Since(begin).Seconds()
	close(reading)
	readers.Wait()
	measured(t, rate >= rowRate, "rows recorded a second", "at least 10,000", fmt.Sprintf("%.0f", rate))
	measured(t, wal <= 256<<20, "write-ahead log meanwhile", "256 MB", fmt.Sprintf("%.0f MB", float64(wal)/(1<<20)))
}

// TestFramesAreBuiltFast runs the benchmarks of the two richest screens.
func TestFramesAreBuiltFast(t *testing.T) {
	for _, b := range []struct{ name, pkg, bench string }{
		{"KV, all panes", "./tui/screens/kvbench", "BenchmarkFrame200x60$"},
		{"Runs, all panes", "./tui/screens/runs", "BenchmarkFrame$"},
	} {
		out := goTest(t, b.pkg, "-run", "^$", "-bench", b.bench, "-benchmem", "-benchtime", "300ms")
		m := regexp.MustCompile(`(\d+(?:\.\d+)?) ns/op.*?(\d+) allocs/op`).FindStringSubmatch(out)
		if m == nil {
			t.Fatalf("no figures in %q", out)
		}
		ns, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		allocs, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		timeWithin(t, "frame at 200x60, "+b.name, 6*time.Millisecond, time.Duration(ns))
		measured(t, allocs <= 2000, "allocations of that frame, "+b.name, "2,000", m[2])
		if allocs > 2000 {
			t.Errorf("%s: %d allocations a frame, limit 2,000", b.name, allocs)
		}
	}
}

// TestLittleIsLostWithAWorker runs the kills of the worker's own tests: how much older
// the newest committed row was than the newest that was made.
func TestLittleIsLostWithAWorker(t *testing.T) {
	timesOnly(t)
	out := goTest(t, "./core/worker", "-run", "^TestKilledGenerators$", "-count", "1", "-v")
	m := regexp.MustCompile(`(\S+) \(most\)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no figure in %q", out)
	}
	most, err := time.ParseDuration(m[1])
	if err != nil {
		t.Fatal(err)
	}
	timeWithin(t, "results lost with a killed worker, most", 250*time.Millisecond, most)
}

// goTest runs go test on a package of the module.
func goTest(t *testing.T, pkg string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append(append([]string{"test"}, args...), pkg)...)
	cmd.Dir = ".."
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go test %s: %v\n%s", pkg, err, cut(string(out)))
	}
	return string(out)
}
