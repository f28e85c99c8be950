package app

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/tui/ui"
)

// tabs draws line 0: the screens, and what the one in front is doing. Where there is
// less room the tabs close up, then the state is told in a word or its mark, then
// tabs behind are numbers alone: each of them can be seen at every size.
func (m *Model) tabs(w int) string {
	state := m.screen().RunState()
	short, mark := "", ""
	if s, ok := m.screen().(ui.RunScreen); ok && s.Shown().ID != "" {
		mark = s.Shown().State.Mark()
		short = mark + " " + string(s.Shown().State)
	}
	forms := []struct {
		form  tabForm
		state string
	}{{tabsWide, state}, {tabsClose, state}, {tabsClose, short}, {tabsClose, mark}, {tabsNumbers, state}, {tabsNumbers, short}, {tabsNumbers, ""}}
	chosen := forms[len(forms)-1]
	for _, f := range forms {
		if w-tabsWidth(m.tabLabels(f.form)) > ui.Width(f.state)+1 {
			chosen = f
			break
		}
	}
	labels := m.tabLabels(chosen.form)
	return ui.Ends(m.paintTabs(labels), m.stateAndHost(chosen.state, w-tabsWidth(labels)-1)+" ", w)
}

// tabForm is how much of the tabs is written.
type tabForm int

const (
	tabsWide    tabForm = iota // the program, and air around each tab
	tabsClose                  // a blank between tabs
	tabsNumbers                // the tab in front alone has a name
)

// tabLabels returns the beginning of the line, then what stands for each screen:
// "[1 Runs]" for the one in front.
func (m *Model) tabLabels(f tabForm) []string {
	out := []string{" "}
	if f == tabsWide {
		out[0] = " assay "
	}
	for i, s := range m.screens {
		name := strconv.Itoa(i+1) + " " + s.Title()
		switch {
		case i == m.active:
			name = "[" + name + "]"
		case f == tabsWide:
			name = " " + name + " "
		case f == tabsNumbers:
			name = strconv.Itoa(i + 1)
		}
		if f != tabsWide && i > 0 {
			name = " " + name
		}
		out = append(out, name)
	}
	return out
}

func tabsWidth(labels []string) int { return len(strings.Join(labels, "")) } // titles are ASCII

// paintTabs draws the labels and notes where each tab is.
func (m *Model) paintTabs(labels []string) string {
	var b strings.Builder
	b.WriteString(m.ui.Theme.Paint("muted", labels[0]))
	at := len(labels[0])
	m.tabsAt = m.tabsAt[:0]
	for i, l := range labels[1:] {
		m.tabsAt = append(m.tabsAt, tabSpan{from: at, to: at + len(l), number: at + strings.IndexAny(l, "0123456789"), screen: i})
		at += len(l)
		role := "tab"
		if i == m.active {
			role = "tab-active"
		}
		b.WriteString(m.ui.Theme.Paint(role, l))
	}
	return b.String()
}

// stateAndHost is the right end of line 0 in room cells: the host goes first.
func (m *Model) stateAndHost(state string, room int) string {
	host := m.deps.Host
	if m.ui.Remote && host != "" {
		host += " ssh"
	}
	if state != "" && host != "" {
		host = "  " + host
	}
	right := m.ui.Theme.Paint("title", state)
	if ui.Width(state)+ui.Width(host) < room {
		right += m.ui.Theme.Paint("muted", host)
	}
	return right
}

// context draws line 1. Screens may style it, as where a filter is being typed.
func (m *Model) context(w int) string {
	line := ui.Cut(m.screen().ContextLine(), w-2)
	if !strings.Contains(line, "\x1b") {
		line = m.ui.Theme.Paint("muted", line)
	}
	return ui.Fit(" "+line, w)
}

// segment is a part of the status bar. Those of the lowest priority go first
// where there is no room.
type segment struct {
	text, role string
	priority   int
}

// status draws the status bar.
func (m *Model) status(w int) string {
	if text := m.announcement(); text != "" {
		return ui.Fit(" "+m.ui.Theme.Paint("status", ui.Cut(text, max(w-1, 0))), w)
	}
	var segs []segment
	add := func(priority int, role, text string) {
		if text != "" {
			segs = append(segs, segment{text, role, priority})
		}
	}
	if !around(w, m.ui.Height).tabs {
		add(9, "title", m.screen().Title())
	}
	add(8, "status", m.runsText())
	if s, ok := m.screen().(ui.StatusScreen); ok {
		add(7, "status", s.Status())
	}
	if text, warn := m.reading.Segment(m.ui.Now(), min(w/2, 60)); warn {
		add(4, "status-warn", text)
	} else {
		add(4, "status", text)
	}
	if m.counts.known && m.counts.dbBytes > 0 {
		add(3, "status", "db "+bytesText(m.counts.dbBytes))
	}
	switch {
	case m.failing:
		add(9, "status-warn", "db error")
	case m.deps.ReadOnly != "":
		add(9, "status-warn", "read-only")
	}
	if l := m.deps.Link; l != nil {
		if factor, delay := l.Slow(); factor > 1 {
			add(6, "status-warn", "link "+strings.TrimSuffix(delay.Round(10*time.Millisecond).String(), "0s"))
		} else if w >= 100 {
			add(2, "status", "link ok")
		}
	}
	if w >= 100 && m.deps.Version != "" {
		add(1, "status", m.deps.Version)
	}
	add(5, "status", m.ui.Now().Format("15:04"))
	return fitSegments(m.ui, segs, w)
}

func fitSegments(c *ui.Context, segs []segment, w int) string {
	total := func() int {
		n := 1
		for _, s := range segs {
			n += ui.Width(s.text) + 3
		}
		return n - 3
	}
	for len(segs) > 1 && total() > w {
		drop := 0
		for i, s := range segs {
			if s.priority < segs[drop].priority {
				drop = i
			}
		}
		segs = append(segs[:drop], segs[drop+1:]...)
	}
	var b strings.Builder
	b.WriteByte(' ')
	for i, s := range segs {
		if i > 0 {
			b.WriteString(c.Theme.Paint("faint", " | "))
		}
		b.WriteString(c.Theme.Paint(s.role, s.text))
	}
	return ui.Fit(b.String(), w)
}

func (m *Model) runsText() string {
	if !m.counts.known {
		return ""
	}
	text := fmt.Sprintf("%d running", m.counts.running)
	if m.counts.queued > 0 {
		text += fmt.Sprintf(" %d queued", m.counts.queued)
	}
	return text
}

// bytesText writes a size with at most three digits: "121M".
func bytesText(n int64) string {
	units := []string{"B", "K", "M", "G", "T", "P", "E"}
	f, i := float64(n), 0
	for f >= 999.5 && i < len(units)-1 {
		f /= 1024
		i++
	}
	if f < 9.95 && i > 0 {
		return fmt.Sprintf("%.1f%s", f, units[i])
	}
	return fmt.Sprintf("%.0f%s", f, units[i])
}
