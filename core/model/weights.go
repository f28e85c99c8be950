package model

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"assay/core/model/safetensors"
	"assay/gpu"
)

// source is a file format that weights come from. Names are Hugging Face's, whatever the file calls them.
type source interface {
	// Tensors lists what the files hold, sorted by name.
	Tensors() []TensorInfo
	// ReadAt fills p with the named tensor's bytes from offset off.
	ReadAt(name string, p []byte, off int64) error
	Close() error
}

// openSource finds the weights of a model folder.
func openSource(fsys fs.FS) (source, error) {
	set, err := safetensors.Open(fsys)
	if err != nil {
		return nil, err
	}
	return safetensorsSource{set}, nil
}

// safetensorsSource adapts a safetensors.Set, whose names are Hugging Face's already.
type safetensorsSource struct{ *safetensors.Set }

func (s safetensorsSource) Tensors() []TensorInfo {
	list := make([]TensorInfo, 0, len(s.Set.Tensors()))
	for _, t := range s.Set.Tensors() {
		list = append(list, TensorInfo{Name: t.Name, DType: string(t.DType), Shape: t.Shape, Bytes: t.Bytes, File: t.File})
	}
	return list
}

// match checks the tensors of a source against those that the configuration needs. It returns what was found for each
// spec, in the same order, and the names of tensors that the model does not read.
func match(c Config, specs []tensorSpec, have []TensorInfo) (found []TensorInfo, ignored []string, err error) {
	byName := make(map[string]TensorInfo, len(have))
	for _, t := range have {
		byName[t.Name] = t
	}
	used := make(map[string]bool, len(specs))
	for _, s := range specs {
		t, ok := byName[s.name]
		if !ok {
			return nil, nil, fmt.Errorf("tensor %q is missing, expected shape %v", s.name, s.shape)
		}
		if !slices.Equal(t.Shape, s.shape) {
			return nil, nil, fmt.Errorf("%s: tensor %q has shape %v, expected %v from %s", t.File, s.name, t.Shape, s.shape, configFile)
		}
		if _, err := storageType(t); err != nil {
			return nil, nil, err
		}
		used[s.name] = true
		found = append(found, t)
	}
	for _, t := range have {
		switch {
		case used[t.Name]:
		case idle(c, t.Name):
			ignored = append(ignored, t.Name)
		default:
			return nil, nil, fmt.Errorf("%s: tensor %q is not part of a %s model with this %s%s",
				t.File, t.Name, c.ModelType, configFile, extraHint(c, t.Name))
		}
	}
	return found, ignored, nil
}

// extraHint names the usual reason for a tensor too many.
func extraHint(c Config, name string) string {
	switch {
	case strings.HasSuffix(name, "_proj.bias") && strings.Contains(name, ".mlp."):
		return ": mlp_bias is not set"
	case strings.HasSuffix(name, "_proj.bias"):
		return ": attention_bias is not set"
	case strings.HasPrefix(name, "model.layers."):
		return fmt.Sprintf(" (%d layers)", c.Layers)
	}
	return ""
}

// storageType is the type that a weight keeps in memory.
func storageType(t TensorInfo) (gpu.DType, error) {
	switch t.DType {
	case string(safetensors.F32):
		return gpu.F32, nil
	case string(safetensors.F16):
		return gpu.F16, nil
	case string(safetensors.BF16):
		return gpu.BF16, nil
	}
	return 0, fmt.Errorf("%s: tensor %q is stored as %s, expected F32, F16 or BF16", t.File, t.Name, t.DType)
}

// readChunk bounds the bytes read at a time, and so the time between two looks at the context.
const readChunk = 1 << 20

// reader streams tensors through a fixed buffer, checking that every number is finite and hashing as it goes.
type reader struct {
	ctx      context.Context // of the one Load or Inspect that the reader lives for
	src      source
	buf      []byte
	done     int64
	total    int64
	progress func(done, total int64)
	sums     []tensorSum
}

// tensorSum is a tensor's part of the fingerprint.
type tensorSum struct {
	info TensorInfo
	sum  [sha256.Size]byte
}

func newReader(ctx context.Context, src source, tensors []TensorInfo, progress func(done, total int64)) *reader {
	r := &reader{ctx: ctx, src: src, progress: progress}
	for _, t := range tensors {
		r.total += t.Bytes
	}
	return r
}

// read passes the tensor to sink in whole rows, with the index of the first row. A nil sink only checks and hashes.
func (r *reader) read(t TensorInfo, sink func(row int, data []byte) error) error {
	dt, err := storageType(t)
	if err != nil {
		return err
	}
	rows := t.Shape[0]
	rowBytes := int(t.Bytes / int64(rows)) // every dimension of a spec is at least 1
	step := max(1, readChunk/rowBytes)
	if need := min(step, rows) * rowBytes; cap(r.buf) < need {
		r.buf = make([]byte, need)
	}
	sum := sha256.New()
	for row := 0; row < rows; row += step {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		data := r.buf[:min(step, rows-row)*rowBytes]
		off := int64(row) * int64(rowBytes)
		if err := r.src.ReadAt(t.Name, data, off); err != nil {
			return err
		}
		if i := firstNonFinite(dt, data); i >= 0 {
			return fmt.Errorf("%s: tensor %q holds %s at index %v, expected finite weights",
				t.File, t.Name, nonFiniteName(dt, data, i), unravel(off/int64(dt.Size())+int64(i), t.Shape))
		}
		sum.Write(data)
		if sink != nil {
			if err := sink(row, data); err != nil {
				return fmt.Errorf("tensor %q: %w", t.Name, err)
			}
		}
		r.done += int64(len(data))
		if r.progress != nil {
			r.progress(r.done, r.total)
		}
	}
	r.sums = append(r.sums, tensorSum{info: t, sum: [sha256.Size]byte(sum.Sum(nil))})
	return nil
}

// exponent returns the mask of the exponent bits of two (or four) numbers in one word, and the smallest exponent step:
// masked + step carries into the sign bit of a number exactly when its exponent is all ones, that is, NaN or infinite.
func exponent(dt gpu.DType) (mask, step, sign uint64) {
	switch dt {
	case gpu.F16:
		return 0x7c00_7c00_7c00_7c00, 0x0400_0400_0400_0400, 0x8000_8000_8000_8000
	case gpu.BF16:
		return 0x7f80_7f80_7f80_7f80, 0x0080_0080_0080_0080, 0x8000_8000_8000_8000
	default:
		return 0x7f80_0000_7f80_0000, 0x0080_0000_0080_0000, 0x8000_0000_8000_0000
	}
}

// firstNonFinite returns the index of the first NaN or infinity of little-endian data, or -1.
func firstNonFinite(dt gpu.DType, data []byte) int {
	mask, step, sign := exponent(dt)
	at := 0
	for ; at+8 <= len(data); at += 8 {
		if (binary.LittleEndian.Uint64(data[at:])&mask+step)&sign != 0 {
			break
		}
	}
	size := dt.Size()
	for ; at+size <= len(data); at += size {
		if (uint64(element(data[at:], size))&mask+step)&sign&(1<<(8*size)-1) != 0 {
			return at / size
		}
	}
	return -1
}

func element(data []byte, size int) uint32 {
	if size == 2 {
		return uint32(binary.LittleEndian.Uint16(data))
	}
	return binary.LittleEndian.Uint32(data)
}

func nonFiniteName(dt gpu.DType, data []byte, i int) string {
	size := dt.Size()
	bits := uint64(element(data[i*size:], size))
	mask, _, sign := exponent(dt)
	low := uint64(1)<<(8*size) - 1
	switch {
	case bits&^(mask|sign)&low != 0:
		return "NaN"
	case bits&sign != 0:
		return "-Inf"
	default:
		return "+Inf"
	}
}

// unravel turns a flat index into one per dimension.
func unravel(flat int64, shape []int) []int64 {
	idx := make([]int64, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		idx[d] = flat % int64(shape[d])
		flat /= int64(shape[d])
	}
	return idx
}
