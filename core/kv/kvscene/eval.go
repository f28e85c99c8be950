package kvscene

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/plot"
)

// Accuracy shows the share of right answers of every scheme with its interval.
func Accuracy(scores []kv.ScoreDoc) plot.BarChart {
	ch := plot.BarChart{
		Title: "Right answers by scheme",
		Note:  "Share of questions answered right token by token; whiskers: 95 % interval by bootstrap over the archives.",
		Axis:  plot.Axis{Name: "share of right answers", Lo: 0, Hi: 1},
	}
	for _, s := range scores {
		ch.Bars = append(ch.Bars, plot.Bar{Label: Name(s.Mode, s.Ratio, s.Rule), Hue: Hue(s.Mode), Value: s.Accuracy,
			Lo: s.AccuracyCI[0], Hi: s.AccuracyCI[1], Text: fmt.Sprintf("%s %% of %d", Percent(s.Accuracy), s.N)})
	}
	return ch
}

// Percent writes a share as percent with one decimal, without the sign.
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// Kinds lists the kinds of questions of an evaluation in the order of the world
// they come from, those of other archives behind them by name.
func Kinds(scores []kv.ScoreDoc) []string {
	seen := map[string]bool{}
	for _, s := range scores {
		for k := range s.ByKind {
			seen[k] = true
		}
	}
	var out []string
	for _, k := range archive.Kinds() {
		if seen[k] {
			out = append(out, k)
			delete(seen, k)
		}
	}
	return append(out, slices.Sorted(maps.Keys(seen))...)
}

// ByKind shows the accuracy of every scheme on every kind of question.
func ByKind(scores []kv.ScoreDoc) plot.CellChart {
	kinds := Kinds(scores)
	ch := plot.CellChart{
		Title: "Right answers by kind of question",
		Note:  "In percent. Kinds that need attention between notes are where reuse loses most.",
		Cols:  append(slices.Clone(kinds), "all"), Lo: 0, Hi: 1,
	}
	for _, s := range scores {
		ch.Rows = append(ch.Rows, Name(s.Mode, s.Ratio, s.Rule))
		for _, k := range kinds {
			d, ok := s.ByKind[k]
			if !ok || d.N == 0 {
				ch.Values, ch.Texts = append(ch.Values, math.NaN()), append(ch.Texts, "")
				continue
			}
			ch.Values, ch.Texts = append(ch.Values, d.Accuracy), append(ch.Texts, Percent(d.Accuracy))
		}
		ch.Values, ch.Texts = append(ch.Values, s.Accuracy), append(ch.Texts, Percent(s.Accuracy))
	}
	return ch
}
