package job

import (
	"context"
	"fmt"
	"math"
	"strings"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/prune/score"
	"assay/core/run"
)

// sensitivityJob tests a network with one layer pruned at a time.
type sensitivityJob struct {
	p         bench.Params
	exponents []float64
	*stage
}

func newSensitivity(p bench.Params) (bench.Job, error) {
	j := &sensitivityJob{p: p}
	var err error
	if j.exponents, err = prune.ParseExponents(p.String("exponents")); err != nil {
		return nil, err
	}
	s, err := specOf(p)
	if err != nil {
		return nil, err
	}
	l, err := s.Layout()
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	largest := 0
	for _, t := range l.Weights() {
		largest = max(largest, t.Len)
	}
	for _, x := range j.exponents { // smaller layers keep one weight at the least
		if err := prune.CheckExponent(x, largest); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// Prepare implements bench.Job.
func (j *sensitivityJob) Prepare(_ context.Context, env bench.Env) (err error) {
	j.stage, err = openStage(j.p, env)
	return err
}

// Run implements bench.Job.
func (j *sensitivityJob) Run(ctx context.Context, env bench.Env) error {
	_, keys, err := run.Decode[prune.LayerDoc](ctx, env.Reader, env.ID, prune.RecordLayer)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, k := range keys {
		have[k] = true
	}
	env.Recorder.Record(prune.RecordNet, "", j.doc)
	layers := j.layout.Weights()
	total := int64(len(layers)*len(j.exponents) + 1)
	env.Recorder.Progress(0, total)
	if err := j.model.Load(j.params, j.running); err != nil {
		return err
	}
	dense, err := j.evaluate(ctx, env.Recorder)
	if err != nil {
		return err
	}
	env.Recorder.Record(prune.RecordTested, "before", dense)
	if err := env.Recorder.Commit(ctx); err != nil {
		return err
	}
	done := int64(1)
	worst := prune.LayerDoc{Accuracy: math.Inf(1)}
	for _, t := range layers {
		for _, x := range j.exponents {
			done++
			key := fmt.Sprintf("%s/%g", t.Name, x)
			if have[key] {
				continue
			}
			d, err := j.point(ctx, env.Recorder, t, x)
			if err != nil {
				return err
			}
			if d.Accuracy < worst.Accuracy {
				worst = d
			}
			env.Recorder.Record(prune.RecordLayer, key, d)
			env.Recorder.Progress(done, total)
			env.Recorder.Headline(fmt.Sprintf("dense %.3f; most sensitive so far %s at 10^%g: %.3f", dense.Accuracy, worst.Name, worst.Exponent, worst.Accuracy))
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// point prunes one layer by magnitude and tests.
func (j *sensitivityJob) point(ctx context.Context, rec run.Recorder, t prune.Tensor, x float64) (prune.LayerDoc, error) {
	scores := make([]float64, t.Len)
	for i, w := range j.params[t.Offset : t.Offset+t.Len] {
		scores[i] = math.Abs(float64(w))
	}
	mask := score.Select(scores, nil, score.Kept(t.Len, x))
	p := append([]float32(nil), j.params...)
	mask.Apply(p[t.Offset:t.Offset+t.Len], j.params[t.Offset:t.Offset+t.Len])
	if err := j.model.Load(p, j.running); err != nil {
		return prune.LayerDoc{}, err
	}
	d, err := j.evaluate(ctx, rec)
	return prune.LayerDoc{Name: strings.TrimSuffix(t.Name, ".weight"), Exponent: x, Kept: mask.Kept(), Accuracy: d.Accuracy, Loss: d.Loss}, err
}

func sensitivityDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := prune.SensitivityDoc{}
	var err error
	if d.NetDoc, err = run.DecodeLast[prune.NetDoc](ctx, r, id, prune.RecordNet); err != nil {
		return nil, err
	}
	if d.Dense, err = run.DecodeLast[prune.TestDoc](ctx, r, id, prune.RecordTested); err != nil {
		return nil, err
	}
	layers, _, err := run.Decode[prune.LayerDoc](ctx, r, id, prune.RecordLayer)
	d.Layers = append([]prune.LayerDoc{}, layers...)
	return d, err
}
