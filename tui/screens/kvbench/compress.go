package kvbench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
	"assay/tui/ui"
)

// The panes of a compression.
const (
	paneRate      = "rate"
	paneBits      = "bits"
	paneHist      = "histogram"
	paneStream    = "bitstream"
	paneLayerBits = "by layer"
	paneLevels    = "levels"
)

// compressPage shows what bits cost in answers: a rate-distortion chart, the
// levels, and of the row under the cursor where its bits are.
type compressPage struct {
	codedPage
	placed bool // the cursor went to a row that has maps, once

	line, lines, shown int // of the container: the first that is shown, all, those that were shown last

	cell entropyCell // of the map, under its cross-hair
}

var _ page = (*compressPage)(nil)

func newCompressPage(s *Screen) *compressPage {
	return &compressPage{codedPage: codedPage{s: s, panes: []string{paneRate, paneBits, paneHist, paneStream, paneLayerBits, paneLevels}, focus: paneLevels, table: ui.NewTable([]ui.Column{
		ui.TextColumn("profile", 10, 14, 0, 9), ui.NumberColumn("level", 5, 9), ui.NumberColumn("bits", 6, 9), ui.NumberColumn("size", 9, 5), ui.NumberColumn("tables", 6, 4), ui.NumberColumn("scales", 6, 2),
		ui.NumberColumn("entropy", 7, 3), ui.NumberColumn("KL", 8, 8), ui.NumberColumn("top 1", 6, 4), ui.NumberColumn("right", 6, 7), ui.NumberColumn("RMSE K", 7, 3), ui.NumberColumn("RMSE V", 7, 3),
		ui.NumberColumn("enc M/s", 7, 1), ui.NumberColumn("dec MB/s", 8, 4), ui.TextColumn("coder", 5, 6, 1, 8),
	})}}
}

func (p *compressPage) handles(kind string) bool { return kind == kindCompress }

// profiles lists the rows of all runs that are compared.
func (p *compressPage) profiles() []kv.ProfileDoc {
	var out []kv.ProfileDoc
	for _, r := range p.s.runs {
		out = append(out, r.Profiles...)
	}
	return out
}

func (p *compressPage) changed() {
	list := p.profiles()
	p.table.SetRows(ui.List{Count: len(list), Name: func(i int) string { return fmt.Sprint(i, list[i].Key) }, Draw: func(i int) []ui.Cell {
		d := list[i]
		part := func(n int64) string { return fmt.Sprintf("%.3f", 8*float64(n)/float64(max(d.Values, 1))) }
		level, right, entropy := d.Level, "-", "-"
		if d.Entropy.LayerChannel > 0 {
			entropy = fmt.Sprintf("%.3f", d.Entropy.LayerChannel)
		}
		if level == "" {
			level = "-"
		}
		if d.Accuracy != nil {
			right = ratio3(*d.Accuracy)
		}
		k, v := rmse(d)
		return []ui.Cell{{Text: kvscene.ProfileName(d)}, {Text: level}, {Text: fmt.Sprintf("%.3f", d.Bits)}, {Text: size(d.Total)}, {Text: part(d.Table)}, {Text: part(d.Scale)},
			{Text: entropy}, {Text: plot.Number(d.KL)}, {Text: ratio3(d.Top1)}, {Text: right}, {Text: plot.Number(k)}, {Text: plot.Number(v)},
			{Text: plot.Number(d.EncodeRate)}, {Text: plot.Number(d.DecodeMB)}, {Text: d.Coder}}
	}})
	if at := slices.IndexFunc(list, func(d kv.ProfileDoc) bool { return d.Entropy.LayerChannel > 0 }); at >= 0 && !p.placed {
		p.placed = true
		p.table.MoveTo(at) // the panes show most of such a row
	}
}

// rmse is the error of K and of V over all layers.
func rmse(d kv.ProfileDoc) (k, v float64) {
	for i, t := range d.Tensors {
		if i < len(d.Tensors)/2 {
			k += t.RMSE * t.RMSE
		} else {
			v += t.RMSE * t.RMSE
		}
	}
	n := float64(max(len(d.Tensors)/2, 1))
	return math.Sqrt(k / n), math.Sqrt(v / n)
}

func (p *compressPage) contextLine() string {
	r := p.s.runs[0]
	tokens, questions := 0, 0
	for _, c := range r.Contexts {
		tokens += c.Tokens
		questions += c.Questions
	}
	return p.modelWord("compression") + fmt.Sprintf("  %d contexts, %s tokens, %d questions", len(r.Contexts), count(tokens), questions)
}

func (p *compressPage) help() string {
	return "Every row is a profile at a level: bits a value of everything a reader needs, and what is left of the answers. The chart puts loss against bits, with the text, which needs no cache at all, at its left. Of the row under the cursor: entropy by layer and channel, the histogram of its symbols, the first bytes of its container, and bits by layer. With the focus on the container, the keys of the list page through its first 4 KiB; on the map they and h l move a cross-hair, S changes the scale."
}

func (p *compressPage) draw(w, h int) []string {
	if len(p.profiles()) == 0 {
		return []string{" nothing is coded yet: rows appear here after the first context"}
	}
	top := ui.Area{Across: true, Min: 8, Ideal: h / 2, Weight: 1, Priority: 8, Areas: []ui.Area{
		{ID: paneRate, Min: 44, Weight: 1, Priority: 9}, {ID: paneBits, Min: 40, Weight: 1, Priority: 6},
	}}
	middle := ui.Area{Across: true, Min: 6, Ideal: 11, Priority: 4, Areas: []ui.Area{
		{ID: paneHist, Min: 34, Weight: 1, Priority: 4}, {ID: paneLayerBits, Min: 36, Weight: 1, Priority: 5}, {ID: paneStream, Min: 44, Ideal: 66, Priority: 2},
	}}
	return p.lay(w, h, ui.Area{Areas: []ui.Area{top, middle, {ID: paneLevels, Min: 5, Ideal: len(p.profiles()) + 3, Weight: 1, Priority: 9}}}, p.pane)
}

func (p *compressPage) pane(id string, w, h int) (title string, body []string) {
	d, ok := p.selected()
	switch id {
	case paneRate:
		return "KL, nats, against bits a value", p.s.chart(p.rate(), id, w, h)
	case paneLevels:
		p.table.SetSize(w, h)
		return "levels", p.table.View(p.s.c, p.focus == paneLevels)
	}
	if !ok {
		return id, nil
	}
	switch id {
	case paneBits:
		return "entropy, layer x channel, of " + d.Key, p.entropies(d, w, h)
	case paneHist:
		return "symbols of " + d.Key + ", log counts", p.histogram(d, w, h)
	case paneStream:
		return "container of " + d.Key, p.hex(d, w, h)
	case paneLayerBits:
		return "bits by layer of " + d.Key, p.byLayer(d, w, h)
	}
	return "", nil
}

func (p *compressPage) selected() (kv.ProfileDoc, bool) {
	_, i, ok := p.table.Cursor()
	list := p.profiles()
	if !ok || i >= len(list) {
		return kv.ProfileDoc{}, false
	}
	return list[i], true
}

// rate is the chart of loss against bits.
func (p *compressPage) rate() ui.Chart {
	ch := ui.Chart{XName: "bits", LogY: true, Cross: math.NaN(), Series: series(kvscene.RateDistortion(p.profiles(), p.s.runs[0].Contexts).Lines)}
	if d, ok := p.selected(); ok {
		ch.Cross = d.Bits
	}
	return ch
}

func (p *compressPage) array(d kv.ProfileDoc, name string) (plot.Matrix, bool) {
	for _, r := range p.s.runs {
		if m, ok := r.Array(d.Key + name); ok {
			return m, true
		}
	}
	return plot.Matrix{}, false
}

// histogram shows how often each symbol occurs, over all tensors.
func (p *compressPage) histogram(d kv.ProfileDoc, w, h int) []string {
	m, ok := p.array(d, kv.ArrayCounts)
	if !ok {
		return []string{p.s.c.Theme.Paint("muted", "profile "+d.Profile+" has no symbols")}
	}
	per := (m.Cols + h - 1) / max(h, 1)
	b := ui.Bars{Cursor: -1}
	for lo := 0; lo < m.Cols; lo += per {
		n := 0.0
		for r := range m.Rows {
			for y := lo; y < min(lo+per, m.Cols); y++ {
				n += float64(m.At(r, y))
			}
		}
		name := fmt.Sprint(lo)
		if hi := min(lo+per, m.Cols) - 1; hi > lo {
			name += "-" + fmt.Sprint(hi)
		}
		b.Rows = append(b.Rows, ui.Bar{Label: name, Value: math.Log10(1 + n), Text: plot.Number(n)})
	}
	return b.Lines(p.s.c, w)
}

// hex shows the beginning of the first container, from a line on.
func (p *compressPage) hex(d kv.ProfileDoc, w, h int) []string {
	m, ok := p.array(d, kv.ArrayStream)
	if !ok {
		return []string{p.s.c.Theme.Paint("muted", "no bytes are stored")}
	}
	per := 16
	if w < 6+3*16+1+16 {
		per = 8
	}
	p.lines, p.shown = (m.Cols+per-1)/per, h
	p.line = min(max(p.line, 0), max(p.lines-h, 0))
	var out []string
	for at := per * p.line; at < m.Cols && len(out) < h; at += per {
		var hexes, plain strings.Builder
		for i := at; i < min(at+per, m.Cols); i++ {
			b := byte(m.Values[i])
			fmt.Fprintf(&hexes, "%02x ", b)
			if b < 32 || b > 126 {
				b = '.'
			}
			plain.WriteByte(b)
		}
		out = append(out, p.s.c.Theme.Paint("axis", fmt.Sprintf("%04x ", at))+ui.Fit(hexes.String(), 3*per)+p.s.c.Theme.Paint("muted", plain.String()))
	}
	return out
}

func (p *compressPage) byLayer(d kv.ProfileDoc, w, h int) []string {
	b := ui.Bars{Cursor: -1}
	for i, t := range d.Tensors {
		if i >= len(d.Tensors)/2 {
			break
		}
		v := d.Tensors[i+len(d.Tensors)/2]
		b.Rows = append(b.Rows, ui.Bar{Label: fmt.Sprintf("L%d", t.Layer), Value: (t.Bits + v.Bits) / 2,
			Text: fmt.Sprintf("K %.2f V %.2f KL %s", t.Bits, v.Bits, plot.Number(t.KL))})
	}
	lines := b.Lines(p.s.c, w)
	return lines[:min(len(lines), h)]
}

func (p *compressPage) actions() []ui.Action {
	return append(p.movesOf((*compressMover)(p)), p.entropyActions()...)
}

// compressMover moves the container or the cross-hair of the map where they have the
// focus, else the list.
type compressMover compressPage

// Move goes on by n lines.
func (p *compressMover) Move(n int) {
	switch p.focus {
	case paneBits:
		p.cell.row += n // drawing brings it back
		return
	case paneStream:
	default:
		p.table.Move(n)
		p.line = 0
		return
	}
	p.line = min(max(p.line+n, 0), max(p.lines-p.shown, 0))
}

// Page goes on by n halves of what is shown.
func (p *compressMover) Page(n int) {
	switch p.focus {
	case paneBits:
		p.Move(n)
	case paneStream:
		p.Move(n * max(p.shown/2, 1))
	default:
		p.table.Page(n)
		p.line = 0
	}
}

// Home goes to the beginning.
func (p *compressMover) Home() {
	switch p.focus {
	case paneBits:
		p.cell.row = 0
		return
	case paneStream:
	default:
		p.table.Home()
	}
	p.line = 0
}

// End goes to the end.
func (p *compressMover) End() {
	switch p.focus {
	case paneBits:
		p.cell.row = 1 << 20
	case paneStream:
		p.line = max(p.lines-p.shown, 0)
	default:
		p.table.End()
		p.line = 0
	}
}
