package job

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/run"
)

// chunkTokens is how many tokens a chunk of a compressed context has at most:
// LMCache's default.
const chunkTokens = 256

// compressJob codes the caches of contexts under profiles and levels and asks what
// is left of the answers.
type compressJob struct {
	p    bench.Params
	rows []row
	eng  *engine
	list []archive.Archive

	shared []*codec.Shared // tables of the model, by row
}

// row is one profile at one level.
type row struct {
	spec codec.Spec
	rope kv.RoPEState
}

func (r row) key() string { return kv.CodecKey(r.spec.Profile, r.spec.Level, r.spec.Tables) }

// tablesOf lists the ways in which the rows of a profile come by their tables.
func tablesOf(p bench.Params, profile string) []string {
	if !kv.HasTables(profile) {
		return []string{kv.TablesAuto}
	}
	return p.Strings("tables")
}

func newCompress(p bench.Params) (bench.Job, error) {
	j := &compressJob{p: p}
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
	var err error
	j.rows, err = codecRows(p)
	return j, err
}

// codecRows are the profiles and levels of a run, in the order of its tables.
func codecRows(p bench.Params) ([]row, error) {
	var rows []row
	for _, name := range p.Strings("profiles") {
		levels := []string{""}
		if kv.HasLevels(name) {
			levels = nil
			for _, l := range p.Ints("levels") {
				level := strconv.FormatInt(l, 10)
				if _, _, err := kv.LevelBins(level, 1); err != nil {
					return nil, err
				}
				levels = append(levels, level)
			}
		}
		rope := kv.RoPEState(p.String("rope_state"))
		if rope == ropeAuto {
			rope = kv.RoPEPost // what other systems cache
			if kv.HasTables(name) {
				rope = kv.RoPEPre
			}
		}
		for _, level := range levels {
			for _, tables := range tablesOf(p, name) {
				r := row{codec.Spec{Profile: name, Level: level, Coder: p.String("coder"), Tables: tables}, rope}
				if slices.ContainsFunc(rows, func(o row) bool { return o.key() == r.key() }) {
					return nil, usage("%s is asked for twice", strings.TrimSpace("profile "+name+" at level "+level))
				}
				rows = append(rows, r)
			}
		}
	}
	if len(rows) == 0 {
		return nil, usage("expected at least one profile in --profiles, and one level in --levels for those with levels")
	}
	return rows, nil
}

// Prepare implements bench.Job.
func (j *compressJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.p.String("prompt") != "" && j.p.String("prompt_json") == "" {
		return &run.Error{Code: run.EInput, Text: "the prompt file was not read before the run was recorded"}
	}
	if j.eng, err = open(ctx, j.p, env, false); err != nil || !j.p.Bool("demo") {
		return err
	}
	j.list, err = archives(j.p, j.eng.Model(), j.p.Int("contexts"))
	return err
}

// Run implements bench.Job.
func (j *compressJob) Run(ctx context.Context, env bench.Env) error {
	docs, keys, err := run.Decode[kv.CodedDoc](ctx, env.Reader, env.ID, kv.RecordCoded)
	if err != nil {
		return err
	}
	coded := map[string]kv.CodedDoc{}
	for i, k := range keys {
		coded[k] = docs[i]
	}
	if err := j.calibrate(ctx, env); err != nil {
		return err
	}
	contexts := max(len(j.list), 1)
	total := int64(contexts * len(j.rows))
	env.Recorder.Progress(int64(len(coded)), total)
	for i := range contexts {
		var s *subject
		for _, r := range j.rows {
			key := codedKey(i, r.key())
			if _, done := coded[key]; done {
				continue
			}
			if s == nil {
				if s, err = j.subject(ctx, env, i); err != nil {
					return fmt.Errorf("context %d: %w", i, err)
				}
			}
			d, err := s.code(ctx, env, r, i == 0)
			if err != nil {
				return fmt.Errorf("context %d: %s: %w", i, r.key(), err)
			}
			coded[key] = d
			env.Recorder.Record(kv.RecordCoded, key, d)
			p := j.sumUp(r, coded, contexts)
			env.Recorder.Record(kv.RecordProfile, r.key(), p)
			env.Recorder.Headline(fmt.Sprintf("%s %.2f bits KL %s", p.Key, p.Bits, short(p.KL)))
			env.Recorder.Progress(int64(len(coded)), total)
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func codedKey(i int, row string) string { return fmt.Sprintf("%d/%s", i, row) }

// Close implements bench.Job.
func (j *compressJob) Close() error { return j.eng.Close() }

// subject is one context on the engine: its KV before and after RoPE, and its
// questions.
type subject struct {
	eng     *engine
	codec   *codec.Codec
	session *blend.Session
	exam    *blend.Exam
	gold    bool // the answers are known, not full prefill's own
	full    []blend.Answer
	qs      []blend.Question
	pre     kv.Tensors
	post    kv.Tensors
	ids     []int32
	layers  bool // measure each layer alone
}

// subject prepares the i-th context.
func (j *compressJob) subject(ctx context.Context, env bench.Env, i int) (*subject, error) {
	s := &subject{eng: j.eng, codec: codec.New(j.eng.device, j.shared...), gold: j.p.Bool("demo"), layers: i == 0 && j.p.Bool("by_layer")}
	m := j.eng.Model()
	var prompt kv.Prompt
	var err error
	if s.gold {
		for _, n := range j.list[i].Notes {
			prompt.Chunks = append(prompt.Chunks, kv.TextPart(n))
		}
		for _, q := range j.list[i].Questions {
			s.qs = append(s.qs, blend.Question{Prompt: m.Tokenizer.Encode(archive.Ask(q)), Answer: m.Tokenizer.Encode(" " + q.Answer + "\n")})
		}
	} else {
		if prompt, err = kv.ParsePrompt([]byte(j.p.String("prompt_json"))); err != nil {
			return nil, err
		}
		if s.qs, err = j.own(ctx, prompt); err != nil {
			return nil, err
		}
	}
	a, err := chunking(j.p).AssembleContext(prompt, blend.Vocabulary(m))
	if err != nil {
		return nil, err
	}
	if len(a.IDs) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: "prompt: no tokens before the question: there is nothing to compress"}
	}
	s.ids = a.IDs
	room := 0
	for _, q := range s.qs {
		room = max(room, len(q.Prompt)+len(q.Answer))
	}
	if s.session, err = j.eng.Start(ctx, a, blend.SessionOptions{Room: room}); err != nil {
		return nil, err
	}
	if s.exam, err = s.session.Exam(ctx, s.qs); err != nil {
		return nil, err
	}
	if s.full, err = s.exam.Run(ctx, kv.Spec{Mode: kv.Full}); err != nil {
		return nil, err
	}
	began := time.Now()
	if s.pre, err = s.session.Capture(ctx); err != nil {
		return nil, err
	}
	took := milliseconds(time.Since(began))
	s.post = s.pre.Clone()
	if err := s.session.Rotate(ctx, s.post, false); err != nil {
		return nil, err
	}
	env.Recorder.Record(kv.RecordContext, strconv.Itoa(i), kv.ContextDoc{Tokens: s.pre.Tokens, Chunks: chunksOf(s.pre.Tokens), Questions: len(s.qs), Prefill: took, Text: 2 * s.pre.Tokens})
	return s, nil
}

// own is the prompt's question with full prefill's greedy continuation as its
// answer.
func (j *compressJob) own(ctx context.Context, prompt kv.Prompt) ([]blend.Question, error) {
	a, err := chunking(j.p).Assemble(prompt, blend.Vocabulary(j.eng.Model()))
	if err != nil {
		return nil, err
	}
	s, err := j.eng.Start(ctx, a, blend.SessionOptions{MaxNew: j.p.Int("max_new")})
	if err != nil {
		return nil, err
	}
	answer := s.Continuation()
	if len(answer) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: "prompt: it fills the model's context, so no answer can be compared"}
	}
	return []blend.Question{{Prompt: a.IDs[a.Context:], Answer: slices.Clone(answer)}}, nil
}

func chunksOf(tokens int) int { return (tokens + chunkTokens - 1) / chunkTokens }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// origin says what the i-th chunk of a subject is of.
func (s *subject) origin(r row, from, to int) codec.Origin {
	c := s.eng.Model().Config
	o := codec.Origin{KVHeads: c.KVHeads, HeadDim: c.HeadDim, First: int32(from), Model: hash64(s.eng.Model().Fingerprint), IDs: hashIDs(s.ids[from:to])}
	if r.rope == kv.RoPEPost {
		o.RoPE = codec.Post
	}
	return o
}

func hash64(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

func hashIDs(ids []int32) uint64 {
	h := fnv.New64a()
	for _, id := range ids {
		h.Write([]byte{byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)})
	}
	return h.Sum64()
}
