package app

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
)

// tip is said once, to somebody who does for the first time what it is about. What it
// advises is there already: nobody needs a tip to go on.
type tip struct {
	id    string
	after string // the action; one that ends in a dot stands for all below it
	times int    // how often it has to be done first
	text  string // {runs.open} stands for the key of that action as it is bound now
}

const helpTip = "{app.help} explains the focused pane and its keys"

// ownTip is said when a run was started on the screen.
var ownTip = tip{"own", "", 0, "{app.detach} leaves, the run goes on; assay comes back to this screen"}

var tips = []tip{
	{"palette", "app.tab.", 5, "{app.palette} goes anywhere and runs commands: type a few letters"},
	{"filter", "runs.filter", 1, "filters know keys: state:failed -tag:demo; assay help filters"},
	{"mark", "runs.open", 3, "{runs.list.mark} marks runs in the list, {runs.compare} compares two to eight of them"},
	{"help", "kv.", 3, helpTip},
	{"help", "fuzz.", 3, helpTip},
	{"help", "prune.", 3, helpTip},
	{"help", "caption.", 3, helpTip},
}

const (
	tipPeriod = time.Minute      // between two tips
	tipStays  = 12 * time.Second // long enough to read it twice
)

// sayings is what the person was told, and when last.
type sayings struct {
	seen  seen
	known bool // it was read, and can be kept
	last  time.Time
	count map[string]int // of actions, by the tip's after
}

// tipAfter says a tip where an action has been done often enough.
func (m *Model) tipAfter(id string) tea.Cmd {
	for _, t := range tips {
		if id != t.after && !(strings.HasSuffix(t.after, ".") && strings.HasPrefix(id, t.after)) {
			continue
		}
		if m.told.count == nil {
			m.told.count = map[string]int{}
		}
		if m.told.count[t.after]++; m.told.count[t.after] >= t.times {
			return m.tip(t)
		}
	}
	return nil
}

// tip says one, unless it was said before, another was said a moment ago, or something
// else is being said.
func (m *Model) tip(t tip) tea.Cmd {
	now := m.ui.Now()
	switch {
	case !m.told.known || m.current.Get("ui.tips") != "on" || m.deps.Term.Dumb:
	case slices.Contains(m.told.seen.Tips, t.id):
	case !m.told.last.IsZero() && now.Sub(m.told.last) < tipPeriod:
	case m.tour != nil || m.strip != nil || len(m.overlays) > 0:
	default:
		m.told.last = now
		m.told.seen.Tips = append(m.told.seen.Tips, t.id)
		m.toasts.Hold(now, run.Info, "tip: "+m.fill(t.text), tipStays)
		return tea.Batch(m.keepSeen(), m.expire())
	}
	return nil
}
