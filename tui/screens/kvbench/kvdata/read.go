package kvdata

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/run"
)

// Reader is the part of run.Reader that the screen reads a run through.
type Reader interface {
	Run(ctx context.Context, id run.ID) (run.Run, error)
	Records(ctx context.Context, id run.ID, kind string, after int64) ([]run.Record, error)
	Arrays(ctx context.Context, id run.ID) ([]run.ArrayInfo, error)
	Array(ctx context.Context, id run.ID, name string) (run.Array, error)
}

// News is what was committed to a run since a reading before it.
type News struct {
	Run       run.Run
	TokensSHA string // of the array of token ids, "" where it is not there yet

	docs   []document
	arrays map[string]plot.Matrix
}

type document struct {
	key string
	doc any // a pointer to one of the documents of package kv
}

// Read reads what a run has committed after the sequence number of an earlier
// reading, 0 for everything. A document or array that cannot be understood is an
// error that names it.
func Read(ctx context.Context, r Reader, id run.ID, after int64) (News, error) {
	n := News{arrays: map[string]plot.Matrix{}}
	var err error
	if n.Run, err = r.Run(ctx, id); err != nil {
		return n, err
	}
	records, err := r.Records(ctx, id, "", after)
	if err != nil {
		return n, err
	}
	for _, rec := range records {
		doc := blankDocument(rec.Kind)
		if doc == nil {
			continue // a newer version may store more than this one shows
		}
		if err := json.Unmarshal(rec.Data, doc); err != nil {
			return n, fmt.Errorf("record %s %q: %w", rec.Kind, rec.Key, err)
		}
		n.docs = append(n.docs, document{rec.Key, doc})
	}
	infos, err := r.Arrays(ctx, id)
	if err != nil {
		return n, err
	}
	for _, i := range infos {
		if i.Name == kv.ArrayTokens {
			n.TokensSHA = i.SHA
		}
		if i.Seq <= after || !shown(i) {
			continue
		}
		a, err := r.Array(ctx, id, i.Name)
		if err != nil {
			return n, err
		}
		values, err := a.F32()
		if err != nil {
			return n, err
		}
		n.arrays[i.Name] = plot.Matrix{Rows: a.Shape[0], Cols: a.Shape[1], Values: values}
	}
	return n, nil
}

// shown reports whether the screen draws an array.
func shown(i run.ArrayInfo) bool {
	if len(i.Shape) != 2 || i.DType != "f32" {
		return false
	}
	if i.Name == kv.ArrayKNorm || i.Name == kv.ArrayVNorm {
		return true
	}
	for _, s := range []string{kv.ArrayDK, kv.ArrayDV, kv.ArrayPicked, kv.ArrayAttnDev, kv.ArrayBits, kv.ArrayCounts, kv.ArrayStream} {
		if strings.HasSuffix(i.Name, s) {
			return true
		}
	}
	return false
}

func blankDocument(kind string) any {
	switch kind {
	case kv.RecordPrompt:
		return new(kv.PromptDoc)
	case kv.RecordModel:
		return new(kv.ModelDoc)
	case kv.RecordChunk:
		return new(kv.ChunkDoc)
	case kv.RecordMode:
		return new(kv.ModeDoc)
	case kv.RecordCell:
		return new(kv.CellDoc)
	case kv.RecordScore:
		return new(kv.ScoreDoc)
	case kv.RecordArchive:
		return new(kv.ArchiveDoc)
	case kv.RecordWrong:
		return new(kv.WrongDoc)
	}
	return blankCoded(kind)
}
