package fuzzbench

import (
	"math"
	"strconv"
	"strings"

	"assay/core/fuzz"
	"assay/tui/runview"
	"assay/tui/ui"
)

// The widths of the columns of the coverage before the matrix.
const (
	familyWide  = 15
	coveredWide = 8
	testsWide   = 8
	findsWide   = 6
)

// group is some neighbouring columns of the coverage matrix.
type group struct {
	name     string
	from, to int // facets
}

// groups splits the facets of a campaign.
func groups(facets []fuzz.FacetDoc) []group {
	var out []group
	for i, f := range facets {
		if len(out) == 0 || out[len(out)-1].name != f.Group {
			out = append(out, group{f.Group, i, i})
		}
		out[len(out)-1].to = i + 1
	}
	return out
}

// coverage lists the families of APIs, and of each how many of its APIs were tried in
// each mode, with each type of elements and with each kind of values: all of a
// family's is the last shade, none is blank, a / is what no API of it supports.
func (s *Screen) coverage(w int) []string {
	d := &s.camp.doc
	if len(d.Families) == 0 {
		return []string{" no API has been tested yet"}
	}
	room := w - 1 - familyWide - coveredWide - testsWide - findsWide
	var shown, left []group
	for _, g := range groups(d.Facets) {
		if room -= g.to - g.from + 1; room >= 0 {
			shown = append(shown, g)
		} else {
			left = append(left, g)
		}
	}
	t := s.c.Theme
	head := " " + ui.Fit("family", familyWide) + ui.FitRight("APIs", coveredWide) + ui.FitRight("tests", testsWide) + ui.FitRight("finds", findsWide)
	if len(shown) == 0 {
		return s.meters(w)
	}
	for _, g := range shown {
		head += " " + letters(g.to-g.from)
	}
	lines := []string{t.Paint("muted", ui.Cut(head, w))}
	maps := make([][]string, len(shown))
	for k, g := range shown {
		maps[k] = s.shades(g)
	}
	for i, f := range d.Families {
		finds := ui.FitRight("", findsWide)
		if f.Findings > 0 {
			finds = t.Paint("error", ui.FitRight(strconv.Itoa(f.Findings), findsWide))
		}
		line := " " + ui.Fit(ui.Plain(f.Name), familyWide) + ui.FitRight(strconv.Itoa(f.Covered)+"/"+strconv.Itoa(f.APIs), coveredWide) + ui.FitRight(count(f.Tests), testsWide) + finds
		for k := range shown {
			line += " " + maps[k][i]
		}
		lines = append(lines, line)
	}
	for _, g := range shown {
		for _, l := range ui.Wrap(g.name+": "+legend(d.Facets[g.from:g.to]), max(w-2, 1)) {
			lines = append(lines, t.Paint("muted", " "+l))
		}
	}
	if len(left) > 0 {
		names := make([]string, len(left))
		for i, g := range left {
			names[i] = g.name
		}
		lines = append(lines, t.Paint("muted", ui.Cut(" z zooms the pane for "+strings.Join(names, " and "), w)))
	}
	return lines
}

// shades draws the columns of a group, a line a family.
func (s *Screen) shades(g group) []string {
	families := s.camp.doc.Families
	at := func(row, col int) (tried, of int) {
		f := &families[row]
		if i := g.from + col; i < len(f.Tried) && i < len(f.Supported) {
			return f.Tried[i], f.Supported[i]
		}
		return 0, 0
	}
	return ui.Heat{Rows: len(families), Cols: g.to - g.from, CellWidth: 1, CursorRow: -1, CursorCol: -1,
		Step: func(row, col int) int {
			tried, of := at(row, col)
			if of == 0 || tried == 0 {
				return 0
			}
			return max(int(math.Round(15*float64(tried)/float64(of))), 1)
		},
		Glyph: func(row, col int) (byte, string) {
			if _, of := at(row, col); of == 0 {
				return '/', "muted"
			}
			return 0, ""
		}}.Lines(s.c, false)
}

// letters heads columns: a, b, c ...
func letters(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte(byte('a' + i%26))
	}
	return b.String()
}

func legend(facets []fuzz.FacetDoc) string {
	parts := make([]string, len(facets))
	for i, f := range facets {
		parts[i] = string(rune('a'+i%26)) + " " + ui.Plain(f.Name)
	}
	return strings.Join(parts, "  ")
}

// meters is the coverage where there is no room for the matrix.
func (s *Screen) meters(w int) []string {
	var lines []string
	for _, f := range s.camp.doc.Families {
		share := 0.0
		if f.APIs > 0 {
			share = float64(f.Covered) / float64(f.APIs)
		}
		n := ""
		if f.Findings > 0 {
			n = runview.Plural(f.Findings, "finding")
		}
		room := max(w-45, 4)
		lines = append(lines, " "+ui.Fit(ui.Plain(f.Name), 14)+ui.FitRight(strconv.Itoa(f.Covered)+"/"+strconv.Itoa(f.APIs), 9)+" "+
			ui.Fit(ui.Meter(s.c, share, room), room)+" "+ui.FitRight(count(f.Tests), 7)+"  "+s.c.Theme.Paint("error", n))
	}
	return lines
}

// cells says how much of the matrix is covered, "" where nothing is known.
func (s *Screen) cells() string {
	d := &s.camp.doc
	if d.Cells == 0 {
		return ""
	}
	return count(int64(d.CellsTried)) + "/" + count(int64(d.Cells)) + " " + strconv.Itoa(100*d.CellsTried/d.Cells) + "%"
}
