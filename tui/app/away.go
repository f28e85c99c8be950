package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
)

// away is what a person may want to know after having been away.
type away struct {
	live []run.ID
	seqs map[run.ID]int64 // how far they were
	left time.Time
}

// awayRead holds the runs that have ended since the terminal was left, how many
// of those started since are live, and what was found meanwhile, by category.
type awayRead struct {
	ended []run.Run
	live  int
	found map[string]int
}

// lookAway reads what runs have come to since this terminal was last left: those
// that were live then, and those started since from elsewhere.
func (m *Model) lookAway() tea.Cmd {
	if m.away == nil {
		return nil
	}
	ctx, reader, away := m.ctx, m.deps.Reader, *m.away
	return func() tea.Msg {
		const most = 500 // newer than what anybody starts while away; older ones were live then
		list, err := reader.Runs(ctx, run.Filter{Limit: most})
		if err != nil {
			return nil // waitChanges meets the same trouble and tells it
		}
		out := awayRead{found: map[string]int{}}
		left := away.left.UnixMilli()
		known := map[run.ID]bool{}
		note := func(r run.Run, was bool) {
			switch {
			case known[r.ID]:
				return
			case r.State.Live() && !was && r.CreatedMs > left:
				out.live++
			case !r.State.Live() && (was || r.EndedMs > left):
				out.ended = append(out.ended, r)
			}
			known[r.ID] = true
			after, counted := away.seqs[r.ID]
			if counted || !was && r.CreatedMs > left {
				out.count(ctx, reader, r.ID, after)
			}
		}
		for _, id := range away.live {
			if r, err := reader.Run(ctx, id); err == nil { // deleted ones are no news
				note(r, true)
			}
		}
		for _, r := range list {
			if r.Relation != run.Trial { // its campaign counts
				note(r, false)
			}
		}
		return out
	}
}

// count adds what a run has found after a sequence number.
func (a *awayRead) count(ctx context.Context, reader run.Reader, id run.ID, after int64) {
	records, err := reader.Records(ctx, id, run.FindingKind, after)
	if err != nil {
		return // the sum is not worth an error
	}
	for _, rec := range records {
		var f run.Finding
		if json.Unmarshal(rec.Data, &f) == nil {
			a.found[f.Category]++
		}
	}
}

// finds says what was found: "4 new findings (3 wrong-gradient, 1 omission)".
func (a awayRead) finds() string {
	total := 0
	for _, n := range a.found {
		total += n
	}
	if total == 0 {
		return ""
	}
	kinds := slices.SortedFunc(maps.Keys(a.found), func(x, y string) int {
		return cmp.Or(a.found[y]-a.found[x], strings.Compare(x, y))
	})
	const most = 3 // a line holds no more
	var parts []string
	for _, k := range kinds[:min(most, len(kinds))] {
		parts = append(parts, fmt.Sprintf("%d %s", a.found[k], k))
	}
	if len(kinds) > most {
		parts = append(parts, "others")
	}
	return countText(total, "new finding") + " (" + strings.Join(parts, ", ") + ")"
}

// tellAway sums up what happened meanwhile and stays until it was seen: "away
// 3h12: 2 runs done, 1 failed, 4 new findings (4 omission)".
func (m *Model) tellAway(msg awayRead) {
	n := map[run.State]int{}
	for _, r := range msg.ended {
		n[r.State]++
	}
	var parts []string
	add := func(count int, what string) {
		switch {
		case count == 0:
		case len(parts) == 0:
			parts = append(parts, countText(count, "run")+" "+what)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", count, what))
		}
	}
	for _, s := range []run.State{run.Done, run.Failed, run.Lost, run.Cancelled, run.Stopped} {
		add(n[s], string(s))
	}
	add(msg.live, "new and live")
	if finds := msg.finds(); finds != "" {
		parts = append(parts, finds)
	}
	if len(parts) == 0 {
		return
	}
	level := run.Info
	if n[run.Failed]+n[run.Lost] > 0 {
		level = run.Warn
	}
	gone := m.ui.Now().Sub(m.away.left)
	m.toasts.Pin(m.ui.Now(), level, "away "+spanText(gone)+": "+strings.Join(parts, ", ")+"  (esc hides)")
}
