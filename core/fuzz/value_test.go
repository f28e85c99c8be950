package fuzz_test

import (
	"encoding/json"
	"math"
	"testing"

	"assay/core/fuzz"
)

// Rounding to half precisions, against values worked out by hand.
func TestRoundingToHalf(t *testing.T) {
	for _, tt := range []struct {
		d       fuzz.DType
		x, want float64
	}{
		{fuzz.F16, 1.0009765625, 1.0009765625}, // 1 + 2^-10
		{fuzz.F16, 1.00048828125, 1},           // half way, to even
		{fuzz.F16, 65519, 65504},
		{fuzz.F16, 65520, math.Inf(1)},
		{fuzz.F16, 1e-8, 0},
		{fuzz.F16, -5.9604644775390625e-08, -5.9604644775390625e-08}, // least subnormal
		{fuzz.BF16, 1.0078125, 1.0078125},                            // 1 + 2^-7
		{fuzz.BF16, 1.00390625, 1},
		{fuzz.BF16, 3.4e38, math.Inf(1)},
		{fuzz.BF16, 3.38e38, math.Ldexp(254, 120)},
		{fuzz.F32, 0.1, float64(float32(0.1))},
		{fuzz.F64, 0.1, 0.1},
	} {
		if got := tt.d.Round(tt.x); got != tt.want {
			t.Errorf("%v in %s is %v, want %v", tt.x, tt.d, got, tt.want)
		}
	}
}

func TestCaseSurvivesJSONAndCloneIsDeep(t *testing.T) {
	c := &fuzz.Case{API: "torch.cat", Args: []fuzz.Value{
		{Kind: fuzz.KindList, List: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: &fuzz.Tensor{DType: fuzz.F64, Shape: []int{2}, Diff: true}}}},
		{Kind: fuzz.KindFloat, Float: fuzz.Float(math.NaN())}, {Kind: fuzz.KindInt, Int: -3},
	}, Kwargs: []fuzz.Named{{Name: "dim", Value: fuzz.Value{Kind: fuzz.KindNone}}}}
	c.Tensors()[0].SetFloats([]float64{1, math.Inf(1)})
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var d fuzz.Case
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if c.Digest() != d.Digest() || d.Reals() != 2 {
		t.Errorf("%s came back as another case", data)
	}
	e := c.Clone()
	e.Tensors()[0].SetFloats([]float64{5, 5})
	if c.Digest() != d.Digest() {
		t.Error("changing a clone changed the case")
	}
}
