package job

import (
	"context"
	"fmt"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/agent"
	"assay/core/prune/score"
	"assay/core/prune/tensors"
	"assay/core/prune/train"
	"assay/core/run"
)

// tryJob prunes one checkpoint.
type tryJob struct {
	p        bench.Params
	method   prune.Method
	actor    *agent.Actor // of panning-rl, else nil
	exponent float64
	recipe   prune.Recipe
	*stage
}

func newTry(p bench.Params) (bench.Job, error) {
	j := &tryJob{p: p}
	var err error
	if j.method, err = prune.ParseMethod(p.String("method")); err != nil {
		return nil, err
	}
	if j.exponent, err = prune.ParseExponent(p.String("exponent")); err != nil {
		return nil, err
	}
	s, err := specOf(p)
	if err != nil {
		return nil, err
	}
	l, err := s.Layout()
	if err != nil {
		return nil, err
	}
	j.recipe = recipeOf(p, s)
	return j, prune.CheckExponent(j.exponent, l.Prunable)
}

// Prepare implements bench.Job.
func (j *tryJob) Prepare(_ context.Context, env bench.Env) (err error) {
	if err := writable(j.p.String("out")); err != nil {
		return err
	}
	if j.actor, err = agentFor(j.p.String("agent"), j.method); err != nil {
		return err
	}
	if j.stage, err = openStage(j.p, env); err != nil {
		return err
	}
	j.doc.Recipe = j.recipe
	return nil
}

// Run implements bench.Job.
func (j *tryJob) Run(ctx context.Context, env bench.Env) error {
	rec := env.Recorder
	rec.Record(prune.RecordNet, "", j.doc)
	if err := j.model.Load(j.params, j.running); err != nil {
		return err
	}
	before, err := j.evaluate(ctx, rec)
	if err != nil {
		return err
	}
	rec.Record(prune.RecordTested, "before", before)
	if err := rec.Commit(ctx); err != nil {
		return err
	}
	mask, doc, err := j.mask(ctx, rec)
	if err != nil {
		return err
	}
	rec.Record(prune.RecordMask, "", doc)
	if j.method.Control == prune.Reinit {
		if j.params, j.running, err = j.layout.Init(uint64(j.p.Int("seed"))+1, schemeOf(j.p)); err != nil {
			return err
		}
	}
	pruned := append([]float32(nil), j.params...)
	mask.Apply(pruned[:j.layout.Prunable], j.params[:j.layout.Prunable])
	running := j.running
	if err := j.model.Load(pruned, running); err != nil {
		return err
	}
	after, err := j.evaluate(ctx, rec)
	if err != nil {
		return err
	}
	rec.Record(prune.RecordTested, "after", after)
	rec.Headline(fmt.Sprintf("%s at 10^%g: %.4f before, %.4f after", j.method, j.exponent, before.Accuracy, after.Accuracy))
	if err := rec.Commit(ctx); err != nil {
		return err
	}
	if j.recipe.Epochs > 0 {
		if pruned, running, err = j.train(ctx, env, mask, before, after); err != nil {
			return err
		}
	}
	return j.save(mask, pruned, running)
}

// mask scores the weights on a balanced batch and keeps the best.
func (j *tryJob) mask(ctx context.Context, rec run.Recorder) (score.Mask, prune.MaskDoc, error) {
	o := score.Options{Method: j.method, Exponent: j.exponent, Steps: j.p.Int("steps"), Temperature: j.p.Float("temperature"), Seed: uint64(j.p.Int("seed")),
		Classes: j.spec.Classes(), Cuts: j.paths.Cuts(), Step: func(done, of int) { rec.Progress(int64(done), int64(of)) }}
	if j.method.NeedsData() {
		n := min(j.p.Int("score_images")*j.spec.Classes(), j.set.Train.N())
		o.Batch = func(t int) (score.Batch, error) {
			index, err := j.set.Train.Balanced(prng.New(uint64(j.p.Int("seed")), fmt.Sprintf("prune/score/batch/%d", t)), n)
			if err != nil {
				return score.Batch{}, err
			}
			b := score.Batch{X: make([]float32, n*j.spec.InputLen()), Y: make([]int32, n)}
			j.set.Batch(j.set.Train, index, b.X, b.Y)
			return b, nil
		}
	}
	began := time.Now()
	r, err := rank(ctx, score.NewEngine(j.model, j.params, j.running), j.layout.Weights(), j.params[:j.layout.Prunable], o, j.actor)
	if err != nil {
		return nil, prune.MaskDoc{}, scoreError(err)
	}
	took := time.Since(began)
	d := scoreDoc(j.method, j.exponent, took.Seconds(), j.bed, r)
	dense, err := j.dense()
	if err != nil {
		return nil, prune.MaskDoc{}, err
	}
	left, err := j.macs(d.Layers)
	if err != nil {
		return nil, prune.MaskDoc{}, err
	}
	return r.Mask, prune.MaskDoc{Method: d.Method, Exponent: d.Exponent, Kept: d.Kept, Sparsity: d.Sparsity, EffectiveSparsity: d.EffectiveSparsity,
		Collapsed: d.Collapsed, MaskHash: d.MaskHash, Layers: d.Layers, Warnings: d.Warnings, ScoreMs: float64(took) / float64(time.Millisecond), MACsKept: left, Dense: dense}, nil
}

// dense describes the loaded weights before anything is removed.
func (j *tryJob) dense() (*prune.DenseDoc, error) {
	there := make(score.Mask, j.layout.Prunable)
	for i, w := range j.params[:j.layout.Prunable] {
		there[i] = w != 0
	}
	e := j.paths.Effect(there)
	d := &prune.DenseDoc{Kept: there.Kept(), Sparsity: e.Nominal, EffectiveSparsity: e.Sparsity, Collapsed: e.Collapsed, Layers: keptDocs(j.layout.Weights(), there, e)}
	var err error
	d.MACs, err = j.macs(d.Layers)
	return d, err
}

// train trains under the mask, going on from the last committed epoch.
func (j *tryJob) train(ctx context.Context, env bench.Env, mask score.Mask, before, after prune.TestDoc) (params, running []float32, err error) {
	images, err := j.stage.images(j.p.Int("train_images"), uint64(j.p.Int("seed")))
	if err != nil {
		return nil, nil, err
	}
	if err := j.recipe.Check(images.N()); err != nil {
		return nil, nil, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	t, err := train.New(j.model, j.set, images, j.recipe, j.params, j.running, mask, uint64(j.p.Int("seed")))
	if err != nil {
		return nil, nil, err
	}
	job := &trainJob{p: j.p, stage: j.stage, trainer: t, images: images, recipe: j.recipe}
	if err := job.resume(ctx, env); err != nil {
		return nil, nil, err
	}
	for !t.Done() {
		if err := job.epoch(ctx, env); err != nil {
			return nil, nil, err
		}
	}
	trained, err := j.evaluate(ctx, env.Recorder)
	if err != nil {
		return nil, nil, err
	}
	env.Recorder.Record(prune.RecordTested, "trained", trained)
	env.Recorder.Headline(fmt.Sprintf("%s at 10^%g: %.4f before, %.4f after, %.4f trained", j.method, j.exponent, before.Accuracy, after.Accuracy, trained.Accuracy))
	if err := env.Recorder.Commit(ctx); err != nil {
		return nil, nil, err
	}
	s, err := t.State()
	return s.Params, s.Running, err
}

// save writes the pruned weights and their masks.
func (j *tryJob) save(mask score.Mask, params, running []float32) error {
	out := j.p.String("out")
	if out == "" {
		return nil
	}
	meta := map[string]string{"net": j.doc.Net, "method": j.method.String(), "exponent": fmt.Sprint(j.exponent), "seed": fmt.Sprint(j.p.Int("seed"))}
	if err := tensors.Save(out, j.layout, params, running, meta); err != nil {
		return err
	}
	return tensors.Write(strings.TrimSuffix(out, ".safetensors")+".mask.safetensors", tensors.Masks(j.layout.Weights(), mask), meta)
}

func tryDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := prune.TryDoc{}
	var err error
	if d.NetDoc, err = run.DecodeLast[prune.NetDoc](ctx, r, id, prune.RecordNet); err != nil {
		return nil, err
	}
	if d.MaskDoc, err = run.DecodeLast[prune.MaskDoc](ctx, r, id, prune.RecordMask); err != nil {
		return nil, err
	}
	docs, keys, err := run.Decode[prune.TestDoc](ctx, r, id, prune.RecordTested)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		switch k {
		case "before":
			d.Before = docs[i]
		case "after":
			d.After, d.Accuracy = docs[i], docs[i].Accuracy
		case "trained":
			d.Trained, d.Accuracy = &docs[i], docs[i].Accuracy
		}
	}
	row, err := r.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := trySchema().FromJSON(row.Params)
	if err != nil {
		return nil, err
	}
	d.Out = p.String("out")
	return d, nil
}
