package oracle

import (
	"maps"
	"slices"
	"strings"

	"assay/core/caption"
)

// wordList is the oracle of the released script: literal class words, one token
// each. In the 80-class script names of two words are written with a space but
// compared with single tokens, and scissors and skis are listed without their s:
// such objects are never found. That defect is kept; it is what ref means.
type wordList struct {
	singular map[string]string // word -> class
	plural   map[string]string
	classes  map[string]bool
}

func newWordList(classes []string) *wordList {
	w := &wordList{singular: map[string]string{}, plural: map[string]string{}, classes: map[string]bool{}}
	full := len(classes) > 60
	for _, c := range classes {
		w.classes[c] = true
		if strings.Contains(c, " ") {
			continue
		}
		one, many := c, Plural(c)
		switch {
		case full && (c == "scissors" || c == "skis"):
			one = strings.TrimSuffix(c, "s")
		case c == "broccoli":
			many = "broccolis"
		}
		w.singular[one], w.plural[many] = c, c
		if full && one != c {
			w.plural[many] = one // a class of its own: never the object's
			w.singular[one] = one
		}
	}
	return w
}

// named maps the classes of a caption to whether they are singular (NN).
func (w *wordList) named(text string) map[string]bool {
	tokens := tokenize(text)
	out := map[string]bool{}
	for i, t := range tokens {
		if t.punct || t.text == "orange" && content(tokens, i+1) || t.text == "remote" && i+1 < len(tokens) && strings.HasPrefix(tokens[i+1].text, "control") {
			continue
		}
		if class, ok := w.singular[t.text]; ok {
			single := true
			switch t.text {
			case "scissors":
				single = false
			case "sheep":
				single = i > 0 && (tokens[i-1].text == "a" || tokens[i-1].text == "an" || tokens[i-1].text == "one")
			}
			_, before := out[class]
			out[class] = single && !before
		} else if class, ok := w.plural[t.text]; ok {
			out[class] = false
		}
	}
	return out
}

// insertion reports what the released script reports: MR1 over class sets, then
// MR2 over singular and plural.
func (w *wordList) insertion(object, before, after string) (out []caption.Violation) {
	a, b := w.named(before), w.named(after)
	if _, ok := b[object]; !ok {
		out = append(out, caption.Violation{Kind: caption.Missing, Class: object})
	}
	for _, class := range sorted(a) {
		if _, ok := b[class]; !ok && class != object {
			out = append(out, caption.Violation{Kind: caption.Lost, Class: class})
		}
	}
	for _, class := range sorted(b) {
		if _, ok := a[class]; !ok && class != object {
			out = append(out, caption.Violation{Kind: caption.Extra, Class: class})
		}
	}
	if len(out) > 0 {
		return out // MR2 is checked only where MR1 holds
	}
	for _, class := range sorted(b) {
		was, there := a[class]
		now := b[class]
		bad := there && was != now
		if class == object {
			bad = there == now // one more makes many; the first one is one
		}
		if bad {
			out = append(out, caption.Violation{Kind: caption.Count, Class: class})
		}
	}
	return out
}

// removal reports what ROME's relations report, without WordNet.
func (w *wordList) removal(object, before, after string) (out []caption.Violation) {
	a, b := w.named(before), w.named(after)
	for _, class := range sorted(b) {
		if _, ok := a[class]; !ok {
			out = append(out, caption.Violation{Kind: caption.Extra, Class: class})
		}
	}
	for _, class := range sorted(a) {
		if _, ok := b[class]; !ok && class != object {
			out = append(out, caption.Violation{Kind: caption.Lost, Class: class})
		}
	}
	if single, ok := a[object]; ok && single {
		if _, still := b[object]; still {
			out = append(out, caption.Violation{Kind: caption.Stays, Class: object})
		}
	}
	return out
}

func sorted(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
