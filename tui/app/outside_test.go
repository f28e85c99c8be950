package app_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"assay/core/run"
	"assay/tui/app"
	"assay/tui/ui"
)

// mostly is a shell whose bench shows r.
func mostly(t *testing.T, r *run.Run, change ...func(*app.Deps)) *world {
	t.Helper()
	var bench *fakeBench
	w := start(t, append(change, func(d *app.Deps) {
		d.Screens = func(c *ui.Context) []ui.Screen {
			bench = &fakeBench{c: c}
			return []ui.Screen{bench}
		}
	})...)
	bench.shown = r
	return w
}

func TestTitleSaysWhatTheRunDoesAndChangesSeldom(t *testing.T) {
	r := run.Run{ID: "01KK9Z00000000000000000001", State: run.Running, Done: 41, Total: 160, Headline: "9 findings"}
	w := mostly(t, &r)
	title := func() string { return w.Model().View().WindowTitle }
	w.Advance(time.Minute)
	if got := title(); got != "assay kv 25% 9 findings - gpu-07" {
		t.Fatalf("title %q", got)
	}
	w.Advance(5 * time.Second)
	r.Done = 80
	w.Press("j")
	first := title()
	r.Done, r.State, r.Headline = 160, run.Done, "12 findings"
	w.Press("j").Advance(4 * time.Second)
	if got := title(); got != first {
		t.Errorf("the title changed twice in four seconds: %q, %q", first, got)
	}
	w.Advance(time.Second)
	if got := title(); got != "assay kv 12 findings - gpu-07" {
		t.Errorf("title after five seconds %q", got)
	}
}

func TestProgressIsToldToTerminalsThatKnowIt(t *testing.T) {
	r := run.Run{ID: "01KK9Z00000000000000000001", Name: "kv-sweep-1", State: run.Running, Done: 41, Total: 160}
	w := mostly(t, &r)
	if v := w.Press("j").Model().View(); v.ProgressBar != nil || v.ProgramStatus != nil {
		t.Fatal("an unknown terminal is told of progress")
	}
	w.Send(tea.TerminalVersionMsg{Name: "WezTerm 20240203"}).Send(tea.ProgramStatusSupportMsg{})
	v := w.Model().View()
	if v.ProgressBar == nil || v.ProgressBar.Value != 25 || v.ProgressBar.State != tea.ProgressBarDefault {
		t.Errorf("progress %+v", v.ProgressBar)
	}
	if s := v.ProgramStatus; s == nil || s.State != tea.ProgramStateWorking || !s.HasProgress || s.Progress != 25 {
		t.Errorf("status %+v", s)
	}
	r.State = run.Failed
	v = w.Press("j").Model().View()
	if v.ProgressBar != nil || v.ProgramStatus.State != tea.ProgramStateError {
		t.Errorf("after a failure: progress %+v, status %+v", v.ProgressBar, v.ProgramStatus)
	}
	ghostty := mostly(t, &run.Run{ID: r.ID, State: run.Paused, Done: 1, Total: 2}, func(d *app.Deps) { d.Environ = []string{"TERM=xterm-ghostty"} })
	if v := ghostty.Press("j").Model().View(); v.ProgressBar == nil || v.ProgressBar.State != tea.ProgressBarWarning {
		t.Errorf("a paused run: %+v", v.ProgressBar)
	}
}

func TestGroundIsFollowedWhileTheScreenIsUp(t *testing.T) {
	w := start(t)
	if !strings.Contains(w.Raw, "\x1b[?2031h") {
		t.Fatalf("nobody asked for reports: %q", w.Raw)
	}
	dark := w.Model().View().Content
	w.Send(uv.LightColorSchemeEvent{})
	light := w.Model().View().Content
	if light == dark {
		t.Fatal("a light ground changes nothing")
	}
	w.Send(uv.DarkColorSchemeEvent{})
	if w.Model().View().Content != dark {
		t.Error("back on a dark ground the screen is not as before")
	}
}

// endOwn starts a run on the screen, which then takes so long, and returns what the
// terminal was sent at its end.
func endOwn(t *testing.T, took time.Duration, blurred, own bool, change ...func(*app.Deps)) string {
	t.Helper()
	w := start(t, change...)
	const id = run.ID("01KK9Z00000000000000000004") // which the launcher of the tests answers with
	if own {
		w.Press("2", "a").Advance(time.Second)
	}
	begin := w.Clock.Now().UnixMilli()
	r := run.Run{ID: id, Name: "kv-blend-4", Bench: "kv", Kind: "kv.blend", State: run.Running, CreatedMs: begin, StartedMs: begin, Total: 9}
	w.store.Put(r)
	w.Advance(2 * time.Second)
	if blurred {
		w.Send(tea.BlurMsg{})
	}
	w.Raw = ""
	w.Advance(took)
	r.State, r.EndedMs, r.Headline = run.Done, begin+took.Milliseconds(), "KL .0187; top1\x1b[2J yes"
	w.store.Put(r)
	w.Advance(3 * time.Second)
	return w.Raw
}

func TestLongRunsCallTheirPersonBack(t *testing.T) {
	long := 31 * time.Second
	for _, c := range []struct {
		name         string
		took         time.Duration
		blurred, own bool
		want         string
	}{
		{"long, looked away", long, true, true, "\a"},
		{"short", 29 * time.Second, true, true, ""},
		{"looked at", long, false, true, ""},
		{"of another client", long, true, false, ""},
	} {
		if got := endOwn(t, c.took, c.blurred, c.own); got != c.want {
			t.Errorf("%s: sent %q, want %q", c.name, got, c.want)
		}
	}
}

// calling are settings with a way to call.
func calling(t *testing.T, way string) files {
	f := newFiles(t)
	f.env["ASSAY_UI_NOTIFY"] = way
	return f
}

func TestCallsAreMadeAsChosen(t *testing.T) {
	const text = "kv-blend-4 done: KL .0187; top1"
	for way, want := range map[string]string{
		"off": "", "osc9": "\x1b]9;" + text, "osc777": "\x1b]777;notify;assay;" + strings.ReplaceAll(text, ";", ","), "osc99": "\x1b]99;;" + text,
	} {
		got := endOwn(t, time.Minute, true, true, with(calling(t, way)))
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: sent %q", way, got)
		}
		if strings.Contains(got, "\x1b[2J") {
			t.Errorf("%s: a headline escapes: %q", way, got)
		}
	}
	got := endOwn(t, time.Minute, true, true, with(calling(t, "osc9")), func(d *app.Deps) { d.Environ = []string{"TMUX=/tmp/tmux,1,0"} })
	if !strings.HasPrefix(got, "\x1bPtmux;\x1b\x1b]9;") {
		t.Errorf("in tmux: sent %q", got)
	}
}
