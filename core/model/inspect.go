package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// TensorInfo describes one tensor of a model's files.
type TensorInfo struct {
	// Name is the tensor's full name, DType its element type as the file spells it, File the file that holds it.
	Name, DType, File string
	// Shape lists the dimensions, slowest first.
	Shape []int
	// Bytes is the size of the data.
	Bytes int64
}

// Info is what a model folder says about itself.
type Info struct {
	// Name is the name given to Inspect.
	Name string
	// Config is the parsed configuration.
	Config Config
	// Tensors lists the tensors that the model reads, in the order of the forward pass; Ignored names the others.
	Tensors []TensorInfo
	Ignored []string
	// Parameters counts the numbers in Tensors, Bytes their size in the files.
	Parameters, Bytes int64
	// Tokenizer says how text is split and how many ids there are, "" when the folder has no tokenizer.
	Tokenizer string
	// Fingerprint is what Model.Fingerprint would be.
	Fingerprint string
}

// Inspect reads and checks a whole model folder, weights included, without a device: what it accepts, Load accepts.
func Inspect(fsys fs.FS, name string) (Info, error) {
	info, err := inspect(fsys)
	if err != nil {
		return Info{}, fmt.Errorf("model %s: %w", name, err)
	}
	info.Name = name
	return info, nil
}

func inspect(fsys fs.FS) (info Info, err error) {
	f, err := openFolder(fsys)
	if err != nil {
		return Info{}, err
	}
	defer func() { err = errors.Join(err, f.src.Close()) }()
	info = Info{Config: f.config, Tensors: f.tensors, Ignored: f.ignored}
	if f.tokenizer != nil {
		info.Tokenizer = f.tokenizer.Kind()
	}
	r := newReader(context.Background(), f.src, f.tensors, nil)
	for _, t := range f.tensors {
		if err := r.read(t, nil); err != nil {
			return Info{}, err
		}
		n := int64(1)
		for _, d := range t.Shape {
			n *= int64(d)
		}
		info.Parameters += n
		info.Bytes += t.Bytes
	}
	info.Fingerprint = fingerprint(f.config, r.sums)
	return info, nil
}
