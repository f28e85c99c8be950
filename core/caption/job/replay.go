package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// replayJob judges captions that are there already.
type replayJob struct {
	p        bench.Params
	synonyms []oracle.Synonym
	pairs    []caption.Pair
	left     map[string]bool // pairs whose removed object has another of its class
	o        *oracle.Oracle
	plan     caption.PlanDoc
	said     []caption.Said
}

func newReplay(p bench.Params) (bench.Job, error) {
	j := &replayJob{p: p, left: map[string]bool{}}
	if (p.String("pairs") == "") == (p.String("of") == "") {
		return nil, usage("expected either --pairs FILE or --of RUN")
	}
	var err error
	j.synonyms, err = Synonyms(p.String("synonyms"))
	return j, err
}

func resolveReplay(p bench.Params) (bench.Params, error) {
	out := bench.Params{}
	maps.Copy(out, p)
	if path := p.String("pairs"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, &run.Error{Code: run.EInput, Text: "pairs file " + path + " cannot be read", Err: pathCause(err)}
		}
		out["pairs"] = absolute(path)
	}
	if name := p.String("classes"); name != "" {
		if _, known := oracle.ClassList(name); !known {
			if _, err := oracle.ReadClasses(name); err != nil {
				return nil, err
			}
			out["classes"] = absolute(name)
		}
	}
	return out, nil
}

// Prepare implements bench.Job.
func (j *replayJob) Prepare(ctx context.Context, env bench.Env) error {
	j.plan = caption.PlanDoc{Variant: j.p.String("variant"), Rejected: map[string]int{}}
	var err error
	if ref := j.p.String("of"); ref != "" {
		err = j.fromRun(ctx, env.Reader, ref)
	} else {
		err = j.fromFile()
	}
	if err != nil {
		return err
	}
	j.plan.Pairs = len(j.pairs)
	j.o, err = oracle.New(oracle.Options{Variant: j.p.String("variant"), Classes: j.plan.Classes, Synonyms: j.synonyms, Also: j.plan.Also})
	return err
}

func (j *replayJob) fromFile() error {
	pairs, err := ReadPairs(j.p.String("pairs"))
	if err != nil {
		return err
	}
	if j.plan.Classes, err = oracle.ReadClasses(j.p.String("classes")); err != nil {
		return err
	}
	j.plan.Captioner = "pairs:" + j.p.String("pairs")
	for i, c := range pairs {
		j.pairs = append(j.pairs, caption.Pair{ID: fmt.Sprintf("p%06d", i+1), Relation: caption.Insert, Object: c.Object, Captions: [2]string{oracle.Strip(c.C0), oracle.Strip(c.C1)}})
	}
	return nil
}

func (j *replayJob) fromRun(ctx context.Context, r run.Reader, ref string) error {
	of, err := r.Resolve(ctx, ref)
	if err != nil {
		return err
	}
	plans, _, err := run.Decode[caption.PlanDoc](ctx, r, of.ID, caption.RecordPlan)
	if err != nil {
		return err
	}
	if of.Bench != "caption" || len(plans) == 0 {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("run %s has no captions to judge", of.Name), Hint: "expected a run of the caption bench"}
	}
	j.plan = plans[0]
	j.plan.Variant = j.p.String("variant")
	if j.pairs, _, err = run.Decode[caption.Pair](ctx, r, of.ID, caption.RecordPair); err != nil {
		return err
	}
	if j.said, _, err = run.Decode[caption.Said](ctx, r, of.ID, caption.RecordSaid); err != nil {
		return err
	}
	for i := range j.said { // they are read, not asked for
		j.said[i].Cached = true
	}
	for _, p := range j.pairs {
		j.left[p.ID] = p.Relation == caption.Remove && p.Followup.Truth[p.Object] > 0
	}
	return nil
}

// ReadPairs reads a file of pairs; see oracle.ParsePairs.
func ReadPairs(path string) ([]oracle.CaptionPair, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > oracle.MaxPairBytes {
		err = fmt.Errorf("larger than %d MB", oracle.MaxPairBytes>>20)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "pairs file " + path + " cannot be read", Err: pathCause(err)}
	}
	pairs, err := oracle.ParsePairs(data)
	if e, ok := errors.AsType[*run.Error](err); ok {
		named := *e
		named.Text = path + ": " + e.Text
		return nil, &named
	}
	return pairs, err
}

// Run implements bench.Job.
func (j *replayJob) Run(ctx context.Context, env bench.Env) error {
	rec := env.Recorder
	rec.Record(caption.RecordPlan, "", j.plan)
	rec.Progress(0, int64(len(j.pairs)))
	for _, s := range j.said {
		rec.Record(caption.RecordSaid, sayKey(s.Picture, s.Repeat), s)
	}
	last := time.Now()
	for i := range j.pairs {
		p := &j.pairs[i]
		known := p.Known
		if p.Failed == [2]string{} {
			verdictOf(j.o, p, j.left[p.ID], [][2]string{p.Captions})
			if known {
				tell(j.o, p, j.plan.Also)
			}
		}
		record(rec, p)
		if now := time.Now(); now.Sub(last) >= summaryEvery {
			last = now
			rec.Progress(int64(i+1), int64(len(j.pairs)))
			if err := rec.Commit(ctx); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	s := summarise(j.o, len(j.pairs), j.pairs, j.said, j.plan.Also)
	rec.Record(caption.RecordSummary, "", s)
	rec.Headline(headline(s))
	rec.Progress(int64(len(j.pairs)), int64(len(j.pairs)))
	return rec.Commit(ctx)
}

// Close implements bench.Job.
func (j *replayJob) Close() error { return nil }
