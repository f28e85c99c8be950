package modeltest

// byteTokenizer is the tokenizer.json that Options.Tokenizer describes, with at most vocab ids.
func byteTokenizer(vocab int) map[string]any {
	ids := map[string]int{"<|begin|>": 0, "<|end|>": 1}
	for b, odd := 0, 0; b < 256; b++ {
		r := rune(b) // the byte-level alphabet: printable Latin-1 stands for itself
		if b <= ' ' || (b > '~' && b < 0xa1) || b == 0xad {
			r = rune(0x100 + odd)
			odd++
		}
		ids[string(r)] = 2 + b
	}
	merges := []string{}
	const space = "\u0120" // the symbol of a blank
	for _, m := range [][2]string{
		{"t", "h"}, {"th", "e"}, {space, "the"}, {"i", "n"}, {"e", "r"}, {"a", "n"}, {"o", "u"}, {"r", "e"}, {"e", "s"},
		{space, "a"}, {"o", "n"}, {"e", "n"}, {"l", "l"}, {space, "w"}, {space, "s"}, {"in", "g"}, {"an", "d"}, {space, "and"},
	} {
		if len(ids) >= vocab {
			break
		}
		if _, ok := ids[m[0]+m[1]]; !ok {
			ids[m[0]+m[1]] = len(ids)
		}
		merges = append(merges, m[0]+" "+m[1])
	}
	special := func(id int, content string) map[string]any {
		return map[string]any{"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
			"normalized": false, "special": true}
	}
	return map[string]any{
		"version":       "1.0",
		"added_tokens":  []any{special(0, "<|begin|>"), special(1, "<|end|>")},
		"normalizer":    nil,
		"pre_tokenizer": map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
		"decoder":       map[string]any{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
		"model":         map[string]any{"type": "BPE", "vocab": ids, "merges": merges},
	}
}
