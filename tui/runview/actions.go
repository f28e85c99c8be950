package runview

import (
	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Actions returns those of any run, for a screen: new, again from the same
// parameters, resume, stop, read again. Now returns the run that is shown; known is
// false while there is none. Kind is what a new run is of.
func Actions(screen, kind string, now func() (r run.Run, known bool), reload func() tea.Cmd) []ui.Action {
	act := func(id, title string, hint int, key string, enabled func(r run.Run) (bool, string), do func(r run.Run) ui.Intent) ui.Action {
		return ui.Action{ID: screen + "." + id, Title: title, Keys: []string{key}, Scope: screen, Group: "run", Hint: hint,
			Enabled: func() (bool, string) {
				r, known := now()
				if !known {
					return false, "no run is open"
				}
				return enabled(r)
			},
			Do: func() (ui.Intent, tea.Cmd) {
				r, _ := now()
				return do(r), nil
			}}
	}
	always := func(run.Run) (bool, string) { return true, "" }
	stop := act("cancel", "stop the run", 0, "X", func(r run.Run) (bool, string) { return r.State.Live(), "the run is not live" },
		func(r run.Run) ui.Intent { return ui.CancelRun{ID: r.ID} })
	stop.Danger = true
	return []ui.Action{
		{ID: screen + ".new", Title: "new run", Keys: []string{"ctrl+n"}, Scope: screen, Group: "run", Hint: 20,
			Do: func() (ui.Intent, tea.Cmd) { return ui.OpenForm{Kind: kind}, nil }},
		act("again", "new run from these parameters", 0, "A", always, func(r run.Run) ui.Intent { return ui.OpenForm{Kind: r.Kind, Given: Given(r)} }),
		act("resume", "pause or resume", 0, "p", func(r run.Run) (bool, string) {
			return r.State.Live() || r.State.Resumable(), "a live run can be paused, one that ended early resumed"
		}, func(r run.Run) ui.Intent { return ui.PauseRun{ID: r.ID} }),
		stop,
		{ID: screen + ".reload", Title: "read again", Keys: []string{"ctrl+r"}, Scope: screen, Group: "run",
			Do: func() (ui.Intent, tea.Cmd) { return nil, reload() }},
	}
}
