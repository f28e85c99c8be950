package query

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Holds reports whether all terms hold for a row; atom decides about one part.
func (q Query) Holds(atom func(Atom) (bool, error)) (bool, error) {
	for _, t := range q {
		some := false
		for _, a := range t.Any {
			ok, err := atom(a)
			if err != nil {
				return false, err
			}
			some = some || ok
		}
		if some == t.Not {
			return false, nil
		}
	}
	return true, nil
}

// Test returns what an atom asks of a text, made once for many texts: words and their
// letters anywhere in it, values equal to it in any case, an expression, or numbers
// below or above a bound; a text that is no number is neither. The error is that of an
// expression that cannot be read, or of a bound that is no number.
func (a Atom) Test() (func(text string) bool, error) {
	switch a.Op {
	case Match:
		re, err := regexp.Compile(a.Values[0])
		if err != nil {
			return nil, err
		}
		return re.MatchString, nil
	case Less, AtMost, More, AtLeast:
		bound, err := strconv.ParseFloat(a.Values[0], 64)
		if err != nil {
			return nil, err
		}
		return func(text string) bool {
			v, err := strconv.ParseFloat(text, 64)
			return err == nil && a.Op.compare(v, bound)
		}, nil
	}
	same := strings.EqualFold
	switch a.Op {
	case Word:
		same = contains
	case Fuzzy:
		same = InOrder
	}
	return func(text string) bool {
		for _, v := range a.Values {
			if same(text, v) {
				return true
			}
		}
		return false
	}, nil
}

func (o Op) compare(v, bound float64) bool {
	switch o {
	case Less:
		return v < bound
	case AtMost:
		return v <= bound
	case More:
		return v > bound
	}
	return v >= bound
}

// contains looks for a word: in any case, unless it has a capital letter.
func contains(text, word string) bool {
	if strings.ContainsFunc(word, unicode.IsUpper) {
		return strings.Contains(text, word)
	}
	return strings.Contains(strings.ToLower(text), word)
}

// InOrder reports whether the letters of a word stand in a text in their order, in any
// case.
func InOrder(text, word string) bool {
	text = strings.ToLower(text)
	for _, r := range strings.ToLower(word) {
		i := strings.IndexRune(text, r)
		if i < 0 {
			return false
		}
		text = text[i+len(string(r)):]
	}
	return true
}
