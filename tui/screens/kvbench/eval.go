package kvbench

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/ui"
)

// evalPage shows how many questions each scheme answers right, and the wrong
// answers. Several evaluations that are compared share the bars.
type evalPage struct {
	s      *Screen
	scheme int  // index into scores; -1 lists the wrong answers of all schemes
	lost   bool // only answers that full prefill gets right: what the scheme lost
	scores []scored
	wrong  []wrongAnswer // those of the chosen scheme
	table  *ui.Table
}

type scored struct {
	kv.ScoreDoc
	run int
}

type wrongAnswer struct {
	kv.WrongDoc
	run int
}

var _ page = (*evalPage)(nil)

func newEvalPage(s *Screen) *evalPage {
	return &evalPage{s: s, scheme: -1, table: ui.NewTable([]ui.Column{
		ui.NumberColumn("archive", 7, 6), ui.TextColumn("scheme", 12, 16, 0, 8), ui.TextColumn("kind", 7, 7, 0, 7), ui.TextColumn("question", 16, 30, 2, 9),
		ui.TextColumn("expected", 8, 14, 1, 9), ui.TextColumn("got", 8, 14, 1, 9), ui.TextColumn("full", 5, 5, 0, 5),
	})}
}

func (p *evalPage) handles(kind string) bool { return kind == kindEval }

func (p *evalPage) changed() {
	p.scores = p.scores[:0]
	for i, r := range p.s.runs {
		for _, s := range r.Scores {
			p.scores = append(p.scores, scored{s, i})
		}
	}
	if p.scheme >= len(p.scores) {
		p.scheme = -1
	}
	p.list()
}

// list collects the wrong answers of the chosen scheme.
func (p *evalPage) list() {
	p.wrong = p.wrong[:0]
	for i, r := range p.s.runs {
		for _, x := range r.Wrong {
			if p.scheme >= 0 && (p.scores[p.scheme].run != i || p.scores[p.scheme].Key != x.Key) {
				continue
			}
			if p.lost && x.FullToo {
				continue
			}
			p.wrong = append(p.wrong, wrongAnswer{x, i})
		}
	}
	p.table.SetRows(ui.List{Count: len(p.wrong), Name: func(i int) string {
		x := p.wrong[i]
		return fmt.Sprint(x.run, " ", x.Archive, x.Question, x.Key)
	}, Draw: func(i int) []ui.Cell {
		x := p.wrong[i]
		full := ui.Cell{Text: "right"}
		if x.FullToo {
			full = ui.Cell{Text: "wrong", Role: "muted"}
		}
		return []ui.Cell{
			{Text: strconv.Itoa(x.Archive)},
			{Text: x.Key},
			{Text: x.Kind},
			{Text: questionOf(x.Question)},
			{Text: answer(x.Answer), Role: "removed"},
			{Text: answer(strings.TrimSpace(x.Got)), Role: "added"},
			full,
		}
	}})
}

// questionOf is a question without the words that frame it in a prompt.
func questionOf(prompt string) string {
	const before, behind = "Question: ", "\nAnswer:"
	q := prompt
	if len(q) > len(before) && q[:len(before)] == before {
		q = q[len(before):]
	}
	if n := len(q) - len(behind); n > 0 && q[n:] == behind {
		q = q[:n]
	}
	return answer(q)
}

// name names a scheme, and its run where several are compared.
func (p *evalPage) name(s scored) string {
	name := scheme(s.Mode, s.Ratio, s.Rule)
	if len(p.s.runs) > 1 {
		name = string(rune('A'+s.run)) + " " + name
	}
	return name
}

func (p *evalPage) contextLine() string {
	r := p.s.runs[0]
	text := "evaluation"
	if r.Model != nil {
		text = r.Model.Name + "  evaluation"
	}
	text += "  " + count(len(r.Archives)) + " archives"
	if r.Run.State.Live() && r.Run.Total > 0 {
		text += " of " + count(r.Run.Total)
	}
	if len(p.scores) > 0 {
		text += ", " + count(p.scores[0].N) + " questions"
	}
	text += "  " + count(len(p.wrong)) + " wrong answers"
	if p.lost {
		text += " that full prefill gets right"
	}
	text += " of "
	if p.scheme < 0 {
		text += "all schemes"
	} else {
		text += p.name(p.scores[p.scheme])
	}
	return text
}

func (p *evalPage) help() string {
	return "Accuracy of every scheme over all questions, exact match, with a 95 % interval by bootstrap over archives; then by kind of question: pronoun, alias and whopro need attention between notes. Below, the wrong answers of the chosen scheme (m): enter opens the blend of one."
}

func (p *evalPage) draw(w, h int) []string {
	c := p.s.c
	if len(p.scores) == 0 {
		return []string{" no archive is answered yet: scores appear here after the first"}
	}
	if w < 60 || h < 12 {
		lines := p.bars(w)
		lines = lines[:min(len(lines), h/2)]
		p.table.SetSize(w, max(h-len(lines), 1))
		return append(lines, p.table.View(c, true)...)
	}
	n := len(p.scores)
	top := ui.Area{Across: true, Min: 5, Ideal: n + 3, Priority: 8, Areas: []ui.Area{
		{ID: "bars", Min: 50, Ideal: 60, Weight: 1, Priority: 9}, {ID: "kinds", Min: 56, Ideal: 76, Priority: 5},
	}}
	areas := []ui.Area{top}
	if w < 110 && h >= 30 {
		areas = append(areas, ui.Area{ID: "kinds", Min: 5, Ideal: n + 3, Priority: 5})
	}
	areas = append(areas, ui.Area{ID: "wrong", Min: 5, Ideal: 10, Weight: 1, Priority: 9})
	placed := c.Place("kv", w, h, ui.Area{Areas: areas})
	panes := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := c.Inner(q.W, q.H)
		panes[i] = ui.Pane{Rect: q.Rect, Focused: q.ID == "wrong"}
		panes[i].Title, panes[i].Body = p.pane(q.ID, max(iw, 1), max(ih, 1))
	}
	return p.s.framed(w, h, placed, panes)
}

func (p *evalPage) pane(id string, w, h int) (title string, body []string) {
	switch id {
	case "bars":
		lines := p.bars(w)
		first := 0
		if len(lines) > h {
			first = min(max(p.scheme-h/2, 0), len(lines)-h)
		}
		return "accuracy, 95 % interval", lines[first:]
	case "kinds":
		return "accuracy by kind of question", p.byKind(w, h)
	}
	title = "wrong answers"
	if p.scheme >= 0 {
		title += " of " + p.name(p.scores[p.scheme])
	}
	if p.lost {
		title += ", right under full prefill"
	}
	p.table.SetSize(w, h)
	return title, p.table.View(p.s.c, true)
}

func (p *evalPage) bars(w int) []string {
	b := ui.Bars{Max: 1, Cursor: p.scheme}
	for _, s := range p.scores {
		words := ratio3(s.Accuracy) + " [" + ratio3(s.AccuracyCI[0]) + " " + ratio3(s.AccuracyCI[1]) + "]"
		if w >= 56 {
			words += " KL " + ui.FitRight(plot.Number(s.KLMean), 5)
		}
		b.Rows = append(b.Rows, ui.Bar{Label: p.name(s), Value: s.Accuracy, Lo: s.AccuracyCI[0], Hi: s.AccuracyCI[1], Text: words})
	}
	return b.Lines(p.s.c, w)
}

// byKind is the matrix of schemes and kinds.
func (p *evalPage) byKind(w, h int) []string {
	var docs []kv.ScoreDoc
	for _, s := range p.scores {
		docs = append(docs, s.ScoreDoc)
	}
	kinds := kvscene.Kinds(docs)
	columns := []ui.Column{ui.TextColumn("scheme", 12, 16, 1, 99)}
	for i, k := range kinds {
		columns = append(columns, ui.NumberColumn(ui.Cut(k, 8), max(min(len(k), 8), 5), 50-i))
	}
	columns = append(columns, ui.NumberColumn("all", 5, 98))
	t := ui.NewTable(columns)
	t.SetSize(w, h)
	t.SetRows(ui.List{Count: len(p.scores), Draw: func(i int) []ui.Cell {
		s := p.scores[i]
		cells := []ui.Cell{{Text: p.name(s)}}
		for _, k := range kinds {
			d, ok := s.ByKind[k]
			if !ok || d.N == 0 {
				cells = append(cells, ui.Cell{Text: "-"})
				continue
			}
			cells = append(cells, ui.Cell{Text: ratio3(d.Accuracy)})
		}
		return append(cells, ui.Cell{Text: ratio3(s.Accuracy)})
	}})
	t.Select(strconv.Itoa(max(p.scheme, 0)))
	return t.View(p.s.c, false)
}

// paneIDs is empty: the list has the focus at all times.
func (p *evalPage) paneIDs() []string { return nil }

func (p *evalPage) clickRow(pane string, line int) bool {
	return pane == "wrong" && selectRow(p.table, line)
}

func (p *evalPage) focused() string { return "" }

func (p *evalPage) announce() string { return p.table.Sentence() }

func (p *evalPage) focusPane(string) {}

func (p *evalPage) actions() []ui.Action {
	choose := func(by int) func() {
		return func() {
			n := len(p.scores) + 1 // all schemes, then each
			p.scheme = (p.scheme+1+by+n)%n - 1
			p.list()
		}
	}
	return append(tableActions(p.s, p.table),
		p.s.act("kv.eval.scheme", "scheme", "view", 2, choose(1), "m"),
		p.s.act("kv.eval.lost", "only what full gets right", "view", 3, func() { p.lost = !p.lost; p.list() }, "f"),
		p.s.act("kv.eval.scheme-back", "previous scheme", "view", 0, choose(-1), "M"),
		ui.When(ui.Action{ID: "kv.eval.open", Title: "open as a blend", Keys: []string{"enter"}, Scope: "kv", Group: "run", Hint: 1, Do: func() (ui.Intent, tea.Cmd) {
			return p.open(), nil
		}}, func() (bool, string) { return len(p.wrong) > 0, "no wrong answer in the list" }),
	)
}

// open blends the prompt of the wrong answer under the cursor: full prefill,
// plain reuse and the mode that answered wrong.
func (p *evalPage) open() ui.Intent {
	_, i, ok := p.table.Cursor()
	if !ok {
		return nil
	}
	x := p.wrong[i]
	r := p.s.runs[x.run]
	a, ok := r.Archives[x.Archive]
	if !ok {
		return ui.Notify{Level: run.Warn, Text: "the notes of archive " + strconv.Itoa(x.Archive) + " are not stored yet"}
	}
	into := carry(given(r.Run), "model", "seed", "mask", "filter", "variant", "lego_k", "threshold",
		"chunk_bos", "chunk_prefix", "separator", "device", "threads")
	into["prompt_json"] = promptOf(a.Notes, x.Question)
	into["modes"] = blendModes(x.Mode)
	if kv.Mode(x.Mode).Selects() {
		into["ratio"] = x.Ratio
	}
	if x.Rule != "" {
		into["rule"] = x.Rule
	}
	p.s.look.Mode = x.Mode
	return ui.StartRun{Kind: kindBlend, Given: into}
}

// mover is what the keys of a list move: a table, or a page of something longer.
type mover interface {
	Move(n int)
	Page(n int)
	Home()
	End()
}

// tableActions move the cursor of a list.
func tableActions(s *Screen, t mover) []ui.Action {
	return []ui.Action{
		s.act("kv.list.up", "up", "move", 0, func() { t.Move(-1) }, "k", "up"),
		s.act("kv.list.down", "down", "move", 0, func() { t.Move(1) }, "j", "down"),
		s.act("kv.list.page-up", "half a page up", "move", 0, func() { t.Page(-1) }, "ctrl+u", "pgup"),
		s.act("kv.list.page-down", "half a page down", "move", 0, func() { t.Page(1) }, "ctrl+d", "pgdown"),
		s.act("kv.list.first", "first", "move", 0, t.Home, "g", "home"),
		s.act("kv.list.last", "last", "move", 0, t.End, "G", "end"),
	}
}
