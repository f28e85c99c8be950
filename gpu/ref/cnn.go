package ref

import "math"

// Window is the geometry of a convolution or a pool: N images of C channels, H x
// W, give M channels OH x OW.
type Window struct{ N, C, H, W, M, OH, OW, KH, KW, Stride, Pad int }

// Sized fills in OH and OW.
func (g Window) Sized() Window {
	g.OH, g.OW = (g.H+2*g.Pad-g.KH)/g.Stride+1, (g.W+2*g.Pad-g.KW)/g.Stride+1
	return g
}

// each visits every triple of output, input and weight that a convolution
// multiplies; tap is the place in the weights of one output channel.
func (g Window) each(visit func(out, in, weight int)) {
	for n := range g.N {
		for m := range g.M {
			for y := range g.OH {
				for x := range g.OW {
					for c := range g.C {
						for k := range g.KH * g.KW {
							sy, sx := y*g.Stride+k/g.KW-g.Pad, x*g.Stride+k%g.KW-g.Pad
							if sy >= 0 && sy < g.H && sx >= 0 && sx < g.W {
								visit(((n*g.M+m)*g.OH+y)*g.OW+x, ((n*g.C+c)*g.H+sy)*g.W+sx, (m*g.C+c)*g.KH*g.KW+k)
							}
						}
					}
				}
			}
		}
	}
}

// Conv returns the cross-correlation of x [N,C,H,W] with w [M,C,KH,KW], plus
// bias [M] unless nil.
func Conv(g Window, x, w, bias []float32) []float64 {
	y := make([]float64, g.N*g.M*g.OH*g.OW)
	if bias != nil {
		for i := range y {
			y[i] = float64(bias[i/(g.OH*g.OW)%g.M])
		}
	}
	g.each(func(out, in, weight int) { y[out] += float64(x[in]) * float64(w[weight]) })
	return y
}

// ConvBackData returns the gradient with respect to x.
func ConvBackData(g Window, dy, w []float32) []float64 {
	dx := make([]float64, g.N*g.C*g.H*g.W)
	g.each(func(out, in, weight int) { dx[in] += float64(dy[out]) * float64(w[weight]) })
	return dx
}

// ConvBackWeight returns the gradient with respect to w.
func ConvBackWeight(g Window, x, dy []float32) []float64 {
	dw := make([]float64, g.M*g.C*g.KH*g.KW)
	g.each(func(out, in, weight int) { dw[weight] += float64(dy[out]) * float64(x[in]) })
	return dw
}

// ConvChain returns what Conv of package gpu promises bit for bit for one
// output: a chain of fused multiply-adds over channels and taps, then bias.
func ConvChain(g Window, x, w, bias []float32, out int) float32 {
	ox, oy := out%g.OW, out/g.OW%g.OH
	m, n := out/(g.OW*g.OH)%g.M, out/(g.OW*g.OH*g.M)
	var sum float32
	for c := range g.C {
		for k := range g.KH * g.KW {
			sy, sx := oy*g.Stride+k/g.KW-g.Pad, ox*g.Stride+k%g.KW-g.Pad
			var v float32
			if sy >= 0 && sy < g.H && sx >= 0 && sx < g.W {
				v = x[((n*g.C+c)*g.H+sy)*g.W+sx]
			}
			sum = FMA32(v, w[(m*g.C+c)*g.KH*g.KW+k], sum)
		}
	}
	if bias != nil {
		sum += bias[m]
	}
	return sum
}

// Product returns a b, [m,k] by [k,n], either stored transposed.
func Product(a, b, bias []float32, m, n, k int, ta, tb bool) []float64 {
	c := make([]float64, m*n)
	for i := range m {
		for j := range n {
			var sum float64
			for x := range k {
				ia, ib := i*k+x, x*n+j
				if ta {
					ia = x*m + i
				}
				if tb {
					ib = j*k + x
				}
				sum += float64(a[ia]) * float64(b[ib])
			}
			if bias != nil {
				sum += float64(bias[j])
			}
			c[i*n+j] = sum
		}
	}
	return c
}

// BatchNorm returns (x - mean) / sqrt(var + eps) * gamma + beta by channel, with
// means and inverse deviations. x is [n,c,hw].
func BatchNorm(x, gamma, beta []float32, n, c, hw int, eps float64) (y, mean, inv []float64) {
	y, mean, inv = make([]float64, len(x)), make([]float64, c), make([]float64, c)
	for ch := range c {
		var v float64
		channel(n, c, hw, ch, func(i int) { mean[ch] += float64(x[i]) / float64(n*hw) })
		channel(n, c, hw, ch, func(i int) { v += math.Pow(float64(x[i])-mean[ch], 2) / float64(n*hw) })
		inv[ch] = 1 / math.Sqrt(v+eps)
		channel(n, c, hw, ch, func(i int) {
			y[i] = (float64(x[i])-mean[ch])*inv[ch]*float64(gamma[ch]) + float64(beta[ch])
		})
	}
	return y, mean, inv
}

// BatchNormBack returns the gradients with respect to x, gamma and beta, from
// the statistics that BatchNorm gave.
func BatchNormBack(x, dy, gamma []float32, mean, inv []float64, n, c, hw int) (dx, dgamma, dbeta []float64) {
	dx, dgamma, dbeta = make([]float64, len(x)), make([]float64, c), make([]float64, c)
	for ch := range c {
		hat := func(i int) float64 { return (float64(x[i]) - mean[ch]) * inv[ch] }
		channel(n, c, hw, ch, func(i int) {
			dgamma[ch] += float64(dy[i]) * hat(i)
			dbeta[ch] += float64(dy[i])
		})
		count := float64(n * hw)
		channel(n, c, hw, ch, func(i int) {
			dx[i] = float64(gamma[ch]) * inv[ch] * (float64(dy[i]) - dbeta[ch]/count - hat(i)*dgamma[ch]/count)
		})
	}
	return dx, dgamma, dbeta
}

// channel visits the elements of a channel.
func channel(n, c, hw, ch int, visit func(i int)) {
	for b := range n {
		for k := range hw {
			visit((b*c+ch)*hw + k)
		}
	}
}

// Pool returns the largest value of every window and its place in the plane
// (the first of equals, NaN before all), and the mean with padding as zeros.
func Pool(g Window, x []float32) (largest []float64, at []int32, mean []float64) {
	size := g.N * g.C * g.OH * g.OW
	largest, at, mean = make([]float64, size), make([]int32, size), make([]float64, size)
	for out := range size {
		ox, oy, plane := out%g.OW, out/g.OW%g.OH, out/(g.OW*g.OH)
		at[out] = -1
		for k := range g.KH * g.KW {
			sy, sx := oy*g.Stride+k/g.KW-g.Pad, ox*g.Stride+k%g.KW-g.Pad
			if sy < 0 || sy >= g.H || sx < 0 || sx >= g.W {
				continue
			}
			v := float64(x[(plane*g.H+sy)*g.W+sx])
			mean[out] += v / float64(g.KH*g.KW)
			if at[out] < 0 || v > largest[out] || (math.IsNaN(v) && !math.IsNaN(largest[out])) {
				largest[out], at[out] = v, int32(sy*g.W+sx)
			}
		}
	}
	return largest, at, mean
}

// CrossEntropy returns -log softmax(x * inverse)[label] by row, the softmax, and
// (softmax - one-hot) * scale.
func CrossEntropy(x []float32, labels []int32, c int, inverse, scale float64) (loss, probs, dx []float64) {
	probs, dx = make([]float64, len(x)), make([]float64, len(x))
	for row, l := range labels {
		z := x[row*c : (row+1)*c]
		top, sum := math.Inf(-1), 0.0
		for _, v := range z {
			top = math.Max(top, float64(v)*inverse)
		}
		for _, v := range z {
			sum += math.Exp(float64(v)*inverse - top)
		}
		loss = append(loss, math.Log(sum)+top-float64(z[l])*inverse)
		for j, v := range z {
			p := math.Exp(float64(v)*inverse-top) / sum
			probs[row*c+j] = p
			if j == int(l) {
				dx[row*c+j] = -scale
			}
			dx[row*c+j] += p * scale
		}
	}
	return loss, probs, dx
}

// Descend returns weights and velocities after a step in PyTorch's form; where
// mask (unless nil) is below 1/2 both are 0.
func Descend(w, v, g, mask []float32, rate, momentum, decay float64, nesterov bool) (nw, nv []float64) {
	nw, nv = make([]float64, len(w)), make([]float64, len(w))
	for i := range w {
		if mask != nil && mask[i] < 0.5 {
			continue
		}
		d := float64(g[i]) + decay*float64(w[i])
		nv[i] = momentum*float64(v[i]) + d
		step := nv[i]
		if nesterov {
			step = d + momentum*nv[i]
		}
		nw[i] = float64(w[i]) - rate*step
	}
	return nw, nv
}
