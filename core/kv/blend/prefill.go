package blend

import (
	"fmt"
	"math"
	"slices"

	"assay/core/run"
)

// baseline is what full prefill gave.
type baseline struct {
	forced [][]float32 // logits at the last prompt token, then after each token of text but the last
	text   []int32     // greedy continuation, the end token included where it came
	log    []layerLog
}

// prefill computes the whole prompt into the full cache. It keeps the input of
// the check layer, from which blends can be run again, and the queries of the
// question.
func (s *Session) prefill() error {
	p, err := s.fullPass(newWatch(s.e.now, s.e.m.Config.Layers), true)
	if err != nil {
		return err
	}
	s.base.log = p.log
	if s.len == s.n {
		return nil
	}
	logits := make([]float32, s.e.m.Config.Vocab)
	p.head(logits, 1)
	if p.err != nil {
		return p.err
	}
	if !finite(logits) {
		return &run.Error{Code: run.EModel, Text: fmt.Sprintf("model %s gives NaN or Inf for this prompt in full prefill: nothing can be compared with it", s.e.m.Name)}
	}
	s.base.forced = [][]float32{logits}
	s.base.text, err = s.greedy(s.e.mem.full, s.len, logits, s.maxNew, func(row []float32) {
		s.base.forced = append(s.base.forced, row)
	})
	return err
}

// fullPass runs all rows through all layers.
func (s *Session) fullPass(w *watch, state bool) (*pass, error) {
	mem := &s.e.mem
	p := s.e.newPass(mem.full, s.len, positions(0, s.len))
	p.queries, p.tail = mem.qFull, s.len-s.n
	w.start()
	p.embed(s.a.IDs)
	for l := range s.e.m.Config.Layers {
		if state && l == checkLayer {
			p.copy(p.rows(mem.state, 0, s.len), p.x)
		}
		p.plain(l)
		w.lap(phaseRecompute, l)
	}
	return p, p.err
}

// timeFull prefills again, timed; the numbers are those of the first time.
func (s *Session) timeFull() (*watch, error) {
	w := newWatch(s.e.now, s.e.m.Config.Layers)
	p, err := s.fullPass(w, false)
	if err != nil {
		return nil, err
	}
	if s.len > s.n {
		logits := make([]float32, s.e.m.Config.Vocab)
		p.head(logits, 1)
		argmax(logits)
		w.lap(phaseHead, -1)
	}
	return w, p.err
}

// extend runs ids at positions from at on top of a cache and returns the logits
// of the last rows of them.
func (s *Session) extend(dst cache, ids []int32, at, rows int) ([][]float32, error) {
	e := s.e
	p := e.newPass(dst, at+len(ids), positions(at, at+len(ids)))
	p.x = p.rows(e.mem.x, 0, len(ids))
	p.ops.embed(p.x, ids)
	for l := range e.m.Config.Layers {
		p.plain(l)
	}
	flat := make([]float32, rows*e.m.Config.Vocab)
	p.head(flat, rows)
	out := make([][]float32, rows)
	for i := range out {
		out[i] = flat[i*e.m.Config.Vocab : (i+1)*e.m.Config.Vocab]
	}
	return out, p.err
}

// greedy continues from logits at position at-1 with at most most tokens, until
// an end token, which it includes. Visit sees the logits behind each further token.
func (s *Session) greedy(dst cache, at int, logits []float32, most int, visit func(row []float32)) ([]int32, error) {
	var text []int32
	for len(text) < most {
		next := int32(argmax(logits))
		text = append(text, next)
		if len(text) == most || s.ends(next) {
			break
		}
		rows, err := s.extend(dst, []int32{next}, at+len(text)-1, 1)
		if err != nil {
			return nil, err
		}
		logits = rows[0]
		visit(logits)
	}
	return text, nil
}

// ends reports whether a token ends a text.
func (s *Session) ends(id int32) bool {
	return slices.Contains(s.e.m.Config.EOS, int(id))
}

// argmax returns the index of the largest value, the lowest where several are.
func argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

func finite(x []float32) bool {
	for _, v := range x {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return false
		}
	}
	return true
}
