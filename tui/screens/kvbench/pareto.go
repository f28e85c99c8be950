package kvbench

import (
	"fmt"
	"math"

	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
	"assay/tui/ui"
)

// The panes of a Pareto chart and of tiers.
const (
	paneByBytes = "by bytes"
	paneByTime  = "by time"
	panePoints  = "points"
	panePipe    = "pipeline"
	paneTimes   = "times"
	paneTiers   = "tiers"
)

// paretoPage shows bytes, time and loss of blends from compressed chunks.
type paretoPage struct{ codedPage }

var _ page = (*paretoPage)(nil)

func newParetoPage(s *Screen) *paretoPage {
	return &paretoPage{codedPage{s: s, panes: []string{paneByBytes, paneByTime, panePoints}, focus: panePoints, table: ui.NewTable([]ui.Column{
		ui.TextColumn("level", 6, 8, 0, 9), ui.NumberColumn("ratio", 6, 9), ui.NumberColumn("bytes", 11, 7), ui.NumberColumn("TTFT ms", 9, 8), ui.NumberColumn("KL", 9, 8), ui.NumberColumn("top 1", 6, 4), ui.TextColumn("", 9, 10, 1, 6),
	})}}
}

func (p *paretoPage) handles(kind string) bool { return kind == kindPareto }

func (p *paretoPage) points() []kv.PointDoc {
	var out []kv.PointDoc
	for _, r := range p.s.runs {
		out = append(out, r.Points...)
	}
	return out
}

func (p *paretoPage) changed() {
	list := p.points()
	p.table.SetRows(ui.List{Count: len(list), Draw: func(i int) []ui.Cell {
		d := list[i]
		mark := ui.Cell{Text: "* best", Role: "ok"}
		if d.Dominated {
			mark = ui.Cell{Text: "dominated", Role: "muted"}
		}
		return []ui.Cell{{Text: d.Level}, {Text: share(d.Ratio)}, {Text: count(d.Bytes)}, {Text: ms(d.TTFTMs)}, {Text: plot.Number(d.KL)}, {Text: ratio3(d.Top1)}, mark}
	}})
}

func (p *paretoPage) contextLine() string {
	n := 0
	for _, d := range p.points() {
		n = max(n, d.Prompts)
	}
	return p.modelWord("blends from compressed chunks") + fmt.Sprintf("  %d points, %d prompts", len(p.points()), n)
}

func (p *paretoPage) help() string {
	return "Each point is a blend whose chunks came over a throttled link at a level, with a ratio of tokens recomputed; text is the prompt computed in full. A point is dominated where another one is at least as good in bytes, time and loss, and better in one."
}

func (p *paretoPage) draw(w, h int) []string {
	if len(p.points()) == 0 {
		return []string{" no point yet: they appear after the first prompt"}
	}
	top := ui.Area{Across: true, Min: 8, Ideal: h / 2, Weight: 1, Priority: 8, Areas: []ui.Area{
		{ID: paneByBytes, Min: 44, Weight: 1, Priority: 9}, {ID: paneByTime, Min: 44, Weight: 1, Priority: 6},
	}}
	return p.lay(w, h, ui.Area{Areas: []ui.Area{top, {ID: panePoints, Min: 5, Ideal: 12, Weight: 1, Priority: 9}}}, p.pane)
}

func (p *paretoPage) pane(id string, w, h int) (title string, body []string) {
	switch id {
	case paneByBytes:
		return "KL, nats, against KiB", p.s.chart(p.chart("KiB", kvscene.FrontByBytes, func(d kv.PointDoc) float64 { return float64(d.Bytes) / 1024 }), id, w, h)
	case paneByTime:
		return "KL, nats, against time to first token", p.s.chart(p.chart("ms", kvscene.FrontByTime, func(d kv.PointDoc) float64 { return d.TTFTMs }), id, w, h)
	}
	p.table.SetSize(w, h)
	return "points", p.table.View(p.s.c, p.focus == panePoints)
}

// chart draws a scene with the point under the cursor marked.
func (p *paretoPage) chart(name string, scene func([]kv.PointDoc) plot.LineChart, x func(kv.PointDoc) float64) ui.Chart {
	ch := ui.Chart{XName: name, Cross: math.NaN(), Series: series(scene(p.points()).Lines)}
	if _, i, ok := p.table.Cursor(); ok && i < len(p.points()) {
		ch.Cross = x(p.points()[i])
	}
	return ch
}

func (p *paretoPage) actions() []ui.Action { return p.moves() }

// loadPage shows what the loading controller makes of each tier.
type loadPage struct{ codedPage }

var _ page = (*loadPage)(nil)

func newLoadPage(s *Screen) *loadPage {
	return &loadPage{codedPage{s: s, panes: []string{panePipe, paneTimes, paneTiers}, focus: paneTiers, table: ui.NewTable([]ui.Column{
		ui.TextColumn("tier", 7, 9, 0, 9), ui.NumberColumn("level", 5, 9), ui.NumberColumn("bytes", 11, 5), ui.NumberColumn("load ms", 8, 7), ui.NumberColumn("recompute", 9, 6), ui.NumberColumn("ratio", 6, 6),
		ui.NumberColumn("predicted", 9, 8), ui.NumberColumn("measured", 9, 8), ui.NumberColumn("one by one", 10, 4), ui.NumberColumn("KL", 8, 3), ui.NumberColumn("$ a month", 9, 2), ui.TextColumn("note", 4, 20, 1, 8),
	})}}
}

func (p *loadPage) handles(kind string) bool { return kind == kindLoad }

func (p *loadPage) changed() {
	list := p.s.runs[0].Tiers
	p.table.SetRows(ui.List{Count: len(list), Draw: func(i int) []ui.Cell {
		d := list[i]
		return []ui.Cell{{Text: d.Tier}, {Text: d.Level}, {Text: count(d.Bytes)}, {Text: ms(d.LoadMs)}, {Text: ms(d.RecomputeMs)}, {Text: ratio3(d.Ratio)},
			{Text: ms(d.PredictedMs)}, {Text: ms(d.MeasuredMs)}, {Text: ms(d.Sequential)}, {Text: plot.Number(d.KL)}, {Text: plot.Number(d.Cost)}, {Text: remark(d)}}
	}})
}

// remark says what the figures of a tier do not.
func remark(d kv.TierDoc) string {
	if d.Note != "" {
		return d.Note
	}
	if d.Misses > 0 {
		return "full: " + count(d.Misses) + " misses"
	}
	return ""
}

func (p *loadPage) contextLine() string {
	text := p.modelWord("caches from storage tiers")
	if k := p.s.runs[0].Pick; k != nil && k.Tier != "" {
		text += fmt.Sprintf("  at ratio %s: %s, level %s (%s)", share(k.Ratio), k.Tier, k.Level, k.Reason)
	}
	return text
}

func (p *loadPage) help() string {
	return "Chunks lie on a tier at a level. Load is reading and decoding all layers; ratio is where recomputing takes as long. Predicted adds up the lanes: layer i+1 is loaded while layer i is computed, each slower for the other where they share cores; measured is a run that does so; one by one is a run that does not."
}

func (p *loadPage) draw(w, h int) []string {
	if len(p.s.runs[0].Tiers) == 0 {
		return []string{" no tier is measured yet"}
	}
	top := ui.Area{Across: true, Min: 6, Ideal: 7, Priority: 8, Areas: []ui.Area{{ID: panePipe, Min: 50, Weight: 2, Priority: 9}}}
	return p.lay(w, h, ui.Area{Areas: []ui.Area{top, {ID: paneTimes, Min: 5, Ideal: len(p.s.runs[0].Tiers)*2 + 2, Priority: 4},
		{ID: paneTiers, Min: 5, Ideal: 12, Weight: 1, Priority: 9}}}, p.pane)
}

func (p *loadPage) pane(id string, w, h int) (title string, body []string) {
	list := p.s.runs[0].Tiers
	switch id {
	case panePipe:
		if _, i, ok := p.table.Cursor(); ok && i < len(list) {
			return "predicted lanes of " + list[i].Tier + ", level " + list[i].Level, gantt(p.s.c, list[i].Lanes, 0, w)
		}
		return "predicted lanes", nil
	case paneTimes:
		b := ui.Bars{Cursor: -1}
		for _, d := range list {
			b.Rows = append(b.Rows, ui.Bar{Label: d.Tier + " " + d.Level + " predicted", Value: d.PredictedMs, Text: ms(d.PredictedMs), Role: "muted"},
				ui.Bar{Label: d.Tier + " " + d.Level + " measured", Value: d.MeasuredMs, Text: ms(d.MeasuredMs)})
		}
		lines := b.Lines(p.s.c, w)
		first := 0 // so that the row under the cursor is among them
		if _, i, ok := p.table.Cursor(); ok && len(lines) > h {
			first = min(max(2*i+1-h/2, 0), len(lines)-h)
		}
		return "time to first token, ms", lines[first:min(len(lines), first+h)]
	}
	p.table.SetSize(w, h)
	return "tiers", p.table.View(p.s.c, p.focus == paneTiers)
}

func (p *loadPage) actions() []ui.Action { return p.moves() }
