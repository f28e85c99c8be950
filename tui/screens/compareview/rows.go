package compareview

import (
	"fmt"
	"strings"

	"assay/core/compare"
	"assay/core/plot"
	"assay/tui/ui"
)

// row is one line of the table: a parameter, a number, or a cause of findings.
type row struct {
	key    string
	cells  []ui.Cell
	number *compare.Number // nil for others
}

func columns(runs int) []ui.Column {
	out := []ui.Column{{Title: "", Min: 14, Ideal: 34, Grow: 2, Priority: 100}}
	for i := range runs {
		out = append(out, ui.Column{Title: string(rune('A' + i)), Min: 8, Ideal: 22, Grow: 1, Priority: 99 - i})
	}
	return out
}

// shown presents rows to the table.
type shown []row

func (r shown) Len() int              { return len(r) }
func (r shown) Key(i int) string      { return r[i].key }
func (r shown) Cells(i int) []ui.Cell { return r[i].cells }

// fill makes the rows of what was read.
func (s *Screen) fill() {
	s.rows = s.rows[:0]
	if s.data != nil && s.set == "" {
		for _, p := range s.data.Params {
			if p.Differs || s.all {
				s.add("param "+p.Name, paramCells(p), nil)
			}
		}
		for i := range s.data.Numbers {
			if n := &s.data.Numbers[i]; n.Depth <= 1 || s.all {
				s.add("number "+n.Path, numberCells(n), n)
			}
		}
	}
	if s.data != nil {
		for _, f := range s.data.Findings {
			if s.set == "" || f.Set == s.set {
				s.add("finding "+f.Category+" "+f.Signature, findingCells(f), nil)
			}
		}
	}
	s.table.SetRows(shown(append([]row(nil), s.rows...)))
	s.arrange()
}

// nextSet shows the findings of one set after the other, then everything again.
func (s *Screen) nextSet() {
	sets := s.data.Sets()
	at := 0
	for i, n := range sets {
		if n.Set == s.set {
			at = i + 1
		}
	}
	if s.set = ""; at < len(sets) {
		s.set = sets[at].Set
	}
	s.fill()
}

// add adds a row, unless the filter leaves it out.
func (s *Screen) add(key string, cells []ui.Cell, n *compare.Number) {
	text := strings.ToLower(key)
	for _, c := range cells {
		text += " " + strings.ToLower(c.Text)
	}
	for w := range strings.FieldsSeq(strings.ToLower(s.filter)) {
		bare, without := strings.CutPrefix(w, "-")
		if bare != "" && strings.Contains(text, bare) == without {
			return
		}
	}
	s.rows = append(s.rows, row{key, cells, n})
}

func paramCells(p compare.Param) []ui.Cell {
	sign, role := "= ", "changed"
	if !p.Differs {
		sign, role = "  ", "muted"
	}
	out := []ui.Cell{{Text: sign + p.Name, Role: role}}
	for _, v := range p.Values {
		out = append(out, ui.Cell{Text: ui.Plain(strings.Trim(string(v), `"`)), Role: role})
	}
	return out
}

func numberCells(n *compare.Number) []ui.Cell {
	out := []ui.Cell{{Text: "  " + ui.Plain(n.Path)}}
	for _, v := range n.Values {
		out = append(out, ui.Cell{Text: valueText(v), Role: valueRole(v)})
	}
	return out
}

// valueText writes a value with its difference to A and a word, or half the width of
// its interval for A itself.
func valueText(v *compare.Value) string {
	if v == nil {
		return "-"
	}
	text := plot.Number(v.Value)
	switch {
	case v.Delta == nil && v.CI95 != nil:
		text += fmt.Sprintf(" [%s, %s]", plot.Number(v.CI95[0]), plot.Number(v.CI95[1]))
	case v.Delta != nil && *v.Delta > 0:
		text += " +" + plot.Number(*v.Delta)
	case v.Delta != nil && *v.Delta < 0:
		text += " " + plot.Number(*v.Delta)
	}
	return strings.TrimSpace(text + " " + v.Word)
}

func valueRole(v *compare.Value) string {
	switch {
	case v == nil || v.Word == "equal" || v.Word == "same":
		return "muted"
	case v.Word == "better":
		return "done"
	case v.Word == "worse":
		return "warn"
	}
	return ""
}

func findingCells(f compare.Finding) []ui.Cell {
	out := []ui.Cell{{Text: ui.Plain("! " + string(f.Set) + ": " + f.Category + " " + f.Signature)}}
	for _, n := range f.Counts {
		c := ui.Cell{Text: fmt.Sprint(n)}
		if n == 0 {
			c = ui.Cell{Text: "-", Role: "muted"}
		}
		out = append(out, c)
	}
	return out
}
