package oracle

import "strings"

// irregular holds the plurals that no rule makes. The list is closed, like the
// lexicon: generating forms from known words beats analysing unknown ones.
var irregular = map[string]string{
	"person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice", "knife": "knives",
	"goose": "geese", "ox": "oxen", "calf": "calves", "wolf": "wolves", "loaf": "loaves", "leaf": "leaves",
	"tooth": "teeth", "foot": "feet", "sheep": "sheep", "fish": "fish", "aircraft": "aircraft", "deer": "deer",
	"broccoli": "broccoli", "scissors": "scissors", "skis": "skis", "cattle": "cattle", "photo": "photos",
	"kangaroo": "kangaroos", "flamingo": "flamingos", "buffalo": "buffalo", "taxi": "taxis", "luggage": "luggage",
	"piano": "pianos", "bass": "basses", "shrimp": "shrimp", "canoe": "canoes",
}

// Plural returns the plural of a class name or surface: that of its last word.
// "glass of wine" has its head in front.
func Plural(singular string) string {
	head, tail := singular, ""
	if at := strings.Index(singular, " of "); at >= 0 {
		head, tail = singular[:at], singular[at:]
	}
	first, word := "", head
	if at := strings.LastIndexByte(head, ' '); at >= 0 {
		first, word = head[:at+1], head[at+1:]
	}
	return first + pluralWord(word) + tail
}

func pluralWord(w string) string {
	if p, ok := irregular[w]; ok {
		return p
	}
	for _, end := range []string{"man", "woman", "child", "person", "knife", "goose", "calf"} {
		if strings.HasSuffix(w, end) && w != "human" && w != "german" { // policeman, snowman, grandchild
			return strings.TrimSuffix(w, end) + irregular[end]
		}
	}
	vowel := func(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }
	switch n := len(w); {
	case n < 2:
		return w + "s"
	case strings.HasSuffix(w, "s"), strings.HasSuffix(w, "x"), strings.HasSuffix(w, "ch"), strings.HasSuffix(w, "sh"), strings.HasSuffix(w, "z"):
		return w + "es"
	case w[n-1] == 'y' && !vowel(w[n-2]):
		return w[:n-1] + "ies"
	case w == "tomato", w == "potato":
		return w + "es"
	}
	return w + "s"
}
