package prunebench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/ui"
)

// The panes, in the order of the tab key.
const (
	paneCurve  = "curve"
	paneLayers = "layers"
	paneTrials = "trials"
	paneTrain  = "training"
	panePaired = "paired"
)

func panes() []string { return []string{paneCurve, paneLayers, paneTrials, paneTrain, panePaired} }

func (s *Screen) draw() []string {
	if s.w < 1 || s.h < 1 {
		return make([]string, max(s.h, 0))
	}
	if s.err != nil || !s.sweep.known() {
		return ui.Block(s.emptyLines(), s.w, s.h)
	}
	banner := s.banner()
	if len(banner) >= s.h {
		banner = banner[:s.h-1]
	}
	w, h := s.w, s.h-len(banner)
	if w < 60 || h < 12 {
		s.table.SetSize(w, h)
		return append(banner, ui.Block(s.table.View(s.c, true), w, h)...)
	}
	placed := ui.Compute(w, h, s.tree(h), s.c.Framed())
	list := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := s.c.Inner(q.W, q.H)
		list[i] = ui.Pane{Rect: q.Rect, Focused: q.ID == s.focus}
		list[i].Title, list[i].Body = s.pane(q.ID, max(iw, 1), max(ih, 1))
	}
	return append(banner, ui.Frame(s.c, w, h, list)...)
}

// tree is the layout: without frames the focused pane above the trials, else all.
func (s *Screen) tree(h int) ui.Area {
	if !s.c.Framed() {
		above := s.focus
		if above == paneTrials {
			above = paneCurve
		}
		return ui.Area{Areas: []ui.Area{{ID: above, Min: 8, Ideal: h * 3 / 5, Weight: 1, Priority: 8}, {ID: paneTrials, Min: 4, Ideal: 8, Weight: 1, Priority: 9}}}
	}
	top := ui.Area{Across: true, Min: 10, Ideal: h * 3 / 5, Weight: 1, Priority: 8, Areas: []ui.Area{
		{ID: paneCurve, Min: 50, Ideal: 76, Weight: 2, Priority: 9}, {ID: paneLayers, Min: 36, Ideal: 42, Weight: 1, Priority: 5}, {ID: panePaired, Min: 44, Ideal: 50, Priority: 2},
	}}
	below := ui.Area{Across: true, Min: 7, Ideal: 12, Weight: 1, Priority: 9, Areas: []ui.Area{
		{ID: paneTrials, Min: 58, Ideal: 76, Weight: 2, Priority: 9}, {ID: paneTrain, Min: 36, Ideal: 42, Weight: 1, Priority: 4},
	}}
	return ui.Area{Areas: []ui.Area{top, below}}
}

func (s *Screen) pane(id string, w, h int) (string, []string) {
	switch id {
	case paneCurve:
		return "accuracy against " + s.axis.String(), s.drawCurve(w, h)
	case paneLayers:
		return s.drawLayers(w, h)
	case paneTrain:
		return s.drawTraining(w, h)
	case panePaired:
		return "differences on the same seeds", s.drawPaired(w, h)
	}
	s.table.SetSize(w, h)
	return "trials " + strconv.Itoa(len(s.sweep.cells)), s.table.View(s.c, s.focus == paneTrials)
}

// exponent returns the exponent under the cross-hair.
func (s *Screen) exponent() (float64, bool) {
	if len(s.sweep.exponents) == 0 {
		return 0, false
	}
	return s.sweep.exponents[min(s.cross, len(s.sweep.exponents)-1)], true
}

func (s *Screen) drawCurve(w, h int) []string {
	if len(s.sweep.cells) == 0 {
		return []string{" no trial yet: each appears here as soon as it is trained"}
	}
	ch := ui.Chart{XName: s.axis.String(), Cross: math.NaN()}
	at, _ := s.exponent()
	if s.axis == byCompression {
		ch.Cross = at
	}
	for _, m := range s.sweep.methods {
		line := ui.Series{Name: m, Hidden: s.hidden[m]}
		type point struct{ x, y float64 }
		var list []point
		for _, e := range s.sweep.exponents {
			if p, ok := s.sweep.point(m, e); ok && p.Mean != nil {
				list = append(list, point{s.sweep.place(s.axis, m, e), 100 * *p.Mean})
			}
		}
		slices.SortFunc(list, func(a, b point) int { return int(math.Copysign(1, a.x-b.x)) })
		for _, p := range list {
			line.X, line.Y = append(line.X, p.x), append(line.Y, p.y)
		}
		ch.Series = append(ch.Series, line)
	}
	foot := s.readout(at, w, max(h/4, 1))
	return append(ch.Lines(s.c, w, h-len(foot)), foot...)
}

// readout lists the methods at the cross-hair, the best first.
func (s *Screen) readout(at float64, w, most int) []string {
	var list []prune.PointDoc
	for _, m := range s.sweep.methods {
		if p, ok := s.sweep.point(m, at); ok && p.Mean != nil && !s.hidden[m] {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b prune.PointDoc) int { return int(math.Copysign(1, *b.Mean-*a.Mean)) })
	text := fmt.Sprintf(" at 10^%g (%.3gx):", at, math.Pow(10, at))
	var words []string
	for _, p := range list {
		word := fmt.Sprintf("%s %.1f", p.Method, 100**p.Mean)
		switch {
		case s.band && p.CI95 != nil:
			word += fmt.Sprintf(" [%.1f,%.1f]", 100*p.CI95[0], 100*p.CI95[1])
		case p.N == 1:
			word += " n=1"
		}
		words = append(words, word)
	}
	lines := ui.Wrap(text+" "+strings.Join(words, "  "), max(w-1, 1))
	for i := range lines {
		if i > 0 {
			lines[i] = " " + lines[i]
		}
	}
	return lines[:min(most, len(lines))]
}

func (s *Screen) drawLayers(w, h int) (string, []string) {
	c, ok := s.selected()
	if !ok {
		return "kept by layer", []string{" no trial is selected"}
	}
	bars := ui.Bars{Max: 1, Cursor: -1}
	for _, l := range c.Layers {
		share := float64(l.Kept) / float64(max(l.Of, 1))
		b := ui.Bar{Label: strings.TrimSuffix(l.Name, ".weight"), Value: share, Text: fmt.Sprintf("%.4f", share)}
		if l.Kept == 0 {
			b.Role, b.Text = "error", "empty"
		} else if l.Live == 0 {
			b.Role, b.Text = "warn", "no path"
		}
		bars.Rows = append(bars.Rows, b)
	}
	lines := bars.Lines(s.c, w)
	foot := []string{
		fmt.Sprintf(" kept %s of %s  sparsity %.2f%%", group(c.Kept), group(total(c)), 100*c.Sparsity),
		fmt.Sprintf(" effective %.2f%%  MACs %.1f%%", 100*c.EffectiveSparsity, s.macs(c)),
	}
	switch {
	case len(c.Collapsed) > 0:
		foot = append(foot, s.c.Theme.Paint("error", " collapsed: "+strings.Join(c.Collapsed, ", ")))
	case len(c.Bypassed) > 0:
		foot = append(foot, s.c.Theme.Paint("warn", " bypassed: "+strings.Join(c.Bypassed, ", ")))
	}
	if room := h - len(foot); len(lines) > room && room > 1 {
		more := len(lines) - room + 1
		lines = append(lines[:room-1], fmt.Sprintf("  and %d layers more", more))
	}
	return fmt.Sprintf("kept by layer  %s 10^%g seed %d", c.Method, c.Exponent, c.Seed), append(lines, foot...)
}

func total(c prune.CellDoc) int {
	n := 0
	for _, l := range c.Layers {
		n += l.Of
	}
	return n
}

func (s *Screen) macs(c prune.CellDoc) float64 {
	if s.sweep.net == nil || s.sweep.net.Counts.MACs == 0 {
		return math.NaN()
	}
	return 100 * float64(c.MACs) / float64(s.sweep.net.Counts.MACs)
}

func (s *Screen) drawTraining(w, h int) (string, []string) {
	c, ok := s.selected()
	if !ok {
		return "training", []string{" no trial is selected"}
	}
	title := fmt.Sprintf("training  %s 10^%g seed %d", c.Method, c.Exponent, c.Seed)
	list := s.sweep.epochs[c.Key()]
	var lines []string
	if len(list) > 1 && h >= 11 {
		loss, hits := ui.Series{Name: "loss"}, ui.Series{Name: "train"}
		for _, e := range list {
			loss.X, loss.Y = append(loss.X, float64(e.Epoch)), append(loss.Y, e.Loss)
			hits.X, hits.Y = append(hits.X, float64(e.Epoch)), append(hits.Y, e.Accuracy)
		}
		lines = ui.Chart{XName: "epoch", Cross: math.NaN(), Series: []ui.Series{loss, hits}}.Lines(s.c, w, h-4)
	} else {
		for _, e := range list {
			lines = append(lines, fmt.Sprintf(" epoch %d/%d  loss %.3f  train %.1f%%", e.Epoch, e.Of, e.Loss, 100*e.Accuracy))
		}
	}
	switch {
	case c.Reason != "":
		lines = append(lines, ui.Wrap(s.c.Theme.Paint("error", " stopped: "+c.Reason), max(w, 1))...)
	case c.Accuracy != nil && c.Loss != nil:
		lines = append(lines, fmt.Sprintf(" test %.2f%%  loss %.3f", 100**c.Accuracy, *c.Loss))
	}
	lines = append(lines, fmt.Sprintf(" scored in %.2f s, trained in %.1f s", c.ScoreS, c.TrainS), " mask "+c.MaskHash[:min(16, len(c.MaskHash))])
	return title, lines[:min(len(lines), h)]
}

func (s *Screen) drawPaired(w, h int) []string {
	at, ok := s.exponent()
	if !ok {
		return nil
	}
	t := ui.NewTable([]ui.Column{text("a", 9, 12, 1, 9), text("b", 9, 12, 1, 9), number("a - b", 7, 9), number("95 %", 15, 8), text("", 6, 8, 0, 5)})
	var list []prune.PairedDoc
	for _, p := range s.sweep.doc.Paired {
		if p.Exponent == at && !s.hidden[p.A] && !s.hidden[p.B] {
			list = append(list, p)
		}
	}
	t.SetRows(rows{n: len(list), cells: func(i int) []ui.Cell {
		p := list[i]
		interval, word := "n="+strconv.Itoa(p.N), ""
		if p.CI95 != nil {
			interval = fmt.Sprintf("%+.1f..%+.1f", 100*p.CI95[0], 100*p.CI95[1])
		}
		if p.Better != "" {
			word = "real"
		}
		return []ui.Cell{{Text: p.A}, {Text: p.B}, {Text: fmt.Sprintf("%+.1f", 100*p.MeanDifference)}, {Text: interval}, {Text: word}}
	}})
	t.SetSize(w, h)
	return t.View(s.c, s.focus == panePaired)
}

// list makes the rows of the trials.
func (s *Screen) list() {
	s.table.SetRows(rows{n: len(s.sweep.cells), key: func(i int) string { return s.sweep.cells[i].Key() }, cells: func(i int) []ui.Cell {
		c := s.sweep.cells[i]
		mark, test, role, note := "+", "-", "", ""
		switch {
		case c.Reason != "":
			mark, role, note = "!", "error", c.Reason
		case len(c.Collapsed) > 0:
			mark, role, note = "!", "warn", "dead "+strings.Join(c.Collapsed, ", ")
		}
		if c.Accuracy != nil {
			test = fmt.Sprintf("%.2f", 100**c.Accuracy)
		}
		lost := 0.0
		if c.Kept > 0 {
			lost = 100 * (c.EffectiveSparsity - c.Sparsity) / math.Max(1-c.Sparsity, 1e-12)
		}
		return []ui.Cell{{Text: mark, Role: role}, {Text: c.Method}, {Text: fmt.Sprintf("%.4gx", math.Pow(10, c.Exponent))}, {Text: group(c.Kept)}, {Text: strconv.Itoa(c.Seed)},
			{Text: test}, {Text: fmt.Sprintf("%.1f", lost)}, {Text: fmt.Sprintf("%.1f", s.macs(c))}, {Text: fmt.Sprintf("%.2f", c.ScoreS)}, {Text: fmt.Sprintf("%.1f", c.TrainS)}, {Text: note, Role: role}}
	}})
}

// emptyLines is the body where no sweep can be shown: what would be here, and the
// key and the command that bring it.
func (s *Screen) emptyLines() []string {
	t := s.c.Theme
	var lines []string
	add := func(text string) { lines = append(lines, ui.Wrap(text, max(s.w-2, 1))...) }
	switch {
	case s.err != nil:
		add(t.Paint("error", "The sweep cannot be shown"))
		add(strings.Join(strings.Fields(ui.Plain(s.err.Error())), " "))
		add("")
		add("ctrl+r reads it again, 1 lists all runs.")
	case !s.absent:
		add("Reading the sweep ...")
	default:
		add(t.Paint("title", "No sweep of the pruning bench yet"))
		add("Here curves of accuracy against compression grow while trials are trained, with the weights that each layer keeps, and which differences between methods are real.")
		add("")
		add("n  starts a sweep of LeNet-5 on MNIST, which ships:")
		add("   assay prune sweep --methods random,snip,synflow --seeds 3")
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// banner is what stands above a sweep that did not end well.
func (s *Screen) banner() []string {
	r := s.sweep.run
	if r.State.Live() || r.State == run.Done {
		return nil
	}
	text := " " + r.State.Mark() + " " + string(r.State)
	if r.ErrorText != "" {
		text += ": " + strings.Join(strings.Fields(ui.Plain(r.ErrorText)), " ")
	}
	role := "cancelled"
	if r.State == run.Failed || r.State == run.Lost {
		role = string(r.State)
	}
	return []string{ui.Ends(s.c.Theme.Paint(role, text), "p resumes it ", s.w)}
}

// group writes a count with commas.
func group(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// rows shows a list as the rows of a ui.Table.
type rows struct {
	n     int
	key   func(i int) string // nil: the index
	cells func(i int) []ui.Cell
}

// Len returns the number of rows.
func (r rows) Len() int { return r.n }

// Key returns the name of a row.
func (r rows) Key(i int) string {
	if r.key == nil {
		return strconv.Itoa(i)
	}
	return r.key(i)
}

// Cells returns the cells of a row.
func (r rows) Cells(i int) []ui.Cell { return r.cells(i) }

func number(title string, width, priority int) ui.Column {
	return ui.Column{Title: title, Min: width, Ideal: width, Priority: priority, Right: true}
}

func text(title string, least, ideal, grow, priority int) ui.Column {
	return ui.Column{Title: title, Min: least, Ideal: ideal, Grow: grow, Priority: priority}
}
