package kvbench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/kv/kvscene"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// sweepPage shows many prompts under every scheme: divergence and time against
// the ratio as lines, and the cells behind them. Several sweeps that are compared
// share the charts.
type sweepPage struct {
	s     *Screen
	focus string // a pane
	order sweepOrder
	table *ui.Table
	list  []sweepCell // as sorted
	means []schemeMean
}

type sweepCell struct {
	kv.CellDoc
	run int
}

// sweepOrder says how the cells are sorted.
type sweepOrder uint8

const (
	byPrompt sweepOrder = iota
	byKL
	byTTFT
	sweepOrders
)

func (o sweepOrder) String() string { return [...]string{"prompt", "KL", "TTFT"}[o] }

// schemeMean is a scheme of a run over its prompts so far.
type schemeMean struct {
	kvscene.Mean
	run int
}

var _ page = (*sweepPage)(nil)

func newSweepPage(s *Screen) *sweepPage {
	columns := []ui.Column{
		ui.NumberColumn("prompt", 6, 9), ui.TextColumn("mode", 8, 10, 1, 9), ui.NumberColumn("ratio", 5, 8), ui.TextColumn("rule", 4, 4, 0, 7),
		ui.NumberColumn("KL", 8, 9), ui.TextColumn("top 1", 5, 5, 0, 6), ui.NumberColumn("TTFT ms", 8, 5), ui.NumberColumn("dV rms", 7, 4),
	}
	if len(s.runs) > 1 {
		columns = append(columns, ui.TextColumn("run", 8, 8, 0, 3))
	}
	return &sweepPage{s: s, focus: sweepCells, table: ui.NewTable(columns)}
}

// The panes of a sweep, in the order of the tab key.
const (
	sweepCells = "cells"
	sweepKL    = "kl"
	sweepTTFT  = "ttft"
	sweepMeans = "means"
)

func sweepPanes() []string { return []string{sweepCells, sweepKL, sweepTTFT, sweepMeans} }

func (p *sweepPage) paneIDs() []string { return sweepPanes() }

func (p *sweepPage) clickRow(pane string, line int) bool {
	return pane == sweepCells && selectRow(p.table, line)
}

func (p *sweepPage) focused() string { return p.focus }

func (p *sweepPage) announce() string { return p.table.Sentence() }

func (p *sweepPage) focusPane(id string) { p.focus = id }

func (p *sweepPage) handles(kind string) bool { return kind == kindSweep }

func (p *sweepPage) changed() {
	p.list = p.list[:0]
	for i, r := range p.s.runs {
		for _, c := range r.Cells {
			p.list = append(p.list, sweepCell{c, i})
		}
	}
	p.means = means(p.s.runs)
	p.sort()
}

// sort orders the cells; the order they come in, by prompt and scheme, decides
// between equals.
func (p *sweepPage) sort() {
	slices.SortStableFunc(p.list, func(a, b sweepCell) int {
		switch p.order {
		case byKL:
			return cmp.Compare(b.KL, a.KL)
		case byTTFT:
			return cmp.Compare(b.TTFTMs, a.TTFTMs)
		default:
			return cmp.Or(cmp.Compare(a.Prompt, b.Prompt), cmp.Compare(a.run, b.run))
		}
	})
	p.table.Sorted(ui.List{Count: len(p.list), Name: func(i int) string {
		c := p.list[i]
		return fmt.Sprint(c.run, c.Prompt, c.Mode, c.Ratio, c.Rule)
	}, Draw: p.cells})
}

func (p *sweepPage) cells(i int) []ui.Cell {
	c := p.list[i]
	top, role := "yes", ""
	if !c.Top1 {
		top, role = "no", "changed"
	}
	ratio := ""
	if kv.Mode(c.Mode).Selects() {
		ratio = ratio3(c.Ratio)
	}
	return []ui.Cell{
		{Text: strconv.Itoa(c.Prompt)},
		{Text: c.Mode},
		{Text: ratio},
		{Text: c.Rule},
		{Text: plot.Number(c.KL)},
		{Text: top, Role: role},
		{Text: ms(c.TTFTMs)},
		{Text: plot.Number(c.DVRMS)},
		{Text: short(p.s.runs[c.run].Run.ID)},
	}
}

// means sums the cells up by run and scheme.
func means(runs []*kvdata.Run) []schemeMean {
	var out []schemeMean
	for i, r := range runs {
		for _, m := range kvscene.Plain(r.Cells) {
			out = append(out, schemeMean{m, i})
		}
	}
	return out
}

// series returns the lines of a chart of each run; the run's letter stands before
// their names where there are several.
func (p *sweepPage) series(chart func([]kvscene.Mean) plot.LineChart) []ui.Series {
	byRun := make([][]kvscene.Mean, len(p.s.runs))
	for _, m := range p.means {
		byRun[m.run] = append(byRun[m.run], m.Mean)
	}
	var out []ui.Series
	for i, list := range byRun {
		for _, l := range chart(list).Lines {
			name := l.Name
			if len(p.s.runs) > 1 {
				name = string(rune('A'+i)) + " " + name
			}
			out = append(out, ui.Series{Name: name, X: l.X, Y: l.Y})
		}
	}
	return out
}

func (p *sweepPage) contextLine() string {
	text := "sweep"
	if m := p.s.runs[0].Model; m != nil {
		text = m.Name + "  sweep"
	}
	prompts := map[int]bool{}
	for _, c := range p.list {
		prompts[c.Prompt] = true
	}
	text += "  " + count(len(prompts)) + " prompts, " + count(len(p.list)) + " cells"
	if r := p.s.runs[0].Run; r.State.Live() && r.Total > 0 {
		text += " of " + count(r.Total)
	}
	text += "  sort " + p.order.String()
	for i, r := range p.s.runs {
		if len(p.s.runs) > 1 {
			text += "  " + string(rune('A'+i)) + " " + short(r.Run.ID)
		}
	}
	return text
}

func (p *sweepPage) help() string {
	return "Divergence of the next token from full prefill (KL, nats, logarithmic) and time to the first token against the share of context tokens that is recomputed, means over the prompts so far; below, every prompt under every scheme. Enter opens the blend of a prompt. On a chart h and l move the cross-hair of both, + and - zoom, x and y turn an axis to logarithms, s smooths, i pins a readout, space hides a series that J and K choose."
}

func (p *sweepPage) draw(w, h int) []string {
	c := p.s.c
	if len(p.list) == 0 {
		return []string{" no cell yet: each appears here as soon as it is measured"}
	}
	if w < 60 || h < 12 {
		p.table.SetSize(w, h)
		return p.table.View(c, true)
	}
	placed := c.Place("kv", w, h, p.tree(h))
	panes := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := c.Inner(q.W, q.H)
		panes[i] = ui.Pane{Rect: q.Rect, Focused: q.ID == p.focus}
		panes[i].Title, panes[i].Body = p.pane(q.ID, max(iw, 1), max(ih, 1))
	}
	return p.s.framed(w, h, placed, panes)
}

// tree is the layout: without frames one pane above the cells, the focused one
// or the first, else all of them.
func (p *sweepPage) tree(h int) ui.Area {
	if !p.s.c.Framed() {
		above := p.focus
		if above == sweepCells {
			above = sweepKL
		}
		return ui.Area{Areas: []ui.Area{{ID: above, Min: 8, Ideal: h * 3 / 5, Weight: 1, Priority: 8}, {ID: sweepCells, Min: 4, Ideal: 10, Weight: 1, Priority: 9}}}
	}
	charts := ui.Area{Across: true, Min: 8, Ideal: h / 2, Weight: 1, Priority: 8, Areas: []ui.Area{
		{ID: sweepKL, Min: 40, Weight: 1, Priority: 5}, {ID: sweepTTFT, Min: 40, Weight: 1, Priority: 4},
	}}
	lists := ui.Area{Across: true, Min: 5, Ideal: 10, Weight: 1, Priority: 9, Areas: []ui.Area{
		{ID: sweepCells, Min: 58, Ideal: 74, Weight: 1, Priority: 9}, {ID: sweepMeans, Min: 44, Ideal: 60, Priority: 3},
	}}
	return ui.Area{Areas: []ui.Area{charts, lists}}
}

func (p *sweepPage) pane(id string, w, h int) (title string, body []string) {
	ch := ui.Chart{XName: "ratio", Cross: math.NaN()}
	switch id {
	case sweepKL:
		ch.LogY = true
		ch.Series = p.series(kvscene.SweepKL)
		return "mean KL from full prefill, nats", p.s.chart(ch, id, w, h)
	case sweepTTFT:
		ch.Series = p.series(kvscene.SweepTTFT)
		return "mean time to first token, ms", p.s.chart(ch, id, w, h)
	case sweepMeans:
		return "means", p.drawMeans(w, h)
	}
	p.table.SetSize(w, h)
	return "cells", p.table.View(p.s.c, p.focus == sweepCells)
}

func (p *sweepPage) drawMeans(w, h int) []string {
	t := ui.NewTable([]ui.Column{ui.TextColumn("scheme", 14, 18, 1, 9), ui.NumberColumn("n", 4, 5), ui.NumberColumn("KL", 8, 9), ui.NumberColumn("top 1", 6, 6), ui.NumberColumn("TTFT ms", 8, 7)})
	t.SetSize(w, h)
	t.SetRows(ui.List{Count: len(p.means), Draw: func(i int) []ui.Cell {
		m := p.means[i]
		name := scheme(m.Mode, m.Ratio, m.Rule)
		if len(p.s.runs) > 1 {
			name = string(rune('A'+m.run)) + " " + name
		}
		return []ui.Cell{{Text: name}, {Text: count(m.N)}, {Text: plot.Number(m.KL)}, {Text: ratio3(m.Top1)}, {Text: ms(m.TTFTMs)}}
	}})
	if _, i, ok := p.table.Cursor(); ok {
		c := p.list[i]
		t.Select(strconv.Itoa(slices.IndexFunc(p.means, func(m schemeMean) bool {
			return m.run == c.run && m.Mode == c.Mode && m.Ratio == c.Ratio && m.Rule == c.Rule
		})))
	}
	return t.View(p.s.c, false)
}

func (p *sweepPage) actions() []ui.Action {
	list := tableActions(p.s, p.table)
	focus := func(by int) func() {
		return func() {
			all := sweepPanes()
			p.focus = all[(slices.Index(all, p.focus)+by+len(all))%len(all)]
		}
	}
	return append(list,
		p.s.act("kv.next-pane", "pane", "view", 3, focus(1), "tab"),
		p.s.act("kv.previous-pane", "previous pane", "view", 0, focus(-1), "shift+tab"),
		p.s.act("kv.sweep.sort", "sort", "view", 2, func() { p.order = (p.order + 1) % sweepOrders; p.sort() }, "o"),
		ui.When(ui.Action{ID: "kv.sweep.open", Title: "open as a blend", Keys: []string{"enter"}, Scope: "kv", Group: "run", Hint: 1, Do: func() (ui.Intent, tea.Cmd) {
			return p.open(), nil
		}}, func() (bool, string) { return len(p.list) > 0, "no cell yet" }),
	)
}

// open blends the prompt of the row under the cursor. The prompt is generated
// again, as the sweep did: archives follow from seed and number alone.
func (p *sweepPage) open() ui.Intent {
	_, i, ok := p.table.Cursor()
	if !ok {
		return nil
	}
	c := p.list[i]
	from := given(p.s.runs[c.run].Run)
	into := carry(from, "model", "seed", "mask", "filter", "variant",
		"chunk_bos", "chunk_prefix", "separator", "device", "threads")
	into["modes"] = blendModes(c.Mode)
	if kv.Mode(c.Mode).Selects() {
		into["ratio"] = c.Ratio
	}
	if c.Rule != "" {
		into["rule"] = c.Rule
	}
	tokens, people, seed := whole(from["tokens"]), whole(from["people"]), whole(from["seed"])
	if tokens > 0 {
		// Joined archives need the tokenizer. The same archive follows from a seed of
		// its own; its question is the most telling one, not the sweep's.
		into["demo"], into["tokens"], into["seed"] = true, tokens, seed+int64(c.Prompt)*joinedSeedStep
		return ui.OpenForm{Kind: kindBlend, Given: into}
	}
	list, err := archive.Generate(uint64(seed), int(people), c.Prompt+1)
	if err != nil || len(list) <= c.Prompt || len(list[c.Prompt].Questions) == 0 {
		return ui.Notify{Level: run.Warn, Text: "the prompt of this row cannot be generated again", Err: err}
	}
	a := list[c.Prompt]
	into["prompt_json"] = promptOf(a.Notes, archive.Ask(a.Questions[c.Prompt%len(a.Questions)]))
	return ui.OpenForm{Kind: kindBlend, Given: into}
}

// joinedSeedStep is the distance of the seeds of joined archives in a sweep.
const joinedSeedStep = 1_000_003

// blendModes lists the modes of a blend that shows one mode beside its ends.
func blendModes(mode string) []string {
	out := []string{string(kv.Full), string(kv.Reuse)}
	for _, m := range []string{string(kv.Blend), mode} {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// promptOf is a prompt file of notes, each a chunk, and a question.
func promptOf(notes []string, question string) string {
	p := kv.Prompt{Question: kv.TextPart(question)}
	for _, n := range notes {
		p.Chunks = append(p.Chunks, kv.TextPart(n))
	}
	return p.JSON()
}

// carry copies the named parameters that are there.
func carry(from map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, n := range names {
		if v, ok := from[n]; ok {
			out[n] = v
		}
	}
	return out
}

// whole reads a whole number out of decoded parameters; 0 where there is none.
func whole(v any) int64 {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
