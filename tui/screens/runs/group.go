package runs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/core/run"
	"assay/tui/ui"
)

// grouping is what runs stand together by; "" is nothing.
type grouping string

const (
	perBench grouping = "bench"
	perKind  grouping = "kind"
	perState grouping = "state"
	perDay   grouping = "day"
)

func groupings() []grouping { return []grouping{"", perBench, perKind, perState, perDay} }

func (g grouping) known() bool { return slices.Contains(groupings(), g) }

// of names the group of a run.
func (g grouping) of(r run.Run, now time.Time) string {
	switch g {
	case perBench:
		return r.Bench
	case perKind:
		return r.Kind
	case perState:
		return string(r.State)
	}
	return time.UnixMilli(r.CreatedMs).In(now.Location()).Format("2006-01-02")
}

// line is a row of a grouped list: a run, or the head of a group.
type line struct {
	run    int    // index of the run, -1 for a head
	head   string // name of the group
	size   int    // runs of the group
	folded bool
}

// lines puts the runs of a list, which keep their order, below the heads of their
// groups; the group of the first run comes first. Those of a folded group are left out.
func (g grouping) lines(list []run.Run, folded map[string]bool, now time.Time) []line {
	members := map[string][]int{}
	var names []string
	for i, r := range list {
		name := g.of(r, now)
		if len(members[name]) == 0 {
			names = append(names, name)
		}
		members[name] = append(members[name], i)
	}
	var out []line
	for _, name := range names {
		out = append(out, line{-1, name, len(members[name]), folded[name]})
		if folded[name] {
			continue
		}
		for _, i := range members[name] {
			out = append(out, line{run: i})
		}
	}
	return out
}

// headKey is the key of the head of a group in the table: no ID of a run begins so.
const headKey = "group/"

// headCells draws the head of a group: its name, and how many runs it has.
func (l line) headCells() []ui.Cell {
	text := fmt.Sprintf("%d runs", l.size)
	if l.size == 1 {
		text = "1 run"
	}
	if l.folded {
		text += ", enter unfolds"
	}
	return []ui.Cell{{}, {}, {Text: ui.Plain(l.head), Role: "title"}, {}, {}, {Text: text, Role: "muted"}}
}

// regroup groups by something else; all groups are open then.
func (s *Screen) regroup(g grouping) {
	s.group, s.folded = g, map[string]bool{}
	s.refresh()
}

// fold closes the group whose head is under the cursor, or opens it; it reports false
// where there is no head.
func (s *Screen) fold() bool {
	key, _, _ := s.table.Cursor()
	name, ok := strings.CutPrefix(key, headKey)
	if !ok {
		return false
	}
	s.folded[name] = !s.folded[name]
	s.refresh()
	return true
}
