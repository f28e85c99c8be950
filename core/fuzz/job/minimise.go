package job

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/run"
)

// minimiseJob shrinks a recorded finding and writes its reproducer anew, in the folder
// of its campaign. The record of the campaign does not change.
type minimiseJob struct {
	p      bench.Params
	found  Stored
	target fuzz.Target
	pool   *harness.Pool
	first  *harness.Process
}

func newMinimise(p bench.Params) (bench.Job, error) {
	if p.String("finding") == "" {
		return nil, usage("--finding: expected the id of a finding, or RUN/ID")
	}
	return &minimiseJob{p: p}, nil
}

// Prepare implements bench.Job: it finds the finding and starts its library.
func (j *minimiseJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.found, err = Find(ctx, env.Reader, j.p.String("finding")); err != nil {
		return err
	}
	if j.target, err = target(j.found.Params.String("target"), j.found.Params.String("python"), env.CacheDir); err != nil {
		return err
	}
	j.pool = harness.NewPool(j.target, limits(j.found.Params))
	j.first, err = j.pool.First(ctx)
	return err
}

// Run implements bench.Job.
func (j *minimiseJob) Run(ctx context.Context, env bench.Env) error {
	d := fuzz.MinimiseDoc{FindingDoc: j.found.Finding, Campaign: string(j.found.Run), Steps: []fuzz.MinimiseStepDoc{}}
	f := &d.FindingDoc
	before := f.Elements
	tell := func(phase string) {
		d.Phase = phase
		env.Recorder.Record(fuzz.RecordMinimise, "", d)
		env.Recorder.Progress(int64(d.Trials), int64(campaign.MostTrials))
		env.Recorder.Headline(fmt.Sprintf("%s: %d trials, %d input elements (was %d), %s", f.API, d.Trials, f.Elements, before, phase))
	}
	tell(fuzz.PhaseShrink)
	apis, err := list(ctx, j.target, j.first, env.CacheDir)
	if err != nil {
		return err
	}
	var api *fuzz.API
	for i := range apis {
		if apis[i].Name == f.API {
			api = &apis[i]
		}
	}
	if api == nil {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("finding %s is of %s, which %s does not have", f.ID, f.API, j.target.Name())}
	}
	p := j.found.Params
	told := time.Now()
	d.FindingDoc, d.Trials, err = campaign.Shrink(ctx, *f, campaign.Shrinking{Target: j.target.Name(), API: api, Now: time.Now, Fresh: j.pool.Fresh,
		Settings: settings(p.String("variant"), p.Float("eps"), p.Int("order"), j.first.Hello.Caps),
		Process: func(ctx context.Context) (*harness.Process, error) {
			var err error
			if j.first.Dead() {
				j.first, err = j.pool.Fresh(ctx)
			}
			return j.first, err
		},
		Tell: func(c *fuzz.Case, trials int, smaller bool) {
			d.Trials = trials
			if smaller {
				f.Case, f.Elements = c, campaign.Elements(c)
				d.Steps = append(d.Steps, fuzz.MinimiseStepDoc{Trial: trials, Elements: f.Elements, Case: c})
			}
			if smaller || time.Since(told) > stateEvery {
				told = time.Now()
				tell(fuzz.PhaseShrink)
			}
		}})
	if err != nil {
		return err
	}
	tell(fuzz.PhaseReproduce)
	if err := env.Recorder.Commit(ctx); err != nil {
		return err
	}
	dir := filepath.Join(filepath.Dir(env.FilesDir), string(j.found.Run))
	if d.FindingDoc, err = campaign.WriteReproducer(ctx, j.target, *f, dir); err != nil {
		return err
	}
	tell(fuzz.PhaseDone)
	return env.Recorder.Commit(ctx)
}

// Close implements bench.Job.
func (j *minimiseJob) Close() error {
	if j.first != nil {
		j.first.Kill()
	}
	if j.pool != nil {
		j.pool.Close()
	}
	return nil
}

func minimiseDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d, err := run.DecodeLast[fuzz.MinimiseDoc](ctx, r, id, fuzz.RecordMinimise)
	if d.Steps == nil {
		d.Steps = []fuzz.MinimiseStepDoc{}
	}
	return d, err
}
