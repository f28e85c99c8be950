package kvbench

import (
	"slices"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/ui"
)

// actions of a blend. Moving means the cell in most panes, the mode in the bars,
// and the lines of a longer text.
func (p *blendPage) actions() []ui.Action {
	s, l := p.s, &p.s.look
	stored := func() (bool, string) { return len(p.run.Modes) > 0, "no mode is stored yet" }
	list := []ui.Action{
		s.act("kv.up", "up a layer", "move", 0, func() { p.vertical(-1) }, "k", "up"),
		s.act("kv.down", "down a layer", "move", 0, func() { p.vertical(1) }, "j", "down"),
		s.act("kv.left", "left", "move", 0, func() { p.horizontal(-1) }, "h", "left"),
		s.act("kv.right", "right", "move", 0, func() { p.horizontal(1) }, "l", "right"),
		s.act("kv.token-left", "one token left", "move", 0, func() { p.step(-1) }, "H"),
		s.act("kv.token-right", "one token right", "move", 0, func() { p.step(1) }, "L"),
		s.act("kv.first-layer", "first layer", "move", 0, func() { p.vertical(-1 << 20) }, "g"),
		s.act("kv.last-layer", "last layer", "move", 0, func() { p.vertical(1 << 20) }, "G"),
		s.act("kv.first-token", "first token", "move", 0, func() { l.Token = 0 }, "home"),
		s.act("kv.last-token", "last token", "move", 0, func() { l.Token = max(p.run.Context()-1, 0) }, "end"),
		s.act("kv.next-pane", "pane", "view", 1, func() { p.focusNext(1) }, "tab"),
		s.act("kv.previous-pane", "previous pane", "view", 0, func() { p.focusNext(-1) }, "shift+tab"),
		s.act("kv.zoom-pane", "pane to the whole body", "view", 0, func() { p.zoomed = !p.zoomed }, "z"),

		ui.When(s.act("kv.map.lock", "picked only", "map", 5, p.lock, "s"), func() (bool, string) {
			return p.locked || len(p.picked()) > 0, p.mode + " picked no token"
		}),

		ui.When(s.act("kv.mode.next", "mode", "mode", 4, func() { p.nextMode(1) }, "m"), stored),
		ui.When(s.act("kv.mode.previous", "previous mode", "mode", 0, func() { p.nextMode(-1) }, "M"), stored),

		ui.When(s.act("kv.select.toggle", "pick", "selection", 6, func() { p.edit.toggle(l.Token) }, "space"), p.editable),
		ui.When(s.act("kv.select.undo", "undo the last pick", "selection", 0, p.undo, "u"), p.edited),
		ui.When(s.wish("kv.select.run", "run the selection", "selection", p.runHint(), p.rerun, "x", "enter"), p.edited),

		ui.When(s.act("kv.compare.modes", "compare", "compare", 7, func() { p.compare() }, "c"), func() (bool, string) {
			return len(p.run.Modes) > 1, "one mode alone has nothing to compare with"
		}),
		ui.When(s.wish("kv.compare.parent", "compare with the parent run", "compare", 0, func() ui.Intent {
			return ui.CompareRuns{IDs: []run.ID{p.run.Run.Parent, p.run.Run.ID}, OnBench: true}
		}, "C"), func() (bool, string) { return p.run.Run.Parent != "", "the run has no parent" }),
	}
	return append(list, s.lookActions(p.run.Context)...)
}

// runHint shows the key that runs a selection only while there is one.
func (p *blendPage) runHint() int {
	if p.edit.len() > 0 {
		return 1
	}
	return 0
}

// vertical moves the layer; in the bars and tables of modes it moves the mode, in
// longer texts it scrolls.
func (p *blendPage) vertical(by int) {
	switch p.s.look.Pane {
	case paneTTFT:
		p.moveMode(by)
	case paneText, paneSegments:
		p.scroll[p.s.look.Pane] = max(p.scroll[p.s.look.Pane]+by, 0)
	default:
		p.s.look.Layer += by
		p.clamp()
	}
}

// horizontal moves the token: to the next picked one where the cursor is locked,
// else to the next column of the map, onto its largest value.
func (p *blendPage) horizontal(by int) {
	l := &p.s.look
	if l.Pane == paneChart || l.Pane == panePipeline {
		l.Layer += by // their columns and rows are layers
		p.clamp()
		return
	}
	if p.locked {
		l.Token = nextPicked(p.picked(), l.Token, by)
		return
	}
	m, _, ok := p.matrix()
	if !ok {
		p.step(by)
		return
	}
	l.Token = p.view.move(m, l.Layer, l.Token, by, l.Agg)
}

// step moves by single tokens.
func (p *blendPage) step(by int) {
	p.s.look.Token += by
	p.clamp()
}

// nextPicked returns the picked token before or behind a token, the token itself
// where there is none.
func nextPicked(picked []int, token, by int) int {
	at, found := slices.BinarySearch(picked, token)
	switch {
	case by < 0:
		at--
	case found:
		at++
	}
	if at < 0 || at >= len(picked) {
		return token
	}
	return picked[at]
}

func (p *blendPage) lock() {
	p.locked = !p.locked
	picked := p.picked()
	if !p.locked || len(picked) == 0 {
		return
	}
	// The cursor goes to the nearest picked token, so that lock and cursor agree at once.
	l := &p.s.look
	best := picked[0]
	for _, t := range picked {
		if max(t-l.Token, l.Token-t) < max(best-l.Token, l.Token-best) {
			best = t
		}
	}
	l.Token = best
}

// nextMode shows the next mode, going round.
func (p *blendPage) nextMode(by int) {
	n := len(p.run.Modes)
	at := slices.IndexFunc(p.run.Modes, func(m kv.ModeDoc) bool { return m.Key == p.mode })
	p.showMode((at + by + n) % n)
}

// moveMode shows another mode, stopping at the ends.
func (p *blendPage) moveMode(by int) {
	if n := len(p.run.Modes); n > 0 {
		at := slices.IndexFunc(p.run.Modes, func(m kv.ModeDoc) bool { return m.Key == p.mode })
		p.showMode(min(max(at+by, 0), n-1))
	}
}

// showMode puts a mode on screen. Edits belong to the selection of one mode and
// end with it.
func (p *blendPage) showMode(i int) {
	key := p.run.Modes[i].Key
	if key != p.mode {
		p.edit, p.locked = selection{}, false
	}
	p.mode, p.s.look.Mode = key, key
}

func (p *blendPage) editable() (bool, string) {
	switch {
	case p.run.Prompt == nil:
		return false, "the prompt is not stored yet"
	case p.run.Run.State.Live():
		return false, "the run is still going on"
	}
	if _, ok := p.doc(); !ok {
		return false, "no mode is stored yet"
	}
	return true, ""
}

func (p *blendPage) edited() (bool, string) {
	return p.edit.len() > 0, "no token was added or removed: space does"
}

func (p *blendPage) undo() {
	if pos, ok := p.edit.undo(); ok {
		p.s.look.Token = pos
	}
}

// rerunArgs are the arguments of the request kv.rerun.
type rerunArgs struct {
	Mode   string `json:"mode"`
	Picked []int  `json:"picked"`
}

// rerun asks the warm worker for a blend of the edited selection, or starts a run
// of its own where no worker is warm.
func (p *blendPage) rerun() ui.Intent {
	doc, _ := p.doc()
	picked := p.picked()
	params := given(p.run.Run)
	params["modes"] = []string{string(kv.Full), string(kv.Blend)}
	at := make([]int64, len(picked))
	for i, t := range picked {
		at[i] = int64(t)
	}
	params["picked"] = at
	if len(picked) == 0 {
		params["ratio"] = 0.0 // an empty list means that none was given; ratio 0 picks nothing
	}
	p.edit = selection{}
	p.s.look.Mode = string(kv.Blend)
	return ui.RequestRun{ID: p.run.Run.ID, Do: "kv.rerun", Args: rerunArgs{doc.Mode, picked}, Fallback: ui.StartRun{Kind: kindBlend, Given: params}}
}

// compare opens the comparison of the mode on screen with another one.
func (p *blendPage) compare() {
	p.s.page = newComparePage(p.s, p)
	p.s.page.changed()
}

// move returns the token that a step by one column leads to: that with the
// largest value in the layer where the map shows maxima, else the first.
func (w window) move(m plot.Matrix, layer, token, by int, a plot.Agg) int {
	cuts := w.cuts()
	c := plot.Find(cuts, token)
	if c < 0 || c+by < 0 || c+by >= len(cuts)-1 {
		return min(max(token+by, 0), m.Cols-1) // at an edge the next token brings the window along
	}
	lo, hi := cuts[c+by], cuts[c+by+1]
	if a != plot.Max || layer >= m.Rows {
		return lo
	}
	best := lo
	for t := lo; t < hi; t++ {
		if m.At(layer, t) > m.At(layer, best) {
			best = t
		}
	}
	return best
}
