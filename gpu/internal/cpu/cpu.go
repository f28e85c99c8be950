package cpu

// #cgo CFLAGS: -std=c11 -O3 -Wall -Wextra -Wno-psabi -fvisibility=hidden -pthread
// #cgo LDFLAGS: -pthread -lm
// #include "table.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// Errors of kernels.
var (
	ErrStopped = errors.New("stopped")
	ErrMemory  = errors.New("no memory for the workspace")
	ErrClosed  = errors.New("closed")
)

// Rows is a shape of N0 x N1 rows of D elements.
type Rows struct{ N0, N1, D int64 }

// Mat is a tensor of Rows: first element, row strides in elements, and element
// type in the numbering of table.h.
type Mat struct {
	P      unsafe.Pointer
	S0, S1 int64
	T      int32
}

// Device is a thread pool and a table of kernels. It is safe for concurrent
// use; parallel sections take turns.
type Device struct {
	mu    sync.RWMutex // held for reading by operations, for writing by Close
	h     *C.assay_dev // nil after Close
	width int
}

// ISAs returns the kernel variants that this CPU runs, best first. The last is
// always "base".
func ISAs() []string {
	var names []string
	for i := C.int(0); ; i++ {
		p := C.assay_isa(i)
		if p == nil {
			return names
		}
		names = append(names, C.GoString(p))
	}
}

// Open starts a pool of threads (the caller is one of them) with the kernels of
// isa, one of ISAs.
func Open(threads int, isa string) (*Device, error) {
	name := C.CString(isa)
	defer C.free(unsafe.Pointer(name))
	h := C.assay_open(C.int(threads), name)
	if h == nil {
		return nil, fmt.Errorf("start %d threads with %s kernels", threads, isa)
	}
	return &Device{h: h, width: int(C.assay_panel_width(h))}, nil
}

// Close waits for running operations and stops the threads.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.h != nil {
		C.assay_close(d.h)
		d.h = nil
	}
}

// PanelWidth returns the columns of one panel of a packed weight.
func (d *Device) PanelWidth() int { return d.width }

// enter returns the handle and holds Close off until leave.
func (d *Device) enter() (*C.assay_dev, error) {
	d.mu.RLock()
	if d.h == nil {
		d.mu.RUnlock()
		return nil, ErrClosed
	}
	return d.h, nil
}

func (d *Device) leave() { d.mu.RUnlock() }

func status(c C.int) error {
	switch c {
	case C.ASSAY_OK:
		return nil
	case C.ASSAY_STOPPED:
		return ErrStopped
	}
	return ErrMemory
}
