package runs

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/ui"
)

// detail is what the panes beside the list show of one run.
type detail struct {
	run    run.Run
	events []run.Event
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
	if len(r.Tags) > 0 {
		line += "  " + th.Paint("mark", ui.Plain(strings.Join(r.Tags, " ")))
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
		for _, l := range ui.Wrap("note: "+ui.Plain(r.Note), w) {
			out = append(out, l)
		}
	}
	if withParams {
		for _, l := range ui.Wrap(s.changedParams(r), w) {
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

// changedParams writes the parameters that differ from their defaults in a line.
func (s *Screen) changedParams(r run.Run) string {
	var parts []string
	for _, p := range s.params(r) {
		if p.changed {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	if len(parts) == 0 {
		return "all parameters at their defaults"
	}
	return strings.Join(parts, "  ")
}

type param struct {
	name, value, unit string
	changed           bool
}

// params returns the parameters of a run in the order of its kind's schema; runs
// of unknown kinds show what was stored.
func (s *Screen) params(r run.Run) []param {
	var out []param
	k, err := s.kinds.Find(r.Kind)
	if err == nil {
		var p, def bench.Params
		if p, err = k.Schema.FromJSON(r.Params); err == nil {
			def = k.Schema.Defaults()
			for _, q := range k.Schema {
				v := q.Format(p[q.Key()])
				out = append(out, param{q.Name, ui.Plain(v), q.Unit, v != q.Format(def[q.Key()])})
			}
			return out
		}
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(r.Params, &raw) != nil {
		return nil
	}
	for _, key := range sortedKeys(raw) {
		out = append(out, param{name: key, value: ui.Plain(string(raw[key]))})
	}
	return out
}

// paramLines lists all parameters, those that were changed marked by = and bold.
func (s *Screen) paramLines(w int) []string {
	if s.detail == nil {
		return nil
	}
	list := s.params(s.detail.run)
	wide := 0
	for _, p := range list {
		wide = max(wide, ui.Width(p.name))
	}
	var out []string
	for _, p := range list {
		value := p.value
		if value == "" {
			value = "-"
		}
		if p.unit != "" && p.value != "" {
			value += " " + p.unit
		}
		name := ui.Fit(p.name, wide)
		for _, part := range ui.Wrap(value, max(w-wide-4, 1)) {
			line := ui.Cut(name+"  "+part, max(w-2, 1))
			switch {
			case !p.changed:
				out = append(out, "  "+s.c.Theme.Paint("muted", line))
			case strings.TrimSpace(name) == "": // goes on
				out = append(out, "  "+s.c.Theme.Paint("title", line))
			default:
				out = append(out, s.c.Theme.Paint("changed", "=")+" "+s.c.Theme.Paint("title", line))
			}
			name = ui.Fit("", wide)
		}
	}
	return out
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
