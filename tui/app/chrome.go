package app

import (
	"fmt"
	"strings"
	"time"

	"assay/tui/ui"
)

// tabs draws line 0: the screens, and what the one in front is doing.
func (m *Model) tabs(w int) string {
	th := m.ui.Theme
	var b strings.Builder
	b.WriteString(th.Paint("muted", " assay "))
	used := 7
	m.tabsAt = m.tabsAt[:0]
	for i, s := range m.screens {
		text := fmt.Sprintf(" %d %s ", i+1, s.Title())
		if i == m.active {
			text = fmt.Sprintf("[%d %s]", i+1, s.Title())
		}
		if used+len(text) > w {
			break
		}
		m.tabsAt = append(m.tabsAt, tabSpan{used, used + ui.Width(text), i})
		used += ui.Width(text)
		if i == m.active {
			b.WriteString(th.Paint("tab-active", text))
		} else {
			b.WriteString(th.Paint("tab", text))
		}
	}
	host := m.deps.Host
	if m.ui.Remote && host != "" {
		host += " ssh"
	}
	state := m.screen().RunState()
	if state != "" && host != "" && ui.Width(state)+ui.Width(host)+2 < w-used {
		state += "  "
	}
	right := th.Paint("title", state)
	if ui.Width(state)+ui.Width(host) < w-used-1 {
		right += th.Paint("muted", host)
	}
	return ui.Ends(b.String(), right+" ", w)
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
