package corpus

import (
	"fmt"
	"image"
	"math/bits"

	"assay/core/caption/picture"
)

// Limits are the thresholds of the quality filters.
type Limits struct {
	Small    int     // least shorter side of the tight box, pixels
	Thin     float64 // least opaque share of the tight box
	Solid    float64 // most opaque share, but for classes that are boxes themselves
	Fragment float64 // least share of the largest connected part
	Cutoff   float64 // most of the outline that lies on the border of the photo
	Score    float64 // least score of the detector, where there is one
	Crowd    float64 // most of the box that other instances cover
	Twin     int     // greatest Hamming distance between hashes of twins
}

// DefaultLimits returns the thresholds in use.
func DefaultLimits() Limits {
	return Limits{Small: 48, Thin: 0.12, Solid: 0.98, Fragment: 0.90, Cutoff: 0.05, Score: 0.80, Crowd: 0.10, Twin: 6}
}

// solid are classes whose pictures may fill their box.
var solid = map[string]bool{"book": true, "tv": true, "laptop": true, "cell phone": true, "refrigerator": true, "microwave": true, "keyboard": true, "bed": true, "suitcase": true, "remote": true, "oven": true, "toaster": true, "clock": true, "sandwich": true, "couch": true, "bus": true, "truck": true, "stop sign": true, "parking meter": true, "dining table": true, "bench": true}

// sieve applies the filters that need the cut-out alone, and keeps hashes to
// find twins.
type sieve struct {
	limits Limits
	hashes map[string][]uint64
}

func newSieve(l Limits) *sieve { return &sieve{limits: l, hashes: map[string][]uint64{}} }

// check returns the object of a cropped picture, nil where nothing of it is visible,
// which again makes anew; and why it is rejected or doubted: rule is "" where all is well.
func (s *sieve) check(o Object, img *image.NRGBA, again func() *image.NRGBA) (out Object, rule, detail string, kept bool) {
	if img == nil {
		return o, "thin", "nothing in it is opaque", false
	}
	o = o.of(img, again)
	w, h := o.Size.X, o.Size.Y
	share := float64(o.Area) / float64(w*h)
	l := s.limits
	switch {
	case o.Score > 0 && o.Score < l.Score:
		return o, "score", fmt.Sprintf("detector score %.2f, expected at least %.2f", o.Score, l.Score), false
	case min(w, h) < l.Small:
		return o, "small", fmt.Sprintf("%d x %d pixels, expected sides of at least %d", w, h, l.Small), false
	case share < l.Thin:
		return o, "thin", fmt.Sprintf("%.0f %% of its box is opaque, expected at least %.0f %%", 100*share, 100*l.Thin), false
	}
	if part := largest(img); float64(part) < l.Fragment*float64(o.Area) {
		return o, "fragment", fmt.Sprintf("the largest part holds %.0f %% of it, expected at least %.0f %%", 100*float64(part)/float64(o.Area), 100*l.Fragment), false
	}
	if share > l.Solid && !solid[o.Class] {
		return o, "alphaless", "no transparent background around it; cut the object out and save it with an alpha channel", false
	}
	hash := dhash(img)
	for _, other := range s.hashes[o.Class] {
		if bits.OnesCount64(hash^other) <= l.Twin {
			return o, "twin", "almost the same picture as another one of its class", false
		}
	}
	s.hashes[o.Class] = append(s.hashes[o.Class], hash)
	if share > l.Solid {
		return o, "alphaless", "fills its box, as a " + o.Class + " may", true
	}
	return o, "", "", false
}

// largest returns the size of the largest 8-connected part of alpha > 127.
func largest(p *image.NRGBA) int {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	seen := make([]bool, w*h)
	opaque := func(i int) bool { return p.Pix[i/w*p.Stride+4*(i%w)+3] > 127 }
	most := 0
	var stack []int
	for start := range seen {
		if seen[start] || !opaque(start) {
			continue
		}
		seen[start] = true
		stack = append(stack[:0], start)
		n := 0
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			n++
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					x, y := i%w+dx, i/w+dy
					if x < 0 || y < 0 || x >= w || y >= h {
						continue
					}
					if k := y*w + x; !seen[k] && opaque(k) {
						seen[k] = true
						stack = append(stack, k)
					}
				}
			}
		}
		most = max(most, n)
	}
	return most
}

// dhash is the 64-bit difference hash of the picture over grey.
func dhash(p *image.NRGBA) uint64 {
	small := picture.Triangle.Resize(picture.Opaque(p), 9, 8)
	var hash uint64
	for y := range 8 {
		for x := range 8 {
			a, b := small.Pix[y*small.Stride+4*x:], small.Pix[y*small.Stride+4*x+4:]
			hash <<= 1
			if luma(a) < luma(b) {
				hash |= 1
			}
		}
	}
	return hash
}

func luma(p []byte) int { return (77*int(p[0]) + 150*int(p[1]) + 29*int(p[2])) >> 8 }
