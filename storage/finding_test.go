package storage_test

import (
	"fmt"
	"strings"
	"testing"

	"assay/core/run"
	"assay/storage"
)

var _ run.FindingReader = (*storage.Store)(nil)

// found names the findings that a filter selects: "RUN/ID".
func found(t *testing.T, s run.FindingReader, f run.FindingFilter) string {
	t.Helper()
	list, err := s.Findings(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		out = append(out, f.Name+"/"+f.ID)
	}
	return strings.Join(out, " ")
}

func TestFindingsOfAllRunsAreOneList(t *testing.T) {
	s := open(t, t.TempDir())
	old := create(t, s, newRun(1, "kv.eval", "eval-1"))
	young := create(t, s, newRun(2, "fuzz.autodiff", "nabla"))
	put := func(r run.Run, id string, f run.Finding) {
		f.ID = id
		rec := recorder(t, s, r.ID)
		rec.Record(run.FindingKind, id, f)
		rec.Record("fuzz.case", id, f) // of another kind, beside it
		commit(t, rec)
	}
	put(young, "g1", run.Finding{Title: "gradient of Tanh", Category: "gradient", Severity: run.High, Signature: "tanh", Confirmed: true})
	put(old, "0/1", run.Finding{Title: "Who leads 100%?", Category: "wrong-answer", Severity: run.Medium, Signature: "reuse/whopro"})
	put(young, "g2", run.Finding{Title: "crash in Conv", Category: "crash", Severity: run.Critical, Signature: "conv"})
	if err := s.Label(t.Context(), young.ID, "g1", "true", "filed"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                          "nabla/g2 nabla/g1 eval-1/0/1",
		"bench:kv":                  "eval-1/0/1",
		"kind:autodiff":             "nabla/g2 nabla/g1",
		"severity:high,critical":    "nabla/g2 nabla/g1",
		"severity:medium":           "eval-1/0/1",
		"category:crash":            "nabla/g2",
		"signature:reuse/whopro":    "eval-1/0/1",
		"confirmed:yes":             "nabla/g1",
		"-confirmed:yes":            "nabla/g2 eval-1/0/1",
		"label:true":                "nabla/g1",
		"label:none":                "nabla/g2 eval-1/0/1",
		"run:NAB":                   "",
		"run:nab":                   "nabla/g2 nabla/g1",
		"run:" + string(old.ID):     "eval-1/0/1",
		"100% leads":                "eval-1/0/1",
		"tanh|crash":                "nabla/g2 nabla/g1",
		"nabla":                     "nabla/g2 nabla/g1",
		"Tanh":                      "nabla/g1",
		"nothing like it":           "",
		"-bench:kv -category:crash": "nabla/g1",
	} {
		if got := found(t, s, run.FindingFilter{Text: text}); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		all, _, err := s.CountFindings(t.Context(), run.FindingFilter{Text: text}, "", 0)
		if err != nil || all != len(strings.Fields(want)) {
			t.Errorf("%q: counted %d, %v, want %s", text, all, err, want)
		}
	}
	if got := found(t, s, run.FindingFilter{Skip: 1, Limit: 1}); got != "nabla/g1" {
		t.Error("a window of the list: ", got)
	}
	for f, want := range map[run.FindingFilter]string{{Skip: 2, Limit: 5, Of: 3}: "eval-1/0/1", {Skip: 2, Limit: 1, Of: 3}: "eval-1/0/1", {Skip: 1, Limit: 1, Of: 3}: "nabla/g1", {Skip: 1, Limit: 1, Of: 1}: "nabla/g1"} {
		if got := found(t, s, f); got != want {
			t.Errorf("%+v: %s, want %s", f, got, want)
		}
	}
	list, err := s.Findings(t.Context(), run.FindingFilter{Text: "g1|Tanh"})
	if err != nil || len(list) != 1 || list[0].Label.Word != "true" || list[0].Label.Note != "filed" || list[0].Run != young.ID || !list[0].Confirmed {
		t.Errorf("%+v, %v", list, err)
	}
	if _, before, err := s.CountFindings(t.Context(), run.FindingFilter{}, list[0].Run, list[0].Seq); err != nil || before != 1 {
		t.Errorf("%d stand before it, %v", before, err)
	}
	for text, want := range map[string]string{"sevrity:high": `did you mean "severity"`, "severity:grave": "expected critical", "confirmed:maybe": "expected yes or no", "bench>kv": "has no >", "x:": "expected a value"} {
		_, err := s.Findings(t.Context(), run.FindingFilter{Text: text})
		if wantCode(t, err, run.EUsage); !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// BenchmarkFindings reads windows of a list of a million findings.
func BenchmarkFindings(b *testing.B) {
	s := open(b, b.TempDir())
	const runs, each = 100, 10000
	for n := range runs {
		id := create(b, s, newRun(n+1, "kv.eval", fmt.Sprint("eval-", n))).ID
		rec := recorder(b, s, id)
		for i := range each {
			key := fmt.Sprintf("%d/0/reuse", i)
			rec.Record(run.FindingKind, key, run.Finding{ID: key, Title: "Question: Who is the lead of the bridge project?", Category: "wrong-answer", Severity: run.Severities()[i%5], Signature: "reuse/whopro", Verdict: "issue", Confirmed: true})
		}
		commit(b, rec)
	}
	for name, f := range map[string]run.FindingFilter{
		"first": {Limit: 180}, "middle": {Skip: runs * each / 2, Limit: 180}, "last": {Skip: runs*each - 180, Limit: 180},
		"last-of-a-severity": {Text: "severity:high", Skip: runs*each/5 - 180, Limit: 180}, "no-match": {Text: "nothinglikeit", Limit: 180},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Findings(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		for b.Loop() {
			if all, _, err := s.CountFindings(b.Context(), run.FindingFilter{}, "", 0); err != nil || all != runs*each {
				b.Fatal(all, err)
			}
		}
	})
}
