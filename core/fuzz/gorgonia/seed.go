package gorgonia

import (
	"math"

	"assay/core/fuzz"
)

// spread makes a differentiable tensor of values in (lo, hi): no two are equal, none
// is zero, and another salt gives others, so that a seed is a regular point of
// nearly every function. They have two decimals, to be read in a reproducer.
func spread(lo, hi float64, salt int, shape ...int) fuzz.Value {
	t := &fuzz.Tensor{DType: fuzz.F64, Shape: append([]int{}, shape...), Diff: true}
	data := make([]float64, t.Elements())
	for i := range data {
		_, f := math.Modf(float64(i+1)*0.6180339887498949 + float64(salt)*0.37)
		v := math.Round(100*(lo+(hi-lo)*f)) / 100
		if v == 0 {
			v = 0.01
		}
		data[i] = v + float64(i)/4096
	}
	t.SetFloats(data)
	return fuzz.Value{Kind: fuzz.KindTensor, Tensor: t}
}

func mixed(shape ...int) fuzz.Value     { return spread(-1.5, 1.5, 0, shape...) }
func other(shape ...int) fuzz.Value     { return spread(-1.5, 1.5, 1, shape...) }
func third(shape ...int) fuzz.Value     { return spread(-1.5, 1.5, 2, shape...) }
func positive(shape ...int) fuzz.Value  { return spread(0.3, 2.5, 0, shape...) }
func positive2(shape ...int) fuzz.Value { return spread(0.3, 2.5, 1, shape...) }
func share(shape ...int) fuzz.Value     { return spread(0.1, 0.9, 0, shape...) }
func share2(shape ...int) fuzz.Value    { return spread(0.1, 0.9, 1, shape...) }

// indices makes a tensor of integers, which nothing differentiates by.
func indices(n ...int) fuzz.Value {
	return shaped([]int{len(n)}, n...)
}

func shaped(shape []int, n ...int) fuzz.Value {
	data := make([]byte, 0, 8*len(n))
	for _, v := range n {
		for b := range 8 {
			data = append(data, byte(int64(v)>>(8*b)))
		}
	}
	return fuzz.Value{Kind: fuzz.KindTensor, Tensor: &fuzz.Tensor{DType: fuzz.I64, Shape: shape, Data: data}}
}

func integer(n int) fuzz.Value     { return fuzz.Value{Kind: fuzz.KindInt, Int: int64(n)} }
func decimal(x float64) fuzz.Value { return fuzz.Value{Kind: fuzz.KindFloat, Float: fuzz.Float(x)} }
func boolean(b bool) fuzz.Value    { return fuzz.Value{Kind: fuzz.KindBool, Bool: b} }
func named(s string) fuzz.Value    { return fuzz.Value{Kind: fuzz.KindName, Str: s} }
func list(x ...fuzz.Value) fuzz.Value {
	return fuzz.Value{Kind: fuzz.KindList, List: x}
}

func integers(n ...int) fuzz.Value {
	v := list()
	for _, x := range n {
		v.List = append(v.List, integer(x))
	}
	return v
}

// args is a case of the API that its table entry names.
func args(v ...fuzz.Value) fuzz.Case { return fuzz.Case{Args: v} }
