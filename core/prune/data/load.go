package data

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed mnist/*.gz
var shipped embed.FS

// MNIST is the name of the set that ships.
const MNIST = "mnist"

// mostImages bounds a file of images; it keeps a wrong header from asking for
// terabytes.
const mostImages = 1 << 24

// Load reads a set: MNIST by name, or a folder in one of the formats of the
// package comment.
func Load(where string) (*Set, error) {
	if where == MNIST {
		sub, err := fs.Sub(shipped, "mnist")
		if err != nil {
			return nil, err
		}
		return loadIDX(sub, MNIST, MNIST)
	}
	info, err := os.Stat(where)
	if err != nil {
		return nil, fmt.Errorf("data %s: %w: give %q, or a folder; %s", where, reason(err), MNIST, expected)
	}
	if !info.IsDir() {
		return nil, oneLine("data %s is a file: give %q, or a folder\n%s", where, MNIST, expected)
	}
	fsys := os.DirFS(where)
	for _, name := range []string{"data_batch_1.bin", "test_batch.bin"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return loadCIFAR(fsys, where)
		}
	}
	for _, name := range []string{idxFiles[0], idxFiles[0] + ".gz"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			return loadIDX(fsys, filepath.Base(where), where)
		}
	}
	return nil, oneLine("data %s: no image set in this folder\n%s", where, expected)
}

// expected lists what folders may hold.
const expected = "expected data_batch_1.bin to data_batch_5.bin and test_batch.bin of 30730000 bytes each (CIFAR-10), or " +
	"train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each may end in .gz"

func oneLine(format string, args ...any) error {
	return errors.New(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; "))
}

// reason shortens an error of the file system to what a person can use.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

var idxFiles = []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}

// loadIDX reads four IDX files.
func loadIDX(fsys fs.FS, name, where string) (*Set, error) {
	var raw [4][]byte
	for i, f := range idxFiles {
		b, err := readMaybeZipped(fsys, f)
		if err != nil {
			return nil, fmt.Errorf("data %s: %w", where, err)
		}
		raw[i] = b
	}
	s := &Set{Name: name, Mean: []float32{0.1307}, Std: []float32{0.3081}}
	for c := range 10 {
		s.Classes = append(s.Classes, fmt.Sprint(c))
	}
	for i, dst := range []*Images{&s.Train, &s.Test} {
		var err error
		if *dst, err = parseIDX(idxFiles[2*i], raw[2*i], idxFiles[2*i+1], raw[2*i+1]); err != nil {
			return nil, fmt.Errorf("data %s: %w", where, err)
		}
	}
	if a, b := s.Train.Shape, s.Test.Shape; a[1] != b[1] || a[2] != b[2] {
		return nil, fmt.Errorf("data %s: training images are %dx%d and test images %dx%d", where, a[1], a[2], b[1], b[2])
	}
	return s, nil
}

// readMaybeZipped reads a file, or the one beside it that ends in .gz.
func readMaybeZipped(fsys fs.FS, name string) ([]byte, error) {
	b, err := fs.ReadFile(fsys, name)
	if err == nil {
		return b, nil
	}
	z, zerr := fs.ReadFile(fsys, name+".gz")
	if zerr != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	r, err := gzip.NewReader(bytes.NewReader(z))
	if err != nil {
		return nil, fmt.Errorf("%s.gz: not a gzip file", name)
	}
	// A whole file has at most mostImages labels, or images of that many bytes.
	out, err := io.ReadAll(io.LimitReader(r, 1<<31))
	if err != nil {
		return nil, fmt.Errorf("%s.gz: damaged or truncated after %d bytes", name, len(out))
	}
	return out, nil
}

// parseIDX checks a pair of IDX files and returns their images.
func parseIDX(imagesName string, images []byte, labelsName string, labels []byte) (Images, error) {
	if len(images) < 16 {
		return Images{}, fmt.Errorf("%s: %d bytes, expected a header of 16", imagesName, len(images))
	}
	if magic := binary.BigEndian.Uint32(images); magic != 2051 {
		return Images{}, fmt.Errorf("%s: magic number %d at byte 0, expected 2051", imagesName, magic)
	}
	n, h, w := binary.BigEndian.Uint32(images[4:]), binary.BigEndian.Uint32(images[8:]), binary.BigEndian.Uint32(images[12:])
	if n < 1 || n > mostImages || h < 1 || h > 4096 || w < 1 || w > 4096 {
		return Images{}, fmt.Errorf("%s: %d images of %dx%d in the header at byte 4, expected 1 to %d of at most 4096x4096", imagesName, n, h, w, mostImages)
	}
	if want := 16 + uint64(n)*uint64(h)*uint64(w); uint64(len(images)) != want {
		return Images{}, fmt.Errorf("%s: %d bytes, expected %d for %d images of %dx%d", imagesName, len(images), want, n, h, w)
	}
	if len(labels) < 8 {
		return Images{}, fmt.Errorf("%s: %d bytes, expected a header of 8", labelsName, len(labels))
	}
	if magic := binary.BigEndian.Uint32(labels); magic != 2049 {
		return Images{}, fmt.Errorf("%s: magic number %d at byte 0, expected 2049", labelsName, magic)
	}
	if m := binary.BigEndian.Uint32(labels[4:]); m != n {
		return Images{}, fmt.Errorf("%s: %d labels for %d images of %s", labelsName, m, n, imagesName)
	}
	if want := 8 + int(n); len(labels) != want {
		return Images{}, fmt.Errorf("%s: %d bytes, expected %d for %d labels", labelsName, len(labels), want, n)
	}
	for i, l := range labels[8:] {
		if l > 9 {
			return Images{}, fmt.Errorf("%s: label %d at byte %d, expected 0 to 9", labelsName, l, 8+i)
		}
	}
	return Images{Shape: []int{1, int(h), int(w)}, Pixels: images[16:], Labels: labels[8:]}, nil
}

// CIFAR-10's binary form.
const (
	record  = 3073
	records = 10_000
)

var cifarFiles = []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}

// manifest is what Import leaves beside the files: where the set came from, and
// the records of each file, which need not be 10,000.
type manifest struct {
	Name    string         `json:"name"`
	Records map[string]int `json:"records"`
}

const (
	manifestFile = "assay-import.json"
	metaFile     = "batches.meta.txt"
)

func loadCIFAR(fsys fs.FS, where string) (*Set, error) {
	s := &Set{Name: "cifar10", Classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
		Mean: []float32{.4914, .4822, .4465}, Std: []float32{.2023, .1994, .2010}, Crop: 4, Flip: true}
	var m manifest
	if b, err := fs.ReadFile(fsys, manifestFile); err == nil {
		if err := json.Unmarshal(b, &m); err != nil || m.Name == "" {
			return nil, fmt.Errorf("data %s: %s is not what import writes; import the images again", where, manifestFile)
		}
		s.Name = m.Name
	}
	if b, err := fs.ReadFile(fsys, metaFile); err == nil {
		if names := strings.Fields(string(b)); len(names) > 0 && len(names) <= 256 {
			s.Classes = names
		}
	}
	shape := []int{3, 32, 32}
	s.Train, s.Test = Images{Shape: shape}, Images{Shape: shape}
	for _, f := range cifarFiles {
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, fmt.Errorf("data %s: %s: %w; expected %s, each of %d bytes", where, f, reason(err), strings.Join(cifarFiles, ", "), record*records)
		}
		want := records
		if n, ok := m.Records[f]; ok {
			want = n
		}
		if len(b) != want*record {
			return nil, fmt.Errorf("data %s: %s has %d bytes, expected %d (%d records of %d)", where, f, len(b), want*record, want, record)
		}
		dst := &s.Train
		if f == "test_batch.bin" {
			dst = &s.Test
		}
		for at := 0; at < len(b); at += record {
			if int(b[at]) >= len(s.Classes) {
				return nil, fmt.Errorf("data %s: %s: label %d at byte %d, expected 0 to %d", where, f, b[at], at, len(s.Classes)-1)
			}
			dst.Labels = append(dst.Labels, b[at])
			dst.Pixels = append(dst.Pixels, b[at+1:at+record]...)
		}
	}
	if s.Train.N() == 0 || s.Test.N() == 0 {
		return nil, fmt.Errorf("data %s: no images", where)
	}
	return s, nil
}
