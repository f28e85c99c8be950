package prunebench

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// Catalog lists the actions of all pages, also those that are not possible now.
func (s *Screen) Catalog() []ui.Action { return New(s.c, s.r).Actions() }

// Actions lists what can be done now.
func (s *Screen) Actions() []ui.Action {
	var chart []ui.Action
	if s.charted() {
		chart = s.lens.Around(func() { s.dirty = true })
	}
	if s.page != nil && s.curves() == nil {
		return slices.Concat(chart, s.viewActions(), s.tryActions(), s.runActions())
	}
	return slices.Concat(chart, s.viewActions(), s.sweepActions(), s.tryActions(), s.runActions())
}

// charted reports whether the pane with the focus is a chart of lines.
func (s *Screen) charted() bool {
	if s.page == nil {
		return false
	}
	switch s.view.Focus {
	case paneCurve, paneCost, paneLoss:
		return true
	case paneLayer:
		_, ok := s.page.(*mapPage)
		return ok
	}
	return false
}

// chart draws a chart through the lens.
func (s *Screen) chart(pane string, ch ui.Chart, w, h int) []string {
	return s.lens.Lines(s.c, pane, ch, w, h, pane == s.view.Focus)
}

// act makes an action; whatever is done but asking for a trial ends the wait for one.
func (s *Screen) act(id, title, group string, hint int, enabled func() (bool, string), do func() ui.Intent, keys ...string) ui.Action {
	return ui.Action{ID: "prune." + id, Title: title, Keys: keys, Scope: "prune", Group: group, Hint: hint, Enabled: enabled, Do: func() (ui.Intent, tea.Cmd) {
		s.base, s.dirty = "", true
		return do(), nil
	}}
}

func (s *Screen) viewActions() []ui.Action {
	see := func(id, title, group string, hint int, do func(), keys ...string) ui.Action {
		return s.act(id, title, group, hint, nil, func() ui.Intent { do(); return nil }, keys...)
	}
	focus := func(by int) func() {
		return func() {
			if s.page == nil {
				return
			}
			all := s.page.panes()
			s.view.Focus = all[(slices.Index(all, s.view.Focus)+by+len(all))%len(all)]
		}
	}
	cross := func(by int) func() { return func() { s.view.Cross = max(s.cross()+by, 0) } }
	return []ui.Action{
		see("next-pane", "pane", "view", 1, focus(1), "tab"),
		see("previous-pane", "previous pane", "view", 0, focus(-1), "shift+tab"),
		see("zoom", "zoom the pane", "view", 0, func() { s.view.Zoomed = !s.view.Zoomed }, "z"),
		see("cross-right", "cross-hair right", "move", 2, cross(1), "l", "right"),
		see("cross-left", "cross-hair left", "move", 0, cross(-1), "h", "left"),
		see("up", "up", "move", 0, func() { s.table.Move(-1) }, "k", "up"),
		see("down", "down", "move", 0, func() { s.table.Move(1) }, "j", "down"),
		see("page-up", "half a page up", "move", 0, func() { s.table.Page(-1) }, "ctrl+u", "pgup"),
		see("page-down", "half a page down", "move", 0, func() { s.table.Page(1) }, "ctrl+d", "pgdown"),
		see("first", "first", "move", 0, func() { s.table.Home() }, "g", "home"),
		see("last", "last", "move", 0, func() { s.table.End() }, "G", "end"),
	}
}

// curves returns the page of a sweep, nil where another one is shown.
func (s *Screen) curves() *sweepPage {
	p, _ := s.page.(*sweepPage)
	return p
}

// sweepActions change how curves are drawn.
func (s *Screen) sweepActions() []ui.Action {
	on := func() (bool, string) { return s.curves() != nil, "no sweep is open" }
	see := func(id, title string, hint int, do func(), keys ...string) ui.Action {
		return s.act(id, title, "view", hint, on, func() ui.Intent { do(); return nil }, keys...)
	}
	return []ui.Action{
		see("axis", "x axis", 3, func() { s.view.Axis = (s.view.Axis + 1) % axes }, "x"),
		see("toggle", "show or hide the method", 4, s.toggle, "space"),
		see("band", "intervals", 5, func() { s.view.Band = !s.view.Band }, "b"),
		see("all", "show every method", 0, func() { clear(s.view.Hidden) }, "0"),
		s.act("control", "the same, shuffled", "run", 8, func() (bool, string) {
			_, ok := s.shuffled()
			return ok, "select a trial of a method that can be shuffled"
		}, s.control, "c"),
		s.act("compare", "compare these sweeps number by number", "run", 0, func() (bool, string) {
			return len(s.others) > 0, "mark 2 to 8 sweeps on the Runs screen first"
		}, func() ui.Intent { return ui.CompareRuns{IDs: append([]run.ID{s.follow.ID()}, s.otherIDs()...)} }, "C"),
	}
}

// tryActions start small runs from what is shown.
func (s *Screen) tryActions() []ui.Action {
	try := s.act("try", "try here", "run", 6, nil, s.try, "n")
	inner := try.Do
	try.Do = func() (ui.Intent, tea.Cmd) {
		intent, cmd := inner()
		if p := s.curves(); p != nil {
			s.base = s.follow.ID()
		}
		return intent, cmd
	}
	return []ui.Action{
		try,
		s.act("checkpoint", "try on a checkpoint", "run", 7, nil, s.checkpoint, "o"),
		s.act("sensitivity", "map the sensitivity of layers", "run", 9, nil, s.sensitivity, "m"),
	}
}

func (s *Screen) runActions() []ui.Action {
	out := runview.Actions("prune", kindSweep, func() (run.Run, bool) { return s.run, s.page != nil }, s.follow.Reload)
	return append(out, s.act("reproduce", "the command that repeats it", "run", 0, func() (bool, string) { return s.page != nil, "no run is open" },
		func() ui.Intent { return ui.ShowLine{Line: "assay run replay " + string(s.run.ID)} }, "R"))
}

// toggle hides or shows the method of the selected trial.
func (s *Screen) toggle() {
	if c, _, ok := s.curves().selected(); ok {
		s.view.Hidden[c.Method] = !s.view.Hidden[c.Method]
	}
}

// try asks for one more trial. From a curve it is the method of the selected trial
// where the cross-hair stands, with a seed that the sweep has not used; elsewhere a
// trial on the network that is shown.
func (s *Screen) try() ui.Intent {
	p := s.curves()
	if p == nil && s.page != nil {
		return ui.OpenForm{Kind: kindTry, Given: s.network()}
	}
	if p == nil {
		return ui.OpenForm{Kind: kindSweep, Given: map[string]any{"methods": "random,snip,synflow"}}
	}
	c, d, ok := p.selected()
	if !ok {
		return ui.OpenForm{Kind: kindSweep, Given: runview.Given(s.run)}
	}
	at, _ := p.exponent()
	seed := c.Seed
	for _, x := range d.cells {
		seed = max(seed, x.Seed)
	}
	into := runview.Given(d.run)
	into["methods"], into["exponents"], into["seeds"], into["seed"] = c.Method, fmt.Sprintf("%g", at), 1, seed+1
	return ui.OpenForm{Kind: kindSweep, Given: into}
}

// network is what the run that is shown works on, as forms of trials take it: for a
// training that was written to a file, that file.
func (s *Screen) network() map[string]any {
	into := map[string]any{}
	given := runview.Given(s.run)
	for _, name := range []string{"net", "net_json", "data", "checkpoint"} {
		if v, ok := given[name]; ok {
			into[name] = v
		}
	}
	switch p := s.page.(type) {
	case *trialPage:
		for _, name := range []string{"method", "exponent", "score_images", "images"} {
			if v, ok := given[name]; ok {
				into[name] = v
			}
		}
	case *trainPage:
		if out, ok := given["out"].(string); ok && out != "" {
			into["checkpoint"] = out
		}
	case *mapPage:
		if k := s.cross(); k < len(p.exponents) {
			into["exponent"] = fmt.Sprintf("%g", p.exponents[k])
		}
	case *sweepPage:
		if c, _, ok := p.selected(); ok {
			into["method"] = c.Method
		}
		if at, ok := p.exponent(); ok {
			into["exponent"] = fmt.Sprintf("%g", at)
		}
	}
	return into
}

// checkpoint asks for a trial on a file of weights, which is tested before and after.
func (s *Screen) checkpoint() ui.Intent {
	into := s.network()
	delete(into, "checkpoint")
	return ui.OpenForm{Kind: kindTry, Given: into, Field: "checkpoint"}
}

// sensitivity asks for the map of the network that is shown.
func (s *Screen) sensitivity() ui.Intent {
	into := s.network()
	delete(into, "method")
	delete(into, "exponent")
	delete(into, "score_images")
	form := ui.OpenForm{Kind: kindMap, Given: into}
	if into["checkpoint"] == nil || into["checkpoint"] == "" {
		form.Field = "checkpoint"
	}
	return form
}

// shuffled returns the selected trial where its method can be shuffled.
func (s *Screen) shuffled() (prune.CellDoc, bool) {
	p := s.curves()
	if p == nil {
		return prune.CellDoc{}, false
	}
	c, _, ok := p.selected()
	if !ok {
		return c, false
	}
	m, err := prune.ParseMethod(c.Method)
	if err != nil || m.Control != "" {
		return c, false
	}
	m.Control = prune.Shuffle
	_, err = prune.ParseMethod(m.String())
	return c, err == nil
}

// control starts the selected trial again with its mask shuffled layer by layer:
// what is left of the difference is due to the counts of layers, not the weights.
func (s *Screen) control() ui.Intent {
	c, ok := s.shuffled()
	if !ok {
		return nil
	}
	into := runview.Given(s.run)
	into["methods"] = c.Method + "," + c.Method + "~" + prune.Shuffle
	into["exponents"] = fmt.Sprintf("%g", c.Exponent)
	return ui.StartRun{Kind: kindSweep, Given: into}
}
