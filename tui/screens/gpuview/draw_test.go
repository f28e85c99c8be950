package gpuview_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"assay/core/telemetry"
	"assay/themes"
	"assay/tui/screens/gpuview"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// rig is the screen without a driver around it, in a terminal of its own.
type rig struct {
	*gpuview.Screen
	t   testing.TB
	c   *ui.Context
	now time.Time
	cmd tea.Cmd
}

func newRig(t testing.TB, w, h int, d themes.Depth, sample func(uint64) telemetry.Sample) *rig {
	t.Helper()
	g := &rig{t: t, now: time.Date(2026, 3, 14, 14, 14, 42, 0, time.UTC)}
	g.c = &ui.Context{Width: w, Height: h, Remote: true, Theme: tuitest.Theme(t, "default-dark", d),
		Now: func() time.Time { return g.now }, Sleep: func(context.Context, time.Duration) error { return nil }}
	g.Screen = gpuview.New(g.c, &source{c: g.c, sample: sample})
	g.SetSize(w, max(h-4, 1))
	g.cmd = g.Focus()
	return g
}

// step lets a second pass.
func (g *rig) step() {
	g.t.Helper()
	if g.cmd == nil {
		g.t.Fatal("the screen asks no more")
	}
	g.now = g.now.Add(time.Second)
	msg := g.cmd()
	g.View() // as the shell does before the next message
	_, g.cmd = g.Update(msg)
}

// terminal is what the renderer of Bubble Tea writes to.
type terminal struct {
	out  bytes.Buffer
	r    *uv.TerminalRenderer
	w, h int
}

func newTerminal(w, h int, p colorprofile.Profile) *terminal {
	d := &terminal{w: w, h: h}
	d.r = uv.NewTerminalRenderer(&d.out, []string{"TERM=xterm-256color"})
	d.r.SetColorProfile(p)
	d.r.SetFullscreen(true)
	d.r.SetRelativeCursor(false)
	d.r.SetTabStops(w)
	d.r.Erase()
	return d
}

// draw returns the bytes that a frame costs after the one before.
func (d *terminal) draw(t testing.TB, frame string) string {
	t.Helper()
	d.out.Reset()
	buf := uv.NewScreenBuffer(d.w, d.h)
	uv.NewStyledString(frame).Draw(buf, buf.Bounds())
	d.r.Render(buf.RenderBuffer)
	if err := d.r.Flush(); err != nil {
		t.Fatal(err)
	}
	return d.out.String()
}

func TestFramesKeepToTheirBudgets(t *testing.T) {
	for _, c := range []struct{ w, h, first, second int }{{80, 24, 5 << 10, 500}, {120, 40, 9 << 10, 1000}, {200, 60, 14 << 10, 1500}} {
		for name, sample := range map[string]func(uint64) telemetry.Sample{"two cards": two, "no card": bare, "eight cards": eight} {
			s := newRig(t, c.w, c.h, themes.ANSI256, sample)
			s.step()
			term := newTerminal(c.w, c.h-4, colorprofile.ANSI256)
			first := len(term.draw(t, s.View()))
			sum, most := 0, 0
			const n = 60
			for range n {
				s.step()
				bytes := len(term.draw(t, s.View()))
				sum += bytes
				most = max(most, bytes)
			}
			t.Logf("%dx%d %s: first frame %d, mean of a second %d, most %d bytes", c.w, c.h, name, first, sum/n, most)
			if first > c.first {
				t.Errorf("%dx%d %s: first frame %d bytes, want at most %d", c.w, c.h, name, first, c.first)
			}
			if limit := c.second; name != "eight cards" && sum/n > limit {
				t.Errorf("%dx%d %s: %d bytes a second, want at most %d", c.w, c.h, name, sum/n, limit)
			}
		}
	}
}

// A sample that changes numbers repaints those digits, at the places where they
// stood, and nothing else.
func TestRefreshRepaintsNumbersOnly(t *testing.T) {
	steady := func(util, temp, mem float64) telemetry.Sample {
		s := two(1)
		s.GPU.Cards[0].Util, s.GPU.Cards[0].Temp, s.GPU.Cards[0].MemUsed = telemetry.Of(util), telemetry.Of(temp), telemetry.Of(mem*(1<<30))
		return s
	}
	values := []telemetry.Sample{steady(.20, 60, 30), steady(.21, 60, 30), steady(.70, 61, 31), steady(.70, 61, 31)}
	i := 0
	s := newRig(t, 80, 24, themes.Mono, func(uint64) telemetry.Sample { v := values[min(i, len(values)-1)]; i++; return v })
	s.step()
	term := newTerminal(80, 20, colorprofile.ASCII)
	before := ansi.Strip(s.View())
	term.draw(t, s.View())
	for n, want := range []int{1, 4, 0} { // cells that differ: 0 to 1; 21 to 70, 60 to 61, 30 to 31
		s.step()
		frame := s.View()
		after := ansi.Strip(frame)
		changed := 0
		a, b := []rune(before), []rune(after)
		if len(a) != len(b) {
			t.Fatalf("frame %d has another shape", n)
		}
		for j := range a {
			if a[j] != b[j] {
				changed++
				if !strings.ContainsRune("0123456789 .", a[j]) || !strings.ContainsRune("0123456789 .", b[j]) {
					t.Errorf("frame %d: %q became %q", n, a[j], b[j])
				}
			}
		}
		out := term.draw(t, frame)
		if changed != want || (changed == 0) != (len(out) == 0) || len(out) > 20*changed {
			t.Errorf("frame %d: %d cells changed, want %d; %d bytes: %q", n, changed, want, len(out), out)
		}
		before = after
	}
}

func TestNoColourMeansNoColour(t *testing.T) {
	s := newRig(t, 120, 40, themes.Mono, parts)
	s.step()
	for _, seq := range strings.Split(s.View(), "\x1b[")[1:] {
		params, _, _ := strings.Cut(seq, "m")
		for p := range strings.SplitSeq(params, ";") {
			if len(p) >= 2 && strings.ContainsAny(p[:1], "349") {
				t.Fatalf("a colour in mono: %q", params)
			}
		}
	}
}

// anything is a sample with values of every kind, sensible or not.
func anything(r *rand.Rand) telemetry.Sample {
	value := func() telemetry.Value {
		switch r.IntN(6) {
		case 0:
			return telemetry.Value{}
		case 1:
			return telemetry.Missing([]string{"not supported", "näh\x1b[31m\nnein", strings.Repeat("long ", 60)}[r.IntN(3)])
		case 2:
			return telemetry.Of(0)
		case 3:
			return telemetry.Of(math.Ldexp(r.NormFloat64(), r.IntN(900)))
		case 4:
			return telemetry.Of(r.Float64())
		}
		return telemetry.Of(float64(r.Uint64()))
	}
	text := func() string {
		return []string{"", "NVIDIA H100 80GB HBM3", "x\x1b[2J\r\ny", "名前のとても長いカード", strings.Repeat("word ", 40)}[r.IntN(5)]
	}
	list := func() []string {
		var out []string
		for range r.IntN(4) {
			out = append(out, text())
		}
		return out
	}
	s := telemetry.Sample{Host: telemetry.Host{
		CPUs: r.IntN(300), Allowed: r.IntN(300), Busy: value(), Busiest: value(), Waiting: value(), Stolen: value(), Load1: value(), Load5: value(), Load15: value(),
		MemTotal: value(), MemUsed: value(), SwapUsed: value(), Group: telemetry.Group{CPULimit: value(), CPUUsed: value(), Throttled: value(), MemLimit: value(), MemUsed: value()},
	}}
	s.GPU = telemetry.GPU{State: []telemetry.State{telemetry.Starting, telemetry.Ready, telemetry.Absent, telemetry.Failed}[r.IntN(4)], Reason: text(), Driver: text(), Tries: list(), AgeMs: r.Int64N(1e9), LateMs: r.Int64N(1e7)}
	for i := range r.IntN(20) {
		s.GPU.Cards = append(s.GPU.Cards, telemetry.Card{
			Index: i, Instance: []string{"", "", "gi1/ci0"}[r.IntN(3)], Name: text(), UUID: []string{"", fmt.Sprint("GPU-", i)}[r.IntN(2)], PCI: text(), Fault: []string{"", "", text()}[r.IntN(3)],
			Util: value(), MemUtil: value(), MemTotal: value(), MemUsed: value(), Temp: value(), SlowTemp: value(), Power: value(), Limit: value(),
			Clock: value(), MaxClock: value(), MemClock: value(), PCIeTx: value(), PCIeRx: value(), Energy: value(), Slowed: list(), SlowedWhy: text(), NoList: text(),
		})
	}
	for i := range r.IntN(40) {
		s.Processes = append(s.Processes, telemetry.Process{PID: i, Name: text(), User: text(), Ours: r.IntN(2) == 0, Role: text(), RunID: []string{"", workerRun, "no run"}[r.IntN(3)],
			CPU: value(), RSS: value(), Cards: []telemetry.Use{{Index: r.IntN(9), Instance: text(), Memory: value(), Graphics: r.IntN(2) == 0}}})
	}
	return s
}

// Whatever is measured, pressed and resized: exactly h lines of at most w cells,
// and no control character of a name reaches the terminal.
func TestAnySizeAnySample(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		r := rand.New(rand.NewPCG(31, 32))
		s := newRig(t, 80, 24, themes.ANSI256, func(uint64) telemetry.Sample { return anything(r) })
		for range 400 {
			w, h := 1+r.IntN(300), 1+r.IntN(120)
			if r.IntN(3) == 0 {
				w, h = 1+r.IntN(40), 1+r.IntN(12)
			}
			s.c.Width, s.c.Height, s.c.ASCII = w, h, ascii
			s.SetSize(w, h)
			switch r.IntN(3) {
			case 0:
				s.step()
			case 1:
				list := s.Actions()
				if a := list[r.IntN(len(list))]; a.ID != "gpu.restart" {
					if ok, _ := a.Possible(); ok {
						a.Do()
					}
				}
			case 2:
				s.RestoreView(s.SaveView())
			}
			view := s.View()
			lines := strings.Split(view, "\n")
			if len(lines) != h {
				t.Fatalf("%dx%d: %d lines", w, h, len(lines))
			}
			for _, l := range append(lines, s.ContextLine()) {
				if n := ansi.StringWidth(l); n > w && l != s.ContextLine() {
					t.Fatalf("%dx%d: a line of %d cells: %q", w, h, n, l)
				}
				if strings.ContainsAny(l, "\r\a\b") || strings.Contains(l, "\x1b[2J") || strings.Contains(l, "\x1b[31m") {
					t.Fatalf("%dx%d: a name reaches the terminal as it is: %q", w, h, l)
				}
			}
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	s := newRig(b, 200, 60, themes.ANSI256, eight)
	for range 600 {
		s.step()
	}
	b.ReportAllocs()
	for b.Loop() {
		s.SetSize(200, 56) // marks every pane
		_ = s.View()
	}
}
