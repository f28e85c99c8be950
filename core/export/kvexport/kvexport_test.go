package kvexport_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/export"
	"assay/core/export/exporttest"
	"assay/core/export/kvexport"
	"assay/core/plot"
	"assay/core/run"
)

func report(t *testing.T, d doc, k bench.Kind) map[string][]byte {
	t.Helper()
	files, err := export.Report(d.Document, k, kvexport.Teller{}, plot.Style{Palette: plot.Light()})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		out[f.Name] = f.Data
	}
	return out
}

func TestReports(t *testing.T) {
	blendKind := kind("kv.blend", "Blend", "prompt")
	for _, c := range []struct {
		name     string
		doc      doc
		kind     bench.Kind
		pictures []string
		inputs   []string
	}{
		{"blend", blend(t), blendKind, []string{"ttft.svg", "deviation.svg", "layers.svg"}, []string{"prompt.json"}},
		{"sweep", sweep(t), kind("kv.sweep", "Sweep", "other"), []string{"kl.svg", "ttft.svg"}, nil},
		{"compress", compressed(t), kind("kv.compress", "Compress", "prompt"), []string{"rate-distortion.svg", "bits.svg"}, []string{"prompt.json"}},
		{"stream", stream(t), kind("kv.stream", "Stream", "plan"), []string{"plan.svg", "link.svg", "rules.svg"}, []string{"plan.json"}},
		{"pareto", pareto(t), kind("kv.pareto", "Pareto", "other"), []string{"bytes.svg", "time.svg"}, nil},
		{"load", load(t), kind("kv.load", "Load", "other"), []string{"tiers.svg", "lanes-memory-3.svg", "lanes-disk-3.svg", "lanes-remote-3.svg"}, nil},
		{"eval", eval(t), kind("kv.eval", "Evaluate", "archives-file"), []string{"accuracy.svg", "kinds.svg"}, []string{"archives.jsonl"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := report(t, c.doc, c.kind)
			exporttest.Golden(t, c.name+".md", files["report.md"])
			text := string(files["report.md"])
			for _, p := range c.pictures {
				if !strings.Contains(text, "]("+p+")") {
					t.Errorf("the page does not show %s", p)
				}
				wellFormed(t, p, files[p])
			}
			if len(files) != 1+len(c.pictures)+len(c.inputs) {
				t.Errorf("%d files", len(files))
			}
			for _, name := range c.inputs {
				if len(files[name]) == 0 {
					t.Errorf("%s is missing", name)
				}
			}
			for name, data := range files {
				if bytes.Contains(data, []byte("/srv")) || bytes.Contains(data, []byte("secret")) {
					t.Errorf("%s names a path of the machine", name)
				}
			}
			for name, data := range report(t, c.doc, c.kind) {
				if !bytes.Equal(data, files[name]) {
					t.Errorf("%s differs the second time", name)
				}
			}
		})
	}
}

func wellFormed(t *testing.T, name string, data []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestSheetsAreTidy(t *testing.T) {
	for name, d := range map[string]doc{"blend": blend(t), "sweep": sweep(t), "eval": eval(t), "compress": compressed(t), "stream": stream(t), "pareto": pareto(t), "load": load(t)} {
		sheets, err := kvexport.Teller{}.Sheets(d.Document)
		if err != nil {
			t.Fatal(err)
		}
		exporttest.Golden(t, name+".csv", exporttest.Tidy(t, sheets, 8))
	}
}

// A run that ended early is told with what it has.
func TestUnfinishedRunsAreTold(t *testing.T) {
	for _, k := range []string{"kv.blend", "kv.sweep", "kv.eval", "kv.compress", "kv.stream", "kv.pareto", "kv.load"} {
		d := newDoc(k, `{}`)
		d.Run.State, d.Run.ErrorCode, d.Run.ErrorText = run.Failed, string(run.EModel), "no weights"
		files := report(t, d, bench.Kind{Name: k, Title: "T", Summary: "S."})
		if text := string(files["report.md"]); !strings.Contains(text, "This run is failed (E-MODEL: no weights)") {
			t.Errorf("%s: %s", k, text)
		}
	}
	// One mode alone has nothing to be compared with.
	d := blend(t)
	var left []run.Record
	for _, r := range d.Records {
		if r.Key != "full" && r.Key != "reuse" && r.Key != "random" {
			left = append(left, r)
		}
	}
	d.Records = left
	text := string(report(t, d, kind("kv.blend", "Blend", "prompt"))["report.md"])
	for _, bad := range []string{"as fast as", "away from full", "NaN", "Full prefill answers"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in the report of a single mode:\n%s", bad, text)
		}
	}
}

func TestDamagedRecordsAreNamed(t *testing.T) {
	d := sweep(t)
	d.Records[3].Data = []byte(`{"prompt":"x"}`)
	_, err := kvexport.Teller{}.Tell(d.Document)
	if err == nil || !strings.Contains(err.Error(), "record kv.cell") {
		t.Errorf("error %v", err)
	}
}
