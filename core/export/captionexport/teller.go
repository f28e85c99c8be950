package captionexport

import (
	"cmp"
	"slices"

	"assay/core/caption"
	"assay/core/export"
	"assay/core/run"
)

// Teller tells the runs of the Caption bench.
type Teller struct{}

var _ export.Teller = Teller{}

// Sheets implements export.Teller: pairs with their verdicts, issues with their
// labels, levels of overlap, and inserted classes by category.
func (Teller) Sheets(d *export.Document) ([]export.Sheet, error) {
	c, err := read(d)
	if err != nil {
		return nil, err
	}
	return c.sheets(string(d.Run.ID)), nil
}

// Tell implements export.Teller.
func (Teller) Tell(d *export.Document) (export.Story, error) {
	c, err := read(d)
	if err != nil {
		return export.Story{}, err
	}
	return c.tell(), nil
}

// campaign is what a run has stored.
type campaign struct {
	caption.Summary
	plan   caption.PlanDoc
	pairs  []caption.Pair
	issues []caption.IssueDoc // the best ranked first
	labels map[string]run.Label
}

func read(d *export.Document) (campaign, error) {
	c := campaign{labels: map[string]run.Label{}}
	sums, _, err := export.Decode[caption.Summary](d, caption.RecordSummary)
	if err != nil {
		return c, err
	}
	plans, _, err := export.Decode[caption.PlanDoc](d, caption.RecordPlan)
	if err != nil {
		return c, err
	}
	if len(sums) > 0 {
		c.Summary = sums[len(sums)-1]
	}
	if len(plans) > 0 {
		c.plan = plans[len(plans)-1]
	}
	if c.pairs, _, err = export.Decode[caption.Pair](d, caption.RecordPair); err != nil {
		return c, err
	}
	if c.issues, _, err = export.Decode[caption.IssueDoc](d, run.FindingKind); err != nil {
		return c, err
	}
	slices.SortStableFunc(c.pairs, func(a, b caption.Pair) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(c.issues, func(a, b caption.IssueDoc) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	for _, l := range d.Labels {
		c.labels[l.Key] = l
	}
	return c, nil
}
