package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// pattern is a regular expression that has a scanner.
type pattern struct {
	name string
	text string
	scan scanner
}

const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	gpt2Short     = `'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	numberPattern = `\p{N}`
)

// patterns is the table of known expressions. GPT-2's is written in two ways that mean the same.
func patterns() []pattern {
	return []pattern{
		{"gpt2", gpt2Pattern, scanGPT2},
		{"gpt2", gpt2Short, scanGPT2},
		{"llama3", llama3Pattern, scanLlama3(3)},
		{"qwen2", qwen2Pattern, scanLlama3(1)},
		{"digits", numberPattern, scanNumbers},
	}
}

// maxStages bounds a pre-tokeniser sequence; known ones have two stages.
const maxStages = 8

// preTokenizer mirrors the entries of a pre_tokenizer that are understood.
type preTokenizer struct {
	Type             string            `json:"type"`
	Parts            []json.RawMessage `json:"pretokenizers"`
	AddPrefixSpace   *bool             `json:"add_prefix_space"`
	UseRegex         *bool             `json:"use_regex"`
	IndividualDigits *bool             `json:"individual_digits"`
	Pattern          struct {
		Regex  *string `json:"Regex"`
		String *string `json:"String"`
	} `json:"pattern"`
	Behavior string `json:"behavior"`
	Invert   bool   `json:"invert"`
}

// parseStages returns the scanners to apply one inside the other, and a short name for the whole. The last stage of the
// file must be the byte-level one.
func parseStages(text json.RawMessage) ([]scanner, string, error) {
	if isNull(text) {
		return nil, "", errors.New("pre_tokenizer is missing, expected ByteLevel or a Sequence that ends in it")
	}
	var p preTokenizer
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, "", fmt.Errorf("pre_tokenizer: %w", err)
	}
	parts := []json.RawMessage{text}
	if p.Type == "Sequence" {
		parts = p.Parts
	}
	if len(parts) == 0 || len(parts) > maxStages {
		return nil, "", fmt.Errorf("pre_tokenizer has %d stages, expected 1 to %d", len(parts), maxStages)
	}
	var scans []scanner
	name := ""
	for i, part := range parts {
		var p preTokenizer
		if err := json.Unmarshal(part, &p); err != nil {
			return nil, "", fmt.Errorf("pre_tokenizer stage %d: %w", i, err)
		}
		scan, n, err := p.stage(i == len(parts)-1)
		if err != nil {
			return nil, "", err
		}
		if scan != nil {
			scans = append(scans, scan)
			if name != "" {
				name += "+"
			}
			name += n
		}
	}
	if name == "" {
		return nil, "", errors.New("pre_tokenizer does not split the text: expected a known pattern or use_regex")
	}
	return scans, name, nil
}

// stage returns the scanner of one entry, nil for a byte-level entry that does not split.
func (p preTokenizer) stage(last bool) (scanner, string, error) {
	if (p.Type == "ByteLevel") != last {
		return nil, "", fmt.Errorf("unsupported pre_tokenizer %q: expected ByteLevel as the last stage and only there", p.Type)
	}
	switch p.Type {
	case "ByteLevel":
		// Both settings default to true in the library.
		if p.AddPrefixSpace == nil || *p.AddPrefixSpace {
			return nil, "", errors.New("unsupported pre_tokenizer: ByteLevel with add_prefix_space, expected false")
		}
		if p.UseRegex == nil || *p.UseRegex {
			return scanGPT2, "gpt2", nil
		}
		return nil, "", nil
	case "Digits":
		if p.IndividualDigits == nil || !*p.IndividualDigits {
			return nil, "", errors.New("unsupported pre_tokenizer: Digits without individual_digits")
		}
		return scanNumbers, "digits", nil
	case "Split":
		if p.Behavior != "Isolated" || p.Invert {
			return nil, "", fmt.Errorf("unsupported pre_tokenizer: Split with behavior %q, invert %t, expected Isolated, false", p.Behavior, p.Invert)
		}
		if p.Pattern.Regex == nil {
			return nil, "", errors.New("unsupported pre_tokenizer: Split without a regular expression")
		}
		for _, known := range patterns() {
			if *p.Pattern.Regex == known.text {
				return known.scan, known.name, nil
			}
		}
		return nil, "", fmt.Errorf("unknown pre_tokenizer pattern %q", shorten(*p.Pattern.Regex))
	}
	return nil, "", fmt.Errorf("unsupported pre_tokenizer %q, expected Split, Digits or ByteLevel", shorten(p.Type))
}

// split cuts a text by all stages and calls emit for every piece, in order.
func split(scans []scanner, text string, emit func(string)) {
	for len(text) > 0 {
		n := scans[0](text)
		if len(scans) == 1 {
			emit(text[:n])
		} else {
			split(scans[1:], text[:n], emit)
		}
		text = text[n:]
	}
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// shorten keeps a string from a file at a length that fits an error line.
func shorten(s string) string {
	const limit = 300
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
