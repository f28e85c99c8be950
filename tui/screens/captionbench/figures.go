package captionbench

import (
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/tui/runview"
	"assay/tui/ui"
)

// figures are the lines of the pane of the campaign: how far its verdicts can be
// trusted, and where its issues are.
func (s *Screen) figures(w int) []string {
	t := s.c.Theme
	sum := &s.camp.summary
	var out []string
	add := func(text string) { out = append(out, " "+ui.Cut(text, max(w-2, 1))) }
	head := func(text string) { out = append(out, " "+t.Paint("title", ui.Cut(text, max(w-2, 1)))) }
	head("precision and recall")
	if sum.Known > 0 {
		add("by truth  precision " + runview.Share(sum.Precision) + " " + runview.Interval(sum.PrecisionCI) + "  recall " + runview.Share(sum.Recall) + " " + runview.Interval(sum.RecallCI))
		add("          of " + runview.Plural(sum.Known, "pair") + ", " + strconv.Itoa(sum.Wrong) + " with a wrong caption")
	}
	if n := s.camp.labelled(); n.yes+n.no > 0 {
		add("by label  precision " + runview.Share(n.precision) + " " + runview.Interval(n.ci) + "  of " + strconv.Itoa(n.yes+n.no) + " labelled")
	} else {
		add("by label  none is labelled yet: y true  n false  u unsure")
	}
	head("issues by category")
	most := 1.0
	for _, n := range sum.Categories {
		most = max(most, float64(n))
	}
	for _, category := range caption.Categories() {
		n := sum.Categories[category]
		out = append(out, " "+ui.Fit(category, 19)+ui.FitRight(strconv.Itoa(n), 5)+" "+ui.Meter(s.c, float64(n)/most, max(w-28, 1)))
	}
	if len(sum.ByLevel) > 0 {
		head("by overlap level: issues, object named")
		for _, l := range sum.ByLevel {
			add("L" + strconv.Itoa(l.Level) + "  " + strconv.Itoa(l.Issues) + " of " + runview.Plural(l.Pairs, "pair") + ", named in " + strconv.Itoa(l.Named))
		}
	}
	if sum.Chair.Captions > 0 {
		head("captioner over all pictures")
		add("CHAIRi " + runview.Share(sum.Chair.I) + "  CHAIRs " + runview.Share(sum.Chair.S) + "  recall " + runview.Share(sum.Chair.Recall) + "  of " + runview.Plural(sum.Chair.Captions, "caption"))
	}
	if text := s.trouble(); text != "" {
		head("trouble with the captioner")
		add(text)
	}
	if len(sum.Matrix) > 0 {
		head("inserted classes: issues of pairs")
		for _, c := range sum.Matrix {
			add(ui.Fit(ui.Plain(c.Class), 14) + " " + strconv.Itoa(c.Issues) + "/" + strconv.Itoa(c.Pairs) + "  " + s.categoriesOf(c))
		}
	}
	return out
}

// categoriesOf writes the categories of a class, in the order of reports.
func (s *Screen) categoriesOf(c caption.ClassDoc) string {
	var out []string
	for _, category := range caption.Categories() {
		if n := c.Categories[category]; n > 0 {
			out = append(out, category+" "+strconv.Itoa(n))
		}
	}
	return strings.Join(out, ", ")
}

// trouble writes the failures by kind, in the order of reports.
func (s *Screen) trouble() string {
	var out []string
	for _, kind := range caption.Failures() {
		if n := s.camp.summary.Failures[kind]; n > 0 {
			out = append(out, kind+" "+strconv.Itoa(n))
		}
	}
	return strings.Join(out, ", ")
}
