package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// The file names that Open looks for, in this order.
const (
	SingleFile = "model.safetensors"
	IndexFile  = "model.safetensors.index.json"
)

// maxIndex bounds the index file in bytes; the largest published ones are a few hundred kilobytes.
const maxIndex = 64 << 20

// Set is the weights of one model: every tensor of one file or of all shards.
type Set struct {
	files   []fs.File
	tensors []Tensor // sorted by name
	readers []io.ReaderAt
	starts  []int64        // where each file's data begins
	file    map[string]int // file name -> its place in readers
	byName  map[string]int // tensor name -> its place in tensors
}

// Open reads and checks the headers of the weights in fsys: SingleFile, or else the shards of IndexFile. The data itself
// is read later, by ReadAt. An error wraps fs.ErrNotExist when neither file is there.
func Open(fsys fs.FS) (*Set, error) {
	s := &Set{file: map[string]int{}, byName: map[string]int{}}
	err := s.open(fsys)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Set) open(fsys fs.FS) error {
	_, err := fs.Stat(fsys, SingleFile)
	if err == nil {
		tensors, err := s.openFile(fsys, SingleFile)
		if err != nil {
			return err
		}
		s.tensors = tensors
	} else if errors.Is(err, fs.ErrNotExist) {
		if err := s.openShards(fsys); err != nil {
			return err
		}
	} else {
		return fmt.Errorf("%s: %w", SingleFile, reason(err))
	}
	slices.SortFunc(s.tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	for i, t := range s.tensors {
		s.byName[t.Name] = i
	}
	return nil
}

// openShards opens every file that the index names and insists that index and shards agree on where each tensor is.
func (s *Set) openShards(fsys fs.FS) error {
	where, err := readIndex(fsys)
	if err != nil {
		return err
	}
	var shards []string
	for _, f := range where {
		shards = append(shards, f)
	}
	slices.Sort(shards)
	for _, f := range slices.Compact(shards) {
		tensors, err := s.openFile(fsys, f)
		if err != nil {
			return err
		}
		for _, t := range tensors {
			switch listed, ok := where[t.Name]; {
			case !ok:
				return fmt.Errorf("%s: tensor %q is in %s but not in the weight_map", IndexFile, t.Name, f)
			case listed != f:
				return fmt.Errorf("%s: tensor %q is in %s, but the weight_map says %s", IndexFile, t.Name, f, listed)
			}
			delete(where, t.Name)
		}
		s.tensors = append(s.tensors, tensors...)
	}
	left := make([]string, 0, len(where))
	for name := range where {
		left = append(left, name)
	}
	if len(left) > 0 {
		first := slices.Min(left)
		return fmt.Errorf("%s: tensor %q is missing from %s", IndexFile, first, where[first])
	}
	return nil
}

// readIndex returns the weight_map: tensor name -> file name. Files must lie beside the index.
func readIndex(fsys fs.FS) (map[string]string, error) {
	f, err := fsys.Open(IndexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s and no %s: %w", SingleFile, IndexFile, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, reason(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxIndex+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IndexFile, reason(err))
	}
	if len(text) > maxIndex {
		return nil, fmt.Errorf("%s: larger than %d bytes", IndexFile, maxIndex)
	}
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, fmt.Errorf("%s: not valid JSON: %w", IndexFile, err)
	}
	if len(index.WeightMap) == 0 {
		return nil, fmt.Errorf("%s: weight_map is missing or empty", IndexFile)
	}
	for name, file := range index.WeightMap {
		if !fs.ValidPath(file) || file == "." || strings.ContainsAny(file, `/\`) {
			return nil, fmt.Errorf("%s: tensor %q: %q is not the name of a file in the same folder", IndexFile, name, file)
		}
	}
	return index.WeightMap, nil
}

// openFile opens one file, checks its header and keeps it open for ReadAt.
func (s *Set) openFile(fsys fs.FS, name string) ([]Tensor, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	s.files = append(s.files, f)
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	r, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%s: its file system cannot read at an offset", name)
	}
	header, err := readHeader(name, r, info.Size())
	if err != nil {
		return nil, err
	}
	start := 8 + int64(len(header))
	tensors, err := ParseHeader(name, header, info.Size()-start)
	if err != nil {
		return nil, err
	}
	s.file[name] = len(s.readers)
	s.readers = append(s.readers, r)
	s.starts = append(s.starts, start)
	return tensors, nil
}

func readHeader(name string, r io.ReaderAt, size int64) ([]byte, error) {
	if size < 8 {
		return nil, fmt.Errorf("%s: %d bytes, too short for a safetensors file", name, size)
	}
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("%s: read header length: %w", name, reason(err))
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader {
		return nil, fmt.Errorf("%s: header length %d exceeds the limit of %d: not a safetensors file, or damaged", name, n, MaxHeader)
	}
	if n > uint64(size-8) {
		return nil, fmt.Errorf("%s: header length %d exceeds the %d bytes that follow it: the file is truncated", name, n, size-8)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, 8); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: read header: %w", name, reason(err))
	}
	return header, nil
}

// Tensors lists every tensor by name, in byte order of the names. The slice is the Set's own: do not change it.
func (s *Set) Tensors() []Tensor { return s.tensors }

// Lookup finds a tensor by its full name.
func (s *Set) Lookup(name string) (Tensor, bool) {
	i, ok := s.byName[name]
	if !ok {
		return Tensor{}, false
	}
	return s.tensors[i], true
}

// ReadAt fills p with bytes of the named tensor from offset off. The range must lie inside the tensor.
func (s *Set) ReadAt(name string, p []byte, off int64) error {
	t, ok := s.Lookup(name)
	if !ok {
		return fmt.Errorf("tensor %q is not in the model", name)
	}
	if off < 0 || int64(len(p)) > t.Bytes-off {
		return fmt.Errorf("%s: tensor %q has %d bytes, asked for %d at %d", t.File, name, t.Bytes, len(p), off)
	}
	i := s.file[t.File]
	n, err := s.readers[i].ReadAt(p, s.starts[i]+t.begin+off)
	if n == len(p) {
		return nil // a read up to the very end may report io.EOF
	}
	return fmt.Errorf("%s: tensor %q: read %d bytes at %d: %w", t.File, name, len(p), off, reason(err))
}

// Close closes the files. It may be called more than once.
func (s *Set) Close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	s.files = nil
	return errors.Join(errs...)
}

// reason drops the path that fs puts in front of an error, since every message here begins with the file's name.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
