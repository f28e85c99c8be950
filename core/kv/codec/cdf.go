package codec

import "fmt"

// Total is the sum of the probabilities of the arithmetic coder, 16 bits.
const Total = 1 << 16

// RefTable makes the released code's table from the counts of the symbols (kernel
// cal_cdf; kv.md 2.4): F_i = floor((65535 - B) * (c_0 + .. + c_(i-1)) / T) + i for
// i = 0..B, where B is the number of counts and T their sum, below 65,536. It is
// strictly increasing, from 0 to 65535; the coder takes 65536 for its last entry.
func RefTable(counts []int) []uint16 {
	b, total := len(counts), 0
	for _, c := range counts {
		total += c
	}
	f := make([]uint16, b+1)
	sum := 0
	for i := range f {
		if total > 0 {
			f[i] = uint16((Total-1-b)*sum/total + i)
		} else {
			f[i] = uint16((Total-1-b)*i/b + i)
		}
		if i < b {
			sum += counts[i]
		}
	}
	return f
}

// CheckTable refuses what the coder cannot use: a table is strictly increasing
// from 0, of 3 to 257 entries.
func CheckTable(f []uint16) error {
	if len(f) < 3 || len(f) > MaxBins+1 {
		return fmt.Errorf("a table of %d entries: expected 3 to %d, one more than there are symbols", len(f), MaxBins+1)
	}
	if f[0] != 0 {
		return fmt.Errorf("a table that begins with %d: expected 0", f[0])
	}
	for i := 1; i < len(f); i++ {
		if f[i] <= f[i-1] {
			return fmt.Errorf("entry %d of the table is %d after %d: expected them to rise, each symbol needs a probability", i, f[i], f[i-1])
		}
	}
	return nil
}

// count is the histogram of a column of symbols.
func count(counts []int, sym []byte, channel, channels int) {
	clear(counts)
	for i := channel; i < len(sym); i += channels {
		counts[sym[i]]++
	}
}
