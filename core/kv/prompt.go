package kv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/core/run"
)

// MaxPromptBytes bounds a prompt file: far above any context, far below what
// would trouble the machine.
const MaxPromptBytes = 64 << 20

// Part is a text or a list of token ids, as a prompt file gives it.
type Part struct {
	Text string
	IDs  []int32 // used where HasIDs
	// HasIDs says that the part was given as ids, if only an empty list.
	HasIDs bool
}

// TextPart returns a part of text.
func TextPart(text string) Part { return Part{Text: text} }

// IDPart returns a part of token ids, which it keeps.
func IDPart(ids []int32) Part { return Part{IDs: ids, HasIDs: true} }

// Empty reports whether the part holds nothing.
func (p Part) Empty() bool { return len(p.IDs) == 0 && p.Text == "" }

// MarshalJSON writes the part as prompt files spell it.
func (p Part) MarshalJSON() ([]byte, error) {
	if p.HasIDs {
		if p.IDs == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(p.IDs)
	}
	return json.Marshal(p.Text)
}

// Prompt is a prompt as a file gives it: the parts, not yet tokenised.
type Prompt struct {
	Prefix   Part   `json:"prefix"`
	Chunks   []Part `json:"chunks"`
	Question Part   `json:"question"`
}

// JSON returns the prompt as a file would hold it.
func (p Prompt) JSON() string {
	if p.Chunks == nil {
		p.Chunks = []Part{}
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic("kv: prompt: " + err.Error()) // texts and numbers always marshal
	}
	return string(b)
}

// ParsePrompt reads a prompt file: one JSON object with the keys prefix, chunks
// and question, each a text or a list of token ids (chunks a list of those). A
// missing prefix or chunks means an empty one. The error is an *run.Error of
// code E-INPUT, one line that names the key.
func ParsePrompt(data []byte) (Prompt, error) {
	if len(data) > MaxPromptBytes {
		return Prompt{}, input("prompt: %d bytes, expected at most %d", len(data), MaxPromptBytes)
	}
	if !utf8.Valid(data) {
		return Prompt{}, input("prompt: not JSON: the file is not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	r := promptReader{d}
	p, err := r.prompt()
	if err != nil {
		return Prompt{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Prompt{}, input("prompt: something follows the JSON object at byte %d", d.InputOffset())
	}
	return p, nil
}

// promptReader walks the tokens of the file: encoding/json alone would let
// repeated keys, rounded ids and missing lists through.
type promptReader struct{ d *json.Decoder }

const promptShape = `expected {"prefix": P, "chunks": [P, ...], "question": P} with P a text or a list of token ids`

func (r promptReader) prompt() (Prompt, error) {
	var p Prompt
	t, err := r.next("prompt")
	if err != nil {
		return p, err
	}
	if t != json.Delim('{') {
		return p, input("prompt: got %s, %s", describe(t), promptShape)
	}
	seen := map[string]bool{}
	for r.d.More() {
		t, err := r.next("prompt")
		if err != nil {
			return p, err
		}
		key, _ := t.(string) // the decoder lets nothing else stand here
		if seen[key] {
			return p, input("prompt: the key %s is given twice", quote(key))
		}
		seen[key] = true
		switch key {
		case "prefix":
			p.Prefix, err = r.part(key)
		case "question":
			p.Question, err = r.part(key)
		case "chunks":
			p.Chunks, err = r.chunks()
		default:
			err = input("prompt: unknown key %s, %s", quote(key), promptShape)
		}
		if err != nil {
			return p, err
		}
	}
	_, err = r.next("prompt")
	return p, err
}

func (r promptReader) chunks() ([]Part, error) {
	t, err := r.next("chunks")
	if err != nil {
		return nil, err
	}
	if t != json.Delim('[') {
		return nil, input("prompt: chunks: got %s, expected a list", describe(t))
	}
	var list []Part
	for r.d.More() {
		p, err := r.part(fmt.Sprintf("chunks[%d]", len(list)))
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	_, err = r.next("chunks")
	return list, err
}

func (r promptReader) part(at string) (Part, error) {
	t, err := r.next(at)
	if err != nil {
		return Part{}, err
	}
	if text, ok := t.(string); ok {
		return TextPart(text), nil
	}
	if t != json.Delim('[') {
		return Part{}, input("prompt: %s: got %s, expected a text or a list of token ids", at, describe(t))
	}
	ids := []int32{}
	for r.d.More() {
		t, err := r.next(at)
		if err != nil {
			return Part{}, err
		}
		n, ok := t.(json.Number)
		if !ok {
			return Part{}, input("prompt: %s[%d]: got %s, expected a token id", at, len(ids), describe(t))
		}
		id, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil || id < 0 || id > math.MaxInt32 {
			return Part{}, input("prompt: %s[%d]: got %s, expected a token id (a whole number from 0)", at, len(ids), clip(n.String()))
		}
		ids = append(ids, int32(id))
	}
	_, err = r.next(at)
	return IDPart(ids), err
}

func (r promptReader) next(at string) (json.Token, error) {
	t, err := r.d.Token()
	if err == nil {
		return t, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, input("prompt: not JSON: the file ends inside %s", at)
	}
	return nil, input("prompt: not JSON: %s at byte %d", err, r.d.InputOffset())
}

func describe(t json.Token) string {
	switch x := t.(type) {
	case nil:
		return "null"
	case json.Delim:
		switch x {
		case '{':
			return "an object"
		case '[':
			return "a list"
		}
	case string:
		return "the text " + quote(x)
	case json.Number:
		return "the number " + clip(x.String())
	case bool:
		return strconv.FormatBool(x)
	}
	return fmt.Sprint(t)
}

func quote(s string) string { return strconv.Quote(clip(s)) }

// clip keeps what is quoted from a file short enough for a line.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

func input(format string, a ...any) error {
	return &run.Error{Code: run.EInput, Text: fmt.Sprintf(format, a...)}
}
