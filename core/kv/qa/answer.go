package qa

import (
	"strings"
	"unicode"
)

// Rule says when an answer counts as yes or no and nothing more.
type Rule int

// The rules.
const (
	// WholeWord: where its first word is yes or no.
	WholeWord Rule = iota
	// Beginning: where its first word begins with yes or no in the prototype's
	// spellings, so that "Norway" is No. For comparison with its figures alone.
	Beginning
)

// Parse cuts a generated answer at its first newline, after those it begins
// with, and reduces it to "Yes" or "No" where the rule says so.
func Parse(text string, rule Rule) string {
	text, _, _ = strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	words := strings.Fields(text)
	if len(words) == 0 {
		return text
	}
	if rule == Beginning {
		switch {
		case strings.HasPrefix(text, "Yes"), strings.HasPrefix(text, "yes"):
			return "Yes"
		case strings.HasPrefix(words[0], "No"), strings.HasPrefix(words[0], "no"):
			return "No"
		}
		return text
	}
	switch strings.ToLower(strings.TrimFunc(words[0], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })) {
	case "yes":
		return "Yes"
	case "no":
		return "No"
	}
	return text
}

// punctuation is what normalising drops, Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// Normalize writes a text in lower case, without ASCII punctuation and without
// the words a, an and the, its words one space apart.
func Normalize(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && strings.ContainsRune(punctuation, r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	var words []string
	for w := range strings.FieldsSeq(text) {
		if w != "a" && w != "an" && w != "the" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}
