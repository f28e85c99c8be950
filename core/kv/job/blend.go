package job

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/run"
)

// blendJob serves one prompt in several modes.
type blendJob struct {
	p     bench.Params
	specs []kv.Spec
	keys  []string

	eng     *engine
	session *blend.Session
	prompt  kv.PromptDoc
	full    *blend.Result // the baseline as a result, kept for reruns
}

var _ bench.Interactive = (*blendJob)(nil)

func newBlend(p bench.Params) (bench.Job, error) {
	j := &blendJob{p: p}
	if !one(p.Bool("demo"), p.String("prompt") != "" || p.String("prompt_json") != "") {
		return nil, usage("expected either --demo or --prompt FILE")
	}
	if text := p.String("prompt_json"); text != "" {
		if _, err := kv.ParsePrompt([]byte(text)); err != nil {
			return nil, err
		}
	}
	if err := chunking(p).Check(); err != nil {
		return nil, err
	}
	spec := base(p)
	spec.Ratio, spec.Rule = p.Float("ratio"), kv.Rule(p.String("rule"))
	for _, at := range p.Ints("picked") {
		spec.Picked, spec.HasPicked = append(spec.Picked, int(at)), true
	}
	var err error
	if j.specs, err = kv.Expand(p.Strings("modes"), nil, nil, spec); err != nil {
		return nil, err
	}
	if spec.HasPicked && !slices.ContainsFunc(j.specs, func(s kv.Spec) bool { return s.Mode == kv.Blend }) {
		return nil, usage("--picked chooses the tokens of blend, which is not among the modes %v", p.Strings("modes"))
	}
	j.keys = kv.Keys(j.specs)
	return j, nil
}

// Prepare implements bench.Job.
func (j *blendJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.p.String("prompt") != "" && j.p.String("prompt_json") == "" {
		return &run.Error{Code: run.EInput, Text: "the prompt file was not read before the run was recorded"}
	}
	j.eng, err = open(ctx, j.p, env, true)
	return err
}

// assemble makes the prompt out of the parameters; gold is the expected answer
// where it is known.
func (j *blendJob) assemble() (a kv.Assembly, gold string, err error) {
	m := j.eng.Model()
	var prompt kv.Prompt
	if j.p.Bool("demo") {
		list, err := archives(j.p, m, 1)
		if err != nil {
			return kv.Assembly{}, "", err
		}
		prompt, gold = generated(list[0])
	} else if prompt, err = kv.ParsePrompt([]byte(j.p.String("prompt_json"))); err != nil {
		return kv.Assembly{}, "", err
	}
	a, err = chunking(j.p).Assemble(prompt, blend.Vocabulary(m))
	return a, gold, err
}

// Run implements bench.Job.
func (j *blendJob) Run(ctx context.Context, env bench.Env) error {
	a, gold, err := j.assemble()
	if err != nil {
		return err
	}
	stored, err := modes(ctx, env)
	if err != nil {
		return err
	}
	total := int64(len(j.specs) + 1)
	env.Recorder.Progress(0, total)
	if j.session, err = j.eng.Start(ctx, a, blend.SessionOptions{MaxNew: j.p.Int("max_new"), Gold: gold, RoPE: kv.RoPEState(j.p.String("rope_state"))}); err != nil {
		return err
	}
	j.prompt = describe(j.eng.Model(), a)
	if err := j.begin(env); err != nil {
		return err
	}
	if err := env.Recorder.Commit(ctx); err != nil {
		return err
	}
	env.Recorder.Progress(1, total)
	for i, spec := range j.specs {
		if _, done := stored[j.keys[i]]; !done {
			r, err := j.session.Run(ctx, spec)
			if err != nil {
				return err
			}
			stored[j.keys[i]] = j.record(env, j.keys[i], r)
			if spec.Mode == kv.Full {
				j.full = r
			}
			env.Recorder.Headline(blendHeadline(stored))
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
		env.Recorder.Progress(int64(i)+2, total)
	}
	return nil
}

// begin writes what is known before the first mode.
func (j *blendJob) begin(env bench.Env) error {
	rec, c := env.Recorder, j.eng.Model().Config
	rec.Record(kv.RecordModel, "", j.eng.doc)
	rec.Record(kv.RecordPrompt, "", j.prompt)
	for _, note := range j.prompt.Notes {
		rec.Event(run.Warn, "prompt", note, nil)
	}
	misses := 0
	for _, d := range j.session.Chunks() {
		rec.Record(kv.RecordChunk, fmt.Sprint(d.Index), d)
		if !d.Hit {
			misses++
			rec.Event(run.Debug, "cache", fmt.Sprintf("segment %d of %d tokens precomputed: %s", d.Index, d.Tokens, d.Reason), d)
		}
	}
	rec.Event(run.Info, "cache", fmt.Sprintf("%d of %d segments found in the chunk store", len(j.session.Chunks())-misses, len(j.session.Chunks())), nil)
	ids := j.session.Assembly().IDs
	tokens := make([]float32, len(ids))
	for i, id := range ids {
		tokens[i] = float32(id) // exact: a vocabulary is far below 2^24
	}
	rec.Array(run.F32Array(kv.ArrayTokens, tokens, len(ids)))
	k, v, err := j.session.Norms()
	if err != nil {
		return err
	}
	rec.Array(run.F32Array(kv.ArrayKNorm, k, c.Layers, j.prompt.Context))
	rec.Array(run.F32Array(kv.ArrayVNorm, v, c.Layers, j.prompt.Context))
	return nil
}

// record writes the result of a mode.
func (j *blendJob) record(env bench.Env, key string, r *blend.Result) kv.ModeDoc {
	doc := r.Doc
	doc.Key = key
	shape := []int{len(doc.Layers), j.prompt.Context}
	env.Recorder.Array(run.F32Array(key+kv.ArrayDK, r.DK, shape...))
	env.Recorder.Array(run.F32Array(key+kv.ArrayDV, r.DV, shape...))
	env.Recorder.Array(run.F32Array(key+kv.ArrayPicked, r.Selected, shape...))
	env.Recorder.Array(run.F32Array(key+kv.ArrayAttnDev, r.Attn, shape...))
	env.Recorder.Array(run.F32Array(key+kv.ArrayTop, slices.Concat(r.TopIDs, r.TopLogits), 2, len(r.TopIDs)))
	env.Recorder.Record(kv.RecordMode, key, doc)
	env.Recorder.Event(run.Info, "mode", fmt.Sprintf("%s: first token after %.1f ms, KL %s", key, doc.TTFTMs, short(doc.KL)), nil)
	return doc
}

// Close implements bench.Job.
func (j *blendJob) Close() error { return j.eng.Close() }

// rerun are the arguments of the request kv.rerun.
type rerun struct {
	Mode   string `json:"mode"` // the mode whose selection was changed; the child is a blend in any case
	Picked []int  `json:"picked"`
}

// Request implements bench.Interactive.
func (j *blendJob) Request(do string, args json.RawMessage) (bench.Job, bench.Params, error) {
	if do != "kv.rerun" {
		return nil, nil, usage("unknown request %q: expected kv.rerun", do)
	}
	var r rerun
	d := json.NewDecoder(bytes.NewReader(args))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, nil, usage(`kv.rerun: %v: expected {"mode": MODE, "picked": [positions]}`, err)
	}
	if j.session == nil {
		return nil, nil, &run.Error{Code: run.EState, Text: "kv.rerun: the run has not prepared its prompt"}
	}
	if r.Mode != "" && !slices.Contains(kv.Modes(), r.Mode) {
		return nil, nil, usage("kv.rerun: unknown mode %q", r.Mode)
	}
	picked := []int64{}
	for _, at := range r.Picked {
		if at < 0 || at >= j.prompt.Context {
			return nil, nil, usage("kv.rerun: picked %d: expected context positions from 0 to %d", at, j.prompt.Context-1)
		}
		picked = append(picked, int64(at))
	}
	slices.Sort(picked)
	picked = slices.Compact(picked)
	change := map[string]any{"modes": []string{string(kv.Full), string(kv.Blend)}, "picked": picked}
	if len(picked) == 0 {
		// An empty list of positions means none was given; ratio 0 picks nothing.
		change["ratio"], change["threshold"] = 0.0, 0.0
	}
	params := with(j.p, change)
	made, err := newBlend(params)
	if err != nil {
		return nil, nil, err
	}
	child, _ := made.(*blendJob)
	child.eng, child.session, child.prompt, child.full = j.eng, j.session, j.prompt, j.full
	return &rerunJob{blendJob: child, parent: j}, params, nil
}

// rerunJob is a child run on the warm engine of its parent. Prepare and Close
// are not called.
type rerunJob struct {
	*blendJob
	parent *blendJob
}

// Run implements bench.Job.
func (j *rerunJob) Run(ctx context.Context, env bench.Env) error {
	total := int64(len(j.specs) + 1)
	if err := j.begin(env); err != nil {
		return err
	}
	stored := map[string]kv.ModeDoc{}
	for i, spec := range j.specs {
		r, err := j.serve(ctx, spec)
		if err != nil {
			return err
		}
		stored[j.keys[i]] = j.record(env, j.keys[i], r)
		env.Recorder.Headline(blendHeadline(stored))
		env.Recorder.Progress(int64(i)+2, total)
		if err := env.Recorder.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (j *rerunJob) serve(ctx context.Context, spec kv.Spec) (*blend.Result, error) {
	switch {
	case spec.Mode == kv.Full && j.parent.full != nil:
		return j.parent.full, nil
	case spec.HasPicked:
		return j.session.Rerun(ctx, spec.Picked, spec)
	}
	r, err := j.session.Run(ctx, spec)
	if err == nil && spec.Mode == kv.Full {
		j.parent.full = r
	}
	return r, err
}
