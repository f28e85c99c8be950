package job

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/prune/train"
	"assay/core/run"
)

// keeper saves the state of a long training now and then, so that a killed run
// goes on within it. Short trainings are done again instead.
type keeper struct {
	env   bench.Env
	key   string // of the cell
	every time.Duration
	saved time.Time
}

const (
	recordState = "state"
	arrayState  = "state"
)

// stateDoc says whose state the array holds.
type stateDoc struct {
	Cell  string `json:"cell"`
	Epoch int    `json:"epoch"`
}

func (k *keeper) save(ctx context.Context, s train.State) error {
	if time.Since(k.saved) < k.every {
		return nil
	}
	k.saved = time.Now()
	all := slices.Concat(s.Params, s.Running, s.Velocity)
	k.env.Recorder.Array(run.F32Array(arrayState, all, len(all)))
	k.env.Recorder.Record(recordState, "", stateDoc{Cell: k.key, Epoch: s.Epoch})
	return k.env.Recorder.Commit(ctx)
}

func (k *keeper) load(ctx context.Context, l *prune.Layout) (train.State, bool) {
	list, err := k.env.Reader.Records(ctx, k.env.ID, recordState, 0)
	if err != nil || len(list) == 0 {
		return train.State{}, false
	}
	var d stateDoc
	if json.Unmarshal(list[len(list)-1].Data, &d) != nil || d.Cell != k.key {
		return train.State{}, false
	}
	a, err := k.env.Reader.Array(ctx, k.env.ID, arrayState)
	if err != nil {
		return train.State{}, false
	}
	v, err := a.F32()
	if err != nil || len(v) != 2*l.Params+l.Running {
		return train.State{}, false
	}
	return train.State{Epoch: d.Epoch, Params: v[:l.Params], Running: v[l.Params : l.Params+l.Running], Velocity: v[l.Params+l.Running:]}, true
}
