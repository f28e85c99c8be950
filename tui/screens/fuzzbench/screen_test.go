package fuzzbench_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/fuzz"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/screens/fuzzbench"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

const (
	campaignID run.ID = "01J9FX00000000000000000000"
	earlierID  run.ID = "01J9FW00000000000000000000"
	caseID     run.ID = "01J9FZ00000000000000000000"
	shrinkID   run.ID = "01J9FY00000000000000000000"
)

// square is a case of x*x over three numbers.
func square() *fuzz.Case {
	t := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{3}, Diff: true}
	t.SetFloats([]float64{0.3, -1, 2})
	return &fuzz.Case{API: "gorgonia.Square", Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: t}}}
}

func diagonal(v ...float64) []fuzz.Float {
	out := make([]fuzz.Float, len(v)*len(v))
	for i, x := range v {
		out[i*len(v)+i] = fuzz.Float(x)
	}
	return out
}

func evidence() fuzz.EvidenceDoc {
	return fuzz.EvidenceDoc{AbsErr: 2, RelErr: 0.5, Row: 2, Col: 2, Rows: 3, Cols: 3,
		Reverse: diagonal(0.3, -1, 2), Forward: diagonal(0.6, -2, 4), Numeric: diagonal(0.6, -2, 4)}
}

func finding(id, api, category string, severity run.Severity, test int64) fuzz.FindingDoc {
	return fuzz.FindingDoc{
		Finding: run.Finding{ID: id, Title: api + " " + category, Category: category, Severity: severity, Signature: "rev=tape " + category, Confirmed: true},
		API:     api, Target: "gorgonia", RootCause: api + ": order 1 derivative", Oracle: "R-N", Order: 1, Wrong: fuzz.WrongReverse, Pattern: "scaled by 0.5",
		Elements: 3, FirstSeenS: 4.2, Count: 7, Repeats: "5/5", Test: test, Evidence: evidence(), Case: square(), Verified: "yes", Reproducer: "/tmp/repro/" + id,
	}
}

func fixture(state run.State) *runtest.Store {
	s := runtest.New()
	params := json.RawMessage(`{"target":"gorgonia","python":"","seed":1}`)
	s.Put(run.Run{ID: campaignID, Bench: "fuzz", Kind: fuzzbench.KindCampaign, Name: "fuzz-1", State: state, Seed: 1, Params: params})
	s.PutRecord(campaignID, fuzz.RecordCampaign, "", fuzz.CampaignDoc{
		Target: fuzz.TargetDoc{Name: "gorgonia", Version: "v0.9.18"}, Phase: fuzz.PhaseFuzzing, Tests: 18204, Checks: 52311, Seconds: 751, ChecksPerS: 69.7,
		APIs: 80, Covered: 74, Crashes: 3, Hangs: 1, LastFindS: 710,
		Verdicts: map[string]int64{"PASS": 15000, "DIRECT_FAIL": 2200, "SUBGRADIENT": 21, "CANDIDATE": 983},
		Facets:   []fuzz.FacetDoc{{Group: "modes", Name: "reverse"}, {Group: "modes", Name: "forward"}, {Group: "modes", Name: "R over R"}, {Group: "types", Name: "f64"}, {Group: "values", Name: "zeros"}, {Group: "values", Name: "ties"}},
		Cells:    96, CellsTried: 72,
		Families: []fuzz.FamilyDoc{{Name: "unary", APIs: 23, Covered: 23, Tests: 8000, Findings: 2, Tried: []int{23, 11, 0, 23, 23, 1}, Supported: []int{23, 23, 0, 23, 23, 23}},
			{Name: "reduction", APIs: 9, Covered: 5, Tests: 900, Tried: []int{5, 5, 0, 5, 2, 0}, Supported: []int{9, 9, 0, 9, 9, 9}}},
		Speed: []fuzz.SpeedDoc{{S: 0}, {S: 250, Tests: 6000, Checks: 18000, Findings: 2}, {S: 500, Tests: 12000, Checks: 35000, Findings: 2}, {S: 751, Tests: 18204, Checks: 52311, Findings: 3}},
	})
	s.PutRecord(campaignID, run.FindingKind, "f001", finding("f001", "gorgonia.Log2", "grad-rev-nd", run.High, 12))
	s.PutRecord(campaignID, run.FindingKind, "f002", finding("f002", "gorgonia.SoftMax", "nan-mask", run.Medium, 900))
	crash := finding("f003", "gorgonia.Conv2d", "crash", run.Critical, 1500)
	crash.Evidence, crash.Text, crash.Confirmed, crash.Pattern = fuzz.EvidenceDoc{}, "panic: runtime error: index out of range", false, ""
	s.PutRecord(campaignID, run.FindingKind, "f003", crash)
	s.Put(run.Run{ID: earlierID, Bench: "fuzz", Kind: fuzzbench.KindCampaign, Name: "fuzz-0", State: run.Done, Params: params})
	s.PutRecord(earlierID, run.FindingKind, "f001", finding("f001", "gorgonia.Log2", "grad-rev-nd", run.High, 12))
	s.PutRecord(earlierID, run.FindingKind, "f009", finding("f009", "gorgonia.Cube", "grad-rev-nd", run.High, 99))
	return s
}

func withLook(s *runtest.Store) *runtest.Store {
	s.Put(run.Run{ID: caseID, Bench: "fuzz", Kind: fuzzbench.KindCase, Name: "fuzz-case-1", State: run.Done, Params: json.RawMessage(`{"target":"gorgonia"}`)})
	p := &fuzz.ProfileDoc{Row: 2, Col: 2, Reverse: 2, Forward: 4, Numeric: 4}
	for i := -10; i <= 10; i++ {
		x := 2 + float64(i)/20
		p.X, p.Y = append(p.X, fuzz.Float(x)), append(p.Y, fuzz.Float(x*x))
	}
	e := evidence()
	e.Direct = []fuzz.Float{0.09, 1, 4}
	s.PutRecord(caseID, fuzz.RecordLook, "", fuzz.LookDoc{Target: fuzz.TargetDoc{Name: "gorgonia", Version: "v0.9.18"}, Case: square(), Verdict: fuzz.Candidate,
		Category: fuzz.GradRevND, Wrong: fuzz.WrongReverse, Pattern: "scaled by 0.5", Checks: 3, Evidence: e, Profile: p})
	return s
}

// withShrinking adds the shrinking of a finding, two steps in.
func withShrinking(s *runtest.Store) *runtest.Store {
	s.Put(run.Run{ID: shrinkID, Bench: "fuzz", Kind: fuzzbench.KindMinimise, Name: "minimise-1", State: run.Running, Params: json.RawMessage(`{"finding":"01J9FX00000000000000000000/f001"}`)})
	d := fuzz.MinimiseDoc{FindingDoc: finding("f001", "gorgonia.Log2", "grad-rev-nd", run.High, 12), Campaign: string(campaignID), Phase: fuzz.PhaseShrink, Trials: 17}
	for i, n := range []int{2, 1} {
		c := square()
		x := c.Inputs()[0]
		x.Shape = []int{n}
		x.SetFloats([]float64{1, 1}[:n])
		d.Steps = append(d.Steps, fuzz.MinimiseStepDoc{Trial: 4 + 9*i, Elements: n, Case: c})
		d.Case, d.Elements = c, n
	}
	s.PutRecord(shrinkID, fuzz.RecordMinimise, "", d)
	return s
}

// M shrinks the finding under the cursor in a run of its own; its screen shows the
// steps while they come, and leads back.
func TestAFindingIsShrunkLive(t *testing.T) {
	s := withShrinking(fixture(run.Done))
	h := open(t, s, 120, 36, campaignID)
	h.Press("M")
	if got, ok := h.LastIntent().(ui.StartRun); !ok || got.Kind != fuzzbench.KindMinimise || got.Given["finding"] != string(campaignID)+"/f003" {
		t.Fatalf("M asked for %+v", h.LastIntent())
	}
	h = open(t, s, 120, 36, shrinkID)
	h.See("shrinking  17 trials  2 smaller  1 element", "13         1  x0  f64[1]  1").Press("enter")
	if got, ok := h.LastIntent().(ui.StartRun); !ok || got.Kind != fuzzbench.KindCase || got.Given["target"] != "gorgonia" {
		t.Errorf("enter asked for %+v", h.LastIntent())
	}
}

// open starts the screen on a run without colours, in a body of w x h cells.
func open(t testing.TB, s *runtest.Store, w, h int, ids ...run.ID) *tuitest.Host {
	t.Helper()
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		screen := fuzzbench.New(c, s)
		view, err := json.Marshal(map[string]any{"run": ids[0], "before": append(ids, "")[1]})
		if err != nil {
			t.Fatal(err)
		}
		screen.RestoreView(view)
		return screen
	})
	host.Size(w, h)
	host.Send(ui.DataChanged{})
	return host
}

func TestScreenAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "60x18": {60, 14}, "40x10": {40, 9}, "20x6": {20, 5}} {
		t.Run(name, func(t *testing.T) {
			open(t, fixture(run.Running), size[0], size[1], campaignID).Golden("campaign-" + name)
			open(t, withLook(fixture(run.Done)), size[0], size[1], caseID).Golden("case-" + name)
			open(t, withShrinking(fixture(run.Done)), size[0], size[1], shrinkID).Golden("minimise-" + name)
		})
	}
}

func TestEveryPaneIsReachedAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 20}, {120, 36}, {200, 56}, {60, 14}, {40, 9}} {
		h := open(t, fixture(run.Done), size[0], size[1], campaignID)
		seen := map[string]bool{}
		for range 6 {
			for _, title := range []string{">findings", ">case f003", ">counters", ">coverage", ">checks a second", ">campaigns 2"} {
				if strings.Contains(h.Text(), title) {
					seen[title] = true
				}
			}
			h.Press("tab")
		}
		if len(seen) != 6 {
			t.Errorf("%v: reached %v", size, seen)
		}
	}
}

func TestFindingsFilterAndSort(t *testing.T) {
	h := open(t, fixture(run.Done), 120, 36, campaignID)
	h.See("findings 3 of 3").Press("/").Type("log2").See("findings 1 of 3").Press("esc").See("findings 3 of 3")
	h.Press("v").See("confirmed 2 of 3").Press("v", "v", "v", "s").See("by severity").Press("g").See("panic: runtime error")
}

func TestTwoCampaignsAreNewGoneAndSame(t *testing.T) {
	h := open(t, fixture(run.Done), 120, 36, campaignID, earlierID)
	h.See("gone", "new", "same", "Cube", "findings 4 of 3")
	h.Press("/").Type("gone").See("findings 1 of 3").Press("enter", "y")
	if _, labelled := h.LastIntent().(ui.LabelFinding); labelled {
		t.Errorf("a finding of the earlier campaign was labelled here: %+v", h.LastIntent())
	}
}

// The list of campaigns opens another one, or sets the shown one against it.
func TestCampaignsAreListedOpenedAndCompared(t *testing.T) {
	h := open(t, withLook(fixture(run.Done)), 120, 36, campaignID)
	h.Press("L")
	h.See(">campaigns 2", "*  fuzz-1", "fuzz-0").Press("g")
	for range 2 { // the shown one cannot be compared with itself
		h.Press("c", "j")
	}
	h.Press("G", "c").See("gone", "new", "same", "findings 4 of 3")
	h.Press("L", "G").Press("enter")
	if got, ok := h.LastIntent().(ui.OpenRun); !ok || got.ID != earlierID && got.ID != campaignID {
		t.Errorf("enter asked for %+v", h.LastIntent())
	}
}

func TestFindingsAreLabelled(t *testing.T) {
	s := fixture(run.Done)
	h := open(t, s, 120, 36, campaignID)
	h.Press("y")
	want := ui.LabelFinding{Run: campaignID, Finding: "f003", Word: "bug"}
	if h.LastIntent() != want {
		t.Fatalf("%+v", h.LastIntent())
	}
	s.PutLabel(campaignID, run.Label{Key: "f003", Word: "bug"})
	h.Send(ui.DataChanged{}).See("label bug")
	h.Press("a").See("note on f003").Type("seen by two").Press("enter")
	want.Note = "seen by two"
	if h.LastIntent() != want {
		t.Errorf("%+v", h.LastIntent())
	}
	h.Press("y")
	if want = (ui.LabelFinding{Run: campaignID, Finding: "f003"}); h.LastIntent() != want {
		t.Errorf("the same word again takes the label back: %+v", h.LastIntent())
	}
}

func TestACaseIsEditedAndRunAgain(t *testing.T) {
	s := withLook(fixture(run.Done))
	h := open(t, s, 120, 36, campaignID)
	h.Press("j", "enter")
	in, ok := h.LastIntent().(ui.StartRun)
	if !ok || in.Kind != fuzzbench.KindCase || in.Given["target"] != "gorgonia" || !strings.Contains(in.Given["case"].(string), "gorgonia.Square") {
		t.Fatalf("%+v", h.LastIntent())
	}
	h = open(t, s, 120, 36, caseID)
	h.See("CANDIDATE grad-rev-nd scaled by 0.5", "value  .090 1.00 4.00", "slopes: reverse 2.00  forward 4.00")
	h.Press("e").See("f64[3]  0.3 -1 2")
	h.Press("ctrl+u").Type("f32[2,2] 1 2 3 4").Press("enter")
	again, ok := h.LastIntent().(ui.RequestRun)
	if !ok || again.ID != caseID || again.Do != "look" {
		t.Fatalf("%+v", h.LastIntent())
	}
	data, err := json.Marshal(again.Args)
	if err != nil {
		t.Fatal(err)
	}
	var args struct{ Case fuzz.Case }
	if err := json.Unmarshal(data, &args); err != nil {
		t.Fatal(err)
	}
	x := args.Case.Tensors()[0]
	if x.DType != fuzz.F32 || len(x.Shape) != 2 || x.Floats()[3] != 4 {
		t.Errorf("%+v %v", x, x.Floats())
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"1 2 3":           "TYPE[SHAPE] VALUES",
		"f99[2] 1 2":      `type "f99"`,
		"f64[2] 1 2 3":    "3 values for 2 places",
		"f64[2,x] 1":      "expected whole numbers",
		"f64[2] 1 two":    `value "two" is no number`,
		"f64[99,99,99] 1": "more than 4096 elements",
	} {
		h := open(t, withLook(fixture(run.Done)), 120, 36, caseID)
		h.Press("e", "ctrl+u").Type(text).Press("enter")
		if n, ok := h.LastIntent().(ui.Notify); !ok || !strings.Contains(n.Text, want) {
			t.Errorf("%s: %+v, want %q", text, h.LastIntent(), want)
		}
	}
}

func TestMatricesWithoutNumbersDoNotBreakTheScreen(t *testing.T) {
	s := fixture(run.Done)
	f := finding("f004", "gorgonia.Inverse", "nan-mask", run.High, 4000)
	f.Evidence.Reverse = []fuzz.Float{fuzz.Float(math.NaN()), fuzz.Float(math.Inf(1)), 0, 0, 0, 0, 0, 0, 0}
	f.Evidence.Forward = f.Evidence.Forward[:2] // damaged: another size than it says
	s.PutRecord(campaignID, run.FindingKind, f.ID, f)
	h := open(t, s, 120, 36, campaignID)
	h.See("f004", "nan", "inf")
}

func TestActionsHaveNoConflicts(t *testing.T) {
	s := fuzzbench.New(&ui.Context{Theme: tuitest.Theme(t, "mono", themes.Mono)}, fixture(run.Done))
	if faults := ui.Conflicts(s.Actions()); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestWithoutARunItSaysHowToGetOne(t *testing.T) {
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen { return fuzzbench.New(c, runtest.New()) })
	host.Size(80, 20)
	host.See("No campaign of the fuzz bench yet", "assay fuzz autodiff --target gorgonia")
}

// The matrix shows what was tried in a family, what was not, and what it cannot do;
// where it does not fit, it says how to see the rest.
func TestCoverageIsAMatrix(t *testing.T) {
	h := open(t, fixture(run.Done), 120, 36, campaignID).Press("tab", "tab", "tab")
	h.See(">coverage by family  cells 72/96 75%", "abc a ab", "unary             23/23   8,000     2 @=/ @ @.", "c R over R")
	open(t, fixture(run.Done), 60, 14, campaignID).Press("tab", "tab", "tab", "z").See("reduction", "values: a zeros")
}

// The list of campaigns is at hand over a single case too, and goes away again.
func TestCampaignsAreListedOverACase(t *testing.T) {
	h := open(t, withLook(fixture(run.Done)), 80, 20, caseID)
	h.Press("L").See("campaigns 2", "fuzz-1", "fuzz-0").Press("L").See("scaled by 0.5")
	h.Press("L", "G", "enter")
	if _, ok := h.LastIntent().(ui.OpenRun); !ok {
		t.Errorf("enter asked for %+v", h.LastIntent())
	}
}

// The program that shows a finding stands below it, and follows the cursor.
func TestTheProgramOfAFindingIsShown(t *testing.T) {
	s := fixture(run.Done)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {\n\tshow(\x1b[31m)\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := finding("f002", "gorgonia.SoftMax", "nan-mask", run.Medium, 900)
	f.Reproducer = dir
	s.PutRecord(campaignID, run.FindingKind, "f002", f)
	h := open(t, s, 200, 56, campaignID)
	if strings.Contains(h.Text(), "package main") {
		t.Error("the program of another finding")
	}
	h.Press("j").See("package main", "    show(").Press("k")
	if strings.Contains(h.Text(), "package main") {
		t.Error("the program stays behind")
	}
}
