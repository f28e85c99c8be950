package prunebench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/prune"
	"assay/tui/ui"
)

// Catalog lists the actions of the screen, also those that are not possible now.
func (s *Screen) Catalog() []ui.Action { return New(s.c, s.r).Actions() }

// Actions lists what can be done now.
func (s *Screen) Actions() []ui.Action {
	act := func(id, title, group string, hint int, do func(), keys ...string) ui.Action {
		return ui.Action{ID: "prune." + id, Title: title, Keys: keys, Scope: "prune", Group: group, Hint: hint, Do: func() (ui.Intent, tea.Cmd) {
			do()
			s.dirty = true
			return nil, nil
		}}
	}
	wish := func(id, title string, hint int, do func() ui.Intent, enabled func() (bool, string), keys ...string) ui.Action {
		return ui.Action{ID: "prune." + id, Title: title, Keys: keys, Scope: "prune", Group: "run", Hint: hint, Enabled: enabled, Do: func() (ui.Intent, tea.Cmd) {
			s.dirty = true
			return do(), nil
		}}
	}
	focus := func(by int) func() {
		return func() {
			all := panes()
			s.focus = all[(slices.Index(all, s.focus)+by+len(all))%len(all)]
		}
	}
	cross := func(by int) func() {
		return func() {
			s.cross = min(max(min(s.cross, len(s.sweep.exponents)-1)+by, 0), max(len(s.sweep.exponents)-1, 0))
		}
	}
	known := func() (bool, string) { return s.sweep.known(), "no sweep is open" }
	t := s.table
	return []ui.Action{
		act("next-pane", "pane", "view", 1, focus(1), "tab"),
		act("previous-pane", "previous pane", "view", 0, focus(-1), "shift+tab"),
		act("cross-right", "cross-hair right", "move", 2, cross(1), "l", "right"),
		act("cross-left", "cross-hair left", "move", 0, cross(-1), "h", "left"),
		act("up", "up", "move", 0, func() { t.Move(-1) }, "k", "up"),
		act("down", "down", "move", 0, func() { t.Move(1) }, "j", "down"),
		act("page-up", "half a page up", "move", 0, func() { t.Page(-1) }, "ctrl+u", "pgup"),
		act("page-down", "half a page down", "move", 0, func() { t.Page(1) }, "ctrl+d", "pgdown"),
		act("first", "first", "move", 0, t.Home, "g", "home"),
		act("last", "last", "move", 0, t.End, "G", "end"),
		act("axis", "x axis", "view", 3, func() { s.axis = (s.axis + 1) % axes }, "x"),
		act("band", "intervals", "view", 5, func() { s.band = !s.band }, "b"),
		act("toggle", "show or hide the method", "view", 4, s.toggle, "space"),
		act("all", "show every method", "view", 0, func() { clear(s.hidden) }, "0"),
		wish("try", "try here", 6, s.try, nil, "n"),
		wish("checkpoint", "try on a checkpoint", 8, s.checkpoint, nil, "o"),
		wish("control", "the same, shuffled", 7, s.control, func() (bool, string) {
			c, ok := s.selected()
			return ok && !bytes.ContainsRune([]byte(c.Method), '~'), "select a trial that is no control"
		}, "c"),
		wish("again", "new sweep from these parameters", 0, func() ui.Intent {
			return ui.OpenForm{Kind: kindSweep, Given: s.given()}
		}, known, "ctrl+n"),
		wish("resume", "resume", 0, func() ui.Intent { return ui.ResumeRun{ID: s.id} }, func() (bool, string) {
			return s.sweep.known() && s.sweep.run.State.Resumable(), "only a run that ended early can be resumed"
		}, "p"),
		{ID: "prune.cancel", Title: "stop the run", Keys: []string{"X"}, Scope: "prune", Group: "run", Danger: true, Enabled: func() (bool, string) {
			return s.sweep.known() && s.sweep.run.State.Live(), "the run is not live"
		}, Do: func() (ui.Intent, tea.Cmd) { return ui.CancelRun{ID: s.id}, nil }},
		wish("reproduce", "copy the command that repeats it", 0, func() ui.Intent {
			return ui.Copy{Text: "assay run replay " + string(s.id), What: "command"}
		}, known, "R"),
		{ID: "prune.reload", Title: "read again", Keys: []string{"ctrl+r"}, Scope: "prune", Group: "run", Do: func() (ui.Intent, tea.Cmd) {
			if s.id == "" {
				s.err, s.absent, s.dirty = nil, false, true
				return nil, s.readLatest()
			}
			return nil, s.Open(s.id)
		}},
	}
}

// toggle hides or shows the method of the selected trial.
func (s *Screen) toggle() {
	if c, ok := s.selected(); ok {
		s.hidden[c.Method] = !s.hidden[c.Method]
	}
}

// given returns the parameters of the run as a form takes them.
func (s *Screen) given() map[string]any {
	out := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(s.sweep.run.Params))
	d.UseNumber() // a large seed keeps its digits
	if d.Decode(&out) != nil || out == nil {
		return map[string]any{}
	}
	return out
}

// try asks for one more trial where the cross-hair stands: the method of the
// selected trial at that compression, with a seed that the sweep has not used.
func (s *Screen) try() ui.Intent {
	c, ok := s.selected()
	if !ok {
		return ui.OpenForm{Kind: kindSweep, Given: map[string]any{"methods": "random,snip,synflow"}}
	}
	at, _ := s.exponent()
	seed := c.Seed
	for _, x := range s.sweep.cells {
		seed = max(seed, x.Seed)
	}
	into := s.given()
	into["methods"], into["exponents"], into["seeds"], into["seed"] = c.Method, fmt.Sprintf("%g", at), 1, seed+1
	return ui.OpenForm{Kind: kindSweep, Given: into}
}

// checkpoint asks for a trial of the selected method, where the cross-hair stands,
// on a file of weights: tested before and after.
func (s *Screen) checkpoint() ui.Intent {
	into := map[string]any{}
	for _, name := range []string{"net", "net_json", "data"} {
		if v, ok := s.given()[name]; ok {
			into[name] = v
		}
	}
	if c, ok := s.selected(); ok {
		into["method"] = c.Method
	}
	if at, ok := s.exponent(); ok {
		into["exponent"] = fmt.Sprintf("%g", at)
	}
	return ui.OpenForm{Kind: kindTry, Given: into}
}

// control starts the selected trial again with its mask shuffled layer by layer:
// what is left of the difference is due to the counts of layers, not the weights.
func (s *Screen) control() ui.Intent {
	c, ok := s.selected()
	if !ok {
		return nil
	}
	into := s.given()
	into["methods"] = c.Method + "," + c.Method + "~" + prune.Shuffle
	into["exponents"] = fmt.Sprintf("%g", c.Exponent)
	return ui.StartRun{Kind: kindSweep, Given: into}
}
