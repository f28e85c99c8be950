package prunebench

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// page is what is known of a run of one kind, and how it is drawn. Every page has
// one list, whose cursor says which row its other panes are about, and a cross-hair
// with so many places.
type page interface {
	got(n news)
	columns() []ui.Column
	rows() ui.List
	places() int
	panes() []string    // in the order of the tab key
	tree(h int) ui.Area // of a framed screen
	draw(pane string, w, h int) (title string, lines []string)
	line() string // under the tabs
	help() string
}

// The panes. A page has some of them.
const (
	paneCurve  = "curve"
	paneList   = "list"
	paneCost   = "cost"
	paneLayers = "layers"
	paneTrain  = "training"
	panePaired = "paired"
	paneMap    = "map"
	paneLayer  = "layer"
	paneBefore = "before"
	paneLoss   = "loss"
	paneRecipe = "recipe"
)

// pageOf returns the empty page of a kind.
func (s *Screen) pageOf(kind string) page {
	switch kind {
	case kindTry:
		return &trialPage{s: s}
	case kindMap:
		return &mapPage{s: s}
	case kindTrain:
		return &trainPage{s: s}
	case kindAgent:
		return &agentPage{s: s}
	}
	return &sweepPage{s: s}
}

// unframed reports whether there is room for one pane alone.
func unframed(w, h int) bool { return w < 60 || h < 12 }

// place lays the panes out: in little room the list, without frames the focused
// pane above it, else as many as fit, the focused one always among them.
func (s *Screen) place(w, h int) []ui.Placed {
	focus := s.view.Focus
	if unframed(w, h) || s.view.Zoomed {
		if !s.view.Zoomed {
			focus = paneList
		}
		return []ui.Placed{{ID: focus, Rect: ui.Rect{W: w, H: h}}}
	}
	if s.c.Framed() {
		placed := s.c.Place("prune", w, h, s.page.tree(h))
		if slices.ContainsFunc(placed, func(q ui.Placed) bool { return q.ID == focus }) {
			return placed
		}
	}
	if focus == paneList {
		focus = s.page.panes()[0]
	}
	return s.c.Place("prune", w, h, ui.Area{Areas: []ui.Area{
		{ID: focus, Min: 8, Ideal: h * 3 / 5, Weight: 1, Priority: 8}, {ID: paneList, Min: 4, Ideal: 8, Weight: 1, Priority: 9},
	}})
}

func (s *Screen) draw() []string {
	if s.w < 1 || s.h < 1 {
		return make([]string, max(s.h, 0))
	}
	if s.page == nil {
		return ui.Block(s.emptyLines(), s.w, s.h)
	}
	head := s.head()
	w, h := s.w, s.h-len(head)
	if unframed(w, h) {
		only := s.place(w, h)[0]
		_, lines := s.body(only.ID, w, h)
		return append(head, ui.Block(lines, w, h)...)
	}
	placed := s.place(w, h)
	list := make([]ui.Pane, len(placed))
	for i, q := range placed {
		iw, ih := s.c.Inner(q.W, q.H)
		list[i] = ui.Pane{Rect: q.Rect, Focused: q.ID == s.view.Focus}
		list[i].Title, list[i].Body = s.body(q.ID, max(iw, 1), max(ih, 1))
	}
	return append(head, ui.Frame(s.c, w, h, list)...)
}

// body draws a pane. The list has the focus where nothing else has.
func (s *Screen) body(pane string, w, h int) (string, []string) {
	title, lines := s.page.draw(pane, w, h)
	if pane == paneList {
		s.table.SetSize(w, h)
		lines = s.table.View(s.c, s.view.Focus == paneList)
	}
	return title, lines
}

// head is what stands above a run that did not end well.
func (s *Screen) head() []string {
	lines := runview.Banner(s.c, s.run, s.follow.Err(), s.w)
	return lines[:min(len(lines), max(s.h-1, 0))]
}

// emptyLines is the body where no run can be shown: what would be here, and the key
// and the command that bring it.
func (s *Screen) emptyLines() []string {
	t := s.c.Theme
	switch {
	case s.follow.Err() != nil:
		return runview.Lines(s.w, t.Paint("error", "The run cannot be shown"), runview.OneLine(s.follow.Err().Error()), "", "ctrl+r reads it again, 1 lists all runs.")
	case !s.follow.Absent():
		return runview.Lines(s.w, "Reading the run ...")
	}
	return runview.Lines(s.w, t.Paint("title", "No sweep of the pruning bench yet"),
		"Here curves of accuracy against compression grow while trials are trained, with the weights that each layer keeps, and which differences between methods are real.",
		"", "n  starts a sweep of LeNet-5 on MNIST, which ships:", "   assay prune sweep --methods random,snip,synflow --seeds 3",
		"o  prunes a network of your own:", "   assay prune try --net lenet5 --checkpoint FILE --method snip --exponent 1.5")
}

// pending is the line of a pane that has nothing to show: what comes while the run
// goes on, or that nothing came.
func (s *Screen) pending(soon, never string) []string {
	if s.run.State.Live() {
		return []string{" " + soon}
	}
	return []string{" " + never}
}

// read decodes a record; what cannot be read is left out.
func read[T any](r run.Record) (doc T, ok bool) {
	return doc, json.Unmarshal(r.Data, &doc) == nil
}

// nets names what a run works on: network and images.
func nets(d *prune.NetDoc) string {
	if d == nil {
		return ""
	}
	return ui.Plain(d.Net) + " / " + ui.Plain(d.Data) + "   "
}

// group writes a count with commas.
func group(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// percent writes a share as per cent with so many digits.
func percent(share float64, digits int) string {
	if math.IsNaN(share) {
		return "-"
	}
	return strconv.FormatFloat(100*share, 'f', digits, 64) + "%"
}

// points writes the difference of two shares in points of per cent.
func points(d float64) string {
	text := strconv.FormatFloat(100*d, 'f', 2, 64)
	if d > 0 {
		text = "+" + text
	}
	return text
}

// trim drops what every weight is called.
func trim(tensor string) string { return strings.TrimSuffix(tensor, ".weight") }
