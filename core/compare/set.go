package compare

import "strings"

// Set is which of the runs have a finding.
type Set string

// The sets that every comparison can have. In one of more than two runs others are
// the letters of the runs: "A C".
const (
	Everywhere Set = "all" // of more than two runs
	Both       Set = "both"
)

// Only is the set of what one run alone has.
func Only(letter string) Set { return Set("only " + letter) }

// setOf names the runs that have met a finding, by how often each has.
func setOf(counts []int) Set {
	var letters []string
	for i, n := range counts {
		if n > 0 {
			letters = append(letters, letter(i))
		}
	}
	switch {
	case len(letters) == 1:
		return Only(letters[0])
	case len(letters) < len(counts):
		return Set(strings.Join(letters, " "))
	case len(counts) == 2:
		return Both
	}
	return Everywhere
}

// letter stands for the i-th run.
func letter(i int) string { return string(rune('A' + i)) }

// Sets counts the findings of each set: what only one run has, in the order of the
// runs, then what several have, then what all have; sets without a finding are left out.
func (c *Comparison) Sets() []SetCount {
	var out []SetCount
	at := map[Set]int{}
	for i := range c.Runs {
		only := Only(letter(i))
		at[only] = len(out)
		out = append(out, SetCount{Set: only})
	}
	common := SetCount{Set: Both}
	if len(c.Runs) != 2 {
		common.Set = Everywhere
	}
	for _, f := range c.Findings {
		if f.Set == common.Set {
			common.N++
			continue
		}
		if _, ok := at[f.Set]; !ok {
			at[f.Set] = len(out)
			out = append(out, SetCount{Set: f.Set})
		}
		out[at[f.Set]].N++
	}
	kept := out[:0]
	for _, s := range append(out, common) {
		if s.N > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// SetCount is how many findings a set has.
type SetCount struct {
	Set Set `json:"set"`
	N   int `json:"n"`
}
