package run

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Record is one result of a run. Kind and Key together are unique within the
// run; a later record of the same kind and key replaces the earlier one and
// gets a new sequence number.
type Record struct {
	Seq  int64           `json:"seq"`
	Kind string          `json:"kind"`
	Key  string          `json:"key"`
	Data json.RawMessage `json:"data"`
}

// Level orders events by weight.
type Level int

// The levels of an event.
const (
	Debug Level = -4
	Info  Level = 0
	Warn  Level = 4
	Err   Level = 8
)

// Word names the level as people read it: debug, info, warn or error.
func (l Level) Word() string {
	switch {
	case l >= Err:
		return "error"
	case l >= Warn:
		return "warn"
	case l >= Info:
		return "info"
	}
	return "debug"
}

// Event is one line of a run's log.
type Event struct {
	Seq   int64           `json:"seq"`
	TMs   int64           `json:"t_ms"`
	Level Level           `json:"level"`
	Kind  string          `json:"kind"`
	Text  string          `json:"text"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// MetricKey names a number over steps. Better is +1 where more is better, -1
// where less is, 0 where neither.
type MetricKey struct {
	Name   string `json:"name"`
	Unit   string `json:"unit"`
	Better int    `json:"better"`
}

// Metric is one value of a metric; NaN is allowed and kept.
type Metric struct {
	Key   MetricKey `json:"key"`
	Step  int64     `json:"step"`
	TMs   int64     `json:"t_ms"`
	Value float64   `json:"value"`
}

// Array is a named block of numbers of a run, row-major, little-endian.
type Array struct {
	Name  string `json:"name"`
	DType string `json:"dtype"` // "f32", "i32"
	Shape []int  `json:"shape"`
	Data  []byte `json:"-"`
}

// ArrayInfo describes an array without its data. SHA is the hex SHA-256 of the
// data, so that two runs can be compared without reading it.
type ArrayInfo struct {
	Seq   int64  `json:"seq"`
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
	SHA   string `json:"sha"`
	Bytes int64  `json:"bytes"`
}

// F32Array makes an array of float32 values; the product of shape must be the
// number of values, else it panics, since that is a fault of the caller.
func F32Array(name string, values []float32, shape ...int) Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n != len(values) {
		panic(fmt.Sprintf("run: array %s of shape %v got %d values", name, shape, len(values)))
	}
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Array{Name: name, DType: "f32", Shape: shape, Data: data}
}

// F32 returns the values of an f32 array. It is an error to ask an array of
// another type, or one whose data does not fit its shape.
func (a Array) F32() ([]float32, error) {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	if a.DType != "f32" || n*4 != len(a.Data) {
		return nil, fmt.Errorf("array %s: %s%v of %d bytes is not a whole f32 array", a.Name, a.DType, a.Shape, len(a.Data))
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(a.Data[4*i:]))
	}
	return out, nil
}
