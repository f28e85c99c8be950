package job

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"assay/core/fuzz"
	"assay/core/run"
)

func document(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := fuzz.ReportDoc{}
	if err := one(ctx, r, id, fuzz.RecordCampaign, &d.CampaignDoc); err != nil {
		return nil, err
	}
	var err error
	if d.Findings, err = findings(ctx, r, id); err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.Findings, func(a, b fuzz.FindingDoc) int { return cmp.Compare(a.Test, b.Test) })
	return d, nil
}

// one reads the single record of a kind; a run that has none yet leaves d alone.
func one(ctx context.Context, r run.Reader, id run.ID, kind string, d any) error {
	list, err := r.Records(ctx, id, kind, 0)
	if err != nil || len(list) == 0 {
		return err
	}
	if err := json.Unmarshal(list[len(list)-1].Data, d); err != nil {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("record %s of run %s is damaged", kind, id), Err: err}
	}
	return nil
}

func found(ctx context.Context, r run.Reader, id run.ID) (bool, error) {
	list, err := r.Records(ctx, id, run.FindingKind, 0)
	return len(list) > 0, err
}
