package nvml

// #cgo CFLAGS: -std=c11 -O2 -Wall -Wextra -fvisibility=hidden
// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "table.h"
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Codes of NVML that somebody decides on.
const (
	Uninitialized   = 1
	NotSupported    = 3
	NoPermission    = 4
	NotFound        = 6
	DriverNotLoaded = 9
	GPULost         = 15
	OperatingSystem = 17
	Mismatch        = 18 // library and kernel module are of different versions
	GPUNotFound     = 28
	Unknown         = 999
)

// ErrNoLibrary is wrapped by the error of Open where no library could be loaded.
var ErrNoLibrary = errors.New("no NVIDIA driver library")

// Error is an error code of the library.
type Error struct {
	Op   string // what was asked, such as "nvmlInit"
	Code int
	Text string // what the library says about the code
	Hint string // what to do; may be empty
}

// Error names the call, the code and what the library says.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s (error %d)", e.Op, e.Text, e.Code)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Candidates returns where the library is looked for, in this order: by name as
// the linker finds it, then where distributions and containers keep it.
func Candidates() []string {
	const name = "libnvidia-ml.so.1"
	list := []string{name}
	for _, dir := range []string{"/usr/lib/wsl/lib", "/run/opengl-driver/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/nvidia/lib64"} {
		list = append(list, dir+"/"+name)
	}
	return list
}

// Library is an initialised library. It is for one goroutine.
type Library struct {
	h      *C.assay_nvml
	path   string
	driver string
	round  int               // of Read: decides whose PCIe figures are asked for
	pcie   map[int][2]Figure // the last ones of each card
}

// Open loads the first of the candidates that can be loaded, and initialises it.
// The error wraps ErrNoLibrary where none can, with the linker's words for the
// first; tries holds the words for each. An *Error means that the library is
// there and refuses.
func Open(candidates ...string) (l *Library, tries []string, err error) {
	var first error
	for _, path := range candidates {
		h, err := load(path)
		if err != nil {
			tries = append(tries, err.Error())
			if first == nil {
				first = err
			}
			continue
		}
		l := &Library{h: h, path: path, pcie: map[int][2]Figure{}}
		if code := int(C.assay_nvml_init(h)); code != 0 {
			e := l.err("nvmlInit", code)
			return nil, append(tries, path+": "+e.Error()), e
		}
		var buf [96]C.char
		if C.assay_nvml_driver(h, &buf[0], C.uint(len(buf))) == 0 {
			l.driver = C.GoString(&buf[0])
		}
		return l, append(tries, path+": loaded"), nil
	}
	return nil, tries, fmt.Errorf("%w: %w", ErrNoLibrary, first)
}

func load(path string) (*C.assay_nvml, error) {
	p := C.CString(path)
	defer C.free(unsafe.Pointer(p))
	var why [512]C.char
	h := C.assay_nvml_load(p, &why[0], C.size_t(len(why)))
	if h == nil {
		text := C.GoString(&why[0])
		if !strings.Contains(text, path) {
			text = path + ": " + text
		}
		return nil, errors.New(text)
	}
	return h, nil
}

// Path returns the candidate that was loaded.
func (l *Library) Path() string { return l.path }

// Driver returns the version of the driver, "" where it is not told.
func (l *Library) Driver() string { return l.driver }

// err makes an error of a code.
func (l *Library) err(op string, code int) *Error {
	return &Error{Op: op, Code: code, Text: l.text(code), Hint: hint(code)}
}

// text is what is said about a code, by the library where it says anything.
func (l *Library) text(code int) string {
	switch code {
	case C.ASSAY_NO_CALL:
		return "this driver has no such call"
	case NotSupported:
		return "not supported"
	case NoPermission:
		return "no permission"
	}
	if p := C.assay_nvml_text(l.h, C.int(code)); p != nil {
		if s := strings.TrimSpace(C.GoString(p)); s != "" {
			return s
		}
	}
	return "unknown error"
}

// hint says what helps against a code.
func hint(code int) string {
	switch code {
	case C.ASSAY_NO_CALL:
		return "it is too old, or no library of the driver at all"
	case NoPermission:
		return "the device files under /dev/nvidia* are not readable here"
	case DriverNotLoaded:
		return "load the kernel module: modprobe nvidia"
	case GPULost:
		return "a card has fallen off the bus: reboot this machine"
	case OperatingSystem:
		return "the device cgroup of this container or job keeps the cards away"
	case Mismatch:
		return "the driver was updated while its kernel module stayed: reboot, or reload the module"
	}
	return ""
}
