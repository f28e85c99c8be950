package job

import (
	"context"

	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/run"
)

// Show describes a network by name or description file.
func Show(name string) (prune.ShowDoc, error) {
	s, err := readNet(name)
	if err != nil {
		return prune.ShowDoc{}, err
	}
	return prune.Show(name, s)
}

// DataDoc describes an image set.
type DataDoc struct {
	Name    string   `json:"name"`
	From    string   `json:"from"`
	Shape   []int    `json:"shape"`
	Classes []string `json:"classes"`
	Train   int      `json:"train"`
	Test    int      `json:"test"`
}

// Data reads and checks an image set.
func Data(where string) (DataDoc, error) {
	s, err := data.Load(where)
	if err != nil {
		return DataDoc{}, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	return DataDoc{Name: s.Name, From: where, Shape: s.Shape(), Classes: s.Classes, Train: s.Train.N(), Test: s.Test.N()}, nil
}

// ImportData turns a folder of images by class into CIFAR-10's binary form.
func ImportData(ctx context.Context, from, out string, progress func(done, total int)) (data.Imported, error) {
	d, err := data.Import(ctx, from, out, progress)
	if err != nil && ctx.Err() == nil {
		return d, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	return d, err
}
