package linear

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"assay/core/query"
)

// Words returns the command that does an action: its ID as words, or the plain
// word where the line mode has one for it. It is never empty for an ID that is not.
func Words(id string) string {
	switch id {
	case "app.help":
		return "help"
	case "app.detach":
		return "quit"
	case "app.back":
		return "back"
	}
	return strings.Join(strings.FieldsFunc(id, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }), " ")
}

// split takes a line apart at blanks; quotes, single or double, hold words together.
func split(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune
	inside := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inside = r, true
		case unicode.IsSpace(r):
			if inside {
				out = append(out, word.String())
				word.Reset()
				inside = false
			}
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote " + string(quote) + " is not closed")
	}
	if inside {
		out = append(out, word.String())
	}
	return out, nil
}

// match finds the longest known command that words begin with and returns what
// follows it. Where there is none, near is the closest known.
func match(words, known []string) (name string, rest []string, near string) {
	for n := len(words); n > 0; n-- {
		if name = strings.Join(words[:n], " "); slices.Contains(known, name) {
			return name, words[n:], ""
		}
	}
	// A command is meant with as many words as it has, and what follows are its
	// arguments: they stay as they are while the beginnings are compared.
	meant := map[string]string{}
	var lines []string
	for n := 1; n <= len(words); n++ {
		var same []string
		for _, k := range known {
			if strings.Count(k, " ") == n-1 {
				same = append(same, k)
			}
		}
		if len(same) == 0 {
			continue
		}
		k := query.Nearest(strings.Join(words[:n], " "), same)
		line := strings.Join(append([]string{k}, words[n:]...), " ")
		meant[line] = k
		lines = append(lines, line)
	}
	return "", nil, meant[query.Nearest(strings.Join(words, " "), lines)]
}

// pairs reads key=value words; keys may be written with - or _.
func pairs(words []string) (map[string]string, error) {
	out := map[string]string{}
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		key = strings.ReplaceAll(strings.TrimLeft(key, "-"), "-", "_")
		if !ok || key == "" {
			return nil, errors.New(w + " is no parameter: expected key=value, such as seed=7")
		}
		out[key] = value
	}
	return out, nil
}
