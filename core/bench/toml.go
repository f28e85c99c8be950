package bench

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"assay/core/run"

	"github.com/pelletier/go-toml/v2"
)

// WriteTOML writes parameters as a file that ReadTOML reads back to the same
// values, with the help, unit and expectation of each as a comment.
func (k Kind) WriteTOML(p Params) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Parameters of %s: %s\n", k.Name, k.Title)
	group := ""
	for _, param := range k.Schema {
		if param.Group != group {
			group = param.Group
			fmt.Fprintf(&b, "\n# --- %s ---\n", group)
		}
		fmt.Fprintf(&b, "\n# %s Takes %s%s.\n", oneLine(param.Help), param.Expect(), in(param.Unit))
		line, err := toml.Marshal(map[string]any{param.Key(): p[param.Key()]})
		if err != nil {
			panic("bench: " + param.Name + ": " + err.Error()) // every type of a parameter has a form in TOML
		}
		b.Write(line)
	}
	return b.Bytes()
}

// ReadTOML reads parameters and completes them with the defaults. The error is
// an *run.Error of code E-USAGE that names the line, and the parameter with
// what it takes.
func (k Kind) ReadTOML(data []byte) (Params, error) {
	var given map[string]any
	if err := toml.Unmarshal(data, &given); err != nil {
		if de, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := de.Position()
			return nil, usage("line %d, column %d: %s", row, column, strings.TrimPrefix(de.Error(), "toml: "))
		}
		return nil, usage("%v", err)
	}
	p, err := k.Schema.Complete(given)
	if e, ok := errors.AsType[*run.Error](err); ok {
		if n := lineOf(data, given, k.Schema, e); n > 0 {
			e.Text = fmt.Sprintf("line %d: %s", n, e.Text)
		}
	}
	return p, err
}

// lineOf finds the line of the parameter that an error names, 0 where it
// cannot be told.
func lineOf(data []byte, given map[string]any, s Schema, e *run.Error) int {
	for name := range given {
		param, known := s.Find(name)
		if known && !strings.HasPrefix(e.Text, "--"+param.Name+" ") || !known && !strings.HasPrefix(e.Text, fmt.Sprintf("unknown parameter %q", name)) {
			continue
		}
		at := regexp.MustCompile(`(?m)^[ \t]*\[?["']?` + regexp.QuoteMeta(name) + `["']?[ \t]*[=.\]]`).FindIndex(data)
		if at != nil {
			return 1 + bytes.Count(data[:at[0]], []byte("\n"))
		}
	}
	return 0
}

func in(unit string) string {
	if unit == "" {
		return ""
	}
	return " (" + unit + ")"
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
