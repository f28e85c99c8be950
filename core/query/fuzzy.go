package query

import "strings"

// ToggleFuzzy makes the plain words of a filter fuzzy (~word), or plain where all of
// them are fuzzy already. Keys, quotes and alternatives stay as they are, and so does
// a filter that cannot be read.
func ToggleFuzzy(text string) string {
	q, err := Parse(text)
	if err != nil {
		return text
	}
	words, fuzzy := 0, 0
	for _, t := range q {
		if t.bare() {
			words++
			if t.Any[0].Op == Fuzzy {
				fuzzy++
			}
		}
	}
	if words == 0 {
		return text
	}
	parts := make([]string, len(q))
	for i, t := range q {
		parts[i] = t.Text
		if !t.bare() {
			continue
		}
		sign := ""
		if t.Not {
			sign = t.Text[:1]
		}
		if fuzzy < words {
			sign += "~"
		}
		parts[i] = sign + t.Any[0].Values[0]
	}
	return strings.Join(parts, " ")
}

// bare reports whether a term is one word without quotes.
func (t Term) bare() bool {
	return len(t.Any) == 1 && (t.Any[0].Op == Word || t.Any[0].Op == Fuzzy) && !strings.Contains(t.Text, `"`)
}
