package compose

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Rect is a rectangle in pixels.
type Rect struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Area returns the area in pixels.
func (r Rect) Area() int { return r.W * r.H }

// Overlap returns the share of b that r covers.
func (r Rect) Overlap(b Rect) float64 {
	w := min(r.X+r.W, b.X+b.W) - max(r.X, b.X)
	h := min(r.Y+r.H, b.Y+b.H) - max(r.Y, b.Y)
	if w <= 0 || h <= 0 || b.Area() == 0 {
		return 0
	}
	return float64(w*h) / float64(b.Area())
}

// Bars are the upper ends of the overlap levels: the values of the released runs.
var Bars = [4]float64{0, 0.15, 0.30, 0.45}

// Holds reports whether the overlaps, that of the largest box first, satisfy a level.
func Holds(level int, rho []float64) bool {
	if len(rho) == 0 {
		return level == 0
	}
	hi := Bars[level]
	for _, v := range rho[1:] {
		if v > hi {
			return false
		}
	}
	switch level {
	case 0:
		return rho[0] == 0
	case 1:
		return rho[0] > 0 && rho[0] <= hi
	}
	return rho[0] >= Bars[level-1] && rho[0] <= hi
}

// The reasons why an object cannot be placed.
const (
	NoDirection = "no-direction"
	OtherBox    = "other-box"
	TooBig      = "too-big"
	TooSmall    = "object-too-small-to-cover"
	RTooLarge   = "r>0.7"
	NoBoxes     = "no-boxes"
	NoCutout    = "no-cut-out"
)

const (
	sizeDraws  = 16
	directions = 64
	scanPoints = 16
	minSide    = 24 // below it an object is not fairly visible
)

// weigh returns the softmax-weighted mean area m of the boxes of a picture of
// the given area, and r, its share of that area.
func weigh(boxes []Rect, area int) (m, r float64) {
	var sum, weights float64
	for _, b := range boxes {
		w := math.Exp(float64(b.Area()) / float64(area))
		sum += float64(w * float64(b.Area()))
		weights += w
	}
	m = sum / weights
	return m, m / float64(area)
}

// band returns the range of the area of an inserted object's rectangle; ok is
// false where the boxes leave no room.
func band(boxes []Rect, w, h int) (lo, hi float64, ok bool) {
	m, r := weigh(boxes, w*h)
	switch {
	case r < 0.4:
		return 0.8 * m, 1.3 * m, true
	case r <= 0.7:
		return 0.10 * m, 0.37 * m, true
	}
	return 0, 0, false
}

// Tuned is an object's size and its place for each level asked for.
type Tuned struct {
	Places []Rect // in the order of the levels
	Rho    [][]float64
}

// Tune finds a size and a direction for an object of ow x oh pixels in a
// picture of w x h, so that every level has a place. boxes are those of the
// background, the largest first. The reason says why there is none.
func Tune(r *rand.Rand, w, h int, boxes []Rect, ow, oh int, levels []int) (t Tuned, reason string) {
	if len(boxes) == 0 {
		return t, NoBoxes
	}
	lo, hi, ok := band(boxes, w, h)
	if !ok {
		return t, RTooLarge
	}
	reason = TooBig
	for range sizeDraws {
		k := lo + float64(r.Float64()*(hi-lo))
		s := math.Sqrt(k / float64(ow*oh))
		nw, nh := int(s*float64(ow)), int(s*float64(oh))
		if nw < minSide || nh < minSide || nw > w || nh > h {
			continue
		}
		if least := Bars[max(slices.Max(levels)-1, 0)]; float64(nw*nh) < least*float64(boxes[0].Area()) {
			reason = TooSmall
			continue
		}
		for _, d := range r.Perm(directions) {
			angle := 2 * math.Pi * (float64(d) + 0.5) / directions
			got, why := along(math.Cos(angle), math.Sin(angle), w, h, nw, nh, boxes, levels)
			if why == "" {
				return got, ""
			}
			reason = why
		}
	}
	return t, reason
}

// free places an object in a photo of which nothing is known: 4 to 12 % of it,
// anywhere. No level but 0 means anything there.
func free(r *rand.Rand, w, h, ow, oh int, levels []int) (t Tuned, reason string) {
	if !slices.Equal(levels, []int{0}) {
		return t, NoBoxes
	}
	for range sizeDraws {
		s := math.Sqrt((0.04 + 0.08*r.Float64()) * float64(w*h) / float64(ow*oh))
		nw, nh := int(s*float64(ow)), int(s*float64(oh))
		if nw < minSide || nh < minSide || nw >= w || nh >= h {
			continue
		}
		return Tuned{Places: []Rect{{r.IntN(w - nw), r.IntN(h - nh), nw, nh}}, Rho: [][]float64{{}}}, ""
	}
	return t, TooBig
}

// along looks for a place for every level on a ray from the centre of the
// largest box.
func along(dx, dy float64, w, h, nw, nh int, boxes []Rect, levels []int) (t Tuned, reason string) {
	b := boxes[0]
	cx, cy := float64(b.X)+float64(b.W)/2, float64(b.Y)+float64(b.H)/2
	in, out := 0.0, math.Inf(1)
	clip := func(c, d, lo, hi float64) {
		switch {
		case math.Abs(d) < 1e-12:
			if c < lo || c > hi {
				out = -1
			}
		case d > 0:
			in, out = max(in, (lo-c)/d), min(out, (hi-c)/d)
		default:
			in, out = max(in, (hi-c)/d), min(out, (lo-c)/d)
		}
	}
	clip(cx, dx, float64(nw)/2, float64(w)-float64(nw)/2)
	clip(cy, dy, float64(nh)/2, float64(h)-float64(nh)/2)
	if out < in {
		return t, NoDirection
	}
	at := func(d float64) Rect {
		x := int(math.Round(cx + float64(d*dx) - float64(nw)/2))
		y := int(math.Round(cy + float64(d*dy) - float64(nh)/2))
		return Rect{min(max(x, 0), w-nw), min(max(y, 0), h-nh), nw, nh}
	}
	rho := func(d float64) float64 { // of the largest box, not rounded to pixels
		ix := overlap(cx+float64(d*dx), float64(nw), cx, float64(b.W))
		iy := overlap(cy+float64(d*dy), float64(nh), cy, float64(b.H))
		return float64(ix*iy) / float64(b.Area())
	}
	// first returns the least distance at which the overlap has come down to v;
	// it never grows along the ray, since both overlaps shrink as centres part.
	first := func(v float64) float64 {
		lo, hi := 0.0, out+1
		for range 60 {
			mid := (lo + hi) / 2
			if rho(mid) <= v {
				hi = mid
			} else {
				lo = mid
			}
		}
		return hi
	}
	for _, level := range levels {
		t1, t2 := first(Bars[level]), out
		if level == 1 {
			t2 = first(0)
		} else if level > 1 {
			t2 = first(Bars[level-1])
		}
		t1, t2 = max(t1, in), min(t2, out)
		if t1 > t2 {
			return t, NoDirection
		}
		place, found := search(at, t1, t2, level, boxes, w, h)
		if !found {
			return t, OtherBox
		}
		t.Places = append(t.Places, place)
		t.Rho = append(t.Rho, overlaps(place, boxes))
	}
	return t, ""
}

// search tries the middle of a stretch, its 8 neighbours, and then points all
// along it.
func search(at func(float64) Rect, t1, t2 float64, level int, boxes []Rect, w, h int) (Rect, bool) {
	for i := range scanPoints + 1 {
		d := (t1 + t2) / 2
		if i > 0 {
			d = t1 + (t2-t1)*(float64(i)-0.5)/scanPoints
		}
		c := at(d)
		for k := range 9 {
			p := c
			if k > 0 {
				n := k - 1
				if n >= 4 {
					n++
				}
				p.X, p.Y = c.X+n%3-1, c.Y+n/3-1
			}
			if p.X >= 0 && p.Y >= 0 && p.X+p.W <= w && p.Y+p.H <= h && Holds(level, overlaps(p, boxes)) {
				return p, true
			}
			if i > 0 {
				break
			}
		}
	}
	return Rect{}, false
}

func overlaps(r Rect, boxes []Rect) []float64 {
	out := make([]float64, len(boxes))
	for i, b := range boxes {
		out[i] = r.Overlap(b)
	}
	return out
}

// overlap returns the length that two segments share, given by centre and length.
func overlap(c1, l1, c2, l2 float64) float64 {
	return max(0, min(c1+l1/2, c2+l2/2)-max(c1-l1/2, c2-l2/2))
}
