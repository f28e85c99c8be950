package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// A scanner returns the length in bytes of the first piece of a text that is not empty; it is at least 1. The pieces of
// a text are found by scanning again behind each one.
//
// In the patterns below \s is Unicode White_Space, \p{L} any letter, \p{N} any number. An invalid byte counts as one
// character that is none of these. The alternatives of a pattern are tried in order, each as long as it can be.
type scanner func(text string) int

type class uint8

const (
	other class = iota
	space
	letter
	number
)

func classOf(r rune) class {
	if r < utf8.RuneSelf {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			return letter
		case '0' <= r && r <= '9':
			return number
		case r == ' ' || ('\t' <= r && r <= '\r'):
			return space
		}
		return other
	}
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// next decodes the character at i; size 0 means the end of the text.
func next(text string, i int) (r rune, size int, c class) {
	if i >= len(text) {
		return 0, 0, other
	}
	if b := text[i]; b < utf8.RuneSelf {
		return rune(b), 1, classOf(rune(b))
	}
	r, size = utf8.DecodeRuneInString(text[i:])
	return r, size, classOf(r)
}

// run returns the end of the run of class c that starts at i.
func run(text string, i int, c class) int {
	for {
		_, n, got := next(text, i)
		if n == 0 || got != c {
			return i
		}
		i += n
	}
}

// scanGPT2 is the pattern of GPT-2:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func scanGPT2(text string) int {
	if n := contraction(text, false); n > 0 {
		return n
	}
	i := 0
	if text[0] == ' ' {
		i = 1
	}
	if _, n, c := next(text, i); n > 0 && c != space {
		return run(text, i, c)
	}
	return spaces(text)
}

// scanLlama3 is the pattern of Llama 3, and with digits 1 that of Qwen 2, whose numbers are single digits:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func scanLlama3(digits int) scanner {
	return func(text string) int {
		if n := contraction(text, true); n > 0 {
			return n
		}
		r, n, c := next(text, 0)
		switch {
		case c == letter:
			return run(text, 0, letter)
		case c == number:
			end := n
			for k := 1; k < digits; k++ {
				_, m, d := next(text, end)
				if m == 0 || d != number {
					break
				}
				end += m
			}
			return end
		case r != '\r' && r != '\n':
			if _, m, d := next(text, n); m > 0 && d == letter {
				return run(text, n, letter)
			}
		}
		i := 0
		if r == ' ' {
			i = 1
		}
		if _, m, d := next(text, i); m > 0 && d == other {
			end := run(text, i, other)
			for end < len(text) && (text[end] == '\r' || text[end] == '\n') {
				end++
			}
			return end
		}
		// What is left starts with white space. \s*[\r\n]+ ends behind the run's last line break.
		end := run(text, 0, space)
		for j := end; j > 0; j-- {
			if text[j-1] == '\r' || text[j-1] == '\n' {
				return j
			}
		}
		return spaces(text)
	}
}

// scanNumbers is the first stage of SmolLM and StarCoder: every \p{N} character alone, whatever lies between together.
func scanNumbers(text string) int {
	_, n, c := next(text, 0)
	if c == number {
		return n
	}
	for {
		_, m, d := next(text, n)
		if m == 0 || d == number {
			return n
		}
		n += m
	}
}

// spaces is \s+(?!\S)|\s+ for a text that starts with white space: the run, without its last character when something
// other than white space follows and the run has more than one.
func spaces(text string) int {
	end, last := 0, 0
	for {
		_, n, c := next(text, end)
		if n == 0 {
			return end
		}
		if c != space {
			break
		}
		last = end
		end += n
	}
	if last > 0 {
		return last
	}
	return end
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd at the start of the text, or 0. Folding case follows
// Unicode, where the long s (U+017F) is an s.
func contraction(text string, fold bool) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	lower := func(i int) (byte, int) {
		if i >= len(text) {
			return 0, 0
		}
		b := text[i]
		if fold && 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		if fold && i+1 < len(text) && text[i:i+2] == "\u017f" {
			return 's', 2
		}
		return b, 1
	}
	a, n := lower(1)
	switch a {
	case 's', 't', 'm', 'd':
		return 1 + n
	}
	b, m := lower(1 + n)
	if (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') {
		return 1 + n + m
	}
	return 0
}
