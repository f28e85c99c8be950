package run

import (
	"context"
	"encoding/json"
	"fmt"
)

// Decode reads the records of one kind of a run, in order, with their keys; the lists
// are not nil. The error names a record that is no T.
func Decode[T any](ctx context.Context, r Reader, id ID, kind string) (docs []T, keys []string, err error) {
	list, err := r.Records(ctx, id, kind, 0)
	if err != nil {
		return nil, nil, err
	}
	docs, keys = make([]T, len(list)), make([]string, len(list))
	for i, rec := range list {
		if err := json.Unmarshal(rec.Data, &docs[i]); err != nil {
			return nil, nil, &Error{Code: EInput, Text: fmt.Sprintf("run %s: record %s %s is damaged", id, kind, rec.Key), Err: err}
		}
		keys[i] = rec.Key
	}
	return docs, keys, nil
}

// DecodeLast reads the last record of a kind, the only one of most; the zero value
// where there is none.
func DecodeLast[T any](ctx context.Context, r Reader, id ID, kind string) (doc T, err error) {
	docs, _, err := Decode[T](ctx, r, id, kind)
	if err != nil || len(docs) == 0 {
		return doc, err
	}
	return docs[len(docs)-1], nil
}
