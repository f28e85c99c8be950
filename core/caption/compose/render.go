package compose

import (
	"image"
	"math/bits"

	"assay/core/caption"
	"assay/core/caption/picture"
	"assay/core/prng"
)

// Render draws a scene and describes the picture.
func (w *World) Render(s Scene) (*image.NRGBA, caption.Picture) {
	ground := w.Backgrounds[s.Background].pixels()
	img := image.NewNRGBA(ground.Rect)
	copy(img.Pix, ground.Pix)
	p := caption.Picture{ID: s.ID, W: img.Rect.Dx(), H: img.Rect.Dy(), Truth: w.Truth(s), Boxes: []caption.Box{}}
	layers := make([]*image.NRGBA, len(s.Objects))
	for i, o := range s.Objects {
		layers[i] = w.layer(o, ground)
		over(img, layers[i], o.X, o.Y)
	}
	for _, l := range w.Backgrounds[s.Background].Boxes {
		b := caption.Box{Class: l.Class, X: l.X, Y: l.Y, W: l.W, H: l.H, Visible: 1}
		for _, o := range s.Objects {
			b.Visible = max(0, b.Visible-o.Overlap(l.Rect))
		}
		p.Boxes = append(p.Boxes, b)
	}
	for i, o := range s.Objects {
		obj := w.Corpus.Objects[o.Object]
		p.Boxes = append(p.Boxes, caption.Box{Class: obj.Class, X: o.X, Y: o.Y, W: o.W, H: o.H, Visible: visible(s.Objects, layers, i), Inserted: o.Inserted, File: obj.ID})
	}
	if s.Noise != 0 {
		r := prng.New(s.Noise, "caption/noise")
		for range max(1, len(img.Pix)/4/100) { // the lowest bit of 1 % of the pixels
			img.Pix[4*r.IntN(len(img.Pix)/4)+r.IntN(3)] ^= 1
		}
	}
	p.SHA = picture.Hash(img)
	return img, p
}

// layer returns the premultiplied picture of an object at its size, fitted to
// the background below it. It never looks at other objects, so that an object
// comes and goes without a trace elsewhere.
func (w *World) layer(o Placed, ground *image.NRGBA) *image.NRGBA {
	l := picture.CatmullRom.Resize(picture.Premultiply(w.Corpus.Objects[o.Object].Pixels.Image()), o.W, o.H)
	out := image.NewNRGBA(l.Rect)
	copy(out.Pix, l.Pix)
	for i := 0; i < len(out.Pix); i += 4 { // the kernel overshoots
		for c := range 3 {
			out.Pix[i+c] = min(out.Pix[i+c], out.Pix[i+3])
		}
	}
	if w.Method == Blend {
		feather(out)
		relight(out, ground, o.Rect)
	}
	return out
}

// over draws a premultiplied layer.
func over(dst, l *image.NRGBA, x0, y0 int) {
	for y := range l.Rect.Dy() {
		for x := range l.Rect.Dx() {
			s := l.Pix[y*l.Stride+4*x:]
			d := dst.Pix[(y0+y)*dst.Stride+4*(x0+x):]
			a := uint32(s[3])
			for c := range 3 {
				d[c] = byte(min(255, uint32(s[c])+(uint32(d[c])*(255-a)+127)/255))
			}
		}
	}
}

// feather softens the edge by one pixel: alpha there becomes the mean of its
// neighbourhood where that is less.
func feather(l *image.NRGBA) {
	w, h := l.Rect.Dx(), l.Rect.Dy()
	alpha := make([]uint32, w*h)
	for i := range alpha {
		alpha[i] = uint32(l.Pix[4*i+3])
	}
	for y := range h {
		for x := range w {
			a := alpha[y*w+x]
			if a == 0 {
				continue
			}
			var sum uint32
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if u, v := x+dx, y+dy; u >= 0 && v >= 0 && u < w && v < h {
						sum += alpha[v*w+u]
					}
				}
			}
			if soft := sum / 9; soft < a {
				p := l.Pix[4*(y*w+x):]
				for c := range 4 {
					p[c] = byte((uint32(p[c])*soft + a/2) / a)
				}
			}
		}
	}
}

// The part of the way that mean and spread of an object's lightness go towards
// those of the ring around it, and the most that the mean moves.
const (
	relightNum, relightDen = 1, 5
	relightMost            = 24
)

// relight moves the lightness of an object towards its surroundings: a ring of a
// tenth of the rectangle's diagonal.
func relight(l, ground *image.NRGBA, r Rect) {
	own := moments{}
	for i := 0; i < len(l.Pix); i += 4 {
		if l.Pix[i+3] > 127 {
			own.add(lightness(l.Pix[i:], int64(l.Pix[i+3])))
		}
	}
	ring := moments{}
	d := max(1, isqrt(int64(r.W*r.W+r.H*r.H))/10)
	for y := max(0, r.Y-int(d)); y < min(ground.Rect.Dy(), r.Y+r.H+int(d)); y++ {
		for x := max(0, r.X-int(d)); x < min(ground.Rect.Dx(), r.X+r.W+int(d)); x++ {
			if x < r.X || x >= r.X+r.W || y < r.Y || y >= r.Y+r.H {
				ring.add(lightness(ground.Pix[y*ground.Stride+4*x:], 255))
			}
		}
	}
	if own.n == 0 || ring.n == 0 {
		return
	}
	mean, spread := own.mean(), max(1, own.spread())
	shift := (ring.mean() - mean) * relightNum / relightDen
	shift = min(max(shift, -relightMost<<8), relightMost<<8)
	gain := spread + (ring.spread()-spread)*relightNum/relightDen // over spread
	for i := 0; i < len(l.Pix); i += 4 {
		a := int64(l.Pix[i+3])
		if a == 0 {
			continue
		}
		is := lightness(l.Pix[i:], a)
		want := mean + shift + (is-mean)*gain/spread
		delta := (want - is) * a / 255 >> 8
		for c := range 3 {
			l.Pix[i+c] = byte(min(max(int64(l.Pix[i+c])+delta, 0), a))
		}
	}
}

// lightness returns the luma of a premultiplied pixel in 1/256.
func lightness(p []byte, a int64) int64 {
	return (77*int64(p[0]) + 150*int64(p[1]) + 29*int64(p[2])) * 255 / a
}

// moments sums lightness in 1/256.
type moments struct{ n, sum, squares int64 }

func (m *moments) add(v int64) { m.n, m.sum, m.squares = m.n+1, m.sum+v, m.squares+(v*v)>>8 }

func (m *moments) mean() int64 { return m.sum / m.n }

func (m *moments) spread() int64 {
	mean := m.mean()
	return isqrt(max(0, m.squares/m.n-(mean*mean)>>8) << 8)
}

// isqrt returns the integer square root.
func isqrt(v int64) int64 {
	if v <= 0 {
		return 0
	}
	x := int64(1) << ((bits.Len64(uint64(v)) + 1) / 2)
	for {
		y := (x + v/x) / 2
		if y >= x {
			return x
		}
		x = y
	}
}

// visible returns the share of the opaque pixels of object i that later ones
// leave uncovered.
func visible(objects []Placed, layers []*image.NRGBA, i int) float64 {
	opaque, seen := 0, 0
	o := objects[i]
	for y := range o.H {
		for x := range o.W {
			if layers[i].Pix[y*layers[i].Stride+4*x+3] <= 127 {
				continue
			}
			opaque++
			covered := false
			for k := i + 1; k < len(objects) && !covered; k++ {
				q := objects[k]
				u, v := o.X+x-q.X, o.Y+y-q.Y
				covered = u >= 0 && v >= 0 && u < q.W && v < q.H && layers[k].Pix[v*layers[k].Stride+4*u+3] > 127
			}
			if !covered {
				seen++
			}
		}
	}
	if opaque == 0 {
		return 0
	}
	return float64(seen) / float64(opaque)
}
