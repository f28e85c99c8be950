package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/core/run"
)

// Bounds of what a file may bring. Runs of ours stay far below them.
const (
	mostName = 200     // characters of names and keys
	mostText = 1 << 20 // characters of notes, errors and lines of the log
	mostTags = 100
	mostTime = 253402300800000 // the year 10000 in Unix milliseconds
)

// The shapes of names. Kinds and codes are looked up, names of arrays look like
// paths, and all of them are printed.
var (
	kindShape  = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_-]*)?$`)
	codeShape  = regexp.MustCompile(`^(E(-[A-Z0-9]+)+)?$`)
	arrayShape = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$`)
)

// check refuses whatever this version would not have written.
func (d *Document) check() error {
	if err := d.checkRun(); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	seqs := map[int64]string{}
	seq := func(n int64, what string) error {
		if n < 1 || n > d.Run.LastSeq {
			return fmt.Errorf("%s: seq %d: expected 1 to the run's last_seq %d", what, n, d.Run.LastSeq)
		}
		if other, ok := seqs[n]; ok {
			return fmt.Errorf("%s: seq %d is that of %s", what, n, other)
		}
		seqs[n] = what
		return nil
	}
	if err := d.checkRecords(seq); err != nil {
		return err
	}
	if err := d.checkArrays(seq); err != nil {
		return err
	}
	if err := d.checkMetrics(); err != nil {
		return err
	}
	before := int64(0)
	for _, e := range d.Events {
		what := fmt.Sprintf("event %d", e.Seq)
		if err := seq(e.Seq, what); err != nil {
			return err
		}
		if e.Seq < before {
			return fmt.Errorf("%s: events are not in order", what)
		}
		before = e.Seq
		if !slices.Contains([]run.Level{run.Debug, run.Info, run.Warn, run.Err}, e.Level) {
			return fmt.Errorf("%s: level %d: expected -4, 0, 4 or 8", what, e.Level)
		}
		if err := firstOf(moment(what, e.TMs), word(what+": kind", e.Kind), prose(what+": text", e.Text)); err != nil {
			return err
		}
	}
	return d.checkLabels()
}

// checkLabels refuses labels of what is no finding of the run.
func (d *Document) checkLabels() error {
	findings := map[string]bool{}
	for _, r := range d.Records {
		findings[r.Key] = findings[r.Key] || r.Kind == run.FindingKind
	}
	before := ""
	for i, l := range d.Labels {
		what := "label of " + clip(l.Key)
		switch {
		case !findings[l.Key]:
			return fmt.Errorf("%s: the run has no such finding", what)
		case i > 0 && l.Key <= before:
			return fmt.Errorf("%s: labels are not in order, or one is there twice", what)
		case strings.Contains(l.Word, ","):
			return fmt.Errorf("%s: %s: expected one word without commas", what, clip(l.Word))
		}
		before = l.Key
		if err := firstOf(word(what, l.Word), prose(what+": note", l.Note), moment(what, l.AtMs)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkRun() error {
	r := d.Run
	if !r.ID.Valid() {
		return fmt.Errorf("run_id %s: expected a ULID", clip(string(r.ID)))
	}
	if r.Parent != "" && (!r.Parent.Valid() || r.Parent == r.ID) {
		return fmt.Errorf("parent %s: expected the ULID of another run", clip(string(r.Parent)))
	}
	if !slices.Contains([]run.Relation{"", run.Rerun, run.Trial, run.Replay}, r.Relation) {
		return fmt.Errorf("relation %s: expected rerun, trial or replay", clip(string(r.Relation)))
	}
	switch {
	case r.State.Live():
		return fmt.Errorf("%s is %s: only a run that has ended can be imported; export it again when it has", r.ID, r.State)
	case r.State != run.Done && !r.State.Resumable():
		return fmt.Errorf("state %s: expected done, failed, cancelled, stopped or lost", clip(string(r.State)))
	case !kindShape.MatchString(r.Kind) || len(r.Kind) > mostName:
		return fmt.Errorf("kind %s: expected a bench and a verb, such as kv.blend", clip(r.Kind))
	case r.Bench != benchOf(r.Kind):
		return fmt.Errorf("bench %s: expected that of the kind %s", clip(r.Bench), r.Kind)
	case !codeShape.MatchString(r.ErrorCode) || len(r.ErrorCode) > mostName:
		return fmt.Errorf("error_code %s: expected a code such as %s", clip(r.ErrorCode), run.EInput)
	case r.LastSeq < 0 || r.Done < 0 || r.Total < 0:
		return fmt.Errorf("last_seq, done or total is below 0")
	case pathLike(r.Name):
		return fmt.Errorf("name %s: a name that leads out of a folder is not imported", clip(r.Name))
	}
	if err := firstOf(moment("created_ms", r.CreatedMs), moment("started_ms", r.StartedMs), moment("ended_ms", r.EndedMs), moment("cancel_requested_ms", r.CancelMs)); err != nil {
		return err
	}
	if len(r.Tags) > mostTags || !slices.IsSorted(r.Tags) || len(slices.Compact(slices.Clone(r.Tags))) != len(r.Tags) {
		return fmt.Errorf("tags: expected at most %d different ones in order", mostTags)
	}
	for _, t := range r.Tags {
		if err := word("tag", t); err != nil {
			return err
		}
		if strings.ContainsAny(t, " ,") {
			return fmt.Errorf("tag %s: expected one word without commas", clip(t))
		}
	}
	return firstOf(word("name", r.Name), key("host", r.Host), prose("headline", r.Headline), prose("error_text", r.ErrorText), prose("note", r.Note))
}

// pathLike reports names that would lead somewhere if anybody took them for a
// path. Names of ours never become one, but "ablation/3" is a good name.
func pathLike(name string) bool {
	if strings.HasPrefix(name, "~") || strings.Contains(name, `\`) {
		return true
	}
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return part == "" || part == "." || part == ".." })
}

func benchOf(kind string) string {
	bench, _, _ := strings.Cut(kind, ".")
	return bench
}

func (d *Document) checkRecords(seq func(int64, string) error) error {
	type id struct{ kind, key string }
	seen := map[id]bool{}
	before := int64(0)
	for _, r := range d.Records {
		what := fmt.Sprintf("record %s %s", clip(r.Kind), clip(r.Key))
		if !kindShape.MatchString(r.Kind) || len(r.Kind) > mostName {
			return fmt.Errorf("%s: expected a kind such as kv.mode", what)
		}
		if err := firstOf(key(what+": key", r.Key), seq(r.Seq, what)); err != nil {
			return err
		}
		if seen[id{r.Kind, r.Key}] {
			return fmt.Errorf("%s is there twice", what)
		}
		seen[id{r.Kind, r.Key}] = true
		if r.Seq < before {
			return fmt.Errorf("%s: records are not in order", what)
		}
		before = r.Seq
	}
	return nil
}

func (d *Document) checkArrays(seq func(int64, string) error) error {
	before := ""
	for _, a := range d.Arrays {
		what := "array " + clip(a.Name)
		if !arrayShape.MatchString(a.Name) || len(a.Name) > mostName || strings.Contains(a.Name, "..") {
			return fmt.Errorf("%s: expected letters, digits and _.+- between single slashes", what)
		}
		if a.Name <= before {
			return fmt.Errorf("%s: arrays are not in order, or one is there twice", what)
		}
		before = a.Name
		if err := seq(a.Seq, what); err != nil {
			return err
		}
		if a.DType != "f32" && a.DType != "i32" {
			return fmt.Errorf("%s: dtype %s: expected f32 or i32", what, clip(a.DType))
		}
		n := int64(1)
		for _, dim := range a.Shape {
			if dim < 0 || dim > MostBytes || n*int64(dim) > MostBytes {
				return fmt.Errorf("%s: shape %v is no shape of that many bytes", what, a.Shape)
			}
			n *= int64(dim)
		}
		if 4*n != int64(len(a.Data)) {
			return fmt.Errorf("%s: %s%v needs %d bytes, has %d", what, a.DType, a.Shape, 4*n, len(a.Data))
		}
		if sum := sha256.Sum256(a.Data); hex.EncodeToString(sum[:]) != a.SHA {
			return fmt.Errorf("%s: its data do not have the SHA-256 that it states", what)
		}
	}
	return nil
}

func (d *Document) checkMetrics() error {
	before := ""
	for _, m := range d.Metrics {
		what := "metric " + clip(m.Key.Name)
		if err := firstOf(word(what+": name", m.Key.Name), key(what+": unit", m.Key.Unit)); err != nil {
			return err
		}
		if m.Key.Name <= before {
			return fmt.Errorf("%s: metrics are not in order, or one is there twice", what)
		}
		before = m.Key.Name
		if m.Key.Better < -1 || m.Key.Better > 1 {
			return fmt.Errorf("%s: better %d: expected -1, 0 or 1", what, m.Key.Better)
		}
		if len(m.Points) == 0 {
			return fmt.Errorf("%s has no values", what)
		}
		last := int64(math.MinInt64)
		for i, p := range m.Points {
			if i > 0 && p.Step <= last {
				return fmt.Errorf("%s: steps are not in order, or step %d is there twice", what, p.Step)
			}
			last = p.Step
			if err := moment(what, p.TMs); err != nil {
				return err
			}
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func moment(what string, ms int64) error {
	if ms < 0 || ms >= mostTime {
		return fmt.Errorf("%s: %d is no time in Unix milliseconds", what, ms)
	}
	return nil
}

// word refuses what is not one short word.
func word(what, s string) error {
	if s == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return fmt.Errorf("%s %s: expected one word", what, clip(s))
	}
	return key(what, s)
}

// key refuses what is not one short line.
func key(what, s string) error {
	if utf8.RuneCountInString(s) > mostName {
		return fmt.Errorf("%s %s: longer than %d characters", what, clip(s), mostName)
	}
	if strings.ContainsFunc(s, hidden) {
		return fmt.Errorf("%s %s: control characters in it", what, clip(s))
	}
	return nil
}

// prose refuses what is not text of bounded length.
func prose(what, s string) error {
	if len(s) > mostText {
		return fmt.Errorf("%s: longer than %d characters", what, mostText)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && r != '\r' && hidden(r) }) {
		return fmt.Errorf("%s %s: control characters in it", what, clip(s))
	}
	return nil
}

// hidden reports characters that steer a terminal or turn the direction of text
// around: names must not look like others.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// clip quotes a text for an error, cut to a readable length and without
// characters that steer a terminal.
func clip(s string) string { return fmt.Sprintf("%q", cut(s)) }

// cut shortens a text for an error.
func cut(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
