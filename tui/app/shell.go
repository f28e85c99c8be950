package app

import (
	"errors"
	"fmt"
	"strings"

	"assay/core/bench"
)

// Command is a command of the command line, for the palette.
type Command struct {
	Path  string // "run ls", without the program
	Short string // what it does, in a few words
}

// verb reports whether a line begins with a command.
func verb(commands []Command, line string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	for _, c := range commands {
		if name, _, _ := strings.Cut(c.Path, " "); name == first {
			return true
		}
	}
	return false
}

// kindLine reads a line such as "kv blend --ratio .3" as a run of that kind and what
// is given for it; ok is false where the line names no kind.
func kindLine(kinds bench.Registry, line string) (k bench.Kind, given map[string]any, ok bool, err error) {
	words, err := shellWords(line)
	if len(words) < 2 {
		return k, nil, false, nil
	}
	if k, findErr := kinds.Find(words[0] + "." + words[1]); findErr == nil {
		if err != nil {
			return k, nil, true, err
		}
		given, err = flags(k.Schema, words[2:])
		return k, given, true, err
	}
	return k, nil, false, nil
}

// flags reads words as flags of a schema.
func flags(schema bench.Schema, words []string) (map[string]any, error) {
	given := map[string]any{}
	for i := 0; i < len(words); i++ {
		name, value, has := strings.Cut(words[i], "=")
		name, dashed := strings.CutPrefix(name, "--")
		p, known := schema.Find(name)
		switch {
		case !dashed:
			return nil, fmt.Errorf("%q is no flag: expected --name value", words[i])
		case !known:
			return nil, fmt.Errorf("no flag --%s for this kind of run", name)
		case has:
		case p.Type == bench.Bool:
			value = "true"
		case i+1 == len(words):
			return nil, fmt.Errorf("--%s: expected %s", name, p.Expect())
		default:
			i++
			value = words[i]
		}
		given[p.Key()] = value
	}
	_, err := schema.Complete(given)
	return given, err
}

// shellWords splits a line as a shell does: at blanks, but not inside of quotes or
// behind a backslash. Words up to an open quote are returned with the error.
func shellWords(line string) ([]string, error) {
	var out []string
	var b strings.Builder
	var quote rune
	escaped, begun := false, false
	for _, r := range line {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0:
			if r == quote {
				quote = 0
				continue
			}
			b.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			if begun {
				out = append(out, b.String())
				b.Reset()
				begun = false
			}
		default:
			b.WriteRune(r)
			begun = true
		}
	}
	if begun {
		out = append(out, b.String())
	}
	if quote != 0 || escaped {
		return out, errors.New("the line ends inside of a quote")
	}
	return out, nil
}
