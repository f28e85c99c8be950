package fuzzexport_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/export"
	"assay/core/export/exporttest"
	"assay/core/export/fuzzexport"
	"assay/core/fuzz"
	"assay/core/plot"
	"assay/core/run"
)

var kind = bench.Kind{Name: "fuzz.autodiff", Title: "Fuzz the derivatives of a library", Summary: "Finds what it says.", Schema: bench.Schema{
	{Name: "target", Type: bench.Enum, Default: "gorgonia", Choices: []string{"gorgonia", "torch"}, Help: "library"},
	{Name: "python", Type: bench.String, Help: "python"},
	{Name: "seed", Type: bench.Int, Default: "1", Help: "seed"},
}}

// reproduce stands for a target: a program with what would end a block of code.
func reproduce(f fuzz.FindingDoc) (fuzz.Reproducer, error) {
	if f.API == "torch.cat" {
		return fuzz.Reproducer{}, errors.New("no program shows it")
	}
	return fuzz.Reproducer{Files: map[string][]byte{"repro.py": []byte("#!/usr/bin/env python3\nif True:\n\tprint('```')\n")}, Entry: "repro.py"}, nil
}

// campaign is a document of a campaign with three findings.
func campaign(t *testing.T) *export.Document {
	t.Helper()
	x := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{1}, Diff: true}
	x.SetFloats([]float64{0.5})
	c := func(api string) *fuzz.Case {
		return &fuzz.Case{API: api, Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: x}}}
	}
	d := &export.Document{Run: run.Run{ID: "01J9W2KQ000000000000000000", Bench: "fuzz", Kind: "fuzz.autodiff", Name: "autodiff-s1-1", State: run.Done, Host: "box", Seed: 1,
		Params: []byte(`{"target":"torch","python":"/opt/torch/bin/python3","seed":1}`), Env: []byte(`{"version":"0.1"}`), CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100}}
	add := func(kind, key string, data any) {
		raw, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		d.Run.LastSeq++
		d.Records = append(d.Records, run.Record{Seq: d.Run.LastSeq, Kind: kind, Key: key, Data: raw})
	}
	add(fuzz.RecordCampaign, "", fuzz.CampaignDoc{Target: fuzz.TargetDoc{Name: "torch", Version: "1.13.1", Build: "built in /home/builder/torch", Program: "/opt/torch/bin/python3"},
		Phase: fuzz.PhaseDone, Tests: 640, Checks: 2100, Seconds: 7.5, ChecksPerS: 280, APIs: 5, Covered: 4, Verdicts: map[string]int64{"PASS": 600, "CANDIDATE": 40}, Crashes: 3, Hangs: 1,
		CaseDigest: strings.Repeat("ab", 32), Families: []fuzz.FamilyDoc{{Name: "linalg", APIs: 4, Covered: 3, Tests: 400, Findings: 2, Verdicts: map[string]int64{"PASS": 400}}, {Name: "math", APIs: 1, Covered: 1, Tests: 240}},
		Speed: []fuzz.SpeedDoc{{S: 1, Tests: 64, Checks: 200}, {S: 3, Tests: 256, Checks: 900, Findings: 1}, {S: 7.5, Tests: 640, Checks: 2100, Findings: 3}},
		Empty: []fuzz.EmptyDoc{{API: "torch.stft", Why: "needs /usr/lib/libmkl.so"}}})
	add(run.FindingKind, "f2", fuzz.FindingDoc{Finding: run.Finding{ID: "f2", Category: fuzz.Crash, Severity: run.Critical, Signature: "torch | cat | crash", Confirmed: true, Verdict: "BUG"}, API: "torch.cat",
		Order: 1, Oracle: "signal", Stage: "fwd", Signal: "SIGSEGV", Text: "at /srv/torch/cat.cpp:12\nmore", Repeats: "3/3", Count: 2, Test: 90, RootCause: "cat: crash at fwd", Verified: "unverified: no python3", Elements: 1, Case: c("torch.cat")})
	add(run.FindingKind, "f1", fuzz.FindingDoc{Finding: run.Finding{ID: "f1", Category: fuzz.GradRevND, Severity: run.High, Signature: "torch | det | order 1", Confirmed: true, Verdict: "BUG"}, API: "torch.linalg.det",
		Order: 1, Oracle: "R-N", Wrong: fuzz.WrongReverse, Stage: "rev", Pattern: "scaled by 0.5", Repeats: "5/5", Count: 7, Test: 12, FirstSeenS: 0.25, RootCause: "DetBackward: order 1", Verified: "yes", Elements: 1, Known: "pytorch 1",
		Evidence: fuzz.EvidenceDoc{AbsErr: 0.5, RelErr: 0.5, Rows: 1, Cols: 1, Reverse: []fuzz.Float{0.5}, Numeric: []fuzz.Float{1}}, Case: c("torch.linalg.det")})
	d.Labels = []run.Label{{Key: "f1", Word: "bug", Note: "reported"}}
	return d
}

func TestReportOfACampaign(t *testing.T) {
	files, err := export.Report(campaign(t), kind, fuzzexport.Teller{Reproduce: reproduce}, plot.Style{Palette: plot.Light()})
	if err != nil {
		t.Fatal(err)
	}
	again, err := export.Report(campaign(t), kind, fuzzexport.Teller{Reproduce: reproduce}, plot.Style{Palette: plot.Light()})
	if err != nil || !slices.EqualFunc(files, again, func(a, b export.File) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) }) {
		t.Errorf("the same run gives another report, %v", err)
	}
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.Name] = f.Data
		for _, path := range []string{"/opt/torch", "/home/builder", "/srv/torch", "/usr/lib"} {
			if bytes.Contains(f.Data, []byte(path)) {
				t.Errorf("%s names a path of the machine: %s", f.Name, path)
			}
		}
	}
	for _, name := range []string{"coverage.svg", "findings.svg"} {
		for d := xml.NewDecoder(bytes.NewReader(byName[name])); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	exporttest.Golden(t, "campaign.md", byName["report.md"])
}

func TestTablesOfACampaign(t *testing.T) {
	sheets, err := fuzzexport.Teller{}.Sheets(campaign(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range sheets {
		names = append(names, s.Name)
		for row := range s.Rows {
			if len(row) != len(s.Header) {
				t.Errorf("%s: %d cells for %d columns", s.Name, len(row), len(s.Header))
			}
		}
	}
	if !slices.Equal(names, []string{"findings", "families", "verdicts", "speed"}) {
		t.Errorf("tables %v", names)
	}
	var codes []string
	for row := range sheets[0].Rows {
		codes = append(codes, row[1]+" "+row[slices.Index(sheets[0].Header, "ref_code")])
	}
	if !slices.Equal(codes, []string{"f1 ND_GRAD", "f2 FWD_CRASH"}) { // in the order of tests
		t.Errorf("codes %v", codes)
	}
}

// A run that has stored nothing yet, or something else, is told as far as it goes.
func TestAnEmptyAndADamagedRun(t *testing.T) {
	d := campaign(t)
	d.Records = nil
	if s, err := (fuzzexport.Teller{}).Tell(d); err != nil || len(s.Sections) != 0 {
		t.Errorf("%+v %v", s, err)
	}
	d.Records = []run.Record{{Kind: run.FindingKind, Key: "f1", Data: []byte(`{"api":3}`)}}
	if _, err := (fuzzexport.Teller{}).Tell(d); err == nil || !strings.Contains(err.Error(), "f1") {
		t.Errorf("got %v", err)
	}
}
