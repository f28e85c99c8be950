package gorgonia

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// This file, too, is part of every reproducer, word for word.

// The outcomes of a reproducer, as exit codes.
const (
	absent     = 0 // the difference does not show
	unable     = 1 // it could not be looked for
	reproduced = 3
)

// claim is what a reproducer shows.
type claim struct {
	kind  string   // gradient, modes, value, bits, shape, status, death
	wrong []string // machines that are blamed: tape, lisp, direct
	also  []string // machines that run as well, for comparison
}

// differentiator runs a function and one row of its Jacobian.
type differentiator func(f function, in []input, like []array, row int) (result, error)

func differentiators() map[string]differentiator {
	return map[string]differentiator{
		"tape": tape,
		"lisp": lisp,
		"direct": func(f function, in []input, _ []array, _ int) (result, error) {
			return direct(f, in)
		},
	}
}

// show looks for what is claimed, writes the numbers and says so in its last line.
func show(w io.Writer, f function, in []input, c claim) int {
	if c.kind == "death" {
		return die(w, f, in, c)
	}
	if c.kind == "gradient" {
		in = widened(in) // differences need f64
	}
	plain, err := direct(f, in)
	if err != nil {
		fmt.Fprintf(w, "direct: %v\n", err)
		return unable
	}
	values := flat(plain.values)
	table(w, "direct value", values, len(values))
	var found bool
	switch c.kind {
	case "status":
		found = refuses(w, f, in, plain.values, c)
	case "value", "bits":
		found, err = changes(w, f, in, plain.values, c)
	case "shape":
		found, err = misshapen(w, f, in, plain.values)
	default:
		found, err = differs(w, f, in, plain.values, c)
	}
	switch {
	case err != nil:
		fmt.Fprintln(w, err)
		return unable
	case !found:
		fmt.Fprintln(w, "no difference")
		return absent
	}
	fmt.Fprintln(w, "reproduced")
	return reproduced
}

// die runs what ends or stops the process. Coming back means that it did not.
func die(w io.Writer, f function, in []input, c claim) int {
	var like []array
	if c.wrong[0] != "direct" {
		plain, err := direct(f, in)
		if err != nil {
			fmt.Fprintf(w, "direct: %v\n", err)
			return unable
		}
		like = plain.values
		table(w, "direct value", flat(like), len(flat(like)))
	}
	fmt.Fprintf(w, "%s runs:\n", c.wrong[0])
	for row := range max(1, len(flat(like))) {
		if _, err := differentiators()[c.wrong[0]](f, in, like, row); err != nil {
			fmt.Fprintf(w, "row %d: %v\n", row, err)
		}
	}
	fmt.Fprintln(w, "the process lives")
	return absent
}

// refuses reports whether a machine fails at a point where the direct run does not.
func refuses(w io.Writer, f function, in []input, like []array, c claim) bool {
	for row := range flat(like) {
		if _, err := differentiators()[c.wrong[0]](f, in, like, row); err != nil {
			fmt.Fprintf(w, "%s, gradient of output %d: %v\n", c.wrong[0], row, err)
			return true
		}
	}
	fmt.Fprintf(w, "%s computes all gradients\n", c.wrong[0])
	return false
}

// changes reports whether differentiation changes the values of the outputs.
func changes(w io.Writer, f function, in []input, like []array, c claim) (bool, error) {
	want := flat(like)
	r, err := differentiators()[c.wrong[0]](f, in, like, 0)
	if err != nil {
		return false, err
	}
	got := flat(r.values)
	table(w, c.wrong[0]+" value", got, len(got))
	if len(got) != len(want) {
		return true, nil
	}
	if c.kind == "bits" {
		return far(got, want, 0, 0), nil
	}
	return far(got, want, 1e-12, 1e-10), nil
}

// misshapen reports whether a gradient has another shape or type than its input.
func misshapen(w io.Writer, f function, in []input, like []array) (bool, error) {
	r, err := tape(f, in, like, 0)
	if err != nil {
		return false, err
	}
	found, i := false, 0
	for _, x := range in {
		if !x.diff {
			continue
		}
		if g := r.grads[i]; g != nil {
			fmt.Fprintf(w, "input %d %s%v, its gradient %s%v\n", i, x.kind, x.shape, g.kind, g.shape)
			found = found || g.kind != x.kind || fmt.Sprint(g.shape) != fmt.Sprint(x.shape)
		}
		i++
	}
	return found, nil
}

// step is that of numerical differences.
const step = 1e-6

// differs compares Jacobians: of the machines with numerical differences, or, for a
// claim about modes, with each other.
func differs(w io.Writer, f function, in []input, like []array, c claim) (bool, error) {
	rows, cols := len(flat(like)), 0
	for _, x := range in {
		if x.diff {
			cols += len(x.data)
		}
	}
	jac := map[string][]float64{}
	for _, name := range append(append([]string{}, c.wrong...), c.also...) {
		var all []float64
		for row := range rows {
			r, err := differentiators()[name](f, in, like, row)
			if err != nil {
				return false, fmt.Errorf("%s, row %d: %w", name, row, err)
			}
			line, err := joined(r.grads, in)
			if err != nil {
				return false, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, line...)
		}
		jac[name] = all
		table(w, name+" Jacobian (outputs down, inputs across)", all, cols)
	}
	if c.kind == "modes" {
		return far(jac["tape"], jac["lisp"], 1e-9, 1e-7), nil
	}
	n := make([]float64, rows*cols)
	largest := 0.0
	for col := range cols {
		plus, err := direct(f, moved(in, col, step))
		if err != nil {
			return false, fmt.Errorf("direct beside the point: %w", err)
		}
		minus, err := direct(f, moved(in, col, -step))
		if err != nil {
			return false, fmt.Errorf("direct beside the point: %w", err)
		}
		up, down := flat(plus.values), flat(minus.values)
		for row := range rows {
			n[row*cols+col] = (up[row] - down[row]) / (2 * step)
			largest = math.Max(largest, math.Abs(up[row]))
		}
	}
	table(w, fmt.Sprintf("numerical Jacobian, central differences of step %g", step), n, cols)
	found := false
	for _, name := range c.wrong {
		found = found || far(jac[name], n, 1e-5+10*0x1p-53*largest/step, 1e-3)
	}
	return found, nil
}

// joined puts the gradients of the inputs behind one another; one that the library
// does not have counts as zero.
func joined(grads []*array, in []input) ([]float64, error) {
	var all []float64
	i := 0
	for _, x := range in {
		if !x.diff {
			continue
		}
		g := grads[i]
		i++
		switch {
		case g == nil:
			all = append(all, make([]float64, len(x.data))...)
		case len(g.data) != len(x.data):
			return nil, fmt.Errorf("gradient of input %d has shape %v, the input %v", i-1, g.shape, x.shape)
		default:
			all = append(all, g.data...)
		}
	}
	return all, nil
}

// far reports whether some pair of numbers differs by more than abs + rel times the
// larger one; a number that is not finite differs from one that is.
func far(a, b []float64, abs, rel float64) bool {
	for i := range a {
		x, y := a[i], b[i]
		if x == y || math.IsNaN(x) && math.IsNaN(y) {
			continue
		}
		if !(math.Abs(x-y) <= abs+rel*math.Max(math.Abs(x), math.Abs(y))) || math.IsInf(x, 0) || math.IsInf(y, 0) {
			return true
		}
	}
	return false
}

func flat(list []array) []float64 {
	var out []float64
	for _, a := range list {
		out = append(out, a.data...)
	}
	return out
}

// table writes numbers in rows of so many columns.
func table(w io.Writer, title string, x []float64, cols int) {
	fmt.Fprintf(w, "%s\n", title)
	for i := 0; cols > 0 && i < len(x); i += cols {
		var line []string
		for _, v := range x[i:min(i+cols, len(x))] {
			line = append(line, fmt.Sprintf("%14.9g", v))
		}
		fmt.Fprintf(w, "  %s\n", strings.Join(line, " "))
	}
}
