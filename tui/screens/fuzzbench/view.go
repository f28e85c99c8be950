package fuzzbench

import (
	"slices"
	"strconv"

	"assay/core/fuzz"
	"assay/tui/runview"
	"assay/tui/ui"
)

// The panes of a campaign.
const (
	paneCounters = "counters"
	paneList     = "findings"
	paneCase     = "case"
	paneSpeed    = "speed"
	paneCoverage = "coverage"

	paneCampaigns = "campaigns"
)

var panes = []string{paneList, paneCase, paneCounters, paneCoverage, paneSpeed, paneCampaigns}

// View draws the body: what was drawn last, unless something changed.
func (s *Screen) View() string { return s.drawn.View(s.c, s.w, s.h, &s.dirty, s.draw) }

func (s *Screen) draw() []string {
	if s.w < 1 || s.h < 1 {
		return make([]string, max(s.h, 0))
	}
	if !s.camp.known() {
		return ui.Block(s.emptyLines(), s.w, s.h)
	}
	head := s.head()
	w, h := s.w, s.h-len(head)
	if s.camp.single() && s.view.Pane == paneCampaigns {
		return append(head, s.drawCampaigns(w, h)...)
	}
	if s.camp.look != nil || s.camp.run.Kind == KindCase {
		return append(head, s.drawLook(w, h)...)
	}
	if s.camp.run.Kind == KindMinimise {
		return append(head, s.drawMinimise(w, h)...)
	}
	return append(head, s.drawCampaign(w, h)...)
}

// head are the lines above the panes.
func (s *Screen) head() []string {
	if !s.camp.known() {
		return runview.Head(s.c, nil, nil, s.field, s.w, s.h)
	}
	return runview.Head(s.c, &s.camp.run, s.follow.Err(), s.field, s.w, s.h)
}

func (s *Screen) drawCampaign(w, h int) []string {
	return runview.Panes{Focus: s.view.Pane, Place: s.place, Title: s.title, Body: s.body}.Draw(s.c, w, h)
}

// place lays the panes out. The focused one takes the place of the case where it
// has none of its own, so that every pane can be reached at every size.
func (s *Screen) place(w, h int) []ui.Placed {
	if s.zoomed || w < 60 || h < 12 {
		return []ui.Placed{{ID: s.view.Pane, Rect: ui.Rect{W: w, H: h}}}
	}
	placed := s.c.Place("fuzz", w, h, tree(w, h, paneCase))
	if !slices.ContainsFunc(placed, func(q ui.Placed) bool { return q.ID == s.view.Pane }) {
		placed = s.c.Place("fuzz", w, h, tree(w, h, s.view.Pane))
	}
	return placed
}

// tree is the layout for a size; beside is the pane beside or below the findings.
func tree(w, h int, beside string) ui.Area {
	switch {
	case w < 100 || h < 18:
		return ui.Area{Areas: []ui.Area{
			{ID: paneCounters, Min: 4, Ideal: 5, Priority: 5}, {ID: paneList, Min: 4, Ideal: 8, Weight: 1, Priority: 9}, {ID: beside, Min: 5, Ideal: 8, Weight: 1, Priority: 8},
		}}
	case w < 160 || h < 40:
		return ui.Area{Areas: []ui.Area{
			{ID: paneCounters, Min: 6, Ideal: 7, Priority: 5},
			{Across: true, Min: 9, Ideal: 18, Weight: 2, Priority: 9, Areas: []ui.Area{
				{ID: paneList, Min: 50, Ideal: 66, Weight: 1, Priority: 9}, {ID: beside, Min: 40, Ideal: 52, Weight: 1, Priority: 8},
			}},
			{Across: true, Min: 7, Ideal: 10, Weight: 1, Priority: 4, Areas: []ui.Area{
				{ID: paneSpeed, Min: 40, Ideal: 60, Weight: 1, Priority: 4}, {ID: paneCoverage, Min: 40, Ideal: 60, Weight: 1, Priority: 5},
			}},
		}}
	}
	return ui.Area{Across: true, Areas: []ui.Area{
		{Min: 100, Ideal: 110, Weight: 1, Priority: 9, Areas: []ui.Area{
			{ID: paneCounters, Min: 6, Ideal: 7, Priority: 5}, {ID: paneList, Min: 10, Ideal: 26, Weight: 2, Priority: 9},
			{Across: true, Min: 8, Ideal: 16, Weight: 1, Priority: 4, Areas: []ui.Area{
				{ID: paneSpeed, Min: 40, Ideal: 54, Weight: 1, Priority: 4}, {ID: paneCoverage, Min: 40, Ideal: 56, Weight: 1, Priority: 5},
			}},
		}},
		{ID: beside, Min: 50, Ideal: 90, Weight: 1, Priority: 8},
	}}
}

func (s *Screen) title(pane string) string {
	switch pane {
	case paneList:
		text := string(s.view.Which) + " " + strconv.Itoa(len(s.list)) + " of " + strconv.Itoa(len(s.camp.findings)) + "  by " + string(s.view.Order)
		if s.view.Filter != "" {
			text += "  /" + s.view.Filter
		}
		return text
	case paneCase:
		if f := s.current(); f != nil {
			return "case " + f.ID + "  " + ui.Plain(f.API)
		}
		return "case"
	case paneCounters:
		return "counters"
	case paneSpeed:
		return "checks a second and findings over time"
	case paneCampaigns:
		return "campaigns " + strconv.Itoa(len(s.all.runs))
	}
	text := "coverage by family"
	if c := s.cells(); c != "" {
		text += "  cells " + c
	}
	return text
}

func (s *Screen) body(pane string, w, h int) []string {
	switch pane {
	case paneList:
		if len(s.list) == 0 {
			return ui.Block(runview.Lines(w, s.nothing()), w, h)
		}
		s.table.SetSize(w, h)
		return s.table.View(s.c, s.view.Pane == paneList)
	case paneCounters:
		return ui.Block(s.counters(w, h), w, h)
	case paneSpeed:
		return ui.Block(s.speed(w, h), w, h)
	case paneCampaigns:
		return s.campaignsLines(w, h)
	case paneCoverage:
		return s.window(pane, s.coverage(w), w, h)
	}
	return s.window(pane, s.caseLines(s.current(), w, h), w, h)
}

// window shows lines from where the person has scrolled to, where the pane has the focus.
func (s *Screen) window(pane string, lines []string, w, h int) []string {
	at := 0
	if s.view.Pane != pane {
		return runview.Window(s.c, lines, &at, w, h)
	}
	return runview.Window(s.c, lines, &s.scroll, w, h)
}

// nothing explains an empty list.
func (s *Screen) nothing() string {
	switch {
	case s.view.Filter != "":
		return "Nothing matches " + s.view.Filter + ": / changes the filter, v the choice of findings."
	case len(s.camp.findings) > 0:
		return "None of " + runview.Plural(len(s.camp.findings), "finding") + " is among \"" + string(s.view.Which) + "\": v shows others."
	case s.camp.run.State.Live():
		return "No finding yet: " + count(s.camp.doc.Tests) + " tests so far."
	}
	return "The campaign found nothing in " + count(s.camp.doc.Tests) + " tests."
}

// emptyLines is the body where no run can be shown.
func (s *Screen) emptyLines() []string {
	t := s.c.Theme
	switch {
	case s.follow.Err() != nil:
		return runview.Lines(s.w, t.Paint("error", "The run cannot be shown"), s.follow.Err().Error(), "", "ctrl+r reads it again, 1 lists all runs.")
	case !s.follow.Absent():
		return runview.Lines(s.w, "Reading the run ...")
	}
	return runview.Lines(s.w, t.Paint("title", "No campaign of the fuzz bench yet"),
		"Here stand the derivative rules of a library that disagree with each other or with numerical differences, shrunk, and with a program that shows each.",
		"", "ctrl+n  starts a campaign:", "   assay fuzz autodiff --target gorgonia --budget 60s --seed 1", "1  lists all runs:", "   assay run ls")
}

// verdictOrder is the order in which verdicts of tests are counted on the screen.
var verdictOrder = []fuzz.Verdict{
	fuzz.Pass, fuzz.Bug, fuzz.Candidate, fuzz.Flaky, fuzz.DirectFail, fuzz.Unsupported, fuzz.Subgradient, fuzz.NonDiff, fuzz.NDUnreliable,
	fuzz.Domain, fuzz.Precision, fuzz.ByDesign, fuzz.Random, fuzz.NoDiff, fuzz.GenFail, fuzz.Lost,
}
