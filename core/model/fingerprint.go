package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// fingerprint identifies what a model computes: the hex SHA-256 of the configuration fields that enter the forward pass
// and of every tensor's name, type, shape and bytes, in order of the names. How the tensors are spread over files, the
// layout of config.json and the token ids with a meaning (BOS, EOS) do not enter.
func fingerprint(c Config, sums []tensorSum) string {
	h := sha256.New()
	// Each line is written out by hand so that a new field of Config cannot change old fingerprints unnoticed.
	fmt.Fprintf(h, "type %s\nhidden %d\nintermediate %d\nlayers %d\nheads %d %d %d\nvocab %d\npositions %d\neps %g\n",
		c.ModelType, c.Hidden, c.Intermediate, c.Layers, c.Heads, c.KVHeads, c.HeadDim, c.Vocab, c.MaxPositions, c.RMSEps)
	r := c.RoPE
	fmt.Fprintf(h, "rope %s %g %g %g %g %d %d\ntied %t\nbias %t %t\nwindow %d\n",
		r.Type, r.Theta, r.Factor, r.LowFreq, r.HighFreq, r.OriginalMax, r.Dim, c.TieEmbeddings, c.AttentionBias, c.MLPBias, c.SlidingWindow)
	sorted := slices.Clone(sums)
	slices.SortFunc(sorted, func(a, b tensorSum) int { return strings.Compare(a.info.Name, b.info.Name) })
	for _, s := range sorted {
		fmt.Fprintf(h, "%q %s %v %x\n", s.info.Name, s.info.DType, s.info.Shape, s.sum)
	}
	return hex.EncodeToString(h.Sum(nil))
}
