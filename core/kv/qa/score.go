package qa

import (
	"strings"
	"unicode"
)

// F1 compares an answer with the expected ones as multisets of the token ids
// that encode gives for the normalised texts, without a BOS. The answer is
// parsed, expected ones are not: they are short already.
func F1(answer string, expected []string, rule Rule, encode func(text string) []int32) float64 {
	got := encode(Normalize(Parse(answer, rule)))
	var top float64
	for _, e := range expected {
		top = max(top, Overlap(got, encode(Normalize(e))))
	}
	return top
}

// WordF1 is F1 over words instead of token ids, as LongBench has it.
func WordF1(answer string, expected []string, rule Rule) float64 {
	got := strings.Fields(Normalize(Parse(answer, rule)))
	var top float64
	for _, e := range expected {
		top = max(top, Overlap(got, strings.Fields(Normalize(e))))
	}
	return top
}

// RougeL is the F-measure of the longest common subsequence of the stemmed words
// of an answer and of the expected one. Words are runs of letters and digits in
// lower case; those of more than three characters are stemmed, as in the
// rouge_score package that papers report.
func RougeL(answer string, expected []string) float64 {
	got := stems(answer)
	var top float64
	for _, e := range expected {
		top = max(top, Subsequence(got, stems(e)))
	}
	return top
}

func stems(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		if len(w) > 3 {
			words[i] = Stem(w)
		}
	}
	return words
}

// Overlap is the F-measure of two lists as multisets: 1 where both are empty, 0
// where one is.
func Overlap[T comparable](got, want []T) float64 {
	left := map[T]int{}
	for _, w := range want {
		left[w]++
	}
	common := 0
	for _, g := range got {
		if left[g] > 0 {
			left[g]--
			common++
		}
	}
	return measure(common, len(got), len(want))
}

// Subsequence is the F-measure of the longest common subsequence of two lists: 1
// where both are empty, 0 where one is.
func Subsequence[T comparable](got, want []T) float64 {
	row := make([]int, len(want)+1) // lengths for what was seen of got and each beginning of want
	for _, g := range got {
		diagonal := 0
		for j, w := range want {
			above := row[j+1]
			if g == w {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return measure(row[len(want)], len(got), len(want))
}

// measure is the harmonic mean of common/got and common/want.
func measure(common, got, want int) float64 {
	if got == 0 && want == 0 {
		return 1
	}
	if common == 0 {
		return 0
	}
	return 2 * float64(common) / float64(got+want)
}
