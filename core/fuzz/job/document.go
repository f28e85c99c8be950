package job

import (
	"cmp"
	"context"
	"slices"

	"assay/core/fuzz"
	"assay/core/run"
)

func document(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := fuzz.ReportDoc{}
	var err error
	if d.CampaignDoc, err = run.DecodeLast[fuzz.CampaignDoc](ctx, r, id, fuzz.RecordCampaign); err != nil {
		return nil, err
	}
	if d.Findings, err = findings(ctx, r, id); err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.Findings, func(a, b fuzz.FindingDoc) int { return cmp.Compare(a.Test, b.Test) })
	return d, nil
}

func found(ctx context.Context, r run.Reader, id run.ID) (bool, error) {
	list, err := r.Records(ctx, id, run.FindingKind, 0)
	return len(list) > 0, err
}
