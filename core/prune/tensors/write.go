package tensors

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"assay/core/run"
)

// Tensor is one tensor to write: Floats as F32, or else Bytes as U8.
type Tensor struct {
	Name   string
	Shape  []int
	Floats []float32
	Bytes  []byte
}

// Write writes a file; meta may be nil. Errors are *run.Error that name the path.
func Write(path string, list []Tensor, meta map[string]string) (err error) {
	defer func() {
		if err != nil {
			err = &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s cannot be written", path), Err: reason(err)}
		}
	}()
	header := map[string]any{}
	if meta != nil {
		header["__metadata__"] = meta
	}
	at := 0
	for _, t := range list {
		dtype, n := "U8", len(t.Bytes)
		if t.Floats != nil {
			dtype, n = "F32", 4*len(t.Floats)
		}
		header[t.Name] = map[string]any{"dtype": dtype, "shape": t.Shape, "data_offsets": []int{at, at + n}}
		at += n
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	w := bufio.NewWriterSize(tmp, 1<<20)
	if _, err = w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
		return err
	}
	if _, err = w.Write(text); err != nil {
		return err
	}
	for _, t := range list {
		if _, err = w.Write(t.Bytes); err != nil {
			return err
		}
		for _, x := range t.Floats {
			if _, err = w.Write(binary.LittleEndian.AppendUint32(w.AvailableBuffer(), math.Float32bits(x))); err != nil {
				return err
			}
		}
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = tmp.Chmod(0o644); err != nil {
		return err
	}
	if err = tmp.Sync(); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
