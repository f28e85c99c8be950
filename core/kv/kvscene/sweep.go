package kvscene

import (
	"cmp"
	"math"
	"slices"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/prng"
	"assay/core/stat"
)

// Mean is a scheme of a sweep over its prompts so far.
type Mean struct {
	Mode, Rule string
	Ratio      float64
	N          int        // prompts
	KL         float64    // nats, mean over the prompts
	KLCI       [2]float64 // 95 % interval by bootstrap over the prompts
	TTFTMs     float64
	TTFTCI     [2]float64
	Top1       float64 // share of prompts whose most likely token is full prefill's
	DVRMS      float64
}

// Name names the scheme.
func (m Mean) Name() string { return Name(m.Mode, m.Ratio, m.Rule) }

// Means sums cells up by scheme, in the order of tables, with intervals.
func Means(cells []kv.CellDoc) []Mean {
	out, lists := grouped(cells)
	for i := range out {
		var kl, ttft []float64
		for _, c := range lists[i] {
			kl, ttft = append(kl, c.KL), append(ttft, c.TTFTMs)
		}
		out[i].KLCI, out[i].TTFTCI = interval(kl), interval(ttft)
	}
	return out
}

// Plain is Means without the intervals, which take a while: for what is drawn
// again with every cell.
func Plain(cells []kv.CellDoc) []Mean {
	out, _ := grouped(cells)
	return out
}

// grouped returns the means of the schemes and the cells behind each.
func grouped(cells []kv.CellDoc) (out []Mean, lists [][]kv.CellDoc) {
	// Prompts in one order, whichever attempt of the run wrote them; schemes as tables have them.
	cells = slices.Clone(cells)
	slices.SortStableFunc(cells, func(a, b kv.CellDoc) int {
		return cmp.Or(Compare(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule), a.Prompt-b.Prompt)
	})
	for _, c := range cells {
		at := slices.IndexFunc(out, func(m Mean) bool { return m.Mode == c.Mode && m.Ratio == c.Ratio && m.Rule == c.Rule })
		if at < 0 {
			at = len(out)
			out, lists = append(out, Mean{Mode: c.Mode, Ratio: c.Ratio, Rule: c.Rule}), append(lists, nil)
		}
		lists[at] = append(lists[at], c)
	}
	for i := range out {
		m := &out[i]
		var kl, ttft, dv []float64
		equal := 0.
		for _, c := range lists[i] {
			kl, ttft, dv = append(kl, c.KL), append(ttft, c.TTFTMs), append(dv, c.DVRMS)
			if c.Top1 {
				equal++
			}
		}
		m.N, m.KL, m.TTFTMs, m.DVRMS, m.Top1 = len(kl), stat.Mean(kl), stat.Mean(ttft), stat.Mean(dv), equal/float64(len(kl))
	}
	return out, lists
}

// interval is the bootstrap interval of a mean, 95 %. Every scheme is tried on
// the same resampled prompts.
func interval(values []float64) [2]float64 {
	ones := make([]float64, len(values))
	for i := range ones {
		ones[i] = 1
	}
	return stat.CI95(prng.New(1, "kv/scene"), values, ones)
}

// SweepKL shows the divergence from full prefill against the ratio: a line for
// every mode and rule that picks tokens, a level for the others. Full prefill
// itself diverges by 0 and has no place on the logarithmic axis.
func SweepKL(means []Mean) plot.LineChart {
	return plot.LineChart{
		Title: "Divergence from full prefill by share of recomputed tokens",
		Note:  "Mean KL divergence of the next token; bars: 95 % interval by bootstrap over the prompts.",
		X:     plot.Axis{Name: "share of context tokens recomputed"},
		Y:     plot.Axis{Name: "KL divergence, nats, logarithmic", Log: true},
		Lines: against(means, true, func(m Mean) (float64, [2]float64) { return m.KL, m.KLCI }),
	}
}

// SweepTTFT shows the time to the first token against the ratio.
func SweepTTFT(means []Mean) plot.LineChart {
	return plot.LineChart{
		Title: "Time to the first token by share of recomputed tokens",
		Note:  "Mean over the prompts; bars: 95 % interval by bootstrap over the prompts.",
		X:     plot.Axis{Name: "share of context tokens recomputed"},
		Y:     plot.Axis{Name: "time to first token, ms", FromZero: true},
		Lines: against(means, false, func(m Mean) (float64, [2]float64) { return m.TTFTMs, m.TTFTCI }),
	}
}

func against(means []Mean, positive bool, value func(Mean) (float64, [2]float64)) []plot.Line {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, m := range means {
		if kv.Mode(m.Mode).Selects() {
			lo, hi = min(lo, m.Ratio), max(hi, m.Ratio)
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	var out []plot.Line
	for _, m := range means {
		v, ci := value(m)
		if positive && v <= 0 {
			continue
		}
		if !kv.Mode(m.Mode).Selects() {
			out = append(out, plot.Line{Name: m.Mode, Hue: Hue(m.Mode), X: []float64{lo, hi}, Y: []float64{v, v}, Level: true})
			continue
		}
		name := m.Mode
		if m.Rule != "" {
			name += " " + m.Rule
		}
		at := slices.IndexFunc(out, func(l plot.Line) bool { return l.Name == name && !l.Level })
		if at < 0 {
			at = len(out)
			out = append(out, plot.Line{Name: name, Hue: ruleHue(m.Mode, m.Rule)})
		}
		l := &out[at]
		l.X, l.Y = append(l.X, m.Ratio), append(l.Y, v)
		l.Lo, l.Hi = append(l.Lo, ci[0]), append(l.Hi, ci[1])
	}
	return out
}
