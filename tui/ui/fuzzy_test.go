package ui_test

import (
	"slices"
	"testing"

	"assay/tui/ui"
)

func TestFuzzyWantsEveryLetterInOrder(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		at            []int
		ok            bool
	}{
		{"", "anything", nil, true},
		{"srt", "sort", []int{0, 2, 3}, true},
		{"SORT", "sort", []int{0, 1, 2, 3}, true},
		{"tros", "sort", nil, false},
		{"co", "cancel the copy", []int{11, 12}, true}, // together at a word, not the first c
		{"copy the", "the copy", []int{0, 1, 2, 4, 5, 6, 7}, true},
		{"copy x", "the copy", nil, false},
		{"ét", "État", []int{0, 1}, true},
		{"  ", "a", nil, true},
		{"a", "", nil, false},
	} {
		_, at, ok := ui.Fuzzy(c.pattern, c.text)
		if ok != c.ok || !slices.Equal(at, c.at) {
			t.Errorf("%q in %q: %v %v, want %v %v", c.pattern, c.text, at, ok, c.at, c.ok)
		}
	}
}

func TestFuzzyPrefersBeginningsOfWords(t *testing.T) {
	for _, c := range []struct{ pattern, better, worse string }{
		{"new", "new run", "renew"},
		{"nr", "new run", "cancel the runner"},
		{"sweep", "kv-sweep-1", "show weep"},
		{"help", "help", "shelf past"},
	} {
		a, _, okA := ui.Fuzzy(c.pattern, c.better)
		b, _, okB := ui.Fuzzy(c.pattern, c.worse)
		if !okA || okB && b >= a {
			t.Errorf("%q: %q has %d, %q has %d", c.pattern, c.better, a, c.worse, b)
		}
	}
}
