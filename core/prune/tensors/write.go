package tensors

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"

	"assay/core/export"
)

// Tensor is one tensor to write: Floats as F32, or else Bytes as U8.
type Tensor struct {
	Name   string
	Shape  []int
	Floats []float32
	Bytes  []byte
}

// Write writes a file, whole or not at all; meta may be nil. Errors are *run.Error
// that name the path, E-DISK-FULL where there is no room.
func Write(path string, list []Tensor, meta map[string]string) error {
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
	return export.WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		for _, t := range list {
			data := t.Bytes
			if t.Floats != nil {
				data = make([]byte, 0, 4*len(t.Floats))
			}
			for _, x := range t.Floats {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
			}
			if _, err := w.Write(data); err != nil {
				return err
			}
		}
		return nil
	})
}
