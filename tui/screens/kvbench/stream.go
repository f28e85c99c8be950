package kvbench

import (
	"fmt"
	"math"
	"strings"

	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
	"assay/tui/ui"
)

// The panes of a stream.
const (
	paneRules    = "rules"
	paneTimeline = "timeline"
	paneTrace    = "trace"
	paneChunks   = "chunks"
)

// streamPage shows how a context was sent under a deadline: what each rule chose,
// when each chunk came, and the link under it.
type streamPage struct{ codedPage }

var _ page = (*streamPage)(nil)

func newStreamPage(s *Screen) *streamPage {
	return &streamPage{codedPage{s: s, panes: []string{paneTimeline, paneRules, paneTrace, paneChunks}, focus: paneChunks, table: ui.NewTable([]ui.Column{
		ui.NumberColumn("chunk", 5, 9), ui.TextColumn("choice", 6, 8, 1, 9), ui.NumberColumn("bytes", 10, 5), ui.NumberColumn("Gbit/s", 8, 6), ui.NumberColumn("from ms", 9, 7), ui.NumberColumn("to ms", 9, 8),
	})}}
}

func (p *streamPage) handles(kind string) bool { return kind == kindStream }

func (p *streamPage) changed() {
	d := p.s.runs[0].Stream
	if d == nil {
		return
	}
	p.table.SetRows(ui.List{Count: len(d.Chunks), Draw: func(i int) []ui.Cell {
		c := d.Chunks[i]
		return []ui.Cell{{Text: fmt.Sprint(i)}, {Text: c.Choice}, {Text: count(c.Bytes)}, {Text: plot.Number(c.Bandwidth)}, {Text: ms(1e3 * c.Start)}, {Text: ms(1e3 * c.End)}}
	}})
}

func (p *streamPage) contextLine() string {
	d := p.s.runs[0].Stream
	if d == nil {
		return p.modelWord("stream")
	}
	return p.modelWord("stream") + fmt.Sprintf("  rule %s  %d chunks  %s of a deadline of %s ms: %s", d.Rule, len(d.Chunks), ms(1e3*d.Total)+" ms", ms(1e3*d.SLO), metWord(d.Met))
}

func metWord(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

func (p *streamPage) help() string {
	return "Chunks are sent one after the other, each at a level or as text that is computed again. The timeline is the plan's, or the real transfer over a loopback link where there was one (load, decode and compute), with the deadline; the rules show what each would have chosen, the clairvoyant one what could be met at all."
}

func (p *streamPage) draw(w, h int) []string {
	if p.s.runs[0].Stream == nil {
		return []string{" nothing is sent yet"}
	}
	top := ui.Area{Across: true, Min: 7, Ideal: 9, Priority: 8, Areas: []ui.Area{
		{ID: paneTimeline, Min: 50, Weight: 2, Priority: 9}, {ID: paneRules, Min: 44, Weight: 1, Priority: 7},
	}}
	low := ui.Area{Across: true, Min: 6, Ideal: 14, Weight: 1, Priority: 9, Areas: []ui.Area{
		{ID: paneChunks, Min: 50, Weight: 1, Priority: 9}, {ID: paneTrace, Min: 44, Weight: 1, Priority: 5},
	}}
	return p.lay(w, h, ui.Area{Areas: []ui.Area{top, low}}, p.pane)
}

func (p *streamPage) pane(id string, w, h int) (title string, body []string) {
	d := p.s.runs[0].Stream
	switch id {
	case paneTimeline:
		if d.Live != nil {
			return fmt.Sprintf("over the link, %s ms, %s", ms(d.Live.TotalMs), metWord(d.Live.Met)), gantt(p.s.c, d.Live.Lanes, 1e3*d.SLO, w)
		}
		return "timeline, ms", gantt(p.s.c, kvscene.Planned(*d), 1e3*d.SLO, w)
	case paneRules:
		return "choices by rule", p.rules(d, w)
	case paneTrace:
		s := ui.Series{Name: "Gbit/s"}
		for i, c := range d.Chunks {
			s.X, s.Y = append(s.X, float64(i)), append(s.Y, c.Bandwidth)
		}
		ch := ui.Chart{XName: "chunk", Cross: math.NaN(), Series: []ui.Series{s}}
		if _, i, ok := p.table.Cursor(); ok {
			ch.Cross = float64(i)
		}
		return "bandwidth", p.s.chart(ch, id, w, h)
	}
	p.table.SetSize(w, h)
	return "chunks", p.table.View(p.s.c, p.focus == paneChunks)
}

// rules shows a letter a chunk: the level, or t for text.
func (p *streamPage) rules(d *kv.StreamDoc, w int) []string {
	c := p.s.c
	var out []string
	for _, r := range kvscene.RulesOf(*d) {
		var b strings.Builder
		for _, x := range r.Choices {
			b.WriteByte(x[0])
		}
		role := "ok"
		if !r.Met {
			role = "warn"
		}
		out = append(out, ui.Ends(ui.Fit(r.Rule, 12)+ui.Cut(b.String(), max(w-32, 4)), c.Theme.Paint(role, ui.FitRight(ms(1e3*r.Total), 8)+" ms "+ui.Fit(metWord(r.Met), 6)), w))
	}
	if d.Note != "" {
		out = append(out, ui.Wrap(c.Theme.Paint("warn", d.Note), w)...)
	}
	return out
}

func (p *streamPage) actions() []ui.Action { return p.moves() }
