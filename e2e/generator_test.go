//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/core/run"
	"assay/storage"
)

// openStore opens the database of a home as a worker does.
func openStore(t *testing.T, place string) *storage.Store {
	t.Helper()
	must(t, place, "run", "ls") // makes the home
	s, err := storage.Open(t.Context(), storage.Options{
		Path: database(t, place), Artifacts: filepath.Join(place, "data", "artifacts"), CacheKB: 65536, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// generator is an engine that does nothing but make rows, in this process: what a
// screen does under its rows is measured without what an engine would take.
type generator struct {
	id   run.ID
	rec  *storage.Recorder
	stop context.CancelFunc
	work sync.WaitGroup

	mu   sync.Mutex             // guards what follows
	said map[string][]time.Time // when each word was said
	rows int
}

// rowRate is what the screens must stand, in rows a second.
const rowRate = 10_000

// generate starts a run that makes rows at a rate until the test ends; ten times a
// second it writes a line to its log with a word of its own. It claims to live on
// another machine, so that nobody looks for its process.
func generate(t *testing.T, s *storage.Store, rate int) *generator {
	t.Helper()
	id := run.ID("01ARZ3NDEKTSV4RRFFQ69G5FAV")
	_, err := s.Create(t.Context(), run.Run{ID: id, Bench: "kv", Kind: "kv.eval", Name: "generated", State: run.Queued, Host: "elsewhere", BootID: "elsewhere",
		Params: []byte("{}"), Env: []byte("{}"), CreatedMs: time.Now().UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetState(t.Context(), id, run.Running); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	rec, err := s.Recorder(ctx, id, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{id: id, rec: rec, stop: stop, said: map[string][]time.Time{}}
	g.work.Go(func() { g.run(ctx, rate) })
	t.Cleanup(func() { g.end(t) })
	return g
}

func (g *generator) run(ctx context.Context, rate int) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		due := int(time.Since(begin).Seconds() * float64(rate))
		g.mu.Lock()
		for ; g.rows < due; g.rows++ {
			g.rec.Record("row", fmt.Sprint(g.rows), map[string]any{"prompt": g.rows, "mode": "blend", "ratio": 0.15, "kl": 0.0031})
		}
		g.mu.Unlock()
		if n%10 == 0 {
			g.rec.Progress(int64(due), int64(10*due+1))
			word := stamp(n / 10)
			g.rec.Event(run.Info, "mode", word, nil)
			g.mu.Lock()
			g.said[word] = append(g.said[word], time.Now())
			g.mu.Unlock()
		}
	}
}

func (g *generator) end(t *testing.T) {
	g.stop()
	g.work.Wait()
	if err := g.rec.Close(); err != nil {
		t.Error(err)
	}
}

// letters are those of stamps; a word comes again when all have had their turn.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// stamp is a word that shares no letter at any place with those soon before it, so
// that a screen that sends differences sends it whole.
func stamp(n int) string {
	word := make([]byte, 8)
	for i := range word {
		word[i] = letters[(n+5*i)%len(letters)]
	}
	return string(word)
}

// heard is a word as it came to the terminal.
type heard struct {
	word string
	at   time.Time
}

// ages returns, sorted, how long after it was said each event was first heard; those
// said before a time are left out, since a screen may draw them again.
func (g *generator) ages(list []heard, from time.Time) []time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := map[time.Time]bool{} // events that were heard, by when they were said
	var ages []time.Duration
	for _, h := range list {
		var said time.Time
		for _, at := range g.said[h.word] {
			if at.Before(h.at) {
				said = at
			}
		}
		if said.After(from) && !first[said] {
			first[said] = true
			ages = append(ages, h.at.Sub(said))
		}
	}
	slices.Sort(ages)
	return ages
}

// history fills a home with finished runs.
func history(t *testing.T, s *storage.Store, runs int) {
	t.Helper()
	for i := range runs {
		id := run.ID(fmt.Sprintf("01ARZ3NDEKTSV4RRFF%08d", i))
		in := storage.Imported{Run: run.Run{ID: id, Bench: "kv", Kind: "kv.blend", Name: fmt.Sprintf("blend-%05d", i), State: run.Done, Host: "elsewhere", BootID: "elsewhere",
			Params: []byte("{}"), Env: []byte("{}"), CreatedMs: int64(i) + 1, StartedMs: int64(i) + 1, EndedMs: int64(i) + 2, Headline: "KL .0031 top1 yes 2.4x"}}
		if err := s.Import(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
}

// walBytes returns the length of the write-ahead log.
func walBytes(t *testing.T, place string) int64 {
	t.Helper()
	info, err := os.Stat(database(t, place) + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
