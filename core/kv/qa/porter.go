package qa

import "strings"

// Stem reduces a lower-case English word to its stem by the rules of M. F.
// Porter's paper of 1980, without the changes that later programs made. A word
// with anything but the letters a to z in it, or of more than 64 of them, is
// returned as it is.
func Stem(word string) string {
	if len(word) > longestWord {
		return word
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return word
		}
	}
	w := plural(word)
	w = past(w)
	if stem, ok := strings.CutSuffix(w, "y"); ok && hasVowel(stem) {
		w = stem + "i"
	}
	w = longest(w, doubled, func(stem string) bool { return measureOf(stem) > 0 })
	w = longest(w, endings, func(stem string) bool { return measureOf(stem) > 0 })
	w = residue(w)
	return final(w)
}

// longestWord is more letters than an English word has; reading y costs time in
// the square of the length.
const longestWord = 64

// rewrite turns one ending into another.
type rewrite struct{ from, to string }

// Step 2, where the stem's measure is above 0.
var doubled = []rewrite{
	{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"}, {"abli", "able"}, {"alli", "al"},
	{"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}, {"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}, {"alism", "al"},
	{"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"},
}

// Step 3, where the stem's measure is above 0.
var endings = []rewrite{
	{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""},
}

// Step 4, where the stem's measure is above 1.
var residues = []rewrite{
	{"al", ""}, {"ance", ""}, {"ence", ""}, {"er", ""}, {"ic", ""}, {"able", ""}, {"ible", ""}, {"ant", ""}, {"ement", ""}, {"ment", ""},
	{"ent", ""}, {"ion", ""}, {"ou", ""}, {"ism", ""}, {"ate", ""}, {"iti", ""}, {"ous", ""}, {"ive", ""}, {"ize", ""},
}

// plural is step 1a.
func plural(w string) string {
	switch {
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "ies"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "ss"):
		return w
	}
	return strings.TrimSuffix(w, "s")
}

// past is step 1b.
func past(w string) string {
	if stem, ok := strings.CutSuffix(w, "eed"); ok {
		if measureOf(stem) > 0 {
			return stem + "ee"
		}
		return w
	}
	stem, ok := strings.CutSuffix(w, "ed")
	if !ok {
		stem, ok = strings.CutSuffix(w, "ing")
	}
	if !ok || !hasVowel(stem) {
		return w
	}
	switch n := len(stem); {
	case strings.HasSuffix(stem, "at"), strings.HasSuffix(stem, "bl"), strings.HasSuffix(stem, "iz"):
		return stem + "e"
	case doubleConsonant(stem) && !strings.ContainsRune("lsz", rune(stem[n-1])):
		return stem[:n-1]
	case measureOf(stem) == 1 && consonantVowelConsonant(stem):
		return stem + "e"
	}
	return stem
}

// residue is step 4.
func residue(w string) string {
	return longest(w, residues, func(stem string) bool {
		if w[len(stem):] == "ion" && !strings.HasSuffix(stem, "s") && !strings.HasSuffix(stem, "t") {
			return false
		}
		return measureOf(stem) > 1
	})
}

// final is step 5.
func final(w string) string {
	if stem, ok := strings.CutSuffix(w, "e"); ok {
		if m := measureOf(stem); m > 1 || (m == 1 && !consonantVowelConsonant(stem)) {
			w = stem
		}
	}
	if strings.HasSuffix(w, "ll") && measureOf(w) > 1 {
		w = w[:len(w)-1]
	}
	return w
}

// longest applies the rule with the longest matching ending; where its stem is
// refused no other is tried.
func longest(w string, rules []rewrite, accept func(stem string) bool) string {
	var best rewrite
	for _, r := range rules {
		if len(r.from) > len(best.from) && strings.HasSuffix(w, r.from) {
			best = r
		}
	}
	if best.from == "" {
		return w
	}
	stem := strings.TrimSuffix(w, best.from)
	if !accept(stem) {
		return w
	}
	return stem + best.to
}

// consonant reports whether the letter at i is one; y is after a vowel and at
// the beginning.
func consonant(w string, i int) bool {
	switch w[i] {
	case 'a', 'e', 'i', 'o', 'u':
		return false
	case 'y':
		return i == 0 || !consonant(w, i-1)
	}
	return true
}

func hasVowel(w string) bool {
	for i := range len(w) {
		if !consonant(w, i) {
			return true
		}
	}
	return false
}

// measureOf is m of the form [C](VC)^m[V]: how often a vowel is followed by a
// consonant.
func measureOf(w string) int {
	m := 0
	for i := 1; i < len(w); i++ {
		if consonant(w, i) && !consonant(w, i-1) {
			m++
		}
	}
	return m
}

func doubleConsonant(w string) bool {
	n := len(w)
	return n > 1 && w[n-1] == w[n-2] && consonant(w, n-1)
}

// consonantVowelConsonant is the condition *o: the last letter no w, x or y.
func consonantVowelConsonant(w string) bool {
	n := len(w)
	return n > 2 && consonant(w, n-3) && !consonant(w, n-2) && consonant(w, n-1) && !strings.ContainsRune("wxy", rune(w[n-1]))
}
