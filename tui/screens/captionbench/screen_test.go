package captionbench_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/themes"
	"assay/tui/screens/captionbench"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// open starts the screen on the campaign without colours, in a body of w x h cells,
// and lets the cursor rest. Labels that it asks for are written as the shell does.
func open(t testing.TB, s *runtest.Store, w, h int) (*tuitest.Host, *painter) {
	t.Helper()
	p := &painter{}
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		return captionbench.New(c, s, p)
	})
	host.Size(w, h)
	host.Advance(time.Second)
	return host, p
}

// press presses keys and writes the labels that are asked for, as the shell does.
func press(h *tuitest.Host, s *runtest.Store, keys ...string) {
	for _, k := range keys {
		before := len(h.Intents)
		h.Press(k)
		for _, in := range h.Intents[before:] {
			if l, ok := in.(ui.LabelFinding); ok {
				s.PutLabel(l.Run, run.Label{Key: l.Finding, Word: l.Word, Note: l.Note})
			}
		}
		h.Send(ui.DataChanged{})
	}
}

func TestScreenAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "60x18": {60, 14}, "40x10": {40, 9}, "20x6": {20, 5}} {
		t.Run(name, func(t *testing.T) {
			h, _ := open(t, fixture(t, run.Running), size[0], size[1])
			h.Golden("issues-" + name)
		})
	}
}

func TestEveryPaneIsReachedAtEverySize(t *testing.T) {
	s := fixture(t, run.Done)
	for _, size := range [][2]int{{80, 20}, {120, 36}, {200, 56}, {60, 14}, {40, 9}} {
		h, _ := open(t, s, size[0], size[1])
		seen := map[string]bool{}
		for range 5 {
			for _, title := range []string{">issues", ">source", ">with cow", ">captions of", ">figures"} {
				if strings.Contains(h.Text(), title) {
					seen[title] = true
				}
			}
			h.Press("tab")
		}
		if len(seen) != 5 {
			t.Errorf("%v: reached %v", size, seen)
		}
	}
}

func TestCaptionsShowWhatTheOracleRead(t *testing.T) {
	h, _ := open(t, fixture(t, run.Done), 120, 36)
	h.See("c0  a [dog:1] and two [apples:2] on a beach", "?[horse:1]", "!cow missing", "cow called horse", "truth: the captions are wrong, blame follow-up")
	h.See("shown  apple 2, dog 1  ->  apple 2, cow 1, dog 1")
	h.Press("d").See("[-two-]", "{+next+}")
	h.Press("d").See("class", "cow", "0 -> 1", "missing")
	h.Press("d", "j", "j").See("c1  three #[apples:3] on a table")
}

func TestLabelsAreOneKeyAndGoBack(t *testing.T) {
	s := fixture(t, run.Done)
	h, _ := open(t, s, 120, 36)
	press(h, s, "y")
	h.See("label true")
	if !strings.Contains(h.ContextLine(), "labelled 1/5  p 1 [.21,1]") {
		t.Error(h.ContextLine())
	}
	if want := (ui.LabelFinding{Run: campaignID, Finding: "b0412-L2", Word: "true"}); h.LastIntent() != want {
		t.Errorf("%+v", h.LastIntent())
	}
	press(h, s, "n")
	h.See("label false")
	press(h, s, "n")
	h.See("label false: synonym")
	press(h, s, "U")
	h.NotSee("synonym")
	press(h, s, "U", "U")
	h.NotSee("label true", "label false")
	if labels, err := s.Labels(t.Context(), campaignID); err != nil || len(labels) != 0 {
		t.Errorf("%v, %v", labels, err)
	}
	h.Press("v", "v", "v").See("unsure 1 of 8 pairs")
	press(h, s, "y") // no issue: there is nothing to label
	if labels, _ := s.Labels(t.Context(), campaignID); len(labels) != 0 {
		t.Errorf("a pair that is no issue was labelled: %v", labels)
	}
}

func TestPrecisionByLabelIsLive(t *testing.T) {
	s := fixture(t, run.Done)
	h, _ := open(t, s, 200, 56)
	h.See("none is labelled yet")
	press(h, s, "y", "j", "y", "j", "n")
	h.See("by label  precision .67 [.21,.94]  of 3 labelled")
}

func TestPicturesWaitForTheCursorToRest(t *testing.T) {
	h, p := open(t, fixture(t, run.Done), 120, 36)
	if !slices.Equal(p.calls, []string{"b0412-L2"}) {
		t.Fatalf("painted %v", p.calls)
	}
	h.Press("j", "j", "j")
	h.Advance(100 * time.Millisecond)
	if len(p.calls) != 1 {
		t.Errorf("painted %v while the cursor moved", p.calls)
	}
	h.Advance(100 * time.Millisecond)
	if !slices.Equal(p.calls, []string{"b0412-L2", "b0271-L2"}) {
		t.Errorf("painted %v", p.calls)
	}
	p.err = errPaint
	h.Press("k").Advance(time.Second)
	h.See("no picture: the cut-out dog-3.png is gone")
}

func TestKittyGetsAPictureOnce(t *testing.T) {
	s := fixture(t, run.Done)
	p := &painter{}
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Kitty = true
		return captionbench.New(c, s, p)
	})
	host.Size(120, 36)
	host.Advance(time.Second)
	if n := strings.Count(host.Text(), "\U0010EEEE"); n == 0 {
		t.Errorf("no placeholders:\n%s", host.Text())
	}
}

func TestFilterSortAndGroup(t *testing.T) {
	h, _ := open(t, fixture(t, run.Done), 120, 36)
	h.Press("/").Type("apple").See("issues 2 of 8 pairs").Press("enter").See("/apple")
	h.Press("/", "ctrl+u").Type("-omission").See("issues 3 of 8").Press("esc").See("/apple")
	h.Press("/", "ctrl+u", "enter").See("issues 5 of 8")
	h.Press("v").See("no plain omissions 3 of 8")
	h.Press("s").See("by object")
	h.Press("B").See("one a signature")
}

func TestASynonymJudgesTheCampaignAnew(t *testing.T) {
	h, _ := open(t, fixture(t, run.Done), 120, 36)
	h.Press("a").See("WORD = CLASS horse = cow")
	h.Press("enter")
	in, ok := h.LastIntent().(ui.StartRun)
	if !ok || in.Kind != captionbench.KindReplay || in.Given["of"] != string(campaignID) || in.Given["synonyms"] != "horse=cow" {
		t.Errorf("%+v", h.LastIntent())
	}
	h.Press("a", "ctrl+u").Type("nonsense").Press("enter")
	if n, ok := h.LastIntent().(ui.Notify); !ok || !strings.Contains(n.Text, "WORD = CLASS") {
		t.Errorf("%+v", h.LastIntent())
	}
}

func TestActionsHaveNoConflicts(t *testing.T) {
	s := captionbench.New(&ui.Context{Theme: tuitest.Theme(t, "mono", themes.Mono)}, fixture(t, run.Done), nil)
	if faults := ui.Conflicts(s.Actions()); len(faults) > 0 {
		t.Error(faults)
	}
}

func TestWithoutARunItSaysHowToGetOne(t *testing.T) {
	h, _ := open(t, runtest.New(), 80, 20)
	h.See("No campaign of the caption bench yet", "assay caption run --captioner builtin")
}

func TestEndsAreNamed(t *testing.T) {
	s := fixture(t, run.Done)
	s.Put(run.Run{ID: campaignID, Bench: "caption", Kind: "caption.run", State: run.Lost, ErrorCode: "E-WORKER-DIED", ErrorText: "the worker was killed"})
	h, _ := open(t, s, 80, 20)
	h.See("? lost E-WORKER-DIED: the worker was killed", "p resumes it")
}

// Up to 120x40 the whole frame with both pictures stays below 48 KB in 256 colours.
func TestFrameFitsASlowLink(t *testing.T) {
	p := &painter{}
	s := fixture(t, run.Done)
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "default-dark", themes.ANSI256)
		return captionbench.New(c, s, p)
	})
	host.Size(120, 36)
	host.Advance(time.Second)
	if n := len(host.Driver.Model().View().Content); n > 48<<10 {
		t.Errorf("a frame of %d bytes", n)
	}
}
