package storage

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/run"
)

// plans are the statements that screens and commands use again and again.
func plans(t *testing.T) map[string]string {
	list := map[string]string{
		"records": recordsAll, "records of a kind": recordsOfKind, "arrays": arraysAll, "array": arrayOne,
		"metrics": metricsOfName, "events": eventsAfter, "ahead": ahead, "artifacts of a run": artifactsOfRun,
		"drop artifact": dropArtifact, "advance": advanceRun, "one run": oneRun + " WHERE r.ulid = ?", "by name": oneRun + " WHERE r.name = ?",
		"prefix": oneRun + " WHERE r.ulid >= ? AND r.ulid < ? ORDER BY r.ulid DESC LIMIT 4",
	}
	for name, f := range map[string]run.Filter{
		"list of a bench": {Bench: "kv", Limit: 50},
		"live runs":       {States: []run.State{run.Queued, run.Running, run.Paused}},
		"live by text":    {Text: "state:live"},
	} {
		text, _, err := compileList(f)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = text
	}
	for name, f := range map[string]run.FindingFilter{
		"findings":            {Limit: 60},
		"findings of a grade": {Text: "severity:high", Limit: 60},
		"findings of a bench": {Text: "bench:kv", Limit: 60},
	} {
		where, _, err := compileFindings(f.Text)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = fmt.Sprintf(findingsWindow, where)
		list[name+", from the end"] = fmt.Sprintf(findingsFar, where)
		list[name+", counted"] = "SELECT count(*) " + findingsAll + where
	}
	return list
}

func TestPlans(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "assay.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, text := range plans(t) {
		t.Run(name, func(t *testing.T) {
			// The partial index of live runs is walked from end to end: it holds no others.
			plan := strings.ReplaceAll(explain(t, s, text), "SCAN r USING INDEX run_live", "")
			// So are those of findings, and a window of it reads no row of the table.
			plan = strings.ReplaceAll(plan, "SCAN f USING COVERING INDEX record_finding", "")
			plan = strings.ReplaceAll(plan, "SCAN f USING INDEX record_finding", "")
			if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\n%s", text, plan)
			}
		})
	}
	all, _, err := compileList(run.Filter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	// The list of everything walks the table from its newest row, and sorts nothing.
	if plan := explain(t, s, all); strings.Contains(plan, "TEMP B-TREE") || strings.Count(plan, "SCAN") != strings.Count(plan, "SCAN r\n")+strings.Count(plan, "SCAN (subquery") {
		t.Error(plan)
	}
}

func explain(t *testing.T, s *Store, text string) string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := s.read.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
