package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/kv/blend"
	"assay/core/run"
	"assay/core/stat"
)

// sweepJob measures many prompts under every scheme.
type sweepJob struct {
	p     bench.Params
	specs []kv.Spec
	keys  []string
	eng   *engine
	list  []archive.Archive
}

func newSweep(p bench.Params) (bench.Job, error) {
	j := &sweepJob{p: p}
	if !p.Bool("demo") {
		return nil, usage("--demo=false: a sweep has no other prompts than generated ones")
	}
	if err := chunking(p).Check(); err != nil {
		return nil, err
	}
	var err error
	j.specs, j.keys, err = sweepSpecs(p)
	return j, err
}

// sweepSpecs are the schemes of a sweep: the two ends, then blend at every ratio
// and rule, and a random selection of as many tokens as a control.
func sweepSpecs(p bench.Params) ([]kv.Spec, []string, error) {
	if len(p.Floats("ratios")) == 0 || len(p.Strings("rules")) == 0 {
		return nil, nil, usage("expected at least one ratio in --ratios and one rule in --rules")
	}
	names := []string{string(kv.Full), string(kv.Reuse), string(kv.Blend), string(kv.Random)}
	specs, err := kv.Expand(names, p.Floats("ratios"), p.Strings("rules"), base(p))
	return specs, kv.Keys(specs), err
}

// Prepare implements bench.Job.
func (j *sweepJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.eng, err = open(ctx, j.p, env, true); err != nil {
		return err
	}
	j.list, err = archives(j.p, j.eng.Model(), j.p.Int("prompts"))
	return err
}

// Run implements bench.Job.
func (j *sweepJob) Run(ctx context.Context, env bench.Env) error {
	docs, stored, err := run.Decode[kv.CellDoc](ctx, env.Reader, env.ID, kv.RecordCell)
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, k := range stored {
		done[k] = true
	}
	total := int64(len(j.list) * len(j.specs))
	env.Recorder.Progress(int64(len(docs)), total)
	for i, a := range j.list {
		var session *blend.Session
		for n, spec := range j.specs {
			key := cellKey(i, j.keys[n])
			if done[key] {
				continue
			}
			if session == nil {
				if session, err = j.start(ctx, i, a); err != nil {
					return err
				}
			}
			r, err := session.Run(ctx, spec)
			if err != nil {
				return err
			}
			cell := cellOf(i, r.Doc)
			docs = append(docs, cell)
			env.Recorder.Record(kv.RecordCell, key, cell)
			env.Recorder.Metric(run.MetricKey{Name: "kl/" + j.keys[n], Unit: "nats", Better: -1}, int64(i), cell.KL)
			env.Recorder.Headline(sweepHeadline(docs))
			env.Recorder.Progress(int64(len(docs)), total)
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// start prepares the i-th prompt.
func (j *sweepJob) start(ctx context.Context, i int, a archive.Archive) (*blend.Session, error) {
	prompt, _ := generated(a)
	as, err := chunking(j.p).Assemble(prompt, blend.Vocabulary(j.eng.Model()))
	if err != nil {
		return nil, fmt.Errorf("prompt %d: %w", i, err)
	}
	return j.eng.Start(ctx, as, blend.SessionOptions{MaxNew: 1})
}

func cellOf(prompt int, d kv.ModeDoc) kv.CellDoc {
	var dv []float64
	for _, l := range d.Layers[1:] {
		dv = append(dv, l.DVRMS)
	}
	return kv.CellDoc{Prompt: prompt, Mode: d.Mode, Ratio: d.Ratio, Rule: d.Rule, KL: d.KL, Top1: d.Top1, TTFTMs: d.TTFTMs, DVRMS: stat.Mean(dv)}
}

func cellKey(prompt int, key string) string { return fmt.Sprintf("%d/%s", prompt, key) }

// Close implements bench.Job.
func (j *sweepJob) Close() error { return j.eng.Close() }

func sweepDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.SweepDoc{Cells: []kv.CellDoc{}}
	p, err := params(ctx, r, id, sweepSchema())
	if err != nil {
		return nil, err
	}
	_, order, err := sweepSpecs(p)
	if err != nil {
		return nil, err
	}
	cells, keys, err := run.Decode[kv.CellDoc](ctx, r, id, kv.RecordCell)
	if err != nil {
		return nil, err
	}
	// By prompt and scheme, whatever attempt of the run wrote a cell.
	place := map[string]int{}
	for i, k := range order {
		place[k] = i
	}
	type placed struct {
		kv.CellDoc
		scheme int
	}
	list := make([]placed, len(cells))
	for i, c := range cells {
		list[i] = placed{c, place[keys[i][len(fmt.Sprint(c.Prompt))+1:]]}
	}
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Or(a.Prompt-b.Prompt, a.scheme-b.scheme) })
	for _, c := range list {
		d.Cells = append(d.Cells, c.CellDoc)
	}
	return d, nil
}

// sweepHeadline gives the mean divergence of blend and of reuse so far.
func sweepHeadline(cells []kv.CellDoc) string {
	var blended, reused []float64
	prompts := 0
	for _, c := range cells {
		prompts = max(prompts, c.Prompt+1)
		switch kv.Mode(c.Mode) {
		case kv.Blend:
			blended = append(blended, c.KL)
		case kv.Reuse:
			reused = append(reused, c.KL)
		}
	}
	text := fmt.Sprintf("%d prompts", prompts)
	if len(blended) > 0 {
		text += " KL " + short(stat.Mean(blended))
	}
	if len(reused) > 0 {
		text += " reuse " + short(stat.Mean(reused))
	}
	return text
}
