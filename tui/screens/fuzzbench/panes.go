package fuzzbench

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/fuzz"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// counters are the live figures: time, yield, what became of the tests.
func (s *Screen) counters(w, h int) []string {
	d := &s.camp.doc
	t := s.c.Theme
	since := "none yet"
	if d.LastFindS > 0 {
		since = span(d.Seconds-d.LastFindS) + " ago"
	}
	speed := plot.Number(d.ChecksPerS) + "/s"
	if s.camp.run.State == run.Running && d.Phase == fuzz.PhaseFuzzing && d.Seconds > 10 && d.ChecksPerS < 20 {
		speed = t.Paint("warn", speed+" slow")
	}
	refused := 0.0
	if d.Tests > 0 {
		refused = float64(d.Verdicts[string(fuzz.DirectFail)]+d.Verdicts[string(fuzz.GenFail)]) / float64(d.Tests)
	}
	cells := ""
	if c := s.cells(); c != "" && w >= 100 {
		cells = "   cells " + c
	}
	lines := []string{
		" fuzzing " + span(d.Seconds) + "   last find " + since + "   phase " + s.phase(),
		" tests " + count(d.Tests) + "   checks " + count(d.Checks) + "   speed " + speed + "   refused " + runview.Share(refused),
		" APIs " + strconv.Itoa(d.Covered) + "/" + strconv.Itoa(d.APIs) + cells + "   crashes " + count(d.Crashes-d.Hangs) + "   hangs " + count(d.Hangs) + "   findings " + s.tally(),
	}
	var parts []string
	for _, v := range verdictOrder {
		if n := d.Verdicts[string(v)]; n > 0 {
			parts = append(parts, string(v)+" "+count(n))
		}
	}
	if len(parts) > 0 && h > 3 {
		for _, l := range ui.Wrap(strings.Join(parts, "  "), max(w-2, 1)) {
			lines = append(lines, " "+t.Paint("muted", l))
		}
	}
	return lines
}

func (s *Screen) phase() string {
	d := &s.camp.doc
	if d.PhaseTotal > 0 {
		return d.Phase + " " + strconv.Itoa(d.PhaseDone) + "/" + strconv.Itoa(d.PhaseTotal)
	}
	return d.Phase
}

// tally counts findings by severity.
func (s *Screen) tally() string {
	n := map[run.Severity]int{}
	for i := range s.camp.findings {
		n[s.camp.findings[i].Severity]++
	}
	var parts []string
	for _, v := range run.Severities() {
		if n[v] > 0 {
			parts = append(parts, string(v)+" "+strconv.Itoa(n[v]))
		}
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, ", ")
}

// speed charts checks a second and findings, each on its own scale: below each other
// where there is height for both, else beside each other.
func (s *Screen) speed(w, h int) []string {
	p := s.camp.doc.Speed
	if len(p) < 2 {
		return []string{" the speed appears here after a few seconds"}
	}
	var x, rate, found []float64
	for i := 1; i < len(p); i++ {
		dt := p[i].S - p[i-1].S
		if dt <= 0 {
			continue
		}
		x = append(x, p[i].S)
		rate = append(rate, float64(p[i].Checks-p[i-1].Checks)/dt)
		found = append(found, float64(p[i].Findings))
	}
	if len(x) == 0 {
		return []string{" the speed appears here after a few seconds"}
	}
	draw := func(name string, y []float64, w, h int) []string {
		ch := ui.Chart{XName: "s", Cross: math.NaN(), Y: plot.Linear(0, max(slices.Max(y)*1.05, 1)), Series: []ui.Series{{Name: name, X: x, Y: y}}}
		if s.camp.run.State.Live() {
			ch.X = plot.Growing(x[0], x[len(x)-1])
			ch.Y = plot.Growing(0, ch.Y.Hi) // the labels stand still until it is full
		}
		return s.lens.Lines(s.c, name, ch, w, h, name == "checks/s" && s.view.Pane == paneSpeed)
	}
	switch {
	case h >= 14:
		return append(draw("checks/s", rate, w, h-h/2), draw("findings", found, w, h/2)...)
	case w >= 50:
		left, right := draw("checks/s", rate, w-w/2-1, h), draw("findings", found, w/2, h)
		for i := range left {
			if i < len(right) {
				left[i] = ui.Fit(left[i], w-w/2) + right[i]
			}
		}
		return left
	}
	return draw("checks/s", rate, w, h)
}

// caseLines are what is known of a finding, the numbers first.
func (s *Screen) caseLines(f *fuzz.FindingDoc, w, h int) []string {
	if f == nil {
		return nil
	}
	t := s.c.Theme
	var out []string
	add := func(text, role string) {
		for _, l := range runview.Lines(w, text) {
			out = append(out, t.Paint(role, l))
		}
	}
	order := ""
	if f.Order > 2 {
		order = "  order " + strconv.Itoa(f.Order)
	}
	add(strings.Join(strings.Fields(f.Category+"  "+f.Pattern), " ")+order+"  wrong: "+string(f.Wrong), severityRole(f.Severity))
	for i, line := range inputs(f.Case) {
		if i == 4 {
			add("and more inputs", "muted")
			break
		}
		add(line, "")
	}
	m := matricesOf(&f.Evidence)
	out = append(out, m.table(s.c, w)...)
	if len(m.modes) == 0 && len(f.Evidence.Direct) > 0 {
		add("value   "+numbers(f.Evidence.Direct, 8), "")
		add("tracked "+numbers(f.Evidence.Tracked, 8), "")
	}
	if text, _, _ := strings.Cut(strings.TrimSpace(f.Text), "\n"); text != "" { // of a crash: what comes behind is its stack
		add(runview.OneLine(text), "warn")
	}
	if len(m.modes) > 1 && m.rows*m.cols > 1 && h > 16 {
		out = append(out, t.Paint("muted", " error over the Jacobian, one step a decade"))
		out = append(out, m.heat(s.c, w, min(m.rows, max(h/3, 3)))...)
	}
	if f.Measured() {
		add("rel err "+number(f.Evidence.RelErr)+"  abs err "+number(f.Evidence.AbsErr)+"  at output "+strconv.Itoa(f.Evidence.Row)+", input "+strconv.Itoa(f.Evidence.Col), "muted")
	}
	again := "not tried again"
	if f.Repeats != "" {
		again = "seen again " + f.Repeats + " in fresh processes"
	}
	add(again+"  seen "+runview.Plural(f.Count, "time")+"  first after "+span(f.FirstSeenS)+"  "+runview.Plural(f.Elements, "element"), "muted")
	add("cause "+f.RootCause, "muted")
	if f.Known != "" {
		add("known: "+f.Known, "muted")
	}
	if f.Reproducer != "" {
		for _, l := range runview.Lines(w, "reproducer "+f.Reproducer+"  verified: "+runview.OneLine(f.Verified)) {
			out = append(out, ui.FileLink(s.c, f.Reproducer, t.Paint("muted", l)))
		}
	}
	if l, ok := s.camp.labels[f.ID]; ok {
		add(strings.TrimSpace("label "+l.Word+" "+runview.OneLine(l.Note)), "mark")
	}
	if f.Reproducer != "" && f.Reproducer == s.program.path {
		out = append(out, "")
		for _, l := range s.program.lines {
			out = append(out, ui.Cut(" "+l, w))
		}
	}
	return out
}

// inputs describes the inputs of a case, a line each.
func inputs(c *fuzz.Case) []string {
	if c == nil {
		return nil
	}
	var out []string
	for i, t := range c.Tensors() {
		name := "x" + strconv.Itoa(i)
		if !t.Diff {
			name += " (fixed)"
		}
		out = append(out, name+"  "+spell(t, 8))
	}
	return out
}

// spell writes a tensor: its type, its shape and its first numbers.
func spell(t *fuzz.Tensor, most int) string {
	shape := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = strconv.Itoa(d)
	}
	text := string(t.DType) + "[" + strings.Join(shape, ",") + "] "
	x := t.Floats()
	for i, v := range x {
		if i == most {
			return text + "..."
		}
		text += " " + strconv.FormatFloat(v, 'g', 6, 64)
	}
	return text
}

func numbers(x []fuzz.Float, most int) string {
	var out []string
	for i, v := range x {
		if i == most {
			out = append(out, "...")
			break
		}
		out = append(out, number(v))
	}
	return strings.Join(out, " ")
}
