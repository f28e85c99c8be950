package fuzzbench

import (
	"math"
	"strconv"
	"strings"

	"assay/core/fuzz"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/ui"
)

// columns are those of the list; the first says what is new or gone where two
// campaigns are compared.
func columns(compared bool) []ui.Column {
	if !compared {
		return append([]ui.Column{{Title: "", Min: 1, Ideal: 1, Priority: 6}}, facts...)
	}
	return append([]ui.Column{{Title: "", Min: 4, Ideal: 4, Priority: 9}}, facts...)
}

var facts = []ui.Column{
	{Title: "category", Min: 11, Ideal: 21, Priority: 8},
	{Title: "api", Min: 14, Ideal: 24, Grow: 2, Priority: 9},
	{Title: "wrong", Min: 7, Ideal: 7, Priority: 7},
	{Title: "pattern", Min: 9, Ideal: 16, Grow: 1, Priority: 6},
	{Title: "rel err", Min: 7, Ideal: 7, Priority: 5, Right: true},
	{Title: "n", Min: 4, Ideal: 5, Priority: 4, Right: true},
	{Title: "first", Min: 6, Ideal: 6, Priority: 3, Right: true},
	{Title: "again", Min: 5, Ideal: 5, Priority: 5},
	{Title: "label", Min: 6, Ideal: 10, Priority: 6},
	{Title: "cause", Min: 14, Ideal: 14, Grow: 2, Priority: 2},
	{Title: "known", Min: 6, Ideal: 12, Priority: 1},
}

// rows shows the list as rows of a ui.Table.
type rows struct {
	c    *campaign
	list []row
}

// Len returns the number of rows.
func (r rows) Len() int { return len(r.list) }

// Key returns the ID of the finding; those of an earlier campaign are told apart.
func (r rows) Key(i int) string {
	if r.list[i].change == gone {
		return "gone " + r.list[i].f.ID
	}
	return r.list[i].f.ID
}

// Cells returns the cells of a row.
func (r rows) Cells(i int) []ui.Cell {
	f := r.list[i].f
	sign := ui.Cell{Text: string(r.list[i].change)}
	switch {
	case r.list[i].change == gone:
		sign.Role = "removed"
	case r.list[i].change == fresh:
		sign.Role = "added"
	case !f.Confirmed:
		sign = ui.Cell{Text: "?", Role: "warn"}
	}
	label := ui.Cell{Text: "-", Role: "muted"}
	if l, ok := r.c.labels[f.ID]; ok {
		label = ui.Cell{Text: ui.Plain(l.Word), Role: "mark"}
	}
	return []ui.Cell{
		sign, {Text: f.Category, Role: severityRole(f.Severity)}, {Text: ui.Plain(strings.TrimPrefix(f.API, f.Target+"."))}, {Text: string(f.Wrong)}, {Text: f.Pattern},
		{Text: relative(f)}, {Text: strconv.Itoa(f.Count)}, {Text: span(f.FirstSeenS)}, {Text: f.Repeats}, label,
		{Text: ui.Plain(f.RootCause), Role: "muted"}, {Text: ui.Plain(f.Known), Role: "muted"},
	}
}

// relative writes the relative error of a finding that has one.
func relative(f *fuzz.FindingDoc) string {
	if !f.Measured() {
		return "-"
	}
	if math.IsInf(float64(f.Evidence.AbsErr), 0) { // NaN against a number has no ratio
		return "inf"
	}
	return number(f.Evidence.RelErr)
}

func severityRole(s run.Severity) string {
	switch s {
	case run.Critical, run.High:
		return "error"
	case run.Medium:
		return "warn"
	}
	return ""
}

// number writes a number of evidence, "-" for none.
func number(x fuzz.Float) string {
	v := float64(x)
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 0):
		return "inf"
	}
	return plot.Number(v)
}

// span writes seconds as people read them: "9 s", "3m 02s", "1h 04m".
func span(seconds float64) string {
	s := int(seconds)
	switch {
	case seconds < 10:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	case s < 60:
		return strconv.Itoa(s) + " s"
	case s < 3600:
		return strconv.Itoa(s/60) + "m " + two(s%60) + "s"
	}
	return strconv.Itoa(s/3600) + "h " + two(s/60%60) + "m"
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
