// Package blas calls the single-precision matrix product of an OpenBLAS that is
// found at run time, as the yardstick of the product's own kernels. Nothing
// links against it and no computation of the product uses it.
//
// The library keeps process-wide state (threads, kernels), so one Library is
// opened once and used from one goroutine.
package blas

// #cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
// #cgo LDFLAGS: -ldl
// #include <dlfcn.h>
// #include <stdint.h>
// #include <stdlib.h>
//
// typedef void (*sgemm_fn)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
// typedef char *(*text_fn)(void);
// typedef void (*threads_fn)(int);
//
// static void call_sgemm(void *f, int m, int n, int k, const float *a, const float *w, float *c) {
// 	// Row-major (101); a as it is (111), w transposed (112): c = a w^T.
// 	((sgemm_fn)(uintptr_t)f)(101, 111, 112, m, n, k, 1.0f, a, k, w, k, 0.0f, c, n);
// }
// static const char *call_text(void *f) { return ((text_fn)(uintptr_t)f)(); }
// static void call_threads(void *f, int n) { ((threads_fn)(uintptr_t)f)(n); }
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// ErrAbsent is returned when no OpenBLAS is installed.
var ErrAbsent = errors.New("no OpenBLAS library (libopenblas.so.0); Debian's package is libopenblas0-pthread")

// names of the shared library, tried in this order.
var names = []string{"libopenblas.so.0", "libopenblas.so"}

// Library is a loaded OpenBLAS. It stays loaded until the process ends.
type Library struct {
	sgemm, threads unsafe.Pointer
	config, core   string
}

// Open loads the library and sets its thread count.
func Open(threads int) (*Library, error) {
	var handle unsafe.Pointer
	for _, name := range names {
		c := C.CString(name)
		handle = C.dlopen(c, C.RTLD_NOW|C.RTLD_LOCAL)
		C.free(unsafe.Pointer(c))
		if handle != nil {
			break
		}
	}
	if handle == nil {
		return nil, ErrAbsent
	}
	l := &Library{config: "unknown version", core: "unknown"}
	for _, s := range []struct {
		name string
		set  func(unsafe.Pointer)
	}{
		{"cblas_sgemm", func(p unsafe.Pointer) { l.sgemm = p }},
		{"openblas_set_num_threads", func(p unsafe.Pointer) { l.threads = p }},
		{"openblas_get_config", func(p unsafe.Pointer) { l.config = C.GoString(C.call_text(p)) }},
		{"openblas_get_corename", func(p unsafe.Pointer) { l.core = C.GoString(C.call_text(p)) }},
	} {
		c := C.CString(s.name)
		if p := C.dlsym(handle, c); p != nil {
			s.set(p)
		}
		C.free(unsafe.Pointer(c))
	}
	if l.sgemm == nil || l.threads == nil {
		return nil, fmt.Errorf("the OpenBLAS library lacks cblas_sgemm or openblas_set_num_threads")
	}
	C.call_threads(l.threads, C.int(threads))
	return l, nil
}

// Config returns the build's own description, such as "OpenBLAS 0.3.21 NO_LAPACK
// ... MAX_THREADS=64".
func (l *Library) Config() string { return l.config }

// Version returns name and version out of Config.
func (l *Library) Version() string {
	f := strings.Fields(l.config)
	if len(f) < 2 {
		return l.config
	}
	return f[0] + " " + f[1]
}

// Core returns the name of the kernels that the library chose for this CPU,
// such as "SkylakeX". OPENBLAS_CORETYPE overrides its choice.
func (l *Library) Core() string { return l.core }

// SGEMM stores c [m, n] = a [m, k] * w^T, with w [n, k], all row-major without
// gaps. It panics when a slice is too short.
func (l *Library) SGEMM(c, a, w []float32, m, n, k int) {
	_, _, _ = c[m*n-1], a[m*k-1], w[n*k-1]
	C.call_sgemm(l.sgemm, C.int(m), C.int(n), C.int(k), (*C.float)(unsafe.SliceData(a)), (*C.float)(unsafe.SliceData(w)), (*C.float)(unsafe.SliceData(c)))
}
