package oracle

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/core/run"
)

//go:embed lexicon.txt
var lexiconText string

//go:embed compounds.txt
var compoundText string

// form says what number a surface can have.
type form byte

const (
	singular form = 'S'
	plural   form = 'P'
	either   form = 'E'
)

// entry is what a surface means. Weak surfaces may stand for several classes.
type entry struct {
	classes  []string
	form     form
	weak     bool
	modifier bool // a compound that swallows its class word
	hypernym bool
}

// Synonym is a surface that a person adds to the lexicon.
type Synonym struct {
	Surface string
	Class   string
	Weak    bool
}

// ParseSynonym reads "pup=dog", or "pup=dog?" for a weak one.
func ParseSynonym(text string) (Synonym, error) {
	surface, class, ok := strings.Cut(text, "=")
	class, weak := strings.CutSuffix(strings.TrimSpace(class), "?")
	s := Synonym{Surface: join(tokenize(surface)), Class: strings.ToLower(strings.Join(strings.Fields(class), " ")), Weak: weak}
	if !ok || s.Surface == "" || s.Class == "" {
		return s, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("synonym %q: expected SURFACE=CLASS, for example pup=dog, or pup=dog? for a loose one", text)}
	}
	if n := strings.Count(s.Surface, " ") + 1; n > maxWords {
		return s, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("synonym %q has %d words; expected at most %d", s.Surface, n, maxWords)}
	}
	return s, nil
}

// maxWords is the length of the longest surface.
const maxWords = 4

// hypernyms are general words and the classes that they cover; "" covers all.
var hypernyms = map[string]string{
	"animal": "animal", "creature": "animal", "pet": "animal", "wildlife": "animal",
	"vehicle": "vehicle", "food": "food", "meal": "food", "dessert": "food", "pastry": "food",
	"fruit": "food", "vegetable": "food", "furniture": "furniture", "utensil": "kitchen", "silverware": "kitchen",
	"appliance": "appliance", "electronics": "electronic", "toy": "indoor", "object": "", "thing": "", "item": "", "sign": "outdoor",
}

// lexicon is what an Oracle reads captions with: immutable once built.
type lexicon struct {
	active  map[string]bool
	entries map[string]entry
}

// newLexicon builds the lexicon for a list of classes. What a class is called in
// the list wins over a synonym of another one, and classes of the list win over
// others: a duck is a bird only where no class is called duck.
func newLexicon(classes []string, added []Synonym) (*lexicon, error) {
	l := &lexicon{active: map[string]bool{}, entries: map[string]entry{}}
	for _, c := range classes {
		l.active[c] = true
	}
	for _, s := range added {
		if !l.active[s.Class] {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("synonym %s=%s: there is no class %q in this list of classes", s.Surface, s.Class, s.Class), Hint: nearest(s.Class, classes)}
		}
		l.add(s.Surface, s.Class, s.Weak)
	}
	for _, c := range classes {
		l.add(c, c, false)
	}
	table := lines(lexiconText, ":")
	own := func(weak bool) {
		for _, row := range table {
			if l.active[row[0]] {
				l.synonyms(row[0], row[1], weak)
			}
		}
	}
	own(false)
	for _, row := range lines(compoundText, "=") {
		l.compound(row[0], row[1])
	}
	for _, row := range table { // foreign classes, so that a hot dog is no dog
		if !l.active[row[0]] {
			l.add(row[0], row[0], false)
			l.synonyms(row[0], row[1], false)
		}
	}
	own(true)
	for _, word := range slices.Sorted(maps.Keys(hypernyms)) {
		for key, f := range map[string]form{word: singular, Plural(word): plural} {
			if _, taken := l.entries[key]; !taken {
				l.entries[key] = entry{classes: []string{word}, form: f, hypernym: true}
			}
		}
	}
	return l, nil
}

// lines reads a table of the form "KEY SEP VALUE".
func lines(text, sep string) [][2]string {
	var out [][2]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if key, value, ok := strings.Cut(line, sep); ok && line[0] != '#' {
			key, _, _ = strings.Cut(strings.TrimSpace(key), "/")
			out = append(out, [2]string{key, strings.TrimSpace(value)})
		}
	}
	return out
}

func (l *lexicon) synonyms(class, list string, weak bool) {
	strong, loose, _ := strings.Cut(list, "|")
	if weak {
		strong = loose
	}
	for s := range strings.SplitSeq(strong, ",") {
		if s = strings.TrimSpace(s); s != "" {
			l.add(s, class, weak)
		}
	}
}

// invariant are class names whose plural is the same word.
var invariant = []string{"sheep", "fish", "scissors", "skis", "broccoli"}

// add puts a surface and its plural in, unless something else is called so.
// Weak surfaces of several classes stand for all of them.
func (l *lexicon) add(surface, class string, weak bool) {
	one, many, given := strings.Cut(surface, "/")
	one = join(tokenize(one))
	switch {
	case many == "=" || !given && slices.Contains(invariant, one):
		l.put(one, class, either, weak)
		return
	case many == "-":
	case given:
		l.put(join(tokenize(many)), class, plural, weak)
	default:
		p := join(tokenize(Plural(one)))
		if p == one {
			l.put(one, class, either, weak)
			return
		}
		l.put(p, class, plural, weak)
	}
	l.put(one, class, singular, weak)
}

func (l *lexicon) put(key, class string, f form, weak bool) {
	e, taken := l.entries[key]
	switch {
	case !taken:
		l.entries[key] = entry{classes: []string{class}, form: f, weak: weak}
	case weak && e.weak && !e.modifier && !slices.Contains(e.classes, class):
		e.classes = append(slices.Clone(e.classes), class)
		l.entries[key] = e
	}
}

func (l *lexicon) compound(surface, class string) {
	for key, f := range map[string]form{surface: singular, Plural(surface): plural} {
		if _, taken := l.entries[key]; !taken {
			l.entries[key] = entry{classes: []string{class}, form: f, modifier: true}
		}
	}
}

// match finds the longest surface that starts at token i.
func (l *lexicon) match(tokens []token, i int) (entry, int, bool) {
	for n := min(maxWords, len(tokens)-i); n > 0; n-- {
		if e, ok := l.entries[join(tokens[i:i+n])]; ok {
			return e, n, true
		}
	}
	return entry{}, 0, false
}
