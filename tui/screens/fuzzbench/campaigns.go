package fuzzbench

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/runview"
	"assay/tui/ui"
)

// campaigns is the list of all campaigns, the latest first.
type campaigns struct {
	runs  []run.Run
	err   error
	table *ui.Table
}

// mostCampaigns bounds the list; the Runs screen has them all.
const mostCampaigns = 200

func newCampaigns() campaigns {
	return campaigns{table: ui.NewTable([]ui.Column{
		{Title: "", Min: 1, Ideal: 1, Priority: 9},
		{Title: "campaign", Min: 14, Ideal: 18, Grow: 1, Priority: 10},
		{Title: "state", Min: 7, Ideal: 9, Priority: 7},
		{Title: "result", Min: 14, Ideal: 44, Grow: 2, Priority: 8},
		{Title: "started", Min: 11, Ideal: 11, Priority: 5},
		{Title: "seed", Min: 4, Ideal: 5, Priority: 4, Right: true},
		{Title: "run", Min: 8, Ideal: 8, Priority: 3},
	})}
}

// campaignsRead is the reply of listing.
type campaignsRead struct {
	runs []run.Run
	err  error
}

// listing reads the list while it is on the screen.
func (s *Screen) listing() tea.Cmd {
	if s.view.Pane != paneCampaigns {
		return nil
	}
	return func() tea.Msg {
		runs, err := s.r.Runs(context.Background(), run.Filter{Bench: "fuzz", Limit: mostCampaigns})
		var out []run.Run
		for _, r := range runs {
			if r.Kind == KindCampaign {
				out = append(out, r)
			}
		}
		return campaignsRead{out, err}
	}
}

// campaignRows shows runs as rows of a ui.Table; shown and against are the IDs of the
// campaign on the screen and of the one that it is compared with.
type campaignRows struct {
	runs           []run.Run
	shown, against run.ID
	now            time.Time
}

// Len returns the number of rows.
func (r campaignRows) Len() int { return len(r.runs) }

// Key returns the ID of the run.
func (r campaignRows) Key(i int) string { return string(r.runs[i].ID) }

// Cells returns the cells of a row.
func (r campaignRows) Cells(i int) []ui.Cell {
	x := r.runs[i]
	sign := ui.Cell{}
	switch x.ID {
	case r.shown:
		sign = ui.Cell{Text: "*", Role: "mark"}
	case r.against:
		sign = ui.Cell{Text: "c", Role: "muted"}
	}
	return []ui.Cell{sign, {Text: ui.Plain(x.Name)}, {Text: string(x.State)}, {Text: ui.Plain(x.Headline)},
		{Text: r.started(x)}, {Text: count(x.Seed)}, {Text: runview.Short(x.ID), Role: "muted"}}
}

// started is when a run began, in the time zone of the screen.
func (r campaignRows) started(x run.Run) string {
	ms := max(x.StartedMs, x.CreatedMs)
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).In(r.now.Location()).Format("01-02 15:04")
}

// relistCampaigns shows what was read; the cursor stays on its campaign.
func (s *Screen) relistCampaigns() {
	rows := campaignRows{runs: s.all.runs, now: s.c.Now()}
	if s.camp != nil {
		rows.shown = s.camp.run.ID
	}
	if s.before != nil {
		rows.against = s.before.run.ID
	}
	s.all.table.SetRows(rows)
	s.dirty = true
}

// chosen is the campaign under the cursor of the list.
func (s *Screen) chosen() (run.ID, bool) {
	key, _, ok := s.all.table.Cursor()
	return run.ID(key), ok
}

// campaignsLines draws the list.
func (s *Screen) campaignsLines(w, h int) []string {
	switch {
	case s.all.err != nil:
		return ui.Block(runview.Lines(w, s.all.err.Error()), w, h)
	case len(s.all.runs) == 0:
		return ui.Block(runview.Lines(w, "Reading the campaigns ..."), w, h)
	}
	s.all.table.SetSize(w, h)
	return s.all.table.View(s.c, s.view.Pane == paneCampaigns)
}

// drawCampaigns draws the list alone, over a single case or finding.
func (s *Screen) drawCampaigns(w, h int) []string {
	if w < 60 || h < 12 {
		return s.campaignsLines(w, h)
	}
	iw, ih := s.c.Inner(w, h)
	return ui.Frame(s.c, w, h, []ui.Pane{{Rect: ui.Rect{W: w, H: h}, Title: s.title(paneCampaigns), Focused: true, Body: s.campaignsLines(iw, ih)}})
}

// campaignActions open a campaign of the list, or set the shown one against it.
func (s *Screen) campaignActions() []ui.Action {
	some := func() (bool, string) {
		_, ok := s.chosen()
		return ok, "no campaign is under the cursor"
	}
	return []ui.Action{
		ui.When(s.act("campaign.open", "open the campaign", "campaign", 1, func() (ui.Intent, tea.Cmd) {
			id, _ := s.chosen()
			s.view.Pane = paneList
			return ui.OpenRun{ID: id}, nil
		}, "enter"), some),
		ui.When(s.act("campaign.compare", "compare the shown campaign with it", "campaign", 2, func() (ui.Intent, tea.Cmd) {
			id, _ := s.chosen()
			s.view.Pane = paneList
			return nil, s.Compare([]run.ID{s.camp.run.ID, id})
		}, "c"), func() (bool, string) {
			id, ok := s.chosen()
			switch {
			case !ok:
				return some()
			case s.camp.single():
				return false, "no campaign is shown: enter opens one first"
			case id == s.camp.run.ID:
				return false, "it is the campaign that is shown: choose another one"
			}
			return true, ""
		}),
	}
}
