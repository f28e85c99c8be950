package job

import (
	"context"
	"math"
	"time"

	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/stat"
)

// beside measures what computing and decoding cost each other: each alone, and both
// at once, on a computation that has nothing to do with what is predicted from it.
type beside struct {
	session *blend.Session
	rows    int // computed
	chunk   *codec.Chunk
	next    int // tensor to decode
	x       []float32

	compute, decode [2][]float64 // ms, alone and together, by turn
}

// newBeside takes a container to decode.
func newBeside(session *blend.Session, rows int, c *codec.Codec, blob []byte) (*beside, error) {
	k, err := c.Open(blob, codec.Origin{})
	if err != nil {
		return nil, err
	}
	return &beside{session: session, rows: rows, chunk: k, x: make([]float32, k.Tokens()*k.Channels())}, nil
}

// one decodes a tensor.
func (b *beside) one() error {
	i := b.next
	b.next = (i + 1) % (2 * b.chunk.Layers())
	return b.chunk.Read(i/b.chunk.Layers(), i%b.chunk.Layers(), b.x)
}

// turn measures once.
func (b *beside) turn(ctx context.Context) error {
	began := time.Now()
	tensors := 2 * b.chunk.Layers()
	for range tensors {
		if err := b.one(); err != nil {
			return err
		}
	}
	alone := milliseconds(time.Since(began)) / float64(tensors)
	computed, err := b.session.Recompute(ctx, 0, b.rows)
	if err != nil {
		return err
	}
	b.compute[0] = append(b.compute[0], milliseconds(computed))

	stop, done := make(chan struct{}), make(chan error, 1)
	n := 0
	began = time.Now()
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := b.one(); err != nil {
				done <- err
				return
			}
			n++
		}
	}()
	computed, err = b.session.Recompute(ctx, 0, b.rows)
	close(stop)
	if derr := <-done; err == nil {
		err = derr
	}
	if err != nil {
		return err
	}
	b.compute[1] = append(b.compute[1], milliseconds(computed))
	if n > 0 {
		b.decode[0] = append(b.decode[0], alone)
		b.decode[1] = append(b.decode[1], milliseconds(time.Since(began))/float64(n))
	}
	return nil
}

// contention is what came of the turns.
func (b *beside) contention() kv.Contention {
	factor := func(x [2][]float64) float64 {
		f := stat.Quantile(x[1], typical) / stat.Quantile(x[0], typical)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return 1
		}
		return max(f, 1)
	}
	return kv.Contention{Compute: factor(b.compute), Read: factor(b.decode)}
}
