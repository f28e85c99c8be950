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

// The panes of a blend, in the order of the tab key.
const (
	paneMap      = "map"
	paneLayers   = "layers"
	paneChart    = "chart"
	paneTTFT     = "ttft"
	paneText     = "text"
	panePipeline = "pipeline"
	paneSegments = "segments"
	paneCell     = "cell"
)

func blendPanes() []string {
	return []string{paneMap, paneLayers, paneChart, paneTTFT, paneText, panePipeline, paneSegments, paneCell}
}

// blendPage shows one prompt under several modes. The cursor, a layer and a
// context token, is shared by all panes.
type blendPage struct {
	s   *Screen
	run *kvdata.Run

	mode   string // key of the mode on screen, "" while there is none
	edit   selection
	locked bool // the cursor moves over picked tokens alone
	zoomed bool // the focused pane fills the body
	scroll map[string]int
	view   window // tokens in the map, as drawn last
	table  *ui.Table

	scales map[scaleKey]plot.Steps // dropped when rows come
	params []string                // of the run, as lines
}

type scaleKey struct {
	measure  kvdata.Measure
	relative bool
	steps    plot.StepKind
}

func newBlendPage(s *Screen) *blendPage {
	p := &blendPage{s: s, run: s.runs[0], scroll: map[string]int{}, table: ui.NewTable(layerColumns())}
	if !slices.Contains(blendPanes(), s.look.Pane) {
		s.look.Pane = paneMap
	}
	return p
}

func (p *blendPage) handles(kind string) bool { return kind == kindBlend }

// changed takes notice of new rows: the mode looked at last is shown as soon as
// it is there, until then the one that says most.
func (p *blendPage) changed() {
	p.scales = map[scaleKey]plot.Steps{}
	p.params = p.parameters()
	if m, ok := p.run.Mode(p.mode); !ok || m.Mode != p.s.look.Mode && m.Key != p.s.look.Mode {
		p.mode = favourite(p.run.Modes, p.s.look.Mode)
	}
	p.settle()
	p.clamp()
}

// settle puts the cursor on the largest value of the map, as long as the person
// has not moved it.
func (p *blendPage) settle() {
	m, _, ok := p.matrix()
	if !ok || p.s.look.Moved {
		return
	}
	best := 0
	for i, v := range m.Values {
		if v > m.Values[best] {
			best = i
		}
	}
	p.s.look.Layer, p.s.look.Token = best/m.Cols, best%m.Cols
}

// favourite returns the key of the mode to show: the wanted one, else blend, else
// the one that deviates most by the order of tables.
func favourite(modes []kv.ModeDoc, wanted string) string {
	for _, w := range []string{wanted, string(kv.Blend), string(kv.Reuse)} {
		for _, m := range modes {
			if m.Key == w {
				return m.Key
			}
		}
		for _, m := range modes {
			if m.Mode == w {
				return m.Key
			}
		}
	}
	if len(modes) == 0 {
		return ""
	}
	return modes[len(modes)-1].Key
}

func (p *blendPage) clamp() {
	l := &p.s.look
	if n := p.run.Context(); n > 0 {
		l.Token = min(max(l.Token, 0), n-1)
	}
	if n := p.run.Layers(); n > 0 {
		l.Layer = min(max(l.Layer, 0), n-1)
	}
}

// doc returns the result of the mode on screen.
func (p *blendPage) doc() (kv.ModeDoc, bool) { return p.run.Mode(p.mode) }

// matrix returns the values of the map; where the norms for relative values are
// not stored yet it falls back to absolute ones.
func (p *blendPage) matrix() (m plot.Matrix, relative, ok bool) {
	l := p.s.look
	relative = !l.Absolute && l.Measure.Relatable()
	if m, ok = p.run.Matrix(p.mode, l.Measure, relative); ok || !relative {
		return m, relative, ok
	}
	m, ok = p.run.Matrix(p.mode, l.Measure, false)
	return m, false, ok
}

// steps returns the scale of the map: one for all modes of the run, so that
// their maps can be compared.
func (p *blendPage) steps(relative bool) plot.Steps {
	l := p.s.look
	key := scaleKey{l.Measure, relative, l.Steps}
	s, ok := p.scales[key]
	if !ok {
		s = plot.NewSteps(l.Steps, p.run.All(l.Measure, relative)...)
		p.scales[key] = s
	}
	return s
}

// picked returns the selection on screen: that of the mode with the edits applied.
func (p *blendPage) picked() []int {
	m, _ := p.doc()
	return p.edit.apply(m.Picked)
}

func (p *blendPage) contextLine() string {
	var b strings.Builder
	if m := p.run.Model; m != nil {
		b.WriteString(m.Name + "  ")
	}
	doc, ok := p.doc()
	if ok && doc.Variant != "" {
		b.WriteString(doc.Variant + "  ")
	}
	tail := ""
	if pr := p.run.Prompt; pr != nil {
		tail = "  " + strconv.Itoa(len(pr.Segments)) + " segments " + count(pr.Tokens) + " tok"
	}
	if n := p.edit.len(); n > 0 {
		tail += "  " + strconv.Itoa(n) + " edits"
	} else if p.s.c.Width >= 100 {
		tail += "  vs full recompute"
	}
	if ok && p.s.c.Width >= 120 && kv.Mode(doc.Mode).Selects() {
		how := scheme(doc.Mode, doc.Ratio, doc.Rule)
		if doc.Mode == string(kv.Blend) && doc.Rule == "" {
			how = count(len(doc.Picked)) + " picked by hand"
		}
		tail = "  " + how + " mask " + doc.Mask + tail
	}
	room := max(p.s.c.Width, 40) - b.Len() - len(tail) - 4
	b.WriteString(p.tabs(room))
	b.WriteString(tail)
	return b.String()
}

// tabs lists the stored modes, the one on screen in brackets, as many around it
// as have room.
func (p *blendPage) tabs(room int) string {
	at := -1
	names := make([]string, len(p.run.Modes))
	for i, m := range p.run.Modes {
		names[i] = m.Key
		if m.Key == p.mode {
			at = i
			names[i] = "[" + m.Key + "]"
		}
	}
	if at < 0 {
		return "no mode yet"
	}
	lo, hi := at, at+1
	used := len(names[at])
	for {
		switch {
		case hi < len(names) && used+1+len(names[hi]) <= room:
			used += 1 + len(names[hi])
			hi++
			if lo > 0 && used+1+len(names[lo-1]) <= room {
				lo--
				used += 1 + len(names[lo])
			}
			continue
		case lo > 0 && used+1+len(names[lo-1]) <= room:
			lo--
			used += 1 + len(names[lo])
			continue
		}
		break
	}
	text := strings.Join(names[lo:hi], " ")
	if lo > 0 {
		text = "<" + text
	}
	if hi < len(names) {
		text += ">"
	}
	return text
}

func (p *blendPage) help() string {
	switch p.s.look.Pane {
	case paneLayers:
		return "One row a layer: |S| rows computed there, their share of the context, mean and 95 % quantile of the tokens' deviation (absolute), the deviation of the question's attention over the context, and the measured times."
	case paneChart:
		return "Mean and 95 % quantile over the context tokens of what the map shows, layer by layer; the cross-hair is the layer of the cursor."
	case paneTTFT:
		return "Time to the first token of every mode, its gain over full prefill, and KL divergence of the next token from full prefill in nats; below, the phases of the mode on screen, which add up to its time."
	case paneText:
		return "The greedy answer of every mode; from the first letter that differs from full prefill it is underlined or coloured behind a |. Below, the five most likely next tokens of the mode on screen."
	case panePipeline:
		return "When each layer's cache would be loaded (l) and its rows computed (c) if loading ran one layer ahead, from the times measured one after the other."
	case paneSegments:
		return "The parts of the prompt with the positions of their tokens, where each chunk's cache came from, the model, and the parameters of the run."
	}
	return "Rows are layers, columns are ranges of context tokens, each cell the largest (A: mean, p95) " + p.s.look.word() + " of its tokens against full prefill. Blank is exactly 0. The marks below are the picked tokens: ^ picked, + added, x removed by hand."
}

func (p *blendPage) paneIDs() []string { return blendPanes() }

func (p *blendPage) focusPane(id string) { p.s.look.Pane = id }

func (p *blendPage) clickRow(pane string, line int) bool {
	i, ok := p.table.RowAt(line)
	if pane != paneLayers || !ok {
		return false
	}
	p.s.look.Layer = i
	return false // nothing opens
}

func (p *blendPage) focused() string { return p.s.look.Pane }

func (p *blendPage) announce() string {
	return p.title(p.s.look.Pane) + ": " + strings.ReplaceAll(strings.TrimSpace(p.cellLine(1<<10)), "  ", ", ")
}

func (p *blendPage) focusNext(by int) {
	panes := blendPanes()
	at := slices.Index(panes, p.s.look.Pane)
	p.s.look.Pane = panes[(at+by+len(panes))%len(panes)]
	p.s.dirty = true
}

var _ page = (*blendPage)(nil)
