package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"assay/core/run"
)

// WriteJSON writes the document as one JSON object, a row a line so that it can
// be compared line by line. The last member is the SHA-256 of all lines before
// its own.
func (d *Document) WriteJSON(w io.Writer) error {
	o := newOut(w)
	d.body(o)
	o.text(`"sha256":"` + o.digest() + `"` + "\n}\n")
	return o.end()
}

// body writes everything but the last member.
func (d *Document) body(o *out) {
	o.text("{\n")
	list(o, "arrays", d.Arrays, func(a Array) any { return rowOfArray(a) })
	list(o, "events", d.Events, func(e run.Event) any { return eventRow{e.Data, e.Kind, e.Level, e.Seq, e.TMs, e.Text} })
	if len(d.Labels) > 0 { // runs without any keep the bytes that they have always had
		list(o, "labels", d.Labels, func(l run.Label) any { return rowOfLabel(l) })
	}
	list(o, "metrics", d.Metrics, func(m Metric) any { return rowOfMetric(m) })
	list(o, "records", d.Records, func(r run.Record) any { return recordRow{r.Data, r.Key, r.Kind, r.Seq} })
	o.text(`"run":`)
	o.row(d.runRow())
	o.text(",\n" + `"schema":"` + Schema + `",` + "\n")
}

func list[T any](o *out, name string, rows []T, row func(T) any) {
	o.text(`"` + name + `":[`)
	for i, r := range rows {
		if i > 0 {
			o.text(",")
		}
		o.text("\n")
		o.row(row(r))
	}
	if len(rows) > 0 {
		o.text("\n")
	}
	o.text("],\n")
}

// Digest returns the hex SHA-256 that the document's JSON ends with.
func (d *Document) Digest() (string, error) {
	o := newOut(io.Discard)
	d.body(o)
	return o.digest(), o.end()
}

// out writes and hashes; the first error stops it.
type out struct {
	w   *bufio.Writer
	sum hash.Hash
	err error
}

func newOut(w io.Writer) *out { return &out{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New()} }

func (o *out) bytes(b []byte) {
	if o.err == nil {
		o.sum.Write(b)
		_, o.err = o.w.Write(b)
	}
}

func (o *out) text(s string) { o.bytes([]byte(s)) }

func (o *out) row(v any) {
	b, err := marshal(v)
	if o.err == nil {
		o.err = err
	}
	o.bytes(b)
}

func (o *out) digest() string { return hex.EncodeToString(o.sum.Sum(nil)) }

func (o *out) end() error {
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err
}
