package ui

import (
	"strings"
	"unicode"
)

// Fuzzy matches a pattern against a text: every word of the pattern must be found
// in it, its letters in order but not always side by side, case aside. Score is
// higher for letters that stand together and at the beginning of words; it compares
// matches of one pattern alone. At holds the indices of the matched runes, rising.
// An empty pattern matches everything with 0.
func Fuzzy(pattern, text string) (score int, at []int, ok bool) {
	runes := []rune(text)
	low := make([]rune, len(runes))
	for i, r := range runes {
		low[i] = unicode.ToLower(r)
	}
	marked := make([]bool, len(runes))
	for word := range strings.FieldsSeq(strings.ToLower(pattern)) {
		best, places := 0, []int(nil)
		for start := range low {
			s, p := fuzzyFrom([]rune(word), runes, low, start)
			if p != nil && (places == nil || s > best) {
				best, places = s, p
			}
		}
		if places == nil {
			return 0, nil, false
		}
		score += best
		for _, i := range places {
			marked[i] = true
		}
	}
	for i, m := range marked {
		if m {
			at = append(at, i)
		}
	}
	return score, at, true
}

// fuzzyFrom matches a word with its first letter at start, each further letter at
// the next place that has it; places is nil where it does not match.
func fuzzyFrom(word, runes, low []rune, start int) (score int, places []int) {
	const together, begins = 8, 6
	if len(word) == 0 || low[start] != word[0] {
		return 0, nil
	}
	i := start
	for n, r := range word {
		from := i
		for i < len(low) && low[i] != r {
			i++
		}
		if i == len(low) {
			return 0, nil
		}
		switch {
		case i == 0 || !unicode.IsLetter(runes[i-1]) && !unicode.IsDigit(runes[i-1]):
			score += begins
		case unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i-1]):
			score += begins
		}
		if n > 0 {
			if i == from {
				score += together
			} else {
				score -= min(i-from, together)
			}
		}
		places = append(places, i)
		i++
	}
	return score - min(start, 5), places // of equals the one that begins earlier
}
