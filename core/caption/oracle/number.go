package oracle

import (
	"strconv"

	"assay/core/caption"
)

var numerals = map[string]int{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "both": 2,
}

// quantities are words that stand right in front of a noun phrase.
var quantities = map[string]caption.Interval{
	"several": {Lo: 3, Hi: caption.Unbounded}, "many": {Lo: 3, Hi: caption.Unbounded}, "numerous": {Lo: 3, Hi: caption.Unbounded},
	"few": {Lo: 2, Hi: caption.Unbounded}, "multiple": {Lo: 2, Hi: caption.Unbounded}, "various": {Lo: 2, Hi: caption.Unbounded},
	"some": {Lo: 2, Hi: caption.Unbounded}, "different": {Lo: 2, Hi: caption.Unbounded}, "dozen": {Lo: 12, Hi: 12}, "couple": {Lo: 2, Hi: 3},
}

// measures are heads of "HEAD of NOUNS".
var measures = map[string]caption.Interval{
	"couple": {Lo: 2, Hi: 3}, // captioners use it loosely
	"lot":    {Lo: 3, Hi: caption.Unbounded}, "lots": {Lo: 3, Hi: caption.Unbounded}, "crowd": {Lo: 3, Hi: caption.Unbounded}, "crowds": {Lo: 3, Hi: caption.Unbounded},
	"dozens": {Lo: 12, Hi: caption.Unbounded}, "hundreds": {Lo: 100, Hi: caption.Unbounded},
}

// collections are heads of at least two.
var collections = set("group groups herd herds flock flocks row rows line lines bunch bunches pile piles stack stacks set sets variety number team pack collection array assortment plate tray basket bowl box fleet swarm cluster family parade display mix gathering rack shelf school array")

var (
	definite  = set("the his her its their this that these those my our your")
	one       = set("a an another each one single every lone")
	stops     = set("and or but with in on at by near for from to into onto over under behind beside beneath below above between through across along around against inside outside next front while as than off up down out about toward towards during after before atop upon is are was were be been being has have had who which that's can there it they he she holding wearing riding eating")
	negations = set("no without")
)

// reading is the number that stands with a noun.
type reading struct {
	caption.Interval
	rule     string
	definite bool
	mass     bool
	negated  bool
}

// measure reads the number of the noun at tokens[i:], looking back over at most
// five tokens. taken marks tokens of other nouns, where the noun phrase ends.
func measure(tokens []token, i int, f form, surface string, taken []bool) reading {
	tantum := surface == "scissors" || surface == "skis" || surface == "ski" || surface == "scissor" || surface == "glasses"
	for j := i - 1; j >= max(0, i-5); j-- {
		w := tokens[j].text
		if tokens[j].punct || taken[j] {
			break
		}
		if n, ok := numeral(w); ok {
			if n == 1 {
				return reading{Interval: caption.Interval{Lo: 1, Hi: 1}, rule: "one"}
			}
			return reading{Interval: caption.Interval{Lo: n, Hi: n}, rule: "numeral", definite: j > 0 && definite[tokens[j-1].text]}
		}
		if w == "of" && j > 0 {
			if r, ok := counted(tokens, j-1, tantum); ok {
				return r
			}
			break
		}
		if w == "couple" && j+1 < i && tokens[j+1].text == "of" {
			continue
		}
		if q, ok := quantities[w]; ok && !(w == "different" && f == singular) {
			if f == singular && w == "some" {
				return reading{Interval: caption.Interval{Lo: 1, Hi: 1}, rule: "some"}
			}
			return reading{Interval: q, rule: w}
		}
		if negations[w] {
			return reading{negated: true}
		}
		if one[w] {
			if w == "a" || w == "an" {
				if j > 0 && (tokens[j-1].text == "without" || tokens[j-1].text == "no") {
					return reading{negated: true}
				}
			}
			if f == plural {
				break // "a street filled with cars": not its article
			}
			return reading{Interval: caption.Interval{Lo: 1, Hi: 1}, rule: w}
		}
		if w == "any" && j > 0 && negations[tokens[j-1].text] {
			return reading{negated: true}
		}
		if definite[w] {
			r := bare(f, surface, tantum)
			r.rule, r.definite = w, true
			return r
		}
		if stops[w] {
			break
		}
	}
	return bare(f, surface, tantum)
}

// bare is the reading of a noun without evidence beside it.
func bare(f form, surface string, tantum bool) reading {
	many := caption.Interval{Lo: 1, Hi: caption.Unbounded}
	switch {
	case tantum:
		return reading{Interval: many, rule: "tantum"}
	case massive[surface]:
		return reading{Interval: many, rule: "mass", mass: true}
	case surface == "cattle":
		return reading{Interval: caption.Interval{Lo: 2, Hi: caption.Unbounded}, rule: "plural"}
	case f == either:
		return reading{Interval: many, rule: "invariant"}
	case f == plural:
		return reading{Interval: caption.Interval{Lo: 2, Hi: caption.Unbounded}, rule: "plural"}
	}
	return reading{Interval: caption.Interval{Lo: 1, Hi: 1}, rule: "singular"}
}

var massive = set("broccoli broccolis luggage baggage furniture")

// counted reads "HEAD of" at the head, tokens[h].
func counted(tokens []token, h int, tantum bool) (reading, bool) {
	head := tokens[h].text
	before := 0
	for k := h - 1; k >= max(0, h-2) && before == 0; k-- { // "two pairs of", "two large bunches of"
		before, _ = numeral(tokens[k].text)
	}
	switch {
	case head == "pair" && tantum:
		return reading{Interval: caption.Interval{Lo: 1, Hi: 1}, rule: "a pair of"}, true
	case head == "pair":
		return reading{Interval: caption.Interval{Lo: 2, Hi: 2}, rule: "a pair of"}, true
	case head == "pairs" && before > 0 && tantum:
		return reading{Interval: caption.Interval{Lo: before, Hi: before}, rule: "pairs of"}, true
	case head == "pairs" && before > 0:
		return reading{Interval: caption.Interval{Lo: 2 * before, Hi: 2 * before}, rule: "pairs of"}, true
	case head == "pairs":
		return reading{Interval: caption.Interval{Lo: 2, Hi: caption.Unbounded}, rule: "pairs of"}, true
	case collections[head]:
		return reading{Interval: caption.Interval{Lo: 2, Hi: caption.Unbounded}, rule: "a " + head + " of"}, true
	case head == "slice" || head == "piece" || head == "slices" || head == "pieces" || head == "half" || head == "stalk" || head == "stalks" || head == "head" || head == "heads" || head == "floret" || head == "florets" || head == "chunks" || head == "bite":
		return reading{Interval: caption.Interval{Lo: 1, Hi: caption.Unbounded}, rule: "a " + head + " of", mass: true}, true
	}
	if q, ok := measures[head]; ok {
		return reading{Interval: q, rule: head + " of"}, true
	}
	return reading{}, false
}

func numeral(w string) (int, bool) {
	if n, ok := numerals[w]; ok {
		return n, true
	}
	if len(w) < 5 && w != "" && w[0] >= '0' && w[0] <= '9' {
		if n, err := strconv.Atoi(w); err == nil && n > 0 {
			return n, true
		}
	}
	return 0, false
}
