package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
	"assay/core/stat"
)

// campaignParams reads the parameters of a run of this bench.
func campaignParams(ctx context.Context, r run.Reader, id run.ID) (bench.Params, run.Run, error) {
	row, err := r.Run(ctx, id)
	if err != nil {
		return nil, row, err
	}
	for _, k := range Kinds() {
		if k.Name == row.Kind {
			p, err := k.Schema.FromJSON(row.Params)
			return p, row, err
		}
	}
	return nil, row, &run.Error{Code: run.EInput, Text: fmt.Sprintf("run %s is of kind %s, expected one of the caption bench", row.Name, row.Kind)}
}

// document puts the document of a campaign together from its records.
func document(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d, _, err := Read(ctx, r, id)
	return d, err
}

// Read returns the document and the pairs of a campaign, finished or not.
func Read(ctx context.Context, r run.Reader, id run.ID) (caption.RunDoc, []caption.Pair, error) {
	d := caption.RunDoc{Issues: []caption.IssueDoc{}}
	p, row, err := campaignParams(ctx, r, id)
	if err != nil {
		return d, nil, err
	}
	plans, _, err := run.Decode[caption.PlanDoc](ctx, r, id, caption.RecordPlan)
	if err != nil {
		return d, nil, err
	}
	if len(plans) == 0 { // not begun
		d.Summary = summarise(nil, 0, nil, nil, nil)
		return d, nil, nil
	}
	d.Plan = plans[0]
	d.Captioner, d.Variant = d.Plan.Captioner, d.Plan.Variant
	pairs, _, err := run.Decode[caption.Pair](ctx, r, id, caption.RecordPair)
	if err != nil {
		return d, nil, err
	}
	slices.SortStableFunc(pairs, func(a, b caption.Pair) int { return strings.Compare(a.ID, b.ID) })
	said, _, err := run.Decode[caption.Said](ctx, r, id, caption.RecordSaid)
	if err != nil {
		return d, nil, err
	}
	synonyms, err := Synonyms(p.String("synonyms"))
	if err != nil {
		return d, nil, err
	}
	o, err := oracle.New(oracle.Options{Variant: d.Plan.Variant, Classes: d.Plan.Classes, Synonyms: synonyms, Also: d.Plan.Also})
	if err != nil {
		return d, nil, err
	}
	d.Summary = summarise(o, d.Plan.Pairs, pairs, said, d.Plan.Also)
	if sum := d.Summary; sum.Known > 0 && sum.IssuesRaw > 0 {
		d.Precision, d.PrecisionCI = &sum.Precision, &sum.PrecisionCI
	}
	if sum := d.Summary; sum.Known > 0 && sum.Wrong > 0 {
		d.Recall, d.RecallCI = &sum.Recall, &sum.RecallCI
	}
	if row.Kind == "caption.run" {
		d.CostUSD = cost(said, p)
	}
	for i := range pairs {
		if pairs[i].Verdict == caption.Issue {
			d.Issues = append(d.Issues, issueOf(&pairs[i]))
		}
	}
	labels, err := r.Labels(ctx, id)
	if err != nil {
		return d, nil, err
	}
	if len(labels) > 0 {
		c := CountLabels(labels, len(d.Issues))
		d.Labels = &c
	}
	return d, pairs, nil
}

func found(ctx context.Context, r run.Reader, id run.ID) (bool, error) {
	d, _, err := Read(ctx, r, id)
	return len(d.Issues) > 0, err
}

// The words of a label.
const (
	LabelTrue   = "true"   // a caption is wrong
	LabelFalse  = "false"  // both captions are right
	LabelUnsure = "unsure" // cannot be told
)

// CountLabels sums up what people said of the issues of a run.
func CountLabels(labels []run.Label, issues int) caption.LabelCount {
	c := caption.LabelCount{Issues: issues}
	for _, l := range labels {
		switch l.Word {
		case LabelTrue:
			c.True++
		case LabelFalse:
			c.False++
		default:
			c.Unsure++
		}
	}
	if n := c.True + c.False; n > 0 {
		c.Precision = float64(c.True) / float64(n)
	}
	c.PrecisionCI = stat.Wilson95(c.True, c.True+c.False)
	return c
}

// Judge judges the pairs of a file without recording a run.
func Judge(pairs []oracle.CaptionPair, o *oracle.Oracle) caption.JudgeDoc {
	d := caption.JudgeDoc{Pairs: make([]caption.Judgement, 0, len(pairs))}
	for _, p := range pairs {
		d.Pairs = append(d.Pairs, o.Insertion(p.Object, p.C0, p.C1))
	}
	return d
}

// Compare judges pairs by both variants and lists where they disagree: whether a
// pair is an issue.
func Compare(pairs []oracle.CaptionPair, exact, ref *oracle.Oracle) *caption.CompareDoc {
	d := &caption.CompareDoc{Differences: []caption.Difference{}}
	for i, p := range pairs {
		e, r := exact.Insertion(p.Object, p.C0, p.C1), ref.Insertion(p.Object, p.C0, p.C1)
		isE, isR := e.Verdict == caption.Issue, r.Verdict == caption.Issue
		if isE != isR {
			d.Differences = append(d.Differences, caption.Difference{Pair: i, Object: p.Object, Exact: e.Verdict, Ref: r.Verdict, Rule: e.Rule, RefRule: r.Rule})
		}
		if said := p.Extra["reported"]; said == "0" || said == "1" {
			d.Reported++
			if isE == (said == "1") {
				d.ExactAgrees++
			}
			if isR == (said == "1") {
				d.RefAgrees++
			}
		}
	}
	return d
}
