package captionbench

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/core/plot"
	"assay/core/prng"
	"assay/tui/ui"
)

// order is how the list is sorted.
type order string

// The orders. Sampled is a fixed shuffle: labels given from the top of it estimate
// the precision without bias.
const (
	byScore    order = "score"
	byClass    order = "object"
	byCategory order = "category"
	sampled    order = "sample"
)

var orders = []order{byScore, byClass, byCategory, sampled}

// which says which pairs the list holds.
type which string

// The choices of pairs.
const (
	issues     which = "issues"
	serious    which = "no plain omissions"
	unlabelled which = "unlabelled"
	unsure     which = "unsure"
	failed     which = "failed"
	every      which = "all pairs"
)

var choices = []which{issues, serious, unlabelled, unsure, failed, every}

// holds reports whether a pair is among the chosen.
func (v which) holds(c *campaign, p *caption.Pair) bool {
	switch v {
	case issues:
		return p.Verdict == caption.Issue
	case serious:
		return p.Verdict == caption.Issue && (p.Category != caption.Omission || len(p.Categories) > 1)
	case unlabelled:
		_, has := c.labels[p.ID]
		return p.Verdict == caption.Issue && !has
	case unsure:
		return p.Verdict == caption.Unsure
	case failed:
		return !p.Judged()
	}
	return true
}

// row is one line of the list: a pair, and how many look like the same issue.
type row struct {
	p *caption.Pair
	n int
}

// listed returns the rows of the list.
func (v view) listed(c *campaign) []row {
	words := strings.Fields(strings.ToLower(v.Filter))
	var out []row
	counts := map[string]int{}
	for i := range c.pairs {
		p := &c.pairs[i]
		if !v.Which.holds(c, p) || !matches(c, p, words) {
			continue
		}
		out = append(out, row{p: p})
		counts[signatureOf(p)]++
	}
	slices.SortStableFunc(out, func(a, b row) int { return v.Order.compare(a.p, b.p) })
	if v.Grouped { // the first of each signature stands for all
		seen := map[string]bool{}
		out = slices.DeleteFunc(out, func(r row) bool {
			k := r.key()
			drop := seen[k]
			seen[k] = true
			return drop
		})
	}
	for i := range out {
		out[i].n = counts[out[i].key()]
	}
	return out
}

func (r row) key() string { return signatureOf(r.p) }

// signatureOf is what groups go by; a pair without one is alone.
func signatureOf(p *caption.Pair) string {
	if p.Signature == "" {
		return p.ID
	}
	return p.Signature
}

func (o order) compare(a, b *caption.Pair) int {
	switch o {
	case byClass:
		return cmp.Or(strings.Compare(a.Object, b.Object), cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	case byCategory:
		return cmp.Or(cmp.Compare(rank(a.Category), rank(b.Category)), cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	case sampled:
		return cmp.Or(cmp.Compare(draw(a.ID), draw(b.ID)), strings.Compare(a.ID, b.ID))
	}
	return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
}

func rank(category string) int {
	if i := slices.Index(caption.Categories(), category); i >= 0 {
		return i
	}
	return len(caption.Categories())
}

// draw gives a pair its place in the sample, the same at every start.
func draw(id string) uint64 { return prng.New(0, "caption/sample/"+id).Uint64() }

// matches reports whether every word occurs in what the list and the captions say
// of a pair; a word with a - in front must not.
func matches(c *campaign, p *caption.Pair, words []string) bool {
	if len(words) == 0 {
		return true
	}
	l := c.labels[p.ID]
	text := strings.ToLower(strings.Join([]string{p.ID, p.Verdict, p.Category, p.Object, levelOf(p), p.Rule, strings.Join(p.Violations, " "),
		p.Captions[0], p.Captions[1], p.Background, p.Blame, l.Word, l.Note}, "\n"))
	for _, w := range words {
		if not, ok := strings.CutPrefix(w, "-"); ok && not != "" {
			if strings.Contains(text, not) {
				return false
			}
		} else if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func levelOf(p *caption.Pair) string {
	if p.Relation != caption.Insert {
		return p.Relation
	}
	return "L" + strconv.Itoa(p.Level)
}

var columns = []ui.Column{
	{Title: "pair", Min: 8, Ideal: 10, Priority: 9},
	{Title: "verdict", Min: 7, Ideal: 7, Priority: 8},
	{Title: "category", Min: 10, Ideal: 20, Priority: 8},
	{Title: "object", Min: 8, Ideal: 12, Grow: 1, Priority: 8},
	{Title: "level", Min: 5, Ideal: 6, Priority: 4},
	{Title: "score", Min: 5, Ideal: 5, Priority: 5, Right: true},
	{Title: "n", Min: 2, Ideal: 3, Priority: 6, Right: true},
	{Title: "truth", Min: 5, Ideal: 9, Priority: 3},
	{Title: "label", Min: 7, Ideal: 14, Priority: 7},
	{Title: "follow-up caption", Min: 18, Ideal: 18, Grow: 4, Priority: 2},
}

// rows shows the list as rows of a ui.Table.
type rows struct {
	c    *campaign
	list []row
}

// Len returns the number of rows.
func (r rows) Len() int { return len(r.list) }

// Key returns the ID of the pair.
func (r rows) Key(i int) string { return r.list[i].p.ID }

// Cells returns the cells of a row.
func (r rows) Cells(i int) []ui.Cell {
	p := r.list[i].p
	verdict := ui.Cell{Text: p.Verdict, Role: verdictRole(p.Verdict)}
	if !p.Judged() {
		verdict = ui.Cell{Text: "failed", Role: "failed"}
	}
	category := p.Category
	if len(p.Categories) > 1 {
		category += " +" + strconv.Itoa(len(p.Categories)-1)
	}
	truth := ui.Cell{Text: "-", Role: "muted"}
	if p.Known {
		if truth.Text = "fine"; p.Wrong {
			truth.Text = p.Blame
		}
		if p.Verdict == caption.Issue {
			truth.Role = "error"
			if p.Confirmed {
				truth.Role = "ok"
			}
		}
	}
	label := ui.Cell{Text: "-", Role: "muted"}
	if l, ok := r.c.labels[p.ID]; ok {
		label = ui.Cell{Text: strings.TrimSpace(l.Word + " " + ui.Plain(l.Note)), Role: labelRole(l.Word)}
	}
	return []ui.Cell{{Text: p.ID}, verdict, {Text: category}, {Text: ui.Plain(p.Object)}, {Text: levelOf(p)}, {Text: plot.Number(p.Score)},
		{Text: strconv.Itoa(r.list[i].n)}, truth, label, {Text: ui.Plain(p.Captions[1]), Role: "muted"}}
}

func verdictRole(verdict string) string {
	switch verdict {
	case caption.Issue:
		return "error"
	case caption.Unsure:
		return "warn"
	case caption.Pass:
		return "ok"
	}
	return "muted"
}

func labelRole(word string) string {
	switch word {
	case labelTrue:
		return "ok"
	case labelFalse:
		return "error"
	}
	return "warn"
}
