package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/run"
)

// Type is the type of a parameter.
type Type string

// The types of parameters and the Go type of their values in Params.
const (
	String Type = "string" // string
	Path   Type = "path"   // string; made absolute before a run is recorded
	Enum   Type = "enum"   // string, one of Choices
	Int    Type = "int"    // int64
	Float  Type = "float"  // float64
	Bool   Type = "bool"   // bool
	Enums  Type = "enums"  // []string, each one of Choices; "all" stands for every choice
	Ints   Type = "ints"   // []int64
	Floats Type = "floats" // []float64
)

// Param describes one parameter. Min and Max bound numbers, and each element of
// a list of numbers, inclusively; both zero means unbounded.
type Param struct {
	Name     string // flag, form, TOML and JSON key: "max-new" is max_new in JSON and TOML
	Type     Type
	Default  string // in the notation of Parse; "" is the empty string or list
	Unit     string // "tokens", "share", "": shown in forms and the reference
	Help     string // one sentence
	Choices  []string
	Min, Max float64
	Group    string // heading in forms and help; "" is the first group
}

// Key returns the name as it is written in JSON and TOML: with underscores.
func (p Param) Key() string { return strings.ReplaceAll(p.Name, "-", "_") }

// Schema is the ordered list of parameters of a kind of run.
type Schema []Param

// Find returns the parameter of a name or key.
func (s Schema) Find(name string) (Param, bool) {
	for _, p := range s {
		if p.Name == name || p.Key() == name {
			return p, true
		}
	}
	return Param{}, false
}

// Defaults returns the parameters with every default filled in.
func (s Schema) Defaults() Params {
	v := make(Params, len(s))
	for _, p := range s {
		x, err := p.Parse(p.Default)
		if err != nil {
			panic("bench: default of " + p.Name + ": " + err.Error()) // a fault of the schema; a test parses them all
		}
		v[p.Key()] = x
	}
	return v
}

// Complete fills in defaults and checks names, types, choices and ranges.
// Values may come from flags (strings), TOML or JSON (their natural types). The
// error is an *run.Error of code E-USAGE that names the parameter.
func (s Schema) Complete(given map[string]any) (Params, error) {
	out := s.Defaults()
	for _, name := range slices.Sorted(maps.Keys(given)) { // so that of several the same one is named
		if _, ok := s.Find(name); !ok {
			return nil, usage("unknown parameter %q; known are %s", name, strings.Join(s.names(), ", "))
		}
	}
	for _, p := range s {
		x, ok := given[p.Key()]
		if y, named := given[p.Name]; named && p.Name != p.Key() {
			if ok {
				return nil, usage("--%s is given twice, as %s and %s", p.Name, p.Name, p.Key())
			}
			x, ok = y, true
		}
		if !ok {
			continue
		}
		v, err := p.convert(x)
		if err != nil {
			return nil, err
		}
		out[p.Key()] = v
	}
	return out, nil
}

func (s Schema) names() []string {
	var n []string
	for _, p := range s {
		n = append(n, p.Name)
	}
	return n
}

// Parse reads a value as it is written in a flag or a form: lists are
// separated by commas. The error is an *run.Error of code E-USAGE that names
// the parameter, the value and what was expected.
func (p Param) Parse(text string) (any, error) {
	switch p.Type {
	case String, Path:
		return text, nil
	case Enum:
		if !slices.Contains(p.Choices, text) {
			return nil, p.bad(text)
		}
		return text, nil
	case Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, p.bad(text)
		}
		return b, nil
	case Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !p.inside(float64(n)) {
			return nil, p.bad(text)
		}
		return n, nil
	case Float:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || !p.inside(f) {
			return nil, p.bad(text)
		}
		return f, nil
	case Enums:
		list, all := []string{}, false
		for _, w := range words(text) {
			if w == "all" {
				all = true
				continue
			}
			if !slices.Contains(p.Choices, w) {
				return nil, p.bad(w)
			}
			if !slices.Contains(list, w) {
				list = append(list, w)
			}
		}
		if all {
			return slices.Clone(p.Choices), nil
		}
		return list, nil
	case Ints:
		list := []int64{}
		for _, w := range words(text) {
			n, err := strconv.ParseInt(w, 10, 64)
			if err != nil || !p.inside(float64(n)) {
				return nil, p.bad(w)
			}
			list = append(list, n)
		}
		return list, nil
	case Floats:
		list := []float64{}
		for _, w := range words(text) {
			f, err := strconv.ParseFloat(w, 64)
			if err != nil || !p.inside(f) {
				return nil, p.bad(w)
			}
			list = append(list, f)
		}
		return list, nil
	}
	return nil, usage("parameter %s has the unknown type %q", p.Name, p.Type)
}

// Format writes a value in the notation that Parse reads.
func (p Param) Format(v any) string {
	switch x := v.(type) {
	case []string:
		return strings.Join(x, ",")
	case []int64:
		w := make([]string, len(x))
		for i, n := range x {
			w[i] = strconv.FormatInt(n, 10)
		}
		return strings.Join(w, ",")
	case []float64:
		w := make([]string, len(x))
		for i, f := range x {
			w[i] = strconv.FormatFloat(f, 'g', -1, 64)
		}
		return strings.Join(w, ",")
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// Expect says in words what values the parameter takes: "a number from 0 to 1".
func (p Param) Expect() string {
	bounds := ""
	if p.bounded() {
		bounds = fmt.Sprintf(" from %s to %s", scalar(p.Min), scalar(p.Max))
	}
	switch p.Type {
	case Enum:
		return "one of " + strings.Join(p.Choices, ", ")
	case Enums:
		return "all, or a list of " + strings.Join(p.Choices, ", ")
	case Int:
		return "a whole number" + bounds
	case Float:
		return "a number" + bounds
	case Ints:
		return "a list of whole numbers" + bounds
	case Floats:
		return "a list of numbers" + bounds
	case Bool:
		return "true or false"
	case Path:
		return "a path"
	}
	return "a text"
}

// convert brings a value of a flag, TOML or JSON to the type of the parameter by
// way of its text, so that all of them pass the same checks.
func (p Param) convert(v any) (any, error) {
	switch x := v.(type) {
	case string:
		return p.Parse(x)
	case []any:
		if !p.list() {
			return nil, p.bad(fmt.Sprint(x))
		}
		w := make([]string, len(x))
		for i, e := range x {
			if w[i] = scalar(e); !plain(e) || strings.Contains(w[i], ",") {
				return nil, p.bad(w[i])
			}
		}
		return p.Parse(strings.Join(w, ","))
	case []string, []int64, []float64:
		return p.Parse(p.Format(x))
	}
	if !plain(v) {
		return nil, p.bad(fmt.Sprint(v))
	}
	return p.Parse(scalar(v))
}

func (p Param) list() bool { return p.Type == Enums || p.Type == Ints || p.Type == Floats }

// plain reports whether a value of TOML or JSON is a single text, number or truth.
func plain(v any) bool {
	switch v.(type) {
	case string, bool, float64, int, int64, json.Number:
		return true
	}
	return false
}

// scalar writes a number so that a whole one reads as a whole number: JSON has
// no other way to say 1000000 than a float64 may.
func scalar(v any) string {
	f, ok := v.(float64)
	if n, isNumber := v.(json.Number); isNumber {
		if _, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
			return n.String()
		}
		var err error
		if f, err = n.Float64(); err != nil {
			return n.String()
		}
		ok = true
	}
	if ok {
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

func (p Param) bounded() bool { return p.Min != 0 || p.Max != 0 }

func (p Param) inside(f float64) bool {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return false
	}
	return !p.bounded() || (f >= p.Min && f <= p.Max)
}

func (p Param) bad(got string) error {
	return usage("--%s %q: expected %s", p.Name, got, p.Expect())
}

func usage(format string, a ...any) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf(format, a...)}
}

func words(text string) []string {
	var w []string
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			w = append(w, s)
		}
	}
	return w
}
