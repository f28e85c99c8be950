package worker

import (
	"os"
	"sync"

	"assay/core/run"
)

// Handle is a run that this process has started.
type Handle struct {
	ID  run.ID
	PID int // of the worker

	ended chan struct{} // closed when the process has been reaped
	fate  string        // how it ended; read after ended is closed

	mu   sync.Mutex // guards pipe
	pipe *os.File   // the worker reads its other end; nil where there is none
}

// Detach lets the run go on when this process ends. It may be called from a
// signal handler's goroutine, and more than once.
func (h *Handle) Detach() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pipe == nil {
		return nil
	}
	_, err := h.pipe.Write([]byte{detachByte})
	if closeErr := h.pipe.Close(); err == nil {
		err = closeErr
	}
	h.pipe = nil
	return err
}

// Release lets go of a run that was not detached: if it still goes on, it is
// cancelled at its next safe point. It may be called more than once.
func (h *Handle) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pipe != nil {
		h.pipe.Close() // nothing was written that could be lost
		h.pipe = nil
	}
}

// Ended is closed when the worker's process has ended, which for a warm worker
// is long after its run is done.
func (h *Handle) Ended() <-chan struct{} { return h.ended }
