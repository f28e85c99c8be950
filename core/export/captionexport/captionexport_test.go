package captionexport_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/export"
	"assay/core/export/captionexport"
	"assay/core/export/exporttest"
	"assay/core/plot"
	"assay/core/run"
)

var kind = bench.Kind{Name: "caption.run", Title: "Test a captioner by insertion", Summary: "Finds what it says.", Schema: bench.Schema{
	{Name: "captioner", Type: bench.String, Default: "tinycap", Help: "captioner"}, {Name: "seed", Type: bench.Int, Default: "1", Help: "seed"},
}}

// campaign is a document of a campaign with three pairs, two of them issues.
func campaign(t *testing.T) *export.Document {
	t.Helper()
	d := &export.Document{Run: run.Run{ID: "01J9W2KQ000000000000000000", Bench: "caption", Kind: "caption.run", Name: "run-s1-1", State: run.Done, Host: "box", Seed: 1,
		Params: []byte(`{"captioner":"tinycap","seed":1}`), Env: []byte(`{"version":"0.1"}`), CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100}}
	add := func(kind, key string, data any) {
		raw, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		d.Run.LastSeq++
		d.Records = append(d.Records, run.Record{Seq: d.Run.LastSeq, Kind: kind, Key: key, Data: raw})
	}
	add(caption.RecordPlan, "", caption.PlanDoc{Captioner: "tinycap of /opt/models/tinycap", Fingerprint: "ab12", Variant: "exact", Backgrounds: 1, Pairs: 3, Objects: 40, Method: "blend"})
	pair := func(id, verdict, category string, level int, after string) {
		p := caption.Pair{ID: id, Relation: caption.Insert, Background: "field", Object: "cow", Level: level, Captions: [2]string{"a bear in a field", after}, Known: true, Confirmed: verdict == caption.Issue, Wrong: verdict == caption.Issue, Score: float64(3 - level)}
		p.Verdict, p.Category = verdict, category
		add(caption.RecordPair, id, p)
		if verdict == caption.Issue {
			add(run.FindingKind, id, caption.IssueDoc{Finding: run.Finding{ID: id, Category: category, Severity: run.Medium, Signature: "field | cow"}, Relation: caption.Insert, Object: "cow", Level: level,
				Captions: p.Captions, Violations: []string{"count:cow"}, Score: p.Score, Flaky: level == 2})
		}
	}
	pair("b1-L2", caption.Issue, "omission", 2, "a bear | in a field")
	pair("b1-L0", caption.Pass, "", 0, "a bear and a cow in a field")
	pair("b1-L1", caption.Issue, "incorrect quantity", 1, "a bear and two cows in a field")
	add(caption.RecordSummary, "", caption.Summary{PairsTotal: 3, PairsJudged: 3, IssuesRaw: 2, Distinct: 1, Categories: map[string]int{"omission": 1, "incorrect quantity": 1},
		Known: 3, Confirmed: 2, Wrong: 2, Precision: 1, PrecisionCI: [2]float64{.34, 1}, Recall: 1, RecallCI: [2]float64{.34, 1}, Asked: 4, Cached: 2, Blamed: map[string]int{caption.BlameFollowup: 2},
		ByLevel: []caption.LevelDoc{{Level: 0, Pairs: 1, Named: 1}, {Level: 1, Pairs: 1, Issues: 1, Named: 1}, {Level: 2, Pairs: 1, Issues: 1}},
		Matrix:  []caption.ClassDoc{{Class: "cow", Pairs: 3, Issues: 2, Categories: map[string]int{"omission": 1, "incorrect quantity": 1}}}, Chair: caption.ChairDoc{I: .1, S: .25, Recall: .8, Captions: 4}})
	d.Labels = []run.Label{{Key: "b1-L1", Word: "true", Note: "two of them"}}
	return d
}

func TestReportOfACampaign(t *testing.T) {
	files, err := export.Report(campaign(t), kind, captionexport.Teller{}, plot.Style{Palette: plot.Light()})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		if bytes.Contains(f.Data, []byte("/opt/models")) {
			t.Errorf("%s names a path of the machine", f.Name)
		}
	}
	if want := []string{"categories.svg", "levels.svg", "classes.svg", "report.md"}; !slices.Equal(names, want) {
		t.Errorf("files %v", names)
	}
	exporttest.Golden(t, "campaign.md", files[len(files)-1].Data)
}

func TestTablesOfACampaign(t *testing.T) {
	sheets, err := captionexport.Teller{}.Sheets(campaign(t))
	if err != nil {
		t.Fatal(err)
	}
	exporttest.Golden(t, "campaign.csv", exporttest.Tidy(t, sheets, 4))
}

// A run that has stored nothing yet, or something else, is told as far as it goes.
func TestAnEmptyAndADamagedRun(t *testing.T) {
	d := campaign(t)
	d.Records = nil
	if s, err := (captionexport.Teller{}).Tell(d); err != nil || len(s.Sections) != 0 {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := (captionexport.Teller{}).Sheets(d); err != nil {
		t.Error(err)
	}
	d.Records = []run.Record{{Kind: caption.RecordPair, Key: "b1", Data: []byte(`{"id":3}`)}}
	if _, err := (captionexport.Teller{}).Tell(d); err == nil || !strings.Contains(err.Error(), "b1") {
		t.Errorf("got %v", err)
	}
}
