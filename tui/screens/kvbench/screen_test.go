package kvbench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"assay/core/kv"
	"assay/core/run"
	"assay/themes"
	"assay/tui/screens/kvbench"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// open starts the screen on runs, drawn without colours, in a body of w x h
// cells: four lines less than the terminal, two where that has less than 18.
func open(t testing.TB, f *fixture, w, h int, ids ...run.ID) *tuitest.Host {
	t.Helper()
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		s := kvbench.New(c, f.store)
		view, err := json.Marshal(map[string]any{"run": ids, "look": map[string]any{"mode": "blend", "pane": "map", "layer": 3, "token": 40, "moved": true}})
		if err != nil {
			t.Fatal(err)
		}
		s.RestoreView(view)
		return s
	})
	host.Size(w, h)
	return host
}

func TestBlendAtEverySize(t *testing.T) {
	f := newFixture(t).blend()
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "60x18": {60, 14}, "40x10": {40, 9}, "20x6": {20, 5}} {
		t.Run(name, func(t *testing.T) {
			open(t, f, size[0], size[1], blendID).Golden("blend-" + name)
		})
	}
}

func TestOtherPages(t *testing.T) {
	f := newFixture(t).blend().child().sweep(run.Done).eval()
	t.Run("modes compared", func(t *testing.T) { open(t, f, 120, 36, blendID).Press("c").Golden("compare-modes-120x40") })
	t.Run("modes compared, small", func(t *testing.T) { open(t, f, 80, 20, blendID).Press("c").Golden("compare-modes-80x24") })
	t.Run("runs compared", func(t *testing.T) { open(t, f, 120, 36, blendID, childID).Golden("compare-runs-120x40") })
	t.Run("sweep", func(t *testing.T) { open(t, f, 120, 36, sweepID).Golden("sweep-120x40") })
	t.Run("sweep, small", func(t *testing.T) { open(t, f, 80, 20, sweepID).Golden("sweep-80x24") })
	t.Run("eval", func(t *testing.T) { open(t, f, 120, 36, evalID).Golden("eval-120x40") })
	t.Run("eval, small", func(t *testing.T) { open(t, f, 80, 20, evalID).Golden("eval-80x24") })
}

func TestZoomedMapShowsTokens(t *testing.T) {
	h := open(t, newFixture(t).blend(), 80, 20, blendID)
	h.Press("+", "+").See("[ The]")
	h.Press("+", "+", "+").See("cooks   noodl~").Golden("blend-zoomed-80x24")
	h.Press("0").Press("-").See("c10")
}

func TestEveryPaneIsReachedAtEverySize(t *testing.T) {
	f := newFixture(t).blend()
	marks := []string{"per cell", "layers of blend", "by layer", "time to first token", "answer by mode", "load under compute", "segments and run", "cell and scale"}
	for _, size := range [][2]int{{80, 20}, {120, 36}, {160, 30}, {200, 56}, {60, 14}, {40, 9}} {
		h := open(t, f, size[0], size[1], blendID)
		seen := map[string]bool{}
		for range marks {
			for _, m := range marks {
				if strings.Contains(h.Text(), ">"+m) || m == "per cell" && strings.Contains(h.Text(), ">dV") || strings.Contains(h.Text(), ">cell and layers") && m == "layers of blend" || strings.Contains(h.Text(), ">dV relative by layer") && m == "by layer" {
					seen[m] = true
				}
			}
			h.Press("tab")
		}
		if len(seen) != len(marks) {
			t.Errorf("%v: reached %v", size, seen)
		}
	}
}

func TestCellReadsOutWhatIsStored(t *testing.T) {
	f := newFixture(t).blend()
	h := open(t, f, 120, 36, blendID)
	n := f.prompt.Context
	h.See(fmt.Sprintf("token 40 '%s'", f.prompt.Text[40])).See("segment chunk3+6")
	// The absolute value of layer 3, token 40.
	h.Press("%").See(fmt.Sprintf("dV %s", short3(f.rows["blend"][3*n+40])))
	h.Press("j").See("layer 4").See(fmt.Sprintf("dV %s", short3(f.rows["blend"][4*n+40])))
	h.Press("m", "d").See("dK absolute")
}

// short3 writes a value between .01 and 1 as the readout does.
func short3(v float32) string { return strings.TrimPrefix(fmt.Sprintf("%.3f", v), "0") }

func TestMovingByColumnFindsTheLargestValue(t *testing.T) {
	f := newFixture(t).blend()
	h := open(t, f, 80, 20, blendID)
	h.Press("m", "m", "m", "m") // reuse: full, reuse, blend, random, oracle; four on from blend
	h.See("of reuse")
	n := f.prompt.Context
	h.Press("home")
	row := f.rows["reuse"][3*n : 4*n]
	h.Press("l")
	// 67 columns over the tokens: the second holds tokens 3 to 5.
	lo, hi := n/67, 2*n/67
	best := lo
	for i := lo; i < hi; i++ {
		if row[i]/f.vn[3*n+i] > row[best]/f.vn[3*n+best] {
			best = i
		}
	}
	h.See(fmt.Sprintf("layer 3  token %d ", best))
}

func TestSelectionIsEditedAndRunAgain(t *testing.T) {
	f := newFixture(t).blend()
	h := open(t, f, 80, 20, blendID)
	picked := f.topDeviating(f.prompt.Context * 15 / 100)
	h.Press("s") // onto the nearest picked token
	h.Press("space").See("picked removed")
	h.Press("s").Press("home").Press("space").See("picked added").Golden("blend-edited-80x24")
	h.Press("u").See("picked no")
	h.Press("u").See("picked yes")
	h.Press("x")
	if n, ok := h.LastIntent().(ui.Notify); !ok || !strings.Contains(n.Text, "space") {
		t.Errorf("nothing was edited, got %#v", h.LastIntent())
	}
	h.Press("home", "space", "x")
	want := append([]int{0}, picked...)
	req, ok := h.LastIntent().(ui.RequestRun)
	if !ok {
		t.Fatalf("got %#v", h.LastIntent())
	}
	args, err := json.Marshal(req.Args)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Mode   string
		Picked []int
	}
	if err := json.Unmarshal(args, &got); err != nil {
		t.Fatal(err)
	}
	if req.ID != blendID || req.Do != "kv.rerun" || got.Mode != "blend" || !cmp.Equal(got.Picked, want) {
		t.Errorf("asked %s %s %+v, want %v", req.ID, req.Do, got, want)
	}
	fb := req.Fallback
	if fb.Kind != "kv.blend" || fmt.Sprint(fb.Given["seed"]) != "7" || !cmp.Equal(fb.Given["modes"], []string{"full", "blend"}) || fmt.Sprint(fb.Given["picked"]) != fmt.Sprint(want) {
		t.Errorf("fallback %+v", fb)
	}
}

func TestWrongAnswerOpensItsBlend(t *testing.T) {
	f := newFixture(t).eval()
	h := open(t, f, 120, 36, evalID)
	h.Press("m", "m", "m").See("wrong answers of blend r=.15 v").Press("enter")
	start, ok := h.LastIntent().(ui.StartRun)
	if !ok {
		t.Fatalf("got %#v", h.LastIntent())
	}
	if !cmp.Equal(start.Given["modes"], []string{"full", "reuse", "blend"}) || start.Given["ratio"] != .15 || start.Given["rule"] != "v" || start.Given["variant"] != "exact" {
		t.Errorf("given %v", start.Given)
	}
	text, _ := start.Given["prompt_json"].(string)
	p, err := kv.ParsePrompt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Chunks) < 4 || !strings.HasPrefix(p.Question.Text, "Question: ") || !strings.HasSuffix(p.Question.Text, "\nAnswer:") {
		t.Errorf("prompt %+v", p)
	}
}

func TestSweepRowOpensItsPrompt(t *testing.T) {
	h := open(t, newFixture(t).sweep(run.Done), 120, 36, sweepID)
	h.Press("j", "j", "enter") // blend at .05 by K of prompt 0
	form, ok := h.LastIntent().(ui.OpenForm)
	if !ok || form.Kind != "kv.blend" {
		t.Fatalf("got %#v", h.LastIntent())
	}
	if form.Given["ratio"] != .05 || form.Given["rule"] != "k" || fmt.Sprint(form.Given["seed"]) != "7" {
		t.Errorf("given %v", form.Given)
	}
	text, _ := form.Given["prompt_json"].(string)
	if _, err := kv.ParsePrompt([]byte(text)); err != nil {
		t.Error(err)
	}
}

func TestComparedRunsAskNothingOfDifferentPrompts(t *testing.T) {
	f := newFixture(t).blend().child()
	h := open(t, f, 120, 36, blendID, childID)
	h.See("difference B - A").See("picked by both")
	f.store.PutArray(childID, run.F32Array(kv.ArrayTokens, []float32{1, 2, 3}, 3))
	h.Send(ui.DataChanged{}).See("the prompts differ")
	h.Press("M").See("A random r=.15 of 01J9W2KQ")
}

func TestRunIsShownWhileItGoesOn(t *testing.T) {
	f := newFixture(t)
	row := blendRow(runningID, run.Running)
	row.Done, row.Total = 0, 6
	f.store.Put(row)
	h := open(t, f, 120, 36, runningID)
	h.See("waiting for the first mode")
	f.begin(row)
	f.mode(runningID, kv.Full, "full", 1, 21.3, 0, []int{}, " Bergen\n")
	f.mode(runningID, kv.Reuse, "reuse", 0, 4.1, .677, []int{}, " Dublin\n")
	row.Done = 2
	f.store.Put(row)
	h.See("waiting for the first mode")
	h.Send(ui.DataChanged{}).See("layers of reuse")
	reads := f.store.Reads()
	h.Send(ui.DataChanged{})
	if n := f.store.Reads() - reads; n > 3 {
		t.Errorf("%d reads where nothing was new, want the row, records and the list of arrays", n)
	}
	// Blend was looked at last, so it is shown as soon as it is there.
	f.mode(runningID, kv.Blend, "blend", .15, 8.9, .0942, f.topDeviating(20), " Bergen\n")
	h.Send(ui.DataChanged{}).See("layers of blend")
}

func TestEndsOfRuns(t *testing.T) {
	f := newFixture(t)
	row := blendRow(failedID, run.Failed)
	row.ErrorCode, row.ErrorText = "E-MODEL", "tensor model.layers.3.mlp.up_proj.weight holds NaN"
	f.store.Put(row)
	h := open(t, f, 80, 20, failedID)
	h.See("! failed E-MODEL: tensor model.layers.3").See("p resumes it").See("the run ended before its first mode").Golden("failed-80x24")
	h.Press("p")
	if r, ok := h.LastIntent().(ui.PauseRun); !ok || r.ID != failedID {
		t.Errorf("got %#v", h.LastIntent())
	}
}

func TestEmptyScreenSaysHowToBegin(t *testing.T) {
	f := newFixture(t)
	h := open(t, f, 80, 20)
	h.See("No run of the KV bench yet").See("assay kv blend --demo").Golden("empty-80x24")
	h.Press("n")
	if form, ok := h.LastIntent().(ui.OpenForm); !ok || form.Kind != "kv.blend" {
		t.Errorf("got %#v", h.LastIntent())
	}
	f.blend()
	h.Send(ui.DataChanged{}).See("layers of blend")
}

func TestTroubleOfTheStoreIsSaidOnce(t *testing.T) {
	f := newFixture(t).blend()
	h := open(t, f, 80, 20, blendID)
	f.store.Fail(errors.New("disk I/O error"))
	h.Send(ui.DataChanged{}).Send(ui.DataChanged{}).See("! disk I/O error").See("layer 3  token 40")
	said := 0
	for _, i := range h.Intents {
		if n, ok := i.(ui.Notify); ok && n.Err != nil {
			said++
		}
	}
	if said != 1 {
		t.Errorf("%d toasts, want 1", said)
	}
	f.store.Fail(nil)
	h.Send(ui.DataChanged{})
	if strings.Contains(h.Text(), "disk I/O") {
		t.Error("the error stays when the store has recovered")
	}
}

func TestActionsDoNotCollide(t *testing.T) {
	f := newFixture(t).blend().child().sweep(run.Done).eval()
	for _, ids := range [][]run.ID{{blendID}, {blendID, childID}, {sweepID}, {evalID}} {
		s := bareScreen(t, f, themes.Mono, ids...)
		for _, fault := range ui.Conflicts(s.Actions()) {
			t.Errorf("%v: %s", ids, fault)
		}
		if s.Help() == "" || s.ContextLine() == "" || s.RunState() == "" {
			t.Errorf("%v: help, context line or run state is empty", ids)
		}
	}
}

func TestContextLineKeepsToTheTerminal(t *testing.T) {
	f := newFixture(t).blend()
	for _, w := range []int{40, 60, 80, 100, 120, 200} {
		s := bareScreen(t, f, themes.Mono, blendID)
		s.SetSize(w, 20)
		if line := s.ContextLine(); !strings.Contains(line, "[blend]") || len(line) > 200 {
			t.Errorf("%d: %q", w, line)
		}
	}
}

// bareScreen returns the screen itself with its runs read.
func bareScreen(t testing.TB, f *fixture, d themes.Depth, ids ...run.ID) *kvbench.Screen {
	t.Helper()
	c := &ui.Context{Width: 120, Height: 40, Remote: true, Theme: tuitest.Theme(t, "default-dark", d)}
	s := kvbench.New(c, f.store)
	s.SetSize(120, 36)
	cmd := s.Open(ids[0])
	if len(ids) > 1 {
		cmd = s.Compare(ids)
	}
	for cmd != nil {
		_, cmd = s.Update(cmd())
	}
	return s
}

// sent returns how many bytes the renderer of the terminal sends for a frame.
func sent(t testing.TB, frame string, w, h int, p colorprofile.Profile) int {
	t.Helper()
	var out bytes.Buffer
	r := uv.NewTerminalRenderer(&out, []string{"TERM=xterm-256color"})
	r.SetColorProfile(p)
	r.SetFullscreen(true)
	r.SetRelativeCursor(false)
	r.SetTabStops(w)
	r.Erase()
	buf := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(frame).Draw(buf, buf.Bounds())
	r.Render(buf.RenderBuffer)
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func TestFirstFrameKeepsToItsBudget(t *testing.T) {
	f := newFixture(t).blend()
	for _, size := range []struct{ w, h, most int }{{80, 20, 8 << 10}, {120, 36, 14 << 10}, {200, 56, 22 << 10}} {
		s := bareScreen(t, f, themes.ANSI256, blendID)
		for _, steps := range []string{"", "S", "S"} {
			for _, k := range steps {
				press(s, string(k))
			}
			s.SetSize(size.w, size.h)
			for range 5 {
				n := sent(t, s.View(), size.w, size.h, colorprofile.ANSI256)
				t.Logf("%dx%d %s scale %q: %d bytes", size.w, size.h+4, s.ContextLine(), steps, n)
				if n > size.most {
					t.Errorf("%dx%d: %d bytes, want at most %d", size.w, size.h+4, n, size.most)
				}
				press(s, "m")
			}
		}
	}
}

func press(s *kvbench.Screen, key string) {
	if a := ui.Match(s.Actions(), tuitest.Key(key)); a != nil {
		a.Do()
	}
}

func TestNoColourMeansNoColour(t *testing.T) {
	f := newFixture(t).blend()
	s := bareScreen(t, f, themes.Mono, blendID)
	for _, seq := range strings.Split(s.View(), "\x1b[")[1:] {
		params, _, _ := strings.Cut(seq, "m")
		for p := range strings.SplitSeq(params, ";") {
			if len(p) >= 2 && strings.ContainsAny(p[:1], "349") {
				t.Fatalf("a colour in mono: %q", params)
			}
		}
	}
}

func TestRandomSizesAndMessages(t *testing.T) {
	f := newFixture(t).blend().child().sweep(run.Running).eval()
	r := rand.New(rand.NewPCG(11, 12))
	for _, ids := range [][]run.ID{{blendID}, {blendID, childID}, {sweepID}, {evalID}, {"01J9W9ZZ000000000000000000"}} {
		s := bareScreen(t, f, themes.ANSI256, ids...)
		for range 250 {
			w, h := 1+r.IntN(230), 1+r.IntN(70)
			if r.IntN(3) == 0 {
				s.SetSize(w, h)
			} else {
				storm(s, r)
			}
			if r.IntN(4) > 0 {
				continue
			}
			s.SetSize(w, h)
			lines := strings.Split(s.View(), "\n")
			if len(lines) != h {
				t.Fatalf("%v %dx%d: %d lines", ids, w, h, len(lines))
			}
			for _, l := range lines {
				if n := ansi.StringWidth(l); n > w {
					t.Fatalf("%v %dx%d: a line of %d cells: %q", ids, w, h, n, l)
				}
			}
		}
	}
}

// What is stored may be damaged, or of another version: NaN, arrays of another
// shape than the prompt, results without layers.
func TestDamagedRunsAreDrawn(t *testing.T) {
	f := newFixture(t).blend()
	n := f.prompt.Context
	nan := make([]float32, layers*n)
	for i := range nan {
		nan[i] = float32(math.NaN())
	}
	f.store.PutArray(blendID, run.F32Array("blend"+kv.ArrayDV, nan, layers, n))
	f.store.PutArray(blendID, run.F32Array("reuse"+kv.ArrayDV, make([]float32, 6), 2, 3))
	f.store.PutArray(blendID, run.F32Array("reuse"+kv.ArrayDK, make([]float32, 600), 30, 20))
	f.store.PutArray(blendID, run.F32Array("random"+kv.ArrayPicked, make([]float32, 8), 4, 2))
	f.store.PutRecord(blendID, kv.RecordMode, "oracle", kv.ModeDoc{Key: "oracle", Mode: "oracle", Picked: []int{-4, 9999}})
	r := rand.New(rand.NewPCG(21, 22))
	s := bareScreen(t, f, themes.ANSI256, blendID)
	for range 250 {
		storm(s, r)
		w, h := 1+r.IntN(220), 1+r.IntN(64)
		s.SetSize(w, h)
		if lines := strings.Split(s.View(), "\n"); len(lines) != h {
			t.Fatalf("%dx%d: %d lines", w, h, len(lines))
		}
	}
}

func TestRunsOfDifferentKindsAreNotCompared(t *testing.T) {
	f := newFixture(t).blend().sweep(run.Done)
	open(t, f, 80, 20, blendID, sweepID).See("runs of different kinds cannot be compared")
}

func TestOnlyWhatFullPrefillGetsRight(t *testing.T) {
	f := newFixture(t).eval()
	h := open(t, f, 120, 36, evalID)
	h.See("full              alias").Press("f").See("right under full prefill")
	if strings.Contains(h.Text(), "full              alias") {
		t.Error("an answer that full prefill gets wrong is still listed")
	}
}

// storm does one random thing to a screen.
func storm(s *kvbench.Screen, r *rand.Rand) {
	if r.IntN(8) == 0 {
		_, cmd := s.Update(ui.DataChanged{})
		for cmd != nil {
			_, cmd = s.Update(cmd())
		}
		return
	}
	if r.IntN(12) == 0 {
		s.RestoreView(s.SaveView())
		return
	}
	list := s.Actions()
	a := list[r.IntN(len(list))]
	if ok, _ := a.Possible(); !ok {
		return
	}
	_, cmd := a.Do()
	for cmd != nil {
		_, cmd = s.Update(cmd())
	}
}

func TestStaleAnswersAreDropped(t *testing.T) {
	f := newFixture(t).blend().sweep(run.Done)
	c := &ui.Context{Width: 120, Height: 40, Theme: tuitest.Theme(t, "mono", themes.Mono)}
	s := kvbench.New(c, f.store)
	s.SetSize(120, 36)
	first, second := s.Open(blendID), s.Open(sweepID)
	late := first()
	for msg := second(); msg != nil; {
		_, cmd := s.Update(msg)
		if msg = nil; cmd != nil {
			msg = cmd()
		}
	}
	s.Update(late)
	if got := s.RunState(); !strings.Contains(got, "01J9W3AA") {
		t.Errorf("%q", got)
	}
}

func TestViewStateIsKept(t *testing.T) {
	f := newFixture(t).blend()
	s := bareScreen(t, f, themes.Mono, blendID)
	for _, k := range []string{"d", "d", "S", "A", "+", "j", "m"} {
		press(s, k)
	}
	saved := s.SaveView()
	c := &ui.Context{Width: 120, Height: 40, Theme: tuitest.Theme(t, "default-dark", themes.Mono)}
	again := kvbench.New(c, f.store)
	again.RestoreView(saved)
	again.SetSize(120, 36)
	for cmd := again.Focus(); cmd != nil; {
		_, cmd = again.Update(cmd())
	}
	if d := cmp.Diff(s.View(), again.View()); d != "" {
		t.Error(d)
	}
	again.RestoreView(json.RawMessage(`{"look":{"measure":250,"zoom":-4}}`))
	again.RestoreView(json.RawMessage(`nonsense`))
	again.View()
}

func BenchmarkFrame200x60(b *testing.B) {
	f := newFixture(b).blend()
	s := bareScreen(b, f, themes.ANSI256, blendID)
	s.SetSize(200, 56)
	b.ReportAllocs()
	for b.Loop() {
		press(s, "m")
		if s.View() == "" {
			b.Fatal("no frame")
		}
	}
}
