package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// Key says what an entry was computed from. Two entries of equal keys hold the
// same bits.
type Key struct {
	Model     string  // fingerprint of configuration and weights
	DType     string  // type and numerics of the computation: "f32 strict-1"
	Tokenizer string  // fingerprint of the tokenizer, "" where there is none
	Policy    string  // what stood before the segment while it was computed: "bos", "none", "prefix"
	RoPE      string  // state of K: RoPEPre or RoPEPost
	IDs       []int32 // tokens of the segment
}

// RoPEPre is the usual state of K: before rotation.
const RoPEPre = "pre"

// RoPEPost is the state of K that was rotated for consecutive positions from at
// on: "post(1)". It can be moved by the difference of two positions.
func RoPEPost(at int) string { return fmt.Sprintf("post(%d)", at) }

// fields returns the named parts of the key except the tokens, in the order in
// which a difference is reported.
func (k Key) fields() [5][2]string {
	return [5][2]string{{"model", k.Model}, {"dtype", k.DType}, {"tokenizer", k.Tokenizer}, {"chunk policy", k.Policy}, {"rope_state", k.RoPE}}
}

// differs names the first field in which two keys of the same tokens differ.
func (k Key) differs(other Key) string {
	a, b := k.fields(), other.fields()
	for i := range a {
		if a[i] != b[i] {
			return a[i][0]
		}
	}
	return ""
}

// name is the file name of the key without its ending: a hash of the tokens,
// which finds entries of the same text, and a hash of all of it.
func (k Key) name() string {
	h := sha256.New()
	var b [4]byte
	for _, id := range k.IDs {
		binary.LittleEndian.PutUint32(b[:], uint32(id))
		h.Write(b[:])
	}
	tokens := h.Sum(nil)
	h.Reset()
	h.Write(tokens)
	for _, f := range k.fields() {
		binary.LittleEndian.PutUint32(b[:], uint32(len(f[1])))
		h.Write(b[:])
		h.Write([]byte(f[1]))
	}
	return hex.EncodeToString(tokens[:tokenHash]) + "-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// tokenHash is how many bytes of the tokens' hash a file name carries.
const tokenHash = 12

func (k Key) equal(other Key) bool {
	return k.fields() == other.fields() && slices.Equal(k.IDs, other.IDs)
}

// Shape is the size of an entry: Layers times K and V of [Tokens, Channels] f32.
type Shape struct{ Layers, Tokens, Channels int }

// Bytes returns the size of the numbers.
func (s Shape) Bytes() int64 { return 2 * int64(s.Layers) * s.section() }

func (s Shape) section() int64 { return 4 * int64(s.Tokens) * int64(s.Channels) }

// Part is one of the two tensors of a layer.
type Part int

// The parts of a layer.
const (
	K Part = iota
	V
)

// String returns "K" or "V".
func (p Part) String() string {
	if p == K {
		return "K"
	}
	return "V"
}
