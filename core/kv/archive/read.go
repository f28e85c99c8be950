package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// maxLine bounds one line of an archives file in bytes.
const maxLine = 16 << 20

// ReadFile reads an archives file; see Decode.
func ReadFile(path string) ([]Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("archives file: %w", err)
	}
	defer f.Close()
	list, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("archives file %s: %w", path, err)
	}
	return list, nil
}

// Decode reads archives, one JSON object a line:
//
//	{"notes": ["...", ...], "questions": [{"kind": "...", "text": "...", "answer": "..."}, ...]}
//
// Blank lines are skipped. An error names the line, counted from 1, and the key.
func Decode(r io.Reader) ([]Archive, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var list []Archive
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		a, err := decodeLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, a)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d: longer than %d bytes", n+1, maxLine)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("no archives: expected one JSON object a line")
	}
	return list, nil
}

func decodeLine(line []byte) (Archive, error) {
	if !utf8.Valid(line) {
		return Archive{}, errors.New("not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	var a Archive
	if err := dec.Decode(&a); err != nil {
		return Archive{}, jsonError(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Archive{}, errors.New("more than one JSON value on the line")
	}
	if len(a.Notes) == 0 {
		return Archive{}, errors.New("notes is missing or empty")
	}
	if len(a.Questions) == 0 {
		return Archive{}, errors.New("questions is missing or empty")
	}
	for i, q := range a.Questions {
		for _, f := range []struct{ key, value string }{{"kind", q.Kind}, {"text", q.Text}, {"answer", q.Answer}} {
			if f.value == "" {
				return Archive{}, fmt.Errorf("questions[%d].%s is missing or empty", i, f.key)
			}
		}
	}
	return a, nil
}

// jsonError words a decoder's error for the reader of the file.
func jsonError(err error) error {
	var te *json.UnmarshalTypeError
	switch {
	case errors.As(err, &te) && te.Field != "":
		return fmt.Errorf("%s is a JSON %s, expected %s", te.Field, te.Value, te.Type)
	case errors.As(err, &te):
		return fmt.Errorf("it is a JSON %s, expected an object with notes and questions", te.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not valid JSON: it ends too early")
	}
	return errors.New(strings.Replace(err.Error(), "json: ", "", 1))
}
