package logview_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/screens/logview"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

const (
	blend = run.ID("01KK9Z00000000000000000005")
	sweep = run.ID("01KK9Z00000000000000000006")
)

func at(minute, second int) int64 {
	return time.Date(2026, 3, 14, 14, minute, second, 0, time.UTC).UnixMilli()
}

// history is two runs whose events interleave.
func history() *runtest.Store {
	s := runtest.New()
	s.Put(run.Run{ID: blend, Bench: "kv", Kind: "kv.blend", Name: "kv-blend-5", State: run.Done})
	s.Put(run.Run{ID: sweep, Bench: "kv", Kind: "kv.sweep", Name: "kv-sweep-1", State: run.Running})
	s.PutEvent(blend, run.Info, at(1, 0), "model", "model loaded in 212 ms", map[string]any{"device": "cpu", "ms": 212})
	s.PutEvent(sweep, run.Debug, at(1, 30), "model", "75 % loaded", nil)
	s.PutEvent(blend, run.Warn, at(2, 0), "cache", "chunk 3 was evicted", nil)
	s.PutEvent(sweep, run.Err, at(3, 0), "cell", "prompt 7 is longer than the context", map[string]int{"tokens": 4096})
	return s
}

// folder holds a log of the screen and one of the worker of the blend.
func folder(t *testing.T) (logview.Files, string) {
	t.Helper()
	dir := t.TempDir()
	screen := filepath.Join(dir, "screen.log")
	write(t, screen, "time=2026-03-14T14:00:00Z level=INFO msg=\"screen starts\" tty=pts/1\n")
	write(t, filepath.Join(dir, string(blend)+".log"), "time=2026-03-14T14:00:01Z level=INFO msg=\"worker starts\" run="+string(blend)+"\npanic: everything is broken\n")
	return logview.Files{Screen: screen, Worker: func(id run.ID) string { return filepath.Join(dir, string(id)+".log") }}, screen
}

func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s *runtest.Store, files logview.Files) *tuitest.Host {
	t.Helper()
	return tuitest.Screen(t, func(c *ui.Context) ui.Screen { return logview.New(c, s, files) })
}

func TestLogLooksTheSame(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
		files, _ := folder(t)
		h := start(t, history(), files)
		h.Size(size[0], size[1]).Golden(fmt.Sprintf("log-%dx%d", size[0], size[1]))
	}
}

func TestEventsOfRunsStandInTheOrderOfTime(t *testing.T) {
	s := history()
	h := start(t, s, logview.Files{})
	text := h.See("model loaded", "chunk 3", "prompt 7", "tokens 4096").NotSee("75 % loaded").Text()
	if !(strings.Index(text, "model loaded") < strings.Index(text, "chunk 3") && strings.Index(text, "chunk 3") < strings.Index(text, "prompt 7")) {
		t.Error(text)
	}
	reads := s.Reads()
	s.PutEvent(blend, run.Info, at(4, 0), "mode", "blend done", nil)
	h.Send(ui.DataChanged{}).See("blend done")
	if n := s.Reads() - reads; n != 2 { // the list, and the news of one run
		t.Errorf("%d reads for one new event", n)
	}
}

func TestLevelsAndWordsFilter(t *testing.T) {
	h := start(t, history(), logview.Files{})
	h.Press("l").NotSee("model loaded").See("chunk 3", "prompt 7")
	h.Press("l").NotSee("chunk 3").See("prompt 7")
	h.Press("l").See("75 % loaded", "model loaded")
	h.Press("/").Type("-cache sweep").NotSee("chunk 3", "model loaded").See("75 % loaded").Press("enter", "esc").See("chunk 3")
	h.Press("/").Type("zzz").See("No line passes the filter").Press("esc").See("chunk 3")
}

func TestFollowingStaysAtTheEndUntilThePersonMoves(t *testing.T) {
	s := history()
	h := start(t, s, logview.Files{})
	h.See(">  14:03:00")
	h.Press("k").See(">  14:02:00")
	s.PutEvent(blend, run.Info, at(5, 0), "mode", "later", nil)
	h.Send(ui.DataChanged{}).See(">  14:02:00", "14:05:00")
	h.Press("G").See(">  14:05:00")
	s.PutEvent(blend, run.Info, at(6, 0), "mode", "latest", nil)
	h.Send(ui.DataChanged{}).See(">  14:06:00")
}

func TestLogsOfWorkerAndScreen(t *testing.T) {
	files, screen := folder(t)
	h := start(t, history(), files)
	h.Press("k", "w").See("worker starts", "panic: everything is broken").NotSee("chunk 3")
	h.Press("w").See("screen starts", "tty pts/1")
	write(t, screen, "time=2026-03-14T14:00:09Z level=ERROR msg=\"database is locked\"\n")
	h.Send(ui.Tick{}).See("database is locked", "error")
	h.Press("w").See("chunk 3")
	h.Press("j", "w").See("Nothing was written here yet") // the other run has no log
	h.Press("esc").See("chunk 3")
}

func TestOpenAndCopyAreIntents(t *testing.T) {
	h := start(t, history(), logview.Files{})
	h.Press("o")
	if got := h.LastIntent(); got != (ui.OpenRun{ID: sweep}) {
		t.Errorf("%#v", got)
	}
	h.Press("y")
	if got := h.LastIntent(); got != (ui.Copy{Text: "prompt 7 is longer than the context tokens=4096", What: "the line"}) {
		t.Errorf("%#v", got)
	}
}

func TestAnEmptyLogSaysWhatWouldBeThere(t *testing.T) {
	start(t, runtest.New(), logview.Files{}).See("Nothing was written here yet", "assay kv blend --demo")
}

func TestOnlyTheEndOfALongFileIsRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "screen.log")
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "level=INFO msg=\"line %d\"\n", i)
	}
	write(t, path, b.String())
	h := start(t, runtest.New(), logview.Files{Screen: path})
	h.Press("w").See("line 19999").Press("g").NotSee("line 0\n").See("line 10638")
}

func TestKeysOfTheLogDoNotCollide(t *testing.T) {
	c := ui.Context{Width: 80, Height: 24, Theme: tuitest.Theme(t, "mono", 0)}
	s := logview.New(&c, history(), logview.Files{})
	s.SetSize(80, 19)
	for _, fault := range ui.Conflicts(s.Actions()) {
		t.Error(fault)
	}
}

func TestTheFilterOfTheLogIsThatOfTheLists(t *testing.T) {
	h := start(t, history(), logview.Files{})
	h.Press("/", "k", "i", "n", "d", ":", "c", "e", "l", "l").See("prompt 7").NotSee("model loaded")
	h.Press("enter", "/", "ctrl+u")
	for _, k := range "tokens>4000" {
		h.Press(string(k))
	}
	h.See("prompt 7").NotSee("chunk 3").Press("enter", "/", "ctrl+u")
	for _, k := range "level:debug" { // whatever the least level is
		h.Press(string(k))
	}
	h.See("75 % loaded").NotSee("chunk 3").Press("enter", "/", "ctrl+u")
	for _, k := range "knd:x" {
		h.Press(string(k))
	}
	if line := h.ContextLine(); !strings.Contains(line, "did you mean kind?") {
		t.Error(line)
	}
	h.See("chunk 3", "prompt 7") // a filter that cannot be read leaves every line
}
