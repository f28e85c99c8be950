package kv

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// The entropy coders.
const (
	CoderAC   = "ac"   // the arithmetic coder of torchac and CacheGen
	CoderRANS = "rans" // lane-interleaved rANS
)

// Coders returns every entropy coder.
func Coders() []string { return []string{CoderAC, CoderRANS} }

// MaxSymbolsBytes bounds a file of symbols.
const MaxSymbolsBytes = 64 << 20

// Symbols is a file of symbols: each below Bins, and perhaps a table of Bins+1
// cumulative probabilities that rise from 0, each below 65,536.
type Symbols struct {
	Bins    int   `json:"bins"`
	Symbols []int `json:"symbols"`
	CDF     []int `json:"cdf"`
}

// CodedSymbolsDoc is the document of `assay kv codec`.
type CodedSymbolsDoc struct {
	CDF     []int   `json:"cdf"`
	Hex     string  `json:"bytes_hex"`
	Bits    int     `json:"bits"`         // of the bytes
	Entropy float64 `json:"entropy_bits"` // empirical, of all symbols together
	Equal   bool    `json:"decoded_equal"`
}

// ParseSymbols reads a file of symbols. The error is of code E-INPUT and names what
// is wrong.
func ParseSymbols(data []byte) (Symbols, error) {
	var s Symbols
	if len(data) > MaxSymbolsBytes {
		return s, input("symbols: more than %d MiB", MaxSymbolsBytes>>20)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, input(`symbols: %s: expected {"bins":B,"symbols":[...],"cdf":[...]}, cdf optional`, badJSON(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return s, input("symbols: something follows the JSON object at byte %d", d.InputOffset())
	}
	if s.Bins < 2 || s.Bins > MaxBins {
		return s, input("symbols: bins %d: expected 2 to %d", s.Bins, MaxBins)
	}
	if s.Symbols == nil {
		return s, input("symbols: there is no list of symbols; an empty one is []")
	}
	for i, y := range s.Symbols {
		if y < 0 || y >= s.Bins {
			return s, input("symbols: symbols[%d] is %d: expected 0 to %d", i, y, s.Bins-1)
		}
	}
	if s.CDF == nil {
		if len(s.Symbols) > 65535 {
			return s, input("symbols: %d of them without a cdf: the released code counts up to 65535; give a cdf", len(s.Symbols))
		}
		return s, nil
	}
	if len(s.CDF) != s.Bins+1 {
		return s, input("symbols: a cdf of %d entries: expected bins + 1 = %d", len(s.CDF), s.Bins+1)
	}
	// The last entry may be written as 65536, which is what the coder takes it for.
	if last := len(s.CDF) - 1; s.CDF[last] == 65536 {
		s.CDF = append(slices.Clone(s.CDF[:last]), 65535)
		if s.CDF[last-1] >= 65535 {
			return s, input("symbols: cdf[%d] is %d: expected less than 65535", last-1, s.CDF[last-1])
		}
	}
	for i, f := range s.CDF {
		switch {
		case f < 0 || f > 65535:
			return s, input("symbols: cdf[%d] is %d: expected 0 to 65535", i, f)
		case i == 0 && f != 0:
			return s, input("symbols: cdf[0] is %d: expected 0", f)
		case i > 0 && f <= s.CDF[i-1]:
			return s, input("symbols: cdf[%d] is %d after %d: expected a table that rises, each symbol needs a probability", i, f, s.CDF[i-1])
		}
	}
	return s, nil
}
