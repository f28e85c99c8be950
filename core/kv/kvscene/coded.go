package kvscene

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"assay/core/kv"
	"assay/core/plot"
)

// RateDistortion shows loss against bits, a line a profile and way of having tables,
// the coarsest level first. A loss of 0 has no place on a logarithmic axis: the text,
// which needs no cache at all, stands a step below the least.
func RateDistortion(list []kv.ProfileDoc, contexts []kv.ContextDoc) plot.LineChart {
	ch := plot.LineChart{
		Title: "What bits buy",
		Note:  "Mean KL divergence from full prefill over the tokens of the answers; bars: 95 % interval over the questions. Points of a line are levels. The text as token ids loses nothing; it stands below the least loss.",
		X:     plot.Axis{Name: "bits a value, of everything a reader needs", FromZero: true},
		Y:     plot.Axis{Name: "KL divergence, nats, logarithmic", Log: true},
	}
	least := math.Inf(1)
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b kv.ProfileDoc) int { return cmp.Compare(a.Bits, b.Bits) })
	for hue, name := range profileNames(list) {
		l := plot.Line{Name: name, Hue: hue}
		for _, d := range sorted {
			if ProfileName(d) == name && d.KL > 0 {
				l.X, l.Y = append(l.X, d.Bits), append(l.Y, d.KL)
				l.Lo, l.Hi = append(l.Lo, max(d.KLCI[0], d.KL/100)), append(l.Hi, d.KLCI[1])
				least = min(least, d.KL)
			}
		}
		if len(l.X) > 0 {
			ch.Lines = append(ch.Lines, l)
		}
	}
	if bits, ok := TextBits(list, contexts); ok && !math.IsInf(least, 1) {
		ch.Lines = append(ch.Lines, plot.Line{Name: "text, KL 0", Hue: len(ch.Lines), X: []float64{bits}, Y: []float64{least / 2}})
	}
	return ch
}

// ProfileName names a profile with its tables, where those are not its own.
func ProfileName(d kv.ProfileDoc) string { return kv.CodecKey(d.Profile, "", d.Tables) }

// profileNames lists them in the order of tables.
func profileNames(list []kv.ProfileDoc) []string {
	var names []string
	for _, profile := range kv.Codecs() {
		for _, d := range list {
			if name := ProfileName(d); d.Profile == profile && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// TextBits is what the text of the contexts takes as token ids, in bits a KV value.
func TextBits(list []kv.ProfileDoc, contexts []kv.ContextDoc) (float64, bool) {
	bytes := 0
	for _, c := range contexts {
		bytes += c.Text
	}
	if bytes == 0 || len(list) == 0 || list[0].Values == 0 {
		return 0, false
	}
	return 8 * float64(bytes) / float64(list[0].Values), true
}

// Bits shows the entropy of a profile's symbols by layer and channel: K above, V
// below. m has K of each layer, then V.
func Bits(key string, m plot.Matrix) plot.HeatChart {
	half := m.Rows / 2
	part := func(name string, from int) plot.HeatPanel {
		return plot.HeatPanel{Name: name, Matrix: plot.Matrix{Rows: half, Cols: m.Cols, Values: m.Values[from*m.Cols : (from+half)*m.Cols]}}
	}
	return plot.HeatChart{
		Title: "Where the bits are, " + key,
		Note:  "Entropy of the symbols by layer and channel, of the first context, under tables of each channel and chunk.",
		X:     "channel", Y: "layer", Unit: "bits a value",
		Steps:  plot.NewSteps(plot.LinearSteps, m.Values),
		Panels: []plot.HeatPanel{part("K", 0), part("V", half)},
	}
}

// Timeline shows spans of time by lane, and the deadline in milliseconds where there
// is one.
func Timeline(title, note string, spans []kv.SpanDoc, deadline float64) plot.SpanChart {
	ch := plot.SpanChart{Title: title, Note: note, Axis: plot.Axis{Name: "ms"}}
	for _, s := range spans {
		at := slices.IndexFunc(ch.Lanes, func(l plot.SpanLane) bool { return l.Name == s.Lane })
		if at < 0 {
			at = len(ch.Lanes)
			ch.Lanes = append(ch.Lanes, plot.SpanLane{Name: s.Lane, Hue: at})
		}
		ch.Lanes[at].Spans = append(ch.Lanes[at].Spans, plot.Span{From: s.Start, To: s.End, Text: strconv.Itoa(s.Item)})
	}
	if deadline > 0 {
		ch.Marks = []plot.SpanMark{{Name: "deadline", At: deadline}}
	}
	return ch
}

// Planned makes the spans of a plan that was followed: levels are loaded, text is
// computed.
func Planned(d kv.StreamDoc) []kv.SpanDoc {
	var out []kv.SpanDoc
	for i, c := range d.Chunks {
		lane := kv.LaneLoad
		if c.Choice == kv.ChoiceText {
			lane = kv.LaneCompute
		}
		out = append(out, kv.SpanDoc{Lane: lane, Item: i, Start: 1e3 * c.Start, End: 1e3 * c.End})
	}
	return out
}

// Rules shows what every rule would have taken.
func Rules(d kv.StreamDoc) plot.BarChart {
	ch := plot.BarChart{
		Title: "The rules on the same link",
		Note:  fmt.Sprintf("Time until all chunks are there; the deadline is %s ms. The clairvoyant choice knows the whole trace.", Ms(1e3*d.SLO)),
		Axis:  plot.Axis{Name: "time, ms"},
	}
	for i, r := range RulesOf(d) {
		word := "missed"
		if r.Met {
			word = "met"
		}
		ch.Bars = append(ch.Bars, plot.Bar{Label: r.Rule, Hue: i, Value: 1e3 * r.Total, Text: Ms(1e3*r.Total) + " ms, " + word})
	}
	return ch
}

// RulesOf lists the rule of a stream and then the others.
func RulesOf(d kv.StreamDoc) []kv.RuleDoc {
	return append([]kv.RuleDoc{{Rule: d.Rule, Choices: d.Choices, Total: d.Total, Met: d.Met}}, d.Others...)
}

// front shows loss against another cost of a Pareto run: a line a ratio through its
// levels, and the text as a point.
func front(points []kv.PointDoc, title string, x plot.Axis, cost func(kv.PointDoc) float64) plot.LineChart {
	ch := plot.LineChart{
		Title: title,
		Note:  "A line is a share of recomputed tokens, its points are levels; the text is computed in full and loses nothing.",
		X:     x, Y: plot.Axis{Name: "KL divergence, nats", FromZero: true},
	}
	sorted := slices.Clone(points)
	slices.SortStableFunc(sorted, func(a, b kv.PointDoc) int { return cmp.Compare(cost(a), cost(b)) })
	var names []string
	for _, p := range points {
		if name := ratioName(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for hue, name := range names {
		l := plot.Line{Name: name, Hue: hue}
		for _, p := range sorted {
			if ratioName(p) == name {
				l.X, l.Y = append(l.X, cost(p)), append(l.Y, p.KL)
			}
		}
		ch.Lines = append(ch.Lines, l)
	}
	return ch
}

// ratioName names the line that a point lies on.
func ratioName(p kv.PointDoc) string {
	if p.Level == kv.LevelText {
		return kv.LevelText
	}
	return "r=" + strconv.FormatFloat(p.Ratio, 'f', -1, 64)
}

// FrontByBytes shows loss by bytes over the link.
func FrontByBytes(points []kv.PointDoc) plot.LineChart {
	return front(points, "Loss by bytes over the link", plot.Axis{Name: "KiB over the link", FromZero: true}, func(p kv.PointDoc) float64 { return float64(p.Bytes) / 1024 })
}

// FrontByTime shows loss by the time to the first token.
func FrontByTime(points []kv.PointDoc) plot.LineChart {
	return front(points, "Loss by time to the first token", plot.Axis{Name: "time to first token, ms", FromZero: true}, func(p kv.PointDoc) float64 { return p.TTFTMs })
}

// Loading shows predicted and measured times of every tier and level.
func Loading(tiers []kv.TierDoc) plot.BarChart {
	ch := plot.BarChart{
		Title: "Time to the first token by tier",
		Note:  "Predicted from the costs of loading and computing each layer by itself, and measured with each layer loaded under the computation of the one before.",
		Axis:  plot.Axis{Name: "time to first token, ms"},
	}
	for _, d := range tiers {
		name := d.Tier + ", level " + d.Level
		ch.Bars = append(ch.Bars, plot.Bar{Label: name + ", predicted", Hue: 1, Value: d.PredictedMs, Text: Ms(d.PredictedMs) + " ms"},
			plot.Bar{Label: name + ", measured", Hue: 0, Value: d.MeasuredMs, Text: Ms(d.MeasuredMs) + " ms"})
	}
	return ch
}
