package tokenizer

import "unicode/utf8"

// The byte-level alphabet writes every byte as one printable character: 33-126, 161-172 and 174-255 stand for
// themselves, the other 68 bytes take the characters from U+0100 on, in order (GPT-2, encoder.py).

// alphabet holds the character of each byte.
type alphabet [256]rune

func newAlphabet() alphabet {
	var a alphabet
	next := rune(0x100)
	for b := range 256 {
		if (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 {
			a[b] = rune(b)
			continue
		}
		a[b] = next
		next++
	}
	return a
}

// byteOf is the inverse of the alphabet.
type byteOf map[rune]byte

func (a alphabet) inverse() byteOf {
	inv := make(byteOf, len(a))
	for b, r := range a {
		inv[r] = byte(b)
	}
	return inv
}

// raw turns a token written in the alphabet into its bytes. It reports false for a token that holds any other character.
func (inv byteOf) raw(token string) (string, bool) {
	out := make([]byte, 0, len(token))
	for i := 0; i < len(token); {
		r, n := utf8.DecodeRuneInString(token[i:])
		b, ok := inv[r]
		if !ok {
			return "", false
		}
		out = append(out, b)
		i += n
	}
	return string(out), true
}
