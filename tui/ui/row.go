package ui

import (
	"strconv"
	"strings"
)

// Row names a row of a list: by its number, or by how far down it is.
type Row struct {
	N       int     // from 1; 0 where Percent counts
	Percent float64 // 0..100
}

// ParseRow reads "#18204" and "50%"; ok is false for anything else.
func ParseRow(text string) (r Row, ok bool) {
	text = strings.TrimSpace(text)
	if number, is := strings.CutPrefix(text, "#"); is {
		n, err := strconv.Atoi(number)
		return Row{N: n}, err == nil && n >= 1
	}
	if number, is := strings.CutSuffix(text, "%"); is {
		p, err := strconv.ParseFloat(number, 64)
		return Row{Percent: p}, err == nil && p >= 0 && p <= 100
	}
	return Row{}, false
}

// String writes the row as ParseRow reads it.
func (r Row) String() string {
	if r.N > 0 {
		return "#" + strconv.Itoa(r.N)
	}
	return strconv.FormatFloat(r.Percent, 'g', -1, 64) + "%"
}

// Of is the index of the row in a list of so many: the last one where there are fewer.
func (r Row) Of(total int) int {
	at := r.N - 1
	if r.N == 0 {
		at = int(r.Percent / 100 * float64(total))
	}
	return max(min(at, total-1), 0)
}
