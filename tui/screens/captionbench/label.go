package captionbench

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/caption"
	"assay/core/run"
	"assay/core/stat"
	"assay/tui/ui"
)

// The words that people label issues with.
const (
	labelTrue   = "true"
	labelFalse  = "false"
	labelUnsure = "unsure"
)

// reasons are why an issue is none, in the order in which n offers them.
var reasons = []string{"", "synonym", "compound", "count reading", "parser", "object not visible", "unnatural picture", "caption fine"}

// labelling is a label as it was before, to go back to.
type labelling struct {
	pairs []string
	was   map[string]run.Label
}

// label writes a word on the pair under the cursor, or on its whole group. A word
// that the pair has already goes on to the next reason of it, or is taken back.
func (s *Screen) label(word string, whole bool) (ui.Intent, tea.Cmd) {
	p := s.current()
	ids := []string{p.ID}
	if whole {
		ids = s.camp.group(p)
	}
	was := s.camp.labels[p.ID]
	note := was.Note
	switch {
	case word == labelFalse:
		note = ""
		if was.Word == labelFalse {
			note = reasons[(slices.Index(reasons, was.Note)+1)%len(reasons)]
		}
	case word != "" && was.Word == labelFalse:
		note = "" // the reason why it is none does not hold for what it is now
	case word == was.Word && !whole:
		word, note = "", ""
	}
	return nil, s.write(ids, word, note)
}

// write labels pairs, and remembers what they said before.
func (s *Screen) write(ids []string, word, note string) tea.Cmd {
	before := labelling{pairs: ids, was: map[string]run.Label{}}
	var wishes []ui.LabelFinding
	for _, id := range ids {
		if l, ok := s.camp.labels[id]; ok {
			before.was[id] = l
		}
		wishes = append(wishes, ui.LabelFinding{Run: s.camp.run.ID, Finding: id, Word: word, Note: note})
	}
	s.undo = append(s.undo, before)
	return s.wish(wishes)
}

// back takes back what was labelled last.
func (s *Screen) back() tea.Cmd {
	last := s.undo[len(s.undo)-1]
	s.undo = s.undo[:len(s.undo)-1]
	var wishes []ui.LabelFinding
	for _, id := range last.pairs {
		l := last.was[id] // none: the label is taken away
		wishes = append(wishes, ui.LabelFinding{Run: s.camp.run.ID, Finding: id, Word: l.Word, Note: l.Note})
	}
	return s.wish(wishes)
}

// wish hands labels to the shell one after the other: an update returns one intent.
func (s *Screen) wish(list []ui.LabelFinding) tea.Cmd {
	return func() tea.Msg { return labelsWished{list} }
}

// labelsWished are labels on their way to the shell.
type labelsWished struct{ list []ui.LabelFinding }

func (s *Screen) gotWishes(m labelsWished) (ui.Intent, tea.Cmd) {
	if len(m.list) == 0 {
		return nil, nil
	}
	l := run.Label{Key: m.list[0].Finding, Word: m.list[0].Word, Note: m.list[0].Note}
	if l.Word == "" { // shown at once; the reading that follows says the same
		delete(s.camp.labels, l.Key)
	} else {
		s.camp.labels[l.Key] = l
	}
	s.relist()
	return m.list[0], s.wish(m.list[1:])
}

// labelled sums up the labels of the issues.
type labelled struct {
	yes, no, unsure, issues int
	precision               float64
	ci                      [2]float64
}

func (c *campaign) labelled() labelled {
	var n labelled
	for i := range c.pairs {
		p := &c.pairs[i]
		if p.Verdict != caption.Issue {
			continue
		}
		n.issues++
		switch c.labels[p.ID].Word {
		case labelTrue:
			n.yes++
		case labelFalse:
			n.no++
		case labelUnsure:
			n.unsure++
		}
	}
	if k := n.yes + n.no; k > 0 {
		n.precision, n.ci = float64(n.yes)/float64(k), stat.Wilson95(n.yes, k)
	}
	return n
}

// surfaceOf guesses what a person wants to call a class: the words of the mention
// of the follow-up caption that the violation is about, without its article.
func surfaceOf(p *caption.Pair) string {
	for _, v := range p.Details {
		if v.Kind != caption.Extra {
			continue
		}
		for _, sp := range v.Spans {
			if sp.Caption == 1 && sp.Start >= 0 && sp.End <= len(p.Captions[1]) && sp.Start < sp.End {
				return strings.ToLower(p.Captions[1][sp.Start:sp.End])
			}
		}
	}
	return ""
}
