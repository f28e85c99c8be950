package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/run"
	"assay/core/stat"
)

// paretoJob blends prompts from compressed chunks that come over a throttled link.
type paretoJob struct {
	p      bench.Params
	levels []string
	eng    *engine
	list   []archive.Archive
}

func newPareto(p bench.Params) (bench.Job, error) {
	j := &paretoJob{p: p}
	if !p.Bool("demo") {
		return nil, usage("expected --demo: there is no other source of prompts yet")
	}
	if len(p.Floats("ratios")) == 0 || len(p.Ints("levels")) == 0 {
		return nil, usage("expected at least one level in --levels and one ratio in --ratios")
	}
	var err error
	j.levels, err = levelNames(p.Ints("levels"))
	return j, err
}

// levelNames checks levels and refuses one that is given twice.
func levelNames(list []int64) ([]string, error) {
	var out []string
	for _, l := range list {
		name := strconv.FormatInt(l, 10)
		if _, _, err := kv.LevelBins(name, 1); err != nil {
			return nil, err
		}
		if slices.Contains(out, name) {
			return nil, usage("level %s is asked for twice", name)
		}
		out = append(out, name)
	}
	return out, nil
}

// Prepare implements bench.Job.
func (j *paretoJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.eng, err = open(ctx, j.p, env, false); err != nil {
		return err
	}
	j.list, err = archives(j.p, j.eng.Model(), j.p.Int("prompts"))
	return err
}

// dims says what every container of the engine's model is of.
func dims(e *engine) codec.Origin {
	c := e.Model().Config
	return codec.Origin{KVHeads: c.KVHeads, HeadDim: c.HeadDim, Model: hash64(e.Model().Fingerprint)}
}

// Run implements bench.Job.
func (j *paretoJob) Run(ctx context.Context, env bench.Env) error {
	docs, keys, err := run.Decode[kv.PointDoc](ctx, env.Reader, env.ID, kv.RecordTrial)
	if err != nil {
		return err
	}
	trials := map[string]kv.PointDoc{}
	for i, k := range keys {
		trials[k] = docs[i]
	}
	points := j.points()
	total := int64(len(j.list) * len(points))
	env.Recorder.Progress(int64(len(trials)), total)
	for i, a := range j.list {
		prompt, err := j.prompt(a)
		if err != nil {
			return fmt.Errorf("prompt %d: %w", i, err)
		}
		for _, level := range append([]string{kv.LevelText}, j.levels...) {
			todo := j.todo(i, level, trials)
			if len(todo) == 0 {
				continue
			}
			if err := j.level(ctx, env, i, prompt, todo, trials); err != nil {
				return fmt.Errorf("prompt %d, level %s: %w", i, level, err)
			}
			j.record(env, points, trials)
			env.Recorder.Progress(int64(len(trials)), total)
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// points lists level and ratio of every point, in the order of the document.
func (j *paretoJob) points() []kv.PointDoc {
	out := []kv.PointDoc{{Level: kv.LevelText, Ratio: 1}}
	for _, l := range j.levels {
		for _, r := range j.p.Floats("ratios") {
			out = append(out, kv.PointDoc{Level: l, Ratio: r})
		}
	}
	return out
}

func pointKey(level string, ratio float64) string { return fmt.Sprintf("%s/%g", level, ratio) }

// prompt joins notes to chunks of about the tokens that are asked for: a container
// of a few tokens would be all head.
func (j *paretoJob) prompt(a archive.Archive) (kv.Assembly, error) {
	m := j.eng.Model()
	p, _ := generated(a)
	p.Chunks = join(p.Chunks, j.p.Int("chunk_tokens"), func(text string) int { return len(m.Tokenizer.Encode(text)) })
	return chunking(j.p).Assemble(p, blend.Vocabulary(m))
}

func join(parts []kv.Part, tokens int, count func(string) int) []kv.Part {
	var out []kv.Part
	text, n := "", 0
	for _, p := range parts {
		text += p.Text
		n += count(p.Text)
		if n >= tokens {
			out, text, n = append(out, kv.TextPart(text)), "", 0
		}
	}
	if text != "" {
		out = append(out, kv.TextPart(text))
	}
	return out
}

// repeats is how often a mode is timed; the best counts.
const repeats = 3

// todo are the points of a prompt at a level that no earlier attempt has.
func (j *paretoJob) todo(i int, level string, trials map[string]kv.PointDoc) []kv.PointDoc {
	var todo []kv.PointDoc
	for _, p := range j.points() {
		if _, done := trials[trialKey(i, p)]; p.Level == level && !done {
			todo = append(todo, p)
		}
	}
	return todo
}

func trialKey(prompt int, p kv.PointDoc) string {
	return fmt.Sprintf("%d/%s", prompt, pointKey(p.Level, p.Ratio))
}

// level measures one prompt at one level under several ratios.
func (j *paretoJob) level(ctx context.Context, env bench.Env, i int, prompt kv.Assembly, todo []kv.PointDoc, trials map[string]kv.PointDoc) (err error) {
	level := todo[0].Level
	o := blend.SessionOptions{MaxNew: 1, Ahead: true}
	var src *source
	if level != kv.LevelText {
		spec := codec.Spec{Profile: kv.CodecExact, Level: level, Coder: codec.RANS}
		if src, err = newSource(codec.New(j.eng.device), j.source(ctx, env, spec, kv.TierRemote, 0)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, src.Close()) }()
		o.Serve = src.serve
	}
	session, err := j.eng.Start(ctx, prompt, o)
	if err != nil {
		return err
	}
	for _, p := range todo {
		spec := kv.Spec{Mode: kv.Blend, Ratio: p.Ratio, Rule: kv.RuleV}
		if level == kv.LevelText {
			spec = kv.Spec{Mode: kv.Full}
			p.Bytes = int64(2 * prompt.Context) // token ids of two bytes
		}
		p.TTFTMs, p.Prompts = math.Inf(1), 1
		for range repeats {
			r, err := session.Run(ctx, spec)
			if err != nil {
				return err
			}
			p.TTFTMs = min(p.TTFTMs, r.Doc.TTFTMs)
			p.KL, p.Top1 = r.Doc.KL, bit(r.Doc.Top1)
		}
		if src != nil {
			p.Bytes = src.bytes()
		} else {
			p.TTFTMs += float64(p.Bytes) * 8 / (j.p.Float("gbps") * 1e6)
		}
		key := trialKey(i, p)
		trials[key] = p
		env.Recorder.Record(kv.RecordTrial, key, p)
	}
	return nil
}

// source says how the chunks of a tier are served.
func (j *paretoJob) source(ctx context.Context, env bench.Env, spec codec.Spec, tier string, capacity int64) sourceOptions {
	return sourceOptions{ctx: ctx, spec: spec, dims: dims(j.eng), layers: j.eng.Model().Config.Layers, tier: tier, gbps: j.p.Float("gbps"), capacity: capacity, cache: env.CacheDir,
		note: func(text string) { env.Recorder.Event(run.Warn, "codec", text, nil) }}
}

// record writes the points, each the mean over the prompts that are done.
func (j *paretoJob) record(env bench.Env, points []kv.PointDoc, trials map[string]kv.PointDoc) {
	var out []kv.PointDoc
	for _, p := range points {
		var bytes, ttft, kl, top []float64
		for i := range j.list {
			if t, ok := trials[trialKey(i, p)]; ok {
				bytes, ttft, kl, top = append(bytes, float64(t.Bytes)), append(ttft, t.TTFTMs), append(kl, t.KL), append(top, t.Top1)
			}
		}
		if len(kl) == 0 {
			continue
		}
		p.Prompts, p.Bytes, p.TTFTMs, p.KL, p.Top1 = len(kl), int64(stat.Mean(bytes)), stat.Mean(ttft), stat.Mean(kl), stat.Mean(top)
		out = append(out, p)
	}
	kv.Dominate(out)
	best := 0
	for _, p := range out {
		if !p.Dominated {
			best++
		}
		env.Recorder.Record(kv.RecordPoint, pointKey(p.Level, p.Ratio), p)
	}
	env.Recorder.Headline(fmt.Sprintf("%d points, %d not dominated", len(out), best))
}

// Close implements bench.Job.
func (j *paretoJob) Close() error { return j.eng.Close() }

func paretoDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.ParetoDoc{Points: []kv.PointDoc{}}
	p, err := params(ctx, r, id, paretoSchema())
	if err != nil {
		return nil, err
	}
	j := &paretoJob{p: p}
	if j.levels, err = levelNames(p.Ints("levels")); err != nil {
		return nil, err
	}
	list, keys, err := run.Decode[kv.PointDoc](ctx, r, id, kv.RecordPoint)
	if err != nil {
		return nil, err
	}
	for _, want := range j.points() {
		for i, k := range keys {
			if k == pointKey(want.Level, want.Ratio) {
				d.Points = append(d.Points, list[i])
			}
		}
	}
	return d, nil
}
