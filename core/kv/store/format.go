package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// The file of an entry, little-endian:
//
//	magic    8 bytes "assaykv\x00"
//	version  u32
//	length   u32   bytes of the header that follows the checksum
//	crc      u32   CRC-32C of the header
//	header   5 strings (u16 length, bytes): model, dtype, tokenizer, policy, rope_state
//	         u32 layers, u32 tokens, u32 channels
//	         tokens x u32 ids
//	         2*layers x u32 CRC-32C of the sections
//	sections layer 0 K, layer 0 V, layer 1 K, ...: tokens x channels f32 each
//
// Nothing follows the last section; a file of another length is damaged.
const (
	magic     = "assaykv\x00"
	version   = 1
	preamble  = 20
	maxHeader = 64 << 20 // bytes; 16 M tokens, more than any context
	maxField  = 1 << 12  // bytes of a string of the key
	maxLayers = 1 << 12
	maxWidth  = 1 << 20 // channels
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what stands before the sections.
type header struct {
	key   Key
	shape Shape
	sums  []uint32 // of the sections, in their order
	start int64    // offset of the first section
}

func (h header) size() int64 { return h.start + h.shape.Bytes() }

func (h header) section(layer int, p Part) (index int, offset int64) {
	index = 2*layer + int(p)
	return index, h.start + int64(index)*h.shape.section()
}

// encode returns preamble and header.
func (h header) encode() []byte {
	body := make([]byte, 0, 256+4*len(h.key.IDs)+4*len(h.sums))
	for _, f := range h.key.fields() {
		body = binary.LittleEndian.AppendUint16(body, uint16(len(f[1])))
		body = append(body, f[1]...)
	}
	for _, n := range []int{h.shape.Layers, h.shape.Tokens, h.shape.Channels} {
		body = binary.LittleEndian.AppendUint32(body, uint32(n))
	}
	for _, id := range h.key.IDs {
		body = binary.LittleEndian.AppendUint32(body, uint32(id))
	}
	for _, s := range h.sums {
		body = binary.LittleEndian.AppendUint32(body, s)
	}
	out := append(make([]byte, 0, preamble+len(body)), magic...)
	out = binary.LittleEndian.AppendUint32(out, version)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(body, castagnoli))
	return append(out, body...)
}

// checkKey refuses what the format cannot hold.
func checkKey(k Key, s Shape) error {
	for _, f := range k.fields() {
		if len(f[1]) > maxField {
			return fmt.Errorf("%s: %d bytes, expected at most %d", f[0], len(f[1]), maxField)
		}
	}
	switch {
	case s.Layers < 1 || s.Layers > maxLayers, s.Channels < 1 || s.Channels > maxWidth:
		return fmt.Errorf("shape %+v: expected 1 to %d layers and 1 to %d channels", s, maxLayers, maxWidth)
	case s.Tokens < 1 || s.Tokens != len(k.IDs) || s.Tokens > maxHeader/8:
		return fmt.Errorf("%d tokens in the shape, %d in the key", s.Tokens, len(k.IDs))
	}
	return nil
}

// errDamaged is wrapped by every error that says a file is not what was written.
var errDamaged = errors.New("damaged")

func damaged(format string, a ...any) error {
	return fmt.Errorf("%w: %s", errDamaged, fmt.Sprintf(format, a...))
}

// decodeHeader reads and checks what stands before the sections of a file of
// the given size.
func decodeHeader(r io.ReaderAt, size int64) (header, error) {
	var pre [preamble]byte
	if size < preamble {
		return header{}, damaged("%d bytes are less than a preamble", size)
	}
	if _, err := r.ReadAt(pre[:], 0); err != nil {
		return header{}, readError("preamble", err)
	}
	if string(pre[:8]) != magic {
		return header{}, damaged("it does not begin like an entry")
	}
	if v := binary.LittleEndian.Uint32(pre[8:]); v != version {
		return header{}, damaged("version %d, expected %d", v, version)
	}
	n := int64(binary.LittleEndian.Uint32(pre[12:]))
	if n > maxHeader || preamble+n > size {
		return header{}, damaged("a header of %d bytes in a file of %d", n, size)
	}
	body := make([]byte, n)
	if _, err := r.ReadAt(body, preamble); err != nil {
		return header{}, readError("header", err)
	}
	if sum := crc32.Checksum(body, castagnoli); sum != binary.LittleEndian.Uint32(pre[16:]) {
		return header{}, damaged("the header's checksum does not match")
	}
	h, err := parseHeader(body)
	if err != nil {
		return header{}, err
	}
	if h.size() != size {
		return header{}, damaged("%d bytes, expected %d", size, h.size())
	}
	return h, nil
}

// parseHeader reads the header proper. A checksum guards it against damage, not
// against malice: every length is checked against what is there.
func parseHeader(body []byte) (header, error) {
	c := cursor{body}
	h := header{start: preamble + int64(len(body))}
	for _, dst := range []*string{&h.key.Model, &h.key.DType, &h.key.Tokenizer, &h.key.Policy, &h.key.RoPE} {
		n := int(c.u16())
		*dst = string(c.bytes(n))
	}
	layers, tokens, channels := c.u32(), c.u32(), c.u32()
	if c.rest == nil {
		return h, damaged("the header ends early")
	}
	if layers < 1 || layers > maxLayers || channels < 1 || channels > maxWidth || tokens < 1 || tokens > maxHeader/8 {
		return h, damaged("%d layers of %d tokens and %d channels", layers, tokens, channels)
	}
	h.shape = Shape{Layers: int(layers), Tokens: int(tokens), Channels: int(channels)}
	if want := 4 * (h.shape.Tokens + 2*h.shape.Layers); len(c.rest) != want {
		return h, damaged("%d bytes of ids and checksums, expected %d", len(c.rest), want)
	}
	if h.shape.section() > math.MaxInt64/int64(4*h.shape.Layers) {
		return h, damaged("sections of %d bytes", h.shape.section())
	}
	h.key.IDs = make([]int32, tokens)
	for i := range h.key.IDs {
		h.key.IDs[i] = int32(c.u32())
	}
	h.sums = make([]uint32, 2*layers)
	for i := range h.sums {
		h.sums[i] = c.u32()
	}
	return h, nil
}

// cursor reads little-endian numbers; past the end it gives zeros and a nil rest.
type cursor struct{ rest []byte }

func (c *cursor) bytes(n int) []byte {
	if c.rest == nil || len(c.rest) < n {
		c.rest = nil
		return make([]byte, min(n, 8))
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) u16() uint16 { return binary.LittleEndian.Uint16(c.bytes(2)) }
func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.bytes(4)) }

// readError tells a file that ends early, which is damage, from a disk in trouble.
func readError(what string, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("the file ends inside its %s", what)
	}
	return fmt.Errorf("read %s: %w", what, err)
}
