package job

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/kv/blend"
	"assay/core/prng"
	"assay/core/run"
	"assay/core/stat"
)

// evalJob asks questions with known answers.
type evalJob struct {
	p     bench.Params
	specs []kv.Spec
	keys  []string
	eng   *engine
	list  []archive.Archive
}

func newEval(p bench.Params) (bench.Job, error) {
	j := &evalJob{p: p}
	if err := chunking(p).Check(); err != nil {
		return nil, err
	}
	var err error
	if j.specs, j.keys, err = evalSpecs(p); err != nil {
		return nil, err
	}
	if text := p.String("archives_json"); text != "" {
		if j.list, err = decodeArchives(text); err != nil {
			return nil, err
		}
	}
	return j, nil
}

func evalSpecs(p bench.Params) ([]kv.Spec, []string, error) {
	if len(p.Floats("ratios")) == 0 || len(p.Strings("rules")) == 0 {
		return nil, nil, usage("expected at least one ratio in --ratios and one rule in --rules")
	}
	specs, err := kv.Expand(p.Strings("modes"), p.Floats("ratios"), p.Strings("rules"), base(p))
	return specs, kv.Keys(specs), err
}

// Prepare implements bench.Job.
func (j *evalJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.p.String("archives_file") != "" && j.list == nil {
		return &run.Error{Code: run.EInput, Text: "the archives file was not read before the run was recorded"}
	}
	// Nothing is timed and each note is used once: a store would only fill the disk.
	if j.eng, err = open(ctx, j.p, env, false); err != nil {
		return err
	}
	m := j.eng.Model()
	if m.Tokenizer == nil {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("model %s has no tokenizer: questions and answers are text", m.Name)}
	}
	if j.list == nil {
		j.list, err = archives(j.p, m, j.p.Int("archives"))
	}
	return err
}

// Run implements bench.Job.
func (j *evalJob) Run(ctx context.Context, env bench.Env) error {
	docs, stored, err := run.Decode[kv.ArchiveDoc](ctx, env.Reader, env.ID, kv.RecordArchive)
	if err != nil {
		return err
	}
	answers := make([]map[string][]kv.AnswerDoc, len(j.list))
	for i, k := range stored {
		if n, err := strconv.Atoi(k); err == nil && n >= 0 && n < len(answers) {
			answers[n] = docs[i].Answers
		}
	}
	total, done := int64(len(j.list)), int64(len(docs))
	env.Recorder.Progress(done, total)
	for i, a := range j.list {
		if answers[i] != nil {
			continue
		}
		if answers[i], err = j.ask(ctx, env.Recorder, i, a); err != nil {
			return fmt.Errorf("archive %d: %w", i, err)
		}
		env.Recorder.Record(kv.RecordArchive, strconv.Itoa(i), kv.ArchiveDoc{Notes: a.Notes, Answers: answers[i]})
		scores := j.scores(answers)
		for _, s := range scores {
			env.Recorder.Record(kv.RecordScore, s.Key, s)
		}
		env.Recorder.Headline(evalHeadline(scores))
		done++
		env.Recorder.Progress(done, total)
		if err := env.Recorder.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ask puts the questions of an archive to every scheme and records the wrong
// answers.
func (j *evalJob) ask(ctx context.Context, rec run.Recorder, i int, a archive.Archive) (map[string][]kv.AnswerDoc, error) {
	m := j.eng.Model()
	var prompt kv.Prompt
	for _, n := range a.Notes {
		prompt.Chunks = append(prompt.Chunks, kv.TextPart(n))
	}
	notes, err := chunking(j.p).AssembleContext(prompt, blend.Vocabulary(m))
	if err != nil {
		return nil, err
	}
	var qs []blend.Question
	room := 0
	for _, q := range a.Questions {
		b := blend.Question{Prompt: m.Tokenizer.Encode(archive.Ask(q)), Answer: m.Tokenizer.Encode(" " + q.Answer + "\n")}
		qs = append(qs, b)
		room = max(room, len(b.Prompt)+len(b.Answer))
	}
	session, err := j.eng.Start(ctx, notes, blend.SessionOptions{Room: room})
	if err != nil {
		return nil, err
	}
	exam, err := session.Exam(ctx, qs)
	if err != nil {
		return nil, err
	}
	full, err := exam.Run(ctx, kv.Spec{Mode: kv.Full})
	if err != nil {
		return nil, err
	}
	out := map[string][]kv.AnswerDoc{}
	for n, spec := range j.specs {
		got, err := exam.Run(ctx, spec)
		if err != nil {
			return nil, err
		}
		docs := []kv.AnswerDoc{}
		for k, g := range got {
			q := a.Questions[k]
			doc := kv.AnswerDoc{Kind: q.Kind, Correct: g.Correct, KL: g.KL}
			if spec.Threshold > 0 {
				doc.Ratio = g.Share
			}
			docs = append(docs, doc)
			if g.Correct {
				continue
			}
			key := fmt.Sprintf("%d/%d/%s", i, k, j.keys[n])
			wrong := kv.WrongDoc{Archive: i, Key: j.keys[n], Mode: string(spec.Mode), Ratio: max(ratioOf(spec), doc.Ratio),
				Threshold: spec.Threshold, Rule: string(spec.Rule), Kind: q.Kind, Question: archive.Ask(q), Answer: q.Answer, Got: m.Tokenizer.Decode(g.Top), FullToo: !full[k].Correct}
			rec.Record(kv.RecordWrong, key, wrong)
			if f, ok := wrong.Finding(key); ok {
				rec.Record(run.FindingKind, key, f)
			}
		}
		out[j.keys[n]] = docs
	}
	return out, nil
}

// ratioOf is the ratio that documents state: 1 for full prefill.
func ratioOf(s kv.Spec) float64 {
	if s.Mode == kv.Full {
		return 1
	}
	return s.Ratio
}

// scores sums up the answers so far, scheme by scheme. Intervals are drawn from
// equal streams, so every scheme is tried on the same resampled archives.
func (j *evalJob) scores(answers []map[string][]kv.AnswerDoc) []kv.ScoreDoc {
	out := make([]kv.ScoreDoc, len(j.specs))
	for n, spec := range j.specs {
		s := kv.ScoreDoc{Key: j.keys[n], Mode: string(spec.Mode), Ratio: ratioOf(spec), Threshold: spec.Threshold, Rule: string(spec.Rule), ByKind: map[string]kv.KindDoc{}}
		var hits, tries, kl, picked []float64
		right := map[string]int{}
		for _, by := range answers {
			if by == nil {
				continue
			}
			h := 0.0
			for _, a := range by[s.Key] {
				k := s.ByKind[a.Kind]
				k.N++
				if a.Correct {
					h++
					right[a.Kind]++
				}
				k.Accuracy = float64(right[a.Kind]) / float64(k.N)
				s.ByKind[a.Kind] = k
				kl, picked = append(kl, a.KL), append(picked, a.Ratio)
			}
			hits, tries = append(hits, h), append(tries, float64(len(by[s.Key])))
		}
		s.N, s.KLMean = len(kl), stat.Mean(kl)
		if spec.Threshold > 0 {
			s.Ratio = stat.Mean(picked)
		}
		if s.N > 0 {
			s.Accuracy = stat.Mean(hits) * float64(len(hits)) / float64(s.N)
		}
		s.AccuracyCI = stat.CI95(prng.New(uint64(j.p.Int("seed")), "kv/bootstrap"), hits, tries)
		out[n] = s
	}
	return out
}

// Close implements bench.Job.
func (j *evalJob) Close() error { return j.eng.Close() }

func evalDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.EvalDoc{Modes: []kv.ScoreDoc{}}
	p, err := params(ctx, r, id, evalSchema())
	if err != nil {
		return nil, err
	}
	_, order, err := evalSpecs(p)
	if err != nil {
		return nil, err
	}
	done, err := r.Records(ctx, id, kv.RecordArchive, 0)
	if err != nil {
		return nil, err
	}
	d.Archives = len(done)
	scores, keys, err := run.Decode[kv.ScoreDoc](ctx, r, id, kv.RecordScore)
	if err != nil {
		return nil, err
	}
	for _, k := range order {
		for i := range scores {
			if keys[i] == k {
				d.Modes = append(d.Modes, scores[i])
			}
		}
	}
	return d, nil
}

// evalHeadline gives the accuracies: "full .80 reuse .57 blend .75".
func evalHeadline(scores []kv.ScoreDoc) string {
	var text strings.Builder
	for i, s := range scores {
		if i == 4 { // as many as a list has room for
			break
		}
		if i > 0 {
			text.WriteString(" ")
		}
		text.WriteString(s.Key + " " + short(s.Accuracy))
	}
	return text.String()
}
