package kvbench

import (
	"bytes"
	"encoding/json"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Actions lists what can be done now: of the page first, then of any run.
func (s *Screen) Actions() []ui.Action {
	var list []ui.Action
	if s.page != nil {
		if charted(s.page.focused()) {
			list = s.lens.Actions(func() { s.dirty = true })
		}
		list = append(list, s.page.actions()...)
	}
	return append(list, s.runActions()...)
}

// charted reports whether a pane is a chart that the lens looks at. The chart of the
// blend page has the cross-hair of its map instead.
func charted(pane string) bool {
	switch pane {
	case sweepKL, sweepTTFT, paneByBytes, paneByTime, paneRate, paneTrace:
		return true
	}
	return false
}

// chart draws a chart through the lens.
func (s *Screen) chart(ch ui.Chart, pane string, w, h int) []string {
	return s.lens.Lines(s.c, pane, ch, w, h, s.page != nil && s.page.focused() == pane)
}

// act makes an action of the page that changes what is drawn and asks for nothing.
func (s *Screen) act(id, title, group string, hint int, do func(), keys ...string) ui.Action {
	return ui.Action{ID: id, Title: title, Keys: keys, Scope: "kv", Group: group, Hint: hint, Do: func() (ui.Intent, tea.Cmd) {
		do()
		s.dirty = true
		s.look.Moved = s.look.Moved || group == "move" || group == "selection"
		return nil, nil
	}}
}

// wish makes an action that hands an intent to the shell.
func (s *Screen) wish(id, title, group string, hint int, do func() ui.Intent, keys ...string) ui.Action {
	return ui.Action{ID: id, Title: title, Keys: keys, Scope: "kv", Group: group, Hint: hint, Do: func() (ui.Intent, tea.Cmd) {
		s.dirty = true
		return do(), nil
	}}
}

// runActions are those of any run.
func (s *Screen) runActions() []ui.Action {
	known := func() (bool, string) { return s.known(), "no run is open" }
	list := []ui.Action{
		s.wish("kv.new", "new blend", "run", 20, func() ui.Intent {
			return ui.OpenForm{Kind: kindBlend, Given: map[string]any{"demo": true}}
		}, "n"),
		ui.When(s.wish("kv.again", "new run from these parameters", "run", 0, func() ui.Intent {
			return ui.OpenForm{Kind: s.runs[0].Run.Kind, Given: given(s.runs[0].Run)}
		}, "ctrl+n"), known),
		ui.When(s.wish("kv.export", "export", "run", 0, func() ui.Intent {
			var ids []run.ID
			for _, r := range s.runs {
				ids = append(ids, r.Run.ID)
			}
			return ui.ExportRuns{IDs: ids}
		}, "E"), known),
		ui.When(s.wish("kv.resume", "pause or resume", "run", 0, func() ui.Intent { return ui.PauseRun{ID: s.runs[0].Run.ID} }, "p"), func() (bool, string) {
			return s.known() && (s.runs[0].Run.State.Live() || s.runs[0].Run.State.Resumable()), "a live run can be paused, one that ended early resumed"
		}),
		ui.When(s.wish("kv.cancel", "stop the run", "run", 0, func() ui.Intent { return ui.CancelRun{ID: s.runs[0].Run.ID} }, "X"), func() (bool, string) {
			return s.known() && s.runs[0].Run.State.Live(), "the run is not live"
		}),
		ui.When(s.wish("kv.reproduce", "the command that repeats it", "run", 0, func() ui.Intent {
			return ui.ShowLine{Line: "assay run replay " + string(s.runs[0].Run.ID)}
		}, "R"), known),
		ui.When(s.wish("kv.copy", "copy the cell or row, id, command or result", "run", 0, func() ui.Intent {
			return ui.CopyRun{ID: s.runs[0].Run.ID, Offer: []ui.Copy{{Text: s.page.announce(), What: "what the cursor is on"}}}
		}, "y"), func() (bool, string) { return s.known() && s.page != nil, "no run is open" }),
		{ID: "kv.reload", Title: "read again", Keys: []string{"ctrl+r"}, Scope: "kv", Group: "run", Do: func() (ui.Intent, tea.Cmd) {
			if len(s.runs) == 0 {
				s.asked, s.absent, s.err, s.dirty = true, false, nil, true
				return nil, s.readLatest()
			}
			ids := make([]run.ID, len(s.runs))
			for i, r := range s.runs {
				ids[i] = r.Run.ID
			}
			return nil, s.show(ids)
		}},
	}
	for i := range list {
		if list[i].ID == "kv.cancel" {
			list[i].Danger = true
		}
	}
	return list
}

// lookActions change how maps are drawn; n gives the number of context tokens.
func (s *Screen) lookActions(n func() int) []ui.Action {
	l := &s.look
	zoom := func(by int) {
		if by > 0 && (l.Zoom >= maxZoom || span(n(), l.Zoom+1) == span(n(), l.Zoom)) {
			return
		}
		l.Zoom = max(l.Zoom+by, 0)
	}
	return []ui.Action{
		s.act("kv.map.zoom-in", "zoom", "map", 2, func() { zoom(1) }, "+"),
		s.act("kv.map.zoom-out", "zoom out", "map", 0, func() { zoom(-1) }, "-"),
		s.act("kv.map.fit", "all tokens", "map", 0, func() { l.Zoom = 0 }, "0"),
		s.act("kv.map.measure", "measure", "map", 3, func() { l.Measure = l.Measure.Next() }, "d"),
		ui.When(s.act("kv.map.relative", "relative or absolute", "map", 0, func() { l.Absolute = !l.Absolute }, "%"), func() (bool, string) {
			return l.Measure.Relatable(), l.Measure.String() + " has no norm to divide by"
		}),
		s.act("kv.map.agg", "max, mean, p95 per cell", "map", 0, func() { l.Agg = l.Agg.Next() }, "A"),
		s.act("kv.map.scale", "linear, log, quantile scale", "map", 0, func() { l.Steps = l.Steps.Next() }, "S"),
	}
}

func (s *Screen) known() bool { return len(s.runs) > 0 && s.runs[0].Known() }

// given returns the parameters of a run as a form takes them; what cannot be
// read is left to the defaults.
func given(r run.Run) map[string]any {
	out := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(r.Params))
	d.UseNumber() // a large seed keeps its digits
	if d.Decode(&out) != nil || out == nil {
		return map[string]any{}
	}
	return out
}
