package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference compares two JSON documents of runs and describes the first place
// where they differ as "path: a != b", or returns "" where they are the same.
// What was measured (see Measured) and run_id are left out, since they differ
// between any two runs. Numbers are compared as they are written:
// the same bits give the same digits. Objects are walked in the order of their
// sorted keys, so the answer is the same every time.
func Difference(a, b []byte) (string, error) {
	x, err := decode(a)
	if err != nil {
		return "", fmt.Errorf("first document: %w", err)
	}
	y, err := decode(b)
	if err != nil {
		return "", fmt.Errorf("second document: %w", err)
	}
	return difference("", x, y), nil
}

// Measured reports whether a field of a document holds a measured time or rate, by
// its name: it ends in _ms, _msym_s or _mb_s.
func Measured(field string) bool {
	return strings.HasSuffix(field, "_ms") || strings.HasSuffix(field, "_msym_s") || strings.HasSuffix(field, "_mb_s")
}

func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func difference(path string, a, b any) string {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		keys := slices.Collect(maps.Keys(x))
		for k := range y {
			if _, ok := x[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			if k == "run_id" || Measured(k) {
				continue
			}
			at := strings.TrimPrefix(path+"."+k, ".")
			p, inA := x[k]
			q, inB := y[k]
			switch {
			case !inA:
				return at + ": only in the second"
			case !inB:
				return at + ": only in the first"
			}
			if d := difference(at, p, q); d != "" {
				return d
			}
		}
		return ""
	case []any:
		y, ok := b.([]any)
		if !ok {
			break
		}
		for i := range min(len(x), len(y)) {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), x[i], y[i]); d != "" {
				return d
			}
		}
		if len(x) != len(y) {
			return fmt.Sprintf("%s: %d entries != %d", path, len(x), len(y))
		}
		return ""
	}
	// Both are scalars here, or of different shapes, which the texts show.
	s, t := shown(a), shown(b)
	if s == t {
		return ""
	}
	return fmt.Sprintf("%s: %s != %s", path, s, t)
}

func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 60 // enough to see a number or the start of a text
	if len(b) > most {
		return string(b[:most]) + "..."
	}
	return string(b)
}
