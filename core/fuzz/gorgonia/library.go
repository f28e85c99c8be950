package gorgonia

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// Version is the version of the library that go.mod asks for.
const Version = "0.9.18"

// Library evaluates cases of Gorgonia: what the process of a worker serves. It is
// not for concurrent use.
type Library struct {
	apis    []*api
	planted []*api
	byName  map[string]*api
}

// NewLibrary lists the functions of the library and those of the self-test.
func NewLibrary() *Library {
	l := &Library{apis: all(), planted: planted(), byName: map[string]*api{}}
	for _, a := range append(slices.Clone(l.apis), l.planted...) {
		if a.fn == nil {
			continue // listed only to say why it is not there
		}
		l.byName[a.public()] = a
	}
	return l
}

// Hello names the library and its two differentiators.
func (l *Library) Hello() wire.Event {
	return wire.Event{Lib: "gorgonia", Version: Version, Build: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, Caps: []string{"rev=tape", "fwd=lisp"}}
}

// Enum lists the APIs of a set: "" is the library, "planted" the self-test.
func (l *Library) Enum(set string, emit func(fuzz.API) error) error {
	list := l.apis
	switch set {
	case "":
	case "planted":
		list = l.planted
	default:
		return fmt.Errorf("no set %q", set)
	}
	for _, a := range list {
		if err := emit(a.listed()); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) listed() fuzz.API {
	cause := a.cause
	if cause == "" {
		cause = a.name
	}
	return fuzz.API{
		Name: a.public(), Family: a.family, Cause: "gorgonia." + cause, Seeds: a.seeds, Reverse: true, Forward: !a.noLisp,
		DTypes: []fuzz.DType{fuzz.F64, fuzz.F32}, Known: a.known, ByDesign: a.byDesign, Planted: a.planted,
	}
}

// Observe evaluates a case.
func (l *Library) Observe(c *fuzz.Case, ask *wire.Ask, stage func(wire.Stage) error) (*wire.Observation, error) {
	a := l.byName[c.API]
	if a == nil {
		return nil, fmt.Errorf("no API %q", c.API)
	}
	o := &wire.Observation{Values: map[wire.Stage]wire.Block{}, Jac: map[wire.Stage]wire.Block{}, Ms: map[wire.Stage]float64{}, Fail: map[wire.Stage]wire.Fault{}}
	in, err := inputs(c)
	if err == nil && c.Post != "" {
		err = fmt.Errorf("no step %q behind an API of this library", c.Post)
	}
	if err == nil {
		_, err = arguments(reflect.TypeOf(a.fn), c.Args, placeholders(len(in)))
	}
	if err == nil && a.check != nil {
		err = a.check(c)
	}
	if err != nil {
		o.Fail[wire.Build] = fault(err)
		return o, nil
	}
	w := work{f: a.bind(c), in: in, ask: ask, o: o}
	for _, s := range wire.Stages() {
		if !slices.Contains(ask.Want, s) {
			continue
		}
		run := w.stage(s)
		if run == nil {
			o.Skip = append(o.Skip, s)
			continue
		}
		if err := stage(s); err != nil {
			return nil, err
		}
		start := time.Now()
		err := run()
		o.Ms[s] = float64(time.Since(start).Microseconds()) / 1000
		if err != nil {
			o.Fail[s] = fault(err)
		}
		if s == wire.Direct && (err != nil || o.M == 0) {
			break
		}
	}
	o.RSS = resident()
	return o, nil
}

// work is one observation under way.
type work struct {
	f    function
	in   []input
	ask  *wire.Ask
	o    *wire.Observation
	like []array // values of the direct run
	rows []int
	cols []int
}

// stage returns what runs a stage, nil where the library has no such thing.
func (w *work) stage(s wire.Stage) func() error {
	single := slices.ContainsFunc(w.in, func(x input) bool { return x.kind == "f32" })
	switch {
	case s == wire.Direct:
		return w.direct
	case s == wire.Rev:
		return func() error { return w.jacobian(s, tape, w.in) }
	case s == wire.Fwd:
		return func() error { return w.jacobian(s, lisp, w.in) }
	case s == wire.Rev64 && single:
		return func() error { return w.jacobian(s, tape, widened(w.in)) }
	case s == wire.Fwd64 && single:
		return func() error { return w.jacobian(s, lisp, widened(w.in)) }
	case s == wire.ND:
		return w.differences
	}
	return nil
}

func (w *work) direct() error {
	var first []float64
	w.o.Same = true
	for i := range max(w.ask.Repeat, 1) {
		r, err := direct(w.f, w.in)
		if err != nil {
			return err
		}
		values := flat(r.values)
		if i == 0 {
			first, w.like = values, r.values
			continue
		}
		w.o.Same = w.o.Same && slices.EqualFunc(first, values, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	}
	for _, v := range w.like {
		w.o.Out = append(w.o.Out, wire.Output{DType: fuzz.DType(v.kind), Shape: v.shape})
	}
	for _, x := range w.in {
		if x.diff {
			w.o.N += len(x.data)
		}
	}
	if len(smooth(w.like)) < len(w.like) {
		return nil // a truth or an integer: nothing to differentiate, and M stays 0
	}
	w.o.M = len(first)
	w.rows, w.cols = wire.Select(w.o.M, w.ask.Rows), wire.Select(w.o.N, w.ask.Cols)
	w.o.Values[wire.Direct] = block(first)
	return nil
}

// jacobian runs a differentiator once for each selected output element.
func (w *work) jacobian(s wire.Stage, by differentiator, in []input) error {
	like := w.like
	if s == wire.Rev64 || s == wire.Fwd64 {
		r, err := direct(w.f, in)
		if err != nil {
			return err
		}
		like = r.values
	}
	jac := make([]float64, 0, len(w.rows)*len(w.cols))
	for i, row := range w.rows {
		r, err := by(w.f, in, like, row)
		if err != nil {
			return err
		}
		full, err := joined(r.grads, in)
		if i == 0 && (s == wire.Rev || s == wire.Fwd) {
			w.o.Values[s] = block(flat(r.values))
			if s == wire.Rev {
				w.o.Grads = described(r.grads)
			}
		}
		if err != nil {
			return err
		}
		for _, col := range w.cols {
			jac = append(jac, full[col])
		}
	}
	w.o.Jac[s] = wire.NewBlock(len(w.rows), len(w.cols), jac)
	return nil
}

func described(grads []*array) []wire.Grad {
	out := make([]wire.Grad, len(grads))
	for i, g := range grads {
		if g == nil {
			out[i].None = true
			continue
		}
		out[i] = wire.Grad{DType: fuzz.DType(g.kind), Shape: g.shape}
	}
	return out
}

func (w *work) differences() error {
	in := widened(w.in)
	base, err := direct(w.f, in)
	if err != nil {
		return err
	}
	st := &wire.Stencil{}
	at := func(x []input) []float64 {
		row := make([]float64, len(w.rows))
		r, err := direct(w.f, x)
		values := flat(r.values)
		if err != nil || len(values) != w.o.M {
			st.Failed++
			for i := range row {
				row[i] = math.NaN()
			}
			return row
		}
		for i, k := range w.rows {
			row[i] = values[k]
		}
		return row
	}
	values := flat(base.values)
	if len(values) != w.o.M {
		return errors.New("another number of output elements at f64")
	}
	st.Base = block(pick(values, w.rows))
	sides := make([][]float64, 4)
	for _, col := range w.cols {
		for i, h := range []float64{w.ask.Eps, -w.ask.Eps, 4 * w.ask.Eps, -4 * w.ask.Eps} {
			sides[i] = append(sides[i], at(moved(in, col, h))...)
		}
	}
	n, m := len(w.cols), len(w.rows)
	st.Plus, st.Minus = wire.NewBlock(n, m, sides[0]), wire.NewBlock(n, m, sides[1])
	st.Plus4, st.Minus4 = wire.NewBlock(n, m, sides[2]), wire.NewBlock(n, m, sides[3])
	w.o.ND = st
	return nil
}

// inputs are the tensors of a case.
func inputs(c *fuzz.Case) ([]input, error) {
	if len(c.Kwargs) > 0 {
		return nil, errors.New("functions of Go have no arguments by name")
	}
	var in []input
	for i, t := range c.Tensors() {
		if t.Via != "" {
			return nil, fmt.Errorf("no step %q before an API of this library", t.Via)
		}
		x := input{array: array{kind: string(t.DType), shape: t.Shape}, diff: t.Diff}
		switch t.DType {
		case fuzz.F64, fuzz.F32:
			x.data = t.Floats()
		case fuzz.I64, fuzz.Bool:
			x.diff = false
			for _, n := range integersOf(t) {
				x.data = append(x.data, float64(n))
			}
		default:
			return nil, fmt.Errorf("tensor %d of type %s: the library has f64 and f32", i, t.DType)
		}
		if len(x.data) != t.Elements() {
			return nil, fmt.Errorf("tensor %d of shape %v has %d elements", i, t.Shape, len(x.data))
		}
		in = append(in, x)
	}
	return in, nil
}

// integersOf reads the elements of a tensor of integers or truths.
func integersOf(t *fuzz.Tensor) []int {
	var out []int
	for k := 0; k+8 <= len(t.Data); k += 8 {
		out = append(out, int(binary.LittleEndian.Uint64(t.Data[k:])))
	}
	return out
}

func pick(x []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = x[k]
	}
	return out
}

// most is the largest number of output elements of a value block.
const most = 4096

func block(x []float64) wire.Block {
	x = x[:min(len(x), most)]
	return wire.NewBlock(1, len(x), x)
}

// fault describes an error. The library says in words that it has no derivative.
func fault(err error) wire.Fault {
	f := wire.Fault{Type: "error", Text: strings.ToValidUTF8(err.Error(), "?")}
	f.Text = f.Text[:min(len(f.Text), 2000)]
	if _, ok := errors.AsType[*panicked](err); ok {
		f.Type = "panic"
	}
	for _, words := range []string{"Non Differentiable WRTs", "not differentiable", "Nondifferentiable", "AutoDiffError", "not yet implemented", "NYI"} {
		f.Refused = f.Refused || strings.Contains(f.Text, words)
	}
	return f
}

// resident returns the memory of the process, 0 where the system does not say.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
