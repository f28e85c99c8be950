package findings

import (
	"fmt"
	"strings"
	"time"

	"assay/core/run"
	"assay/tui/ui"
)

func columns() []ui.Column {
	return []ui.Column{
		{Title: "severity", Min: 8, Ideal: 8, Priority: 80},
		{Title: "bench", Min: 5, Ideal: 7, Priority: 50},
		{Title: "category", Min: 8, Ideal: 16, Priority: 70},
		{Title: "title", Min: 20, Ideal: 40, Grow: 3, Priority: 100},
		{Title: "seen", Min: 5, Ideal: 5, Priority: 40},
		{Title: "label", Min: 6, Ideal: 7, Priority: 60},
		{Title: "run", Min: 10, Ideal: 18, Grow: 1, Priority: 30},
	}
}

func (s *Screen) cells(f *run.Found) []ui.Cell {
	seen := "once"
	if f.Confirmed {
		seen = "again"
	}
	return []ui.Cell{
		{Text: string(f.Severity), Role: severityRole(f.Severity)},
		{Text: ui.Plain(f.Bench), Role: "muted"},
		{Text: ui.Plain(f.Category)},
		{Text: oneLine(f.Title)},
		{Text: seen, Role: "muted"},
		{Text: ui.Plain(f.Label.Word), Role: "mark"},
		{Text: ui.Plain(f.Name), Role: "muted"},
	}
}

// oneLine is a text in one line; titles of ours are, those of imports may not be.
func oneLine(text string) string { return ui.Plain(strings.Join(strings.Fields(text), " ")) }

func severityRole(s run.Severity) string {
	switch s {
	case run.Critical, run.High:
		return "error"
	case run.Medium:
		return "warn"
	}
	return "muted"
}

// View draws the panes: from memory where nothing has changed.
func (s *Screen) View() string {
	if !s.clean {
		s.cache = strings.Join(s.split.Draw(s.c, s.listLines, func(w, h int) (string, []string) { return "finding", s.detailLines(w, h) }), "\n")
		s.clean = true
	}
	return s.cache
}

// listLines draws the table, or what would be in it.
func (s *Screen) listLines(w, h int) []string {
	if s.typing && s.fault != nil && h > 0 { // right under the filter, above what was found before
		fault := s.c.Theme.Paint("error", ui.Fit(" "+ui.Plain(s.fault.Error()), w))
		return append([]string{fault}, ui.Block(s.table.View(s.c, s.split.Focus == paneList), w, h)[1:]...)
	}
	if s.table.Len() > 0 || !s.loaded {
		return s.table.View(s.c, s.split.Focus == paneList)
	}
	lines := []string{"", "No run has found anything yet.", "",
		"A finding is a suspicious case that a run has recorded: a wrong answer, a", "wrong gradient, a crash, a wrong caption. Runs that look for them:", "",
		"n                                on the Runs screen",
		"assay kv eval --archives 20      answers that reuse of the cache gets wrong"}
	if s.filter != "" {
		lines = []string{"", "Nothing matches /" + ui.Plain(s.filter), "", "esc  clear the filter", "/    change it"}
	}
	var out []string
	for _, l := range lines {
		out = append(out, "  "+s.c.Theme.Paint("muted", ui.Cut(l, max(w-4, 0))))
	}
	return ui.Block(out, w, h)
}

// detailLines shows the finding under the cursor in full.
func (s *Screen) detailLines(w, h int) []string {
	f := s.told
	if f.Run == "" || s.table.Len() == 0 {
		return nil
	}
	th := s.c.Theme
	wrap := func(role, text string) (out []string) {
		for _, l := range ui.Wrap(ui.Plain(text), max(w-1, 1)) {
			out = append(out, th.Paint(role, l))
		}
		return out
	}
	out := wrap("", oneLine(f.Title))
	seen := "seen once"
	if f.Confirmed {
		seen = "seen again when it was tried again"
	}
	out = append(out, wrap(severityRole(f.Severity), fmt.Sprintf("%s  %s  verdict %s  %s", f.Severity, f.Category, orDash(f.Verdict), seen))...)
	out = append(out, wrap("muted", "signature "+orDash(f.Signature))...)
	said := "nobody has said anything of it (l)"
	if f.Label.Word != "" {
		said = strings.TrimSpace("label " + f.Label.Word + "  " + f.Label.Note)
	}
	out = append(out, wrap("mark", said)...)
	at := time.UnixMilli(f.AtMs).In(s.c.Now().Location()).Format("2006-01-02 15:04")
	out = append(out, wrap("muted", fmt.Sprintf("%s of run %s  %s  %s  %s", f.ID, f.Name, f.Kind, f.Run, at))...)
	s.scroll = max(min(s.scroll, len(out)-h), 0)
	out = out[s.scroll:]
	for i := range out {
		out[i] = " " + out[i]
	}
	return out
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
