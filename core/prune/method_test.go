package prune_test

import (
	"math"
	"slices"
	"testing"

	"assay/core/prune"
)

func TestTargetsInAllNotations(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "1.5": 1.5, "10^1.7": 1.7, "100x": 2, "90%": 1, "99%": 2, "50x": math.Log10(50)} {
		got, err := prune.ParseExponent(text)
		if err != nil || math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "98", "nan", "inf", "1e999", "0x1p1", "1_0", "100%", "101%", "-3%", "0.5x", "10^", "ten", "1,5", "9.5", "x", "%", "--1", "1 2"} {
		if x, err := prune.ParseExponent(text); err == nil {
			t.Errorf("%q is read as %v", text, x)
		}
	}
}

func TestRanges(t *testing.T) {
	got, err := prune.ParseExponents("0.5..3.0:0.5")
	if err != nil || !slices.Equal(got, []float64{.5, 1, 1.5, 2, 2.5, 3}) {
		t.Errorf("%v %v", got, err)
	}
	got, err = prune.ParseExponents("2,0..0.3:0.1,2")
	if err != nil || !slices.Equal(got, []float64{0, .1, .2, .3, 2}) {
		t.Errorf("%v %v", got, err)
	}
	for _, text := range []string{"3..1:0.5", "0..1:0", "0..9:0.0001", "..", "1..", "0..1:x"} {
		if x, err := prune.ParseExponents(text); err == nil {
			t.Errorf("%q is read as %v", text, x)
		}
	}
	if prune.CheckExponent(1, 6) != nil || prune.CheckExponent(7, 430500) == nil {
		t.Error("a target is possible while half a weight is left")
	}
}

func TestMethodsAreReadAsWritten(t *testing.T) {
	for _, name := range prune.Methods() {
		for _, control := range append([]string{""}, prune.Controls()...) {
			m := prune.Method{Name: name, Control: control}
			if name == prune.PanningRL && control != "" && control != prune.Reinit {
				continue
			}
			if got, err := prune.ParseMethod(m.String()); err != nil || got != m {
				t.Errorf("%s: %v %v", m, got, err)
			}
		}
	}
	for _, text := range []string{"", "snap", "snip~", "snip~twice", "snip,snip", "panning-rl~shuffle"} {
		if m, err := prune.ParseMethods(text); err == nil {
			t.Errorf("%q is read as %v", text, m)
		}
	}
}
