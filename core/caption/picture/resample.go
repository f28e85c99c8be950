package picture

import (
	"image"
	"math"
)

// Filter is a kernel of resampling.
type Filter struct {
	support float64
	at      func(x float64) float64
}

// The kernels.
var (
	// Triangle is Pillow's BILINEAR: linear interpolation, antialiased when it shrinks.
	Triangle = Filter{1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }}
	// CatmullRom is Pillow's BICUBIC: cubic with a = -1/2.
	CatmullRom = Filter{2, func(x float64) float64 {
		const a = -0.5
		x = math.Abs(x)
		switch {
		case x < 1:
			return float64((float64((a+2)*x)-(a+3))*float64(x*x)) + 1
		case x < 2:
			return float64((float64((float64((x-5)*x)+8)*x) - 4) * a)
		}
		return 0
	}}
)

const bits = 32 - 8 - 2 // of the fixed-point weights, as in Pillow

// taps are the weights of one output pixel over inputs from first on.
type taps struct {
	first int
	w     []int32
}

func (f Filter) taps(in, out int) []taps {
	scale := float64(in) / float64(out)
	wide := max(scale, 1)
	support := f.support * wide
	list := make([]taps, out)
	for i := range list {
		centre := float64((float64(i) + 0.5) * scale)
		lo, hi := max(int(centre-support+0.5), 0), min(int(centre+support+0.5), in)
		w := make([]float64, hi-lo)
		sum := 0.0
		for k := range w {
			w[k] = f.at((float64(k+lo) - centre + 0.5) / wide)
			sum += w[k]
		}
		t := taps{first: lo, w: make([]int32, len(w))}
		for k := range w {
			t.w[k] = int32(math.Round(float64(w[k]/sum) * (1 << bits)))
		}
		list[i] = t
	}
	return list
}

// Resize resamples a picture of four independent channels to w x h pixels:
// opaque ones, or premultiplied ones (see Premultiply).
func (f Filter) Resize(in *image.NRGBA, w, h int) *image.NRGBA {
	sw, sh := in.Rect.Dx(), in.Rect.Dy()
	if sw == w && sh == h {
		return in
	}
	mid := in
	if sw != w {
		mid = image.NewNRGBA(image.Rect(0, 0, w, sh))
		for x, t := range f.taps(sw, w) {
			for y := range sh {
				var sum [4]int32
				src := in.Pix[y*in.Stride+4*t.first:]
				for k, wk := range t.w {
					for c := range 4 {
						sum[c] += wk * int32(src[4*k+c])
					}
				}
				put(mid.Pix[y*mid.Stride+4*x:], sum)
			}
		}
	}
	if sh == h {
		return mid
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y, t := range f.taps(sh, h) {
		for x := range w {
			var sum [4]int32
			for k, wk := range t.w {
				src := mid.Pix[(t.first+k)*mid.Stride+4*x:]
				for c := range 4 {
					sum[c] += wk * int32(src[c])
				}
			}
			put(out.Pix[y*out.Stride+4*x:], sum)
		}
	}
	return out
}

func put(dst []byte, sum [4]int32) {
	for c := range 4 {
		dst[c] = byte(min(max((sum[c]+1<<(bits-1))>>bits, 0), 255))
	}
}

// Premultiply returns the picture with colours multiplied by alpha; resizing
// straight colours would bleed those of invisible pixels into the edge.
func Premultiply(in *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(in.Rect)
	for i := 0; i < len(in.Pix); i += 4 {
		a := uint32(in.Pix[i+3])
		for c := range 3 {
			out.Pix[i+c] = byte((uint32(in.Pix[i+c])*a + 127) / 255)
		}
		out.Pix[i+3] = byte(a)
	}
	return out
}

// Opaque returns the picture over mid-grey where it is transparent.
func Opaque(in *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(in.Rect)
	for i := 0; i < len(in.Pix); i += 4 {
		a := uint32(in.Pix[i+3])
		for c := range 3 {
			out.Pix[i+c] = byte((uint32(in.Pix[i+c])*a + 128*(255-a) + 127) / 255)
		}
		out.Pix[i+3] = 255
	}
	return out
}
