// Package prng makes the random streams of the product: seeded, named and
// independent, so that a run repeats from its seed alone and a new use of
// randomness never shifts an old one.
//
// A stream is ChaCha8 keyed by SHA-256 over the seed and the name. Streams of
// different names share nothing. A stream is not safe for concurrent use; make
// one a goroutine, under its own name.
package prng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// New returns the stream of a name under a seed. The same seed and name give
// the same numbers on every machine. Names are paths: "kv/random", "kv/bootstrap".
func New(seed uint64, name string) *rand.Rand {
	in := binary.LittleEndian.AppendUint64([]byte("assay prng 1\x00"), seed)
	return rand.New(rand.NewChaCha8(sha256.Sum256(append(in, name...))))
}

// Sample returns m distinct numbers below n, in the order they were drawn: the
// first k of a longer sample from an equal stream are the shorter sample. m
// above n gives all n.
func Sample(r *rand.Rand, n, m int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	m = min(m, n)
	for i := range m {
		j := i + r.IntN(n-i)
		order[i], order[j] = order[j], order[i]
	}
	return order[:m]
}
