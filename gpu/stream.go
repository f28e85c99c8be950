package gpu

import (
	"context"
	"errors"
	"sync/atomic"

	"assay/gpu/internal/cpu"
)

// Stream runs operations in order. On the CPU an operation is done when its
// method returns.
//
// A Stream is not safe for concurrent use, except for Cancel, Reset and Err.
type Stream struct {
	dev *Device
	// stop is read by running kernels at every chunk border. It is an object of
	// its own without pointers, so that C may hold its address during a call.
	stop *atomic.Uint32
}

// NewStream returns a further stream of the device. It costs nothing to make
// and nothing to drop.
func (d *Device) NewStream() *Stream {
	return &Stream{dev: d, stop: new(atomic.Uint32)}
}

// Device returns the device of the stream.
func (s *Stream) Device() *Device { return s.dev }

// Cancel makes the running operation stop within milliseconds and every later
// one refuse, both with ErrCanceled, until Reset. What a cancelled operation
// was writing is undefined. Cancel may be called from any goroutine, such as by
// context.AfterFunc(ctx, s.Cancel).
func (s *Stream) Cancel() { s.stop.Store(1) }

// Reset makes a cancelled stream usable again.
func (s *Stream) Reset() { s.stop.Store(0) }

// Err returns ErrCanceled (wrapped) after Cancel, ErrClosed after the device
// was closed, and nil otherwise.
func (s *Stream) Err() error { return s.ready("Stream") }

// Sync waits until every operation of the stream is done and returns ctx's
// error or the stream's. On the CPU there is nothing to wait for.
func (s *Stream) Sync(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.ready("Sync")
}

func (s *Stream) ready(op string) error {
	if s.dev.closed.Load() {
		return &Error{Op: op, Err: ErrClosed}
	}
	if s.stop.Load() != 0 {
		return &Error{Op: op, Err: ErrCanceled}
	}
	return nil
}

// outcome turns the status of a kernel into an error.
func (s *Stream) outcome(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cpu.ErrStopped):
		return &Error{Op: op, Err: ErrCanceled}
	case errors.Is(err, cpu.ErrClosed):
		return &Error{Op: op, Err: ErrClosed}
	}
	return &Error{Op: op, Arg: "workspace", Err: ErrOOM}
}
