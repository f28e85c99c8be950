package runs

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/ui"
)

// longest is how many bytes of a value are shown as they are. A prompt that was
// read into its parameter has hundreds of thousands.
const longest = 240

// param is a parameter as it is shown.
type param struct {
	name, value, unit string
	size              int // bytes of the whole value where value is only its beginning, else 0
	changed           bool
}

// newParam cuts a long value to its beginning.
func newParam(name, value, unit string, changed bool) param {
	p := param{name: name, unit: unit, changed: changed}
	if len(value) > longest {
		p.size = len(value)
		value = value[:longest]
		for i := 0; i < utf8.UTFMax && !utf8.ValidString(value); i++ {
			value = value[:len(value)-1]
		}
	}
	p.value = ui.Plain(value)
	return p
}

// paramsOf returns the parameters of a run in the order of its kind's schema; runs
// of unknown kinds show what was stored.
func paramsOf(r run.Run, kinds bench.Registry) []param {
	var out []param
	k, err := kinds.Find(r.Kind)
	if err == nil {
		var p bench.Params
		if p, err = k.Schema.FromJSON(r.Params); err == nil {
			def := k.Schema.Defaults()
			for _, q := range k.Schema {
				v := q.Format(p[q.Key()])
				out = append(out, newParam(q.Name, v, q.Unit, v != q.Format(def[q.Key()])))
			}
			return out
		}
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(r.Params, &raw) != nil {
		return nil
	}
	for _, key := range sortedKeys(raw) {
		out = append(out, newParam(key, string(raw[key]), "", false))
	}
	return out
}

// sizeText writes the size of a value that is not shown in full: "312 KB".
func sizeText(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%d KB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// changedParams writes the parameters that differ from their defaults in a line,
// long ones by their size alone.
func (d *detail) changedParams() string {
	var parts []string
	for _, p := range d.params {
		switch {
		case !p.changed:
		case p.size > 0:
			parts = append(parts, p.name+" ("+sizeText(p.size)+")")
		default:
			parts = append(parts, p.name+" "+p.value)
		}
	}
	if len(parts) == 0 {
		return "all parameters at their defaults"
	}
	return strings.Join(parts, "  ")
}

// paramLines lists all parameters: those that were changed marked by = and bold,
// those at their defaults muted, and long ones as one line that ends in their size.
func (s *Screen) paramLines(w int) []string {
	if s.detail == nil {
		return nil
	}
	wide := 0
	for _, p := range s.detail.params {
		wide = max(wide, ui.Width(p.name))
	}
	var out []string
	for _, p := range s.detail.params {
		value := p.value
		if value == "" {
			value = "-"
		}
		if p.unit != "" && p.value != "" {
			value += " " + p.unit
		}
		room := max(w-wide-4, 1)
		parts := ui.Wrap(value, room)
		if p.size > 0 {
			size := "  " + sizeText(p.size)
			parts = []string{ui.Cut(value, max(room-len(size), 1)) + size}
		}
		name := ui.Fit(p.name, wide)
		for _, part := range parts {
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
