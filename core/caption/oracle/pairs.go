package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"assay/core/run"
)

// CaptionPair is a pair of captions with the object that was inserted between
// their pictures. Extra holds the other columns of a TSV by name.
type CaptionPair struct {
	Object string            `json:"object"`
	C0     string            `json:"c0"`
	C1     string            `json:"c1"`
	Extra  map[string]string `json:"-"`
}

// MaxPairBytes bounds a file of pairs.
const MaxPairBytes = 256 << 20

// ParsePairs reads pairs from a TSV without quoting, whose first line names the
// columns (object, source_caption and followup_caption are needed), or from
// lines of JSON {"object","c0","c1"}. The error names the line.
func ParsePairs(data []byte) ([]CaptionPair, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, bad("the file of pairs is empty; expected a TSV with the columns object, source_caption, followup_caption, or lines of JSON {\"object\",\"c0\",\"c1\"}")
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return jsonPairs(data)
	}
	return tsvPairs(data)
}

func tsvPairs(data []byte) ([]CaptionPair, error) {
	var out []CaptionPair
	var names []string
	need := []string{"object", "source_caption", "followup_caption"}
	at := make([]int, len(need))
	for n, line := range lineList(data) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if names == nil {
			names = cells
			for i, want := range need {
				if at[i] = slices.Index(names, want); at[i] < 0 {
					return nil, bad("line %d: the TSV has no column %s; it has %s", n+1, want, short(strings.Join(names, ", ")))
				}
			}
			continue
		}
		if len(cells) <= slices.Max(at) {
			return nil, bad("line %d: %d columns, expected %d: %s", n+1, len(cells), len(names), short(strings.Join(names, ", ")))
		}
		p := CaptionPair{Object: class(cells[at[0]]), C0: cells[at[1]], C1: cells[at[2]], Extra: map[string]string{}}
		if p.Object == "" {
			return nil, bad("line %d: the object is empty", n+1)
		}
		for i, c := range cells {
			if i < len(names) && !slices.Contains(at, i) {
				p.Extra[names[i]] = c
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func jsonPairs(data []byte) ([]CaptionPair, error) {
	var out []CaptionPair
	for n, line := range lineList(data) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var p struct {
			Object *string `json:"object"`
			C0     *string `json:"c0"`
			C1     *string `json:"c1"`
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return nil, bad("line %d: not JSON {\"object\",\"c0\",\"c1\"}: %v", n+1, err)
		}
		for name, v := range map[string]*string{"object": p.Object, "c0": p.C0, "c1": p.C1} {
			if v == nil {
				return nil, bad("line %d: %q is missing; expected {\"object\",\"c0\",\"c1\"}", n+1, name)
			}
		}
		if class(*p.Object) == "" {
			return nil, bad("line %d: the object is empty", n+1)
		}
		out = append(out, CaptionPair{Object: class(*p.Object), C0: *p.C0, C1: *p.C1})
	}
	return out, nil
}

func lineList(data []byte) []string {
	var out []string
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, len(data)+1) // a caption may be long; it is read whole and judged by its head
	for s.Scan() {
		out = append(out, s.Text())
	}
	return out
}

// class writes a class name as lists do: lower case, an underscore is a space.
func class(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(Strip(s), "_", " ")), " "))
}

func short(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}

func bad(format string, a ...any) error {
	return &run.Error{Code: run.EInput, Text: fmt.Sprintf(format, a...)}
}
