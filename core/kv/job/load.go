package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/run"
)

// leastRatio is the ratio below which quality suffers (arXiv 2405.16444, fig. 16).
const leastRatio = 0.15

// loadJob predicts and measures the time to first token from every tier.
type loadJob struct {
	paretoJob
	tiers []string
}

func newLoad(p bench.Params) (bench.Job, error) {
	j := &loadJob{tiers: p.Strings("tiers")}
	j.p = p
	if !p.Bool("demo") {
		return nil, usage("expected --demo: there is no other source of prompts yet")
	}
	if len(j.tiers) == 0 {
		return nil, usage("expected at least one of %s in --tiers", strings.Join(kv.Tiers(), ", "))
	}
	var err error
	j.levels, err = levelNames(p.Ints("levels"))
	return j, err
}

// Prepare implements bench.Job.
func (j *loadJob) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.eng, err = open(ctx, j.p, env, false); err != nil {
		return err
	}
	j.list, err = archives(j.p, j.eng.Model(), 1)
	return err
}

// Run implements bench.Job.
func (j *loadJob) Run(ctx context.Context, env bench.Env) error {
	stored, keys, err := run.Decode[kv.TierDoc](ctx, env.Reader, env.ID, kv.RecordTier)
	if err != nil {
		return err
	}
	done := map[string]kv.TierDoc{}
	for i, k := range keys {
		done[k] = stored[i]
	}
	prompt, err := j.prompt(j.list[0])
	if err != nil {
		return err
	}
	prefill, err := j.profile(ctx, prompt)
	if err != nil {
		return err
	}
	total := int64(len(j.tiers) * len(j.levels))
	var all []kv.TierDoc
	for _, tier := range j.tiers {
		for _, level := range j.levels {
			key := tier + "/" + level
			d, ok := done[key]
			if !ok {
				if d, err = j.try(ctx, env, prompt, tier, level, prefill); err != nil {
					return fmt.Errorf("tier %s, level %s: %w", tier, level, err)
				}
				env.Recorder.Record(kv.RecordTier, key, d)
			}
			all = append(all, d)
			pick := choose(all, j.p.Float("ratio"))
			env.Recorder.Record(kv.RecordPick, "", pick)
			env.Recorder.Headline(fmt.Sprintf("%s at level %s: %.1f ms, %.1f predicted", d.Tier, d.Level, d.MeasuredMs, d.PredictedMs))
			env.Recorder.Progress(int64(len(all)), total)
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// profile fits prefill(n) = a*n + b*n^2, in milliseconds, to a few lengths of the
// context and returns it at its whole length.
func (j *loadJob) profile(ctx context.Context, prompt kv.Assembly) (float64, error) {
	s, err := j.eng.Start(ctx, prompt, blend.SessionOptions{MaxNew: 1})
	if err != nil {
		return 0, err
	}
	var n2, n3, n4, ty, ty2 float64
	for _, part := range []int{4, 2, 1} {
		n := max(prompt.Context/part, 1)
		best := time.Duration(math.MaxInt64)
		for range repeats {
			took, err := s.Recompute(ctx, 0, n)
			if err != nil {
				return 0, err
			}
			best = min(best, took)
		}
		x, y := float64(n), milliseconds(best)
		n2, n3, n4, ty, ty2 = n2+x*x, n3+x*x*x, n4+x*x*x*x, ty+x*y, ty2+x*x*y
	}
	x := float64(prompt.Context)
	if det := n2*n4 - n3*n3; det > 0 {
		return (ty*n4-ty2*n3)/det*x + (ty2*n2-ty*n3)/det*x*x, nil
	}
	return ty / n2 * x, nil
}

// price of a tier in a month, in dollars a gigabyte: cloud list prices in their
// order of magnitude, which is what a choice between tiers goes by.
var price = map[string]float64{kv.TierMemory: 2.5, kv.TierDisk: 0.1, kv.TierRemote: 0.023}

// try measures one tier at one level.
func (j *loadJob) try(ctx context.Context, env bench.Env, prompt kv.Assembly, tier, level string, prefill float64) (d kv.TierDoc, err error) {
	d = kv.TierDoc{Tier: tier, Level: level, Price: price[tier], PrefillMs: prefill, RecomputeMs: j.p.Float("ratio") * prefill}
	spec := codec.Spec{Profile: kv.CodecExact, Level: level, Coder: codec.RANS}
	src, err := newSource(codec.New(j.eng.device), j.source(ctx, env, spec, tier, int64(j.p.Float("capacity_mib")*(1<<20))))
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	mode := kv.Spec{Mode: kv.Blend, Ratio: j.p.Float("ratio"), Rule: kv.RuleV}

	session, err := j.eng.Start(ctx, prompt, blend.SessionOptions{MaxNew: 1, Serve: src.serve})
	if err != nil {
		return d, err
	}
	t, err := measure(ctx, session, src, mode, max(prompt.Context/4, 1))
	if err != nil {
		return d, err
	}
	t.describe(&d)
	d.Bytes, d.Misses = src.bytes(), src.misses
	if src.outside > 0 {
		d.Note = "the disk did not take all chunks: some were served from memory"
	}
	d.Cost = float64(d.Bytes) / 1e9 * d.Price
	d.Ratio = min(max(d.LoadMs/prefill, leastRatio), 1)
	return d, nil
}

// choose takes, among tiers whose loading hides under recomputing at the ratio, the
// cheapest; where none does, the one that ends first.
func choose(all []kv.TierDoc, ratio float64) kv.PickDoc {
	p := kv.PickDoc{Ratio: ratio}
	best := math.Inf(1)
	for _, d := range all {
		if d.RecomputeMs >= d.LoadMs && d.Cost < best {
			best = d.Cost
			p.Tier, p.Level, p.Reason = d.Tier, d.Level, "the cheapest whose loading hides under recomputing"
		}
	}
	if p.Tier != "" {
		return p
	}
	for _, d := range all {
		if t := max(d.LoadMs, d.RecomputeMs); t < best {
			best = t
			p.Tier, p.Level, p.Reason = d.Tier, d.Level, "no tier hides its loading under recomputing; this one ends first"
		}
	}
	return p
}

func loadDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.LoadDoc{Tiers: []kv.TierDoc{}}
	list, _, err := run.Decode[kv.TierDoc](ctx, r, id, kv.RecordTier)
	if err != nil {
		return nil, err
	}
	d.Tiers = append(d.Tiers, list...)
	picks, _, err := run.Decode[kv.PickDoc](ctx, r, id, kv.RecordPick)
	if err == nil && len(picks) > 0 {
		d.Pick = picks[0]
	}
	return d, err
}
