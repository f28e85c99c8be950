package gpu

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"assay/gpu/internal/cpu"
)

// maxThreads bounds the pool: fork-join of short kernels gains nothing beyond.
const maxThreads = 64

// Options chooses how a device is opened. The zero value is automatic.
type Options struct {
	// Threads is the number of threads of the pool, the caller included. 0
	// takes ASSAY_THREADS, or else the number of CPUs that this process may
	// use: affinity mask and cgroup quota (rounded down), at most 64.
	Threads int
	// ISA is "avx512", "avx2" or "base". Empty takes ASSAY_CPU_ISA, or else
	// the best that this machine has.
	ISA string
}

// Info describes a device.
type Info struct {
	Kind        string   // "cpu"
	Name        string   // processor or card, as the system calls it
	ISA         string   // kernel variant in use: "avx512", "avx2" or "base"
	ISAs        []string // variants that this machine can run, best first
	Threads     int      // threads of the pool, the caller included
	MemoryBytes uint64   // total memory of the machine or card
}

// Problem says why a kind of device cannot be used.
type Problem struct {
	Kind string // "cuda"
	Text string // one line
}

// Device is an opened device. It is safe for concurrent use.
type Device struct {
	cpu    *cpu.Device
	info   Info
	closed atomic.Bool
	once   sync.Once
	def    *Stream
}

// Open opens the device that spec names: "auto" (also the empty string) or
// "cpu". An explicit device never falls back: "cuda..." fails with ErrNoDriver.
func Open(spec string, o Options) (*Device, error) {
	switch {
	case spec == "" || spec == "auto" || spec == "cpu":
		return openCPU(o)
	case spec == "cuda" || strings.HasPrefix(spec, "cuda:"):
		return nil, &Error{Op: "Open", Arg: spec, Err: ErrNoDriver,
			Hint: "this build has no CUDA backend; use --device cpu"}
	}
	return nil, &Error{Op: "Open", Arg: "spec", Expected: `"auto" or "cpu"`, Got: strconv.Quote(spec), Err: ErrUnsupported}
}

// List describes the devices that Open would find with default options, and
// says why other kinds are absent. It never fails.
func List() ([]Info, []Problem) {
	var problems []Problem
	info, err := cpuInfo(Options{})
	if err != nil {
		problems = append(problems, Problem{Kind: "cpu", Text: err.Error()})
		info = Info{}
	}
	problems = append(problems, Problem{Kind: "cuda", Text: "this build has no CUDA backend"})
	if err != nil {
		return nil, problems
	}
	return []Info{info}, problems
}

func cpuInfo(o Options) (Info, error) {
	threads, err := threadCount(o.Threads)
	if err != nil {
		return Info{}, err
	}
	isas := cpu.ISAs()
	isa := o.ISA
	source := "Options.ISA"
	if isa == "" {
		isa, source = os.Getenv("ASSAY_CPU_ISA"), "ASSAY_CPU_ISA"
	}
	if isa == "" {
		isa = isas[0]
	}
	found := false
	for _, have := range isas {
		found = found || have == isa
	}
	if !found {
		return Info{}, &Error{Op: "Open", Arg: source, Err: ErrUnsupported,
			Expected: "one that this CPU has: " + strings.Join(isas, ", "), Got: strconv.Quote(isa)}
	}
	return Info{Kind: "cpu", Name: cpuName(), ISA: isa, ISAs: isas, Threads: threads, MemoryBytes: memoryBytes()}, nil
}

func openCPU(o Options) (*Device, error) {
	info, err := cpuInfo(o)
	if err != nil {
		return nil, err
	}
	c, err := cpu.Open(info.Threads, info.ISA)
	if err != nil {
		return nil, &Error{Op: "Open", Arg: "cpu", Got: err.Error(), Err: ErrOOM}
	}
	d := &Device{cpu: c, info: info}
	d.def = d.NewStream()
	return d, nil
}

// Info describes the device.
func (d *Device) Info() Info { return d.info }

// Close stops the threads of the device after the operation that is running.
// Tensors stay readable through Go memory but no operation runs any more:
// they return ErrClosed. Close is idempotent.
func (d *Device) Close() error {
	d.once.Do(func() {
		d.closed.Store(true)
		d.cpu.Close()
	})
	return nil
}

// Default returns the stream that every device has from the start.
func (d *Device) Default() *Stream { return d.def }

// String returns kind, variant and threads, such as "cpu (avx512, 2 threads)".
func (i Info) String() string {
	return fmt.Sprintf("%s (%s, %d threads)", i.Kind, i.ISA, i.Threads)
}
