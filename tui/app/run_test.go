package app_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
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

// session is a program on a terminal of its own.
type session struct {
	*terminal
	store *runtest.Store
	views *views
	done  chan result
}

type result struct {
	code int
	err  error
}

// open starts the program at 120x40 on a history without live runs.
func open(t testing.TB, change func(*app.Deps)) *session {
	t.Helper()
	s := &session{terminal: openTerminal(t, 120, 40), store: history(), views: &views{}, done: make(chan result, 1)}
	for _, id := range []run.ID{"01KK9Z00000000000000000006", "01KK9Z00000000000000000007"} {
		s.store.Remove(id)
	}
	d := app.Deps{
		Reader: s.store, Kinds: kinds(), Themes: themes.Builtin(), Term: term.Profile{Depth: themes.TrueColor}, Views: s.views,
		Host: "gpu-07", Version: "v0.1", Environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"},
		Screens: func(c *ui.Context) []ui.Screen { return []ui.Screen{runs.New(c, s.store, kinds())} },
	}
	if change != nil {
		change(&d)
	}
	go func() {
		code, err := app.Run(t.Context(), d, s.its, s.its)
		s.done <- result{code, err}
	}()
	s.until("KL .0187")
	s.until("mode full done") // in the detail, which is read last
	s.settle()
	return s
}

// settle waits until the program writes nothing for the time of a few frames.
func (s *session) settle() {
	for {
		select {
		case <-s.news:
		case <-time.After(100 * time.Millisecond):
			return
		}
	}
}

func (s *session) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.ours, keys); err != nil {
		s.t.Fatal(err)
	}
}

// answer presses a key and waits for the first bytes of its answer.
func (s *session) answer(key string) {
	s.t.Helper()
	before := len(s.bytes())
	s.press(key)
	limit := time.After(20 * time.Second)
	for len(s.bytes()) == before {
		select {
		case <-s.news:
		case <-limit:
			s.t.Fatalf("no answer to %q", key)
		}
	}
}

func TestBytesOfFirstFrameAndOfAnIdleScreen(t *testing.T) {
	const looks = 40 // more than an idle screen takes in 30 s
	idle, drawn := make(chan struct{}), make(chan struct{})
	noon := time.Date(2026, 3, 14, 12, 0, 30, 0, time.UTC)
	s := open(t, func(d *app.Deps) {
		store := d.Reader.(*runtest.Store)
		reader := &polled{Store: store, each: func(n int) {
			if n == looks {
				close(idle)
			}
		}}
		d.Reader = reader
		d.Now = func() time.Time { return noon }
		d.Sleep = func(ctx context.Context, d time.Duration) error { // time runs, fast, once the first frame is there
			select {
			case <-drawn:
			case <-ctx.Done():
				return ctx.Err()
			}
			return ui.Sleep(ctx, d/200)
		}
	})
	first := len(s.bytes())
	close(drawn)
	<-idle
	quiet := len(s.bytes()) - first
	s.press("q")
	if r := <-s.done; r.err != nil || r.code != 0 {
		t.Errorf("left with %d, %v", r.code, r.err)
	}
	t.Logf("first frame %d bytes, %d looks at the database %d bytes", first, looks, quiet)
	if first > 9<<10 {
		t.Errorf("the first frame takes %d bytes, at most 9 KB are allowed", first)
	}
	if quiet > 60 {
		t.Errorf("an idle screen writes %d bytes: %q", quiet, s.bytes()[first:])
	}
}

func TestAHangupSavesTheViewAndLeavesWith129(t *testing.T) {
	s := open(t, nil)
	s.answer("j")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if r := <-s.done; r.code != 129 || r.err != nil {
		t.Errorf("left with %d, %v", r.code, r.err)
	}
	if !bytes.Contains(s.views.data, []byte("01KK9Z00000000000000000004")) {
		t.Errorf("saved %s", s.views.data)
	}
}

func TestLeavingRestoresTheTerminalAndTellsWhatGoesOn(t *testing.T) {
	s := open(t, func(d *app.Deps) {
		d.Reader.(*runtest.Store).Put(run.Run{ID: "01KK9Z00000000000000000000", Bench: "kv", Kind: "kv.sweep", Name: "kv-sweep-7", State: run.Running})
	})
	s.until("1 running")
	s.press("q")
	if r := <-s.done; r.code != 0 || r.err != nil {
		t.Errorf("left with %d, %v", r.code, r.err)
	}
	s.until("1 run goes on: kv-sweep-7 (01KK9Z0000); assay comes back to it")
	end := bytes.LastIndex(s.bytes(), []byte("\x1b[?1049l"))
	line := bytes.Index(s.bytes(), []byte("1 run goes on"))
	if end < 0 || line < end {
		t.Error("the line is not on the normal screen")
	}
	for _, mode := range []string{"1002", "1006", "1004", "2004"} { // mouse, focus, paste
		on, off := bytes.LastIndex(s.bytes(), []byte("\x1b[?"+mode+"h")), bytes.LastIndex(s.bytes(), []byte("\x1b[?"+mode+"l"))
		if on < 0 || off < on {
			t.Errorf("mode %s: switched on at %d, off at %d", mode, on, off)
		}
	}
}

// TestSynchronisedOutputIsAskedForOverSSH would find a frame that tears: Bubble Tea
// does not ask there by itself.
func TestSynchronisedOutputIsAskedForOverSSH(t *testing.T) {
	s := open(t, func(d *app.Deps) {
		d.Term.Remote = true
		d.Environ = []string{"TERM=xterm-256color", "SSH_TTY=/dev/pts/1", "SSH_CONNECTION=a 1 b 2"}
	})
	s.until("\x1b[?2026$p")
	if bytes.Contains(s.bytes(), []byte("\x1b[?2026h")) {
		t.Fatal("used before the terminal has said that it can")
	}
	s.press("\x1b[?2026;2$y")
	for range 20 {
		s.answer("j")
		if s.answer("k"); bytes.Contains(s.bytes(), []byte("\x1b[?2026h")) {
			break
		}
	}
	s.until("\x1b[?2026h")
	s.press("q")
	if r := <-s.done; r.err != nil {
		t.Error(r.err)
	}
}

func TestATerminalWithoutCursorGetsAnError(t *testing.T) {
	code, err := app.Run(t.Context(), app.Deps{Term: term.Profile{Dumb: true}}, nil, nil)
	if code != run.ExitUsage || run.CodeOf(err) != run.EUsage {
		t.Errorf("%d, %v", code, err)
	}
}

// BenchmarkKeyToFirstByte measures how long a key takes to the first byte of its
// answer on a local terminal: at most 25 ms in 95 of 100 cases.
func BenchmarkKeyToFirstByte(b *testing.B) {
	s := open(b, nil)
	var took []time.Duration
	for b.Loop() {
		for _, key := range []string{"j", "k"} {
			start := time.Now()
			s.answer(key)
			took = append(took, time.Since(start))
			s.settle() // or the rest of this answer would answer the next key
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	s.press("q")
	<-s.done
}
