//go:build !linux

package gpu

import "runtime"

func affinityCount() int { return runtime.NumCPU() }

// memoryBytes is unknown here: the size of an allocation is not checked.
func memoryBytes() uint64 { return 0 }

func cpuName() string { return runtime.GOARCH }
