package kvbench

import (
	"slices"
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// The panes of a comparison, in the order of the tab key.
const (
	compareA = iota
	compareB
	compareDifference
	compareFigures
	comparePanes
)

// side is one of the two results that are compared.
type side struct {
	run  *kvdata.Run
	mode string
	view window
}

func (d side) doc() (kv.ModeDoc, bool) { return d.run.Mode(d.mode) }

// comparePage shows two results as two maps and their difference, B - A: two
// modes of a run, or modes of several runs.
type comparePage struct {
	s     *Screen
	back  *blendPage // the page it was opened from; nil where runs are compared
	a, b  side
	focus int
}

var _ page = (*comparePage)(nil)

func newComparePage(s *Screen, from *blendPage) *comparePage {
	p := &comparePage{s: s, back: from, focus: compareDifference}
	p.a.run, p.b.run = s.runs[0], s.runs[len(s.runs)-1]
	if len(s.runs) > 1 {
		p.b.run = s.runs[1]
	}
	if from != nil {
		p.a.mode = from.mode
		p.b.mode = p.other(from.mode)
	}
	return p
}

// other returns the mode that says most beside one: plain reuse, or a blend.
func (p *comparePage) other(mode string) string {
	for _, w := range []string{string(kv.Reuse), string(kv.Blend)} {
		for _, m := range p.b.run.Modes {
			if m.Mode == w && m.Key != mode {
				return m.Key
			}
		}
	}
	for _, m := range p.b.run.Modes {
		if m.Key != mode {
			return m.Key
		}
	}
	return mode
}

func (p *comparePage) handles(kind string) bool { return kind == kindBlend }

func (p *comparePage) changed() {
	for _, d := range []*side{&p.a, &p.b} {
		if _, ok := d.doc(); !ok {
			d.mode = favourite(d.run.Modes, p.s.look.Mode)
		}
	}
	l := &p.s.look
	if n := p.a.run.Context(); n > 0 {
		l.Token = min(max(l.Token, 0), n-1)
	}
	if n := p.a.run.Layers(); n > 0 {
		l.Layer = min(max(l.Layer, 0), n-1)
	}
	if p.back != nil {
		p.back.changed()
	}
}

// name names a side: its mode, and its run where there are several.
func (p *comparePage) name(d side) string {
	mode := d.mode
	if doc, ok := d.doc(); ok && kv.Mode(doc.Mode).Selects() && !strings.ContainsAny(doc.Key, ".0123456789") {
		mode = scheme(doc.Mode, doc.Ratio, doc.Rule)
	}
	if mode == "" {
		mode = "no mode yet"
	}
	if len(p.s.runs) < 2 {
		return mode
	}
	return mode + " of " + short(d.run.Run.ID)
}

func (p *comparePage) contextLine() string {
	text := "compare  A " + p.name(p.a) + "   B " + p.name(p.b) + "   B - A"
	if n := len(p.s.runs); n > 2 {
		text += "   " + strconv.Itoa(n) + " runs"
	}
	return text
}

func (p *comparePage) help() string {
	return "Two results of the same prompt as maps of " + p.s.look.word() + " under one scale, and their difference B - A around zero: one direction where B deviates more, the other where A does. m and M change the modes of B and A, w swaps them, b takes the next run for B."
}

// samePrompt reports whether both sides are of the same tokens.
func (p *comparePage) samePrompt() bool {
	a, b := p.a.run, p.b.run
	return a == b || a.TokensSHA == b.TokensSHA && a.Context() == b.Context()
}

// matrix returns the map of a side, relative only where both sides can be.
func (p *comparePage) matrices() (a, b plot.Matrix, relative, okA, okB bool) {
	l := p.s.look
	for _, relative = range []bool{!l.Absolute && l.Measure.Relatable(), false} {
		a, okA = p.a.run.Matrix(p.a.mode, l.Measure, relative)
		b, okB = p.b.run.Matrix(p.b.mode, l.Measure, relative)
		if okA && okB || !relative {
			break
		}
	}
	return a, b, relative, okA, okB
}

func (p *comparePage) actions() []ui.Action {
	s, l := p.s, &p.s.look
	move := func(layer, token int) func() {
		return func() {
			l.Layer, l.Token = l.Layer+layer, l.Token+token
			p.changed()
		}
	}
	column := func(by int) func() {
		return func() {
			if a, _, _, ok, _ := p.matrices(); ok {
				l.Token = p.a.view.move(a, l.Layer, l.Token, by, l.Agg)
				return
			}
			move(0, by)()
		}
	}
	list := []ui.Action{
		s.act("kv.up", "up a layer", "move", 0, move(-1, 0), "k", "up"),
		s.act("kv.down", "down a layer", "move", 0, move(1, 0), "j", "down"),
		s.act("kv.left", "left", "move", 0, column(-1), "h", "left"),
		s.act("kv.right", "right", "move", 0, column(1), "l", "right"),
		s.act("kv.token-left", "one token left", "move", 0, move(0, -1), "H"),
		s.act("kv.token-right", "one token right", "move", 0, move(0, 1), "L"),
		s.act("kv.next-pane", "pane", "view", 1, func() { p.focus = (p.focus + 1) % comparePanes }, "tab"),
		s.act("kv.previous-pane", "previous pane", "view", 0, func() { p.focus = (p.focus + comparePanes - 1) % comparePanes }, "shift+tab"),
		s.act("kv.compare.mode-b", "mode of B", "compare", 2, func() { next(&p.b) }, "m"),
		s.act("kv.compare.mode-a", "mode of A", "compare", 3, func() { next(&p.a) }, "M"),
		s.act("kv.compare.swap", "swap A and B", "compare", 4, func() { p.a, p.b = p.b, p.a }, "w"),
		ui.When(s.act("kv.compare.run-b", "next run for B", "compare", 5, p.nextRun, "b"), func() (bool, string) {
			return len(s.runs) > 2, "mark more than two runs to choose among them"
		}),
	}
	if p.back != nil {
		list = append(list, s.act("kv.compare.close", "back to the blend", "compare", 6, func() { s.page = p.back }, "esc", "backspace", "c"))
	}
	return append(list, s.lookActions(p.a.run.Context)...)
}

func next(d *side) {
	if len(d.run.Modes) == 0 {
		return
	}
	at := slices.IndexFunc(d.run.Modes, func(m kv.ModeDoc) bool { return m.Key == d.mode })
	d.mode = d.run.Modes[(at+1)%len(d.run.Modes)].Key
}

// nextRun takes the next of the compared runs for B, passing over A.
func (p *comparePage) nextRun() {
	at := slices.Index(p.s.runs, p.b.run)
	for range p.s.runs {
		at = (at + 1) % len(p.s.runs)
		if p.s.runs[at] != p.a.run {
			break
		}
	}
	p.b = side{run: p.s.runs[at], mode: p.b.mode}
	p.changed()
}
