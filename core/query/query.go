package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Op says how an atom compares its key with its values.
type Op string

// The operators. Word and Fuzzy have no key.
const (
	Word    Op = ""
	Fuzzy   Op = "~" // the letters of a word in their order, others between them
	Is      Op = ":"
	Match   Op = ":/" // a regular expression, the one value
	Less    Op = "<"
	AtMost  Op = "<="
	More    Op = ">"
	AtLeast Op = ">="
)

// Query is a list of terms that must all hold. The empty query holds always.
type Query []Term

// Term holds where one of its atoms does, or where none does if Not is set.
type Term struct {
	Not  bool
	Any  []Atom
	Text string // as it was written
}

// Atom is a word, or a key with one or more values.
type Atom struct {
	Key    string
	Op     Op
	Values []string // the word itself for Word and Fuzzy; more than one for Is only
}

// Error says where a filter cannot be read. Pos counts bytes from 0.
type Error struct {
	Pos  int
	Text string
}

// Error returns the text with the column, which counts from 1.
func (e *Error) Error() string { return fmt.Sprintf("filter, column %d: %s", e.Pos+1, e.Text) }

// Parse reads a filter. The error is an *Error.
func Parse(text string) (Query, error) {
	var q Query
	p := parser{text: text}
	for {
		p.blanks()
		if p.pos == len(p.text) {
			return q, nil
		}
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		q = append(q, t)
	}
}

type parser struct {
	text string
	pos  int
}

func (p *parser) blanks() {
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		p.pos += n
	}
}

func (p *parser) term() (Term, error) {
	start := p.pos
	var t Term
	if c := p.text[p.pos]; c == '-' || c == '!' {
		t.Not = true
		p.pos++
	}
	for {
		a, err := p.atom()
		if err != nil {
			return Term{}, err
		}
		t.Any = append(t.Any, a)
		if p.pos == len(p.text) || p.text[p.pos] != '|' {
			t.Text = p.text[start:p.pos]
			return t, nil
		}
		p.pos++
	}
}

func (p *parser) atom() (Atom, error) {
	start := p.pos
	if p.text[p.pos:] != "" && p.text[p.pos] == '~' {
		p.pos++
		word, _, err := p.piece(`|`)
		if err == nil && word == "" {
			err = &Error{Pos: p.pos, Text: "expected a word after ~"}
		}
		return Atom{Op: Fuzzy, Values: []string{word}}, err
	}
	first, quoted, err := p.piece(`:<>|`)
	if err != nil {
		return Atom{}, err
	}
	op := p.operator()
	if op == Word {
		if first == "" {
			return Atom{}, &Error{Pos: start, Text: "expected a word"}
		}
		return Atom{Values: []string{first}}, nil
	}
	if first == "" || quoted {
		return Atom{}, &Error{Pos: start, Text: fmt.Sprintf("expected a key before %q", op)}
	}
	if re, ok := p.slashed(); ok && op == Is {
		return Atom{Key: first, Op: Match, Values: []string{re}}, nil
	}
	a := Atom{Key: first, Op: op}
	stop := `|`
	if op == Is {
		stop = `,|`
	}
	for {
		at := p.pos
		v, quoted, err := p.piece(stop)
		if err != nil {
			return Atom{}, err
		}
		if v == "" && !quoted {
			return Atom{}, &Error{Pos: at, Text: fmt.Sprintf("expected a value after %s%s", first, op)}
		}
		a.Values = append(a.Values, v)
		if op != Is || p.pos == len(p.text) || p.text[p.pos] != ',' {
			return a, nil
		}
		p.pos++
	}
}

// slashed reads /re/ where the second slash ends the atom; a path does not. A slash in
// it is written \/, and it may hold blanks.
func (p *parser) slashed() (re string, ok bool) {
	rest := p.text[p.pos:]
	if len(rest) < 3 || rest[0] != '/' {
		return "", false
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '/':
			if end := i + 1; i == 1 || end < len(rest) && rest[end] != '|' && !unicode.IsSpace(rune(rest[end])) {
				return "", false
			}
			p.pos += i + 1
			return strings.ReplaceAll(rest[1:i], `\/`, "/"), true
		}
	}
	return "", false
}

func (p *parser) operator() Op {
	for _, op := range []Op{AtLeast, AtMost, Is, More, Less} {
		if strings.HasPrefix(p.text[p.pos:], string(op)) {
			p.pos += len(op)
			return op
		}
	}
	return Word
}

// piece reads up to a blank or one of the bytes of stop; quoted parts are taken
// as they are. It reports whether any part was quoted.
func (p *parser) piece(stop string) (string, bool, error) {
	var b strings.Builder
	quoted := false
	for p.pos < len(p.text) {
		if p.text[p.pos] == '"' {
			open := p.pos
			end := strings.IndexByte(p.text[open+1:], '"')
			if end < 0 {
				return "", false, &Error{Pos: open, Text: "the quote is not closed"}
			}
			b.WriteString(p.text[open+1 : open+1+end])
			p.pos = open + end + 2
			quoted = true
			continue
		}
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if unicode.IsSpace(r) || strings.ContainsRune(stop, r) {
			break
		}
		b.WriteString(p.text[p.pos : p.pos+n])
		p.pos += n
	}
	return b.String(), quoted, nil
}
