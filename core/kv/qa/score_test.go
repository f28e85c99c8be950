package qa_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"assay/core/kv/qa"
)

// letters encodes a text as its characters.
func letters(text string) []int32 { return []int32(text) }

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestParseCutsAndReduces(t *testing.T) {
	for _, c := range []struct{ text, whole, beginning string }{
		{"\n\nOslo\nand more", "Oslo", "Oslo"},
		{"Yes, it is", "Yes", "Yes"},
		{"no.", "No", "No"},
		{"NO", "No", "NO"},
		{"Norway", "Norway", "No"},
		{"Yesterday", "Yesterday", "Yes"},
		{"It is no", "It is no", "It is no"},
		{"  no", "No", "No"},
		{"", "", ""},
		{" ", " ", " "},
	} {
		if got := qa.Parse(c.text, qa.WholeWord); got != c.whole {
			t.Errorf("%q by whole words: %q, want %q", c.text, got, c.whole)
		}
		if got := qa.Parse(c.text, qa.Beginning); got != c.beginning {
			t.Errorf("%q by its beginning: %q, want %q", c.text, got, c.beginning)
		}
	}
}

func TestNormalizeDropsCasePunctuationAndArticles(t *testing.T) {
	for in, want := range map[string]string{
		"The  Quick, brown-fox!": "quick brownfox", "An a THE": "", "theatre of a": "theatre of", "Zoë's": "zoës", "": "",
	} {
		if got := qa.Normalize(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestF1ComparesMultisets(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		expected     []string
		ids, words   float64
	}{
		// Ids are characters, the space between words one of them.
		{"equal", "Oslo", []string{"the Oslo."}, 1, 1},
		{"nothing common", "bcd", []string{"xyz"}, 0, 0},
		{"one word of two", "red fox", []string{"red"}, 2 * 3.0 / (7 + 3), 2 * 1.0 / (2 + 1)},
		{"repeats count as often as they occur", "ee", []string{"e"}, 2 * 1.0 / (2 + 1), 0},
		{"the best of several", "fox", []string{"cat", "a fox", "box"}, 1, 1},
		{"both empty", "the", []string{"..."}, 1, 1},
		{"answer empty", "", []string{"Oslo"}, 0, 0},
		{"expected empty", "Oslo", []string{""}, 0, 0},
		{"nothing expected", "Oslo", nil, 0, 0},
		{"yes and a reason", "Yes, because", []string{"yes"}, 1, 1},
		{"after the newline", "Oslo\nBergen", []string{"Oslo"}, 1, 1},
	} {
		if got := qa.F1(c.answer, c.expected, qa.WholeWord, letters); !near(got, c.ids) {
			t.Errorf("%s: F1 over ids %v, want %v", c.name, got, c.ids)
		}
		if got := qa.WordF1(c.answer, c.expected, qa.WholeWord); !near(got, c.words) {
			t.Errorf("%s: F1 over words %v, want %v", c.name, got, c.words)
		}
	}
	if got := qa.WordF1("Norway", []string{"Norway"}, qa.Beginning); got != 0 {
		t.Errorf("the prototype takes Norway for No: F1 %v, want 0", got)
	}
}

func TestRougeLIsTheLongestCommonSubsequence(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		expected     []string
		want         float64
	}{
		{"equal but for case and marks", "Police killed the gunman.", []string{"police KILLED the gunman"}, 1},
		// Lin's example: police ... the gunman is 3 of 4 and 4 words, the gunman police 2 of 4 and 4.
		{"in order", "police kill the gunman", []string{"police ended the gunman"}, 3.0 / 4},
		{"out of order", "the gunman kill police", []string{"police ended the gunman"}, 2.0 / 4},
		{"stemmed", "connections were hopeful", []string{"connected were hoping"}, 1},
		{"short words are not stemmed", "his", []string{"hi"}, 0},
		{"lengths differ", "one two three", []string{"two"}, 2 * 1.0 / (3 + 1)},
		{"the best of several", "red fox", []string{"blue", "fox red", "red fox"}, 1},
		{"both empty", "", []string{"?"}, 1},
		{"one empty", "fox", []string{""}, 0},
	} {
		if got := qa.RougeL(c.answer, c.expected); !near(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzScoresStayInRange(f *testing.F) {
	f.Add("Yes", "no\nmaybe")
	f.Add("", "the the the")
	f.Add("\xff\xfe a", "Ünï cödé")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 2000 {
			t.Skip()
		}
		for _, rule := range []qa.Rule{qa.WholeWord, qa.Beginning} {
			for name, x := range map[string]float64{
				"F1": qa.F1(a, []string{b}, rule, letters), "words": qa.WordF1(a, []string{b}, rule), "Rouge-L": qa.RougeL(a, []string{b}),
			} {
				if !(x >= 0 && x <= 1) {
					t.Errorf("%s of %q and %q is %v", name, a, b, x)
				}
			}
		}
		if x := qa.RougeL(a, []string{a}); x != 1 {
			t.Errorf("Rouge-L of %q and itself is %v", a, x)
		}
	})
}

func ExampleF1() {
	words := func(text string) (ids []int32) {
		for w := range strings.FieldsSeq(text) {
			ids = append(ids, int32(len(w)))
		}
		return ids
	}
	fmt.Println(qa.F1("The red fox\nQuestion:", []string{"red fox"}, qa.WholeWord, words))
	// Output: 1
}
