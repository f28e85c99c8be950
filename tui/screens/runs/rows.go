package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/core/run"
	"assay/tui/ui"
)

func columns() []ui.Column {
	return []ui.Column{
		{Title: "S", Min: 1, Ideal: 1, Priority: 100},
		{Title: "bench", Min: 5, Ideal: 7, Priority: 45},
		{Title: "name", Min: 12, Ideal: 26, Grow: 2, Priority: 90},
		{Title: "started", Min: 7, Ideal: 7, Priority: 60},
		{Title: "took", Min: 6, Ideal: 6, Priority: 50, Right: true},
		{Title: "result", Min: 22, Ideal: 30, Grow: 3, Priority: 70},
		{Title: "tags", Min: 6, Ideal: 12, Priority: 40},
		{Title: "seed", Min: 6, Ideal: 6, Priority: 20, Right: true},
		{Title: "host", Min: 8, Ideal: 10, Priority: 10},
	}
}

// rows presents runs to the table. Times are told by the clock of the context.
type rows struct {
	c     *ui.Context
	runs  []run.Run
	ghost run.ID // of a run that the filter hides, "" for none
	group grouping
	lines []line // where the runs are grouped
}

// at returns the run in a row; ok is false for the head of a group.
func (r *rows) at(i int) (x run.Run, ok bool) {
	if r.group != "" {
		if i >= len(r.lines) || r.lines[i].run < 0 {
			return x, false
		}
		i = r.lines[i].run
	}
	if i >= len(r.runs) {
		return x, false
	}
	return r.runs[i], true
}

func (r *rows) Len() int {
	if r.group != "" {
		return len(r.lines)
	}
	return len(r.runs)
}

func (r *rows) Key(i int) string {
	if x, ok := r.at(i); ok {
		return string(x.ID)
	}
	return headKey + r.lines[i].head
}

func (r *rows) Cells(i int) []ui.Cell {
	x, ok := r.at(i)
	if !ok {
		return r.lines[i].headCells()
	}
	now := r.c.Now()
	if x.ID == r.ghost {
		return []ui.Cell{{Text: x.State.Mark(), Role: "faint"}, {Text: ui.Plain(x.Bench), Role: "faint"}, {Text: ui.Plain(x.Name), Role: "faint"},
			{Text: startedText(x, now), Role: "faint"}, {}, {Text: "hidden by filter", Role: "faint"}}
	}
	return []ui.Cell{
		{Text: x.State.Mark(), Role: stateRole(x.State)},
		{Text: ui.Plain(x.Bench), Role: "muted"},
		{Text: ui.Plain(x.Name)},
		{Text: startedText(x, now), Role: "muted"},
		{Text: tookText(x, now), Role: "muted"},
		{Text: ui.Plain(resultText(x)), Role: resultRole(x)},
		{Text: tagsText(x), Role: "mark"},
		{Text: fmt.Sprint(x.Seed), Role: "muted"},
		{Text: ui.Plain(x.Host), Role: "muted"},
	}
}

// tagsText writes the tags of a run, behind a * where it has a star.
func tagsText(r run.Run) string {
	text := strings.Join(r.Tags, " ")
	if r.Starred {
		text = strings.TrimSpace("* " + text)
	}
	return ui.Plain(text)
}

func stateRole(s run.State) string {
	switch s {
	case run.Queued, run.Running, run.Paused, run.Stopped, run.Done, run.Failed, run.Cancelled, run.Lost:
		return string(s)
	}
	return "muted"
}

func resultRole(r run.Run) string {
	if r.State == run.Failed || r.State == run.Lost {
		return "error"
	}
	return ""
}

// resultText is the headline of a run, or the next best thing: how far it is, or
// how it ended.
func resultText(r run.Run) string {
	switch r.State {
	case run.Queued:
		return "waits for its turn"
	case run.Running, run.Paused, run.Stopped:
		text := progressText(r)
		if r.ErrorCode != "" { // of a live run that stands still
			text = strings.TrimSpace(r.ErrorCode + " " + text)
		}
		switch {
		case text == "":
			text = r.Headline
		case r.Headline != "":
			text += "  " + r.Headline
		}
		if r.State == run.Running {
			return text
		}
		return strings.TrimSpace(string(r.State) + " " + text)
	case run.Failed:
		return "failed " + r.ErrorCode
	case run.Lost:
		return "lost " + r.ErrorCode
	case run.Cancelled:
		return strings.TrimSpace("cancelled " + progressText(r))
	}
	return r.Headline
}

func progressText(r run.Run) string {
	switch {
	case r.Total > 0:
		return fmt.Sprintf("%d/%d %d%%", r.Done, r.Total, 100*r.Done/r.Total)
	case r.Done > 0:
		return fmt.Sprint(r.Done)
	}
	return ""
}

// startedText writes the time of the start, as short as it stays clear: the hour
// today, the day this year, else the month.
func startedText(r run.Run, now time.Time) string {
	ms := r.StartedMs
	if ms == 0 {
		ms = r.CreatedMs
	}
	if ms == 0 {
		return "-"
	}
	t := time.UnixMilli(ms).In(now.Location())
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("02 Jan")
	}
	return t.Format("2006-01")
}

// tookText writes how long a run took, or has taken so far.
func tookText(r run.Run, now time.Time) string {
	if r.StartedMs == 0 {
		return "-"
	}
	end := r.EndedMs
	if r.State.Live() {
		end = now.UnixMilli()
	}
	if end < r.StartedMs {
		return "-"
	}
	return spanText(time.Duration(end-r.StartedMs) * time.Millisecond)
}

func spanText(d time.Duration) string {
	s := int(d / time.Second)
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02d", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02d", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02d", s/86400, s/3600%24)
}

// column is what a list can be sorted by.
type column string

const (
	byStarted column = "started"
	byTook    column = "took"
	byName    column = "name"
	byState   column = "state"
	byResult  column = "result"
)

// order is a column and a direction. Times are newest and longest first, texts
// from a to z, unless reversed.
type order struct {
	by      column
	reverse bool
}

func sortable() []column { return []column{byStarted, byTook, byName, byState, byResult} }

func (o order) known() bool { return slices.Contains(sortable(), o.by) }

// about says which comes first.
func (c column) about() string {
	switch c {
	case byStarted:
		return "The newest first; O turns the order."
	case byTook:
		return "The longest first; O turns the order."
	}
	return "From a to z; O turns the order."
}

// falls reports whether the largest comes first.
func (o order) falls() bool { return (o.by == byStarted || o.by == byTook) != o.reverse }

func (o order) text() string {
	if o.falls() {
		return string(o.by) + " v"
	}
	return string(o.by) + " ^"
}

// sorted returns a list in the order; runs that are equal stay newest first.
func (o order) sorted(list []run.Run, now time.Time) []run.Run {
	if o.by == byStarted && !o.reverse {
		return list // as it was read
	}
	took := func(r run.Run) int64 {
		switch {
		case r.StartedMs == 0:
			return -1
		case r.State.Live():
			return now.UnixMilli() - r.StartedMs
		}
		return r.EndedMs - r.StartedMs
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b run.Run) int {
		n := 0
		switch o.by {
		case byStarted:
			n = strings.Compare(string(a.ID), string(b.ID))
		case byTook:
			n = cmp.Compare(took(a), took(b))
		case byName:
			n = strings.Compare(a.Name, b.Name)
		case byState:
			n = strings.Compare(string(a.State), string(b.State))
		case byResult:
			n = strings.Compare(resultText(a), resultText(b))
		}
		if o.falls() {
			return -n
		}
		return n
	})
	return out
}
