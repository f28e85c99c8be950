package runview

import (
	"context"
	"fmt"

	"assay/core/run"
)

// Source reads what a run has committed and what people have said of it.
type Source interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error)
	Labels(ctx context.Context, id run.ID) ([]run.Label, error)
}

// Records reads a run and all its labels, and hands every record that it has committed
// after a sequence number, 0 for all of them, to take in between. An error of take
// names the record.
func Records(ctx context.Context, r Source, id run.ID, after int64, take func(run.Record) error) (run.Run, []run.Label, error) {
	row, err := r.Run(ctx, id)
	if err != nil {
		return row, nil, err
	}
	records, err := r.Records(ctx, id, "", after)
	if err != nil {
		return row, nil, err
	}
	for _, rec := range records {
		if err := take(rec); err != nil {
			return row, nil, fmt.Errorf("record %s %q: %w", rec.Kind, rec.Key, err)
		}
	}
	labels, err := r.Labels(ctx, id)
	return row, labels, err
}
