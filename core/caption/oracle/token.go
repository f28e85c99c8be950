package oracle

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxCaption is how many bytes of a caption are read; what follows is left out.
// No caption of one sentence comes near it, and a broken captioner must not
// make judging slow.
const MaxCaption = 2000

// token is a word, a number or a punctuation mark. text is lower case and in
// normal form C; start and end are byte offsets into the caption.
type token struct {
	text       string
	start, end int
	punct      bool
}

// tokenize splits a caption. Hyphens part words, and a possessive 's is a token
// of its own. Bytes that are not UTF-8 and control characters part words too.
func tokenize(text string) []token {
	if len(text) > MaxCaption {
		text = text[:MaxCaption]
	}
	var out []token
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case letter(r):
			start := i
			for i < len(text) {
				if r, n = utf8.DecodeRuneInString(text[i:]); !letter(r) && !unicode.Is(unicode.Mn, r) {
					break
				}
				i += n
			}
			out = append(out, token{text: norm.NFC.String(strings.ToLower(text[start:i])), start: start, end: i})
		case (r == '\'' || r == '’') && len(out) > 0 && out[len(out)-1].end == i && possessive(text[i+n:]):
			out = append(out, token{text: "'s", start: i, end: i + n + 1})
			i += n + 1
		case unicode.IsPunct(r) && r != '-' && r != '\'' && r != '’' && r != '"':
			out = append(out, token{text: string(r), start: i, end: i + n, punct: true})
			i += n
		default:
			i += n
		}
	}
	return out
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// possessive reports whether what follows an apostrophe is a lone s.
func possessive(rest string) bool {
	if rest == "" || rest[0] != 's' && rest[0] != 'S' {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest[1:])
	return rest[1:] == "" || !letter(r)
}

// join writes tokens as a key of the lexicon.
func join(tokens []token) string {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = t.text
	}
	return strings.Join(words, " ")
}
