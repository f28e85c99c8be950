package kv

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/run"
)

// Mode is a way to serve a prompt whose chunks were cached before.
type Mode string

// The modes. All but Full and Prefix change what the model computes.
const (
	Full        Mode = "full"        // everything computed: the baseline
	Prefix      Mode = "prefix"      // reuses the longest token-exact prefix alone; exact
	Reuse       Mode = "reuse"       // reuses every chunk, K re-positioned
	ReuseRaw    Mode = "reuse_raw"   // reuses every chunk, K left at the positions it was computed at
	PromptCache Mode = "promptcache" // chunks computed behind a dummy text that fills the positions before them
	Blend       Mode = "blend"       // reuse, then the tokens that deviate most at the check layer are recomputed
	LegoLink    Mode = "legolink"    // reuse, then the first k tokens of every chunk after the first are recomputed
	Random      Mode = "random"      // blend with a random selection: the lower control
	Oracle      Mode = "oracle"      // blend with a selection from the true deviation: the upper control
)

// Modes returns every mode in the order of tables.
func Modes() []string {
	return []string{string(Full), string(Prefix), string(Reuse), string(ReuseRaw), string(PromptCache), string(Blend),
		string(LegoLink), string(Random), string(Oracle)}
}

// Selects reports whether the mode picks a share of tokens at the check layer.
func (m Mode) Selects() bool { return m == Blend || m == Random || m == Oracle }

// Rule says which deviation ranks the tokens at the check layer.
type Rule string

// The rules: squared L2 distance to the cached row over all channels, of V (the
// released prototype's), of K (LMCache's), or of both added.
const (
	RuleV  Rule = "v"
	RuleK  Rule = "k"
	RuleKV Rule = "kv"
)

// Rules returns every rule.
func Rules() []string { return []string{string(RuleV), string(RuleK), string(RuleKV)} }

// Mask says which keys a recomputed token sees.
type Mask string

// The masks. MaskAuto takes the variant's: exact, or bottom-right under ref.
const (
	MaskAuto        Mask = "auto"
	MaskExact       Mask = "exact"        // keys at or before its own position
	MaskBottomRight Mask = "bottom-right" // row i of |S| sees keys up to N-|S|+i: selected context tokens see future tokens
)

// Masks returns every choice of a mask.
func Masks() []string { return []string{string(MaskAuto), string(MaskExact), string(MaskBottomRight)} }

// Filter says how the selection goes on above the check layer.
type Filter string

// The filters. FilterAuto takes the variant's: single, or gradual under paper.
const (
	FilterAuto    Filter = "auto"
	FilterSingle  Filter = "single"  // the check layer's selection holds for all later layers
	FilterGradual Filter = "gradual" // every layer drops some of the tokens that are still active
)

// Filters returns every choice of a filter.
func Filters() []string {
	return []string{string(FilterAuto), string(FilterSingle), string(FilterGradual)}
}

// Variant says what to follow where paper, released code and mathematics differ.
type Variant string

// The variants; package blend lists what each one switches.
const (
	VariantExact Variant = "exact"
	VariantPaper Variant = "paper"
	VariantRef   Variant = "ref"
)

// Variants returns every variant.
func Variants() []string {
	return []string{string(VariantExact), string(VariantPaper), string(VariantRef)}
}

// Spec is one mode with everything that decides its numbers. Fields that the
// mode does not use are ignored; Normal clears them.
type Spec struct {
	Mode    Mode
	Ratio   float64 // 0..1, share of the context tokens to pick
	Rule    Rule
	Mask    Mask
	Filter  Filter
	Variant Variant
	LegoK   int    // tokens at the head of a chunk, for LegoLink
	Seed    uint64 // for Random

	// Threshold replaces the ratio of Blend where it is above 0: tokens whose
	// deviation by Rule, relative to the norm of the fresh row, is larger are
	// picked at the check layer, and under FilterGradual stay picked as long as
	// theirs is larger at every further layer.
	Threshold float64

	// Picked replaces the selection of Blend where HasPicked: ascending context
	// positions. Ratio, Threshold, Rule and Filter are then ignored.
	Picked    []int
	HasPicked bool
}

// Normal returns the spec with the automatic choices of its variant filled in
// and everything cleared that its mode does not use, so that equal computations
// have equal specs. Unknown names and a ratio out of range are *run.Error values
// of code E-USAGE.
func (s Spec) Normal() (Spec, error) {
	if !slices.Contains(Modes(), string(s.Mode)) {
		return s, usage("unknown mode %q: expected %s", s.Mode, strings.Join(Modes(), ", "))
	}
	n := Spec{Mode: s.Mode, Variant: s.Variant, Mask: MaskExact, Filter: FilterSingle}
	if n.Variant == "" {
		n.Variant = VariantExact
	}
	if !slices.Contains(Variants(), string(n.Variant)) {
		return s, usage("unknown variant %q: expected %s", s.Variant, strings.Join(Variants(), ", "))
	}
	switch s.Mode {
	case LegoLink:
		if s.LegoK < 0 || s.LegoK > MaxLegoK {
			return s, usage("lego-k %d: expected 0 to %d", s.LegoK, MaxLegoK)
		}
		n.LegoK = s.LegoK
	case Blend, Random, Oracle:
		if err := n.selection(s); err != nil {
			return s, err
		}
	}
	return n, nil
}

// MaxLegoK bounds Spec.LegoK: EPIC (arXiv 2410.15332) tries 0 to 32.
const MaxLegoK = 32

// selection fills in what the modes with a check layer use.
func (s *Spec) selection(given Spec) error {
	if s.Variant == VariantRef {
		s.Mask = MaskBottomRight
	}
	if given.Mask != "" && given.Mask != MaskAuto {
		s.Mask = given.Mask
	}
	if s.Mask != MaskExact && s.Mask != MaskBottomRight {
		return usage("unknown mask %q: expected %s", given.Mask, strings.Join(Masks(), ", "))
	}
	if given.Mode == Blend && given.HasPicked {
		s.Picked, s.HasPicked = slices.Clone(given.Picked), true
		slices.Sort(s.Picked)
		s.Picked = slices.Compact(s.Picked)
		return nil
	}
	if !(given.Ratio >= 0 && given.Ratio <= 1) {
		return usage("ratio %v: expected a number from 0 to 1", given.Ratio)
	}
	s.Ratio = given.Ratio
	if given.Mode == Random {
		s.Seed = given.Seed
		return nil
	}
	if given.Mode == Oracle {
		return nil
	}
	if !(given.Threshold >= 0) || math.IsInf(given.Threshold, 1) {
		return usage("threshold %v: expected a number from 0, which is none", given.Threshold)
	}
	if s.Threshold = given.Threshold; s.Threshold > 0 {
		s.Ratio = 0
	}
	s.Rule = given.Rule
	if s.Rule == "" {
		s.Rule = RuleV
	}
	if !slices.Contains(Rules(), string(s.Rule)) {
		return usage("unknown rule %q: expected %s", given.Rule, strings.Join(Rules(), ", "))
	}
	if s.Variant == VariantPaper {
		s.Filter = FilterGradual
	}
	if given.Filter != "" && given.Filter != FilterAuto {
		s.Filter = given.Filter
	}
	if s.Filter != FilterSingle && s.Filter != FilterGradual {
		return usage("unknown filter %q: expected %s", given.Filter, strings.Join(Filters(), ", "))
	}
	return nil
}

// Expand returns one spec for every mode, ratio and rule that differ: Blend once
// a ratio and rule, Random and Oracle once a ratio, every other mode once. The
// other fields come from base. Without ratios or rules those of base are taken.
func Expand(modes []string, ratios []float64, rules []string, base Spec) ([]Spec, error) {
	if len(modes) == 0 {
		return nil, usage("no mode: expected %s", strings.Join(Modes(), ", "))
	}
	if len(ratios) == 0 {
		ratios = []float64{base.Ratio}
	}
	if len(rules) == 0 {
		rules = []string{string(base.Rule)}
	}
	var out []Spec
	seen := map[string]bool{}
	for _, m := range modes {
		for _, ratio := range ratios {
			for _, rule := range rules {
				s := base
				s.Mode, s.Ratio, s.Rule = Mode(m), ratio, Rule(rule)
				s, err := s.Normal()
				if err != nil {
					return nil, err
				}
				if id := s.long(); !seen[id] {
					seen[id] = true
					out = append(out, s)
				}
			}
		}
	}
	return out, nil
}

// Keys returns a key for each spec, unique within the list: the mode's name,
// with ratio and rule behind it where a mode occurs more than once
// ("blend.15v", "random.3", "blend1kv"), or threshold and rule ("blend-t.1v").
func Keys(specs []Spec) []string {
	count := map[Mode]int{}
	for _, s := range specs {
		count[s.Mode]++
	}
	keys := make([]string, len(specs))
	for i, s := range specs {
		keys[i] = string(s.Mode)
		if count[s.Mode] > 1 {
			keys[i] = s.long()
		}
	}
	return keys
}

func (s Spec) long() string {
	switch {
	case !s.Mode.Selects() || s.HasPicked:
		return string(s.Mode)
	case s.Threshold > 0:
		return string(s.Mode) + "-t" + strings.TrimPrefix(strconv.FormatFloat(s.Threshold, 'f', -1, 64), "0") + string(s.Rule)
	}
	ratio := strconv.FormatFloat(s.Ratio, 'f', -1, 64)
	if s.Ratio == 0 {
		ratio = ".0"
	}
	return string(s.Mode) + strings.TrimPrefix(ratio, "0") + string(s.Rule)
}

func usage(format string, a ...any) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf(format, a...)}
}
