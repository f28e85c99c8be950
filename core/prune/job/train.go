package job

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/prune/tensors"
	"assay/core/prune/train"
	"assay/core/run"
)

// trainJob trains one network.
type trainJob struct {
	p bench.Params
	*stage
	trainer *train.Trainer
	images  data.Images
	recipe  prune.Recipe
}

func newTrain(p bench.Params) (bench.Job, error) {
	_, err := specOf(p)
	return &trainJob{p: p}, err
}

// Prepare implements bench.Job.
func (j *trainJob) Prepare(_ context.Context, env bench.Env) (err error) {
	if err := writable(j.p.String("out")); err != nil {
		return err
	}
	if j.stage, err = openStage(j.p, env); err != nil {
		return err
	}
	j.recipe = recipeOf(j.p, j.spec)
	if j.images, err = j.stage.images(j.p.Int("train_images"), uint64(j.p.Int("seed"))); err != nil {
		return err
	}
	if err := j.recipe.Check(j.images.N()); err != nil {
		return &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	j.doc.Recipe, j.doc.TrainImages = j.recipe, j.images.N()
	j.trainer, err = train.New(j.model, j.set, j.images, j.recipe, j.params, j.running, nil, uint64(j.p.Int("seed")))
	return err
}

// Run implements bench.Job.
func (j *trainJob) Run(ctx context.Context, env bench.Env) error {
	env.Recorder.Record(prune.RecordNet, "", j.doc)
	if err := j.resume(ctx, env); err != nil {
		return err
	}
	for !j.trainer.Done() {
		if err := j.epoch(ctx, env); err != nil {
			return err
		}
	}
	t, err := j.evaluate(ctx, env.Recorder)
	if err != nil {
		return err
	}
	if out := j.p.String("out"); out != "" {
		s, err := j.trainer.State()
		if err != nil {
			return err
		}
		meta := map[string]string{"net": j.doc.Net, "data": j.doc.Data, "epochs": strconv.Itoa(j.recipe.Epochs), "seed": strconv.Itoa(j.p.Int("seed"))}
		if err := tensors.Save(out, j.layout, s.Params, s.Running, meta); err != nil {
			return err
		}
	}
	env.Recorder.Record(prune.RecordTested, "trained", t)
	env.Recorder.Headline(fmt.Sprintf("%s on %s: accuracy %.4f after %d epochs", j.doc.Net, j.doc.Data, t.Accuracy, j.recipe.Epochs))
	return env.Recorder.Commit(ctx)
}

// epoch trains one epoch, tests, and leaves a point to resume from.
func (j *trainJob) epoch(ctx context.Context, env bench.Env) error {
	d := prune.EpochDoc{}
	began := time.Now()
	step := 0
	var err error
	d.Loss, d.TrainAccuracy, err = j.trainer.Epoch(ctx, func(p train.Progress) {
		env.Recorder.Progress(int64(p.Step), int64(p.Steps))
		d.LR, step = p.LR, p.Step
		if p.Step <= 20 {
			d.First = append(d.First, p.Loss)
		}
		if p.Step%20 == 1 || p.Step == p.Steps {
			env.Recorder.Metric(run.MetricKey{Name: "loss", Unit: "nats", Better: -1}, int64(p.Step), p.Loss)
		}
	})
	if err != nil {
		return diverged(err)
	}
	d.TrainMs = float64(time.Since(began)) / float64(time.Millisecond)
	t, err := j.evaluate(ctx, env.Recorder)
	if errors.Is(err, errNoNumbers) {
		return &run.Error{Code: run.EDiverged, Text: fmt.Sprintf("the weights are no longer numbers after step %d, at a learning rate of %.3g: take a smaller --lr", step, d.LR)}
	}
	if err != nil {
		return err
	}
	s, err := j.trainer.State()
	if err != nil {
		return err
	}
	d.Epoch, d.Accuracy, d.TestLoss = s.Epoch, t.Accuracy, t.Loss
	env.Recorder.Metric(run.MetricKey{Name: "accuracy", Unit: "share", Better: 1}, int64(s.Epoch*j.trainer.Steps()), t.Accuracy)
	saveState(env.Recorder, s)
	env.Recorder.Record(prune.RecordEpoch, strconv.Itoa(d.Epoch), d)
	env.Recorder.Headline(fmt.Sprintf("%s on %s: epoch %d of %d, accuracy %.4f", j.doc.Net, j.doc.Data, d.Epoch, j.recipe.Epochs, d.Accuracy))
	return env.Recorder.Commit(ctx)
}

// diverged gives a training that lost its numbers a code.
func diverged(err error) error {
	if d, ok := errors.AsType[*train.Diverged](err); ok {
		return &run.Error{Code: run.EDiverged, Text: d.Error()}
	}
	return err
}

// resume goes on from the last epoch that was committed.
func (j *trainJob) resume(ctx context.Context, env bench.Env) error {
	docs, _, err := run.Decode[prune.EpochDoc](ctx, env.Reader, env.ID, prune.RecordEpoch)
	if err != nil || len(docs) == 0 {
		return err
	}
	s, err := readState(ctx, env, docs[len(docs)-1].Epoch)
	if err != nil {
		return err
	}
	return j.trainer.Restore(s)
}

// stateName alternates between two sets of arrays: while one is overwritten, the
// record of the epoch before still has its own.
func stateName(epoch int, part string) string { return fmt.Sprintf("state%d.%s", epoch%2, part) }

func saveState(rec run.Recorder, s train.State) {
	for part, v := range map[string][]float32{"params": s.Params, "running": s.Running, "velocity": s.Velocity} {
		rec.Array(run.F32Array(stateName(s.Epoch, part), v, len(v)))
	}
}

func readState(ctx context.Context, env bench.Env, epoch int) (train.State, error) {
	s := train.State{Epoch: epoch}
	for part, dst := range map[string]*[]float32{"params": &s.Params, "running": &s.Running, "velocity": &s.Velocity} {
		a, err := env.Reader.Array(ctx, env.ID, stateName(epoch, part))
		if err != nil {
			return s, err
		}
		if *dst, err = a.F32(); err != nil {
			return s, err
		}
	}
	return s, nil
}

func trainDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := prune.TrainDoc{Epochs: []prune.EpochDoc{}, Losses: []float64{}}
	var err error
	if d.NetDoc, err = run.DecodeLast[prune.NetDoc](ctx, r, id, prune.RecordNet); err != nil {
		return nil, err
	}
	epochs, _, err := run.Decode[prune.EpochDoc](ctx, r, id, prune.RecordEpoch)
	if err != nil {
		return nil, err
	}
	for _, e := range epochs {
		if len(e.First) > 0 {
			d.Losses = append(d.Losses, e.First...)
		}
		e.First = nil
		d.Epochs = append(d.Epochs, e)
		d.Accuracy, d.Loss = e.Accuracy, e.TestLoss
	}
	t, keys, err := run.Decode[prune.TestDoc](ctx, r, id, prune.RecordTested)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		d.Accuracy, d.Loss = t[0].Accuracy, t[0].Loss
		row, err := r.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		p, err := trainSchema().FromJSON(row.Params)
		if err != nil {
			return nil, err
		}
		d.Out = p.String("out")
	}
	return d, nil
}
