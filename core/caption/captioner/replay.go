package captioner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// replay answers out of a file of captions.
type replay struct {
	o    *oracle.Oracle
	name string
	by   map[string]string
}

// NewReplay reads a file of captions: lines of JSON {"image"|"file"|"sha256"|"id",
// "caption"}, a COCO results list [{"image_id","caption"}], or a TSV of id and
// [{"caption"}]. A picture is found by its hash, its ID or its file name.
func NewReplay(o *oracle.Oracle, file string) (Captioner, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > oracle.MaxPairBytes {
		err = fmt.Errorf("larger than %d MB", oracle.MaxPairBytes>>20)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "captions file " + file + " cannot be read", Err: err}
	}
	by, err := ParseCaptions(data)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "captions file " + file, Err: err}
	}
	return &replay{o, file, by}, nil
}

// ParseCaptions reads captions by the name of their picture.
func ParseCaptions(data []byte) (map[string]string, error) {
	type row struct {
		Image   any     `json:"image"`
		File    string  `json:"file"`
		Path    string  `json:"path"`
		SHA     string  `json:"sha256"`
		ID      any     `json:"id"`
		ImageID any     `json:"image_id"`
		Caption *string `json:"caption"`
	}
	out := map[string]string{}
	put := func(n int, r row) error {
		if r.Caption == nil {
			return fmt.Errorf("entry %d has no caption", n)
		}
		found := false
		for _, key := range []any{r.SHA, r.ID, r.Image, r.ImageID, r.File, r.Path} {
			if key == nil || key == "" {
				continue
			}
			name := path.Base(fmt.Sprint(key))
			out[strings.TrimSuffix(name, path.Ext(name))] = *r.Caption
			found = true
		}
		if !found {
			return fmt.Errorf("entry %d names no picture; expected image, file, path, sha256, id or image_id", n)
		}
		return nil
	}
	trimmed := bytes.TrimSpace(data)
	if bytes.HasPrefix(trimmed, []byte("[")) {
		var rows []row
		if err := json.Unmarshal(trimmed, &rows); err != nil {
			return nil, fmt.Errorf("not a list [{\"image_id\",\"caption\"}]: %w", err)
		}
		for i, r := range rows {
			if err := put(i+1, r); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	s := bufio.NewScanner(bytes.NewReader(trimmed))
	s.Buffer(nil, len(trimmed)+1)
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimSpace(s.Bytes())
		if len(line) == 0 {
			continue
		}
		var r row
		if id, rest, ok := bytes.Cut(line, []byte("\t")); ok && line[0] != '{' {
			var rows []row
			if err := json.Unmarshal(rest, &rows); err != nil || len(rows) == 0 {
				return nil, fmt.Errorf("line %d: expected ID, a tab and [{\"caption\"}]", n)
			}
			r = rows[0]
			r.ID = string(id)
		} else if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("line %d: expected {\"id\",\"caption\"}: %w", n, err)
		}
		if err := put(n, r); err != nil {
			return nil, err
		}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no caption in it")
	}
	return out, nil
}

func (r *replay) Fingerprint() string { return "replay " + digest([]string{r.name}) }
func (r *replay) Parallel() int       { return 1 }
func (r *replay) Close() error        { return nil }

func (r *replay) Ask(_ context.Context, p Picture, _ int) (Answer, error) {
	for _, key := range []string{p.SHA, p.ID} {
		if text, ok := r.by[key]; ok {
			return fit(r.o, text), nil
		}
	}
	return failed(caption.FailEmpty, "no caption for "+p.ID+" in the file"), nil
}
