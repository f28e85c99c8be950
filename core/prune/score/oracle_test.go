package score_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"assay/core/prune"
	"assay/core/prune/score"
)

// dual is a float64 with a derivative along one direction. Back-propagation
// carried out in dual numbers gives the gradient, and in the derivatives the
// Hessian times the direction.
type dual struct{ v, d float64 }

func add(a, b dual) dual           { return dual{a.v + b.v, a.d + b.d} }
func sub(a, b dual) dual           { return dual{a.v - b.v, a.d - b.d} }
func mul(a, b dual) dual           { return dual{a.v * b.v, a.d*b.v + a.v*b.d} }
func div(a, b dual) dual           { return dual{a.v / b.v, (a.d*b.v - a.v*b.d) / (b.v * b.v)} }
func times(a dual, f float64) dual { return dual{a.v * f, a.d * f} }
func exp(a dual) dual              { e := math.Exp(a.v); return dual{e, e * a.d} }
func log(a dual) dual              { return dual{math.Log(a.v), a.d / a.v} }
func sqrt(a dual) dual             { s := math.Sqrt(a.v); return dual{s, a.d / (2 * s)} }

// oracle is a network in plain loops and float64: slow, and written from the
// definitions alone.
type oracle struct {
	graph   []prune.Node
	layout  *prune.Layout
	params  []float64 // beyond the prunable ones: biases, scales and shifts
	running []float64
	inLen   int
}

func newOracle(t testing.TB, spec prune.Spec, params, running []float32) *oracle {
	t.Helper()
	g, err := spec.Graph()
	if err != nil {
		t.Fatal(err)
	}
	l, err := spec.Layout()
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{graph: g, layout: l, inLen: spec.InputLen()}
	for _, x := range params {
		o.params = append(o.params, float64(x))
	}
	for _, x := range running {
		o.running = append(o.running, float64(x))
	}
	return o
}

// pass is forward and backward in dual numbers. With flow set the batch is one
// input of ones, biases and shifts are left out, batch norms are a positive
// scale, and the loss is the sum of the logits.
func (o *oracle) pass(weights, direction []float64, x []float64, y []int32, temperature float64, flow bool) (dual, []dual) {
	params := make([]dual, len(o.params))
	for i := range params {
		params[i].v = o.params[i]
	}
	for i, w := range weights {
		params[i].v = w
		if direction != nil {
			params[i].d = direction[i]
		}
	}
	n := len(x) / o.inLen
	of := func(node int, role prune.Role) []dual {
		t, ok := o.layout.Find(node, role)
		if !ok {
			return nil
		}
		return params[t.Offset : t.Offset+t.Len]
	}
	acts := make([][]dual, len(o.graph)+1)
	acts[0] = make([]dual, len(x))
	for i := range x {
		acts[0][i].v = x[i]
	}
	for i, node := range o.graph {
		acts[i+1] = o.forward(i, node, n, acts, of, flow)
	}
	logits := acts[len(o.graph)]
	classes := len(logits) / n
	grads := make([][]dual, len(acts))
	for i := range acts {
		grads[i] = make([]dual, len(acts[i]))
	}
	loss := dual{}
	top := grads[len(o.graph)]
	for b := range n {
		if flow {
			for k := range classes {
				loss = add(loss, logits[b*classes+k])
				top[b*classes+k] = dual{1, 0}
			}
			continue
		}
		sum := dual{}
		for k := range classes {
			sum = add(sum, exp(times(logits[b*classes+k], 1/temperature)))
		}
		for k := range classes {
			p := div(exp(times(logits[b*classes+k], 1/temperature)), sum)
			if k == int(y[b]) {
				loss = sub(loss, times(log(p), 1/float64(n)))
				p = sub(p, dual{1, 0})
			}
			top[b*classes+k] = times(p, 1/temperature/float64(n))
		}
	}
	gp := make([]dual, len(params))
	for i, node := range slices.Backward(o.graph) {
		o.backward(i, node, n, acts, grads, of, gp, flow)
	}
	return loss, gp[:o.layout.Prunable]
}

// taps visits output place, input place and kernel place of a window.
func taps(node prune.Node, visit func(oy, ox, iy, ix, k int)) {
	for oy := range node.Out[1] {
		for ox := range node.Out[2] {
			for ky := range node.Kernel {
				for kx := range node.Kernel {
					iy, ix := oy*node.Stride+ky-node.Padding, ox*node.Stride+kx-node.Padding
					if iy >= 0 && ix >= 0 && iy < node.In[1] && ix < node.In[2] {
						visit(oy, ox, iy, ix, ky*node.Kernel+kx)
					}
				}
			}
		}
	}
}

func length(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (o *oracle) forward(i int, node prune.Node, n int, acts [][]dual, of func(int, prune.Role) []dual, flow bool) []dual {
	in, inLen, outLen := acts[node.Inputs[0]+1], length(node.In), length(node.Out)
	out := make([]dual, n*outLen)
	w, bias := of(i, prune.Weight), of(i, prune.Bias)
	for b := range n {
		x, z := in[b*inLen:(b+1)*inLen], out[b*outLen:(b+1)*outLen]
		switch node.Op {
		case prune.Linear:
			for k := range z {
				for j := range x {
					z[k] = add(z[k], mul(w[k*inLen+j], x[j]))
				}
				if bias != nil && !flow {
					z[k] = add(z[k], bias[k])
				}
			}
		case prune.Conv:
			for c := range node.Out[0] {
				for d := range node.In[0] {
					taps(node, func(oy, ox, iy, ix, k int) {
						at := (c*node.Out[1]+oy)*node.Out[2] + ox
						z[at] = add(z[at], mul(w[(c*node.In[0]+d)*node.Kernel*node.Kernel+k], x[(d*node.In[1]+iy)*node.In[2]+ix]))
					})
				}
			}
			if bias != nil && !flow {
				plane := node.Out[1] * node.Out[2]
				for u := range z {
					z[u] = add(z[u], bias[u/plane])
				}
			}
		case prune.ReLU:
			for u := range z {
				if x[u].v > 0 {
					z[u] = x[u]
				}
			}
		case prune.MaxPool:
			for c := range node.Out[0] {
				seen := map[int]bool{}
				taps(node, func(oy, ox, iy, ix, _ int) {
					at, v := (c*node.Out[1]+oy)*node.Out[2]+ox, x[(c*node.In[1]+iy)*node.In[2]+ix]
					if !seen[at] || v.v > z[at].v {
						seen[at], z[at] = true, v
					}
				})
			}
		case prune.AvgPool:
			for c := range node.Out[0] {
				taps(node, func(oy, ox, iy, ix, _ int) {
					at := (c*node.Out[1]+oy)*node.Out[2] + ox
					z[at] = add(z[at], times(x[(c*node.In[1]+iy)*node.In[2]+ix], 1/float64(node.Kernel*node.Kernel)))
				})
			}
		case prune.GlobalAvg:
			plane := node.In[1] * node.In[2]
			for u := range x {
				z[u/plane] = add(z[u/plane], times(x[u], 1/float64(plane)))
			}
		case prune.Shortcut:
			first := (node.Out[0] - node.In[0]) / 2
			for c := range node.In[0] {
				for y := range node.Out[1] {
					for xx := range node.Out[2] {
						z[((c+first)*node.Out[1]+y)*node.Out[2]+xx] = x[(c*node.In[1]+y*node.Stride)*node.In[2]+xx*node.Stride]
					}
				}
			}
		case prune.Add:
			other := acts[node.Inputs[1]+1][b*outLen:]
			for u := range z {
				z[u] = add(x[u], other[u])
			}
		default:
			copy(z, x)
		}
	}
	if node.Op == prune.BatchNorm {
		o.normalise(i, node, n, in, out, of, flow)
	}
	return out
}

const normEps = 1e-5

// moments returns mean and inverse deviation of a channel over the batch.
func moments(node prune.Node, n, c int, in []dual) (mean, inv dual) {
	channels, plane := node.In[0], length(node.In)/node.In[0]
	m := float64(n * plane)
	for b := range n {
		for u := range plane {
			mean = add(mean, times(in[(b*channels+c)*plane+u], 1/m))
		}
	}
	variance := dual{}
	for b := range n {
		for u := range plane {
			d := sub(in[(b*channels+c)*plane+u], mean)
			variance = add(variance, times(mul(d, d), 1/m))
		}
	}
	return mean, div(dual{1, 0}, sqrt(add(variance, dual{normEps, 0})))
}

func (o *oracle) positive(i, c int, of func(int, prune.Role) []dual) dual {
	t, _ := o.layout.Find(i, prune.Var)
	return dual{math.Abs(of(i, prune.Gamma)[c].v) / math.Sqrt(o.running[t.Offset+c]+normEps), 0}
}

func (o *oracle) normalise(i int, node prune.Node, n int, in, out []dual, of func(int, prune.Role) []dual, flow bool) {
	channels, plane := node.In[0], length(node.In)/node.In[0]
	for c := range channels {
		var mean, scale, shift dual
		if flow {
			scale = o.positive(i, c, of)
		} else {
			mean, scale = moments(node, n, c, in)
			scale, shift = mul(scale, of(i, prune.Gamma)[c]), of(i, prune.Beta)[c]
		}
		for b := range n {
			for u := range plane {
				at := (b*channels+c)*plane + u
				out[at] = add(mul(sub(in[at], mean), scale), shift)
			}
		}
	}
}

func (o *oracle) backward(i int, node prune.Node, n int, acts, grads [][]dual, of func(int, prune.Role) []dual, gp []dual, flow bool) {
	in, gin, gout := acts[node.Inputs[0]+1], grads[node.Inputs[0]+1], grads[i+1]
	inLen, outLen := length(node.In), length(node.Out)
	w := of(i, prune.Weight)
	var gw []dual
	if t, ok := o.layout.Find(i, prune.Weight); ok {
		gw = gp[t.Offset : t.Offset+t.Len]
	}
	if node.Op == prune.BatchNorm {
		o.unnormalise(i, node, n, in, gin, gout, of, flow)
		return
	}
	for b := range n {
		x, gx, gz := in[b*inLen:(b+1)*inLen], gin[b*inLen:(b+1)*inLen], gout[b*outLen:(b+1)*outLen]
		switch node.Op {
		case prune.Linear:
			for k := range gz {
				for j := range x {
					gw[k*inLen+j] = add(gw[k*inLen+j], mul(gz[k], x[j]))
					gx[j] = add(gx[j], mul(gz[k], w[k*inLen+j]))
				}
			}
		case prune.Conv:
			for c := range node.Out[0] {
				for d := range node.In[0] {
					taps(node, func(oy, ox, iy, ix, k int) {
						g, at, wi := gz[(c*node.Out[1]+oy)*node.Out[2]+ox], (d*node.In[1]+iy)*node.In[2]+ix, (c*node.In[0]+d)*node.Kernel*node.Kernel+k
						gw[wi] = add(gw[wi], mul(g, x[at]))
						gx[at] = add(gx[at], mul(g, w[wi]))
					})
				}
			}
		case prune.ReLU:
			for u := range gz {
				if x[u].v > 0 {
					gx[u] = add(gx[u], gz[u])
				}
			}
		case prune.MaxPool:
			for c := range node.Out[0] {
				best := map[int]int{}
				taps(node, func(oy, ox, iy, ix, _ int) {
					at, from := (c*node.Out[1]+oy)*node.Out[2]+ox, (c*node.In[1]+iy)*node.In[2]+ix
					if first, ok := best[at]; !ok || x[from].v > x[first].v {
						best[at] = from
					}
				})
				for at, from := range best {
					gx[from] = add(gx[from], gz[at])
				}
			}
		case prune.AvgPool:
			for c := range node.Out[0] {
				taps(node, func(oy, ox, iy, ix, _ int) {
					at, from := (c*node.Out[1]+oy)*node.Out[2]+ox, (c*node.In[1]+iy)*node.In[2]+ix
					gx[from] = add(gx[from], times(gz[at], 1/float64(node.Kernel*node.Kernel)))
				})
			}
		case prune.GlobalAvg:
			plane := node.In[1] * node.In[2]
			for u := range gx {
				gx[u] = add(gx[u], times(gz[u/plane], 1/float64(plane)))
			}
		case prune.Shortcut:
			first := (node.Out[0] - node.In[0]) / 2
			for c := range node.In[0] {
				for y := range node.Out[1] {
					for xx := range node.Out[2] {
						at := (c*node.In[1]+y*node.Stride)*node.In[2] + xx*node.Stride
						gx[at] = add(gx[at], gz[((c+first)*node.Out[1]+y)*node.Out[2]+xx])
					}
				}
			}
		case prune.Add:
			other := grads[node.Inputs[1]+1][b*outLen:]
			for u := range gz {
				gx[u] = add(gx[u], gz[u])
				other[u] = add(other[u], gz[u])
			}
		default:
			for u := range gz {
				gx[u] = add(gx[u], gz[u])
			}
		}
	}
}

func (o *oracle) unnormalise(i int, node prune.Node, n int, in, gin, gout []dual, of func(int, prune.Role) []dual, flow bool) {
	channels, plane := node.In[0], length(node.In)/node.In[0]
	m := float64(n * plane)
	for c := range channels {
		each := func(visit func(at int)) {
			for b := range n {
				for u := range plane {
					visit((b*channels+c)*plane + u)
				}
			}
		}
		if flow {
			s := o.positive(i, c, of)
			each(func(at int) { gin[at] = add(gin[at], mul(s, gout[at])) })
			continue
		}
		mean, inv := moments(node, n, c, in)
		gamma := of(i, prune.Gamma)[c]
		sum, dot := dual{}, dual{}
		each(func(at int) {
			sum = add(sum, times(gout[at], 1/m))
			dot = add(dot, times(mul(gout[at], mul(sub(in[at], mean), inv)), 1/m))
		})
		each(func(at int) {
			xhat := mul(sub(in[at], mean), inv)
			gin[at] = add(gin[at], mul(mul(gamma, inv), sub(sub(gout[at], sum), mul(xhat, dot))))
		})
	}
}

func wide(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// values and slopes take the two halves of dual numbers apart.
func values(x []dual) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i].v
	}
	return out
}

func slopes(x []dual) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i].d
	}
	return out
}

func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// The oracle is also a Net, which the methods can be tried on without kernels.
var _ score.Net = (*oracle)(nil)

func (o *oracle) Gradient(_ context.Context, weights []float32, b score.Batch, temperature float64) (float64, []float32, error) {
	loss, g := o.pass(wide(weights), nil, wide(b.X), b.Y, temperature, false)
	return loss.v, narrow(values(g)), nil
}

func (o *oracle) Product(_ context.Context, weights, vector []float32, b score.Batch, temperature float64) ([]float32, error) {
	_, g := o.pass(wide(weights), wide(vector), wide(b.X), b.Y, temperature, false)
	return narrow(slopes(g)), nil
}

func (o *oracle) Flow(_ context.Context, weights []float32) (float64, []float32, error) {
	ones := make([]float64, o.inLen)
	for i := range ones {
		ones[i] = 1
	}
	total, g := o.pass(wide(weights), nil, ones, nil, 1, true)
	return total.v, narrow(values(g)), nil
}

// The oracle itself against central differences: gradients of the loss, and
// Hessian products of gradients.
func TestOracleAgreesWithDifferences(t *testing.T) {
	for _, name := range []string{"conv", "residual"} {
		spec, params, running, b := example(t, name)
		o := newOracle(t, spec, params, running)
		n := o.layout.Prunable
		w, v := wide(params[:n]), make([]float64, n)
		for i := range v {
			v[i] = math.Sin(float64(i))
		}
		_, g := o.pass(w, v, wide(b.X), b.Y, 2, false)
		const eps = 1e-6
		moved := func(s float64) (float64, []float64) {
			x := make([]float64, n)
			for i := range x {
				x[i] = w[i] + s*v[i]
			}
			loss, g := o.pass(x, nil, wide(b.X), b.Y, 2, false)
			return loss.v, values(g)
		}
		up, gUp := moved(eps)
		down, gDown := moved(-eps)
		along := 0.0
		for i := range v {
			along += g[i].v * v[i]
		}
		if want := (up - down) / (2 * eps); math.Abs(along-want) > 1e-7*math.Max(1, math.Abs(want)) {
			t.Errorf("%s: slope %v, differences %v", name, along, want)
		}
		for i := range v {
			if want := (gUp[i] - gDown[i]) / (2 * eps); math.Abs(g[i].d-want) > 1e-6*math.Max(1, math.Abs(want)) {
				t.Fatalf("%s: Hessian product %d: %v, differences %v", name, i, g[i].d, want)
			}
		}
	}
}
