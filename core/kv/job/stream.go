package job

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/kv/control"
	"assay/core/prng"
	"assay/core/run"
)

// streamJob follows a rule through a plan: one from a file, or one measured on the
// model, which is then sent over a real link too.
type streamJob struct {
	p    bench.Params
	rule string
	slo  float64
	eng  *engine
}

func newStream(p bench.Params) (bench.Job, error) {
	j := &streamJob{p: p, rule: p.String("rule")}
	if !one(p.Bool("demo"), p.String("plan") != "" || p.String("plan_json") != "") {
		return nil, usage("expected either --demo or --plan FILE")
	}
	var err error
	if j.slo, err = seconds(p.String("slo")); err != nil {
		return nil, err
	}
	if text := p.String("plan_json"); text != "" {
		if _, err := j.plan(text); err != nil {
			return nil, err
		}
	}
	if p.String("trace") != "" && !p.Bool("demo") {
		return nil, usage("--trace belongs to --demo: a plan has its own bandwidth_gbps")
	}
	return j, nil
}

// seconds reads a deadline: "0.5s", "200ms", or a number of seconds; "" is 0, none.
func seconds(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	s, err := strconv.ParseFloat(text, 64)
	if err != nil {
		var d time.Duration
		if d, err = time.ParseDuration(text); err == nil {
			s = d.Seconds()
		}
	}
	if err != nil || !(s > 0) || math.IsInf(s, 0) {
		return 0, usage("--slo %s: expected a time above 0 such as 0.5s or 200ms", text)
	}
	return s, nil
}

// plan reads the plan of a file; a deadline of the command line wins over its own.
func (j *streamJob) plan(text string) (kv.StreamPlan, error) {
	p, err := kv.ParsePlan([]byte(text))
	if err != nil {
		return p, err
	}
	if j.slo > 0 {
		p.SLO = j.slo
	}
	if p.SLO <= 0 {
		return p, usage("the plan has no slo_s: give a deadline with --slo, such as --slo 0.5s")
	}
	return p, nil
}

// resolveStream reads the plan or the trace into the parameters.
func resolveStream(p bench.Params) (bench.Params, error) {
	if path := p.String("plan"); path != "" {
		data, err := readFile("plan file", path)
		if err != nil {
			return nil, err
		}
		if _, err := kv.ParsePlan(data); err != nil {
			return nil, inFile(path, err)
		}
		return with(p, map[string]any{"plan": absolute(path), "plan_json": string(data)}), nil
	}
	if path := p.String("trace"); path != "" {
		data, err := readFile("trace file", path)
		if err != nil {
			return nil, err
		}
		trace, err := kv.ParseTrace(data)
		if err != nil {
			return nil, inFile(path, err)
		}
		return with(p, map[string]any{"trace": absolute(path), "bandwidth": trace}), nil
	}
	return p, nil
}

// Prepare implements bench.Job.
func (j *streamJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.p.String("plan") != "" && j.p.String("plan_json") == "" || j.p.String("trace") != "" && len(j.p.Floats("bandwidth")) == 0 {
		return &run.Error{Code: run.EInput, Text: "the file was not read before the run was recorded"}
	}
	if j.p.Bool("demo") {
		j.eng, err = open(ctx, j.p, env, false)
	}
	return err
}

// Run implements bench.Job.
func (j *streamJob) Run(ctx context.Context, env bench.Env) error {
	env.Recorder.Progress(0, 1)
	var d kv.StreamDoc
	if !j.p.Bool("demo") {
		p, err := j.plan(j.p.String("plan_json"))
		if err != nil {
			return err
		}
		d = control.Document(j.rule, p)
	} else {
		c, err := j.chunks(ctx)
		if err != nil {
			return err
		}
		// What an earlier attempt measured stays: the choices follow from it.
		if stored, _, err := run.Decode[kv.StreamPlan](ctx, env.Reader, env.ID, kv.RecordPlan); err != nil {
			return err
		} else if len(stored) > 0 {
			c.plan = stored[0]
		}
		env.Recorder.Record(kv.RecordPlan, "", c.plan)
		if err := env.Recorder.Commit(ctx); err != nil {
			return err
		}
		d = control.Document(j.rule, c.plan)
		if d.Live, err = c.send(ctx, j.rule); err != nil {
			return err
		}
	}
	env.Recorder.Record(kv.RecordStream, "", d)
	word := "missed"
	if d.Met {
		word = "met"
	}
	env.Recorder.Headline(fmt.Sprintf("%s %s %.3f s of %.3g", j.rule, word, d.Total, d.SLO))
	env.Recorder.Progress(1, 1)
	return env.Recorder.Commit(ctx)
}

// Close implements bench.Job.
func (j *streamJob) Close() error { return j.eng.Close() }

// streamed is a context cut into coded chunks.
type streamed struct {
	plan    kv.StreamPlan
	codec   *codec.Codec
	session *blend.Session
	blobs   []map[string][]byte // by chunk and level
	bounds  [][2]int            // tokens of each chunk
}

// chunks codes the context at every level and measures what recomputing it costs.
func (j *streamJob) chunks(ctx context.Context) (*streamed, error) {
	list, err := archives(j.p, j.eng.Model(), 1)
	if err != nil {
		return nil, err
	}
	prompt, _ := generated(list[0])
	prompt.Question = kv.Part{}
	a, err := chunking(j.p).AssembleContext(prompt, blend.Vocabulary(j.eng.Model()))
	if err != nil {
		return nil, err
	}
	c := &streamed{codec: codec.New(j.eng.device), plan: kv.StreamPlan{Sizes: map[string][]int64{}, SLO: j.slo}}
	if c.session, err = j.eng.Start(ctx, a, blend.SessionOptions{}); err != nil {
		return nil, err
	}
	t, err := c.session.Capture(ctx)
	if err != nil {
		return nil, err
	}
	s := &subject{eng: j.eng, ids: a.IDs}
	size := j.p.Int("chunk_tokens")
	for from := 0; from < t.Tokens; from += size {
		to := min(from+size, t.Tokens)
		blobs := map[string][]byte{}
		for _, level := range kv.Ladder() {
			r := row{codec.Spec{Profile: kv.CodecExact, Level: level}, kv.RoPEPre}
			if blobs[level], err = c.codec.Encode(t.Slice(from, to), r.spec, s.origin(r, from, to)); err != nil {
				return nil, err
			}
			c.plan.Sizes[level] = append(c.plan.Sizes[level], int64(len(blobs[level])))
		}
		c.blobs, c.bounds = append(c.blobs, blobs), append(c.bounds, [2]int{from, to})
		took, err := c.session.Recompute(ctx, from, to)
		if err != nil {
			return nil, err
		}
		c.plan.Text = append(c.plan.Text, took.Seconds())
	}
	trace := j.p.Floats("bandwidth")
	if len(trace) == 0 {
		trace = control.Trace(prng.New(uint64(j.p.Int("seed")), "kv/trace"), j.p.String("shape"), len(c.plan.Text))
	}
	for i := range c.plan.Text {
		c.plan.Bandwidth = append(c.plan.Bandwidth, trace[i%len(trace)])
	}
	if c.plan.SLO == 0 {
		c.plan.SLO = defaultSLO
	}
	return c, c.plan.Check()
}

// defaultSLO is the artifact's deadline in seconds.
const defaultSLO = 0.5

func streamDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	list, _, err := run.Decode[kv.StreamDoc](ctx, r, id, kv.RecordStream)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return kv.StreamDoc{Choices: []string{}, Others: []kv.RuleDoc{}, Chunks: []kv.SentDoc{}}, nil
	}
	return list[0], nil
}
