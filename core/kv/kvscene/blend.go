package kvscene

import (
	"maps"
	"slices"
	"strconv"

	"assay/core/kv"
	"assay/core/plot"
)

// Map is the deviation of one mode by layer and context token.
type Map struct {
	Doc    kv.ModeDoc
	Values plot.Matrix // layers times context tokens
}

// Deviation shows where modes differ from full prefill: one map a mode over the
// context tokens, on one scale. Of names what is shown, "V" or "K"; relative
// says that it was divided by the norm of full prefill's rows. Ticks above a map
// point out the tokens that the mode computed again.
func Deviation(prompt kv.PromptDoc, of string, relative bool, maps []Map) plot.HeatChart {
	unit, note := "L2 norm", "L2 distance of a token's "+of+" cache from full prefill"
	if relative {
		unit, note = "relative", "L2 distance of a token's "+of+" cache from full prefill, over the norm of full prefill's"
	}
	ch := plot.HeatChart{
		Title: "Where the " + of + " cache deviates from full prefill",
		Note:  note + ", by layer and context token. Ticks above a map: tokens that were recomputed.",
		X:     "context token", Y: "layer", Unit: unit,
	}
	var lists [][]float32
	for _, m := range maps {
		lists = append(lists, m.Values.Values)
		ch.Panels = append(ch.Panels, plot.HeatPanel{Name: m.Doc.Key, Matrix: m.Values, Marks: m.Doc.Picked})
	}
	ch.Steps = plot.NewSteps(plot.LinearSteps, lists...)
	for _, s := range prompt.Segments {
		if s.Kind == kv.SegmentChunk {
			ch.Bands = append(ch.Bands, plot.Band{Name: "chunk " + strconv.Itoa(s.Index), From: s.Start, To: s.End})
		}
	}
	return ch
}

// ByLayer shows the deviation of V by layer for every mode that has any.
func ByLayer(modes []kv.ModeDoc) plot.LineChart {
	ch := plot.LineChart{
		Title: "Deviation by layer",
		Note:  "Root mean square over the context tokens of the L2 distance of V from full prefill. Modes that never deviate are left out.",
		X:     plot.Axis{Name: "layer", Whole: true},
		Y:     plot.Axis{Name: "deviation of V, L2 norm", FromZero: true},
	}
	for _, m := range modes {
		l := plot.Line{Name: m.Key, Hue: Hue(m.Mode)}
		any := false
		for _, d := range m.Layers {
			l.X, l.Y = append(l.X, float64(d.Layer)), append(l.Y, d.DVRMS)
			any = any || d.DVRMS > 0
		}
		if any {
			ch.Lines = append(ch.Lines, l)
		}
	}
	return ch
}

// Phases lists the phases of a mode's time to first token in the order they
// happen; those of a newer version come last.
func Phases(modes []kv.ModeDoc) []string {
	names := []string{"lookup", "load", "reposition", "check", "recompute", "head"}
	for _, m := range modes {
		for _, n := range slices.Sorted(maps.Keys(m.PhasesMs)) {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// TTFT shows the time to the first token of every mode, made of its phases.
func TTFT(modes []kv.ModeDoc) plot.BarChart {
	ch := plot.BarChart{
		Title: "Time to the first token",
		Note:  "By phase, each measured once. Behind the bars: the total, and how many times as fast as full prefill.",
		Axis:  plot.Axis{Name: "time to first token, ms"},
	}
	phases := Phases(modes)
	var used []string
	for i, n := range phases {
		if slices.ContainsFunc(modes, func(m kv.ModeDoc) bool { return m.PhasesMs[n] > 0 }) {
			ch.Parts = append(ch.Parts, plot.Part{Name: n, Hue: i})
			used = append(used, n)
		}
	}
	full, timed := Baseline(modes)
	for _, m := range modes {
		b := plot.Bar{Label: m.Key, Hue: Hue(m.Mode), Value: m.TTFTMs, Text: Ms(m.TTFTMs) + " ms"}
		if timed && m.Mode != string(kv.Full) && m.TTFTMs > 0 {
			b.Text += " · " + Times(full.TTFTMs/m.TTFTMs)
		}
		for _, n := range used {
			b.Parts = append(b.Parts, m.PhasesMs[n])
		}
		ch.Bars = append(ch.Bars, b)
	}
	return ch
}

// Baseline returns the result of full prefill.
func Baseline(modes []kv.ModeDoc) (kv.ModeDoc, bool) {
	for _, m := range modes {
		if m.Mode == string(kv.Full) {
			return m, true
		}
	}
	return kv.ModeDoc{}, false
}

// Ms writes a time in milliseconds, with as many digits as tell one from another.
func Ms(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// Times writes a factor: "2.9x".
func Times(f float64) string {
	if f >= 100 {
		return plot.Plain(f) + "x"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + "x"
}
