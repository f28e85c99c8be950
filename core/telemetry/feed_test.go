package telemetry_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/core/telemetry"
)

// The test binary is the child as well: what it does is told by its environment.
func TestMain(m *testing.M) {
	if how := os.Getenv("SAMPLER"); how != "" {
		os.Exit(sampler(how))
	}
	os.Exit(m.Run())
}

// sampler is a child that misbehaves on demand. Lines of its input, where it reads
// any, are the beat of its samples.
func sampler(how string) int {
	line := func(seq uint64) {
		s := full()
		s.Seq = seq
		data, err := telemetry.Encode(s)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(data)
	}
	switch how {
	case "steady": // as fast as anybody reads
		for seq := uint64(1); ; seq++ {
			line(seq)
		}
	case "one": // then nothing, until its input ends
		line(1)
		io.Copy(io.Discard, os.Stdin)
	case "split":
		data, _ := telemetry.Encode(full())
		os.Stdout.Write(data[:100])
		os.Stdout.Write(append(data[100:], data[:50]...))
		io.Copy(io.Discard, os.Stdin)
	case "dies":
		line(1)
		fmt.Fprintln(os.Stderr, "first words")
		fmt.Fprintln(os.Stderr, "out of luck")
		return 3
	case "garbage":
		fmt.Println("WARNING: this is a stub")
		io.Copy(io.Discard, os.Stdin)
	case "deaf": // neither says nor hears anything
		select {}
	case "endless": // a line without an end
		w := bufio.NewWriter(os.Stdout)
		for {
			w.WriteString("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
		}
	}
	return 0
}

// feed returns a feed of such a child, with starts counted.
func feed(t *testing.T, how string, stale, linger, pause time.Duration) (*telemetry.Feed, func() int) {
	t.Helper()
	var mu sync.Mutex
	starts := 0
	f := telemetry.NewFeed(func() *exec.Cmd {
		mu.Lock()
		defer mu.Unlock()
		starts++
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SAMPLER="+how)
		return cmd
	})
	telemetry.Hasten(f, stale, linger, pause)
	t.Cleanup(f.Close)
	return f, func() int {
		mu.Lock()
		defer mu.Unlock()
		return starts
	}
}

const (
	long  = time.Minute
	short = 20 * time.Millisecond
)

func next(t *testing.T, f *telemetry.Feed, seen uint64) telemetry.Reading {
	t.Helper()
	r, err := f.Next(context.Background(), seen)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFeedStartsWhenAskedAndCounts(t *testing.T) {
	f, starts := feed(t, "steady", long, long, long)
	if f.Running() || starts() != 0 {
		t.Fatal("a child runs before anybody asked")
	}
	if r := f.Last(); r.Known() {
		t.Fatal("a sample is known before anybody asked")
	}
	for seen := range uint64(5) {
		r := next(t, f, seen)
		if r.Count != seen+1 || r.Sample.Seq != r.Count || r.Fault != nil {
			t.Fatalf("sample %d of the feed is %d of the child (%v)", r.Count, r.Sample.Seq, r.Fault)
		}
	}
	if r := next(t, f, 2); r.Count != 5 {
		t.Errorf("what is known already is %d, want 5", r.Count)
	}
	if !f.Running() || starts() != 1 {
		t.Errorf("running %v after %d starts", f.Running(), starts())
	}
}

func TestFeedServesSeveral(t *testing.T) {
	f, starts := feed(t, "steady", long, long, long)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			seen := uint64(0)
			for range 20 {
				r, err := f.Next(context.Background(), seen)
				if err != nil || r.Count <= seen {
					t.Errorf("after %d came %d (%v)", seen, r.Count, err)
				}
				seen = r.Count
			}
		})
	}
	wait.Wait()
	if starts() != 1 {
		t.Errorf("%d children", starts())
	}
}

func TestFeedTellsWhatIsStale(t *testing.T) {
	f, starts := feed(t, "one", short, long, long)
	var r telemetry.Reading
	for r.Count == 0 { // a process needs its time to come up
		r = next(t, f, 0)
	}
	again := next(t, f, 1)
	if again.Count != 1 || again.Fault != nil || again.At != r.At {
		t.Errorf("a late child gives %+v", again)
	}
	if age := again.Age(again.At.Add(6 * time.Second)); age != 6*time.Second {
		t.Errorf("age %v, want 6s", age)
	}
	if age := again.Age(again.At.Add(time.Second)); age != 0 {
		t.Errorf("a sample of the last second is %v old", age)
	}
	if starts() != 1 {
		t.Errorf("a late child was replaced")
	}
}

func TestFeedKeepsHalfALine(t *testing.T) {
	f, _ := feed(t, "split", long, long, long)
	if r := next(t, f, 0); r.Fault != nil || r.Sample.Seq != 7 {
		t.Errorf("%+v", r)
	}
}

func TestFeedEndsTheChildWhenNobodyAsks(t *testing.T) {
	f, starts := feed(t, "steady", long, short, long)
	next(t, f, 0)
	for deadline := time.Now().Add(10 * time.Second); f.Running(); {
		if time.Now().After(deadline) {
			t.Fatal("the child still runs")
		}
		time.Sleep(time.Millisecond)
	}
	if r := next(t, f, f.Last().Count); r.Fault != nil || starts() != 2 {
		t.Errorf("asked again: %v after %d starts", r.Fault, starts())
	}
}

func TestFeedExplainsADeadChild(t *testing.T) {
	f, starts := feed(t, "dies", 200*time.Millisecond, long, long)
	r := next(t, f, 0)
	for r.Fault == nil {
		r = next(t, f, r.Count)
	}
	if want := "the sampler ended: out of luck"; !strings.Contains(r.Fault.Error(), want) {
		t.Errorf("%q does not say %q", r.Fault, want)
	}
	if r.Count != 1 || r.Sample.Seq != 1 {
		t.Errorf("the last sample is gone: %+v", r)
	}
	if next(t, f, 1); starts() != 1 {
		t.Errorf("started %d times within the pause", starts())
	}
}

func TestFeedStartsADeadChildAgain(t *testing.T) {
	f, starts := feed(t, "dies", long, long, short)
	for seen := range uint64(3) {
		if r := next(t, f, seen); r.Count != seen+1 {
			t.Fatalf("sample %d after %d", r.Count, seen)
		}
	}
	if starts() != 3 {
		t.Errorf("%d starts for three children of one sample each", starts())
	}
}

func TestFeedRefusesGarbage(t *testing.T) {
	for how, want := range map[string]string{"garbage": `begins "WARNING`, "endless": "more than 1048576 bytes"} {
		f, _ := feed(t, how, 100*time.Millisecond, long, long)
		r := next(t, f, 0)
		for r.Fault == nil {
			r = next(t, f, 0)
		}
		if !strings.Contains(r.Fault.Error(), want) || r.Known() {
			t.Errorf("%s: %v, want %q", how, r.Fault, want)
		}
	}
}

func TestFeedWithoutAProgram(t *testing.T) {
	f := telemetry.NewFeed(func() *exec.Cmd { return exec.Command("/nowhere/assay", "sample") })
	defer f.Close()
	telemetry.Hasten(f, short, long, long)
	if r := next(t, f, 0); r.Fault == nil || !strings.Contains(r.Fault.Error(), "start the sampler") {
		t.Errorf("%v", r.Fault)
	}
}

func TestFeedCanBeLeftAndClosed(t *testing.T) {
	f, _ := feed(t, "deaf", long, long, long)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := f.Next(ctx, 0)
		done <- err
	}()
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("%v, want canceled", err)
	}
	f.Close()
	f.Close()
	if f.Running() {
		t.Error("a child runs on")
	}
	if _, err := f.Next(context.Background(), 0); err == nil {
		t.Error("a closed feed answers")
	}
}

func TestFeedStartsAnewOnRequest(t *testing.T) {
	f, starts := feed(t, "dies", 100*time.Millisecond, long, long)
	r := next(t, f, 0)
	for r.Fault == nil {
		r = next(t, f, r.Count)
	}
	f.Restart()
	for r.Count < 2 {
		r = next(t, f, 1)
	}
	if r.Fault != nil || starts() != 2 {
		t.Errorf("after a restart: %v, %d starts", r.Fault, starts())
	}
}

// scripted is a source that counts.
type scripted struct{ seen []uint64 }

func (s *scripted) Next(_ context.Context, seen uint64) (telemetry.Reading, error) {
	s.seen = append(s.seen, seen)
	return telemetry.Reading{At: start.Add(time.Hour), Count: seen + 1}, nil
}

func TestAfterSleepsUntilASampleIsDue(t *testing.T) {
	now := start.Add(300 * time.Millisecond)
	for name, c := range map[string]struct {
		last telemetry.Reading
		want time.Duration
	}{
		"nothing known":    {telemetry.Reading{}, 0},
		"a fresh one":      {telemetry.Reading{At: start, Count: 4}, 700 * time.Millisecond},
		"an old one":       {telemetry.Reading{At: start.Add(-time.Minute), Count: 4}, 0},
		"one of tomorrow":  {telemetry.Reading{At: start.Add(time.Hour), Count: 4}, time.Second}, // the clock jumped
		"a child in fault": {telemetry.Reading{At: start, Count: 4, Fault: io.EOF}, 0},
	} {
		slept, src := time.Duration(0), &scripted{}
		r, err := telemetry.After(context.Background(), src, c.last, func() time.Time { return now }, func(_ context.Context, d time.Duration) error {
			slept += d
			return nil
		})
		if err != nil || slept != c.want || r.Count != c.last.Count+1 || len(src.seen) != 1 {
			t.Errorf("%s: slept %v, want %v; asked for %v (%v)", name, slept, c.want, src.seen, err)
		}
	}
	if _, err := telemetry.After(context.Background(), &scripted{}, telemetry.Reading{At: start, Count: 1}, func() time.Time { return start }, func(context.Context, time.Duration) error { return context.Canceled }); err != context.Canceled {
		t.Errorf("left while it slept: %v", err)
	}
}
