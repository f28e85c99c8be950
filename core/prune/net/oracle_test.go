package net_test

import (
	"math"

	"assay/core/prune"
)

// hyper is a hyper-dual number a + b e1 + c e2 + d e1 e2 in float64: a run of a
// function on them gives its value, two derivatives and the mixed second one,
// without any difference quotient. It shares no code with the engine.
type hyper struct{ a, b, c, d float64 }

func (x hyper) add(y hyper) hyper     { return hyper{x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d} }
func (x hyper) sub(y hyper) hyper     { return hyper{x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d} }
func (x hyper) times(s float64) hyper { return hyper{x.a * s, x.b * s, x.c * s, x.d * s} }
func (x hyper) plus(s float64) hyper  { return hyper{x.a + s, x.b, x.c, x.d} }
func (x hyper) mul(y hyper) hyper {
	return hyper{x.a * y.a, x.a*y.b + x.b*y.a, x.a*y.c + x.c*y.a, x.a*y.d + x.d*y.a + x.b*y.c + x.c*y.b}
}

// chain applies a function with value f, derivative f1 and second derivative f2.
func (x hyper) chain(f, f1, f2 float64) hyper {
	return hyper{f, f1 * x.b, f1 * x.c, f1*x.d + f2*x.b*x.c}
}
func (x hyper) exp() hyper   { e := math.Exp(x.a); return x.chain(e, e, e) }
func (x hyper) log() hyper   { return x.chain(math.Log(x.a), 1/x.a, -1/(x.a*x.a)) }
func (x hyper) rsqrt() hyper { r := 1 / math.Sqrt(x.a); return x.chain(r, -r*r*r/2, 3*r*r*r*r*r/4) }

// oracle computes the mean cross-entropy of a network in training mode, and its
// logits.
type oracle struct {
	graph  []prune.Node
	layout *prune.Layout
	params []hyper
	temp   float64
}

func (o *oracle) at(layer int, role prune.Role) []hyper {
	t, ok := o.layout.Find(layer, role)
	if !ok {
		return nil
	}
	return o.params[t.Offset : t.Offset+t.Len]
}

// run returns the output [n][values] of every node.
func (o *oracle) run(x [][]hyper) [][][]hyper {
	acts := make([][][]hyper, len(o.graph))
	get := func(i int) [][]hyper {
		if i < 0 {
			return x
		}
		return acts[i]
	}
	for i, n := range o.graph {
		in := get(n.Inputs[0])
		var out [][]hyper
		for _, img := range in {
			out = append(out, o.layer(i, n, img))
		}
		switch n.Op {
		case prune.BatchNorm:
			out = o.norm(i, n, in)
		case prune.Add:
			other := get(n.Inputs[1])
			for b := range in {
				out[b] = make([]hyper, len(in[b]))
				for k := range in[b] {
					out[b][k] = in[b][k].add(other[b][k])
				}
			}
		}
		acts[i] = out
	}
	return acts
}

func (o *oracle) layer(i int, n prune.Node, x []hyper) []hyper {
	size := 1
	for _, d := range n.Out {
		size *= d
	}
	y := make([]hyper, size)
	switch n.Op {
	case prune.Flatten:
		return x
	case prune.Linear:
		w, b := o.at(i, prune.Weight), o.at(i, prune.Bias)
		for r := range y {
			for k := range x {
				y[r] = y[r].add(w[r*len(x)+k].mul(x[k]))
			}
			if b != nil {
				y[r] = y[r].add(b[r])
			}
		}
	case prune.ReLU:
		for k := range x {
			if x[k].a > 0 {
				y[k] = x[k]
			}
		}
	case prune.GlobalAvg:
		hw := n.In[1] * n.In[2]
		for c := range y {
			for k := range hw {
				y[c] = y[c].add(x[c*hw+k].times(1 / float64(hw)))
			}
		}
	case prune.Conv, prune.MaxPool, prune.AvgPool:
		o.window(i, n, x, y)
	case prune.Shortcut:
		low := (n.Out[0] - n.In[0]) / 2
		for c := range n.In[0] {
			for r := range n.Out[1] {
				for q := range n.Out[2] {
					y[((c+low)*n.Out[1]+r)*n.Out[2]+q] = x[(c*n.In[1]+r*n.Stride)*n.In[2]+q*n.Stride]
				}
			}
		}
	}
	return y
}

func (o *oracle) window(i int, n prune.Node, x, y []hyper) {
	w, b := o.at(i, prune.Weight), o.at(i, prune.Bias)
	C, H, W, k := n.In[0], n.In[1], n.In[2], n.Kernel
	for m := range n.Out[0] {
		for r := range n.Out[1] {
			for q := range n.Out[2] {
				var sum hyper
				best, found := hyper{}, false
				for ky := range k {
					for kx := range k {
						sy, sx := r*n.Stride+ky-n.Padding, q*n.Stride+kx-n.Padding
						if sy < 0 || sx < 0 || sy >= H || sx >= W {
							continue
						}
						if n.Op == prune.Conv {
							for c := range C {
								sum = sum.add(w[((m*C+c)*k+ky)*k+kx].mul(x[(c*H+sy)*W+sx]))
							}
							continue
						}
						v := x[(m*H+sy)*W+sx]
						sum = sum.add(v.times(1 / float64(k*k)))
						if !found || v.a > best.a {
							best, found = v, true
						}
					}
				}
				if n.Op == prune.MaxPool {
					sum = best
				}
				if n.Op == prune.Conv && b != nil {
					sum = sum.add(b[m])
				}
				y[(m*n.Out[1]+r)*n.Out[2]+q] = sum
			}
		}
	}
}

func (o *oracle) norm(i int, n prune.Node, in [][]hyper) [][]hyper {
	gamma, beta := o.at(i, prune.Gamma), o.at(i, prune.Beta)
	hw := 1
	for _, d := range n.In[1:] {
		hw *= d
	}
	out := make([][]hyper, len(in))
	for b := range in {
		out[b] = make([]hyper, len(in[b]))
	}
	count := float64(len(in) * hw)
	for c := range n.In[0] {
		var mean, v hyper
		for b := range in {
			for k := range hw {
				mean = mean.add(in[b][c*hw+k].times(1 / count))
			}
		}
		for b := range in {
			for k := range hw {
				e := in[b][c*hw+k].sub(mean)
				v = v.add(e.mul(e).times(1 / count))
			}
		}
		scale := v.plus(1e-5).rsqrt().mul(gamma[c])
		for b := range in {
			for k := range hw {
				out[b][c*hw+k] = in[b][c*hw+k].sub(mean).mul(scale).add(beta[c])
			}
		}
	}
	return out
}

// loss returns the mean cross-entropy of a batch.
func (o *oracle) loss(x []float32, y []int32) hyper {
	size := len(x) / len(y)
	var in [][]hyper
	for b := range y {
		img := make([]hyper, size)
		for k := range img {
			img[k].a = float64(x[b*size+k])
		}
		in = append(in, img)
	}
	acts := o.run(in)
	var total hyper
	for b, z := range acts[len(acts)-1] {
		top := math.Inf(-1)
		for _, v := range z {
			top = math.Max(top, v.a/o.temp)
		}
		var sum hyper
		for _, v := range z {
			sum = sum.add(v.times(1 / o.temp).plus(-top).exp())
		}
		total = total.add(sum.log().plus(top).sub(z[y[b]].times(1 / o.temp)))
	}
	return total.times(1 / float64(len(y)))
}
