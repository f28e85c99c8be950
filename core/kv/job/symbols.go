package job

import (
	"bytes"
	"encoding/hex"
	"strings"

	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/run"
	"assay/gpu"
)

// Code runs an entropy coder over symbols and decodes what it gave.
func Code(in kv.Symbols, coder string) (kv.CodedSymbolsDoc, error) {
	sym := make([]byte, len(in.Symbols))
	counts := make([]int, in.Bins)
	for i, y := range in.Symbols {
		sym[i] = byte(y)
		counts[y]++
	}
	table := codec.RefTable(counts)
	if in.CDF != nil {
		for i, f := range in.CDF {
			table[i] = uint16(f)
		}
	}
	d := kv.CodedSymbolsDoc{CDF: make([]int, len(table)), Entropy: codec.SymbolEntropy(counts) * float64(len(sym))}
	for i, f := range table {
		d.CDF[i] = int(f)
	}
	back := make([]byte, len(sym))
	var out []byte
	switch coder {
	case kv.CoderAC:
		out = codec.EncodeAC(nil, sym, table)
		codec.DecodeAC(back, out, table)
	case kv.CoderRANS:
		dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
		if err != nil {
			return d, deviceError(err)
		}
		defer dev.Close()
		c := codec.New(dev)
		if out, err = c.EncodeLanes(sym, table); err != nil {
			return d, err
		}
		if err := c.DecodeLanes(back, out, table); err != nil {
			return d, err
		}
	default:
		return d, &run.Error{Code: run.EUsage, Text: "unknown coder " + coder + ": expected " + strings.Join(kv.Coders(), " or ")}
	}
	d.Hex, d.Bits, d.Equal = hex.EncodeToString(out), 8*len(out), bytes.Equal(back, sym)
	return d, nil
}
