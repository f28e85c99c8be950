package captionbench

import (
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/tui/runview"
	"assay/tui/ui"
)

// reading is how the captions of a pair are set against each other.
type reading string

// The readings.
const (
	lines  reading = "lines"  // one caption a line, words without a counterpart marked
	inline reading = "inline" // one text: [-gone-] and {+new+}
	sets   reading = "sets"   // class by class: source, follow-up, truth
)

var readings = []reading{lines, inline, sets}

// details are the lines of the pane below the pictures.
func (s *Screen) details(w int) []string {
	p := s.current()
	if p == nil {
		return nil
	}
	t := s.c.Theme
	var out []string
	add := func(text, role string) {
		for _, l := range ui.Wrap(text, max(w-2, 1)) {
			out = append(out, " "+t.Paint(role, l))
		}
	}
	if !p.Judged() {
		for i, name := range []string{"c0", "c1"} {
			switch {
			case p.Failed[i] != "":
				add(name+"  failed: "+p.Failed[i], "failed")
			default:
				add(name+"  "+runview.OneLine(p.Captions[i]), "")
			}
		}
		if p.Rule != "" {
			add(p.Rule, "muted")
		}
		return append(out, s.labelLines(p, w)...)
	}
	out = append(out, s.captions(p, w)...)
	verdict := p.Verdict
	if p.Category != "" {
		verdict += "  " + strings.Join(p.Categories, ", ")
	}
	add(verdict+"  "+p.Rule, verdictRole(p.Verdict))
	if p.Known {
		add("shown  "+things(p.Source.Truth)+"  ->  "+things(p.Followup.Truth), "muted")
	}
	add("said   "+said(p.Found[0])+"  ->  "+said(p.Found[1]), "muted")
	add(strings.Join(s.notes(p), "   "), "muted")
	return append(out, s.labelLines(p, w)...)
}

// notes are the facts beside the verdict.
func (s *Screen) notes(p *caption.Pair) []string {
	var out []string
	for _, sw := range p.Swaps {
		out = append(out, ui.Plain(sw.From)+" called "+ui.Plain(sw.To))
	}
	switch {
	case p.Known && p.Verdict == caption.Issue && p.Confirmed:
		out = append(out, "truth: the captions are wrong, blame "+p.Blame)
	case p.Known && p.Verdict == caption.Issue:
		out = append(out, "truth: a false alarm")
	case p.Known && p.Wrong:
		out = append(out, "truth: a caption is wrong, blame "+p.Blame)
	case p.Known:
		out = append(out, "truth: both captions are right")
	default:
		out = append(out, "blame "+p.Blame)
	}
	if p.Repeats != "" {
		out = append(out, "repeats "+p.Repeats)
	}
	if p.Flaky {
		out = append(out, "flaky")
	}
	if p.Unstable {
		out = append(out, "unstable: invisible noise changes the caption")
	}
	if p.Hard {
		out = append(out, "hard: not named even alone")
	}
	if g := s.camp.group(p); len(g) > 1 {
		out = append(out, strconv.Itoa(len(g))+" of this signature")
	}
	return out
}

func (s *Screen) captions(p *caption.Pair, w int) []string {
	switch s.view.Reading {
	case inline:
		return indented(flow(s.c, merged(p), max(w-2, 1), 0), " ")
	case sets:
		return s.setLines(p, w)
	}
	before, after := aligned(p)
	after = append(after, ghosts(p)...)
	out := indented(flow(s.c, append([]piece{{text: "c0 ", role: "title", mention: -1}}, before...), max(w-2, 1), 4), " ")
	return append(out, indented(flow(s.c, append([]piece{{text: "c1 ", role: "title", mention: -1}}, after...), max(w-2, 1), 4), " ")...)
}

func indented(lines []string, by string) []string {
	for i := range lines {
		lines[i] = by + lines[i]
	}
	return lines
}

// merged is one text of both captions: what is gone in [- -], what is new in {+ +}.
func merged(p *caption.Pair) []piece {
	before, after := aligned(p)
	var out []piece
	i := 0
	gone := func(x piece) bool { return x.role == "removed" || x.role == "missing" }
	fresh := func(x piece) bool { return x.role == "added" || x.role == "extra" }
	flush := func() {
		for i < len(before) && gone(before[i]) {
			out = append(out, piece{text: "[-" + before[i].text + "-]", role: before[i].role, mention: -1})
			i++
		}
	}
	for _, a := range after {
		flush()
		if fresh(a) {
			out = append(out, piece{text: "{+" + a.text + "+}", role: a.role, mention: -1})
			continue
		}
		out = append(out, a)
		if i < len(before) {
			i++
		}
	}
	for ; i < len(before); i++ {
		if gone(before[i]) {
			out = append(out, piece{text: "[-" + before[i].text + "-]", role: before[i].role, mention: -1})
		}
	}
	return append(out, ghosts(p)...)
}

// setLines compares the captions class by class.
func (s *Screen) setLines(p *caption.Pair, w int) []string {
	counts := [2]map[string]string{{}, {}}
	var classes []string
	seen := map[string]bool{}
	note := func(class string) {
		if !seen[class] {
			seen[class] = true
			classes = append(classes, class)
		}
	}
	for side, list := range p.Found {
		for _, c := range list {
			note(c.Class)
			counts[side][c.Class] = c.Interval.String()
		}
	}
	note(p.Object)
	broken := map[string]string{}
	for _, v := range p.Details {
		note(v.Class)
		broken[v.Class] = v.Kind
	}
	out := []string{ui.Fit(s.c.Theme.Paint("muted", " class               source  follow-up  shown"), w)}
	for _, class := range classes {
		shown := "-"
		if p.Known {
			shown = strconv.Itoa(p.Source.Truth[class]) + " -> " + strconv.Itoa(p.Followup.Truth[class])
		}
		line := " " + ui.Fit(ui.Plain(class), 18) + "  " + ui.Fit(orDash(counts[0][class]), 6) + "  " + ui.Fit(orDash(counts[1][class]), 9) + "  " + shown
		role := ""
		if kind := broken[class]; kind != "" {
			line, role = line+"  "+kind, "error"
		}
		out = append(out, s.c.Theme.Paint(role, ui.Cut(line, w)))
	}
	return out
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// labelLines say what a person said of the pair.
func (s *Screen) labelLines(p *caption.Pair, w int) []string {
	l, ok := s.camp.labels[p.ID]
	if !ok {
		return nil
	}
	text := "label " + l.Word
	if l.Note != "" {
		text += ": " + runview.OneLine(l.Note)
	}
	return []string{" " + s.c.Theme.Paint(labelRole(l.Word), ui.Cut(text, max(w-2, 1)))}
}
