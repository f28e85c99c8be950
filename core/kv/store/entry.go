package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Entry is an open entry. It stays readable after the store has evicted it. It
// is not safe for concurrent use; whoever got it closes it.
type Entry struct {
	store *Store
	name  string
	head  header
	src   io.ReaderAt
	close io.Closer
}

// Shape returns the size of the entry.
func (e *Entry) Shape() Shape { return e.head.shape }

// Read fills dst with one tensor, little-endian f32, [Tokens, Channels]; dst
// must be exactly that long. The checksum is verified: on damage the entry is
// quarantined and the error says so; Read must then not be called again.
func (e *Entry) Read(layer int, p Part, dst []byte) error {
	if layer < 0 || layer >= e.head.shape.Layers || int64(len(dst)) != e.head.shape.section() {
		return fmt.Errorf("chunk cache %s: layer %d %v into %d bytes: expected a layer below %d and %d bytes",
			e.name, layer, p, len(dst), e.head.shape.Layers, e.head.shape.section())
	}
	i, at := e.head.section(layer, p)
	if _, err := e.src.ReadAt(dst, at); err != nil {
		return e.fail(readError(fmt.Sprintf("layer %d %v", layer, p), err))
	}
	if crc32.Checksum(dst, castagnoli) != e.head.sums[i] {
		return e.fail(damaged("the checksum of layer %d %v does not match", layer, p))
	}
	return nil
}

func (e *Entry) fail(err error) error {
	aside := ""
	if errors.Is(err, errDamaged) {
		aside = e.store.quarantine(e.name, endEntry, err.Error())
	}
	return fmt.Errorf("chunk cache %s: %w%s", e.name, err, aside)
}

// Preload reads the whole entry into memory and closes its file, for callers
// that hold more entries than files may be open.
func (e *Entry) Preload() error {
	if e.close == nil {
		return nil
	}
	all := make([]byte, e.head.size())
	if _, err := e.src.ReadAt(all, 0); err != nil {
		return e.fail(readError("sections", err))
	}
	e.src = memory(all)
	return e.Close()
}

// Close closes the file. It is idempotent.
func (e *Entry) Close() error {
	if e.close == nil {
		return nil
	}
	c := e.close
	e.close = nil
	return c.Close()
}

type memory []byte

func (m memory) ReadAt(dst []byte, at int64) (int, error) {
	if at > int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(dst, m[at:])
	if n < len(dst) {
		return n, io.EOF
	}
	return n, nil
}
