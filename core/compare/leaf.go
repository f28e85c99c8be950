package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any // object, []any, json.Number, string, bool or nil
}

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// decode reads a document; its members keep their order, since that is the order
// in which people know them.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := value(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func value(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{fmt.Sprint(name), v})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// What names an entry of a list, the first that all entries have.
var names = []string{"key", "name", "id"}

// coordinates are numbers that say where a value was taken, rather than what it is.
var coordinates = []string{"ratio", "threshold", "sparsity", "exponent", "budget", "level", "epoch", "step", "layer"}

// ordinals count repetitions or places; they are neither values nor names.
var ordinals = []string{"prompt", "archive", "index", "start", "end", "seq", "trial", "repeat"}

// prose are members with text that a run has made: not a name, though it may be short.
var prose = []string{"text", "got", "answer", "gold", "question", "note", "reason", "title", "verdict", "sha256", "fingerprint", "reproducer"}

// leaf is one number of one run, perhaps one of several with the same path.
type leaf struct {
	path   string
	value  float64
	ci     *[2]float64
	at     at
	depth  int
	better int  // see Number.Better
	truth  bool // 1 for true, 0 for false
}

// at is where a number stands in its family: a coordinate and its value. The family
// is the path with the coordinate left open.
type at struct {
	family, axis string
	x            float64
}

// leaves lists the numbers of a document in its order.
func leaves(doc any) []leaf {
	var w walker
	w.walk("", doc, at{}, 0)
	return w.out
}

type walker struct{ out []leaf }

func (w *walker) walk(path string, v any, p at, depth int) {
	switch x := v.(type) {
	case object:
		for _, m := range x {
			if slices.Contains(ordinals, m.name) || strings.HasSuffix(m.name, "ci95") {
				continue
			}
			if _, number := m.value.(json.Number); number && depth > 0 && slices.Contains(coordinates, m.name) {
				continue // it is in the name of its entry
			}
			w.member(join(path, m.name), m, x, p.below(m.name), depth)
		}
	case []any:
		w.list(path, x, p, depth)
	}
}

func (w *walker) member(path string, m member, of object, p at, depth int) {
	switch x := m.value.(type) {
	case json.Number:
		if f, err := x.Float64(); err == nil {
			w.out = append(w.out, leaf{path, f, interval(of, m.name), p, depth, direction(m.name), false})
		}
	case bool: // the share of what holds, where there are repetitions
		f := 0.0
		if x {
			f = 1
		}
		w.out = append(w.out, leaf{path, f, nil, p, depth, direction(m.name), true})
	default:
		w.walk(path, x, p, depth)
	}
}

// interval is what a document states beside a number: NAME_ci95, or ci95 where the
// name is value or mean.
func interval(of object, name string) *[2]float64 {
	v := of.get(name + "_ci95")
	if v == nil && (name == "value" || name == "mean") {
		v = of.get("ci95")
	}
	list, ok := v.([]any)
	if !ok || len(list) != 2 {
		return nil
	}
	var ci [2]float64
	for i, e := range list {
		n, ok := e.(json.Number)
		if !ok {
			return nil
		}
		f, err := n.Float64()
		if err != nil {
			return nil
		}
		ci[i] = f
	}
	return &ci
}

// list walks the entries of a list of objects; bare numbers in a row (positions,
// logits) are data, not results.
func (w *walker) list(path string, list []any, p at, depth int) {
	var entries []object
	for _, e := range list {
		o, ok := e.(object)
		if !ok {
			return
		}
		entries = append(entries, o)
	}
	by := nameOf(entries)
	for _, e := range entries {
		name, open, axis, x := entryName(e, by)
		inner := p
		switch {
		case p.axis != "":
			inner.family += "[" + name + "]"
		case axis != "":
			inner = at{path + "[" + open + "]", axis, x}
		}
		w.walk(path+"["+name+"]", e, inner, depth+1)
	}
}

// below carries a family on to a member.
func (p at) below(name string) at {
	if p.family != "" {
		p.family = join(p.family, name)
	}
	return p
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// nameOf returns the member that names every entry, "" for none.
func nameOf(entries []object) string {
	for _, n := range names {
		if len(entries) > 0 && !slices.ContainsFunc(entries, func(o object) bool { s, ok := o.get(n).(string); return !ok || s == "" }) {
			return n
		}
	}
	return ""
}

// entryName makes the name of an entry, and what is left of it when its first
// coordinate is left open. by is the member that names it, "" where its short words
// and coordinates do.
func entryName(e object, by string) (name, open, axis string, x float64) {
	var parts, rest []string
	for _, m := range e {
		switch v := m.value.(type) {
		case string:
			if m.name != by && v != "" && len(v) <= 32 && !strings.ContainsFunc(v, unicode.IsSpace) && !slices.Contains(prose, m.name) {
				parts, rest = append(parts, v), append(rest, v)
			}
		case json.Number:
			f, err := v.Float64()
			if err != nil || !slices.Contains(coordinates, m.name) {
				continue
			}
			label := m.name + "=" + strconv.FormatFloat(f, 'g', -1, 64)
			parts = append(parts, label)
			if axis == "" {
				axis, x, label = m.name, f, m.name
			}
			rest = append(rest, label)
		}
	}
	name = strings.Join(parts, " ")
	if by != "" {
		name, _ = e.get(by).(string)
	}
	return name, strings.Join(rest, " "), axis, x
}

// direction says which way a number is better by the words of its name, 0 where they
// do not say.
func direction(name string) int {
	has := func(words ...string) bool {
		return slices.ContainsFunc(strings.Split(name, "_"), func(w string) bool { return slices.Contains(words, w) })
	}
	switch {
	case has("accuracy", "acc", "top1", "f1", "rouge", "precision", "recall", "auc"):
		return 1
	case has("kl", "loss", "error", "err", "ms", "dv", "dk", "perplexity", "mse"):
		return -1
	}
	return 0
}
