package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"assay/core/query"
)

// Place is where something stands in a file.
type Place struct {
	File string
	Line int // from 1; 0 where the fault is in no single line
	Col  int // from 1, in bytes
}

// String writes file:line:column.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Fault is something wrong in a file: a warning where the rest still holds as it
// was meant, such as an unknown key.
type Fault struct {
	Place
	Text    string
	Warning bool
}

// Error returns place and text in one line.
func (f Fault) Error() string { return f.Place.String() + ": " + f.Text }

// entry is one key of a file with its value: a string, a bool, an int64, or a list
// of strings.
type entry struct {
	Place
	key   []string
	at    int // offset of the key in the file
	value any
}

// parse reads a file into entries in its order. Inline tables and dotted keys are
// taken apart: a.b = 1 and [a] b = 1 are the same entry.
func parse(file string, data []byte) ([]entry, error) {
	var p unstable.Parser
	p.Reset(data)
	var out []entry
	var table []string
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			table, _, _ = keyOf(&p, file, e)
		case unstable.ArrayTable:
			_, place, _ := keyOf(&p, file, e)
			return nil, Fault{Place: place, Text: "a list of tables does not belong here"}
		case unstable.KeyValue:
			var err error
			if out, err = flatten(&p, file, table, e, out); err != nil {
				return nil, err
			}
		}
	}
	if err := p.Error(); err != nil {
		place := Place{File: file}
		var pe *unstable.ParserError
		if errors.As(err, &pe) && len(pe.Highlight) > 0 {
			at := p.Shape(p.Range(pe.Highlight)).Start
			place.Line, place.Col = at.Line, at.Column
		}
		return nil, Fault{Place: place, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	return out, nil
}

func keyOf(p *unstable.Parser, file string, n *unstable.Node) (key []string, place Place, at int) {
	place.File = file
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if place.Line == 0 && k.Raw.Length > 0 {
			s := p.Shape(k.Raw).Start
			place.Line, place.Col, at = s.Line, s.Column, int(k.Raw.Offset)
		}
		key = append(key, string(k.Data))
	}
	return key, place, at
}

func flatten(p *unstable.Parser, file string, table []string, kv *unstable.Node, out []entry) ([]entry, error) {
	key, place, at := keyOf(p, file, kv)
	key = append(append([]string{}, table...), key...)
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
	value, ok := valueOf(v)
	if !ok {
		return nil, Fault{Place: place, Text: strings.Join(key, ".") + ": expected a text in quotes, a number, true or false, or a list of texts"}
	}
	return append(out, entry{place, key, at, value}), nil
}

func valueOf(n *unstable.Node) (any, bool) {
	switch n.Kind {
	case unstable.String:
		return string(n.Data), true
	case unstable.Integer:
		i, err := strconv.ParseInt(strings.ReplaceAll(string(n.Data), "_", ""), 0, 64)
		return i, err == nil
	case unstable.Bool:
		return string(n.Data) == "true", true
	case unstable.Array:
		list := []string{}
		for it := n.Children(); it.Next(); {
			switch it.Node().Kind {
			case unstable.Comment:
			case unstable.String:
				list = append(list, string(it.Node().Data))
			default:
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}

// dotted is the key of a setting.
func (e entry) dotted() string { return strings.Join(e.key, ".") }

func (e entry) fault(warning bool, format string, a ...any) Fault {
	return Fault{e.Place, e.dotted() + ": " + fmt.Sprintf(format, a...), warning}
}

// text is the value as Setting.Check reads it.
func (e entry) text() (string, bool) {
	switch v := e.value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// nearest says which of the known words may have been meant.
func nearest(word string, known []string) string {
	if at := query.Nearest(word, known); at != "" {
		return fmt.Sprintf("; did you mean %q?", at)
	}
	return ""
}
