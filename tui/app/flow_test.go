package app_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/app"
	"assay/tui/ui"
)

func TestEnterOpensARunOnTheScreenOfItsBench(t *testing.T) {
	w := start(t)
	w.Press("j", "j", "enter").See("[2 KV]", "showing [01KK9Z00000000000000000005]", "TTFT 212ms", "run done")
	w.Press("esc").See("[1 Runs]")
	w.Press("]").See("[2 KV]").Press("[").See("[1 Runs]")
	w.Press("2").See("[2 KV]").Press("backspace").See("[1 Runs]")
}

func TestARunThatNoScreenShowsSaysWhatDoes(t *testing.T) {
	start(t).Press("j", "enter").See("[1 Runs]", "no screen shows runs of kind kv.sweep; assay run show 01KK9Z0000 does")
}

func TestAssayRunOpensOnTheRun(t *testing.T) {
	start(t, func(d *app.Deps) { d.Open = "@3" }).See("[2 KV]", "01KK9Z00000000000000000005")
	start(t, func(d *app.Deps) { d.Open = "nothing" }).See("[1 Runs]", "E-NO-RUN", `"nothing"`)
}

func TestFilterFollowsTyping(t *testing.T) {
	w := start(t)
	w.Press("/").Type("state:done").See("/state:done", "2 of 7", "kv-blend-5").NotSee("kv-blend-3")
	w.Press("enter").See("/state:done  sort started v  2 of 7").Press("q") // a key again, not a letter
	if !w.Quit {
		t.Error("q did not leave after the filter was closed")
	}
}

func TestFilterFaultStandsUnderTheFilterAndKeepsWhatWasFound(t *testing.T) {
	w := start(t)
	w.Press("/").Send(tea.PasteMsg{Content: "colour:red"}).See(`unknown key "colour"`, "kv-blend-3")
	w.Press("esc").See("sort started v  7 runs", "kv-blend-3")
	w.Press("/").Type("zzz").See("Nothing matches /zzz").Press("enter", "esc").See("7 runs")
}

func TestAnEmptyHistorySaysWhatWouldBeThere(t *testing.T) {
	w := start(t)
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		w.store.Remove(run.ID("01KK9Z0000000000000000000" + n))
	}
	w.Advance(2*time.Second).See("No run has been recorded yet", "assay kv blend --demo", "start one")
	w.Press("enter").See("open: there is no run here")
}

func TestCompareWantsTwoToEightRunsOfOneBench(t *testing.T) {
	w := start(t)
	w.Press("j", "j", "space", "c").See("compare: mark 2 to 8 runs first", "1 marked")
	w.Press("j", "space", "c").See("[2 KV]", "showing [01KK9Z00000000000000000005 01KK9Z00000000000000000004]")
	w.Press("esc").See("2 marked").Press("esc").NotSee("marked")
}

// anyKind compares runs of every kind.
type anyKind struct {
	*fakeBench
	got []run.ID
}

func (a *anyKind) ID() string                   { return "compare" }
func (a *anyKind) Title() string                { return "Compare" }
func (a *anyKind) General()                     {}
func (a *anyKind) Compare(ids []run.ID) tea.Cmd { a.got = ids; return nil }

func TestTheScreenForEveryKindComparesWhereThereIsOne(t *testing.T) {
	var screen *anyKind
	w := start(t, func(d *app.Deps) {
		before := d.Screens
		d.Screens = func(c *ui.Context) []ui.Screen {
			screen = &anyKind{fakeBench: &fakeBench{c: c}}
			return append(before(c), screen)
		}
	})
	w.Press("j", "j", "space", "j", "space", "c").See("[3 Compare]")
	if len(screen.got) != 2 {
		t.Errorf("compares %v", screen.got)
	}
}

func TestTheCursorStaysOnItsRunWhileOthersCome(t *testing.T) {
	w := start(t)
	w.Press("j", "j").See(">  +  kv     kv-blend-5")
	w.store.Put(run.Run{ID: "01KK9Z00000000000000000100", Bench: "kv", Kind: "kv.blend", Name: "kv-blend-9", State: run.Running, CreatedMs: at(14, 14), StartedMs: at(14, 14)})
	w.Advance(2*time.Second).See("kv-blend-9", ">  +  kv     kv-blend-5", "2 running 1 queued")
	w.Press("o").See("> 1  started", "tags  not now: a run may have several").Press("6").See("> 6  tags").Press("3").See("sort name ^", ">  +  kv     kv-blend-5").Press("O").See("sort name v", ">  +  kv     kv-blend-5")
}

func TestAnEndedRunIsToldOnce(t *testing.T) {
	w := start(t)
	end := func(id run.ID, to run.State, code, text string) {
		r, err := w.store.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		r.State, r.EndedMs, r.ErrorCode, r.ErrorText, r.Headline = to, at(14, 14), code, text, "12 cells"
		w.store.Put(r)
		w.Advance(400 * time.Millisecond)
	}
	end("01KK9Z00000000000000000006", run.Done, "", "")
	w.See("+ kv-sweep-1 done: 12 cells").Advance(6 * time.Second).NotSee("done: 12 cells")
	end("01KK9Z00000000000000000007", run.Lost, "E-WORKER-DIED", "signal killed")
	w.See("E-WORKER-DIED", "run kv-sweep-2 lost: signal killed", "next: assay run show").Advance(time.Minute).See("signal killed")
	w.Press("esc").NotSee("run kv-sweep-2 lost: signal killed")
	w.Press("!").See("what happened", "code E-WORKER-DIED", "run kv-sweep-2 lost: signal killed")
}

func TestARunThatStandsStillIsToldOnceAndWhenItGoesOn(t *testing.T) {
	w := start(t)
	say := func(to run.State, code, text string) {
		r, err := w.store.Run(t.Context(), "01KK9Z00000000000000000006")
		if err != nil {
			t.Fatal(err)
		}
		r.State, r.ErrorCode, r.ErrorText = to, code, text
		w.store.Put(r)
		w.Advance(400 * time.Millisecond)
	}
	say(run.Paused, "E-DISK-FULL", "cannot write assay.db: no space left")
	w.See("! E-DISK-FULL", "run kv-sweep-1 paused: cannot write", "paused E-DISK-FULL")
	w.Press("esc").NotSee("run kv-sweep-1 paused: cannot write").Advance(time.Minute).NotSee("run kv-sweep-1 paused: cannot write")
	say(run.Running, "", "")
	w.See("kv-sweep-1 goes on").NotSee("paused E-DISK-FULL")
}

func TestElapsedTimeGrowsWhileARunIsLive(t *testing.T) {
	w := start(t)
	w.See("19m42").Advance(2 * time.Second).See("19m44")
	before := w.store.Reads()
	w.Advance(10 * time.Second).See("19m54")
	if n := w.store.Reads() - before; n > 0 {
		t.Errorf("%d reads while nothing was committed", n)
	}
}

func TestAFormStartsARunAndOpensIt(t *testing.T) {
	w := start(t)
	w.Press("n").See("New run", "Blend KV caches", "serve one prompt").Press("enter")
	w.See("seed", "share", "Names the generated prompt")
	w.Press("backspace").Type("x").See("expected a whole number from 0 to 4294967296")
	w.Press("enter").See("expected a whole number") // a form that is wrong does not start
	if len(w.launch.calls) > 0 {
		t.Fatalf("started: %v", w.launch.calls)
	}
	w.Press("backspace").Type("42").NotSee("expected").Press("enter")
	w.See("[2 KV]", "showing [01KK9Z00000000000000000005]", "started kv.blend 01KK9Z0000")
	if !slices.Equal(w.launch.calls, []string{"start kv.blend seed=42"}) {
		t.Errorf("calls %q", w.launch.calls)
	}
}

func TestAFormShowsWhyItsRunDidNotStart(t *testing.T) {
	w := start(t)
	w.launch.err = &run.Error{Code: run.ENoModel, Text: "no model in /x", Hint: "give --model"}
	w.Press("n", "enter", "enter").See("no model in /x; give --model", "enter start")
	w.launch.err = nil
	w.Press("enter").See("[2 KV]")
}

func TestNewRunFromTheParametersOfAnOldOne(t *testing.T) {
	w := start(t)
	w.Press("j", "j", "ctrl+n").See("seed   = 7", "ratio  = 0.1")
	w.Press("esc", "i").See("= seed    7", "= ratio   0.1 share", "rule    v").Press("i").See("sort started")
}

func TestDestructiveActionsAskFirst(t *testing.T) {
	w := start(t)
	w.Press("d").See("delete the run: cancel it first").Press("j", "X").See("Cancel this run?", "It is at 41 of 160").Press("n")
	w.Press("X", "y").See("asked kv-sweep-1 to end")
	w.Press("j", "X").See("it is done already")
	w.Press("d").See("Delete this run?", "KL .0187", "for good").Press("esc").Press("d", "y").See("deleted kv-blend-5")
	w.Press("j", "j", "r").See("resumed")
	want := []string{"cancel 01KK9Z00000000000000000006", "remove 01KK9Z00000000000000000005", "resume 01KK9Z00000000000000000003"}
	if !slices.Equal(w.launch.calls, want) {
		t.Errorf("calls %q, want %q", w.launch.calls, want)
	}
}

func TestRequestFallsBackToANewRunWhereTheWorkerIsCold(t *testing.T) {
	w := start(t)
	w.Press("2", "a").See("showing [01KK9Z00000000000000000004]")
	w.launch.cold = true
	w.Press("a").See("showing [01KK9Z00000000000000000005]")
	want := []string{"request 01KK9Z00000000000000000005 kv.rerun", "start kv.blend seed=9"}
	if !slices.Equal(w.launch.calls, want) {
		t.Errorf("calls %q, want %q", w.launch.calls, want)
	}
	w.Press("b").See("never: the moon is not full")
}

func TestAReadOnlyHistorySaysSo(t *testing.T) {
	w := start(t, func(d *app.Deps) { d.Launcher, d.ReadOnly = nil, "the database was written by a newer version" })
	w.See("read-only").Press("n").See("nothing can be started or changed: the database was written by a newer")
	w.Press("j", "X", "y").See("nothing can be started or changed")
}

func TestTroubleWithTheDatabaseIsToldOnceAndHeals(t *testing.T) {
	w := start(t)
	w.store.Fail(errors.New("disk I/O error"))
	w.Advance(10*time.Second).See("disk I/O error", "db error", "kv-blend-5")
	w.store.Fail(nil)
	w.Press("esc").Advance(10 * time.Second).NotSee("db error")
}

func TestCtrlCTwiceLeaves(t *testing.T) {
	w := start(t)
	w.Press("ctrl+c").See("ctrl+c again leaves; runs go on")
	w.Advance(5 * time.Second).Press("ctrl+c").See("again leaves")
	if w.Quit {
		t.Fatal("left at a slow second ctrl+c")
	}
	if w.Press("ctrl+c"); !w.Quit {
		t.Error("did not leave")
	}
}

func TestTheViewComesBack(t *testing.T) {
	w := start(t)
	w.Press("/").Type("kv").Press("enter", "o", "2", "O", "j", "space", "j")
	shown := w.Text()
	w.Press("q")
	if !w.Quit || w.views.data == nil {
		t.Fatal("not saved")
	}
	again := start(t, func(d *app.Deps) { d.Views = &views{data: w.views.data} })
	if got := again.Text(); got != shown {
		t.Errorf("came back as\n%s\nwas\n%s", got, shown)
	}
}

func TestTheViewIsSavedEvery30SecondsWhereItChanged(t *testing.T) {
	w := start(t)
	w.Advance(31 * time.Second)
	first := string(w.views.data)
	if first == "" {
		t.Fatal("not saved at first")
	}
	w.views.data = nil
	if w.Advance(5 * time.Minute); w.views.data != nil {
		t.Error("saved although nothing changed")
	}
	w.Press("j").Advance(31 * time.Second)
	if string(w.views.data) == "" || string(w.views.data) == first {
		t.Error("not saved after a change")
	}
}

// leftAt is the view of a terminal that was left when some runs were live.
func leftAt(t *testing.T, ms int64, live ...string) func(*app.Deps) {
	t.Helper()
	state, err := json.Marshal(map[string]any{"format": 1, "active": "runs", "screens": map[string]any{}, "live": live, "left_ms": ms})
	if err != nil {
		t.Fatal(err)
	}
	return func(d *app.Deps) { d.Views = &views{data: state} }
}

func TestComingBackSumsUpWhatHappened(t *testing.T) {
	// Two have ended since, one of which was live; a failed one has been live as well.
	w := start(t, leftAt(t, at(11, 2), "01KK9Z00000000000000000005", "01KK9Z00000000000000000003", "01KK9Z00000000000000000006"))
	w.See("away 3h12: 2 runs done, 1 failed, 1 new and live  (esc hides)").Advance(time.Hour).See("away 3h12")
	w.Press("esc").NotSee("away 3h12").Press("!").See("away 3h12")
	start(t, leftAt(t, at(14, 10))).NotSee("away") // nothing has happened since
}

// TestComingBackTellsWhatWasFound leaves a live run when it has found so many.
func TestComingBackTellsWhatWasFound(t *testing.T) {
	const live = "01KK9Z00000000000000000006"
	for known, want := range []string{"3 new findings (2 omission, 1 wrong-gradient)", "2 new findings (1 omission, 1 wrong-gradient)"} {
		start(t, func(d *app.Deps) {
			store := d.Reader.(*runtest.Store)
			var seq int64
			for i, category := range []string{"omission", "wrong-gradient", "omission"} {
				r, err := store.Run(t.Context(), live)
				if err != nil {
					t.Fatal(err)
				}
				if i == known {
					seq = r.LastSeq
				}
				id := category + strconv.Itoa(i)
				store.PutRecord(live, run.FindingKind, id, run.Finding{ID: id, Category: category})
			}
			state, err := json.Marshal(map[string]any{"format": 1, "active": "runs", "screens": map[string]any{},
				"live": []string{live}, "seqs": map[string]int64{live: seq}, "left_ms": at(14, 10)})
			if err != nil {
				t.Fatal(err)
			}
			d.Views = &views{data: state}
		}).See(want)
	}
}

func TestBrokenViewStateIsDropped(t *testing.T) {
	for _, raw := range []string{"{", `[]`, `{"format":2}`, `{"format":1,"active":"nowhere","back":["x"],"screens":{"runs":[1],"kv":null}}`} {
		start(t, func(d *app.Deps) { d.Views = &views{data: json.RawMessage(raw)} }).See("[1 Runs]", "7 runs")
	}
}

func TestBlurSlowsTheLooksDown(t *testing.T) {
	w := start(t)
	fast := w.Frames()
	w.Send(tea.BlurMsg{})
	for range 10 {
		w.store.PutEvent("01KK9Z00000000000000000006", run.Info, at(14, 14), "x", "news", nil)
		w.Advance(100 * time.Millisecond)
	}
	if n := w.Frames() - fast; n > 20 {
		t.Errorf("%d updates in a second without focus", n)
	}
}

func TestQuitMenuCancelsWhatIsLive(t *testing.T) {
	w := start(t)
	w.Press("Q").See("Leave", "detach", "cancel and leave", "stay").Press("2")
	want := []string{"cancel 01KK9Z00000000000000000007", "cancel 01KK9Z00000000000000000006"}
	if !w.Quit || !slices.Equal(w.launch.calls, want) {
		t.Errorf("quit %v, calls %q", w.Quit, w.launch.calls)
	}
}

func TestHelpSearches(t *testing.T) {
	w := start(t)
	w.Press("?").See("help: Runs", "All runs that were ever recorded")
	w.Press("?").See("help: everything").Press("/").Type("susp").See("ctrl+z", "suspend").NotSee("redraw")
	w.Press("enter", "esc", "esc").See("sort started")
}

func TestPastedLinesAreJoinedInAFilter(t *testing.T) {
	start(t).Press("/").Send(tea.PasteMsg{Content: "kv\r\nblend\n"}).See("/kv blend")
}

func TestControlCharactersOfANameDoNotReachTheTerminal(t *testing.T) {
	w := start(t)
	w.store.Put(run.Run{ID: "01KK9Z00000000000000000100", Bench: "kv", Kind: "kv.blend", Name: "evil\x1b[2J\nname\u202e", Headline: "\x07\x9b31m", State: run.Done})
	w.Advance(2 * time.Second).See("evil [2J name")
	if content := w.Model().View().Content; strings.Contains(content, "\x1b[2J") || strings.ContainsAny(content, "\x07\u009b\u202e") {
		t.Errorf("%q", content)
	}
}

func TestThemeFollowsTheGroundOfTheTerminal(t *testing.T) {
	w := start(t)
	dark := w.Model().View().Content
	w.Send(tea.BackgroundColorMsg{Color: white{}})
	light := w.Model().View().Content
	if light == dark {
		t.Error("a light ground changes nothing")
	}
	w.Send(tea.BackgroundColorMsg{Color: black{}})
	if w.Model().View().Content != dark {
		t.Error("a dark ground does not change it back")
	}
	bad := start(t, func(d *app.Deps) { d.Theme = "no-such" })
	bad.See("no such theme", "default-dark")
}

type white struct{}

func (white) RGBA() (r, g, b, a uint32) { return 0xffff, 0xffff, 0xffff, 0xffff }

type black struct{}

func (black) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

var _ ui.RunScreen = (*fakeBench)(nil)
