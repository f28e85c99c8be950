package app

import (
	"fmt"
	"strings"

	"assay/core/bench"
	"assay/core/config"
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

// unalias puts the line of an alias in place of its name at the beginning of a line,
// unless that is the name alone, which stands in the list by itself.
func unalias(aliases []config.Alias, line string) string {
	name, rest, more := strings.Cut(line, " ")
	for _, a := range aliases {
		if more && a.Name == name {
			return a.Line + " " + strings.TrimSpace(rest)
		}
	}
	return line
}

// kindLine reads a line such as "kv blend --ratio .3" as a run of that kind and what
// is given for it; ok is false where the line names no kind.
func kindLine(kinds bench.Registry, line string) (k bench.Kind, given map[string]any, ok bool, err error) {
	words, err := config.Words(line)
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
