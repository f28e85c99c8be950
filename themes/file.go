package themes

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Error is a fault in a theme file.
type Error struct {
	File string // path or name of the file
	Line int    // from 1; 0 where the fault is in no single line
	Key  string // dotted key, "" for a fault of the whole file
	Text string
}

// Error returns file, line, key and what is wrong, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("theme " + e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	b.WriteString(": " + e.Text)
	return b.String()
}

// entry is one key of a file with its value: a string, an int64 or a []any of
// these. Inline tables are taken apart, so that [roles] ok = { fg = "x" } is the
// entry roles.ok.fg.
type entry struct {
	file  string
	line  int
	key   []string
	value any
}

func (e entry) dotted() string { return strings.Join(e.key, ".") }

func (e entry) fault(format string, a ...any) *Error {
	return &Error{File: e.file, Line: e.line, Key: e.dotted(), Text: fmt.Sprintf(format, a...)}
}

func (e entry) text() (string, error) {
	s, ok := e.value.(string)
	if !ok {
		return "", e.fault("expected a text in quotes")
	}
	return s, nil
}

func (e entry) index(most int64) (uint8, error) {
	n, ok := e.value.(int64)
	if !ok || n < 0 || n > most {
		return 0, e.fault("expected a number from 0 to %d", most)
	}
	return uint8(n), nil
}

func (e entry) indices(count int, most int64) ([]uint8, error) {
	list, _ := e.value.([]any)
	if len(list) != count {
		return nil, e.fault("expected a list of %d numbers from 0 to %d", count, most)
	}
	out := make([]uint8, count)
	for i, v := range list {
		n, err := (entry{e.file, e.line, e.key, v}).index(most)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// parse reads a theme file into entries in the order of the file, and refuses
// what is not TOML and keys that no theme has.
func parse(file string, data []byte) ([]entry, error) {
	var p unstable.Parser
	p.Reset(data)
	var out []entry
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			table, _ = path(&p, e)
		case unstable.ArrayTable:
			key, line := path(&p, e)
			return nil, &Error{File: file, Line: line, Key: strings.Join(key, "."), Text: "themes have no lists of tables"}
		case unstable.KeyValue:
			var err error
			if out, err = flatten(&p, file, table, e, out); err != nil {
				return nil, err
			}
		}
	}
	if err := p.Error(); err != nil {
		line := 0
		var pe *unstable.ParserError
		if errors.As(err, &pe) && len(pe.Highlight) > 0 {
			line = p.Shape(p.Range(pe.Highlight)).Start.Line
		}
		return nil, &Error{File: file, Line: line, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	for _, e := range out {
		if err := e.known(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// path returns the dotted key of a table or key and the line it stands in.
func path(p *unstable.Parser, n *unstable.Node) (key []string, line int) {
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if line == 0 && k.Raw.Length > 0 {
			line = p.Shape(k.Raw).Start.Line
		}
		key = append(key, string(k.Data))
	}
	return key, line
}

func flatten(p *unstable.Parser, file string, table []string, kv *unstable.Node, out []entry) ([]entry, error) {
	key, line := path(p, kv)
	key = slices.Concat(table, key)
	v := kv.Value()
	if v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			var err error
			if out, err = flatten(p, file, key, it.Node(), out); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	e := entry{file: file, line: line, key: key}
	var ok bool
	if e.value, ok = scalar(v); !ok {
		return nil, e.fault("expected a text, a number or a list of these")
	}
	return append(out, e), nil
}

func scalar(n *unstable.Node) (any, bool) {
	switch n.Kind {
	case unstable.String:
		return string(n.Data), true
	case unstable.Integer:
		i, err := strconv.ParseInt(string(n.Data), 0, 64)
		return i, err == nil
	case unstable.Array:
		list := []any{}
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			v, ok := scalar(it.Node())
			if !ok {
				return nil, false
			}
			list = append(list, v)
		}
		return list, true
	}
	return nil, false
}

// known checks that themes have the key.
func (e entry) known() error {
	top := []string{"name", "variant", "pair", "inherits", "origin", "background", "colors", "palette", "roles", "chart"}
	section := e.key[0]
	switch {
	case !slices.Contains(top, section):
		return e.fault("unknown key%s", suggest(section, top))
	case section == "palette" && len(e.key) == 2, len(e.key) == 1 && !slices.Contains(top[7:], section):
		return nil
	case section == "chart" && len(e.key) == 2:
		if keys := []string{"series", "series16", "ramp", "ramp256", "ramp16", "diverge", "diverge256", "diverge16"}; !slices.Contains(keys, e.key[1]) {
			return e.fault("unknown key%s", suggest(e.key[1], keys))
		}
		return nil
	case section == "roles" && len(e.key) >= 2 && !slices.Contains(Roles(), e.key[1]):
		return e.fault("unknown role%s", suggest(e.key[1], Roles()))
	case section == "roles" && len(e.key) == 3:
		if keys := []string{"fg", "bg", "attr", "ansi", "ansi_bg", "mono"}; !slices.Contains(keys, e.key[2]) {
			return e.fault("unknown key%s", suggest(e.key[2], keys))
		}
		return nil
	}
	return e.fault("the value does not belong here")
}

// suggest returns ", did you mean X?" for the nearest of words, or "" where none is near.
func suggest(word string, words []string) string {
	best, at := 3, ""
	for _, w := range words {
		if d := distance(word, w); d < best {
			best, at = d, w
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", at)
}

// distance counts the insertions, deletions and substitutions between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
