package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/export"
	"assay/core/export/exporttest"
	"assay/core/plot"
	"assay/core/run"
	"assay/core/run/runtest"
)

const (
	someID  run.ID = "01J9W2KQ000000000000000000"
	otherID run.ID = "01J9W2KR000000000000000000"
)

// source is a store that knows the metrics of its run.
type source struct {
	*runtest.Store
	keys []run.MetricKey
	busy func() // called with every reading of the row
}

func (s source) MetricKeys(context.Context, run.ID) ([]run.MetricKey, error) { return s.keys, nil }

func (s source) Run(ctx context.Context, id run.ID) (run.Run, error) {
	if s.busy != nil {
		s.busy()
	}
	return s.Store.Run(ctx, id)
}

func someRun() run.Run {
	return run.Run{ID: someID, Bench: "toy", Kind: "toy.stew", Name: "stew-1", State: run.Done, Host: "kitchen", BootID: "boot", Seed: 7,
		Params: []byte(`{"salt":0.5,"path":"/home/somebody/secret/soup.txt","text":"<b>"}`), Env: []byte(`{"version":"1.2","os":"linux"}`),
		CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100, Done: 3, Total: 3, Headline: "tasty .9",
		Parent: otherID, Relation: run.Rerun, Starred: true, Note: "for *Monday*\nsee /home/somebody/notes.md", Tags: []string{"a", "b"}}
}

// filled is a run with rows of every kind and awkward values.
func filled() source {
	s := source{Store: runtest.New(), keys: []run.MetricKey{{Name: "loss", Unit: "nats", Better: -1}, {Name: "taste", Better: 1}}}
	s.Put(someRun())
	s.PutRecord(someID, "toy.dish", "", map[string]any{"z": 1, "a": "<&>\u2028", "deep": []any{nil, true, 1e-7, map[string]any{"y": 2, "x": 1}}})
	s.PutRecord(someID, "toy.dish", "0/second", 3)
	s.PutArray(someID, run.F32Array("full/dv", []float32{0, 1.5, float32(math.NaN()), -3}, 2, 2))
	s.PutArray(someID, run.F32Array("empty", nil, 0))
	s.PutMetric(someID, s.keys[0], 1, math.NaN())
	s.PutMetric(someID, s.keys[0], 2, math.Inf(1))
	s.PutMetric(someID, s.keys[1], -5, 1.0/3)
	s.PutEvent(someID, run.Info, 1773497600200, "start", "cooking began", map[string]any{"b": 1, "a": nil})
	s.PutEvent(someID, run.Warn, 1773497601200, "smoke", "the oven at /home/somebody/oven smokes | a lot", nil)
	return s
}

func collect(t testing.TB, s source) *export.Document {
	t.Helper()
	d, err := export.Collect(context.Background(), s, someID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func asJSON(t testing.TB, d *export.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJSONL(t testing.TB, d *export.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.WriteJSONL(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) *export.Document {
	t.Helper()
	d, err := export.Read(bytes.NewReader(data), "run.json")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsReadBackIsWrittenTheSame(t *testing.T) {
	d := collect(t, filled())
	doc, lines := asJSON(t, d), asJSONL(t, d)
	if again := asJSON(t, collect(t, filled())); !bytes.Equal(doc, again) {
		t.Error("the same run gave other bytes")
	}
	for name, data := range map[string][]byte{"json": doc, "jsonl": lines} {
		back := read(t, data)
		if got := asJSON(t, back); !bytes.Equal(got, doc) {
			t.Errorf("%s read back gives another JSON:\n%s\n%s", name, got, doc)
		}
		if got := asJSONL(t, back); !bytes.Equal(got, lines) {
			t.Errorf("%s read back gives other JSONL:\n%s\n%s", name, got, lines)
		}
	}
	if !json.Valid(doc) {
		t.Error("the document is not JSON")
	}
	if bytes.Contains(doc, []byte("boot")) {
		t.Error("the boot of a machine is in the document")
	}
}

func TestDocumentHasSortedKeys(t *testing.T) {
	var check func(d *json.Decoder, path string)
	check = func(d *json.Decoder, path string) {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch tok {
		case json.Delim('{'):
			for last := ""; d.More(); {
				key, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				if key.(string) < last {
					t.Errorf("%s: key %s comes behind %s", path, key, last)
				}
				last = key.(string)
				check(d, path+"."+last)
			}
			d.Token()
		case json.Delim('['):
			for d.More() {
				check(d, path+"[]")
			}
			d.Token()
		}
	}
	d := collect(t, filled())
	check(json.NewDecoder(bytes.NewReader(asJSON(t, d))), "")
	lines := asJSONL(t, d)
	for line := range bytes.Lines(lines) {
		check(json.NewDecoder(bytes.NewReader(line)), "line")
	}
	if n := bytes.Count(lines, []byte("\n")); n != 1+2+2+3+2+1 {
		t.Errorf("%d lines, want one a row, the run and the end", n)
	}
}

func TestReformattedFilesAreStillRead(t *testing.T) {
	doc := asJSON(t, collect(t, filled()))
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, doc, "\t", "   "); err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, read(t, pretty.Bytes())); !bytes.Equal(got, doc) {
		t.Error("an indented file gives another document")
	}
	lines := bytes.ReplaceAll(asJSONL(t, collect(t, filled())), []byte("\n"), []byte("\r\n"))
	if got := asJSON(t, read(t, lines)); !bytes.Equal(got, doc) {
		t.Error("a file with the line ends of another system gives another document")
	}
}

func TestTruncatedFilesAreRefusedInOneLine(t *testing.T) {
	d := collect(t, filled())
	for name, data := range map[string][]byte{"json": asJSON(t, d), "jsonl": asJSONL(t, d)} {
		whole := len(bytes.TrimRight(data, "\n"))
		for n := range whole {
			_, err := export.Read(bytes.NewReader(data[:n]), "run."+name)
			if err == nil {
				t.Fatalf("%s: the first %d of %d bytes passed", name, n, len(data))
			}
			refused(t, err)
		}
	}
}

func TestChangedBytesAreNoticed(t *testing.T) {
	d := collect(t, filled())
	for name, data := range map[string][]byte{"json": asJSON(t, d), "jsonl": asJSONL(t, d)} {
		same := 0
		for i := range data {
			bad := slices.Clone(data)
			bad[i] ^= 1
			got, err := export.Read(bytes.NewReader(bad), "run."+name)
			if err != nil {
				refused(t, err)
				continue
			}
			if !bytes.Equal(asJSON(t, got), asJSON(t, d)) {
				t.Errorf("%s: byte %d changed a document that passed", name, i)
			}
			same++
		}
		if same > len(data)/100 { // white space and the case of keys do not matter
			t.Errorf("%s: %d of %d changes were without effect", name, same, len(data))
		}
	}
}

// refused checks that an error is one line for a person who gave a file.
func refused(t *testing.T, err error) {
	t.Helper()
	if run.CodeOf(err) != run.EInput {
		t.Fatalf("code %s: %v", run.CodeOf(err), err)
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\r\x1b\x00") || len(text) > 600 || !strings.HasPrefix(text, "import ") {
		t.Fatalf("not one readable line: %q", text)
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	for name, data := range map[string]string{
		"empty": "", "blank": "\n\n", "text": "hello", "csv": "run_id,mode\n1,full\n", "number": "7", "list": "[]", "other JSON": `{"a":1}`,
		"newer": `{"schema":"assay.export/2","run":{}}`, "other schema": `{"schema":"x"}`, "no run": `{"schema":"assay.export/1"}`,
		"binary": "\x7fELF\x02\x01\x01\x00", "zip": "PK\x03\x04", "wrong type": `{"schema":7}`,
		"unknown field": `{"schema":"assay.export/1","run":{},"extra":1}`, "unknown line": "{\"schema\":\"assay.export/1\",\"type\":\"bomb\"}\n",
		"deep": `{"schema":"assay.export/1","run":{"env":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}}`,
		"two":  string(asJSON(t, collect(t, filled()))) + "{}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := export.Read(strings.NewReader(data), "some file\x1b[31m")
			if err == nil {
				t.Fatal("passed")
			}
			refused(t, err)
		})
	}
}

// Every field is checked although the hash is right: whoever can write a file
// can hash it too.
func TestHostileFilesAreRefused(t *testing.T) {
	for name, change := range map[string]func(d *export.Document){
		"id":                    func(d *export.Document) { d.Run.ID = "../../../../../../../etc/p" },
		"short id":              func(d *export.Document) { d.Run.ID = "01J9" },
		"parent":                func(d *export.Document) { d.Run.Parent = "x/../y" },
		"own parent":            func(d *export.Document) { d.Run.Parent = d.Run.ID },
		"relation":              func(d *export.Document) { d.Run.Relation = "owner" },
		"running":               func(d *export.Document) { d.Run.State = run.Running },
		"queued":                func(d *export.Document) { d.Run.State = run.Queued },
		"paused":                func(d *export.Document) { d.Run.State = run.Paused },
		"state":                 func(d *export.Document) { d.Run.State = "eaten" },
		"name with a path":      func(d *export.Document) { d.Run.Name = "../stew" },
		"absolute name":         func(d *export.Document) { d.Run.Name = "/etc/passwd" },
		"name of a home":        func(d *export.Document) { d.Run.Name = "~/stew" },
		"backslash in a name":   func(d *export.Document) { d.Run.Name = `..\stew` },
		"name that steers":      func(d *export.Document) { d.Run.Name = "stew\x1b[2J" },
		"name turned around":    func(d *export.Document) { d.Run.Name = "stew\u202e" },
		"empty name":            func(d *export.Document) { d.Run.Name = "" },
		"long name":             func(d *export.Document) { d.Run.Name = strings.Repeat("x", 1000) },
		"headline that steers":  func(d *export.Document) { d.Run.Headline = "\x1b]0;owned\a" },
		"kind":                  func(d *export.Document) { d.Run.Kind = "toy/../stew" },
		"bench of another kind": func(d *export.Document) { d.Run.Bench = "kv" },
		"error code":            func(d *export.Document) { d.Run.ErrorCode = "rm -rf" },
		"tag of two words":      func(d *export.Document) { d.Run.Tags = []string{"a b"} },
		"tags out of order":     func(d *export.Document) { d.Run.Tags = []string{"b", "a"} },
		"separator in a tag":    func(d *export.Document) { d.Run.Tags = []string{"a\x1fb"} },
		"negative time":         func(d *export.Document) { d.Run.StartedMs = -1 },
		"endless time":          func(d *export.Document) { d.Run.EndedMs = math.MaxInt64 },
		"origin":                func(d *export.Document) { d.Run.Env = []byte(`{"imported":{"as":"x"}}`) },
		"env is a list":         func(d *export.Document) { d.Run.Env = []byte(`[]`) },
		"params are a list":     func(d *export.Document) { d.Run.Params = []byte(`[]`) },
		"seq beyond the last":   func(d *export.Document) { d.Records[0].Seq = 1 << 40 },
		"seq below one":         func(d *export.Document) { d.Records[0].Seq = 0 },
		"seq twice":             func(d *export.Document) { d.Events[0].Seq = d.Records[0].Seq },
		"records out of order":  func(d *export.Document) { d.Records[0], d.Records[1] = d.Records[1], d.Records[0] },
		"record twice":          func(d *export.Document) { d.Records[1].Key = d.Records[0].Key },
		"record kind":           func(d *export.Document) { d.Records[0].Kind = "Robert'); DROP TABLE run;--" },
		"record key":            func(d *export.Document) { d.Records[0].Key = "a\x00b" },
		"array that is a path":  func(d *export.Document) { d.Arrays[0].Name = "../../x" },
		"absolute array":        func(d *export.Document) { d.Arrays[0].Name = "/x" },
		"array twice":           func(d *export.Document) { d.Arrays[1].Name = d.Arrays[0].Name },
		"array hash":            func(d *export.Document) { d.Arrays[1].SHA = strings.Repeat("0", 64) },
		"array data":            func(d *export.Document) { d.Arrays[1].Data = append([]byte{1}, d.Arrays[1].Data[1:]...) },
		"array shape":           func(d *export.Document) { d.Arrays[1].Shape = []int{1 << 40, 1 << 40} },
		"negative shape":        func(d *export.Document) { d.Arrays[1].Shape = []int{-2, -2} },
		"array type":            func(d *export.Document) { d.Arrays[1].DType = "f64" },
		"metric twice":          func(d *export.Document) { d.Metrics[1].Key.Name = d.Metrics[0].Key.Name },
		"metric without values": func(d *export.Document) { d.Metrics[0].Points = nil },
		"step twice":            func(d *export.Document) { d.Metrics[0].Points[1].Step = d.Metrics[0].Points[0].Step },
		"better":                func(d *export.Document) { d.Metrics[0].Key.Better = 2 },
		"level":                 func(d *export.Document) { d.Events[0].Level = 3 },
		"text that steers":      func(d *export.Document) { d.Events[0].Text = "\x1b[31mred" },
		"kind of an event":      func(d *export.Document) { d.Events[0].Kind = "" },
	} {
		t.Run(name, func(t *testing.T) {
			d := collect(t, filled())
			change(d)
			_, err := export.Read(bytes.NewReader(asJSON(t, d)), "run.json")
			if err == nil {
				t.Fatal("passed")
			}
			refused(t, err)
		})
	}
}

func TestRunThatIsBeingWrittenIsReadAsAWhole(t *testing.T) {
	s := filled()
	r := someRun()
	r.State = run.Running
	s.Put(r)
	n := 0
	s.busy = func() {
		if n++; n < 4 {
			s.Store.PutRecord(someID, "toy.late", string(rune('a'+n)), n)
		}
	}
	d := collect(t, s)
	if got, _, err := export.Decode[int](d, "toy.late"); err != nil || len(got) != 3 {
		t.Errorf("%v, %v: want the three late records", got, err)
	}
	s.busy = func() { s.Store.PutRecord(someID, "toy.late", "again", 0) }
	if _, err := export.Collect(context.Background(), s, someID); run.CodeOf(err) != run.EState {
		t.Errorf("a run that never holds still: %v", err)
	}
	if _, err := export.Collect(context.Background(), filled(), otherID); run.CodeOf(err) != run.ENoRun {
		t.Errorf("unknown run: %v", err)
	}
}

func TestImportedRunKeepsItsBytesUnderAnotherName(t *testing.T) {
	d := collect(t, filled())
	want := asJSON(t, d)
	names := map[string]bool{"stew-1": true, "stew-1-2": true}
	row, err := read(t, want).Row(export.Origin{File: "run.json", AtMs: 5}, func(n string) (bool, error) { return names[n], nil })
	if err != nil {
		t.Fatal(err)
	}
	if row.Name != "stew-1-3" {
		t.Errorf("name %q", row.Name)
	}
	o, ok := export.OriginOf(row)
	if !ok || o.Name != "stew-1" || o.As != "stew-1-3" || o.File != "run.json" || o.Parent != otherID {
		t.Errorf("origin %+v %v", o, ok)
	}
	if _, ok := export.OriginOf(someRun()); ok {
		t.Error("a run that was made here has an origin")
	}
	s := filled()
	row.Parent = "" // it is not here
	s.Put(row)
	if got := asJSON(t, collect(t, s)); !bytes.Equal(got, want) {
		t.Errorf("exported again:\n%s\nwant\n%s", got, want)
	}
	// What a person changes afterwards is theirs.
	row.Name = "mine"
	s.Put(row)
	if got := collect(t, s).Run.Name; got != "mine" {
		t.Errorf("a renamed run is exported as %q", got)
	}
	boom := errors.New("boom")
	if _, err := d.Row(export.Origin{}, func(string) (bool, error) { return false, boom }); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
}

// toyKind is a kind of run with a path and a text among its parameters.
func toyKind() bench.Kind {
	return bench.Kind{Name: "toy.stew", Title: "Cook a stew", Summary: "Cooks.", Schema: bench.Schema{
		{Name: "salt", Type: bench.Float, Default: "1", Unit: "g", Help: "salt"},
		{Name: "path", Type: bench.Path, Help: "recipe"},
		{Name: "text", Type: bench.String, Help: "text"},
	}}
}

type toyTeller struct{}

func (toyTeller) Sheets(*export.Document) ([]export.Sheet, error) { return nil, nil }

func (toyTeller) Tell(*export.Document) (export.Story, error) {
	return export.Story{
		Summary: []string{"The stew is *good*; 1. pot | 2 cooks <b>."},
		Subject: []export.Fact{{Name: "pot", Value: "iron"}},
		Sections: []export.Section{{Title: "Taste_it", Blocks: []export.Block{
			export.Text("# not a heading"), export.Text("1. not a list"),
			export.Table{Columns: []export.Column{{Name: "dish"}, {Name: "taste", Right: true}}, Rows: [][]export.Value{{{Text: "a|b\nc"}, {Text: " `x|y`", Code: true}}}},
			export.Picture{File: "taste", Scene: plot.BarChart{Title: "Taste", Bars: []plot.Bar{{Label: "stew", Value: 1}}}},
		}}},
		Inputs: []export.File{{Name: "recipe.txt", Data: []byte("boil\n")}},
		Given:  map[string]any{"path": "recipe.txt"},
	}, nil
}

func TestReportHoldsNoPathAndEscapesWhatItQuotes(t *testing.T) {
	d := collect(t, filled())
	files, err := export.Report(d, toyKind(), toyTeller{}, plot.Style{Palette: plot.Light()})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range files {
		names = append(names, f.Name)
		if bytes.Contains(f.Data, []byte("/home")) || bytes.Contains(f.Data, []byte("somebody")) {
			t.Errorf("%s names a path of the machine:\n%s", f.Name, f.Data)
		}
	}
	if want := []string{"recipe.txt", "taste.svg", "report.md"}; !slices.Equal(names, want) {
		t.Fatalf("files %v, want %v", names, want)
	}
	exporttest.Golden(t, "toy-report.md", files[2].Data)
	// A run that has not ended well says so first.
	d.Run.State, d.Run.ErrorCode, d.Run.ErrorText = run.Lost, string(run.EWorkerDied), "the worker ended, see /var/log/x.log"
	if files, err = export.Report(d, toyKind(), export.Plain{}, plot.Style{Palette: plot.Light()}); err != nil {
		t.Fatal(err)
	}
	text := string(files[0].Data)
	if !strings.Contains(text, "This run is lost (E-WORKER-DIED: the worker ended, see x.log), 3 of 3 steps done.") || !strings.Contains(text, "tasty .9") {
		t.Errorf("report of a lost run:\n%s", text)
	}
}

func TestFilesAppearWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	paths, err := export.WriteFiles(dir, []export.File{{Name: "a.svg", Data: []byte("a")}, {Name: "report.md", Data: []byte("b")}})
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v %v", paths, err)
	}
	path := filepath.Join(dir, "a.svg")
	err = export.WriteFile(path, func(w io.Writer) error {
		w.Write([]byte("half"))
		return errors.New("pulled the plug")
	})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "a" {
		t.Errorf("%q %v: the old file should still be there", data, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v %v: something was left behind", entries, err)
	}
	if _, err := export.WriteFiles(filepath.Join(path, "below"), nil); run.CodeOf(err) == run.EInternal || err == nil {
		t.Errorf("a file in the way: %v", err)
	}
}

func TestSheetsOfEveryRun(t *testing.T) {
	var b bytes.Buffer
	for _, s := range collect(t, filled()).Sheets() {
		b.WriteString("# " + s.Name + ": " + s.About + "\n")
		if err := s.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
	}
	exporttest.Golden(t, "sheets.csv", b.Bytes())
}

func FuzzRead(f *testing.F) {
	d := collect(f, filled())
	f.Add(asJSON(f, d))
	f.Add(asJSONL(f, d))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := export.Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			refused(t, err)
			return
		}
		// What passes has one form, which passes again.
		doc := asJSON(t, d)
		if again := asJSON(t, read(t, doc)); !bytes.Equal(doc, again) {
			t.Errorf("not stable:\n%s\n%s", doc, again)
		}
		if again := asJSON(t, read(t, asJSONL(t, d))); !bytes.Equal(doc, again) {
			t.Errorf("JSONL says something else:\n%s\n%s", doc, again)
		}
	})
}
