package compareview_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/screens/compareview"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// kinds has one kind of run, whose document is the one record that it has.
func kinds() bench.Registry {
	return bench.Registry{{Name: "toy.sweep", Schema: bench.Schema{{Name: "rate", Type: bench.Float}, {Name: "seed", Type: bench.Int}},
		Document: func(ctx context.Context, r run.Reader, id run.ID) (any, error) {
			list, err := r.Records(ctx, id, "toy.doc", 0)
			if err != nil || len(list) == 0 {
				return struct{}{}, err
			}
			return list[0].Data, nil
		}}}
}

const first, second = run.ID("01KK9Z00000000000000000001"), run.ID("01KK9Z00000000000000000002")

func put(s *runtest.Store, id run.ID, rate, acc float64, state run.State) {
	s.Put(run.Run{ID: id, Bench: "toy", Kind: "toy.sweep", Name: "toy-" + string(id[25:]), State: state, Headline: fmt.Sprintf("accuracy %g", acc), Params: fmt.Appendf(nil, `{"rate":%g,"seed":1}`, rate)})
	doc := fmt.Sprintf(`{"modes":[{"key":"blend","accuracy":%g,"accuracy_ci95":[%g,%g]}],"cells":[`, acc, acc-.05, acc+.05)
	for i := 1; i <= 4; i++ {
		doc += fmt.Sprintf(`{"prompt":0,"mode":"blend","ratio":%g,"kl":%g},{"prompt":1,"mode":"blend","ratio":%g,"kl":%g},`, float64(i)/10, 4*rate/float64(i), float64(i)/10, 4.5*rate/float64(i))
	}
	doc = doc[:len(doc)-1] + `],"deep":[{"key":"a","layers":[{"layer":0,"dv":1}]}]}`
	s.PutRecord(id, "toy.doc", "", json.RawMessage(doc))
	s.PutRecord(id, run.FindingKind, "1", run.Finding{ID: "1", Category: "crash", Signature: fmt.Sprint("cause-", rate), Severity: run.High})
}

func history() *runtest.Store {
	s := runtest.New()
	put(s, first, 1, .5, run.Done)
	put(s, second, 2, .8, run.Running)
	return s
}

func start(t *testing.T, s *runtest.Store) (*tuitest.Host, *compareview.Screen) {
	t.Helper()
	var screen *compareview.Screen
	h := tuitest.Screen(t, func(c *ui.Context) ui.Screen { screen = compareview.New(c, s, kinds()); return screen })
	return h, screen
}

func compared(t *testing.T, s *runtest.Store) *tuitest.Host {
	t.Helper()
	h, screen := start(t, s)
	screen.RestoreView(json.RawMessage(`{"ids":["` + string(first) + `","` + string(second) + `"]}`))
	h.Send(ui.DataChanged{})
	return h
}

func TestComparisonsLookTheSame(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}, {20, 6}} {
		h := compared(t, history())
		h.Size(size[0], size[1]).Press("j", "j").Golden(fmt.Sprintf("compare-%dx%d", size[0], size[1]))
	}
}

func TestWhatDiffersStandsFirstAndNumbersHaveWords(t *testing.T) {
	h := compared(t, history())
	h.Size(120, 40).See("= rate", "modes[blend].accuracy", "better", "! only A: crash cause-1", "! only B: crash cause-2").NotSee("  seed", "deep[a]")
	h.Press("=").See("  seed", "deep[a].layers[layer=0].dv", "equal").Press("=").NotSee("deep[a]")
	h.Press("/").Type("cells kl").See("cells[blend ratio=0.1].kl").NotSee("accuracy [").Press("enter").See("ratio")
	h.Press("x").See("A toy-1", "B toy-2").Press("x", "esc").See("modes[blend]")
	h.Press("enter")
	if got, ok := h.LastIntent().(ui.CompareRuns); !ok || !got.OnBench || len(got.IDs) != 2 {
		t.Errorf("%#v", h.LastIntent())
	}
	h.Press("E")
	if got, ok := h.LastIntent().(ui.ExportRuns); !ok || len(got.IDs) != 2 {
		t.Errorf("%#v", h.LastIntent())
	}
}

func TestALiveRunIsReadAgain(t *testing.T) {
	s := history()
	h := compared(t, s)
	h.Size(120, 40)
	put(s, second, 2, .9, run.Done)
	h.Send(ui.DataChanged{}).See(".900")
	reads := s.Reads()
	if h.Send(ui.DataChanged{}); s.Reads() != reads {
		t.Error("runs that are done are read again")
	}
}

func TestWithoutRunsItSaysHowToCompare(t *testing.T) {
	h, _ := start(t, runtest.New())
	h.See("No runs are compared yet", "space", "assay run diff")
	gone := compared(t, runtest.New())
	if text := gone.Text(); !strings.Contains(text, "no run") {
		t.Error(text)
	}
}

func TestFindingsAreShownBySet(t *testing.T) {
	s := history()
	for _, id := range []run.ID{first, second} {
		s.PutRecord(id, run.FindingKind, "2", run.Finding{ID: "2", Category: "wrong", Signature: "common", Severity: run.Low})
	}
	h := compared(t, s)
	h.Size(120, 40).See("= rate", "only A: crash", "only B: crash", "both: wrong common")
	if line := h.ContextLine(); !strings.Contains(line, "1 only A, 1 only B, 1 both") {
		t.Error(line)
	}
	h.Press("f").See("only A: crash").NotSee("only B", "both: wrong", "= rate")
	h.Press("f", "f").See("both: wrong").NotSee("only A")
	h.Press("f").See("= rate", "only A", "only B")
	h.Press("f", "esc").See("= rate", "only B")
}
