package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"assay/core/run"
)

// MostBytes bounds a file that Read takes: the deviations of 32 layers and
// 16,000 tokens under nine modes are half of it.
const MostBytes = 256 << 20

// Read reads a document that WriteJSON or WriteJSONL wrote, and checks all of
// it. Name stands for the source in errors, which are *run.Error values of code
// E-INPUT.
func Read(r io.Reader, name string) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	if err != nil {
		return nil, refuse(name, "", err)
	}
	if len(data) > MostBytes {
		return nil, refuse(name, fmt.Sprintf("larger than %d MiB", MostBytes>>20), nil)
	}
	d, err := parse(data)
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, refuse(name, "", err)
	}
	return d, nil
}

func refuse(name, text string, err error) error {
	e := &run.Error{Code: run.EInput, Text: fmt.Sprintf("import %s", clip(name)), Err: err}
	if text != "" {
		e.Text += ": " + text
	}
	return e
}

// errForeign is the hint behind whatever shows that a file is something else.
var errForeign = errors.New("expected a file that `assay run export --format json` or jsonl wrote")

func parse(data []byte) (*Document, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("the file is empty; %w", errForeign)
	}
	var head struct {
		Schema *string `json:"schema"`
		Type   *string `json:"type"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&head); err != nil {
		return nil, broken(err)
	}
	switch {
	case head.Schema == nil:
		return nil, fmt.Errorf("no schema; %w", errForeign)
	case *head.Schema != Schema && strings.HasPrefix(*head.Schema, "assay.export/"):
		return nil, fmt.Errorf("schema %s: this version of assay reads %s; use the version that wrote it", clip(*head.Schema), Schema)
	case *head.Schema != Schema:
		return nil, fmt.Errorf("schema %s; %w", clip(*head.Schema), errForeign)
	}
	if head.Type != nil {
		return parseLines(data)
	}
	return parseDocument(data)
}

// broken says what is wrong with text that should be JSON.
func broken(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Error(), "unexpected end"):
		return errors.New("the file is cut off: its JSON ends in the middle")
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d: %w; %w", syntax.Offset, err, errForeign)
	}
	return fmt.Errorf("%s; %w", cut(strings.TrimPrefix(err.Error(), "json: ")), errForeign)
}

// strict decodes one JSON value without unknown fields.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return broken(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows behind the end of the document")
	}
	return nil
}

func parseDocument(data []byte) (*Document, error) {
	var f struct {
		Arrays  []arrayRow  `json:"arrays"`
		Events  []eventRow  `json:"events"`
		Labels  []labelRow  `json:"labels"`
		Metrics []metricRow `json:"metrics"`
		Records []recordRow `json:"records"`
		Run     *runRow     `json:"run"`
		Schema  string      `json:"schema"`
		SHA256  string      `json:"sha256"`
	}
	if err := strict(data, &f); err != nil {
		return nil, err
	}
	if f.Run == nil {
		return nil, fmt.Errorf("no run in it; %w", errForeign)
	}
	d := &Document{Run: f.Run.run()}
	for _, a := range f.Arrays {
		d.Arrays = append(d.Arrays, a.array())
	}
	for _, e := range f.Events {
		d.Events = append(d.Events, e.event())
	}
	for _, l := range f.Labels {
		d.Labels = append(d.Labels, l.label())
	}
	for _, m := range f.Metrics {
		d.Metrics = append(d.Metrics, m.metric())
	}
	for _, r := range f.Records {
		d.Records = append(d.Records, run.Record{Seq: r.Seq, Kind: r.Kind, Key: r.Key, Data: r.Data})
	}
	if err := d.settle(); err != nil {
		return nil, err
	}
	sum, err := d.Digest()
	if err != nil {
		return nil, err
	}
	if sum != f.SHA256 {
		return nil, errDamaged
	}
	return d, nil
}

var errDamaged = errors.New("the file is damaged or was changed: its content does not have the SHA-256 that it states")

// settle brings what was read into canonical form.
func (d *Document) settle() error {
	if len(d.Run.Params) == 0 || len(d.Run.Env) == 0 {
		return errors.New("run: params or env is missing")
	}
	env, err := object(d.Run.Env)
	if err != nil {
		return fmt.Errorf("run: env: %w", err)
	}
	if _, ok := env[originKey]; ok {
		return fmt.Errorf("run: env: %q belongs to the home that has imported a run, not into a file", originKey)
	}
	if _, err := object(d.Run.Params); err != nil {
		return fmt.Errorf("run: params: %w", err)
	}
	for _, r := range d.Records {
		if len(r.Data) == 0 {
			return fmt.Errorf("record %s %s has no data", clip(r.Kind), clip(r.Key))
		}
	}
	return d.canonical()
}

func parseLines(data []byte) (*Document, error) {
	d, o := &Document{}, newOut(io.Discard)
	points := map[string]int{} // metric by name
	n, ended := 0, false
	for len(data) > 0 {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 && whole {
			continue
		}
		n++
		if ended {
			return nil, fmt.Errorf("line %d: more follows behind the end of the document", n)
		}
		var err error
		if ended, err = d.line(line, n, o.digest, points); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !ended {
			// Hashed as it is written: white space that a mail program has added does no harm.
			text, err := canonicalJSON(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			o.bytes(append(text, '\n'))
		}
	}
	if !ended {
		return nil, fmt.Errorf("the file is cut off: line %d is not its end", n)
	}
	return d, d.settle()
}

// line takes one line in and reports whether it was the last.
func (d *Document) line(line []byte, n int, digest func() string, points map[string]int) (end bool, err error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return false, broken(err)
	}
	if (n == 1) != (head.Type == lineRun) {
		return false, fmt.Errorf("type %s: expected the run in the first line, and no other", clip(head.Type))
	}
	switch head.Type {
	case lineRun:
		var row struct {
			runRow
			Schema, Type string
		}
		if err = strict(line, &row); err == nil {
			d.Run = row.run()
		}
	case lineRecord:
		var row struct {
			recordRow
			Type string
		}
		if err = strict(line, &row); err == nil {
			d.Records = append(d.Records, run.Record{Seq: row.Seq, Kind: row.Kind, Key: row.Key, Data: row.Data})
		}
	case lineArray:
		var row struct {
			arrayRow
			Type string
		}
		if err = strict(line, &row); err == nil {
			d.Arrays = append(d.Arrays, row.array())
		}
	case lineMetric:
		var row struct {
			pointLine
			Type string
		}
		if err = strict(line, &row); err == nil {
			d.point(row.pointLine, points)
		}
	case lineEvent:
		var row struct {
			eventRow
			Type string
		}
		if err = strict(line, &row); err == nil {
			d.Events = append(d.Events, row.event())
		}
	case lineLabel:
		var row struct {
			labelRow
			Type string
		}
		if err = strict(line, &row); err == nil {
			d.Labels = append(d.Labels, row.label())
		}
	case lineEnd:
		var row struct {
			endLine
			Type string
		}
		if err = strict(line, &row); err == nil && (row.Rows != n-1 || row.SHA256 != digest()) {
			err = errDamaged
		}
		return true, err
	default:
		err = fmt.Errorf("unknown type %s", clip(head.Type))
	}
	return false, err
}

func (d *Document) point(p pointLine, points map[string]int) {
	i, ok := points[p.Name]
	if !ok {
		i = len(d.Metrics)
		points[p.Name] = i
		d.Metrics = append(d.Metrics, Metric{Key: run.MetricKey{Name: p.Name, Unit: p.Unit, Better: p.Better}})
	}
	d.Metrics[i].Points = append(d.Metrics[i].Points, Point{p.Step, p.TMs, float64(p.Value)})
}
