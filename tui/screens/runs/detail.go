package runs

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/core/run"
	"assay/tui/ui"
)

// detail is what the panes beside the list show of one run.
type detail struct {
	run    run.Run
	events []run.Event
	params []param // of the run, in the order of its schema
	curves []curve // the metrics that it records over steps
}

// atEnd scrolls a pane to its last line.
const atEnd = 1 << 30

// detailLines describes a run in lines of w cells. Where the events and the
// parameters have no pane of their own, they follow.
func (s *Screen) detailLines(w int, withParams, withEvents bool) []string {
	d := s.detail
	if d == nil {
		return nil
	}
	th := s.c.Theme
	r := d.run
	now := s.c.Now()
	facts := []string{string(r.ID), ui.Plain(r.Kind)}
	if r.Seed != 0 {
		facts = append(facts, fmt.Sprintf("seed %d", r.Seed))
	}
	facts = append(facts, ui.Plain(r.Host), deviceText(r.Env))
	if ms := max(r.StartedMs, r.CreatedMs); ms > 0 {
		facts = append(facts, time.UnixMilli(ms).In(now.Location()).Format("2006-01-02 15:04:05"))
	}
	var out []string
	for _, l := range flow(facts, w) {
		out = append(out, th.Paint("muted", l))
	}

	state := r.State.Mark() + " " + string(r.State)
	if took := tookText(r, now); took != "-" {
		state += "  " + took
	}
	line := th.Paint(stateRole(r.State), state)
	if r.Parent != "" {
		line += th.Paint("muted", fmt.Sprintf("  %s of %s", r.Relation, r.Parent[:min(10, len(r.Parent))]))
	}
	if tags := tagsText(r); tags != "" {
		line += "  " + th.Paint("mark", tags)
	}
	out = append(out, ui.Cut(line, w))
	if r.State.Live() || r.State.Resumable() && r.Total > 0 {
		if p := s.progressLine(r, w); p != "" {
			out = append(out, p)
		}
	}
	if r.Headline != "" {
		for _, l := range ui.Wrap(ui.Plain(r.Headline), w) {
			out = append(out, th.Paint("number", l))
		}
	}
	if r.ErrorCode != "" || r.ErrorText != "" {
		for _, l := range ui.Wrap(ui.Plain(strings.TrimSpace(r.ErrorCode+" "+r.ErrorText)), w) {
			out = append(out, th.Paint("error", l))
		}
	}
	if r.Note != "" {
		for l := range strings.SplitSeq("note: "+r.Note, "\n") {
			out = append(out, ui.Wrap(ui.Plain(l), w)...)
		}
	}
	out = append(out, s.sparks(w)...)
	if withParams {
		for _, l := range ui.Wrap(d.changedParams(), w) {
			out = append(out, th.Paint("muted", l))
		}
	}
	if withEvents && len(d.events) > 0 {
		const few = 4
		out = append(out, eventLines(s.c, d.events[max(len(d.events)-few, 0):], w)...)
	}
	return out
}

// flow writes facts side by side, as many to a line of w cells as fit.
func flow(facts []string, w int) []string {
	var out []string
	line := ""
	for _, f := range facts {
		switch {
		case f == "":
		case line == "":
			line = f
		case ui.Width(line)+2+ui.Width(f) <= w:
			line += "  " + f
		default:
			out = append(out, ui.Cut(line, w))
			line = f
		}
	}
	if line != "" {
		out = append(out, ui.Cut(line, w))
	}
	return out
}

// progressLine draws a bar with the share done and the time that is left.
func (s *Screen) progressLine(r run.Run, w int) string {
	if r.Total <= 0 {
		if r.Done > 0 {
			return s.c.Theme.Paint("running", fmt.Sprintf("%d done", r.Done))
		}
		return ""
	}
	share := min(max(float64(r.Done)/float64(r.Total), 0), 1)
	text := " " + progressText(r)
	if left := s.c.Now().UnixMilli() - r.StartedMs; r.State == run.Running && r.StartedMs > 0 && r.Done > 0 && r.Done < r.Total && left > 0 {
		eta := time.Duration(float64(left)*(1-share)/share) * time.Millisecond
		text += "  eta " + spanText(eta)
	}
	width := min(max(w-ui.Width(text), 0), 40)
	full := int(share*float64(width) + 0.5)
	on, off := "█", "░"
	if s.c.ASCII {
		on, off = "#", "."
	}
	return s.c.Theme.Paint("running", strings.Repeat(on, full)) + s.c.Theme.Paint("faint", strings.Repeat(off, width-full)) + ui.Cut(text, w)
}

// eventLines writes events, one a line: time, level where it matters, text.
func eventLines(c *ui.Context, events []run.Event, w int) []string {
	var out []string
	for _, e := range events {
		role, word := "", ""
		switch {
		case e.Level >= run.Err:
			role, word = "error", "error "
		case e.Level >= run.Warn:
			role, word = "warn", "warning "
		case e.Level < run.Info:
			role = "faint"
		}
		at := time.UnixMilli(e.TMs).In(c.Now().Location()).Format("15:04:05")
		text := e.Text
		if text == "" {
			text = e.Kind
		}
		out = append(out, ui.Cut(c.Theme.Paint("muted", at)+" "+c.Theme.Paint(role, word+ui.Plain(text)), w))
	}
	return out
}

// deviceText picks the device out of the environment of a run.
func deviceText(env json.RawMessage) string {
	var e struct {
		Device string `json:"device"`
	}
	if json.Unmarshal(env, &e) != nil {
		return ""
	}
	return ui.Plain(e.Device)
}
