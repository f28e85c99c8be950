package tokenizer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in the text before anything else happens to it.
type addedToken struct {
	ID         int64  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// matcher finds added tokens: leftmost first, and of those the longest.
type matcher struct {
	byFirst [256][]addedToken // by first byte, longest first
	any     bool
}

func newMatcher(tokens []addedToken) *matcher {
	m := &matcher{any: len(tokens) > 0}
	for _, t := range tokens {
		b := t.Content[0]
		m.byFirst[b] = append(m.byFirst[b], t)
	}
	for _, list := range m.byFirst {
		slices.SortFunc(list, func(a, b addedToken) int { return cmp.Compare(len(b.Content), len(a.Content)) })
	}
	return m
}

// split calls plain for the text between added tokens and found for each of them, in order. Empty texts are left out.
// White space that a token strips belongs to the token and disappears.
func (m *matcher) split(text string, plain func(string), found func(addedToken)) {
	start := 0
	if m.any {
		for i := 0; i < len(text); {
			t, ok := m.longest(text, i)
			if !ok {
				i++
				continue
			}
			lo, hi := i, i+len(t.Content)
			i = hi
			if t.SingleWord && (wordBefore(text[:lo]) || wordAfter(text[hi:])) {
				continue
			}
			if t.LStrip {
				lo = max(start, len(strings.TrimRightFunc(text[:lo], unicode.IsSpace)))
			}
			if t.RStrip {
				hi = len(text) - len(strings.TrimLeftFunc(text[hi:], unicode.IsSpace))
				i = hi
			}
			if lo > start {
				plain(text[start:lo])
			}
			found(t)
			start = hi
		}
	}
	if start < len(text) {
		plain(text[start:])
	}
}

func (m *matcher) longest(text string, i int) (addedToken, bool) {
	for _, t := range m.byFirst[text[i]] {
		if strings.HasPrefix(text[i:], t.Content) {
			return t, true
		}
	}
	return addedToken{}, false
}

func wordBefore(text string) bool {
	r, n := utf8.DecodeLastRuneInString(text)
	return n > 0 && isWord(r)
}

func wordAfter(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	return n > 0 && isWord(r)
}

// isWord is \w with Unicode classes.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}
