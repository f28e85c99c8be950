package fuzzexport

import (
	"maps"
	"slices"
	"strconv"

	"assay/core/export"
	"assay/core/fuzz"
)

func (c campaign) sheets(id string) []export.Sheet {
	findings := export.Sheet{Name: "findings", About: "one root cause",
		Header: []string{"run_id", "id", "api", "category", "ref_code", "order", "oracle", "wrong", "pattern", "severity", "verdict", "confirmed", "repeats", "rel_err", "abs_err",
			"elements", "count", "first_seen_s", "test", "root_cause", "signature", "known", "verified", "label", "note"},
		Rows: func(yield func([]string) bool) {
			for _, f := range c.findings {
				l := c.labels[f.ID]
				if !yield([]string{id, f.ID, f.API, f.Category, f.RefCode(), strconv.Itoa(f.Order), f.Oracle, string(f.Wrong), f.Pattern, string(f.Severity), f.Verdict,
					strconv.FormatBool(f.Confirmed), f.Repeats, export.Cell(float64(f.Evidence.RelErr)), export.Cell(float64(f.Evidence.AbsErr)),
					strconv.Itoa(f.Elements), strconv.Itoa(f.Count), export.Cell(f.FirstSeenS), strconv.FormatInt(f.Test, 10), f.RootCause, f.Signature, f.Known, f.Verified, l.Word, l.Note}) {
					return
				}
			}
		}}
	families := export.Sheet{Name: "families", About: "one family of APIs", Header: []string{"run_id", "family", "apis", "apis_covered", "tests", "findings"},
		Rows: func(yield func([]string) bool) {
			for _, f := range c.Families {
				if !yield([]string{id, f.Name, strconv.Itoa(f.APIs), strconv.Itoa(f.Covered), strconv.FormatInt(f.Tests, 10), strconv.Itoa(f.Findings)}) {
					return
				}
			}
		}}
	verdicts := export.Sheet{Name: "verdicts", About: "one verdict of tests in one family of APIs", Header: []string{"run_id", "family", "verdict", "tests"},
		Rows: func(yield func([]string) bool) {
			for _, f := range c.Families {
				for _, v := range slices.Sorted(maps.Keys(f.Verdicts)) {
					if !yield([]string{id, f.Name, v, strconv.FormatInt(f.Verdicts[v], 10)}) {
						return
					}
				}
			}
		}}
	speed := export.Sheet{Name: "speed", About: "what was done up to a second of fuzzing", Header: []string{"run_id", "time_s", "tests", "checks", "findings"},
		Rows: func(yield func([]string) bool) {
			for _, p := range c.Speed {
				if !yield([]string{id, export.Cell(p.S), strconv.FormatInt(p.Tests, 10), strconv.FormatInt(p.Checks, 10), strconv.Itoa(p.Findings)}) {
					return
				}
			}
		}}
	return []export.Sheet{findings, families, verdicts, speed}
}

func lookSheets(d *export.Document) ([]export.Sheet, error) {
	docs, _, err := export.Decode[fuzz.LookDoc](d, fuzz.RecordLook)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "jacobian", About: "one entry of the Jacobian", Header: []string{"run_id", "output", "input", "reverse", "forward", "numeric"},
		Rows: func(yield func([]string) bool) {
			for _, l := range docs {
				e := &l.Evidence
				for i := range e.Rows * e.Cols {
					if !yield([]string{id, strconv.Itoa(i / e.Cols), strconv.Itoa(i % e.Cols), entry(e.Reverse, i), entry(e.Forward, i), entry(e.Numeric, i)}) {
						return
					}
				}
			}
		}}}, err
}

// entry is an element of a matrix that may be absent.
func entry(m []fuzz.Float, i int) string {
	if i >= len(m) {
		return ""
	}
	return export.Cell(float64(m[i]))
}
