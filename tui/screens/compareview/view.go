package compareview

import (
	"math"
	"strings"

	"assay/core/plot"
	"assay/tui/ui"
)

// View draws the panes: from memory where nothing has changed.
func (s *Screen) View() string {
	if !s.clean {
		s.cache = strings.Join(s.split.Draw(s.c, s.listLines, s.chartLines), "\n")
		s.clean = true
	}
	return s.cache
}

// listLines draws the runs and the table, or what would be in it.
func (s *Screen) listLines(w, h int) []string {
	if s.data != nil && s.fault == nil {
		var out []string
		for _, x := range s.data.Runs[:s.heads(h)] {
			line := s.c.Theme.Paint("mark", x.Letter) + " " + x.State.Mark() + " " + ui.Fit(ui.Plain(x.Name), min(max(w/4, 10), 30)) + "  " + ui.Plain(x.Headline)
			out = append(out, ui.Cut(line, w))
		}
		if len(s.rows) == 0 {
			return append(out, "", s.c.Theme.Paint("muted", ui.Cut("  Nothing differs, or nothing matches the filter.  = shows all  f findings  esc clears", w)))
		}
		return append(out, s.table.View(s.c, s.split.Focus == paneList)...)
	}
	role, lines := "muted", []string{"", "No runs are compared yet.", "", "On the Runs screen:  space  marks a run    c  compares two to eight of them",
		"In the shell:        assay run diff @1 @2"}
	switch {
	case s.fault != nil:
		role, lines = "error", append([]string{""}, ui.Wrap(ui.Plain(s.fault.Error()), max(w-4, 1))...)
	case len(s.ids) > 0:
		lines = []string{"", "reading"}
	}
	var out []string
	for _, l := range lines {
		out = append(out, "  "+s.c.Theme.Paint(role, ui.Cut(l, max(w-4, 0))))
	}
	return ui.Block(out, w, h)
}

// current returns the row under the cursor.
func (s *Screen) current() (row, bool) {
	_, i, ok := s.table.Cursor()
	if !ok || i >= len(s.rows) {
		return row{}, false
	}
	return s.rows[i], true
}

// lined reports whether the chart of the row under the cursor is one of lines.
func (s *Screen) lined() bool {
	r, ok := s.current()
	if !ok || r.number == nil || s.bars {
		return false
	}
	_, ok = s.data.Lines(*r.number)
	return ok
}

// chartLines draws the chart with a blank in front of it.
func (s *Screen) chartLines(w, h int) (string, []string) {
	title, lines := s.chart(w-1, h)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return title, lines
}

// chart draws the number under the cursor for all runs.
func (s *Screen) chart(w, h int) (title string, lines []string) {
	r, ok := s.current()
	switch {
	case !ok:
		return "chart", nil
	case r.number == nil:
		return "chart", []string{s.c.Theme.Paint("muted", "a row of a number has a chart here")}
	}
	if lc, ok := s.data.Lines(*r.number); ok && !s.bars {
		ch := ui.Chart{XName: lc.X.Name, YName: lc.Y.Name, Cross: math.NaN()}
		for _, l := range lc.Lines {
			ch.Series = append(ch.Series, ui.Series{Name: ui.Plain(l.Name), X: l.X, Y: l.Y})
		}
		return ui.Plain(lc.Title), s.lens.Lines(s.c, r.key, ch, w, h, true)
	}
	bc := s.data.Bars(*r.number)
	var bars ui.Bars
	bars.Cursor = -1
	for _, b := range bc.Bars {
		text := plot.Number(b.Value)
		if b.Lo < b.Hi {
			text += " [" + plot.Number(b.Lo) + ", " + plot.Number(b.Hi) + "]"
		}
		bars.Rows = append(bars.Rows, ui.Bar{Label: ui.Plain(b.Label), Value: max(b.Value, 0), Lo: max(b.Lo, 0), Hi: max(b.Hi, 0), Text: text})
	}
	return ui.Plain(bc.Title), bars.Lines(s.c, w)
}
