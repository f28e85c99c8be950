package findings_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/screens/findings"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

const (
	eval = run.ID("01KK9Z00000000000000000005")
	fuzz = run.ID("01KK9Z00000000000000000006")
)

func history() *runtest.Store {
	s := runtest.New()
	s.Put(run.Run{ID: eval, Bench: "kv", Kind: "kv.eval", Name: "kv-eval-5", State: run.Done, CreatedMs: 1773497000000})
	s.Put(run.Run{ID: fuzz, Bench: "fuzz", Kind: "fuzz.autodiff", Name: "nabla-3", State: run.Running, CreatedMs: 1773497100000})
	put(s, eval, run.Finding{ID: "3/1/reuse", Title: "reuse: Who leads the bridge project? expected Ada, got Bob", Category: "wrong-answer", Severity: run.Medium, Signature: "reuse/whopro", Verdict: "issue"})
	put(s, eval, run.Finding{ID: "4/0/blend", Title: "blend.15: Where does Ada live? expected Oslo, got Bonn", Category: "wrong-answer", Severity: run.High, Signature: "blend/where", Verdict: "issue"})
	put(s, fuzz, run.Finding{ID: "g1", Title: "gradient of Tanh at 0 differs", Category: "gradient", Severity: run.Critical, Signature: "tanh", Verdict: "issue", Confirmed: true})
	s.PutLabel(eval, run.Label{Key: "3/1/reuse", Word: "true", Note: "as expected"})
	return s
}

func put(s *runtest.Store, id run.ID, f run.Finding) { s.PutRecord(id, run.FindingKind, f.ID, f) }

func start(t *testing.T, r run.FindingReader) *tuitest.Host {
	t.Helper()
	return tuitest.Screen(t, func(c *ui.Context) ui.Screen { return findings.New(c, r) })
}

// says fails the test where the context line does not hold a text.
func says(t *testing.T, h *tuitest.Host, text string) {
	t.Helper()
	if got := h.ContextLine(); !strings.Contains(got, text) {
		t.Errorf("the context line %q does not say %q", got, text)
	}
}

func TestFindingsLookTheSame(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}, {20, 6}} {
		start(t, history()).Size(size[0], size[1]).Golden(fmt.Sprintf("findings-%dx%d", size[0], size[1]))
	}
}

func TestFindingsOfAllBenchesAreOneListAndOpenTheirRuns(t *testing.T) {
	h := start(t, history())
	says(t, h, "3 findings")
	h.Size(120, 40).See("gradient of Tanh", "again").Press("enter")
	if got := h.LastIntent(); got != (ui.OpenRun{ID: fuzz}) {
		t.Errorf("%#v", got)
	}
	h.Press("G").See("label true  as expected").Press("l")
	if got, ok := h.LastIntent().(ui.LabelFinding); !ok || got.Run != eval || got.Finding != "3/1/reuse" || got.Word != "false" || got.Note != "as expected" || got.Was == nil || got.Was.Word != "true" {
		t.Errorf("%#v", h.LastIntent())
	}
	h.Press("y")
	if got, ok := h.LastIntent().(ui.CopyRun); !ok || got.ID != eval || len(got.Offer) != 2 || !strings.Contains(got.Offer[0].Text, "3/1/reuse") || !strings.Contains(got.Offer[1].Text, `"severity"`) {
		t.Errorf("%#v", h.LastIntent())
	}
	h.Press("/").Type("bench:kv label:none").See("blend.15").NotSee("Tanh")
	says(t, h, "1 finding")
	h.Press("enter", "esc").See("Tanh")
	h.Press("/").Type("colour:red").See("unknown key").Press("esc")
	start(t, runtest.New()).See("No run has found anything yet", "assay kv eval")
}

func TestTheCursorStaysOnItsFinding(t *testing.T) {
	s := history()
	h := start(t, s)
	h.Size(120, 40).Press("j").See(">  high")
	for i := range 500 {
		put(s, fuzz, run.Finding{ID: fmt.Sprint("n", i), Title: "another", Category: "gradient", Severity: run.Low})
	}
	h.Send(ui.DataChanged{}).See(">  high", "blend.15: Where").Press("g").See("another", ">  low")
	says(t, h, "503 findings")
}

func TestTheDetailFollowsWhenAHeldKeyIsLetGo(t *testing.T) {
	h := start(t, history())
	h.Size(120, 40).Press("j").See("4/0/blend of run")
	h.Press("j").See("4/0/blend of run") // no time has passed: the key is held
	h.Advance(time.Second).See("3/1/reuse of run").NotSee("4/0/blend of run")
}

// million is a list that is made up as it is read.
type million struct{ windows int }

const all = 1_000_000

func (m *million) Findings(_ context.Context, f run.FindingFilter) ([]run.Found, error) {
	m.windows++
	var out []run.Found
	for i := f.Skip; i < min(f.Skip+f.Limit, all); i++ {
		out = append(out, run.Found{Run: eval, Seq: int64(all - i), Finding: run.Finding{ID: fmt.Sprint(i), Title: fmt.Sprintf("finding number %d", i), Severity: run.Low}})
	}
	return out, nil
}

func (m *million) CountFindings(_ context.Context, _ run.FindingFilter, id run.ID, seq int64) (int, int, error) {
	if id == "" {
		return all, 0, nil
	}
	return all, all - int(seq), nil
}

func TestAMillionRowsAreReadInWindows(t *testing.T) {
	m := &million{}
	h := start(t, m)
	h.Size(120, 40).See("finding number 0")
	says(t, h, "1000000 findings")
	h.Press("G").See("finding number 999999").Press("k", "k").See("finding number 999997").Press("g").See("finding number 0")
	before := m.windows
	for range 1000 {
		h.Press("j")
	}
	if h.See("finding number 1000"); m.windows-before > 20 {
		t.Errorf("%d windows were read for 1,000 steps", m.windows-before)
	}
}

func FuzzFindingsSurviveAnyText(f *testing.F) {
	f.Add("a\x1b[31mred", "two\nlines", 80, 24)
	f.Fuzz(func(t *testing.T, title, category string, w, h int) {
		s := runtest.New()
		s.Put(run.Run{ID: eval, Bench: "kv", Kind: "kv.eval", Name: "x"})
		put(s, eval, run.Finding{ID: "1", Title: title, Category: category})
		start(t, s).Size(20+abs(w)%200, 6+abs(h)%60).Text()
	})
}

func abs(n int) int { return max(n, -(n + 1)) }
