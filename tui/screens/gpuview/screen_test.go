package gpuview_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"assay/core/telemetry"
	"assay/themes"
	"assay/tui/screens/gpuview"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

var sizes = [][2]int{{80, 24}, {120, 40}, {200, 60}, {60, 18}, {40, 10}}

func TestScreenAtEverySize(t *testing.T) {
	for _, size := range sizes {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			h, _ := open(t, size[0], size[1], two)
			seconds(h, 45).Golden("cards-" + name)
			h, _ = open(t, size[0], size[1], bare)
			seconds(h, 45).Golden("bare-" + name)
		})
	}
}

func TestManyCards(t *testing.T) {
	h, _ := open(t, 200, 60, eight)
	seconds(h, 200).Golden("eight-200x60")
	h, _ = open(t, 80, 24, eight)
	seconds(h, 5).See("GPU7").Golden("eight-80x24")
	// Where not all charts fit, those around the cursor are shown.
	h, _ = open(t, 120, 40, eight)
	seconds(h, 5).See("GPU0 H100  a use")
	h.Press("G").See("GPU7 H100  a use").NotSee("GPU0 H100  a use")
}

func TestPartsAndLostCards(t *testing.T) {
	h, _ := open(t, 120, 40, parts)
	seconds(h, 5).Golden("parts-120x40")
	h.Press("j", "j").See("MIG-2", "use: a partitioned card (MIG) has none")
	h.Press("j").See("use, power, limit, PCIe, reasons: not supported")
	h.Press("j").See("! GPU is lost (error 15); a card has fallen off the bus: reboot this machine")
	h, _ = open(t, 80, 24, parts)
	seconds(h, 5).Golden("parts-80x24")
}

func TestMissingIsNotZero(t *testing.T) {
	h, _ := open(t, 80, 24, func(seq uint64) telemetry.Sample {
		s := two(seq)
		s.GPU.Cards[0].Util, s.GPU.Cards[0].Temp, s.GPU.Cards[0].Power = telemetry.Of(0), telemetry.Of(0), telemetry.Of(0)
		missing := telemetry.Missing("not supported")
		s.GPU.Cards[1].Util, s.GPU.Cards[1].Temp, s.GPU.Cards[1].Power, s.GPU.Cards[1].Slowed = missing, missing, missing, nil
		return s
	})
	seconds(h, 1)
	lines := h.Lines()
	if row := lines[4]; !strings.Contains(row, "  0% low ") || !strings.Contains(row, "  0C ") || !strings.Contains(row, "   0/700W") {
		t.Errorf("measured zeros: %q", row)
	}
	if row := lines[5]; strings.Contains(row, " 0%") || strings.Contains(row, " 0C") || strings.Contains(row, " 0/700W") || strings.Count(row, "- ") < 2 || !strings.Contains(row, "  -/700W") {
		t.Errorf("missing figures: %q", row)
	}
}

func TestWordsGoWithLevels(t *testing.T) {
	h, _ := open(t, 80, 24, func(seq uint64) telemetry.Sample {
		s := two(seq)
		s.GPU.Cards[0].Util, s.GPU.Cards[0].MemUsed = telemetry.Of(.09), telemetry.Of(65<<30)
		s.GPU.Cards[1].Util = telemetry.Of(.98)
		return s
	})
	seconds(h, 1).See("  9% low ", "65/80G high", " 98% high", "88C hot")
}

func TestLateDriverShowsTheAge(t *testing.T) {
	h, _ := open(t, 80, 24, func(seq uint64) telemetry.Sample {
		s := two(seq)
		if seq > 3 {
			s.GPU.LateMs, s.GPU.AgeMs = int64(seq-3)*1000, int64(seq-2)*1000
		}
		return s
	})
	seconds(h, 1).See("2 cards  driver 550.54.14  every second").NotSee("old", "late")
	seconds(h, 6).See("2 cards  the driver is late by 5s, figures are 6s old", ">cards 6s old", "95% high", "cpu ")
}

func TestLateChildShowsTheAge(t *testing.T) {
	h, src := open(t, 80, 24, two)
	seconds(h, 2)
	src.stuck = true
	seconds(h, 6).See("the sampler is late: figures are ", "s old")
	src.stuck = false
	seconds(h, 2).NotSee("late", "old")
}

func TestFaultOfTheChildIsTold(t *testing.T) {
	h, src := open(t, 80, 24, two)
	src.fault = errChild
	seconds(h, 4).See("not measuring: the sampler ended: killed", "(r tries again)", "GPU1")
	h.Press("r")
	if src.restarts != 1 {
		t.Errorf("%d restarts", src.restarts)
	}
	seconds(h, 2).NotSee("not measuring")
	// Without any sample the panes say it as well.
	src = &source{fault: errChild}
	h = tuitest.Screen(t, func(c *ui.Context) ui.Screen { src.c = c; return &shell{Screen: gpuview.New(c, src)} })
	h.Size(120, 40).See("not measuring: the sampler ended: killed")
}

func TestDriverThatHangsFromTheStart(t *testing.T) {
	h, _ := open(t, 80, 24, func(seq uint64) telemetry.Sample {
		s := two(seq)
		s.GPU = telemetry.GPU{State: telemetry.Starting}
		if seq > 1 {
			s.GPU.LateMs = int64(seq) * 1000
		}
		return s
	})
	h.See("the driver has not answered yet")
	seconds(h, 4).See("the driver has not answered for 5s; the host is measured all the same", "busiest 100%")
}

func TestDriverThatFailsLater(t *testing.T) {
	h, _ := open(t, 120, 40, func(seq uint64) telemetry.Sample {
		s := two(seq)
		if seq > 2 {
			s.GPU.State, s.GPU.Reason, s.GPU.AgeMs = telemetry.Failed, "nvmlDeviceGetCount: Unknown Error (error 999)", int64(seq-2)*1000
		}
		return s
	})
	seconds(h, 4).See("nvmlDeviceGetCount: Unknown Error (error 999)", "GPU1")
}

// Figures that are repeated because the driver is late are no history.
func TestLateFiguresLeaveAGap(t *testing.T) {
	h, _ := open(t, 120, 40, func(seq uint64) telemetry.Sample {
		s := two(seq)
		if seq > 10 && seq < 30 {
			s.GPU.AgeMs, s.GPU.LateMs = int64(seq-10)*1000+600, int64(seq-10)*1000
		}
		return s
	})
	seconds(h, 20).See("a use   -   b mem   - ", "cpu  ")
	seconds(h, 20).Golden("late-120x40")
}

// The idle rule: nothing is asked for while the screen is not in front.
func TestNothingIsMeasuredWhileNobodyLooks(t *testing.T) {
	h, src := open(t, 80, 24, two)
	seconds(h, 3)
	before := src.asked
	h.Advance(30 * time.Second) // one frame in half a minute: another screen is in front
	if n := src.asked - before; n > 2 {
		t.Errorf("asked %d times in the background", n)
	}
	before = src.asked
	h.Advance(time.Hour)
	if src.asked != before {
		t.Errorf("still asking: %d times", src.asked-before)
	}
	h.Send(toFront{})
	if seconds(h, 3); src.asked < before+3 {
		t.Error("it does not measure again in front")
	}
	h.Send(toFront{}).Send(toFront{})
	before = src.asked
	if seconds(h, 5); src.asked-before > 5 {
		t.Errorf("asked %d times in five seconds: two commands are waiting", src.asked-before)
	}
}

func TestGapIsAGap(t *testing.T) {
	h, _ := open(t, 120, 40, bare)
	seconds(h, 10)
	h.Advance(40 * time.Second)
	h.Send(toFront{})
	seconds(h, 5).Golden("gap-120x40")
}

func TestWindowOfTimeGrowsAndJumps(t *testing.T) {
	h, _ := open(t, 120, 40, bare)
	lastLabel := func() string { // the axis of time
		for _, l := range h.Lines() {
			if f := strings.Fields(strings.Trim(l, "│ ")); len(f) > 2 && (f[len(f)-1] == "s" || f[len(f)-1] == "min") {
				return f[0] + " to " + f[len(f)-2] + " " + f[len(f)-1]
			}
		}
		return "none"
	}
	at := 0
	for _, c := range []struct {
		second int
		want   string
	}{{50, "0 to 55 s"}, {61, "0 to 110 s"}, {121, ".0 to 4.5 min"}, {301, "0 to 9 min"}, {599, "0 to 9 min"}, {601, "3 to 12 min"}, {749, "3 to 12 min"}, {751, "5 to 14 min"}} {
		seconds(h, c.second-at)
		at = c.second
		if got := lastLabel(); got != c.want {
			t.Errorf("after %d s the axis is %s, want %s", c.second, got, c.want)
		}
	}
}

func TestMetricsCycle(t *testing.T) {
	h, _ := open(t, 120, 40, two)
	seconds(h, 20).See("history: utilisation and memory, %", "a use")
	h.Press("m").See("history: temperature, C", "a temp").Golden("temperature-120x40")
	h.Press("m").See("history: power, W", "a power")
	h.Press("m").See("history: clock, MHz", "a clock  1755MHz")
	h.Press("m").See("history: PCIe, MB/s", "a in  2345MB/s")
	h.Press("m").See("history: utilisation and memory, %")
}

func TestValuesAreReadOutInThePast(t *testing.T) {
	h, _ := open(t, 120, 40, func(seq uint64) telemetry.Sample {
		s := bare(seq)
		s.Host.Busy = telemetry.Of(float64(seq) / 100)
		return s
	})
	seconds(h, 30)
	h.See("a cpu  31%").Press("tab").See(">history")
	for range 10 {
		h.Press("h")
	}
	h.See("a cpu  21%")
	h.Press("l").See("a cpu  22%").Press("0").See("a cpu  31%")
}

func TestEveryPaneIsReachedAtEverySize(t *testing.T) {
	for _, size := range sizes {
		h, _ := open(t, size[0], size[1], two)
		seconds(h, 2)
		for _, title := range []string{">history", ">host", ">processes", ">cards"} {
			h.Press("tab").See(title)
		}
		h.Press("shift+tab").See(">processes").Press("esc").See(">cards")
		h.Press("z").NotSee("processes ─", "host ─").Press("z")
	}
}

func TestProcessesLeadToTheirRuns(t *testing.T) {
	h, _ := open(t, 80, 24, two)
	seconds(h, 1)
	h.Press("tab", "tab", "tab").See(">processes", "run 01J9W2C6Q5", "(hidden)").Press("enter")
	if got, ok := h.LastIntent().(ui.OpenRun); !ok || string(got.ID) != workerRun {
		t.Errorf("enter gives %#v", h.LastIntent())
	}
	h.Press("j", "y")
	if got, ok := h.LastIntent().(ui.Copy); !ok || got.Text != "4100" {
		t.Errorf("y gives %#v", h.LastIntent())
	}
	h.Press("enter")
	if got, ok := h.LastIntent().(ui.Notify); !ok || !strings.Contains(got.Text, "no worker") {
		t.Errorf("enter on another process gives %#v", h.LastIntent())
	}
	h.Press("tab", "j", "y")
	if got, ok := h.LastIntent().(ui.Copy); !ok || !strings.HasPrefix(got.Text, "GPU-4b1e7c92") || !strings.HasSuffix(got.Text, "1") {
		t.Errorf("y on a card gives %#v", h.LastIntent())
	}
}

func TestCursorStaysOnItsProcess(t *testing.T) {
	h, _ := open(t, 80, 24, func(seq uint64) telemetry.Sample {
		s := two(seq)
		if seq > 3 {
			s.Processes = append([]telemetry.Process{{PID: 5, Name: "new", CPU: telemetry.Of(1)}}, s.Processes...)
		}
		return s
	})
	seconds(h, 1)
	h.Press("tab", "tab", "tab", "j", "j").See(">  python3")
	seconds(h, 5).See(">  python3", "new")
}

func TestViewComesBack(t *testing.T) {
	h, _ := open(t, 120, 40, two)
	seconds(h, 1)
	h.Press("m", "j", "tab", "tab", "z").See(">host")
	var saved json.RawMessage
	other := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		first := gpuview.New(c, &source{c: c, sample: two})
		first.SetSize(120, 36)
		_, _ = first.Update(first.Focus()())
		for _, k := range []string{"m", "tab", "tab", "z"} {
			if a := ui.Match(first.Actions(), tuitest.Key(k)); a != nil {
				a.Do()
			}
		}
		saved = first.SaveView()
		second := gpuview.New(c, &source{c: c, sample: two})
		second.RestoreView(saved)
		second.RestoreView(json.RawMessage(`{"focus":7`)) // what cannot be read changes nothing
		return &shell{Screen: second}
	})
	other.Size(120, 40)
	seconds(other, 1).See(">host").NotSee("processes")
	other.Press("z").See("history: temperature, C")
	if !json.Valid(saved) {
		t.Errorf("saved %s", saved)
	}
}

func TestActionsAreInOrder(t *testing.T) {
	h, src := open(t, 120, 40, two)
	_ = src
	seconds(h, 1)
	c := h.Context
	s := gpuview.New(c, &source{c: c, sample: two})
	s.SetSize(120, 36)
	for range 4 {
		if bad := ui.Conflicts(s.Actions()); len(bad) > 0 {
			t.Errorf("%v", bad)
		}
		if s.Help() == "" {
			t.Error("a pane without help")
		}
		ui.Match(s.Actions(), tuitest.Key("tab")).Do()
	}
	if s.ID() != "gpu" || s.Title() != "GPU" || s.RunState() != "" || s.Capturing() {
		t.Error("the tab is named wrongly")
	}
}

func TestMouse(t *testing.T) {
	h, _ := open(t, 80, 24, two)
	seconds(h, 1)
	c := h.Context
	s := gpuview.New(c, &source{c: c, sample: two})
	s.SetSize(80, 19)
	for cmd := s.Focus(); cmd != nil && s.ContextLine() == "measuring"; {
		_, cmd = s.Update(cmd())
	}
	row := func(text string) int {
		for y, l := range strings.Split(ansi.Strip(s.View()), "\n") {
			if strings.Contains(l, text) {
				return y
			}
		}
		t.Fatalf("no %q in\n%s", text, ansi.Strip(s.View()))
		return 0
	}
	s.Click(10, row("GPU1"), false)
	if !strings.HasPrefix(strings.Split(ansi.Strip(s.View()), "\n")[row("GPU1")], ">") {
		t.Error("a click does not select its row")
	}
	if in, _ := s.Click(10, row("run 01J9"), true); in != (ui.OpenRun{ID: workerRun}) {
		t.Errorf("the second click on a worker gives %#v", in)
	}
	row(">processes")
	s.Wheel(10, row("run 01J9"), 2)
	if !strings.HasPrefix(strings.Split(ansi.Strip(s.View()), "\n")[row("python3")], ">") {
		t.Error("the wheel does not move the cursor of the table under it")
	}
	for y := -1; y < 25; y++ {
		s.Click(y*3, y, y%2 == 0)
		s.Wheel(y*3, y, y-10)
		s.View()
	}
}

func TestCatalogHoldsEveryAction(t *testing.T) {
	c := &ui.Context{Width: 120, Height: 40, Theme: tuitest.Theme(t, "mono", themes.Mono)}
	s := gpuview.New(c, nil)
	ids := map[string]bool{}
	for _, a := range s.Catalog() {
		ids[a.ID] = true
	}
	s.SetSize(120, 36)
	for range 4 {
		for _, a := range s.Actions() {
			if !ids[a.ID] {
				t.Errorf("%s is not in the catalogue", a.ID)
			}
			if ok, _ := a.Possible(); ok {
				a.Do() // without a source: nothing may break
			}
		}
	}
}
