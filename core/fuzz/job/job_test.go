package job_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/gorgonia"
	"assay/core/fuzz/job"
	"assay/core/fuzz/torch"
	"assay/core/run"
	"assay/core/run/runtest"
)

const campaignID = run.ID("01M8GVQSBBWJVHK4JK7GM93Q2X")

// history is a store with one campaign over Gorgonia.
func history(t *testing.T) *runtest.Store {
	t.Helper()
	s := runtest.New()
	params, err := json.Marshal(map[string]any{"target": "gorgonia"})
	if err != nil {
		t.Fatal(err)
	}
	s.Put(run.Run{ID: campaignID, Kind: "fuzz.autodiff", Bench: "fuzz", Name: "autodiff", State: run.Done, Params: params})
	return s
}

// damaged is a history whose one finding has data that nobody has checked.
type damaged struct {
	*runtest.Store
	data []byte
}

// Records implements run.Reader.
func (d damaged) Records(context.Context, run.ID, string, int64) ([]run.Record, error) {
	return []run.Record{{Kind: run.FindingKind, Key: "f0123456789ab", Data: d.data}}, nil
}

// logarithm is the finding of gorgonia.Log2 at 2.
func logarithm() fuzz.FindingDoc {
	x := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{1}, Diff: true}
	x.SetFloats([]float64{2})
	return fuzz.FindingDoc{
		Finding: run.Finding{ID: "f0123456789ab", Category: fuzz.GradRevND, Signature: "gorgonia | Log2", Severity: "high", Confirmed: true},
		API:     "gorgonia.Log2", Wrong: fuzz.WrongReverse, Oracle: "R-N", Order: 1, Stage: "rev", Target: "gorgonia",
		Case: &fuzz.Case{API: "gorgonia.Log2", Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: x}}},
	}
}

func TestAFindingIsFoundByItsIDOrItsBeginning(t *testing.T) {
	s := history(t)
	s.PutRecord(campaignID, run.FindingKind, "f0123456789ab", logarithm())
	for ref, ok := range map[string]bool{"f0123456789ab": true, "f01234": true, "f0123": false, string(campaignID) + "/f01234": true, "NOPE": false, "": false, "/": false} {
		got, err := job.Find(t.Context(), s, ref)
		switch {
		case ok && (err != nil || got.Finding.API != "gorgonia.Log2" || got.Params.String("target") != "gorgonia"):
			t.Errorf("%q: %+v %v", ref, got, err)
		case !ok && run.CodeOf(err) != run.ENoRun:
			t.Errorf("%q: got %v", ref, err)
		}
	}
}

// Whatever a record holds, it is named, in one line.
func TestADamagedFindingIsNamed(t *testing.T) {
	for name, text := range map[string]string{
		"half of it": `{"id":"f0123456789ab","api":`, "no case": `{"id":"f0123456789ab","api":"gorgonia.Log2"}`, "a text": `"f"`,
		"numbers without a shape": `{"id":"f0123456789ab","case":{"api":"gorgonia.Log2","args":[{"k":"tensor","t":{"dtype":"f64","shape":[3],"data":"AAAAAAAAAEA="}}]}}`,
		"a size below 0":          `{"id":"f0123456789ab","case":{"api":"gorgonia.Log2","args":[{"k":"tensor","t":{"dtype":"f64","shape":[-1,-1],"data":"AAAAAAAAAEA="}}]}}`,
		"a tensor without one":    `{"id":"f0123456789ab","case":{"api":"gorgonia.Log2","args":[{"k":"tensor"}]}}`,
	} {
		_, err := job.Find(t.Context(), damaged{history(t), []byte(text)}, "f0123456789ab")
		if run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "f0123456789ab") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A reproducer that is gone, is something else, or does not run says so; one that
// runs says what it saw.
func TestAReproducerThatIsDamaged(t *testing.T) {
	params, err := bench.Params{}, error(nil)
	for _, k := range job.Kinds() {
		if k.Name == "fuzz.autodiff" {
			params, err = k.Schema.Complete(map[string]any{"target": "torch", "python": "/bin/sh"}) // scripts of shell stand for those of Python
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	f := logarithm()
	f.API, f.Case.API, f.Target = "torch.log2", "torch.log2", "torch"
	for name, tt := range map[string]struct {
		text       string // "" leaves no file
		code       run.Code
		reproduced bool
		note       bool
	}{
		"gone":         {"", run.EInput, false, false},
		"reproduced":   {"echo 1 2; echo reproduced; exit 3", "", true, false},
		"fixed":        {"echo no difference; exit 0", "", false, false},
		"half of it":   {"if true; then\n", "", false, true},
		"another code": {"echo reproduced; exit 1", "", false, true},
		"no last line": {"exit 3", "", false, true},
		"a signal":     {"kill -SEGV $$", "", false, true},
	} {
		f.Reproducer = filepath.Join(t.TempDir(), "repro.py")
		if tt.text != "" {
			if err := os.WriteFile(f.Reproducer, []byte(tt.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d, err := job.Repro(t.Context(), job.Stored{Run: campaignID, Params: params, Finding: f}, t.TempDir(), "")
		if run.CodeOf(err) != tt.code || d.Reproduced != tt.reproduced || (d.Note != "") != tt.note {
			t.Errorf("%s: %+v %v", name, d, err)
		}
	}
	f.Reproducer = t.TempDir() // a folder in place of the file
	if d, err := job.Repro(t.Context(), job.Stored{Run: campaignID, Params: params, Finding: f}, t.TempDir(), ""); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "expected a file") {
		t.Errorf("a folder: %+v %v", d, err)
	}
}

// A record of a finding from a damaged history, or one that somebody has sent, never
// ends the program: it is refused, or a reproducer comes of it.
func FuzzFinding(f *testing.F) {
	for _, doc := range []fuzz.FindingDoc{logarithm(), {}} {
		data, err := json.Marshal(doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"api":"gorgonia.Pow","category":"grad-rev-nd","wrong":"both","case":{"api":"gorgonia.Pow","args":[{"k":"int","i":3},{"k":"list","l":[{"k":"none"}]}]}}`))
	f.Add([]byte(`{"api":"torch.cat","category":"hang","stage":"fwd","case":{"api":"torch.cat","call":"opinfo:cat:","args":[{"k":"tensor","t":{"dtype":"c64","shape":[0],"data":""}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := job.Find(t.Context(), damaged{history(t), data}, "f0123456789ab")
		if err != nil {
			return
		}
		for _, target := range []fuzz.Target{gorgonia.Target{}, torch.Target{}} {
			if r, err := target.Reproduce(got.Finding); err == nil && (len(r.Files) == 0 || r.Entry == "") {
				t.Errorf("%s: a reproducer without a file", target.Name())
			}
		}
	})
}

// A case that a person writes is refused or taken, and nothing else.
func FuzzCase(f *testing.F) {
	f.Add(`{"api":"gorgonia.Log2","args":[{"k":"tensor","t":{"dtype":"f64","shape":[1],"data":"AAAAAAAAAEA=","diff":true}}]}`)
	f.Add(`{"api":"a","args":[{"k":"list","l":[{"k":"tensor"}]}]}`)
	f.Add(`{"api":"a","args":[{"k":"tensor","t":{"shape":[4611686018427387904,4]}}]}`)
	var kind bench.Kind
	for _, k := range job.Kinds() {
		if k.Name == "fuzz.case" {
			kind = k
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := kind.Schema.Complete(map[string]any{"target": "gorgonia", "case": text})
		if err != nil {
			return
		}
		j, err := kind.New(p)
		if err != nil {
			if run.CodeOf(err) != run.EUsage {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}
