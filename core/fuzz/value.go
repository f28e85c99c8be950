package fuzz

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
)

// Kind is the kind of a value in a case.
type Kind string

// The kinds of values.
const (
	KindTensor Kind = "tensor"
	KindInt    Kind = "int"
	KindFloat  Kind = "float"
	KindBool   Kind = "bool"
	KindStr    Kind = "str"
	KindNone   Kind = "none"
	KindList   Kind = "list"
	KindTuple  Kind = "tuple"
	KindName   Kind = "name" // a constant of the library by its name: "torch.float32", "gorgonia.Same"
)

// Value is an argument of an API, in the terms that all target languages share.
// Only the field of its kind is set.
type Value struct {
	Kind   Kind    `json:"k"`
	Tensor *Tensor `json:"t,omitempty"`
	Int    int64   `json:"i,omitempty"`
	Float  Float   `json:"f,omitempty"`
	Bool   bool    `json:"b,omitempty"`
	Str    string  `json:"s,omitempty"` // of a str or a name
	List   []Value `json:"l,omitempty"`
}

// DType is the type of a tensor's elements.
type DType string

// The types of elements.
const (
	F64  DType = "f64"
	F32  DType = "f32"
	F16  DType = "f16"
	BF16 DType = "bf16"
	C128 DType = "c128"
	C64  DType = "c64"
	I64  DType = "i64"
	I32  DType = "i32"
	U8   DType = "u8"
	Bool DType = "bool"
)

// Complex reports whether an element has a real and an imaginary part.
func (d DType) Complex() bool { return d == C128 || d == C64 }

// Differentiable reports whether a tensor of the type can be differentiated.
func (d DType) Differentiable() bool {
	return d == F64 || d == F32 || d == F16 || d == BF16 || d.Complex()
}

// Tensor is a dense tensor, row-major. Data holds 8 bytes an element, little-endian,
// whatever the type: a float64 for floating types (rounded to the type already), two
// for complex ones (real, imaginary), an int64 for integers and booleans. JSON has
// it in base64.
type Tensor struct {
	DType  DType  `json:"dtype"`
	Shape  []int  `json:"shape"`
	Data   []byte `json:"data"`
	Diff   bool   `json:"diff,omitempty"`   // the oracle differentiates by it
	Layout string `json:"layout,omitempty"` // "" is contiguous, "strided" has gaps in memory, same elements
	Via    string `json:"via,omitempty"`    // a differentiable step of the function before the API sees it, see package wire
}

// Elements returns the product of the shape: 1 for rank 0.
func (t *Tensor) Elements() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Reals returns the real numbers of the tensor: for complex types two an element.
func (t *Tensor) Reals() int { return len(t.Data) / 8 }

// Floats returns the numbers of a floating or complex tensor.
func (t *Tensor) Floats() []float64 { return Floats(t.Data) }

// SetFloats replaces the numbers of a floating or complex tensor, each rounded to its type.
func (t *Tensor) SetFloats(x []float64) {
	data := make([]byte, 0, 8*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(t.DType.Round(v)))
	}
	t.Data = data
}

// Floats reads little-endian float64 values; a rest of fewer than 8 bytes is ignored.
func Floats(data []byte) []float64 {
	out := make([]float64, len(data)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return out
}

// Bytes writes little-endian float64 values.
func Bytes(x []float64) []byte {
	data := make([]byte, 0, 8*len(x))
	for _, v := range x {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return data
}

// Round returns the number nearest to x that a floating type (or the parts of a
// complex one) holds, ties to even.
func (d DType) Round(x float64) float64 {
	switch d {
	case F32, C64:
		return float64(float32(x))
	case F16:
		return roundTo(x, 10, -24, 65504)
	case BF16:
		return roundTo(x, 7, -133, math.Ldexp(2-math.Ldexp(1, -7), 127))
	}
	return x
}

// roundTo rounds to a mantissa of so many bits behind the point, no finer than
// 2^least, and to infinity beyond largest.
func roundTo(x float64, bits, least int, largest float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	_, exp := math.Frexp(x)
	ulp := math.Ldexp(1, max(exp-1-bits, least))
	y := math.RoundToEven(x/ulp) * ulp
	if math.Abs(y) > largest {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return y
}

// Float is a float64 whose JSON is a text, so that NaN, infinities and every bit
// survive: "0.1", "-1e-300", "nan", "inf", "-inf".
type Float float64

// MarshalJSON writes the shortest text that reads back to the same number.
func (f Float) MarshalJSON() ([]byte, error) {
	x := float64(f)
	text := strconv.FormatFloat(x, 'g', -1, 64)
	switch {
	case math.IsNaN(x):
		text = "nan"
	case math.IsInf(x, 1):
		text = "inf"
	case math.IsInf(x, -1):
		text = "-inf"
	}
	return []byte(`"` + text + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and plain JSON numbers.
func (f *Float) UnmarshalJSON(data []byte) error {
	text := string(data)
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	x, err := strconv.ParseFloat(text, 64)
	*f = Float(x)
	return err
}
