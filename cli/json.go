package cli

import (
	"bytes"
	"encoding/json"
	"io"
)

// printJSON writes one document on one line.
func printJSON(w io.Writer, doc any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// merged is one JSON object of two: the fields of the first come first.
func merged(first, doc any) (json.RawMessage, error) {
	a, err := json.Marshal(first)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if len(b) <= len("{}") || len(a) <= len("{}") {
		return append(bytes.TrimSuffix(a, []byte("}")), bytes.TrimPrefix(b, []byte("{"))...), nil
	}
	return append(append(bytes.TrimSuffix(a, []byte("}")), ','), bytes.TrimPrefix(b, []byte("{"))...), nil
}
