package captionexport

import (
	"maps"
	"slices"
	"strconv"

	"assay/core/export"
)

func (c campaign) sheets(id string) []export.Sheet {
	pairs := export.Sheet{Name: "pairs", About: "one pair of pictures", Header: []string{"run_id", "pair", "relation", "background", "object", "level", "caption_source", "caption_followup",
		"failed_source", "failed_followup", "verdict", "category", "rule", "truth_known", "confirmed", "wrong", "blame", "repeats", "flaky", "unstable", "score"},
		Rows: func(yield func([]string) bool) {
			for _, p := range c.pairs {
				if !yield([]string{id, p.ID, p.Relation, p.Background, p.Object, strconv.Itoa(p.Level), p.Captions[0], p.Captions[1], p.Failed[0], p.Failed[1], p.Verdict, p.Category, p.Rule,
					strconv.FormatBool(p.Known), strconv.FormatBool(p.Confirmed), strconv.FormatBool(p.Wrong), p.Blame, p.Repeats, strconv.FormatBool(p.Flaky), strconv.FormatBool(p.Unstable), export.Cell(p.Score)}) {
					return
				}
			}
		}}
	issues := export.Sheet{Name: "issues", About: "one issue", Header: []string{"run_id", "id", "category", "severity", "relation", "object", "level", "rule", "blame", "group", "signature", "score", "flaky", "label", "note"},
		Rows: func(yield func([]string) bool) {
			for _, f := range c.issues {
				l := c.labels[f.ID]
				if !yield([]string{id, f.ID, f.Category, string(f.Severity), f.Relation, f.Object, strconv.Itoa(f.Level), f.Rule, f.Blame, f.Group, f.Signature, export.Cell(f.Score), strconv.FormatBool(f.Flaky), l.Word, l.Note}) {
					return
				}
			}
		}}
	levels := export.Sheet{Name: "levels", About: "one level of overlap of inserted objects", Header: []string{"run_id", "level", "pairs", "issues", "named"},
		Rows: func(yield func([]string) bool) {
			for _, l := range c.ByLevel {
				if !yield([]string{id, strconv.Itoa(l.Level), strconv.Itoa(l.Pairs), strconv.Itoa(l.Issues), strconv.Itoa(l.Named)}) {
					return
				}
			}
		}}
	classes := export.Sheet{Name: "classes", About: "one category of issues of one class", Header: []string{"run_id", "class", "pairs", "category", "issues"},
		Rows: func(yield func([]string) bool) {
			for _, k := range c.Matrix {
				for _, name := range slices.Sorted(maps.Keys(k.Categories)) {
					if !yield([]string{id, k.Class, strconv.Itoa(k.Pairs), name, strconv.Itoa(k.Categories[name])}) {
						return
					}
				}
			}
		}}
	return []export.Sheet{pairs, issues, levels, classes}
}
