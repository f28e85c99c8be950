package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
)

// MaxHeader is the largest header that is read, in bytes: the limit that the format's own reader sets.
const MaxHeader = 100_000_000

// metadataKey is the one header entry that is not a tensor: free text by key.
const metadataKey = "__metadata__"

// maxDims bounds a shape; no weight of a language model comes near it.
const maxDims = 8

// Tensor describes one tensor of a Set.
type Tensor struct {
	// Name is the tensor's full name, "model.norm.weight" for example.
	Name string
	// DType is the element type.
	DType DType
	// Shape lists the dimensions, slowest first; empty for a scalar.
	Shape []int
	// Bytes is the size of the data.
	Bytes int64
	// File is the name of the file that holds it.
	File string

	begin int64 // first byte, from the start of the file's data
}

// ParseHeader checks the JSON header of one file against the size of the data behind it, dataLen bytes, and returns the
// tensors in order of their data. The name is used in errors and recorded in each Tensor.
func ParseHeader(file string, header []byte, dataLen int64) ([]Tensor, error) {
	tensors, err := decodeHeader(file, header)
	if err != nil {
		return nil, err
	}
	// Equal starts happen with empty tensors only; the shorter one first keeps the tiling check simple.
	slices.SortFunc(tensors, func(a, b Tensor) int {
		if c := compareInt64(a.begin, b.begin); c != 0 {
			return c
		}
		if c := compareInt64(a.Bytes, b.Bytes); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	var at int64
	for _, t := range tensors {
		end := t.begin + t.Bytes
		switch {
		case t.begin > at:
			return nil, fmt.Errorf("%s: tensor %q starts at byte %d, expected %d: the data has a gap", file, t.Name, t.begin, at)
		case t.begin < at:
			return nil, fmt.Errorf("%s: tensor %q starts at byte %d, expected %d: it overlaps the tensor before it", file, t.Name, t.begin, at)
		case end > dataLen:
			return nil, fmt.Errorf("%s: tensor %q ends at byte %d of the data, but the file has only %d: the file is truncated", file, t.Name, end, dataLen)
		}
		at = end
	}
	if at != dataLen {
		return nil, fmt.Errorf("%s: %d bytes follow the last tensor, expected none", file, dataLen-at)
	}
	return tensors, nil
}

func compareInt64(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// decodeHeader reads the JSON object key by key, because a plain map would hide a name that occurs twice.
func decodeHeader(file string, header []byte) ([]Tensor, error) {
	dec := json.NewDecoder(bytes.NewReader(header))
	bad := func(err error) error { return fmt.Errorf("%s: header is not valid JSON: %w", file, jsonError(err)) }
	open, err := dec.Token()
	if err != nil {
		return nil, bad(err)
	}
	if open != json.Delim('{') {
		return nil, fmt.Errorf("%s: header is not a JSON object", file)
	}
	var tensors []Tensor
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, bad(err)
		}
		name, ok := tok.(string)
		if !ok {
			return nil, fmt.Errorf("%s: header key %v is not a string", file, tok)
		}
		if seen[name] {
			return nil, fmt.Errorf("%s: tensor %q is listed twice", file, name)
		}
		seen[name] = true
		if name == metadataKey {
			var meta map[string]string
			if err := dec.Decode(&meta); err != nil {
				return nil, fmt.Errorf("%s: %s must map text to text: %w", file, metadataKey, jsonError(err))
			}
			continue
		}
		var entry struct {
			DType   *DType   `json:"dtype"`
			Shape   *[]int64 `json:"shape"`
			Offsets *[]int64 `json:"data_offsets"`
		}
		if err := dec.Decode(&entry); err != nil {
			return nil, fmt.Errorf("%s: tensor %q: %w", file, name, jsonError(err))
		}
		if entry.DType == nil || entry.Shape == nil || entry.Offsets == nil {
			return nil, fmt.Errorf("%s: tensor %q lacks dtype, shape or data_offsets", file, name)
		}
		t, err := newTensor(file, name, *entry.DType, *entry.Shape, *entry.Offsets)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, t)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, bad(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: header holds more than one JSON value", file)
	}
	return tensors, nil
}

func newTensor(file, name string, dt DType, shape, offsets []int64) (Tensor, error) {
	fail := func(format string, args ...any) (Tensor, error) {
		return Tensor{}, fmt.Errorf("%s: tensor %q: %s", file, name, fmt.Sprintf(format, args...))
	}
	size := dt.Size()
	if size == 0 {
		return fail("unknown dtype %q", string(dt))
	}
	if len(offsets) != 2 {
		return fail("data_offsets has %d numbers, expected 2", len(offsets))
	}
	begin, end := offsets[0], offsets[1]
	if begin < 0 || end < begin {
		return fail("data_offsets [%d, %d] is not a range", begin, end)
	}
	if len(shape) > maxDims {
		return fail("shape has %d dimensions, expected at most %d", len(shape), maxDims)
	}
	want := uint64(size)
	dims := make([]int, len(shape))
	for i, d := range shape {
		if d < 0 {
			return fail("shape %v has a negative dimension", shape)
		}
		hi, lo := bits.Mul64(want, uint64(d))
		if hi != 0 || lo > 1<<62 {
			return fail("shape %v overflows", shape)
		}
		want, dims[i] = lo, int(d)
	}
	if got := uint64(end - begin); got != want {
		return fail("data_offsets [%d, %d] hold %d bytes, expected %d for %s %v", begin, end, got, want, dt, shape)
	}
	return Tensor{Name: name, DType: dt, Shape: dims, Bytes: int64(want), File: file, begin: begin}, nil
}

// jsonError keeps a decoder's message to what a person can use: an early end has no text of its own.
func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return err
}
