package gpuview_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/telemetry"
	"assay/themes"
	"assay/tui/screens/gpuview"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

// source plays a machine: one sample a second of the clock, made by sample.
type source struct {
	c        *ui.Context
	sample   func(seq uint64) telemetry.Sample
	stuck    bool // the child answers no more
	fault    error
	last     telemetry.Reading
	asked    int
	restarts int
}

func (s *source) Next(ctx context.Context, seen uint64) (telemetry.Reading, error) {
	s.asked++
	wait := telemetry.Period - s.c.Now().Sub(s.last.At)
	if s.stuck || s.fault != nil {
		wait = telemetry.Period + telemetry.Deadline
	}
	if s.last.Known() && wait > 0 {
		if err := s.c.Sleep(ctx, wait); err != nil {
			return s.last, err
		}
	}
	if s.fault != nil {
		s.last.Fault = s.fault
		return s.last, nil
	}
	if s.stuck {
		return s.last, nil
	}
	n := s.last.Count + 1
	s.last = telemetry.Reading{Sample: s.sample(n), At: s.c.Now(), Count: n}
	s.last.Sample.Seq = n
	return s.last, nil
}

func (s *source) Restart() {
	s.restarts++
	s.stuck, s.fault = false, nil
}

// wave is a value between 0 and 1 that changes from second to second.
func wave(seq uint64, phase float64) float64 { return .5 + .5*math.Sin(float64(seq)/7+phase) }

func host(seq uint64) telemetry.Host {
	of := telemetry.Of
	return telemetry.Host{
		CPUs: 64, Allowed: 16, Busy: of(.25 + .3*wave(seq, 1)), Busiest: of(1), Waiting: of(.02), Stolen: of(0),
		Load1: of(11.32), Load5: of(10.05), Load15: of(9.5), MemTotal: of(251 << 30), MemUsed: of(float64(31+seq%5) * (1 << 30)), SwapUsed: of(0),
		Group: telemetry.Group{CPULimit: of(16), CPUUsed: of(13.4), Throttled: of(.12), MemLimit: of(64 << 30), MemUsed: of(12 << 30)},
	}
}

func card(i int, seq uint64) telemetry.Card {
	of := telemetry.Of
	return telemetry.Card{
		Index: i, Name: "NVIDIA H100 80GB HBM3", UUID: "GPU-4b1e7c92-0000-0000-0000-00000000000" + string(rune('0'+i)), PCI: "00000000:4" + string(rune('0'+i)) + ":00.0",
		Util: of(math.Round(100*wave(seq, float64(i))) / 100), MemUtil: of(.41), MemTotal: of(80 << 30), MemUsed: of((20 + 50*wave(seq/9, float64(i))) * (1 << 30)),
		Temp: of(math.Round(50 + 30*wave(seq, float64(i)))), SlowTemp: of(87), Power: of(math.Round(150 + 500*wave(seq, float64(i)))), Limit: of(700),
		Clock: of(1755), MaxClock: of(1980), MemClock: of(2619), PCIeTx: of(12e6), PCIeRx: of(2345e6), Energy: of(1.9e9),
	}
}

const workerRun = "01J9W2C6Q5V8Z0T4R7N3K1M9PX"

func processes() []telemetry.Process {
	of := telemetry.Of
	return []telemetry.Process{
		{PID: 4242, Name: "assay", User: "lab", Ours: true, Role: "worker", RunID: workerRun, CPU: of(1.98), RSS: of(3.4 * (1 << 30)), Cards: []telemetry.Use{{Index: 0, Memory: of(17 << 30)}}},
		{PID: 4100, Name: "assay", User: "lab", Ours: true, Role: "screen", CPU: of(.01), RSS: of(31 << 20)},
		{PID: 9001, Name: "python3", User: "lee", CPU: of(1), RSS: of(12 << 30), Cards: []telemetry.Use{{Index: 0, Memory: of(44 << 30)}, {Index: 1, Memory: of(9 << 30)}}},
		{PID: 77, Cards: []telemetry.Use{{Index: 1, Memory: telemetry.Missing("not available"), Graphics: true}}},
	}
}

// two cards, of which one is hot and held down.
func two(seq uint64) telemetry.Sample {
	a, b := card(0, seq), card(1, seq)
	b.Temp, b.Slowed = telemetry.Of(88), []string{"heat", "power cap"}
	return telemetry.Sample{Host: host(seq), Processes: processes(),
		GPU: telemetry.GPU{State: telemetry.Ready, Driver: "550.54.14", Tries: []string{"libnvidia-ml.so.1: loaded"}, AgeMs: 12, Cards: []telemetry.Card{a, b}}}
}

// eight cards.
func eight(seq uint64) telemetry.Sample {
	s := two(seq)
	s.GPU.Cards = nil
	for i := range 8 {
		s.GPU.Cards = append(s.GPU.Cards, card(i, seq))
	}
	return s
}

// parts is a partitioned card, one that keeps figures back, and one that is lost.
func parts(seq uint64) telemetry.Sample {
	s := two(seq)
	none := telemetry.Missing("a partitioned card (MIG) has none")
	whole := card(0, seq)
	whole.Partitioned, whole.Util, whole.MemUtil = true, none, none
	s.GPU.Cards = []telemetry.Card{whole}
	for i := range 2 {
		see := telemetry.Missing("see the card")
		s.GPU.Cards = append(s.GPU.Cards, telemetry.Card{
			Index: 0, Instance: []string{"gi1/ci0", "gi2/ci0"}[i], Name: "NVIDIA H100 80GB HBM3 MIG 3g.40gb", UUID: []string{"MIG-1", "MIG-2"}[i],
			Util: none, MemUtil: none, MemTotal: telemetry.Of(40 << 30), MemUsed: telemetry.Of(float64(i+1) * 17 * (1 << 30)),
			Temp: see, SlowTemp: see, Power: see, Limit: see, Clock: see, MaxClock: see, PCIeRx: see, PCIeTx: see, SlowedWhy: "see the card",
		})
	}
	why := telemetry.Missing("not supported")
	kept := card(1, seq)
	kept.Name, kept.Util, kept.Power, kept.Limit, kept.PCIeRx, kept.PCIeTx = "NVIDIA GeForce GT 1030", why, why, why, why, why
	kept.SlowedWhy = "not supported"
	s.GPU.Cards = append(s.GPU.Cards, kept, telemetry.Card{Index: 2, UUID: "GPU-2", Fault: "GPU is lost (error 15); a card has fallen off the bus: reboot this machine", SlowedWhy: "GPU is lost (error 15)"})
	return s
}

// bare is a machine without a card, outside any control group.
func bare(seq uint64) telemetry.Sample {
	s := telemetry.Sample{Host: host(seq), Processes: processes()[:2], GPU: telemetry.GPU{
		State:  telemetry.Absent,
		Reason: "no NVIDIA driver library: libnvidia-ml.so.1: cannot open shared object file: No such file or directory",
		Tries: []string{
			"libnvidia-ml.so.1: cannot open shared object file: No such file or directory",
			"/usr/lib/wsl/lib/libnvidia-ml.so.1: cannot open shared object file: No such file or directory",
			"/usr/lib64/libnvidia-ml.so.1: cannot open shared object file: No such file or directory",
			"/dev/nvidia*: none, so the kernel shows this system no NVIDIA card",
		},
	}}
	none := telemetry.Missing("no limit")
	s.Host.CPUs, s.Host.Allowed, s.Host.Group = 2, 2, telemetry.Group{CPULimit: none, CPUUsed: none, Throttled: none, MemLimit: none, MemUsed: none}
	s.Processes[0].Cards = nil
	return s
}

// errChild is what a feed says of a child that cannot live.
var errChild = errors.New("the sampler ended: killed")

// shell puts the lines of the shell around a screen, so that it has the room that
// it has in a terminal: context line on top, status and hints left blank.
type shell struct {
	*gpuview.Screen
	w, h, body int
}

func (s *shell) SetSize(w, h int) {
	s.w, s.h = w, h
	switch {
	case ui.WidthClass(w) == ui.Tiny || ui.HeightClass(h) == ui.Tiny:
		s.body = max(h-2, 0)
	case ui.WidthClass(w) == ui.Small:
		s.body = h - 5
	default:
		s.body = h - 4
	}
	s.Screen.SetSize(w, s.body)
}

// toFront is what the shell does with a screen whose tab is chosen.
type toFront struct{}

func (s *shell) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	if _, ok := msg.(toFront); ok {
		return nil, s.Focus()
	}
	return s.Screen.Update(msg)
}

func (s *shell) View() string {
	lines := []string{ui.Fit("assay  [GPU]", s.w), ui.Fit(" "+ui.Cut(s.ContextLine(), s.w-2), s.w)}
	if s.body == s.h-2 {
		lines = nil
	}
	if s.body > 0 {
		body := strings.Split(s.Screen.View(), "\n")
		if len(body) != s.body {
			return "the body has another height than asked for"
		}
		lines = append(lines, body...)
	}
	return strings.Join(ui.Block(lines, s.w, s.h), "\n")
}

// open shows the screen of a machine in a terminal of w x h cells, without colours.
func open(t testing.TB, w, h int, sample func(uint64) telemetry.Sample) (*tuitest.Host, *source) {
	t.Helper()
	src := &source{sample: sample}
	host := tuitest.Screen(t, func(c *ui.Context) ui.Screen {
		c.Theme = tuitest.Theme(t, "mono", themes.Mono)
		src.c = c
		return &shell{Screen: gpuview.New(c, src)}
	})
	host.Size(w, h)
	return host, src
}

// seconds lets time pass, one sample and one frame at a time.
func seconds(h *tuitest.Host, n int) *tuitest.Host {
	for range n {
		h.Advance(time.Second)
	}
	return h
}
