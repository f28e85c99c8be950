package score

import "assay/core/prune"

// window is the geometry of a convolution; a linear layer is one over a single
// place.
type window struct {
	c, h, w        int // what is read: channels, height, width
	o, oh, ow      int // what is written
	k, stride, pad int
}

func windowOf(n prune.Node) window {
	if n.Op == prune.Linear {
		return window{c: size(n.In), h: 1, w: 1, o: n.Out[0], oh: 1, ow: 1, k: 1, stride: 1}
	}
	return window{c: n.In[0], h: n.In[1], w: n.In[2], o: n.Out[0], oh: n.Out[1], ow: n.Out[2], k: n.Kernel, stride: n.Stride, pad: n.Padding}
}

// pairs visits the places, read and written inside their planes, that tap at of
// the kernel joins, until visit returns false.
func (g window) pairs(at int, visit func(in, out int) bool) {
	ky, kx := at/g.k-g.pad, at%g.k-g.pad
	for y := range g.oh {
		iy := y*g.stride + ky
		if iy < 0 || iy >= g.h {
			continue
		}
		for x := range g.ow {
			if ix := x*g.stride + kx; ix >= 0 && ix < g.w && !visit(iy*g.w+ix, y*g.ow+x) {
				return
			}
		}
	}
}

// spread marks in to, written units, what live read units reach.
func (g window) spread(m Mask, from, to []bool) {
	in, out := g.h*g.w, g.oh*g.ow
	for o := range g.o {
		plane, left := to[o*out:(o+1)*out], out
		for c := 0; c < g.c && left > 0; c++ {
			read := from[c*in : (c+1)*in]
			for at := 0; at < g.k*g.k && left > 0; at++ {
				if m[(o*g.c+c)*g.k*g.k+at] {
					g.pairs(at, func(i, u int) bool {
						if read[i] && !plane[u] {
							plane[u] = true
							left--
						}
						return left > 0
					})
				}
			}
		}
	}
}

// gather marks in to, read units, what reaches live written units. Units may be
// marked already: other nodes read them too.
func (g window) gather(m Mask, to, from []bool) {
	in, out := g.h*g.w, g.oh*g.ow
	for c := range g.c {
		plane, left := to[c*in:(c+1)*in], 0
		for _, live := range plane {
			if !live {
				left++
			}
		}
		for o := 0; o < g.o && left > 0; o++ {
			written := from[o*out : (o+1)*out]
			for at := 0; at < g.k*g.k && left > 0; at++ {
				if m[(o*g.c+c)*g.k*g.k+at] {
					g.pairs(at, func(i, u int) bool {
						if written[u] && !plane[i] {
							plane[i] = true
							left--
						}
						return left > 0
					})
				}
			}
		}
	}
}

// live counts the weights that join a live read unit and a live written one.
func (g window) live(m Mask, from, to []bool) int {
	in, out, n := g.h*g.w, g.oh*g.ow, 0
	for o := range g.o {
		written := to[o*out : (o+1)*out]
		for c := range g.c {
			read := from[c*in : (c+1)*in]
			for at := range g.k * g.k {
				if m[(o*g.c+c)*g.k*g.k+at] {
					g.pairs(at, func(i, u int) bool {
						if read[i] && written[u] {
							n++
							return false
						}
						return true
					})
				}
			}
		}
	}
	return n
}
