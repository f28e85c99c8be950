package runs

import (
	"maps"
	"slices"
	"strings"

	"assay/core/run"
	"assay/tui/ui"
)

// View draws the panes: from memory where nothing has changed.
func (s *Screen) View() string {
	if !s.clean {
		s.cache = strings.Join(s.draw(), "\n")
		s.clean = true
	}
	return s.cache
}

func (s *Screen) draw() []string {
	var panes []ui.Pane
	listTop := -1
	for _, p := range s.placed {
		pane := ui.Pane{Rect: p.Rect, Focused: p.ID == s.focus}
		w, h := s.c.Inner(p.W, p.H)
		switch p.ID {
		case paneList:
			pane.Title = "runs"
			if !s.c.Framed() {
				listTop, w, h = p.Y, p.W, p.H
			}
			pane.Body = s.listLines(w, h)
		case paneDetail:
			pane.Title = "run"
			if s.detail != nil {
				pane.Title = "run " + ui.Plain(s.detail.run.Name)
			}
			_, params := s.rect(paneParams)
			_, events := s.rect(paneEvents)
			pane.Body = s.window(paneDetail, s.detailLines(w-1, !params, !events), h)
		case paneParams:
			pane.Title = "parameters"
			pane.Body = s.window(paneParams, s.paramLines(w-1), h)
		case paneEvents:
			pane.Title = "events"
			if s.detail != nil {
				pane.Body = s.window(paneEvents, eventLines(s.c, s.detail.events, w-1), h)
			}
		case paneMarked:
			pane.Title = "marked"
			pane.Body = s.window(paneMarked, s.markedLines(w-1), h)
		}
		if listTop >= 0 && p.ID == paneList {
			continue
		}
		panes = append(panes, pane)
	}
	if listTop < 0 {
		return ui.Frame(s.c, s.w, s.h, panes)
	}
	// Without frames the list stands under the context line, with no rule.
	r, _ := s.rect(paneList)
	out := s.listLines(r.W, r.H)
	out = ui.Block(out, s.w, r.H)
	if rest := s.h - r.H; rest > 0 {
		for i := range panes {
			panes[i].Y -= r.H
		}
		out = append(out, ui.Frame(s.c, s.w, rest, panes)...)
	}
	return out
}

// listLines draws the table, or what would be in it.
func (s *Screen) listLines(w, h int) []string {
	if s.typing && s.fault != nil && h > 0 { // right under the filter, above what was found before
		fault := s.c.Theme.Paint("error", ui.Fit(" "+ui.Plain(s.fault.Error()), w))
		return append([]string{fault}, ui.Block(s.table.View(s.c, s.focus == paneList), w, h)[1:]...)
	}
	if len(s.list) > 0 || !s.loaded {
		return s.table.View(s.c, s.focus == paneList)
	}
	lines := []string{"", "No run has been recorded yet.", "",
		"A run is one recorded execution. Its parameters, results and log stay here.", "",
		"n                      start one",
		"assay kv blend --demo  start one from the shell; needs no model and no GPU",
		"assay demo             play the demo"}
	if s.filter != "" {
		lines = []string{"", "Nothing matches /" + ui.Plain(s.filter), "", "esc  clear the filter", "/    change it"}
	}
	var out []string
	if s.ghost != nil { // it stands above what is said
		out = s.table.View(s.c, s.focus == paneList)[:min(2, h)]
	}
	for _, l := range lines {
		out = append(out, "  "+s.c.Theme.Paint("muted", ui.Cut(l, max(w-4, 0))))
	}
	return ui.Block(out, w, h)
}

// markedLines sets the marked runs side by side.
func (s *Screen) markedLines(w int) []string {
	var out []string
	for i, r := range s.marked() {
		letter := "."
		if i < 8 {
			letter = string(rune('A' + i))
		}
		line := s.c.Theme.Paint("mark", letter) + " " + s.c.Theme.Paint(stateRole(r.State), r.State.Mark()) + " " +
			ui.Fit(ui.Plain(r.Name), min(max(w/3, 10), 40)) + "  " + ui.FitRight(tookText(r, s.c.Now()), 6) + "  " + ui.Plain(resultText(r))
		out = append(out, ui.Cut(line, w))
	}
	return out
}

// marked returns the marked runs in the order of the list.
func (s *Screen) marked() []run.Run {
	if s.shown == nil {
		return nil
	}
	keys := map[string]bool{}
	for _, k := range s.table.Marks() {
		keys[k] = true
	}
	var out []run.Run
	for _, r := range s.shown.runs {
		if keys[string(r.ID)] {
			out = append(out, r)
		}
	}
	return out
}

// window returns the part of a text pane that its scrolling shows, a cell away
// from the edge. A pane that was scrolled to its end stays there while lines come.
func (s *Screen) window(pane string, lines []string, h int) []string {
	last := max(len(lines)-h, 0)
	top := min(s.scroll[pane], last)
	if s.scroll[pane] > 0 && top == last {
		s.scroll[pane] = atEnd
	}
	s.tops[pane] = top
	shown := lines[top:min(top+max(h, 0), len(lines))]
	out := make([]string, len(shown))
	for i, l := range shown {
		out[i] = " " + l
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
