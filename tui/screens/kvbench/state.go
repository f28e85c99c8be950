package kvbench

import (
	"strings"

	"assay/core/run"
	"assay/tui/ui"
)

// emptyLines is the body where no run can be shown: what would be here, and the
// key and the command that bring it.
func (s *Screen) emptyLines() []string {
	t := s.c.Theme
	var lines []string
	add := func(text string) { lines = append(lines, ui.Wrap(text, max(s.w-2, 1))...) }
	switch {
	case s.err != nil:
		add(t.Paint("error", "The run cannot be shown"))
		add(s.err.Error())
		add("")
		add("ctrl+r reads it again, 1 lists all runs.")
	case len(s.runs) > 0 || s.reader.busy || !s.asked:
		add("Reading the run ...")
	default:
		add(t.Paint("title", "No run of the KV bench yet"))
		add("Here a heat map shows, by layer and token, how far blended caches are from a full prefill, with the time to the first token and the answer of every mode.")
		add("")
		add("n  blends the prompt of a demo archive:")
		add("   assay kv blend --demo --seed 7 --modes all")
		add("1  lists all runs:")
		add("   assay run ls")
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// banner is what stands above a page whose run did not end well or stands still,
// or whose reading failed: the reason, and how it goes on.
func (s *Screen) banner() []string {
	t := s.c.Theme
	if s.err != nil {
		return []string{ui.Fit(t.Paint("error", " ! "+oneLine(s.err.Error())), s.w)}
	}
	r := s.runs[0].Run
	if len(s.runs) > 1 || r.State == run.Done || r.State.Live() && r.ErrorCode == "" {
		return nil
	}
	text := " " + r.State.Mark() + " " + string(r.State)
	if r.ErrorCode != "" {
		text += " " + r.ErrorCode
	}
	if r.ErrorText != "" {
		text += ": " + oneLine(r.ErrorText)
	}
	role := "cancelled"
	if r.State == run.Failed || r.State == run.Lost {
		role = string(r.State)
	}
	if r.State.Live() { // it stands still, and its worker says why
		return []string{ui.Fit(t.Paint("warn", ui.Cut(text, s.w)), s.w)}
	}
	hint := "p resumes it"
	if s.w < ui.Width(text)+ui.Width(hint)+3 && s.h > 8 {
		return []string{ui.Fit(t.Paint(role, ui.Cut(text, s.w)), s.w), ui.Fit("   "+hint+": assay run resume "+string(r.ID), s.w)}
	}
	return []string{ui.Ends(t.Paint(role, text), hint+" ", s.w)}
}

// oneLine makes any text fit for a single line of the screen.
func oneLine(text string) string { return strings.Join(strings.Fields(ui.Plain(text)), " ") }
