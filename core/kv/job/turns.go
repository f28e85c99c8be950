package job

import (
	"context"
	"math"
	"slices"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/stat"
)

// A prompt is served in turns, at least and at most so many: without loading ahead,
// which tells what each layer costs to load and to compute, and with it. What else the
// machine does meets both, and only ever adds: of each the turn at the lower quartile
// counts. It ends when the times have settled: when their spread says that another
// turn would hardly move them.
const (
	fewestTurns = 7
	mostTurns   = 15
	settledAt   = 0.015 // standard error of a median, relative, about
	typical     = 0.25
)

// turn is one of them, in milliseconds.
type turn struct {
	costs []kv.LayerCost // by layer, without loading ahead
	rest  float64        // of that run: lookup and head
	whole float64        // that run
	ahead float64        // the run with loading ahead
}

// turns are what came of measuring a tier.
type turns struct {
	list []turn
	kl   float64
	both *beside
}

// measure serves the prompt of a session in turns; rows is the size of the computation
// that decoding is measured beside.
func measure(ctx context.Context, s *blend.Session, src *source, mode kv.Spec, rows int) (*turns, error) {
	both, err := newBeside(s, rows, src.codec, src.sample)
	if err != nil {
		return nil, err
	}
	t := &turns{both: both}
	for len(t.list) < fewestTurns || len(t.list) < mostTurns && !t.settled() {
		if err := both.turn(ctx); err != nil {
			return nil, err
		}
		s.LoadAhead(false)
		clear(src.waited)
		r, err := s.Run(ctx, mode)
		if err != nil {
			return nil, err
		}
		one := turn{whole: r.Doc.TTFTMs, rest: r.Doc.TTFTMs}
		for l, doc := range r.Doc.Layers {
			one.costs = append(one.costs, kv.LayerCost{Read: r.ReadMs[l], Work: max(r.ReadMs[l]-milliseconds(src.waited[l]), 0),
				Place: max(doc.LoadMs-r.ReadMs[l], 0), Compute: doc.ComputeMs})
			one.rest -= doc.LoadMs + doc.ComputeMs
		}
		s.LoadAhead(true)
		if r, err = s.Run(ctx, mode); err != nil {
			return nil, err
		}
		one.ahead, t.kl = r.Doc.TTFTMs, r.Doc.KL
		t.list = append(t.list, one)
	}
	return t, nil
}

// settled reports whether the times are worth believing: the spread of the middle half
// over the root of their number.
func (t *turns) settled() bool {
	steady := func(x []float64) bool {
		return (stat.Quantile(x, .75)-stat.Quantile(x, .25))/math.Sqrt(float64(len(x))) <= settledAt*stat.Quantile(x, .5)
	}
	return steady(t.times(func(o turn) float64 { return o.whole })) && steady(t.times(func(o turn) float64 { return o.ahead })) && steady(t.both.compute[1])
}

func (t *turns) times(of func(turn) float64) []float64 {
	var out []float64
	for _, o := range t.list {
		out = append(out, of(o))
	}
	return out
}

// at returns the turn at the lower quartile of a time.
func (t *turns) at(of func(turn) float64) turn {
	list := slices.Clone(t.list)
	slices.SortStableFunc(list, func(a, b turn) int {
		if of(a) < of(b) {
			return -1
		}
		return 1
	})
	return list[int(typical*float64(len(list)-1))]
}

// describe fills in the times of a tier.
func (t *turns) describe(d *kv.TierDoc) {
	c := t.both.contention()
	predicted := func(o turn) float64 {
		total, _ := kv.Pipeline(o.costs, c)
		return total + o.rest
	}
	load := func(o turn) float64 {
		sum := 0.0
		for _, l := range o.costs {
			sum += l.Read + l.Place
		}
		return sum
	}
	best := t.at(predicted)
	d.KL = t.kl
	_, d.Lanes = kv.Pipeline(best.costs, c)
	d.PredictedMs, d.LoadMs = predicted(best), load(t.at(load))
	d.MeasuredMs = t.at(func(o turn) float64 { return o.ahead }).ahead
	d.Sequential = t.at(func(o turn) float64 { return o.whole }).whole
}
