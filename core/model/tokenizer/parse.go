package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxFile is the largest tokenizer.json that callers should read, in bytes. Vocabularies of 250,000 tokens come to 35 MB.
const MaxFile = 256 << 20

// maxID bounds token ids; it is twice the largest published vocabulary and keeps tables small.
const maxID = 1 << 20

// file mirrors tokenizer.json.
type file struct {
	Added        []addedToken    `json:"added_tokens"`
	Normalizer   json.RawMessage `json:"normalizer"`
	PreTokenizer json.RawMessage `json:"pre_tokenizer"`
	Decoder      json.RawMessage `json:"decoder"`
	Model        *struct {
		Type         string      `json:"type"`
		Dropout      *float64    `json:"dropout"`
		Unk          *string     `json:"unk_token"`
		Prefix       *string     `json:"continuing_subword_prefix"`
		Suffix       *string     `json:"end_of_word_suffix"`
		ByteFallback bool        `json:"byte_fallback"`
		IgnoreMerges bool        `json:"ignore_merges"`
		Vocab        vocabulary  `json:"vocab"`
		Merges       []mergeRule `json:"merges"`
	} `json:"model"`
}

// vocabulary maps tokens to ids. A plain map would hide a token that is listed twice.
type vocabulary map[string]int64

func (v *vocabulary) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return errors.New("vocab is not a JSON object")
	}
	*v = vocabulary{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		token := key.(string) // inside an object every other token is a key
		if _, ok := (*v)[token]; ok {
			return fmt.Errorf("token %q is in the vocabulary twice", shorten(token))
		}
		var id int64
		if err := dec.Decode(&id); err != nil {
			return fmt.Errorf("token %q: its id is not an integer", shorten(token))
		}
		(*v)[token] = id
	}
	return nil
}

// mergeRule is a pair of tokens, written "a b" or ["a", "b"].
type mergeRule [2]string

func (m *mergeRule) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		a, b, ok := strings.Cut(one, " ")
		if !ok || a == "" || b == "" || strings.Contains(b, " ") {
			return fmt.Errorf("merge %q is not two tokens with a space between", shorten(one))
		}
		*m = mergeRule{a, b}
		return nil
	}
	var two []string
	if err := json.Unmarshal(text, &two); err != nil || len(two) != 2 {
		return fmt.Errorf("merge %s is neither a string nor a pair", shorten(string(text)))
	}
	*m = mergeRule{two[0], two[1]}
	return nil
}

// Parse reads the text of a tokenizer.json.
func Parse(text []byte) (*Tokenizer, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not a valid tokenizer: the file is not UTF-8")
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("not a valid tokenizer: %w", err)
	}
	if err := f.supported(); err != nil {
		return nil, err
	}
	t := &Tokenizer{unk: -1, ignoreMerges: f.Model.IgnoreMerges}
	var err error
	if t.nfc, err = parseNormalizer(f.Normalizer); err != nil {
		return nil, err
	}
	if t.scans, t.pattern, err = parseStages(f.PreTokenizer); err != nil {
		return nil, err
	}
	if err := t.addVocab(f); err != nil {
		return nil, err
	}
	if err := t.addMerges(f); err != nil {
		return nil, err
	}
	if err := t.addTokens(f); err != nil {
		return nil, err
	}
	return t, nil
}

// supported refuses models and decoders of other kinds.
func (f file) supported() error {
	m := f.Model
	switch {
	case m == nil:
		return errors.New("model is missing")
	case m.Type != "BPE" && m.Type != "": // old files leave the type out
		return fmt.Errorf("unsupported tokenizer model %q, expected BPE", shorten(m.Type))
	case m.ByteFallback:
		return errors.New("unsupported tokenizer: byte_fallback (SentencePiece style), expected byte-level BPE")
	case m.Dropout != nil && *m.Dropout != 0:
		return fmt.Errorf("unsupported tokenizer: dropout %g, expected none", *m.Dropout)
	case m.Prefix != nil && *m.Prefix != "":
		return fmt.Errorf("unsupported tokenizer: continuing_subword_prefix %q", shorten(*m.Prefix))
	case m.Suffix != nil && *m.Suffix != "":
		return fmt.Errorf("unsupported tokenizer: end_of_word_suffix %q", shorten(*m.Suffix))
	case len(m.Vocab) == 0:
		return errors.New("vocab is missing or empty")
	}
	var d struct {
		Type string `json:"type"`
	}
	if isNull(f.Decoder) {
		return errors.New("decoder is missing, expected ByteLevel")
	}
	if err := json.Unmarshal(f.Decoder, &d); err != nil {
		return fmt.Errorf("decoder: %w", err)
	}
	if d.Type != "ByteLevel" {
		return fmt.Errorf("unsupported decoder %q, expected ByteLevel", shorten(d.Type))
	}
	return nil
}

// parseNormalizer reports whether text is brought to NFC.
func parseNormalizer(text json.RawMessage) (nfc bool, err error) {
	if isNull(text) {
		return false, nil
	}
	var n struct {
		Type  string            `json:"type"`
		Parts []json.RawMessage `json:"normalizers"`
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return false, fmt.Errorf("normalizer: %w", err)
	}
	switch {
	case n.Type == "NFC":
		return true, nil
	case n.Type == "Sequence" && len(n.Parts) == 0:
		return false, nil
	case n.Type == "Sequence" && len(n.Parts) == 1:
		return parseNormalizer(n.Parts[0])
	}
	return false, fmt.Errorf("unsupported normalizer %q, expected NFC or none", shorten(n.Type))
}

// addVocab fills the tables by id and by bytes.
func (t *Tokenizer) addVocab(f file) error {
	type entry struct {
		token string
		id    int64
	}
	entries := make([]entry, 0, len(f.Model.Vocab))
	for token, id := range f.Model.Vocab {
		entries = append(entries, entry{token, id})
	}
	// In order of the ids, so that a bad file always gives the same error.
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.id, b.id), strings.Compare(a.token, b.token))
	})
	a := newAlphabet()
	inv := a.inverse()
	t.byRaw = make(map[string]int32, len(entries))
	for _, e := range entries {
		// A token outside the alphabet cannot come from text; it stands for itself, as the library decodes it.
		raw, ok := inv.raw(e.token)
		if !ok {
			raw = e.token
		}
		if err := t.set(e.token, e.id, raw); err != nil {
			return err
		}
		if ok {
			t.byRaw[raw] = int32(e.id)
		}
	}
	for b := range a {
		t.byteID[b] = -1
		if id, ok := f.Model.Vocab[string(a[b])]; ok {
			t.byteID[b] = int32(id)
		}
	}
	if f.Model.Unk != nil {
		id, ok := f.Model.Vocab[*f.Model.Unk]
		if !ok {
			return fmt.Errorf("unk_token %q is not in the vocabulary", shorten(*f.Model.Unk))
		}
		t.unk = int32(id)
	}
	return nil
}

// set gives an id its text; an id that has one already is an error.
func (t *Tokenizer) set(token string, id int64, raw string) error {
	if id < 0 || id >= maxID {
		return fmt.Errorf("token %q has id %d, expected 0 to %d", shorten(token), id, maxID-1)
	}
	if grow := int(id) + 1 - len(t.raw); grow > 0 {
		t.raw = append(t.raw, make([]string, grow)...)
		t.known = append(t.known, make([]bool, grow)...)
	}
	if t.known[id] {
		return fmt.Errorf("id %d is used twice, by %q and by %q", id, shorten(t.raw[id]), shorten(token))
	}
	t.raw[id], t.known[id] = raw, true
	return nil
}

func (t *Tokenizer) addMerges(f file) error {
	t.merges = make(map[pair]merge, len(f.Model.Merges))
	for rank, m := range f.Model.Merges {
		var ids [3]int32
		for i, token := range []string{m[0], m[1], m[0] + m[1]} {
			id, ok := f.Model.Vocab[token]
			if !ok {
				return fmt.Errorf("merge %d (%q %q): token %q is not in the vocabulary", rank, shorten(m[0]), shorten(m[1]), shorten(token))
			}
			ids[i] = int32(id)
		}
		p := pair{ids[0], ids[1]}
		if _, ok := t.merges[p]; ok {
			return fmt.Errorf("merge %d (%q %q) is listed twice", rank, shorten(m[0]), shorten(m[1]))
		}
		t.merges[p] = merge{rank: int32(rank), id: ids[2]}
	}
	return nil
}

// addTokens enters the added tokens. One that is in the vocabulary as well must have the id it has there.
func (t *Tokenizer) addTokens(f file) error {
	var plain, normalized []addedToken
	ids := map[string]int64{}
	for _, a := range f.Added {
		if a.Content == "" {
			continue // the library skips them too
		}
		id, seen := ids[a.Content]
		if !seen {
			id, seen = f.Model.Vocab[a.Content]
		}
		switch {
		case seen && id != a.ID:
			return fmt.Errorf("added token %q has id %d here and %d elsewhere", shorten(a.Content), a.ID, id)
		case seen:
			t.raw[id] = a.Content
		default:
			if err := t.set(a.Content, a.ID, a.Content); err != nil {
				return err
			}
		}
		if _, again := ids[a.Content]; again {
			continue
		}
		ids[a.Content] = a.ID
		if a.Normalized {
			a.Content = t.normalize(a.Content)
			normalized = append(normalized, a)
		} else {
			plain = append(plain, a)
		}
	}
	t.added, t.addedNormalized = newMatcher(plain), newMatcher(normalized)
	return nil
}
