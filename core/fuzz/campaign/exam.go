package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/wire"
	"assay/core/prng"
)

// Observer evaluates cases: a *harness.Process, or what stands for one in a test.
type Observer interface {
	Observe(ctx context.Context, c *fuzz.Case, a wire.Ask) (*wire.Observation, error)
}

// Exam is what came of a test.
type Exam struct {
	Verdict   fuzz.Verdict
	Checks    int
	Suspicion *oracle.Suspicion // the gravest that no filter took; nil where there is none
	Death     *harness.Death
	Nodes     []string
	Refused   []wire.Stage
	Order     int    // highest order that was looked at
	Looked    Facets // modes whose derivatives were compared
}

// The sizes of an observation: enough to tell patterns apart, small enough for
// hundreds of checks a second.
const (
	mostCols       = 12
	mostRows       = 12
	mostSecond     = 3
	neighbours     = 5    // of the filter for kinks
	neighboursTied = 12   // of a point with equal elements: each is in one of the orders that they may have
	delta          = 1e-4 // how far away they are
)

// variants says which of the rarer stages a test includes.
type variants struct{ vmap, jit, leak bool }

// stages lists the derivatives that are included.
func (v variants) stages() []wire.Stage {
	var out []wire.Stage
	if v.vmap {
		out = append(out, wire.Vmap)
	}
	if v.jit {
		out = append(out, wire.Jit)
	}
	return out
}

// examine runs a case through the oracle. An error means that the context ended; a
// death of the process is part of the result.
func examine(ctx context.Context, p Observer, s oracle.Settings, a *fuzz.API, c *fuzz.Case, v variants) (Exam, error) {
	x, err := orders(ctx, p, s, a, c, v)
	if err != nil || x.Verdict != fuzz.Pass || x.Checks == 0 || s.Variant == oracle.Ref || !v.leak && a.Planted == nil {
		return x, err
	}
	return leaks(ctx, p, s, a, c, x)
}

// leaks asks for the rounds of calls that show a leak, of a case that has passed. They
// come last and by themselves: on a busy machine they may take longer than a test may,
// which says nothing of the API and must not cost what else is known of it.
func leaks(ctx context.Context, p Observer, s oracle.Settings, a *fuzz.API, c *fuzz.Case, x Exam) (Exam, error) {
	ask := wire.Ask{Repeat: 1, Eps: s.Eps, Cols: 1, Rows: 1, Want: []wire.Stage{wire.Direct, wire.Rev}}
	if a.Forward {
		ask.Want = append(ask.Want, wire.Fwd)
	}
	ask.Want = append(ask.Want, wire.Leak)
	o, err := p.Observe(ctx, c, ask)
	var d *harness.Death
	if errors.As(err, &d) && d.Kind == harness.Hung && d.Stage == wire.Leak {
		return x, nil
	}
	if err != nil {
		y, err := deadly(err, s)
		y.Checks, y.Nodes = x.Checks, x.Nodes
		return y, err
	}
	for _, u := range s.First(c, o).Suspicions {
		if u.Category == fuzz.Leak {
			x.Verdict, x.Suspicion = fuzz.Candidate, &u
		}
	}
	return x, nil
}

// orders looks at the values and at the derivatives of each order.
func orders(ctx context.Context, p Observer, s oracle.Settings, a *fuzz.API, c *fuzz.Case, v variants) (Exam, error) {
	inputs := c.Inputs()
	ask := wire.Ask{Repeat: s.Repeats(), Eps: s.Eps, Cols: mostCols, Rows: mostRows, Second: mostSecond, Want: []wire.Stage{wire.Direct}}
	exact := len(inputs) > 0 && (inputs[0].DType == fuzz.F64 || inputs[0].DType == fuzz.C128)
	if len(inputs) > 0 && a.Reverse {
		ask.Want = append(ask.Want, wire.Rev)
		if a.Forward {
			ask.Want = append(ask.Want, wire.Fwd)
		}
		if !exact {
			ask.Want = append(ask.Want, wire.Rev64)
			if a.Forward {
				ask.Want = append(ask.Want, wire.Fwd64)
			}
		}
		ask.Want = append(ask.Want, wire.ND)
		if s.Variant != oracle.Ref {
			ask.Want = append(ask.Want, v.stages()...)
		}
	}
	o, err := p.Observe(ctx, c, ask)
	if err != nil {
		return deadly(err, s)
	}
	r := s.First(c, o)
	x := Exam{Verdict: r.Verdict, Checks: r.Checks, Nodes: o.Nodes, Refused: r.Refused, Order: 1}
	x.looked(o)
	if done, err := x.settle(ctx, p, s, a, c, r); done || err != nil {
		return x, err
	}
	if !a.Second || !exact || len(inputs) == 0 || s.Variant == oracle.Ref && (!a.Forward || len(r.Refused) > 0) {
		return x, nil
	}
	for order := 2; order <= s.Orders() && r.Verdict == fuzz.Pass; order++ {
		if o, err = p.Observe(ctx, c, higher(s, a, inputs[0].DType, order)); err != nil {
			d, err := deadly(err, s)
			d.Checks, d.Nodes = x.Checks, x.Nodes
			if d.Suspicion != nil {
				d.Suspicion.Order = order
			}
			return d, err
		}
		r = s.Second(c, o, order)
		x.Checks += r.Checks
		x.Order = order
		x.looked(o)
		if order == 3 && len(o.Jac) > 0 {
			x.Looked.third()
		}
		if r.Verdict != fuzz.Pass && r.Verdict != fuzz.Unsupported {
			x.Verdict = r.Verdict
		}
		if done, err := x.settle(ctx, p, s, a, c, r); done || err != nil {
			return x, err
		}
	}
	return x, nil
}

// looked notes the modes that an observation has.
func (x *Exam) looked(o *wire.Observation) {
	for at := range o.Jac {
		x.Looked.stage(at)
	}
}

// higher asks for the compositions of an order.
func higher(s oracle.Settings, a *fuzz.API, d fuzz.DType, order int) wire.Ask {
	ask := wire.Ask{Repeat: 1, Eps: s.Eps, Cols: mostCols, Rows: mostRows, Second: mostSecond, Order: order, Want: []wire.Stage{wire.Direct, wire.RR}}
	if s.Variant == oracle.Ref { // two compositions, a cotangent of ones, and F itself for its filter
		ask.Ones, ask.Want = true, []wire.Stage{wire.Direct, wire.ND, wire.RR, wire.WR, wire.NDG}
		return ask
	}
	if a.Forward {
		ask.Want = append(ask.Want, wire.WR)
		if !d.Complex() { // duals of pairs seen as complex numbers trip over the view, not over the API
			ask.Want = append(ask.Want, wire.RW)
		}
		ask.Want = append(ask.Want, wire.WW)
	}
	ask.Want = append(ask.Want, wire.NDG)
	return ask
}

// settle applies the filters that need more observations; done means that nothing
// further should be asked of the case.
func (x *Exam) settle(ctx context.Context, p Observer, s oracle.Settings, a *fuzz.API, c *fuzz.Case, r oracle.Report) (bool, error) {
	if len(r.Suspicions) == 0 {
		return false, nil
	}
	for i := range r.Suspicions {
		u := &r.Suspicions[i]
		if s.Variant != oracle.Ref && byDesign(a, r, u) {
			x.Verdict = fuzz.ByDesign
			continue
		}
		if u.Probe != "" {
			why, err := around(ctx, p, s, c, r, u)
			if _, ok := errors.AsType[*harness.Death](err); ok {
				*x, err = deadly(err, s)
				return true, err
			}
			if err != nil {
				return true, err
			}
			if why != "" {
				x.Verdict = why
				continue
			}
			flat, err := plateau(ctx, p, s, c, r, u)
			if err != nil {
				return true, err
			}
			if flat {
				x.Verdict = fuzz.Precision
				continue
			}
		}
		x.Verdict, x.Suspicion = fuzz.Candidate, u
		return true, nil
	}
	return true, nil
}

// byDesign reports whether the library says of an API that nothing is promised where
// a suspicion is: of numbers, never of crashes. Where singular input alone is left
// out, its signs are NaN, zeros, differences that are of no use in some direction, and
// a solver that says so.
func byDesign(a *fuzz.API, r oracle.Report, u *oracle.Suspicion) bool {
	numbers := u.Probe != "" || u.Category == fuzz.ValueDiff
	if strings.HasPrefix(a.ByDesign, "singular:") {
		return numbers && (u.Pattern == "NaN" || u.Pattern == "zero" || r.Rough) || u.Oracle == "status" && strings.Contains(strings.ToLower(u.Text), "singular")
	}
	return a.ByDesign != "" && numbers
}

// around looks at the derivative of neighbours, of F for first order, of the gradient
// function for second, and returns the filter that takes the suspicion, if any.
func around(ctx context.Context, p Observer, s oracle.Settings, c *fuzz.Case, report oracle.Report, u *oracle.Suspicion) (fuzz.Verdict, error) {
	r := prng.New(uint64(neighbours), "fuzz/neighbours")
	many := neighbours
	if s.Variant != oracle.Ref && tied(c) {
		many = neighboursTied
	}
	ask := probe(u, s.Eps)
	ask.Want = append(ask.Want, u.Stage)
	for range many {
		n := c.Clone()
		for _, t := range n.Inputs() {
			x := t.Floats()
			for i := range x {
				x[i] += delta * (2*r.Float64() - 1)
			}
			t.DType = wider(t.DType)
			t.SetFloats(x)
		}
		for _, t := range n.Tensors() {
			t.DType = wider(t.DType)
		}
		o, err := p.Observe(ctx, n, ask)
		if err != nil {
			if _, ok := errors.AsType[*harness.Refused](err); ok {
				continue
			}
			return "", err
		}
		if !s.Smooth(report, probed(o, u), u) {
			return fuzz.NonDiff, nil
		}
		if !s.Steady(report, o, u) {
			return fuzz.Precision, nil
		}
	}
	return "", nil
}

// tied reports whether an input has two elements that are equal.
func tied(c *fuzz.Case) bool {
	for _, t := range c.Inputs() {
		x := t.Floats()
		slices.Sort(x)
		if len(slices.Compact(x)) < t.Reals() {
			return true
		}
	}
	return false
}

// probe asks for the differences of what a suspicion is about, and probed takes them
// from the answer.
func probe(u *oracle.Suspicion, eps float64) wire.Ask {
	return wire.Ask{Want: []wire.Stage{wire.Direct, u.Probe}, Repeat: 1, Eps: eps, Cols: mostCols, Rows: mostRows, Second: mostSecond, Order: u.Order}
}

func probed(o *wire.Observation, u *oracle.Suspicion) *wire.Stencil {
	if u.Probe == wire.NDG {
		return o.NDG
	}
	return o.ND
}

// plateau reports whether the function is constant over the steps of numerical
// differences and grows over larger ones, as one does that casts down inside: the
// differences of zero then say nothing.
func plateau(ctx context.Context, p Observer, s oracle.Settings, c *fuzz.Case, r oracle.Report, u *oracle.Suspicion) (bool, error) {
	if s.Variant == oracle.Ref {
		return false, nil // it has no such filter
	}
	point := r.Numeric
	for _, i := range u.Bad {
		if i >= len(point) || point[i] != 0 {
			return false, nil
		}
	}
	n := c.Clone()
	for _, t := range n.Tensors() {
		t.DType = wider(t.DType)
	}
	s.Eps = 4e-3
	o, err := p.Observe(ctx, n, probe(u, s.Eps))
	if err != nil {
		return false, err
	}
	return !s.Smooth(r, probed(o, u), u), nil
}

func wider(d fuzz.DType) fuzz.DType {
	switch d {
	case fuzz.F32, fuzz.F16, fuzz.BF16:
		return fuzz.F64
	case fuzz.C64:
		return fuzz.C128
	}
	return d
}

// deadly turns the end of a process into a suspicion.
func deadly(err error, s oracle.Settings) (Exam, error) {
	if _, ok := errors.AsType[*harness.Refused](err); ok {
		return Exam{Verdict: fuzz.GenFail}, nil
	}
	var d *harness.Death
	if !errors.As(err, &d) {
		return Exam{}, err
	}
	x := Exam{Verdict: fuzz.Candidate, Death: d}
	u := &oracle.Suspicion{Category: fuzz.Crash, Oracle: "signal", Order: 1, Wrong: fuzz.WrongNone, Stage: d.Stage, Text: d.Tail}
	switch d.Kind {
	case harness.Memory, harness.Garbage:
		x.Verdict = fuzz.DirectFail
		return x, nil
	case harness.Hung:
		u.Category, u.Oracle = fuzz.Hang, "deadline"
	case harness.Exited:
		u.Oracle = "exit"
	}
	u.Mode = strings.TrimSuffix(string(d.Stage), "64")
	u.Pattern = d.Signal
	switch d.Stage {
	case wire.Rev, wire.Rev64, wire.Vmap, wire.Jit, wire.RR, wire.RW, wire.NDG:
		u.Wrong, u.Mode = fuzz.WrongReverse, s.Reverse
	case wire.Fwd, wire.Fwd64, wire.WR, wire.WW:
		u.Wrong, u.Mode = fuzz.WrongForward, s.Forward
	case wire.Direct, wire.ND:
		u.Wrong = fuzz.WrongValue
	}
	x.Suspicion = u
	return x, nil
}

// signature is what two reports of one defect have in common.
func signature(target string, a *fuzz.API, u *oracle.Suspicion) string {
	cause := a.Cause
	if cause == "" {
		cause = a.Name
	}
	word := u.Pattern
	if strings.HasPrefix(word, "scaled") {
		word = "scaled"
	}
	parts := []string{target, cause, fmt.Sprintf("order %d", u.Order), u.Category, u.Mode}
	if u.Category != fuzz.Crash && u.Category != fuzz.Hang && u.Category != fuzz.Status && u.Oracle != "status" {
		parts = append(parts, fmt.Sprintf("input %d", u.Input), word)
	} else {
		parts = append(parts, string(u.Stage), word, normalise(u.Text))
	}
	return strings.Join(parts, " | ")
}

// normalise takes out of an error text what differs from case to case.
func normalise(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	var b strings.Builder
	digit, bracket := false, 0
	for _, r := range line {
		switch {
		case r == '[':
			if bracket == 0 {
				b.WriteString("S")
			}
			bracket++
		case r == ']' && bracket > 0:
			bracket--
		case bracket > 0:
		case r >= '0' && r <= '9':
			if !digit {
				b.WriteByte('N')
			}
		default:
			b.WriteRune(r)
		}
		digit = r >= '0' && r <= '9'
		if b.Len() >= 100 {
			break
		}
	}
	return strings.TrimSpace(b.String())
}

// severity orders by what a person loses.
func severity(u *oracle.Suspicion) string {
	switch {
	case u.Category == fuzz.Crash:
		return "critical"
	case u.Category == fuzz.ValueDiff, strings.HasPrefix(u.Category, "grad-") && u.Probe != "", u.Category == fuzz.SilentNone:
		return "high"
	case u.Category == fuzz.Leak, u.Category == fuzz.NaNMask, strings.HasPrefix(u.Category, fuzz.Higher), u.Category == fuzz.Hang, u.Category == fuzz.ShapeDType:
		return "medium"
	}
	return "low"
}

// title is the one line that tells a finding from others.
func title(api string, u *oracle.Suspicion) string {
	switch u.Category {
	case fuzz.Crash, fuzz.Hang:
		return fmt.Sprintf("%s: %s %s at %s", api, u.Category, u.Pattern, u.Stage)
	case fuzz.Status:
		return fmt.Sprintf("%s: %s fails where the direct run works", api, u.Mode)
	case fuzz.ValueDiff:
		return fmt.Sprintf("%s: tracking changes the value (%s)", api, u.Mode)
	case fuzz.Leak:
		return fmt.Sprintf("%s: %s keeps memory of every call", api, strings.Replace(u.Mode, "value", "the direct run", 1))
	}
	if u.Oracle == "status" {
		return fmt.Sprintf("%s: %s fails", api, strings.TrimPrefix(u.Category, fuzz.Higher))
	}
	err := ""
	if e := float64(u.Evidence.RelErr); e > 0 && !math.IsInf(e, 0) {
		err = fmt.Sprintf(", relative error %.2g", e)
	}
	category := u.Category
	if u.Order > 2 {
		category = fmt.Sprintf("order %d, %s", u.Order, category)
	}
	return fmt.Sprintf("%s: %s, wrong %s, %s%s", api, category, u.Wrong, u.Pattern, err)
}
