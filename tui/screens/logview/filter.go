package logview

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/core/query"
	"assay/core/run"
)

// filterKeys are those that every line has; beside them there are its fields.
var filterKeys = []string{"level", "run", "kind", "text"}

// filter is the language of the lists over the lines of a log.
type filter struct {
	terms query.Query
	tests map[string]func(string) bool // of each atom, by what it says
	level bool                         // it says which levels, whatever the least one is
}

// newFilter reads a filter. The error says what is wrong with it; a key that is none
// of known is an error too.
func newFilter(text string, known []string) (filter, error) {
	q, err := query.Parse(text)
	f := filter{terms: q, tests: map[string]func(string) bool{}}
	if err != nil {
		return f, err
	}
	for _, t := range q {
		for _, a := range t.Any {
			if a.Key != "" && !slices.Contains(known, a.Key) {
				return f, fmt.Errorf("filter: unknown key %q; did you mean %s?", a.Key, query.Nearest(a.Key, known))
			}
			if a.Key == "level" {
				f.level = true
				if a, err = levelAtom(a); err != nil {
					return f, err
				}
			}
			if f.tests[name(a)], err = a.Test(); err != nil {
				return f, fmt.Errorf("filter: %s: %w", t.Text, err)
			}
		}
	}
	return f, nil
}

// name tells atoms apart.
func name(a query.Atom) string { return fmt.Sprintf("%q %q %q", a.Key, a.Op, a.Values) }

// levelAtom makes the words of levels the numbers behind them: level>=warn.
func levelAtom(a query.Atom) (query.Atom, error) {
	if a.Op == query.Match {
		return a, nil
	}
	a.Values = slices.Clone(a.Values)
	for i, v := range a.Values {
		l, ok := map[string]run.Level{"debug": run.Debug, "info": run.Info, "warn": run.Warn, "warning": run.Warn, "error": run.Err}[strings.ToLower(v)]
		if !ok {
			return a, fmt.Errorf("filter: level %q: expected debug, info, warn or error", v)
		}
		a.Values[i] = strconv.Itoa(int(l))
	}
	return a, nil
}

// holds reports whether a line passes.
func (f filter) holds(l *line) bool {
	ok, err := f.terms.Holds(func(a query.Atom) (bool, error) {
		if a.Key == "level" {
			if a.Op == query.Match {
				return f.tests[name(a)](l.level.Word()), nil
			}
			a, err := levelAtom(a)
			return err == nil && f.tests[name(a)](strconv.Itoa(int(l.level))), err
		}
		return slices.ContainsFunc(l.values(a.Key), f.tests[name(a)]), nil
	})
	return ok && err == nil
}

// values are what a line has under a key; all of it for none.
func (l *line) values(key string) []string {
	switch key {
	case "run":
		return []string{l.from, string(l.id)}
	case "kind":
		return []string{l.kind}
	case "text":
		return []string{l.text}
	}
	var out []string
	all := l.from + " " + l.kind + " " + l.text
	for _, x := range l.extra {
		if x.key == key {
			out = append(out, strings.Trim(x.value, `"`))
		}
		all += " " + x.key + "=" + x.value
	}
	if key == "" {
		return []string{all}
	}
	return out
}

// keys are those that the lines can be filtered by.
func (s *Screen) keys() []string {
	out := slices.Clone(filterKeys)
	for i := range s.lines {
		for _, x := range s.lines[i].extra {
			if !slices.Contains(out, x.key) {
				out = append(out, x.key)
			}
		}
	}
	return out
}
