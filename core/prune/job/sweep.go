package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/agent"
	"assay/core/prune/data"
	"assay/core/prune/score"
	"assay/core/prune/train"
	"assay/core/run"
)

// quickImages is how many training images the preset quick takes.
const quickImages = 10_000

// plan is what the parameters of a sweep say.
type plan struct {
	spec      prune.Spec
	methods   []prune.Method
	names     []string
	exponents []float64
	seeds     []int
	recipe    prune.Recipe
	images    int // training images; 0 takes all
	fresh     bool
}

func sweepPlan(p bench.Params) (plan, error) {
	var pl plan
	var err error
	if pl.spec, err = specOf(p); err != nil {
		return pl, err
	}
	if pl.methods, err = prune.ParseMethods(p.String("methods")); err != nil {
		return pl, err
	}
	for _, m := range pl.methods {
		pl.names = append(pl.names, m.String())
	}
	if pl.exponents, err = prune.ParseExponents(p.String("exponents")); err != nil {
		return pl, err
	}
	counts, err := pl.spec.Counts()
	if err != nil {
		return pl, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	for _, e := range pl.exponents {
		if err := prune.CheckExponent(e, counts.Prunable); err != nil {
			return pl, err
		}
	}
	for s := range p.Int("seeds") {
		pl.seeds = append(pl.seeds, p.Int("seed")+s)
	}
	pl.recipe, pl.images = prune.Quick(pl.spec), quickImages
	if p.String("preset") == "paper" {
		pl.recipe, pl.images, pl.fresh = prune.Paper(pl.spec), 0, true
	}
	if n := p.Int("epochs"); n >= 0 {
		pl.recipe.Epochs = n
	}
	if x := p.Float("lr"); x > 0 {
		pl.recipe.LR = x
	}
	if n := p.Int("train_images"); n > 0 {
		pl.images = n
	}
	switch p.String("batches") {
	case "one":
		pl.fresh = false
	case "fresh":
		pl.fresh = true
	}
	return pl, nil
}

// resolveSweep reads a description into the parameters and makes the folder of
// data absolute.
func resolveSweep(p bench.Params) (bench.Params, error) {
	out := make(bench.Params, len(p))
	maps.Copy(out, p)
	if name := p.String("net"); p.String("net_json") == "" {
		spec, err := readNet(name)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".json") {
			text, err := json.Marshal(spec)
			if err != nil {
				return nil, err
			}
			out["net_json"] = string(text)
		}
	}
	if dir := p.String("data"); dir != "mnist" {
		if abs, err := filepath.Abs(dir); err == nil {
			out["data"] = abs
		}
	}
	for _, name := range []string{"agent", "out"} {
		if path, ok := p[name].(string); ok && path != "" {
			if abs, err := filepath.Abs(path); err == nil {
				out[name] = abs
			}
		}
	}
	return out, nil
}

// sweepJob fills the cells of a campaign.
type sweepJob struct {
	p bench.Params
	plan
	actor  *agent.Actor // of panning-rl, else nil
	bed    *bed
	set    *data.Set
	images data.Images
}

func newSweep(p bench.Params) (bench.Job, error) {
	j := &sweepJob{p: p}
	var err error
	j.plan, err = sweepPlan(p)
	return j, err
}

// Prepare implements bench.Job.
func (j *sweepJob) Prepare(_ context.Context, env bench.Env) (err error) {
	if j.actor, err = agentFor(j.p.String("agent"), j.methods...); err != nil {
		return err
	}
	if j.set, err = data.Load(j.p.String("data")); err != nil {
		return &run.Error{Code: run.EInput, Text: err.Error()}
	}
	if err := train.Fits(j.spec, j.set); err != nil {
		return &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	j.images = j.set.Train
	if j.plan.images > 0 && j.plan.images != j.images.N() {
		if j.plan.images > j.images.N() && j.p.Int("train_images") > 0 {
			return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--train-images %d: %s has %d training images", j.plan.images, j.set.Name, j.images.N())}
		}
		if j.plan.images < j.images.N() {
			index, err := j.images.Balanced(prng.New(uint64(j.p.Int("seed")), "prune/subset"), j.plan.images)
			if err != nil {
				return &run.Error{Code: run.EUsage, Text: err.Error()}
			}
			j.images = j.images.Pick(index)
		}
	}
	if j.recipe.Epochs > 0 {
		if err := j.recipe.Check(j.images.N()); err != nil {
			return &run.Error{Code: run.EUsage, Text: err.Error()}
		}
	}
	if n := j.p.Int("score_images"); n > j.images.N() {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--score-images %d: the training set has %d images", n, j.images.N())}
	}
	if j.bed, err = openBed(j.spec, j.p.String("device"), j.p.Int("threads")); err != nil {
		return err
	}
	counts, err := j.spec.Counts()
	if err != nil {
		return err
	}
	info := j.bed.device.Info()
	env.Recorder.Record(prune.RecordNet, "", prune.NetDoc{Net: j.p.String("net"), Data: j.set.Name, Counts: counts, TrainImages: j.images.N(),
		TestImages: j.set.Test.N(), Recipe: j.recipe, Device: info.Kind, Threads: info.Threads})
	return nil
}

// Run implements bench.Job.
func (j *sweepJob) Run(ctx context.Context, env bench.Env) error {
	docs, _, err := run.Decode[prune.CellDoc](ctx, env.Reader, env.ID, prune.RecordCell)
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, c := range docs {
		done[c.Key()] = true
	}
	total := len(j.methods) * len(j.exponents) * len(j.seeds)
	// Seeds come last: a curve with one seed is there early, and intervals narrow as it fills.
	for _, seed := range j.seeds {
		for _, x := range j.exponents {
			for _, m := range j.methods {
				key := prune.CellKey(m.String(), x, seed)
				if done[key] {
					continue
				}
				began := len(docs)
				tell := func(part float64) {
					env.Recorder.Progress(int64(1000*(float64(began)+part)), int64(1000*total))
				}
				cell, err := j.cell(ctx, env, m, x, seed, tell)
				if err != nil {
					return fmt.Errorf("cell %s: %w", key, err)
				}
				docs = append(docs, cell)
				env.Recorder.Record(prune.RecordCell, key, cell)
				j.summarise(env.Recorder, docs, cell)
				env.Recorder.Progress(int64(1000*len(docs)), int64(1000*total))
				env.Recorder.Headline(sweepHeadline(docs, total))
				if err := env.Recorder.Commit(ctx); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// summarise records the point of the curve that a new cell belongs to.
func (j *sweepJob) summarise(rec run.Recorder, docs []prune.CellDoc, cell prune.CellDoc) {
	var d prune.SweepDoc
	for _, c := range docs {
		if c.Method == cell.Method && c.Exponent == cell.Exponent {
			d.Cells = append(d.Cells, c)
		}
	}
	d.Summarise([]string{cell.Method})
	for _, p := range d.Curve {
		rec.Record(prune.RecordPoint, fmt.Sprintf("%s/%g", p.Method, p.Exponent), p)
	}
	if cell.Reason != "" {
		rec.Event(run.Warn, "cell", cell.Key()+": "+cell.Reason, nil)
	}
	for _, w := range cell.Warnings {
		rec.Event(run.Debug, "score", cell.Key()+": "+w, nil)
	}
}

// cell scores, trains and evaluates one trial. What goes wrong in the trial
// alone is the cell's reason, not an error.
func (j *sweepJob) cell(ctx context.Context, env bench.Env, m prune.Method, x float64, seed int, tell func(float64)) (prune.CellDoc, error) {
	c := prune.CellDoc{Method: m.String(), Exponent: x, Seed: seed, Collapsed: []string{}, Bypassed: []string{}, Layers: []prune.KeptDoc{}, Warnings: []string{}}
	params, running, err := j.bed.layout.Init(uint64(seed), prune.Scheme(j.p.String("init")))
	if err != nil {
		return c, err
	}
	began := time.Now()
	r, err := j.score(ctx, m, x, seed, params, running, tell)
	if bad, ok := errors.AsType[*score.NotFiniteError](err); ok {
		c.Reason = bad.Error()
		return c, nil
	}
	if err != nil {
		return c, err
	}
	c.ScoreMs = float64(time.Since(began)) / float64(time.Millisecond)
	e := j.bed.paths.Effect(r.Mask)
	c.EffectiveSparsity, c.Sparsity, c.Kept, c.Collapsed, c.Bypassed = e.Sparsity, e.Nominal, r.Mask.Kept(), e.Collapsed, e.Bypassed
	c.MaskHash, c.Warnings, c.Stages = r.Mask.Hash(), append(c.Warnings, r.Warnings...), r.Trace
	c.Layers = keptDocs(j.bed.layout.Weights(), r.Mask, e)
	if c.MACs, err = j.bed.macs(c.Layers); err != nil {
		return c, err
	}
	if m.Control == prune.Reinit {
		if params, running, err = j.bed.layout.Init(uint64(seed)^reinitSeed, prune.Scheme(j.p.String("init"))); err != nil {
			return c, err
		}
	}
	began = time.Now()
	err = j.fit(ctx, env, &c, params, running, r.Mask, tell)
	c.TrainMs = float64(time.Since(began)) / float64(time.Millisecond)
	return c, err
}

// reinitSeed keeps the second draw of the control reinit apart from small seeds.
const reinitSeed = 0x9e3779b97f4a7c15

func (j *sweepJob) score(ctx context.Context, m prune.Method, x float64, seed int, params, running []float32, tell func(float64)) (*score.Result, error) {
	drawn := map[int]score.Batch{}
	batch := func(t int) (score.Batch, error) {
		if !j.fresh {
			t = 0
		}
		if b, ok := drawn[t]; ok {
			return b, nil
		}
		b, err := drawBatch(j.spec, j.set, j.images, uint64(seed), t, j.p.Int("score_images"))
		if err != nil {
			return b, err
		}
		clear(drawn) // steps go forward only
		drawn[t] = b
		return b, nil
	}
	o := score.Options{
		Method: m, Exponent: x, Seed: uint64(seed), Classes: j.spec.Classes(), Batch: batch, Cuts: j.bed.paths.Cuts(),
		Step: func(done, of int) { tell(0.3 * float64(done) / float64(of)) },
	}
	net, layers, weights := score.NewEngine(j.bed.model, params, running), j.bed.layout.Weights(), params[:j.bed.layout.Prunable]
	return rank(ctx, net, layers, weights, o, j.actor)
}

// drawBatch draws score batch t of a seed, classes in equal parts.
func drawBatch(spec prune.Spec, set *data.Set, images data.Images, seed uint64, t, n int) (score.Batch, error) {
	index, err := images.Balanced(prng.New(seed, fmt.Sprintf("prune/score-batch/%d", t)), n)
	if err != nil {
		return score.Batch{}, &run.Error{Code: run.EUsage, Text: "score batch: " + err.Error()}
	}
	b := score.Batch{X: make([]float32, len(index)*spec.InputLen()), Y: make([]int32, len(index))}
	set.Batch(images, index, b.X, b.Y)
	return b, nil
}

// fit trains the masked network from its first values and evaluates it.
func (j *sweepJob) fit(ctx context.Context, env bench.Env, c *prune.CellDoc, params, running []float32, mask score.Mask, tell func(float64)) error {
	key := c.Key()
	if j.recipe.Epochs == 0 {
		mask.Apply(params[:len(mask)], params[:len(mask)])
		if err := j.bed.model.Load(params, running); err != nil {
			return err
		}
		return j.evaluate(ctx, c, tell)
	}
	t, err := train.New(j.bed.model, j.set, j.images, j.recipe, params, running, mask, uint64(c.Seed))
	if err != nil {
		return &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	state := keeper{env: env, key: key, every: time.Minute}
	if s, ok := state.load(ctx, j.bed.layout); ok {
		if err := t.Restore(s); err != nil {
			return err
		}
	}
	state.saved = time.Now()
	for epoch := 1; !t.Done(); epoch++ {
		loss, accuracy, err := t.Epoch(ctx, func(p train.Progress) {
			if p.Step%8 == 0 {
				tell(0.3 + 0.65*float64(p.Step)/float64(p.Steps))
			}
		})
		if off, ok := errors.AsType[*train.Diverged](err); ok {
			c.Reason = off.Error()
			return nil
		}
		if err != nil {
			return err
		}
		s, err := t.State()
		if err != nil {
			return err
		}
		env.Recorder.Record(prune.RecordCellEpoch, fmt.Sprintf("%s/%d", key, s.Epoch), prune.CellEpochDoc{Cell: key, Epoch: s.Epoch, Of: j.recipe.Epochs, Loss: loss, Accuracy: accuracy})
		if err := state.save(ctx, s); err != nil {
			return err
		}
	}
	return j.evaluate(ctx, c, tell)
}

func (j *sweepJob) evaluate(ctx context.Context, c *prune.CellDoc, tell func(float64)) error {
	got, err := train.Evaluate(ctx, j.bed.model, j.set, j.set.Test, func(n int) { tell(0.95 + 0.05*float64(n)/float64(j.set.Test.N())) })
	if err != nil {
		return err
	}
	if !got.Finite() {
		c.Reason = "the loss on the test set is not a number: the training diverged in its last steps; take a smaller --lr"
		return nil
	}
	accuracy, loss := float64(got.Correct)/float64(got.N), got.Mean
	c.Accuracy, c.Loss = &accuracy, &loss
	return nil
}

// Close implements bench.Job.
func (j *sweepJob) Close() error { return j.bed.Close() }

// sweepDocument makes the document of a sweep from what it has recorded.
func sweepDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := prune.SweepDoc{Cells: []prune.CellDoc{}, Curve: []prune.PointDoc{}, Paired: []prune.PairedDoc{}}
	row, err := r.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := sweepSchema().FromJSON(row.Params)
	if err != nil {
		return nil, err
	}
	pl, err := sweepPlan(p)
	if err != nil {
		return nil, err
	}
	nets, _, err := run.Decode[prune.NetDoc](ctx, r, id, prune.RecordNet)
	if err != nil {
		return nil, err
	}
	if len(nets) > 0 {
		d.Net = &nets[len(nets)-1]
	}
	cells, keys, err := run.Decode[prune.CellDoc](ctx, r, id, prune.RecordCell)
	if err != nil {
		return nil, err
	}
	at := map[string]prune.CellDoc{}
	for i, k := range keys {
		at[k] = cells[i]
	}
	for _, m := range pl.names {
		for _, x := range pl.exponents {
			for _, s := range pl.seeds {
				if c, ok := at[prune.CellKey(m, x, s)]; ok {
					d.Cells = append(d.Cells, c)
				}
			}
		}
	}
	d.Summarise(pl.names)
	return d, nil
}

// sweepHeadline names the best method at the highest exponent that several have
// reached.
func sweepHeadline(cells []prune.CellDoc, total int) string {
	best, high := prune.CellDoc{}, -1.0
	for _, c := range cells {
		if c.Accuracy != nil && (c.Exponent > high || c.Exponent == high && *c.Accuracy > *best.Accuracy) {
			best, high = c, c.Exponent
		}
	}
	text := fmt.Sprintf("%d/%d cells", len(cells), total)
	if high >= 0 {
		text += fmt.Sprintf("  %s %.1f%% at 10^%g", best.Method, 100**best.Accuracy, best.Exponent)
	}
	return text
}
