package plot

import (
	"math"
	"strconv"
	"strings"
)

// Number writes a value for a table cell or a readout in at most 7 characters
// (8 with a sign): about three digits, no zero before the point, SI letters
// from ten thousand up: "0", ".412", ".0092", "3.1e-05", "1.41", "31.2", "508",
// "18.2k", "NaN".
func Number(v float64) string {
	if math.IsNaN(v) {
		return "NaN"
	}
	if math.IsInf(v, 0) {
		return strings.TrimPrefix(strconv.FormatFloat(v, 'f', -1, 64), "+")
	}
	sign, a := "", v
	if v < 0 {
		sign, a = "-", -v
	}
	switch {
	case a == 0:
		return "0"
	case a < .000995:
		return sign + strconv.FormatFloat(a, 'e', 1, 64)
	case a < .00995:
		return sign + bare(strconv.FormatFloat(a, 'f', 4, 64))
	case a < .9995:
		return sign + bare(strconv.FormatFloat(a, 'f', 3, 64))
	case a < 9.995:
		return sign + strconv.FormatFloat(a, 'f', 2, 64)
	case a < 99.95:
		return sign + strconv.FormatFloat(a, 'f', 1, 64)
	case a < 9999.5:
		return sign + strconv.FormatFloat(a, 'f', 0, 64)
	}
	letters := []string{"k", "M", "G", "T", "P", "E"}
	for _, l := range letters {
		a /= 1000
		switch {
		case a < 9.995:
			return sign + strconv.FormatFloat(a, 'f', 2, 64) + l
		case a < 99.95:
			return sign + strconv.FormatFloat(a, 'f', 1, 64) + l
		case a < 999.5:
			return sign + strconv.FormatFloat(a, 'f', 0, 64) + l
		}
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}

// Labels writes the ticks of one axis with the same number of decimals each,
// as few as keep them apart; on a logarithmic scale each as Number does.
func (s Scale) Labels(ticks []float64) []string {
	out := make([]string, len(ticks))
	if s.Log || len(ticks) < 2 || math.Abs(ticks[len(ticks)-1]) >= 1e4 {
		for i, t := range ticks {
			out[i] = Number(t)
		}
		return out
	}
	step := math.Abs(ticks[1] - ticks[0])
	decimals := 0
	if step > 0 && step < 1 {
		decimals = min(int(math.Ceil(-math.Log10(step)-1e-9)), 9)
	}
	if decimals > 5 {
		for i, t := range ticks {
			out[i] = Number(t)
		}
		return out
	}
	for i, t := range ticks {
		out[i] = bare(strconv.FormatFloat(t, 'f', decimals, 64))
	}
	return out
}

// bare drops the zero before the point, as the tables write shares.
func bare(s string) string {
	if rest, ok := strings.CutPrefix(s, "0."); ok {
		return "." + rest
	}
	if rest, ok := strings.CutPrefix(s, "-0."); ok {
		return "-." + rest
	}
	return s
}
