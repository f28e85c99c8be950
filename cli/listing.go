package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"text/template"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"assay/core/run"
)

// listing says how a command that lists rows of type T writes them: as a table for
// people, or in one of the ways that its flags name. T is a struct whose fields have
// names for JSON: columns and templates go by these.
type listing[T any] struct {
	name                    func(T) string // what --quiet prints of a row
	json, jsonl, csv, quiet bool
	format                  string
}

func (l *listing[T]) bind(c *cobra.Command) {
	c.Flags().BoolVar(&l.json, "json", false, "print one JSON document")
	c.Flags().BoolVar(&l.jsonl, "jsonl", false, "print one JSON object a line")
	c.Flags().BoolVar(&l.csv, "csv", false, "print comma-separated values under a line of names")
	c.Flags().StringVar(&l.format, "format", "", "print each row by a template of Go over the names of --json, such as '{{.name}} {{.state}}'")
	c.Flags().BoolVarP(&l.quiet, "quiet", "q", false, "print nothing but what names each row")
}

// ways are the flags that were given.
func (l *listing[T]) ways() (out []string) {
	for _, w := range []struct {
		flag string
		on   bool
	}{{"--json", l.json}, {"--jsonl", l.jsonl}, {"--csv", l.csv}, {"--format", l.format != ""}, {"--quiet", l.quiet}} {
		if w.on {
			out = append(out, w.flag)
		}
	}
	return out
}

// write prints rows in the way that was asked for, doc for --json. It calls table,
// and nothing else, where none was.
func (l *listing[T]) write(s streams, doc any, rows []T, table func(io.Writer) error) error {
	ways := l.ways()
	switch {
	case len(ways) > 1:
		return &run.Error{Code: run.EUsage, Text: strings.Join(ways, " and ") + " do not go together", Hint: "choose one"}
	case l.json:
		return printJSON(s.out, doc)
	case l.csv:
		return l.writeCSV(s.out, rows)
	case l.format != "":
		return l.writeFormat(s.out, rows)
	case len(ways) == 0:
		return table(s.out)
	}
	for _, r := range rows {
		if l.jsonl {
			if err := printJSON(s.out, r); err != nil {
				return err
			}
		} else if _, err := fmt.Fprintln(s.out, l.name(r)); err != nil {
			return err
		}
	}
	return nil
}

// columns are the fields of a row with their names.
func columns(t reflect.Type) (fields []reflect.StructField, names []string) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		fields, names = append(fields, f), append(names, name)
	}
	return fields, names
}

// writeCSV writes texts as they are and anything else as JSON has it.
func (l *listing[T]) writeCSV(w io.Writer, rows []T) error {
	c := csv.NewWriter(w)
	fields, cells := columns(reflect.TypeFor[T]())
	if err := c.Write(cells); err != nil {
		return err
	}
	for _, r := range rows {
		for i, f := range fields {
			v := reflect.ValueOf(r).FieldByIndex(f.Index)
			if v.Kind() == reflect.String {
				cells[i] = v.String()
				continue
			}
			b, err := json.Marshal(v.Interface())
			if err != nil {
				return err
			}
			cells[i] = string(b)
		}
		if err := c.Write(cells); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// writeFormat fills a template with each row. A name that no row has is an error also
// where there are none.
func (l *listing[T]) writeFormat(w io.Writer, rows []T) error {
	wrong := func(err error) error {
		_, names := columns(reflect.TypeFor[T]())
		return &run.Error{Code: run.EUsage, Text: "--format: " + strings.TrimPrefix(err.Error(), "template: "), Hint: "there are ." + strings.Join(names, ", .")}
	}
	t, err := template.New("row").Option("missingkey=error").Parse(l.format)
	if err != nil {
		return wrong(err)
	}
	fields, names := columns(reflect.TypeFor[T]())
	fill := func(r T, w io.Writer) error {
		values := map[string]any{}
		for i, f := range fields {
			values[names[i]] = reflect.ValueOf(r).FieldByIndex(f.Index).Interface()
		}
		return t.Execute(w, values)
	}
	var empty T
	if err := fill(empty, io.Discard); err != nil {
		return wrong(err)
	}
	for _, r := range rows {
		var b bytes.Buffer
		if err := fill(r, &b); err != nil {
			return wrong(err)
		}
		b.WriteByte('\n')
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// rowsTable starts an aligned table of many rows, each of which is cut to the width of
// the terminal where there is one.
func rowsTable(w io.Writer) *tabwriter.Writer {
	f, ok := w.(*os.File)
	if !ok {
		return table(w)
	}
	ws, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 {
		return table(w)
	}
	return table(&clipper{w: w, width: int(ws.Col)})
}

// clipper cuts lines to a width and passes them on.
type clipper struct {
	w     io.Writer
	width int
	line  []byte // that has not ended yet
}

// Write never writes less than it was given.
func (c *clipper) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			c.line = append(c.line, p...)
			return n, nil
		}
		c.line = append(c.line, p[:i]...)
		if _, err := fmt.Fprintln(c.w, ansi.Truncate(strings.TrimRight(string(c.line), " "), c.width, "~")); err != nil {
			return 0, err
		}
		c.line, p = c.line[:0], p[i+1:]
	}
}
