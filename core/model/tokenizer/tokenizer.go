package tokenizer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Tokenizer is a parsed tokenizer.json. The zero value is not usable; see Parse.
type Tokenizer struct {
	pattern      string // short name of the pre-tokeniser
	nfc          bool
	ignoreMerges bool
	unk          int32 // -1: none

	scans  []scanner
	merges map[pair]merge
	byteID [256]int32 // token of each byte, -1 when the vocabulary lacks it
	byRaw  map[string]int32

	raw   []string // the bytes of each id
	known []bool   // whether an id is in use

	added, addedNormalized *matcher
}

// Encode turns text into token ids. It adds no BOS and no EOS; the text of an added token, "<|end|>" for example, becomes
// that token. Any string is accepted, valid UTF-8 or not. A byte whose symbol the vocabulary lacks becomes the unknown
// token where the file names one and is otherwise left out, as the reference library does.
func (t *Tokenizer) Encode(text string) []int32 {
	var ids []int32
	m := merger{t: t}
	found := func(a addedToken) { ids = append(ids, int32(a.ID)) }
	t.added.split(text, func(part string) {
		t.addedNormalized.split(t.normalize(part), func(part string) {
			split(t.scans, part, func(piece string) { ids = m.piece(ids, piece) })
		}, found)
	}, found)
	return ids
}

func (t *Tokenizer) normalize(text string) string {
	if t.nfc {
		return norm.NFC.String(text)
	}
	return text
}

// Decode joins the bytes of token ids. Added tokens appear as they are written in a text; ids that do not exist are left
// out. The result is what the tokens say, so it may be invalid UTF-8 when they end inside a character.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id >= 0 && int(id) < len(t.raw) {
			b.WriteString(t.raw[id])
		}
	}
	return b.String()
}

// Token is the text of one id in a form that can be shown on a line: control characters and bytes that are no whole
// character are escaped as in Go, spaces stay. An id that does not exist gives "<id 4711>".
func (t *Tokenizer) Token(id int32) string {
	if id < 0 || int(id) >= len(t.raw) || !t.known[id] {
		return fmt.Sprintf("<id %d>", id)
	}
	var b strings.Builder
	text := t.raw[id]
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += n
	}
	return b.String()
}

// Vocab is one more than the largest id in use.
func (t *Tokenizer) Vocab() int { return len(t.raw) }

// Kind describes the tokenizer in a few words: "byte-level BPE (gpt2), 4096 ids". It says how many bytes Encode has to
// leave out, if any.
func (t *Tokenizer) Kind() string {
	lacking := 0
	for _, id := range t.byteID {
		if id < 0 && t.unk < 0 {
			lacking++
		}
	}
	kind := fmt.Sprintf("byte-level BPE (%s), %d ids", t.pattern, t.Vocab())
	if lacking > 0 {
		kind += fmt.Sprintf(", %d bytes without a token", lacking)
	}
	return kind
}
