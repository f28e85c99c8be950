package storage

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// param is one flattened parameter.
type param struct {
	key   string
	value string
	num   any // float64 or nil
}

// longestParam bounds what is flattened: nobody filters by the text of a
// prompt, which is in params_json in full.
const longestParam = 1024

// flatten turns the parameters into rows: lists are joined by commas, members
// of objects get the key of their parent in front.
func flatten(data []byte) ([]param, error) {
	var v map[string]any
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return flattenInto(nil, "", v), nil
}

func flattenInto(list []param, prefix string, v map[string]any) []param {
	for _, key := range slices.Sorted(maps.Keys(v)) {
		if object, ok := v[key].(map[string]any); ok {
			list = flattenInto(list, prefix+key+".", object)
			continue
		}
		p := param{key: prefix + key, value: scalar(v[key])}
		if n, ok := v[key].(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				p.num = f
			}
		}
		if len(p.value) <= longestParam {
			list = append(list, p)
		}
	}
	return list
}

func scalar(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	case []any:
		w := make([]string, len(x))
		for i, e := range x {
			w[i] = scalar(e)
		}
		return strings.Join(w, ",")
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic("storage: " + err.Error()) // it has just been decoded from JSON
	}
	return string(b)
}
