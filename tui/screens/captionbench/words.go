package captionbench

import (
	"cmp"
	"slices"
	"strings"

	"assay/core/caption"
	"assay/tui/ui"
)

// piece is a run of characters of a caption in one role.
type piece struct {
	text, role string
	glued      bool // stands right behind the piece before it
	mention    int  // index of the mention it shows, -1 for other words
}

// The signs in front of a mention. They say without colour what a role says with it.
const (
	signInserted = "+" // the object of the pair, named
	signGone     = "!" // in the other caption only
	signExtra    = "?" // new, and not what was inserted
	signCount    = "#" // its number breaks the relation
	signSoft     = "~" // evidence that is too weak to decide
)

// spell breaks one caption of a pair into pieces: each mention of an object in
// brackets with its count, and a sign where a violation is about it.
func spell(p *caption.Pair, side int) []piece {
	text := p.Captions[side]
	mentions := slices.Clone(p.Mentions[side])
	slices.SortStableFunc(mentions, func(a, b caption.Mention) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	var out []piece
	at := 0
	plain := func(to int) {
		for i, w := range strings.Fields(text[at:to]) {
			glued := i == 0 && at > 0 && !blankAt(text, at)
			out = append(out, piece{text: ui.Plain(w), glued: glued, mention: -1})
		}
		at = to
	}
	for i, m := range mentions {
		if m.Start < at || m.End > len(text) || m.Start >= m.End {
			continue // inside another one, or of another text
		}
		plain(m.Start)
		sign, role := sign(p, side, m)
		surface := ui.Plain(text[m.Start:m.End])
		if m.Role != caption.RoleObject {
			out = append(out, piece{text: sign + surface, role: role, mention: i, glued: m.Start > 0 && !blankAt(text, m.Start-1)})
		} else {
			out = append(out, piece{text: sign + "[" + surface + ":" + m.Interval.String() + "]", role: role, mention: i, glued: m.Start > 0 && !blankAt(text, m.Start-1)})
		}
		at = m.End
	}
	plain(len(text))
	return out
}

func blankAt(text string, i int) bool { return text[i] == ' ' || text[i] == '\t' || text[i] == '\n' }

// sign returns what a mention is to the violations of its pair.
func sign(p *caption.Pair, side int, m caption.Mention) (sign, role string) {
	for _, v := range p.Details {
		about := v.Class == m.Class
		for _, sp := range v.Spans {
			about = about || sp.Caption == side && sp.Start <= m.Start && m.End <= sp.End
		}
		if !about {
			continue
		}
		switch v.Kind {
		case caption.Count:
			return signCount, "number"
		case caption.Extra, caption.Stays:
			if side == 1 {
				return signExtra, "extra"
			}
		case caption.Lost, caption.Missing:
			if side == 0 && v.Kind == caption.Lost {
				return signGone, "missing"
			}
		default:
			return signSoft, "warn"
		}
	}
	if side == 1 && p.Relation == caption.Insert && m.Class == p.Object && m.Role == caption.RoleObject {
		return signInserted, "added"
	}
	return "", "muted"
}

// ghosts are the classes that the follow-up caption should name and does not.
func ghosts(p *caption.Pair) []piece {
	var out []piece
	for _, v := range p.Details {
		switch v.Kind {
		case caption.Missing:
			out = append(out, piece{text: signGone + ui.Plain(v.Class) + " missing", role: "missing", mention: -1})
		case caption.Lost:
			out = append(out, piece{text: signGone + ui.Plain(v.Class) + " lost", role: "missing", mention: -1})
		}
	}
	return out
}

// aligned marks the words of two captions that have no counterpart in the other
// one: the longest common subsequence of the words, where mentions of one class
// count as equal, so that "dog" and "dogs" are a change of number and not of word.
func aligned(p *caption.Pair) (before, after []piece) {
	before, after = spell(p, 0), spell(p, 1)
	same := func(i, j int) bool {
		a, b := before[i], after[j]
		if (a.mention >= 0) != (b.mention >= 0) {
			return false
		}
		if a.mention >= 0 {
			return sorted(p, 0)[a.mention].Class == sorted(p, 1)[b.mention].Class
		}
		return strings.EqualFold(a.text, b.text)
	}
	// length[i][j] is the longest common subsequence of before[i:] and after[j:].
	length := make([][]int, len(before)+1)
	for i := range length {
		length[i] = make([]int, len(after)+1)
	}
	for i := range slices.Backward(before) {
		for j := len(after) - 1; j >= 0; j-- {
			if same(i, j) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && same(i, j):
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && length[i+1][j] >= length[i][j+1]:
			if before[i].role == "" {
				before[i].role = "removed"
			}
			i++
		default:
			if after[j].role == "" {
				after[j].role = "added"
			}
			j++
		}
	}
	return before, after
}

// sorted returns the mentions of a caption in the order that spell numbers them.
func sorted(p *caption.Pair, side int) []caption.Mention {
	m := slices.Clone(p.Mentions[side])
	slices.SortStableFunc(m, func(a, b caption.Mention) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	return m
}

// flow sets pieces into lines of at most w cells, each but the first with an
// indent.
func flow(c *ui.Context, pieces []piece, w, indent int) []string {
	var lines []string
	var line strings.Builder
	used := 0
	for _, p := range pieces {
		n, gap := ui.Width(p.text), 1
		if p.glued || used == 0 {
			gap = 0
		}
		if used > 0 && used+gap+n > w {
			lines = append(lines, line.String())
			line.Reset()
			line.WriteString(strings.Repeat(" ", indent))
			used, gap = indent, 0
		}
		text := ui.Cut(p.text, max(w-used-gap, 1))
		line.WriteString(strings.Repeat(" ", gap))
		line.WriteString(c.Theme.Paint(p.role, text))
		used += gap + ui.Width(text)
	}
	return append(lines, line.String())
}
