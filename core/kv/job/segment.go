package job

import (
	"encoding/binary"
	"errors"
	"math"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/kv/store"
)

// coded is an open segment of a source.
type coded struct {
	s     *source
	id    store.Key
	h     *held
	doc   kv.SegmentDoc
	exact blend.Entry
	chunk *codec.Chunk
	x     []float32
	buf   []byte
}

var _ blend.Fetcher = (*coded)(nil)

// open looks the container up and reads its head; a head that is damaged is put aside
// and the container made again, once.
func (c *coded) open() error {
	again := false
	for {
		h, err := c.s.find(c.id, c.doc, c.exact)
		if err != nil {
			return err
		}
		c.h = h
		head := make([]byte, h.head)
		err = c.s.get(h, head, 0, -1)
		if err == nil {
			c.chunk, err = c.s.codec.OpenHead(head, h.size, c.s.dims)
		}
		if err == nil {
			c.x = make([]float32, c.chunk.Tokens()*c.chunk.Channels())
			return nil
		}
		if again || !errors.Is(err, codec.ErrDamaged) && !errors.Is(err, codec.ErrForeign) {
			return errors.Join(err, c.let())
		}
		again = true
		if err := c.aside(err); err != nil {
			return err
		}
	}
}

// aside lets a damaged container go to quarantine.
func (c *coded) aside(cause error) error {
	c.s.damaged(c.h, c.doc, cause)
	err := c.let()
	c.h = nil
	return err
}

// let closes the file of the container, where it is one.
func (c *coded) let() error {
	if c.h == nil || c.h.file == nil {
		return nil
	}
	return c.h.file.Close()
}

// Fetch implements blend.Fetcher.
func (c *coded) Fetch(layer int, p store.Part) error {
	from, n := c.chunk.Range(int(p), layer)
	return c.s.ask(c.h, from, n)
}

// Read implements blend.Entry.
func (c *coded) Read(layer int, p store.Part, dst []byte) error {
	err := c.decode(layer, p, dst)
	if !errors.Is(err, codec.ErrDamaged) {
		return err
	}
	// The damaged chunk is put aside and made again from what it was coded from.
	if aerr := c.aside(err); aerr != nil {
		return errors.Join(err, aerr)
	}
	if oerr := c.open(); oerr != nil {
		return errors.Join(err, oerr)
	}
	return c.decode(layer, p, dst)
}

func (c *coded) decode(layer int, p store.Part, dst []byte) error {
	from, n := c.chunk.Range(int(p), layer)
	if cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	if err := c.s.get(c.h, c.buf[:n], from, layer); err != nil {
		return err
	}
	c.chunk.Fill(from, c.buf[:n])
	if err := c.chunk.Read(int(p), layer, c.x); err != nil {
		return err
	}
	for i, v := range c.x {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
	return nil
}

// Close implements blend.Entry.
func (c *coded) Close() error { return errors.Join(c.let(), c.exact.Close()) }
