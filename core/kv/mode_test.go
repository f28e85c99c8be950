package kv_test

import (
	"math"
	"slices"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

func TestVariantsChooseFilterAndMaskUnlessGiven(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     kv.Spec
		mask   kv.Mask
		filter kv.Filter
	}{
		{"exact", kv.Spec{}, kv.MaskExact, kv.FilterSingle},
		{"paper", kv.Spec{Variant: kv.VariantPaper}, kv.MaskExact, kv.FilterGradual},
		{"ref", kv.Spec{Variant: kv.VariantRef}, kv.MaskBottomRight, kv.FilterSingle},
		{"auto is the variant's", kv.Spec{Variant: kv.VariantRef, Mask: kv.MaskAuto, Filter: kv.FilterAuto}, kv.MaskBottomRight, kv.FilterSingle},
		{"a given mask wins", kv.Spec{Variant: kv.VariantRef, Mask: kv.MaskExact}, kv.MaskExact, kv.FilterSingle},
		{"a given filter wins", kv.Spec{Variant: kv.VariantPaper, Filter: kv.FilterSingle}, kv.MaskExact, kv.FilterSingle},
	} {
		c.in.Mode = kv.Blend
		got, err := c.in.Normal()
		if err != nil {
			t.Fatal(err)
		}
		if got.Mask != c.mask || got.Filter != c.filter || got.Rule != kv.RuleV {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}

func TestPickedReplacesRatioAndRule(t *testing.T) {
	got, err := kv.Spec{Mode: kv.Blend, Ratio: 7, Rule: "?", HasPicked: true, Picked: []int{9, 2, 9}}.Normal()
	if err != nil {
		t.Fatal(err)
	}
	if got.Ratio != 0 || got.Rule != "" || !slices.Equal(got.Picked, []int{2, 9}) {
		t.Errorf("got %+v", got)
	}
}

func TestThresholdReplacesTheRatioOfBlendAlone(t *testing.T) {
	specs, err := kv.Expand([]string{"blend", "random", "oracle"}, []float64{0.1, 0.2}, []string{"v", "k"}, kv.Spec{Threshold: 0.25})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := kv.Keys(specs), []string{"blend-t.25v", "blend-t.25k", "random.1", "random.2", "oracle.1", "oracle.2"}; !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if specs[0].Ratio != 0 || specs[0].Threshold != 0.25 || specs[2].Threshold != 0 {
		t.Errorf("got %+v", specs)
	}
	picked, err := kv.Spec{Mode: kv.Blend, Threshold: 0.25, HasPicked: true, Picked: []int{1}}.Normal()
	if err != nil || picked.Threshold != 0 {
		t.Errorf("positions given by hand: %+v, %v", picked, err)
	}
}

func TestWrongSpecsAreUsageErrors(t *testing.T) {
	for name, s := range map[string]kv.Spec{
		"mode":      {Mode: "blended"},
		"above one": {Mode: kv.Blend, Ratio: 1.01},
		"negative":  {Mode: kv.Random, Ratio: -0.1},
		"not one":   {Mode: kv.Oracle, Ratio: math.NaN()},
		"rule":      {Mode: kv.Blend, Rule: "q"},
		"below 0":   {Mode: kv.Blend, Threshold: -0.1},
		"no number": {Mode: kv.Blend, Threshold: math.NaN()},
		"no end":    {Mode: kv.Blend, Threshold: math.Inf(1)},
		"mask":      {Mode: kv.Blend, Mask: "left"},
		"filter":    {Mode: kv.Blend, Filter: "none"},
		"variant":   {Mode: kv.Reuse, Variant: "best"},
		"lego":      {Mode: kv.LegoLink, LegoK: 33},
	} {
		if _, err := s.Normal(); run.CodeOf(err) != run.EUsage {
			t.Errorf("%s: got %v, want E-USAGE", name, err)
		}
	}
}

func TestExpandRepeatsOnlyWhatDiffers(t *testing.T) {
	specs, err := kv.Expand([]string{"full", "reuse", "blend", "random"}, []float64{0, 0.05, 1}, []string{"v", "kv"}, kv.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"full", "reuse", "blend.0v", "blend.0kv", "blend.05v", "blend.05kv", "blend1v", "blend1kv", "random.0", "random.05", "random1"}
	if got := kv.Keys(specs); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	specs, err = kv.Expand([]string{"blend", "full"}, []float64{0.15}, []string{"k"}, kv.Spec{})
	if err != nil {
		t.Fatal(err)
	}
	if got := kv.Keys(specs); !slices.Equal(got, []string{"blend", "full"}) {
		t.Errorf("a mode that occurs once: %v", got)
	}
	if _, err := kv.Expand(nil, nil, nil, kv.Spec{}); run.CodeOf(err) != run.EUsage {
		t.Errorf("no mode: %v", err)
	}
}
