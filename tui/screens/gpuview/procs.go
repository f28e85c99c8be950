package gpuview

import (
	"fmt"
	"strconv"
	"strings"

	"assay/core/run"
	"assay/core/telemetry"
	"assay/tui/ui"
)

func procColumns() []ui.Column {
	return []ui.Column{
		{Title: "process", Min: 14, Ideal: 18, Grow: 1, Priority: 9},
		{Title: "pid", Min: 7, Ideal: 7, Priority: 8, Right: true},
		{Title: "user", Min: 6, Ideal: 8, Priority: 4},
		{Title: "cpu", Min: 6, Ideal: 6, Priority: 7, Right: true},
		{Title: "memory", Min: 7, Ideal: 7, Priority: 6, Right: true},
		{Title: "cards", Min: 6, Ideal: 11, Priority: 5},
		{Title: "card memory", Min: 11, Ideal: 11, Priority: 5, Right: true},
	}
}

// procRows are processes as rows of a table.
type procRows struct {
	c    *ui.Context
	list []telemetry.Process
}

func (r *procRows) Len() int         { return len(r.list) }
func (r *procRows) Key(i int) string { return strconv.Itoa(r.list[i].PID) }

func (r *procRows) Cells(i int) []ui.Cell {
	p := &r.list[i]
	role := ""
	if p.Ours {
		role = "info"
	}
	return []ui.Cell{
		{Text: procName(p), Role: role},
		{Text: strconv.Itoa(p.PID)},
		{Text: ui.Plain(known(p.User))},
		{Text: cpuText(p.CPU)},
		{Text: sizeText(p.RSS)},
		{Text: ui.Plain(where(p))},
		{Text: onCards(p)},
	}
}

// procName says what a process is: the run of a worker, what else of this program
// it is, or what the program is called.
func procName(p *telemetry.Process) string {
	switch {
	case p.RunID != "":
		return "run " + ui.Plain(p.RunID[:min(len(p.RunID), 10)])
	case p.Ours:
		return ui.Plain("assay " + p.Role)
	case p.Name == "":
		return "(hidden)"
	}
	return ui.Plain(p.Name)
}

// cpuText writes processors in use in per cent of one, in six cells.
func cpuText(v telemetry.Value) string {
	n, ok := v.Get()
	if !ok {
		return "     -"
	}
	return fmt.Sprintf("%5.0f%%", 100*min(max(n, 0), 999))
}

// sizeText writes bytes in seven cells.
func sizeText(v telemetry.Value) string {
	n, ok := v.Get()
	switch {
	case !ok:
		return "      -"
	case n < 1<<30:
		return fmt.Sprintf("%5.0f M", min(max(n, 0)/(1<<20), 99999))
	}
	return fmt.Sprintf("%5.1f G", min(n/(1<<30), 999))
}

// where names the cards of a process.
func where(p *telemetry.Process) string {
	var list []string
	for _, u := range p.Cards {
		text := strconv.Itoa(u.Index)
		if u.Instance != "" {
			text += " " + u.Instance
		}
		if u.Graphics {
			text += " draws"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// onCards sums up the memory of a process on cards; a dash where one does not tell.
func onCards(p *telemetry.Process) string {
	if len(p.Cards) == 0 {
		return ""
	}
	sum := 0.
	for _, u := range p.Cards {
		n, ok := u.Memory.Get()
		if !ok {
			return "-"
		}
		sum += n
	}
	return sizeText(telemetry.Of(sum))
}

// current is the process under the cursor.
func (s *Screen) current() (telemetry.Process, bool) {
	_, i, ok := s.procs.Cursor()
	if !ok || i >= len(s.reading.Sample.Processes) {
		return telemetry.Process{}, false
	}
	return s.reading.Sample.Processes[i], true
}

// currentRun is the run of the worker under the cursor.
func (s *Screen) currentRun() (run.ID, bool) {
	p, ok := s.current()
	if id := run.ID(p.RunID); ok && id.Valid() {
		return id, true
	}
	return "", false
}
