package kvscene

import (
	"cmp"
	"slices"
	"strconv"

	"assay/core/kv"
)

// Name names a scheme in charts and tables: "reuse", "blend r=0.15 v".
func Name(mode string, ratio float64, rule string) string {
	if !kv.Mode(mode).Selects() {
		return mode
	}
	name := mode + " r=" + strconv.FormatFloat(ratio, 'f', -1, 64)
	if rule != "" {
		name += " " + rule
	}
	return name
}

// Compare orders schemes as tables do: modes as package kv lists them, then
// ratio, then rule. Modes of a newer version come last.
func Compare(modeA string, ratioA float64, ruleA, modeB string, ratioB float64, ruleB string) int {
	return cmp.Or(cmp.Compare(place(modeA), place(modeB)), cmp.Compare(ratioA, ratioB), cmp.Compare(ruleA, ruleB))
}

func place(mode string) int {
	if i := slices.Index(kv.Modes(), mode); i >= 0 {
		return i
	}
	return len(kv.Modes())
}

// Hue returns the place of a mode among the colors of series, the same in every
// chart.
func Hue(mode string) int {
	switch kv.Mode(mode) {
	case kv.Blend:
		return 0
	case kv.Reuse:
		return 1
	case kv.LegoLink:
		return 2
	case kv.PromptCache:
		return 3
	case kv.Random:
		return 4
	case kv.ReuseRaw:
		return 5
	case kv.Prefix:
		return 6
	case kv.Full:
		return 7
	}
	return 8
}

// ruleHue returns the color of a mode and rule where a chart has several rules: the
// default rule keeps the color of its mode.
func ruleHue(mode, rule string) int {
	if kv.Mode(mode) == kv.Blend {
		switch kv.Rule(rule) {
		case kv.RuleK:
			return 2
		case kv.RuleKV:
			return 3
		}
	}
	return Hue(mode)
}
