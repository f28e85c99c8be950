package tensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/model/safetensors"
	"assay/core/run"
)

// File is a safetensors file in memory.
type File struct {
	path string
	set  *safetensors.Set
}

// single shows one file under the name that package safetensors looks for.
type single struct{ path string }

// Open implements fs.FS.
func (s single) Open(name string) (fs.File, error) {
	if name != safetensors.SingleFile {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.Open(s.path)
}

// Open reads and checks the header of a file. Errors are *run.Error that begin
// with its name.
func Open(path string) (*File, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s cannot be read", path), Err: reason(err)}
	}
	return OpenFS(single{path}, path)
}

// OpenFS opens a file called safetensors.SingleFile in fsys; name stands for it
// in errors.
func OpenFS(fsys fs.FS, name string) (*File, error) {
	set, err := safetensors.Open(fsys)
	if err != nil {
		// The package names the file as it looks for it, which is not its name here.
		text := strings.TrimPrefix(err.Error(), safetensors.SingleFile+": ")
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s is no whole safetensors file: %s", name, text)}
	}
	return &File{path: name, set: set}, nil
}

// Close closes the file.
func (f *File) Close() error { return f.set.Close() }

// Names lists the tensors.
func (f *File) Names() []string {
	var out []string
	for _, t := range f.set.Tensors() {
		out = append(out, t.Name)
	}
	return out
}

// Shape returns the shape of a tensor.
func (f *File) Shape(name string) ([]int, bool) {
	t, ok := f.set.Lookup(name)
	return t.Shape, ok
}

// Floats reads a tensor of any numbers as float32.
func (f *File) Floats(name string) ([]float32, []int, error) {
	t, data, err := f.bytes(name)
	if err != nil {
		return nil, nil, err
	}
	size := t.DType.Size()
	out := make([]float32, len(data)/size)
	le := binary.LittleEndian
	for i := range out {
		b := data[i*size:]
		switch t.DType {
		case "F32":
			out[i] = math.Float32frombits(le.Uint32(b))
		case "F64":
			out[i] = float32(math.Float64frombits(le.Uint64(b)))
		case "BF16":
			out[i] = math.Float32frombits(uint32(le.Uint16(b)) << 16)
		case "F16":
			out[i] = half(le.Uint16(b))
		case "U8":
			out[i] = float32(b[0])
		default:
			return nil, nil, f.fail("tensor %s is %s, expected F32, F64, F16, BF16 or U8", name, t.DType)
		}
	}
	return out, t.Shape, nil
}

// Ints reads a tensor of whole numbers.
func (f *File) Ints(name string) ([]int64, []int, error) {
	t, data, err := f.bytes(name)
	if err != nil {
		return nil, nil, err
	}
	size := t.DType.Size()
	out := make([]int64, len(data)/size)
	le := binary.LittleEndian
	for i := range out {
		b := data[i*size:]
		switch t.DType {
		case "I64", "U64":
			out[i] = int64(le.Uint64(b))
		case "I32":
			out[i] = int64(int32(le.Uint32(b)))
		case "U32":
			out[i] = int64(le.Uint32(b))
		case "I16":
			out[i] = int64(int16(le.Uint16(b)))
		case "U8":
			out[i] = int64(b[0])
		case "I8":
			out[i] = int64(int8(b[0]))
		case "F32", "F64":
			var x float64
			if t.DType == "F32" {
				x = float64(math.Float32frombits(le.Uint32(b)))
			} else {
				x = math.Float64frombits(le.Uint64(b))
			}
			if x != math.Trunc(x) || math.Abs(x) > 1<<52 {
				return nil, nil, f.fail("tensor %s holds %v at %d, expected whole numbers", name, x, i)
			}
			out[i] = int64(x)
		default:
			return nil, nil, f.fail("tensor %s is %s, expected whole numbers", name, t.DType)
		}
	}
	return out, t.Shape, nil
}

func (f *File) bytes(name string) (safetensors.Tensor, []byte, error) {
	t, ok := f.set.Lookup(name)
	if !ok {
		return t, nil, f.fail("tensor %s is missing", name)
	}
	data := make([]byte, t.Bytes)
	if err := f.set.ReadAt(name, data, 0); err != nil {
		return t, nil, f.fail("tensor %s cannot be read: %v", name, err)
	}
	return t, data, nil
}

func (f *File) fail(format string, a ...any) error {
	return &run.Error{Code: run.EInput, Text: filepath.Base(f.path) + ": " + fmt.Sprintf(format, a...)}
}

// half widens an IEEE binary16.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, int(h>>10&31), uint32(h&1023)
	switch exp {
	case 0:
		x := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | uint32(exp+112)<<23 | frac<<13)
}

// reason drops the path that the text before it names already.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Batch reads the tensors x, inputs of the given shape, and y, classes below
// classes; it returns the inputs one after the other.
func Batch(path string, input []int, classes int) (x []float32, y []int32, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	x, shape, err := f.Floats("x")
	if err != nil {
		return nil, nil, err
	}
	labels, _, err := f.Ints("y")
	if err != nil {
		return nil, nil, err
	}
	size := 1
	for _, d := range input {
		size *= d
	}
	if len(shape) == 0 || shape[0] == 0 || len(x) != shape[0]*size || !fits(shape[1:], input) {
		return nil, nil, f.fail("x is %v, expected a number of inputs of %v", shape, input)
	}
	if len(labels) != shape[0] {
		return nil, nil, f.fail("y holds %d labels for %d inputs", len(labels), shape[0])
	}
	for i, v := range x {
		if v-v != 0 {
			return nil, nil, f.fail("x holds %v at %d, expected finite numbers", v, i)
		}
	}
	y = make([]int32, len(labels))
	for i, v := range labels {
		if v < 0 || v >= int64(classes) {
			return nil, nil, f.fail("y holds class %d at %d, expected 0 to %d", v, i, classes-1)
		}
		y[i] = int32(v)
	}
	return x, y, nil
}

// fits allows inputs that are flat where the network begins with [C,H,W].
func fits(shape, input []int) bool {
	size := 1
	for _, d := range input {
		size *= d
	}
	return slices.Equal(shape, input) || len(shape) == 1 && shape[0] == size
}
