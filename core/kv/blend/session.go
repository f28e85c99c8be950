package blend

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"assay/core/kv"
	"assay/core/kv/store"
	"assay/core/run"
)

// SessionOptions say what a session is for.
type SessionOptions struct {
	// MaxNew is how many tokens the greedy answers have at most.
	MaxNew int
	// Gold is the expected answer, "" where it is unknown.
	Gold string
	// Room is how many rows more than the prompt's and MaxNew the caches must
	// hold: what Forced appends to a context.
	Room int
	// Cold lists segments (SegmentDoc.Index) that are treated as if nothing had
	// been cached: their tokens are recomputed in every mode at every layer.
	Cold []int
	// PrefixHit makes the modes with a check layer take the prefix from its
	// exact cache instead of computing it again. It changes no number but times
	// and the effective recompute fraction.
	PrefixHit bool
	// RoPE is the form in which K of segments is cached, "" before RoPE. After
	// RoPE everything that is loaded deviates by rounding, at layer 0 too.
	RoPE kv.RoPEState
	// Serve puts something between the cached tensors of a segment and the session
	// that loads them: a codec, a slow tier. It is called whenever a mode opens its
	// caches, within its time to first token, with the key that names the numbers.
	Serve func(k store.Key, d kv.SegmentDoc, e Entry) (Entry, error)
	// Ahead loads a layer while the one before is computed.
	Ahead bool
}

// Session is one assembled prompt on an engine: its precomputed segments and the
// full prefill that every mode is compared with. It is not safe for concurrent
// use, and a later session of the same engine ends it.
type Session struct {
	e      *Engine
	turn   uint64 // the engine's generation when it began
	a      kv.Assembly
	n, len int // context tokens, all tokens
	maxNew int
	gold   string
	state  kv.RoPEState
	prefix bool
	ahead  bool
	served bool // something stands in front of the caches: see SessionOptions.Serve

	segs     []*segment // prefix and chunks
	slots    []*segment // the same for promptcache, made when it is first asked for
	question *segment   // the question as a chunk, for the ref variant
	base     baseline
	oracle   []float64 // V deviation summed over layers, made when it is first asked for
	spent    *watch    // times of the last blend up to its check layer, for reruns
}

// Start prepares a session: every segment's cache is found or made, then the
// prompt is prefilled in full once, and served once to warm up. A prompt whose full prefill gives NaN is refused: nothing could be compared with it.
func (e *Engine) Start(ctx context.Context, a kv.Assembly, o SessionOptions) (*Session, error) {
	s := &Session{e: e, a: a, n: a.Context, len: len(a.IDs), gold: o.Gold, state: o.RoPE, prefix: o.PrefixHit, ahead: o.Ahead, served: o.Serve != nil}
	positions := e.m.Config.MaxPositions
	if s.len == 0 || s.len > positions {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("prompt: %d tokens, expected 1 to the model's context of %d", s.len, positions)}
	}
	if err := e.checkState(o.RoPE); err != nil {
		return nil, err
	}
	s.maxNew = min(max(o.MaxNew, 0), positions-s.len)
	e.generation++
	s.turn = e.generation
	for _, d := range a.Segments {
		if d.Kind == kv.SegmentQuestion {
			s.question = e.segmentOf(a, d, o.RoPE)
			continue
		}
		g := e.segmentOf(a, d, o.RoPE)
		g.cold = slices.Contains(o.Cold, d.Index)
		g.serve = o.Serve
		s.segs = append(s.segs, g)
	}
	err := e.guard(ctx, func() error {
		// One row more than the prompt: a chunk may be precomputed behind a BOS that
		// the prompt does not have. A longer front is the prompt's own prefix.
		rows := min(s.len+s.maxNew+max(o.Room, 0), positions) + 1
		if err := e.reserve(rows, s.len-s.n, max(s.maxNew, 1)+max(o.Room, 0)); err != nil {
			return err
		}
		for _, g := range s.segs {
			if err := ctx.Err(); err != nil {
				return err
			}
			if hit, err := e.find(g); err != nil || hit || g.cold {
				if err != nil {
					return err
				}
				continue
			}
			if err := e.precompute(g); err != nil {
				return err
			}
		}
		if err := s.prefill(); err != nil {
			return err
		}
		return s.warmUp()
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// LoadAhead says for the modes that follow whether a layer is loaded while the one
// before is computed; see SessionOptions.Ahead.
func (s *Session) LoadAhead(on bool) { s.ahead = on }

// warmUp serves the prompt once, untimed, so that the first mode that is timed
// does not pay for fresh memory and files that were never read. Sessions without
// a question are not timed.
func (s *Session) warmUp() error {
	spec := mustNormal(kv.Spec{Mode: kv.Blend, Ratio: 0.15})
	if s.len == s.n || s.badCache(spec) != "" {
		return nil
	}
	_, err := s.blend(spec, false)
	return err
}

// Chunks says where the cache of each segment came from.
func (s *Session) Chunks() []kv.ChunkDoc {
	out := make([]kv.ChunkDoc, len(s.segs))
	for i, g := range s.segs {
		out[i] = g.doc
	}
	return out
}

// Assembly returns the prompt.
func (s *Session) Assembly() kv.Assembly { return s.a }

// mine fails when another session has taken over the engine.
func (s *Session) mine() error {
	if s.turn != s.e.generation {
		return &run.Error{Code: run.EState, Text: "the engine has gone on to another prompt"}
	}
	return nil
}

// timed runs f with the caches of segments open, again from the start whenever
// one turns out to be lost: it is then made again and held in memory, so each
// segment can be lost once.
func (s *Session) timed(segs []*segment, turns []int32, f func(w *watch, d *loader) error) (*watch, *loader, error) {
	for {
		w := newWatch(s.e.now, s.e.m.Config.Layers)
		w.start()
		d, err := s.e.newLoader(w, segs, turns)
		if err == nil && (s.ahead || s.served) {
			d.ahead = newAhead(d, !s.ahead)
		}
		if err == nil {
			err = errors.Join(f(w, d), d.close())
		}
		var l *lost
		if err == nil || !errors.As(err, &l) {
			return w, d, err
		}
		s.e.note(l.Error() + "; computed again")
		if err := s.heal(l.g); err != nil {
			return nil, nil, err
		}
		if l.g.bad != "" { // it was sound before: nothing can be trusted now
			return nil, nil, &run.Error{Code: run.EInternal, Text: fmt.Sprintf("cache of segment %d computed again: %s", l.g.Index, l.g.bad)}
		}
	}
}

// heal makes the cache of a segment again and holds it in memory from now on.
func (s *Session) heal(g *segment) error {
	g.pinned = true
	if slices.Contains(s.slots, g) {
		return s.fill([]*segment{g})
	}
	return s.e.precompute(g)
}
