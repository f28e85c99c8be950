package gpu

import (
	"fmt"
	"math"
)

// RoPEStyle says which elements of a head form a pair.
type RoPEStyle uint8

// Pairing of the first 2n rotated elements, n being the number of frequencies.
const (
	HalfSplit   RoPEStyle = iota // (i, i+n), as Llama checkpoints of Hugging Face
	Interleaved                  // (2i, 2i+1), as GPT-J
)

// RoPETable holds cosines and sines of position times frequency, computed in
// float64 and rounded once. It is immutable and safe for concurrent use.
type RoPETable struct {
	dev          *Device
	scaled, unit rotations // the same when magnitude is 1
	n, maxPos    int
	magnitude    float64
}

// rotations holds cos and sin, each [maxPos, n].
type rotations struct{ cos, sin Tensor }

// NewRoPETable returns the table for positions 0..maxPos-1. Cosine and sine are
// multiplied by magnitude (1 except for YaRN-like scalings).
func (d *Device) NewRoPETable(invFreq []float64, maxPos int, magnitude float64) (*RoPETable, error) {
	if len(invFreq) == 0 || maxPos < 1 || maxPos > math.MaxInt32 {
		return nil, &Error{Op: "NewRoPETable", Arg: "invFreq, maxPos", Expected: "at least one frequency and 1 <= maxPos < 2^31",
			Got: fmt.Sprintf("%d frequencies, maxPos %d", len(invFreq), maxPos), Err: ErrShape}
	}
	t := &RoPETable{dev: d, n: len(invFreq), maxPos: maxPos, magnitude: magnitude}
	var err error
	if t.unit, err = d.rotations(invFreq, maxPos, 1); err != nil {
		return nil, err
	}
	t.scaled = t.unit
	if magnitude != 1 {
		t.scaled, err = d.rotations(invFreq, maxPos, magnitude)
	}
	return t, err
}

func (d *Device) rotations(invFreq []float64, maxPos int, magnitude float64) (r rotations, err error) {
	if r.cos, err = d.New(F32, maxPos, len(invFreq)); err != nil {
		return r, err
	}
	if r.sin, err = d.New(F32, maxPos, len(invFreq)); err != nil {
		return r, err
	}
	cos, sin := r.cos.f32s(), r.sin.f32s()
	for p := range maxPos {
		for i, f := range invFreq {
			s, c := math.Sincos(float64(p) * f)
			cos[p*len(invFreq)+i] = float32(c * magnitude)
			sin[p*len(invFreq)+i] = float32(s * magnitude)
		}
	}
	return r, nil
}

// MaxPos returns the number of positions of the table.
func (t *RoPETable) MaxPos() int { return t.maxPos }

// RoPE rotates the first 2n elements of every head of x [T, heads, d] by the
// angles of its token's position pos[t]; the rest is copied. x and dst are f32,
// rows may be strided; dst may be x. A position outside the table is an error.
// Position 0 with magnitude 1 copies x exactly.
func (s *Stream) RoPE(dst, x Tensor, pos []int32, t *RoPETable, style RoPEStyle) error {
	if err := s.checkRoPE("RoPE", operand{"dst", dst}, operand{"x", x}, "pos", pos, t, style); err != nil {
		return err
	}
	for i, p := range pos {
		if p < 0 || int(p) >= t.maxPos {
			return &Error{Op: "RoPE", Arg: fmt.Sprintf("pos[%d]", i), Expected: fmt.Sprintf("0 <= position < %d", t.maxPos), Got: fmt.Sprint(p), Err: ErrRange}
		}
	}
	return s.rotate("RoPE", dst, x, pos, t, t.scaled, style, t.magnitude == 1)
}

// ReRoPE rotates k [T, heads, d] by the difference delta[t] of two positions,
// which may be negative, with magnitude 1 whatever the table's: what was rotated
// for position p becomes rotated for p + delta. A difference of 0 copies exactly. |delta| must
// be smaller than the table's MaxPos; other conditions as RoPE.
func (s *Stream) ReRoPE(dst, k Tensor, delta []int32, t *RoPETable, style RoPEStyle) error {
	if err := s.checkRoPE("ReRoPE", operand{"dst", dst}, operand{"k", k}, "delta", delta, t, style); err != nil {
		return err
	}
	for i, p := range delta {
		if int(p) <= -t.maxPos || int(p) >= t.maxPos {
			return &Error{Op: "ReRoPE", Arg: fmt.Sprintf("delta[%d]", i), Expected: fmt.Sprintf("|difference| < %d", t.maxPos), Got: fmt.Sprint(p), Err: ErrRange}
		}
	}
	return s.rotate("ReRoPE", dst, k, delta, t, t.unit, style, true)
}

func (s *Stream) checkRoPE(op string, dst, x operand, arg string, pos []int32, t *RoPETable, style RoPEStyle) error {
	if err := s.check(op, x.arg, x.t, onlyF32, 3, 3); err != nil {
		return err
	}
	if err := s.check(op, dst.arg, dst.t, onlyF32, 3, 3); err != nil {
		return err
	}
	if err := same(op, x, dst); err != nil {
		return err
	}
	if err := apart(op, dst, x, true); err != nil {
		return err
	}
	if t == nil || t.dev != s.dev {
		return &Error{Op: op, Arg: "t", Expected: "a table of the stream's device", Got: "none or another's", Err: ErrShape}
	}
	if 2*t.n > x.t.dims[2] {
		return &Error{Op: op, Arg: x.arg, Expected: fmt.Sprintf("heads of at least %d elements", 2*t.n), Got: x.t.String(), Err: ErrShape}
	}
	if style > Interleaved {
		return &Error{Op: op, Arg: "style", Expected: "HalfSplit or Interleaved", Got: fmt.Sprint(uint8(style)), Err: ErrRange}
	}
	return s.length(op, arg, len(pos), x.t.dims[0])
}

func (s *Stream) rotate(op string, dst, x Tensor, pos []int32, t *RoPETable, r rotations, style RoPEStyle, unit bool) error {
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.RoPE(s.flag(), x.rows(), dst.mat(), x.mat(), pos, r.cos.ptr, r.sin.ptr, t.n, style == Interleaved, unit))
}
