package corpus

import (
	"fmt"
	"math"
	"slices"
)

// Mask is a bitmap of a photo, row by row.
type Mask struct {
	W, H int
	Bits []bool
}

// NewMask returns an empty mask.
func NewMask(w, h int) *Mask { return &Mask{W: w, H: h, Bits: make([]bool, w*h)} }

// Area counts the pixels that are set.
func (m *Mask) Area() (n int) {
	for _, b := range m.Bits {
		if b {
			n++
		}
	}
	return n
}

// Fill adds a polygon, flat x, y pairs in pixels: the pixels whose centres lie
// inside by the even-odd rule. It reports false for fewer than three corners
// and for coordinates that are no finite numbers.
func (m *Mask) Fill(polygon []float64) bool {
	n := len(polygon) / 2
	if n < 3 || len(polygon)%2 != 0 {
		return false
	}
	for _, v := range polygon {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return false
		}
	}
	var cross []float64
	for y := range m.H {
		cy := float64(y) + 0.5
		cross = cross[:0]
		for i := range n {
			x0, y0 := polygon[2*i], polygon[2*i+1]
			x1, y1 := polygon[2*((i+1)%n)], polygon[2*((i+1)%n)+1]
			if (y0 <= cy) != (y1 <= cy) {
				cross = append(cross, x0+(cy-y0)*(x1-x0)/(y1-y0))
			}
		}
		slices.Sort(cross)
		for i := 0; i+1 < len(cross); i += 2 {
			lo, hi := int(math.Ceil(cross[i]-0.5)), int(math.Ceil(cross[i+1]-0.5))
			for x := max(lo, 0); x < min(hi, m.W); x++ {
				m.Bits[y*m.W+x] = true
			}
		}
	}
	return true
}

// Runs sets a mask from the run lengths of COCO: column by column, beginning
// with a run of zeros.
func (m *Mask) Runs(counts []int) error {
	at, set := 0, false
	for _, n := range counts {
		if n < 0 || at+n > len(m.Bits) {
			return fmt.Errorf("run lengths go beyond the %d x %d pixels of the mask", m.W, m.H)
		}
		if set {
			for k := at; k < at+n; k++ {
				m.Bits[k%m.H*m.W+k/m.H] = true
			}
		}
		at, set = at+n, !set
	}
	if at != len(m.Bits) {
		return fmt.Errorf("run lengths cover %d of the %d pixels of the mask", at, len(m.Bits))
	}
	return nil
}

// ParseRuns decodes the compressed run lengths of COCO: 6 bits a character from
// code 48 on, and from the fourth number on the difference to the one two before
// (cocodataset/cocoapi, common/maskApi.c).
func ParseRuns(text string) ([]int, error) {
	var out []int
	for i := 0; i < len(text); {
		x, k, more := int64(0), 0, true
		for more {
			if i >= len(text) || text[i] < 48 || text[i] > 48+63 || k > 12 {
				return nil, fmt.Errorf("compressed run lengths are damaged at character %d", i)
			}
			c := int64(text[i]) - 48
			x |= (c & 31) << (5 * k)
			more = c&32 != 0
			i++
			k++
			if !more && c&16 != 0 {
				x |= -1 << (5 * k)
			}
		}
		if len(out) > 2 {
			x += int64(out[len(out)-2])
		}
		if x < 0 || x > 1<<31 {
			return nil, fmt.Errorf("compressed run lengths hold %d", x)
		}
		out = append(out, int(x))
	}
	return out, nil
}

// edge returns the share of the outline of the mask that lies on the border of
// the photo.
func (m *Mask) edge() float64 {
	outline, border := 0, 0
	at := func(x, y int) bool { return x >= 0 && y >= 0 && x < m.W && y < m.H && m.Bits[y*m.W+x] }
	for y := range m.H {
		for x := range m.W {
			if !at(x, y) || at(x-1, y) && at(x+1, y) && at(x, y-1) && at(x, y+1) {
				continue
			}
			outline++
			if x == 0 || y == 0 || x == m.W-1 || y == m.H-1 {
				border++
			}
		}
	}
	if outline == 0 {
		return 0
	}
	return float64(border) / float64(outline)
}
