package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/core/bench"
	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/agent"
	"assay/core/prune/data"
	"assay/core/prune/score"
	"assay/core/prune/train"
	"assay/core/run"
)

// The records and arrays of a training of an agent.
const (
	recordTrained = "trained" // agentState
	arrayAgent    = "agent"
	arrayReplay   = "replay"
)

// agentState is agent.State without its arrays, which lie beside it.
type agentState struct {
	Steps       int        `json:"steps"`
	Updates     int        `json:"updates"`
	Episodes    int        `json:"episodes"`
	Dropped     int        `json:"dropped"`
	ActorSteps  int        `json:"actor_steps"`
	CriticSteps int        `json:"critic_steps"`
	Ranges      [4]float64 `json:"ranges"`
}

// agentSteps is the length of an episode: the steps of Panning.
const agentSteps = 100

// agentJob trains the agent of panning-rl.
type agentJob struct {
	p    bench.Params
	spec prune.Spec
	bed  *bed
	env  *agent.Env
}

func newAgent(p bench.Params) (bench.Job, error) {
	j := &agentJob{p: p}
	var err error
	if j.spec, err = specOf(p); err != nil {
		return nil, err
	}
	if p.Int("batch") > p.Int("steps") {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--batch %d: expected at most the %d steps, whose transitions it is drawn from", p.Int("batch"), p.Int("steps"))}
	}
	return j, nil
}

// Prepare implements bench.Job.
func (j *agentJob) Prepare(ctx context.Context, env bench.Env) error {
	if err := writable(j.p.String("out")); err != nil {
		return err
	}
	set, err := data.Load(j.p.String("data"))
	if err != nil {
		return &run.Error{Code: run.EInput, Text: err.Error()}
	}
	if err := train.Fits(j.spec, set); err != nil {
		return &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	if j.bed, err = openBed(j.spec, j.p.String("device"), j.p.Int("threads")); err != nil {
		return err
	}
	seed := uint64(j.p.Int("seed"))
	params, running, err := j.bed.layout.Init(seed, prune.Scheme(j.p.String("init")))
	if err != nil {
		return err
	}
	var bank []score.Batch
	for i := range j.p.Int("bank") {
		b, err := drawBatch(j.spec, set, set.Train, seed, i, j.p.Int("score_images"))
		if err != nil {
			return err
		}
		bank = append(bank, b)
	}
	env.Recorder.Event(run.Info, "agent", fmt.Sprintf("computing SNIP and GraSP on %d batches", len(bank)), nil)
	j.env, err = agent.NewEnv(ctx, score.NewEngine(j.bed.model, params, running), j.bed.layout.Weights(), params[:j.bed.layout.Prunable], bank, agentSteps)
	return err
}

// Run implements bench.Job. Everything that a training needs is committed behind
// every episode: a killed one goes on there and ends with the same agent.
func (j *agentJob) Run(ctx context.Context, env bench.Env) error {
	c := agent.Default()
	c.Hidden, c.Batch, c.Warmup, c.Seed, c.MaxExp = j.p.Int("hidden"), j.p.Int("batch"), j.p.Int("warmup"), uint64(j.p.Int("seed")), j.p.Float("max_exponent")
	t, err := agent.NewTrainer(c, j.env)
	if err != nil {
		return err
	}
	if err := restoreAgent(ctx, env, t); err != nil {
		return err
	}
	total := j.p.Int("steps")
	env.Recorder.Progress(int64(t.Steps()), int64(total))
	for t.Steps() < total {
		e, err := t.Episode(ctx, func(n int) {
			if n%10 == 0 {
				env.Recorder.Progress(int64(min(n, total)), int64(total))
			}
		})
		if err != nil {
			return err
		}
		env.Recorder.Record(prune.RecordEpisode, fmt.Sprint(e.Episode), prune.EpisodeDoc{Episode: e.Episode, Steps: e.Steps, Exponent: e.Exponent, Length: e.Length, Reward: e.Reward, Dropped: e.Dropped})
		env.Recorder.Metric(run.MetricKey{Name: "reward", Better: 1}, int64(e.Episode), e.Reward)
		env.Recorder.Headline(fmt.Sprintf("reward %.1f after %d episodes", e.Reward, e.Episode))
		s := t.State()
		env.Recorder.Array(run.F32Array(arrayAgent, s.Values, len(s.Values)))
		env.Recorder.Array(run.F32Array(arrayReplay, s.Replay, len(s.Replay)))
		env.Recorder.Record(recordTrained, "", agentState{s.Steps, s.Updates, s.Episodes, s.Dropped, s.ActorSteps, s.CriticSteps, s.Ranges})
		if err := env.Recorder.Commit(ctx); err != nil {
			return err
		}
	}
	if path := j.p.String("out"); path != "" {
		meta := map[string]string{"net": j.p.String("net"), "data": j.p.String("data"), "steps": fmt.Sprint(t.Steps()), "seed": fmt.Sprint(j.p.Int("seed"))}
		if err := t.Actor().Write(path, meta); err != nil {
			return err
		}
		env.Recorder.Event(run.Info, "agent", "written to "+path, nil)
	}
	return nil
}

// restoreAgent takes up what an earlier attempt committed.
func restoreAgent(ctx context.Context, env bench.Env, t *agent.Trainer) error {
	list, err := env.Reader.Records(ctx, env.ID, recordTrained, 0)
	if err != nil || len(list) == 0 {
		return err
	}
	var d agentState
	if err := json.Unmarshal(list[len(list)-1].Data, &d); err != nil {
		return fmt.Errorf("run %s: state of the agent: %w", env.ID, err)
	}
	s := agent.State{Steps: d.Steps, Updates: d.Updates, Episodes: d.Episodes, Dropped: d.Dropped, ActorSteps: d.ActorSteps, CriticSteps: d.CriticSteps, Ranges: d.Ranges}
	for name, into := range map[string]*[]float32{arrayAgent: &s.Values, arrayReplay: &s.Replay} {
		a, err := env.Reader.Array(ctx, env.ID, name)
		if err != nil {
			return err
		}
		if *into, err = a.F32(); err != nil {
			return err
		}
	}
	return t.Restore(s)
}

// Close implements bench.Job.
func (j *agentJob) Close() error { return j.bed.Close() }

func agentDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := prune.AgentDoc{Episodes: []prune.EpisodeDoc{}}
	list, _, err := run.Decode[prune.EpisodeDoc](ctx, r, id, prune.RecordEpisode)
	if err != nil {
		return nil, err
	}
	d.Episodes = append(d.Episodes, list...)
	if n := len(list); n > 0 {
		d.Steps = list[n-1].Steps
		last := list[max(n-10, 0):]
		for _, e := range last {
			d.Reward += e.Reward / float64(len(last))
		}
	}
	return d, nil
}

// oneFile shows a file under the name that agents are read by.
type oneFile struct{ path string }

// Open implements fs.FS.
func (o oneFile) Open(string) (fs.File, error) { return os.Open(o.path) }

// readAgent returns the agent of a file; empty is the one that ships.
func readAgent(path string) (*agent.Actor, error) {
	if path == "" {
		return agent.Trained()
	}
	if _, err := os.Stat(path); err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "agent " + path, Err: bare(err)}
	}
	a, err := agent.Read(oneFile{path})
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "agent " + filepath.Base(path), Err: err}
	}
	return a, nil
}

// agentFor returns the agent of methods where one of them needs it, else nil: that
// of a file, or the one that ships where path is empty.
func agentFor(path string, methods ...prune.Method) (*agent.Actor, error) {
	for _, m := range methods {
		if m.Name == prune.PanningRL {
			return readAgent(path)
		}
	}
	return nil, nil
}

// rank scores the weights of a network and draws the mask, by the agent where the
// method has one.
func rank(ctx context.Context, net score.Net, layers []prune.Tensor, weights []float32, o score.Options, a *agent.Actor) (*score.Result, error) {
	if o.Method.Name == prune.PanningRL {
		return byAgent(ctx, net, layers, weights, o, a)
	}
	return score.Run(ctx, net, layers, weights, o)
}

func byAgent(ctx context.Context, net score.Net, layers []prune.Tensor, weights []float32, o score.Options, a *agent.Actor) (*score.Result, error) {
	steps := o.Steps
	if steps <= 0 {
		steps = o.Method.Steps()
	}
	if err := prune.CheckExponent(o.Exponent, len(weights)); err != nil {
		return nil, err
	}
	if o.Batch == nil {
		return nil, errors.New("panning-rl needs a batch")
	}
	b, err := o.Batch(0)
	if err != nil {
		return nil, err
	}
	env, err := agent.NewEnv(ctx, net, layers, weights, []score.Batch{b}, steps)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	return env.Prune(ctx, prng.New(o.Seed, "prune/agent/greedy"), a, o.Exponent, o.Step)
}
