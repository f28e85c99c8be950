package campaign

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
)

// Bounds of shrinking one finding. A case that hangs costs the whole deadline each
// time it is seen, so its trials have a shorter one.
const (
	MostTrials  = 200
	longestTime = 60 * time.Second
	hangTrial   = 3 * time.Second
)

// shrinker makes a case smaller while it shows the same.
type shrinker struct {
	shows  func(*fuzz.Case) (*oracle.Suspicion, error)
	tell   func(*fuzz.Case, int, bool)
	best   *fuzz.Case
	last   *oracle.Suspicion
	trials int
	until  time.Time
	now    func() time.Time
	err    error
}

// try keeps a candidate that still shows the finding.
func (s *shrinker) try(c *fuzz.Case) bool {
	if s.err != nil || s.trials >= MostTrials || s.now().After(s.until) {
		return false
	}
	s.trials++
	u, err := s.shows(c)
	if err != nil {
		s.err = err
		return false
	}
	if u != nil {
		s.best, s.last = c, u
	}
	if s.tell != nil {
		s.tell(s.best, s.trials, u != nil)
	}
	return u != nil
}

// shrink runs greedy passes until none helps: fewer arguments, plainer options,
// smaller shapes, float64, plainer numbers.
func (s *shrinker) shrink() {
	for {
		before := s.best
		s.arguments()
		s.sizes()
		s.options()
		s.types()
		s.numbers()
		if s.best == before || s.err != nil {
			return
		}
	}
}

// arguments drops keyword arguments, trailing positional ones and differentiation.
func (s *shrinker) arguments() {
	for i := range slices.Backward(s.best.Kwargs) {
		c := s.best.Clone()
		c.Kwargs = append(c.Kwargs[:i], c.Kwargs[i+1:]...)
		s.try(c)
	}
	for len(s.best.Args) > 1 {
		c := s.best.Clone()
		c.Args = c.Args[:len(c.Args)-1]
		if !s.try(c) {
			break
		}
	}
	for i := range s.best.Inputs() {
		c := s.best.Clone()
		in := c.Inputs()
		if i >= len(in) || len(in) < 2 {
			break
		}
		in[i].Diff = false
		s.try(c)
	}
}

// sizes makes each size smaller wherever it occurs, then in single tensors.
func (s *shrinker) sizes() {
	for _, to := range []int{1, 2, 3} {
		for from := 12; from > to; from-- {
			for _, end := range []bool{false, true} {
				c := s.best.Clone()
				if !cut(c.Tensors(), from, to, end) || s.try(c) {
					break
				}
			}
		}
	}
	for i := range s.best.Tensors() {
		t := s.best.Tensors()[i]
		for d := range t.Shape {
			for _, to := range []int{1, 2} {
				if t.Shape[d] <= to {
					continue
				}
				smaller := false
				for _, end := range []bool{false, true} {
					c := s.best.Clone()
					slice(c.Tensors()[i], d, to, end)
					if smaller = s.try(c); smaller {
						break
					}
				}
				if smaller {
					t = s.best.Tensors()[i]
					break
				}
			}
		}
		for len(t.Shape) > 0 && t.Shape[0] == 1 { // leading dimensions of one
			c := s.best.Clone()
			c.Tensors()[i].Shape = c.Tensors()[i].Shape[1:]
			if !s.try(c) {
				break
			}
			t = s.best.Tensors()[i]
		}
	}
}

func cut(tensors []*fuzz.Tensor, from, to int, end bool) bool {
	hit := false
	for _, t := range tensors {
		for d := range t.Shape {
			if t.Shape[d] == from {
				slice(t, d, to, end)
				hit = true
			}
		}
	}
	return hit
}

// slice keeps the first elements along a dimension, or the last ones.
func slice(t *fuzz.Tensor, d, to int, end bool) {
	width := 8
	if t.DType.Complex() {
		width = 16
	}
	inner := width
	for _, n := range t.Shape[d+1:] {
		inner *= n
	}
	outer := 1
	for _, n := range t.Shape[:d] {
		outer *= n
	}
	var data []byte
	row, at := inner*t.Shape[d], 0
	if end {
		at = inner * (t.Shape[d] - to)
	}
	for i := range outer {
		data = append(data, t.Data[i*row+at:i*row+at+inner*to]...)
	}
	t.Data = data
	t.Shape[d] = to
}

// options moves numbers and truths of the call to plainer ones.
func (s *shrinker) options() {
	n := 0
	s.best.Walk(func(*fuzz.Value) { n++ })
	for i := range n {
		for _, v := range plainer(s.best, i) {
			c := s.best.Clone()
			set(c, i, v)
			if s.try(c) {
				break
			}
		}
	}
}

func plainer(c *fuzz.Case, at int) []fuzz.Value {
	var out []fuzz.Value
	i := 0
	c.Walk(func(v *fuzz.Value) {
		if i == at {
			switch v.Kind {
			case fuzz.KindInt:
				for _, x := range []int64{0, 1} {
					if v.Int != x && v.Int != 0 {
						out = append(out, fuzz.Value{Kind: fuzz.KindInt, Int: x})
					}
				}
			case fuzz.KindFloat:
				for _, x := range []float64{0, 1, math.Round(float64(v.Float))} {
					if float64(v.Float) != x && v.Float != 0 && v.Float != 1 {
						out = append(out, fuzz.Value{Kind: fuzz.KindFloat, Float: fuzz.Float(x)})
					}
				}
			case fuzz.KindBool:
				if v.Bool {
					out = append(out, fuzz.Value{Kind: fuzz.KindBool})
				}
			}
		}
		i++
	})
	return out
}

func set(c *fuzz.Case, at int, value fuzz.Value) {
	i := 0
	c.Walk(func(v *fuzz.Value) {
		if i == at {
			*v = value
		}
		i++
	})
}

// types moves floating tensors to float64 and takes gaps out of memory.
func (s *shrinker) types() {
	c := s.best.Clone()
	changed := false
	for _, t := range c.Tensors() {
		if w := wider(t.DType); w != t.DType {
			t.DType, changed = w, true
		}
	}
	if changed {
		s.try(c)
	}
	c, changed = s.best.Clone(), false
	for _, t := range c.Tensors() {
		if t.Layout != "" {
			t.Layout, changed = "", true
		}
	}
	if changed {
		s.try(c)
	}
}

// numbers makes the elements of each tensor plainer: all alike, whole, of one digit,
// zero.
func (s *shrinker) numbers() {
	whole := func(f func(float64) float64) func([]float64) {
		return func(x []float64) {
			for i := range x {
				x[i] = f(x[i])
			}
		}
	}
	for i, t := range s.best.Inputs() {
		if i >= len(s.best.Inputs()) {
			break
		}
		for _, f := range []func([]float64){
			whole(func(float64) float64 { return 0 }), whole(func(float64) float64 { return 1 }),
			whole(math.Round), whole(func(x float64) float64 { return math.Round(2*x) / 2 }), whole(func(x float64) float64 { return math.Round(10*x) / 10 }),
		} {
			c := s.best.Clone()
			u := c.Inputs()[i]
			x := u.Floats()
			f(x)
			u.SetFloats(x)
			if digits(x) < digits(s.best.Inputs()[i].Floats()) && s.try(c) { // never a step back: it would go on for ever
				break
			}
		}
		n := t.Reals()
		for e := 0; e < min(n, 16) && i < len(s.best.Inputs()); e++ {
			x := s.best.Inputs()[i].Floats()
			if e >= len(x) || x[e] == 0 {
				continue
			}
			c := s.best.Clone()
			x[e] = 0
			c.Inputs()[i].SetFloats(x)
			s.try(c)
		}
	}
}

// digits says how much there is to read in numbers: nothing in a zero, little in a
// one, else what it takes to write them.
func digits(x []float64) int {
	n := 0
	for _, v := range x {
		switch v {
		case 0:
		case 1:
			n++
		default:
			n += 1 + len(strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return n
}

// Shrinking is what the shrinking of a finding works with.
type Shrinking struct {
	Target   string
	Settings oracle.Settings
	API      *fuzz.API
	// Process returns a process that lives; it is asked before every trial of a finding
	// that leaves processes alive.
	Process func(context.Context) (*harness.Process, error)
	// Fresh returns one that has served nothing: for each trial of one that ends them.
	Fresh func(context.Context) (*harness.Process, error)
	Now   func() time.Time
	// Tell hears of every trial: the smallest case so far, how many trials there were,
	// and whether this one made it smaller. May be nil.
	Tell func(best *fuzz.Case, trials int, smaller bool)
}

// trial examines a case; it returns the suspicion where that is the finding's.
func (o Shrinking) trial(ctx context.Context, f fuzz.FindingDoc, c *fuzz.Case, p *harness.Process) (*oracle.Suspicion, error) {
	x, err := examine(ctx, p, o.Settings, o.API, c, everything(f.Signature))
	if err != nil || x.Suspicion == nil || signature(o.Target, o.API, x.Suspicion) != f.Signature {
		return nil, err
	}
	return x.Suspicion, nil
}

// Shrink makes the case of a finding smaller while it shows the same signature, or
// ends its process in the same way. It returns the finding with its smallest case and
// the numbers of that, and how many cases were tried.
func Shrink(ctx context.Context, f fuzz.FindingDoc, o Shrinking) (fuzz.FindingDoc, int, error) {
	s := &shrinker{best: f.Case, until: o.Now().Add(longestTime), now: o.Now, tell: o.Tell}
	deadly := func(c *fuzz.Case, longest time.Duration) (*oracle.Suspicion, error) {
		p, err := o.Fresh(ctx)
		if err != nil {
			return nil, err
		}
		defer p.Kill()
		p.Within(longest)
		return o.trial(ctx, f, c, p)
	}
	switch {
	case f.Category == fuzz.Hang:
		s.shows = func(c *fuzz.Case) (*oracle.Suspicion, error) { return deadly(c, hangTrial) }
	case f.Deadly():
		s.shows = func(c *fuzz.Case) (*oracle.Suspicion, error) { return deadly(c, 0) }
	default:
		s.shows = func(c *fuzz.Case) (*oracle.Suspicion, error) {
			p, err := o.Process(ctx)
			if err != nil {
				return nil, err
			}
			return o.trial(ctx, f, c, p)
		}
	}
	s.shrink()
	if s.err == nil && f.Category == fuzz.Hang && s.last != nil { // a trial's deadline is shorter than a test's
		var u *oracle.Suspicion
		if u, s.err = deadly(s.best, 0); u == nil {
			s.best, s.last = f.Case, nil
		}
	}
	f.Case, f.Elements = s.best, Elements(s.best)
	if s.last != nil {
		f.Evidence, f.Pattern, f.Text, f.Stage = s.last.Evidence, s.last.Pattern, s.last.Text, string(s.last.Stage)
	}
	return f, s.trials, s.err
}
