package gpuview

import (
	"fmt"
	"strings"
	"time"

	"assay/core/telemetry"
	"assay/tui/ui"
)

// hostLines draws the half of the host.
func (s *Screen) hostLines(w int) []string {
	if !s.reading.Known() {
		return []string{s.c.Theme.Paint("muted", ui.Cut(" measuring", w))}
	}
	h := &s.reading.Sample.Host
	memory := telemetry.Of(share(h.MemUsed, h.MemTotal))
	out := []string{
		s.meter(w, "cpu", h.Busy, telemetry.UtilLevel, "",
			"busiest "+shareText(h.Busiest), "load"+loadText(h.Load1)+loadText(h.Load5)+loadText(h.Load15),
			"waiting "+shareText(h.Waiting), "stolen "+shareText(h.Stolen), processors(h)),
		s.meter(w, "memory", memory, telemetry.MemoryLevel, telemetry.Gibibytes(h.MemUsed)+"/"+leftText(gib(h.MemTotal), "G"),
			"swap "+strings.TrimSpace(telemetry.Gibibytes(h.SwapUsed))+"G"),
	}
	return append(out, s.groupLines(&h.Group, w)...)
}

// groupLines tells what the control group leaves of the machine.
func (s *Screen) groupLines(g *telemetry.Group, w int) []string {
	cpus, hasCPU := g.CPULimit.Get()
	mem, hasMem := g.MemLimit.Get()
	if !hasCPU && !hasMem {
		why := g.CPULimit.Why()
		if why == "no limit" {
			why = "none: this program may use the whole machine"
		}
		return []string{s.c.Theme.Paint("muted", ui.Cut(" limits   "+ui.Plain(why), w))}
	}
	var out []string
	if hasCPU {
		used := telemetry.Missing(g.CPUUsed.Why())
		if n, ok := g.CPUUsed.Get(); ok {
			used = telemetry.Of(n / cpus)
		}
		throttled := "throttled " + shareText(g.Throttled)
		if g.Throttled.Or(0) >= .05 {
			throttled = s.c.Theme.Paint("warn", throttled+" !")
		}
		out = append(out, s.meter(w, "quota", used, telemetry.UtilLevel, fixedText(g.CPUUsed, 1, 5, 1, "")+" of "+fmt.Sprintf("%.1f cpus", cpus), throttled))
	}
	if hasMem {
		used := telemetry.Of(share(g.MemUsed, g.MemLimit))
		out = append(out, s.meter(w, "limit", used, telemetry.MemoryLevel, telemetry.Gibibytes(g.MemUsed)+"/"+leftText(telemetry.Of(mem/(1<<30)), "G"), "memory of the control group"))
	}
	return out
}

// meter draws a share as a bar with its number, its word and what belongs to it; as
// many of the rest as fit follow.
func (s *Screen) meter(w int, label string, v telemetry.Value, level func(float64) telemetry.Level, amount string, rest ...string) string {
	n, ok := v.Get()
	number, role := "   -     ", "missing"
	if ok {
		l := level(n)
		number, role = percent(n)+" "+ui.Fit(l.String(), 4), levelRole(l)
	}
	room := min(max(w-60, 0), 30)
	line := " " + ui.Fit(label, 8)
	if room >= 6 {
		line += " " + ui.Fit(s.c.Theme.Paint("info", ui.Meter(s.c, n, room)), room)
	}
	line += " " + s.c.Theme.Paint(role, number)
	if amount != "" {
		line += " " + amount
	}
	for _, r := range rest {
		if r == "" {
			continue
		}
		if ui.Width(line)+2+ui.Width(r) > w {
			break
		}
		line += "  " + r
	}
	return ui.Cut(line, w)
}

func shareText(v telemetry.Value) string {
	if n, ok := v.Get(); ok {
		return percent(n)
	}
	return "   -"
}

func loadText(v telemetry.Value) string { return fixedText(v, 1, 6, 2, "") }

// processors says how many there are, and how many of them this program may use.
func processors(h *telemetry.Host) string {
	switch {
	case h.CPUs == 0:
		return ""
	case h.Allowed > 0 && h.Allowed < h.CPUs:
		return fmt.Sprintf("%d of %d processors", h.Allowed, h.CPUs)
	case h.CPUs == 1:
		return "1 processor"
	}
	return fmt.Sprintf("%d processors", h.CPUs)
}

// shortSpan writes a time as "700ms", "6s" or "2m".
func shortSpan(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	return fmt.Sprintf("%dm", int64(d.Minutes()))
}
