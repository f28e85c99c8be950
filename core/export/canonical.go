package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// canonicalJSON writes JSON in its one form: keys sorted, no blanks, numbers as
// they were written, nothing escaped that need not be.
func canonicalJSON(raw []byte) (json.RawMessage, error) {
	v, err := decodeAny(raw)
	if err != nil {
		return nil, err
	}
	return marshal(v)
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decodeAny(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	if depth(v) > mostDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", mostDepth)
	}
	return v, nil
}

// object decodes a JSON object.
func object(raw []byte) (map[string]any, error) {
	v, err := decodeAny(raw)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("expected a JSON object")
	}
	return m, nil
}

// mostDepth bounds nested JSON: SQLite takes 1,000 levels, our documents have
// fewer than ten.
const mostDepth = 100

func depth(v any) int {
	most := 0
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			most = max(most, depth(e)+1)
		}
	case []any:
		for _, e := range x {
			most = max(most, depth(e)+1)
		}
	}
	return most
}
