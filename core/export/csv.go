package export

import (
	"encoding/csv"
	"io"
	"iter"
	"math"
	"strconv"
)

// Sheet is a tidy table: one observation a row, one variable a column, the unit
// of a variable at the end of its name ("ttft_ms").
type Sheet struct {
	Name   string // "modes": the name of its file without .csv
	About  string // what one row is
	Header []string
	Rows   iter.Seq[[]string] // may be nil
}

// WriteCSV writes a sheet as RFC 4180 has it, but with plain line feeds.
func (s Sheet) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(s.Header); err != nil {
		return err
	}
	if s.Rows != nil {
		for row := range s.Rows {
			if err := c.Write(row); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// Cell writes a number for a sheet: the fewest digits that read back as the same
// number, "" for NaN.
func Cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Cell32 writes a number of an array, which has fewer digits.
func Cell32(v float32) string {
	if v != v {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

// Sheets returns the tables that every run has, whatever its kind: values of
// metrics, lines of the log. Those without rows are left out.
func (d *Document) Sheets() []Sheet {
	id := string(d.Run.ID)
	metrics := Sheet{Name: "metrics", About: "one value of a metric", Header: []string{"run_id", "metric", "unit", "step", "t_ms", "value"}}
	metrics.Rows = func(yield func([]string) bool) {
		for _, m := range d.Metrics {
			for _, p := range m.Points {
				if !yield([]string{id, m.Key.Name, m.Key.Unit, strconv.FormatInt(p.Step, 10), strconv.FormatInt(p.TMs, 10), Cell(p.Value)}) {
					return
				}
			}
		}
	}
	events := Sheet{Name: "events", About: "one line of the log", Header: []string{"run_id", "seq", "t_ms", "level", "kind", "text"}}
	events.Rows = func(yield func([]string) bool) {
		for _, e := range d.Events {
			if !yield([]string{id, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.TMs, 10), strconv.Itoa(int(e.Level)), e.Kind, e.Text}) {
				return
			}
		}
	}
	var out []Sheet
	if len(d.Metrics) > 0 {
		out = append(out, metrics)
	}
	if len(d.Events) > 0 {
		out = append(out, events)
	}
	return out
}
