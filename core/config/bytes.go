package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"assay/core/run"
)

// Bytes is a size, as a flag or a setting states it. It has the methods of a
// flag's value.
type Bytes int64

// units are the multiples that a size may be given in. A letter alone counts in
// powers of 1024, as ulimit, Slurm and most tools that limit memory do.
var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3},
	{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10},
	{"B", 1},
}

// ParseBytes reads a size such as 8GiB, 1.5 GB, 512M or 1048576: KiB, MiB, GiB
// and TiB are powers of 1024, KB, MB, GB and TB of 1000, K, M, G and T again of
// 1024; case does not matter, and a bare number counts bytes. Fractions are
// rounded down. The error is an *run.Error of code E-USAGE.
func ParseBytes(text string) (Bytes, error) {
	bad := func(why string) (Bytes, error) {
		return 0, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%q is not a size: %s", text, why), Hint: "write it like 8GiB, 500MB or 1.5G"}
	}
	number, factor := strings.TrimSpace(text), int64(1)
	for _, u := range units {
		if n := len(number) - len(u.name); n >= 0 && strings.EqualFold(number[n:], u.name) {
			number, factor = strings.TrimSpace(number[:n]), u.bytes
			break
		}
	}
	if number == "" {
		return bad("it has no number")
	}
	if strings.Trim(number, "0123456789.") != "" {
		return bad("the unit is none of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB")
	}
	if whole, err := strconv.ParseInt(number, 10, 64); err == nil && whole <= math.MaxInt64/factor {
		return Bytes(whole * factor), nil
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil && v == 0 {
		return bad("its number cannot be read")
	}
	if v *= float64(factor); v >= math.MaxInt64 {
		return bad("it is larger than any memory or disk")
	}
	return Bytes(v), nil
}

// String writes the size with the largest power of 1024 that leaves a number of
// 1 or more, with at most two decimals: 8 GiB, 1.5 MiB, 900 B.
func (b Bytes) String() string {
	for _, u := range units[:4] {
		if b >= Bytes(u.bytes) || b <= -Bytes(u.bytes) {
			text := strconv.FormatFloat(float64(b)/float64(u.bytes), 'f', 2, 64)
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " " + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + " B"
}

// Set reads a size, see ParseBytes.
func (b *Bytes) Set(text string) (err error) {
	v, err := ParseBytes(text)
	if err == nil {
		*b = v
	}
	return err
}

// Type names the value in the help of a flag.
func (b *Bytes) Type() string { return "size" }
