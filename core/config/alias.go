package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// aliasTable holds the names that the person has given to command lines.
const aliasTable = "alias"

// Alias is a name for a command line: [alias] nightly = "fuzz autodiff --budget 2h".
type Alias struct {
	Place
	Name string
	Line string // without the program
}

// Words returns the line taken apart.
func (a Alias) Words() []string {
	words, _ := Words(a.Line) // the file was not read where it cannot be
	return words
}

// Aliases returns the names of the person, in the order of the file.
func (c Current) Aliases() []Alias { return slices.Clone(c.aliases) }

// Expand puts the line of an alias in place of the first word where that is one. Words
// that begin otherwise come back as they are; what an alias begins with is a command.
func (c Current) Expand(words []string) []string {
	if len(words) == 0 {
		return words
	}
	i := slices.IndexFunc(c.aliases, func(a Alias) bool { return a.Name == words[0] })
	if i < 0 {
		return words
	}
	return append(c.aliases[i].Words(), words[1:]...)
}

// alias takes one name in. The program itself, which people paste with the rest, is
// left out.
func (c *Current) alias(e entry) {
	name := strings.Join(e.key[1:], ".")
	line, ok := e.value.(string)
	words, err := Words(line)
	if len(words) > 0 && words[0] == "assay" {
		words, line = words[1:], strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "assay"))
	}
	fault := aliasName(name)
	switch {
	case fault != nil:
	case !ok || len(words) == 0 && err == nil:
		fault = errors.New(`expected a command line, such as "fuzz autodiff --budget 2h"`)
	case err != nil:
		fault = err
	case slices.ContainsFunc(c.aliases, func(a Alias) bool { return a.Name == name }):
		fault = errors.New("is set twice")
	}
	if fault != nil {
		c.faults = append(c.faults, e.fault(false, "%v", fault))
		return
	}
	c.aliases = append(c.aliases, Alias{e.Place, name, line})
}

// aliasName says what is wrong with a name; nil where a shell takes it as one word.
func aliasName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	if name == "" || name[0] == '-' || strings.Trim(name, letters) != "" {
		return fmt.Errorf("expected a name of letters, digits, - and _, not %q", name)
	}
	return nil
}

// Words splits a line as a shell does: at blanks, but not inside of quotes or
// behind a backslash. Words up to an open quote are returned with the error.
func Words(line string) ([]string, error) {
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
