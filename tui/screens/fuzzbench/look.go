package fuzzbench

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/fuzz"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// drawLook draws one case in full: the inputs and what came of them, the Jacobians,
// the error map and the slopes.
func (s *Screen) drawLook(w, h int) []string {
	l := s.camp.look
	if l == nil {
		return ui.Block(runview.Lines(w, "The case is evaluated ..."), w, h)
	}
	m := matricesOf(&l.Evidence)
	if w < 100 || h < 18 {
		lines := append(s.lookLines(l, w), m.table(s.c, w)...)
		if room := h - len(lines); room >= 6 {
			lines = append(lines, slopes(s.c, l.Profile, w, room)...)
		}
		return runview.Window(s.c, lines, &s.scroll, w, h)
	}
	area := ui.Area{Areas: []ui.Area{
		{ID: "inputs", Min: 6, Ideal: len(s.lookLines(l, w)) + 2, Priority: 9},
		{ID: "modes", Min: 5, Ideal: min(m.rows, 6) + 5, Priority: 8},
		{Across: true, Min: 8, Ideal: 14, Weight: 1, Priority: 7, Areas: []ui.Area{
			{ID: "error", Min: 30, Ideal: 44, Priority: 5}, {ID: "slopes", Min: 40, Ideal: 70, Weight: 1, Priority: 6},
		}},
	}}
	placed := s.c.Place("fuzz.look", w, h, area)
	out := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := s.c.Inner(q.W, q.H)
		p := ui.Pane{Rect: q.Rect, Focused: q.ID == "inputs"}
		switch q.ID {
		case "inputs":
			p.Title, p.Body = "case of "+ui.Plain(l.Case.API), runview.Window(s.c, s.lookLines(l, iw), &s.scroll, iw, ih)
		case "modes":
			p.Title, p.Body = "Jacobian by mode, outputs down, inputs across", m.table(s.c, iw)
		case "error":
			p.Title, p.Body = "error, a step a decade", m.heat(s.c, iw, ih)
		case "slopes":
			p.Title, p.Body = s.profileTitle(l.Profile), slopes(s.c, l.Profile, iw, ih)
		}
		out[i] = p
	}
	return ui.Frame(s.c, w, h, out)
}

func (s *Screen) profileTitle(p *fuzz.ProfileDoc) string {
	if p == nil {
		return "no profile: the function has no point of its own here"
	}
	text := "output " + strconv.Itoa(p.Row) + " along input " + strconv.Itoa(p.Col) + "  slopes: "
	return text + "reverse " + slope(p.Reverse) + "  forward " + slope(p.Forward) + "  numeric " + slope(p.Numeric)
}

// slope writes the slope of a mode, "-" where the mode has none.
func slope(x fuzz.Float) string {
	if math.IsNaN(float64(x)) {
		return "-"
	}
	return number(x)
}

func (s *Screen) lookLines(l *fuzz.LookDoc, w int) []string {
	t := s.c.Theme
	var out []string
	verdict := string(l.Verdict)
	role := "ok"
	if l.Verdict == fuzz.Candidate || l.Verdict == fuzz.Bug {
		verdict, role = strings.Join(strings.Fields(verdict+" "+l.Category+" "+l.Pattern), " ")+"  wrong: "+string(l.Wrong), "error"
	}
	out = append(out, t.Paint(role, runview.Lines(w, verdict)[0]))
	for i, line := range inputs(l.Case) {
		mark := "  "
		if i == s.input {
			mark = "> "
		}
		out = append(out, ui.Cut(" "+mark+line, w))
	}
	if len(l.Evidence.Direct) > 0 {
		out = append(out, ui.Cut("   value  "+numbers(l.Evidence.Direct, 10), w))
	}
	if l.Text != "" {
		for _, line := range runview.Lines(w, runview.OneLine(l.Text)) {
			out = append(out, t.Paint("warn", line))
		}
	}
	text := " " + runview.Plural(l.Checks, "check") + "  rel err " + number(l.Evidence.RelErr) + "  e edits the input, i the next one"
	if s.from != "" {
		text += ", backspace goes back"
	}
	return append(out, t.Paint("muted", ui.Cut(text, w)))
}

// look asks for the case under the cursor, or an edited one, to be run: by the warm
// worker of the look that is shown, else by a new one.
func (s *Screen) look(c *fuzz.Case) (ui.Intent, tea.Cmd) {
	data, err := json.Marshal(c)
	if err != nil {
		return ui.Notify{Level: run.Err, Text: "the case cannot be written", Err: err}, nil
	}
	given := map[string]any{"case": string(data)}
	if m := s.camp.min; m != nil {
		given["target"] = m.Target
	}
	asked := runview.Given(s.camp.run)
	for _, name := range []string{"target", "python"} {
		if v, ok := asked[name]; ok {
			given[name] = v
		}
	}
	start := ui.StartRun{Kind: KindCase, Given: given}
	if s.camp.look == nil {
		return start, nil
	}
	return ui.RequestRun{ID: s.camp.run.ID, Do: "look", Args: map[string]any{"case": c}, Fallback: start}, nil
}

// edit asks for another text of the input that is chosen, and runs the case with it.
func (s *Screen) edit() (ui.Intent, tea.Cmd) {
	c := s.camp.look.Case.Clone()
	t := c.Tensors()[s.input]
	s.field = runview.NewField("TYPE[SHAPE] VALUES", spell(t, t.Reals()), func(text string) (ui.Intent, tea.Cmd) {
		if err := parse(text, t); err != nil {
			return ui.Notify{Level: run.Warn, Text: err.Error()}, nil
		}
		return s.look(c)
	})
	return nil, nil
}

// parse reads what spell writes into a tensor. One value fills the whole shape.
func parse(text string, t *fuzz.Tensor) error {
	kind, rest, ok := strings.Cut(strings.TrimSpace(text), "[")
	shape, values, ok2 := strings.Cut(rest, "]")
	if !ok || !ok2 {
		return fmt.Errorf("an input is written TYPE[SHAPE] VALUES, such as f64[2,3] 1 2 3 4 5 6")
	}
	d := fuzz.DType(strings.TrimSpace(kind))
	if !d.Differentiable() {
		return fmt.Errorf("type %q: expected f64, f32, f16, bf16, c128 or c64", string(d))
	}
	n := 1
	dims := []int{}
	for _, part := range strings.FieldsFunc(shape, func(r rune) bool { return r == ',' || r == ' ' }) {
		k, err := strconv.Atoi(part)
		if err != nil || k < 0 || k > mostElements {
			return fmt.Errorf("shape [%s]: expected whole numbers up to %d", shape, mostElements)
		}
		dims = append(dims, k)
		if n *= k; n > mostElements {
			return fmt.Errorf("shape [%s] has more than %d elements", shape, mostElements)
		}
	}
	if d.Complex() {
		n *= 2
	}
	var x []float64
	for word := range strings.FieldsSeq(values) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return fmt.Errorf("value %q is no number", word)
		}
		x = append(x, v)
	}
	switch {
	case len(x) == 1:
		for len(x) < n {
			x = append(x, x[0])
		}
		x = x[:n]
	case len(x) != n:
		return fmt.Errorf("%d values for %d places: give as many, or one for all", len(x), n)
	}
	t.DType, t.Shape = d, dims
	t.SetFloats(x)
	return nil
}

// mostElements bounds an input that is typed.
const mostElements = 4096

// window of a slope chart: the values of the function, and a little more.
func slopeScale(y []float64) plot.Scale {
	lo, hi, ok := plot.Bounds(false, y)
	if !ok {
		return plot.Scale{}
	}
	pad := (hi - lo) / 4
	return plot.Linear(lo-pad, hi+pad)
}
