package app_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/screens/runs"
	"assay/tui/term"
	"assay/tui/ui"
)

// terminal is a pseudo terminal on which a real program draws.
type terminal struct {
	t    testing.TB
	ours *os.File
	its  *os.File

	mu   sync.Mutex // guards got
	got  bytes.Buffer
	news chan struct{} // has room for one: something came
}

func openTerminal(t testing.TB, w, h uint16) *terminal {
	t.Helper()
	ours, its, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	if err := pty.Setsize(its, &pty.Winsize{Rows: h, Cols: w}); err != nil {
		t.Fatal(err)
	}
	tm := &terminal{t: t, ours: ours, its: its, news: make(chan struct{}, 1)}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := ours.Read(buf)
			tm.mu.Lock()
			tm.got.Write(buf[:n])
			tm.mu.Unlock()
			select {
			case tm.news <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return tm
}

func (tm *terminal) bytes() []byte {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return bytes.Clone(tm.got.Bytes())
}

// until waits until the program has written a text.
func (tm *terminal) until(text string) {
	tm.t.Helper()
	limit := time.After(20 * time.Second)
	for !bytes.Contains(tm.bytes(), []byte(text)) {
		select {
		case <-tm.news:
		case <-limit:
			tm.t.Fatalf("the program never wrote %q, but %q", text, tm.bytes())
		}
	}
}

// polled counts how often the database was looked at.
type polled struct {
	*runtest.Store
	mu    sync.Mutex // guards looks
	looks int
	each  func(n int)
}

func (p *polled) Version(ctx context.Context) (int64, error) {
	p.mu.Lock()
	p.looks++
	n := p.looks
	p.mu.Unlock()
	p.each(n)
	return p.Store.Version(ctx)
}

func TestBytesOfFirstFrameAndOfAnIdleScreen(t *testing.T) {
	tm := openTerminal(t, 120, 40)
	store := history()
	for _, id := range []run.ID{"01KK9Z00000000000000000006", "01KK9Z00000000000000000007"} {
		store.Remove(id) // the live ones: an idle screen
	}
	const looks = 40 // more than an idle screen takes in 30 s
	idle := make(chan struct{})
	reader := &polled{Store: store}
	reader.each = func(n int) {
		if n == looks {
			close(idle)
		}
	}
	noon := time.Date(2026, 3, 14, 12, 0, 30, 0, time.UTC)
	drawn := make(chan struct{}) // closed when the first frame is complete: time runs from then on
	d := app.Deps{
		Reader: reader, Kinds: kinds(), Themes: themes.Builtin(), Term: term.Profile{Depth: themes.TrueColor},
		Host: "gpu-07", Version: "v0.1", Environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"},
		Now: func() time.Time { return noon },
		Sleep: func(ctx context.Context, d time.Duration) error {
			select {
			case <-drawn:
			case <-ctx.Done():
				return ctx.Err()
			}
			return ui.Sleep(ctx, d/200)
		},
		Screens: func(c *ui.Context) []ui.Screen { return []ui.Screen{runs.New(c, reader, kinds())} },
	}
	type result struct {
		code int
		err  error
	}
	done := make(chan result, 1)
	go func() {
		code, err := app.Run(t.Context(), d, tm.its, tm.its)
		done <- result{code, err}
	}()
	tm.until("help")
	tm.until("KL .0187")
	first := len(tm.bytes())
	close(drawn)
	<-idle
	quiet := len(tm.bytes()) - first
	if _, err := io.WriteString(tm.ours, "q"); err != nil {
		t.Fatal(err)
	}
	r := <-done
	if r.err != nil || r.code != 0 {
		t.Errorf("left with %d, %v", r.code, r.err)
	}
	t.Logf("first frame %d bytes, %d looks at the database %d bytes", first, looks, quiet)
	if os.Getenv("SHOW") != "" {
		t.Logf("%q", tm.bytes())
	}
	if first > 9<<10 {
		t.Errorf("the first frame takes %d bytes, at most 9 KB are allowed", first)
	}
	if quiet > 60 {
		t.Errorf("an idle screen writes %d bytes: %q", quiet, tm.bytes()[first:])
	}
}
