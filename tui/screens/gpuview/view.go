package gpuview

import (
	"strings"

	"assay/core/telemetry"
	"assay/tui/ui"
)

// View draws the panes: from memory where nothing has changed.
func (s *Screen) View() string {
	s.drawn = true
	if !s.clean {
		s.cache = strings.Join(s.draw(), "\n")
		s.clean = true
	}
	return s.cache
}

func (s *Screen) draw() []string {
	list := make([]ui.Pane, 0, len(s.placed))
	for _, p := range s.placed {
		pane := ui.Pane{Rect: p.Rect, Focused: p.ID == s.focus}
		w, h := s.c.Inner(p.W, p.H)
		switch p.ID {
		case paneCards:
			pane.Title, pane.Body = s.cardsTitle(), s.cardLines(w, h)
		case paneCharts:
			pane.Title, pane.Body = s.chartsTitle(), s.chartLines(w, h)
		case paneHost:
			pane.Title, pane.Body = "host", s.scrolled(s.hostLines(w), h)
		case paneProcs:
			pane.Title, pane.Body = "processes", s.procLines(w)
		}
		list = append(list, pane)
	}
	return ui.Frame(s.c, s.w, s.h, list)
}

// cardsTitle tells the age of figures that are old: at the smallest sizes there is
// no other place for it.
func (s *Screen) cardsTitle() string {
	if age := s.reading.CardsAge(s.shownAt); age > 0 {
		return "cards " + telemetry.Old(age)
	}
	return "cards"
}

// scrolled returns the lines of the host that its scrolling shows.
func (s *Screen) scrolled(lines []string, h int) []string {
	s.scroll = max(min(s.scroll, len(lines)-h), 0)
	return lines[s.scroll:min(s.scroll+max(h, 0), len(lines))]
}

func (s *Screen) procLines(w int) []string {
	if s.procs.Len() > 0 {
		return s.procs.View(s.c, s.focus == paneProcs)
	}
	text := " measuring"
	if s.reading.Known() {
		text = " nobody of this program or on a card"
	}
	return []string{s.c.Theme.Paint("muted", ui.Cut(text, w))}
}
