package fuzzbench

import (
	"slices"
	"strconv"

	"assay/core/fuzz"
	"assay/tui/runview"
	"assay/tui/ui"
)

// drawMinimise draws the shrinking of a finding: how far it is, the cases on the way,
// each smaller or plainer than the one before, and what is left of it.
func (s *Screen) drawMinimise(w, h int) []string {
	d := s.camp.min
	if d == nil {
		return ui.Block(runview.Lines(w, "The library is started ..."), w, h)
	}
	if w < 100 || h < 18 {
		return runview.Window(s.c, append(s.minimiseLines(d, w), s.caseLines(&d.FindingDoc, w, h)...), &s.scroll, w, h)
	}
	area := ui.Area{Across: true, Areas: []ui.Area{
		{ID: "steps", Min: 50, Ideal: w / 2, Weight: 1, Priority: 9}, {ID: "case", Min: 40, Ideal: w / 2, Weight: 1, Priority: 8},
	}}
	placed := s.c.Place("fuzz.minimise", w, h, area)
	out := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := s.c.Inner(q.W, q.H)
		p := ui.Pane{Rect: q.Rect, Focused: q.ID == "steps", Title: "shrinking " + d.ID}
		switch q.ID {
		case "steps":
			p.Body = runview.Window(s.c, s.minimiseLines(d, iw), &s.scroll, iw, ih)
		case "case":
			at := 0
			p.Title, p.Body = "the smallest case of "+ui.Plain(d.API), runview.Window(s.c, s.caseLines(&d.FindingDoc, iw, ih), &at, iw, ih)
		}
		out[i] = p
	}
	return ui.Frame(s.c, w, h, out)
}

// minimiseLines are the figures and the steps, the last one first.
func (s *Screen) minimiseLines(d *fuzz.MinimiseDoc, w int) []string {
	t := s.c.Theme
	text := " " + d.Phase + "  " + runview.Plural(d.Trials, "trial") + "  " + strconv.Itoa(len(d.Steps)) + " smaller  " + runview.Plural(d.Elements, "element")
	out := []string{t.Paint(map[bool]string{true: "ok", false: "title"}[d.Phase == fuzz.PhaseDone], ui.Cut(text, w))}
	if len(d.Steps) == 0 && d.Phase == fuzz.PhaseDone {
		out = append(out, runview.Lines(w, "No smaller case shows it.")...)
	}
	if len(d.Steps) > 0 {
		out = append(out, t.Paint("muted", ui.Cut(" trial  elements  inputs", w)))
	}
	for _, step := range slices.Backward(d.Steps) {
		for k, line := range inputs(step.Case) {
			head := " " + ui.FitRight(strconv.Itoa(step.Trial), 5) + ui.FitRight(strconv.Itoa(step.Elements), 10) + "  "
			if k > 0 {
				head = "                  "
			}
			out = append(out, ui.Cut(head+line, w))
		}
	}
	return out
}
