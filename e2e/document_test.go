//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"assay/core/run"
)

// lookup finds a value in a document by a path: keys with dots between them, an
// element of a list as [2], as [-1] for the last, as [mode=blend] for the first
// whose field has that value, or [len] for the length.
func lookup(doc any, path string) (any, error) {
	at := ""
	for _, step := range strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' }) {
		index, isIndex := strings.CutPrefix(step, "[")
		index = strings.TrimSuffix(index, "]")
		switch x := doc.(type) {
		case map[string]any:
			v, ok := x[step]
			if isIndex || !ok {
				return nil, fmt.Errorf("%s: no field %q", path, strings.TrimPrefix(at+"."+step, "."))
			}
			doc = v
		case []any:
			v, err := element(x, index)
			if !isIndex || err != nil {
				return nil, fmt.Errorf("%s: %q of a list of %d: %v", path, at+step, len(x), err)
			}
			doc = v
		default:
			return nil, fmt.Errorf("%s: %q is %v, not an object or a list", path, at, doc)
		}
		at += "." + step
	}
	return doc, nil
}

func element(list []any, index string) (any, error) {
	if index == "len" {
		return json.Number(strconv.Itoa(len(list))), nil
	}
	if key, want, ok := strings.Cut(index, "="); ok {
		for _, e := range list {
			if m, ok := e.(map[string]any); ok && fmt.Sprint(m[key]) == want {
				return e, nil
			}
		}
		return nil, fmt.Errorf("no element has %s", index)
	}
	i, err := strconv.Atoi(index)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		i += len(list)
	}
	if i < 0 || i >= len(list) {
		return nil, fmt.Errorf("no element %s", index)
	}
	return list[i], nil
}

// lasting returns a copy of a document without what differs between any two
// runs: run_id and what was measured.
func lasting(doc any) any {
	switch x := doc.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, v := range x {
			if k != "run_id" && !run.Measured(k) {
				m[k] = lasting(v)
			}
		}
		return m
	case []any:
		l := make([]any, len(x))
		for i, v := range x {
			l[i] = lasting(v)
		}
		return l
	}
	return doc
}

// text writes a document with sorted keys, one value a line, so that two of
// them can be compared by eye.
func text(doc any) string {
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// difference returns the first line in which two documents differ, or "".
func difference(a, b any) string {
	x, y := strings.Split(text(a), "\n"), strings.Split(text(b), "\n")
	for i := range max(len(x), len(y)) {
		switch {
		case i >= len(x):
			return "only in the second: " + y[i]
		case i >= len(y):
			return "only in the first: " + x[i]
		case x[i] != y[i]:
			return fmt.Sprintf("line %d: %s != %s", i+1, strings.TrimSpace(x[i]), strings.TrimSpace(y[i]))
		}
	}
	return ""
}
