package export

import (
	"encoding/json"
	"fmt"

	"assay/core/run"
)

// Origin says where a run that was made elsewhere came from. It is kept under
// the key "imported" of the run's environment, and is no part of an export.
type Origin struct {
	File   string `json:"file"`             // base name of the file, "-" for standard input
	SHA256 string `json:"sha256"`           // that the file ended with
	AtMs   int64  `json:"at_ms"`            // when it was read, Unix milliseconds
	Name   string `json:"name"`             // of the run in the file
	As     string `json:"as"`               // its name here, where that was taken
	Parent run.ID `json:"parent,omitempty"` // of the run in the file, which need not be here
}

const originKey = "imported"

// OriginOf returns where a run was imported from; ok is false for a run that was
// made here.
func OriginOf(r run.Run) (Origin, bool) {
	_, o, err := cutOrigin(r.Env)
	if err != nil || o == nil {
		return Origin{}, false
	}
	return *o, true
}

// cutOrigin takes the origin out of an environment and returns the rest in
// canonical form.
func cutOrigin(env json.RawMessage) (json.RawMessage, *Origin, error) {
	if len(env) == 0 {
		return json.RawMessage("{}"), nil, nil
	}
	m, err := object(env)
	if err != nil {
		return nil, nil, err
	}
	var o *Origin
	if v, ok := m[originKey]; ok {
		text, err := marshal(v)
		if err != nil {
			return nil, nil, err
		}
		o = &Origin{}
		if err := json.Unmarshal(text, o); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", originKey, err)
		}
		delete(m, originKey)
	}
	text, err := marshal(m)
	return text, o, err
}

// Row returns the row of the run as it is to be stored here: with its origin in
// the environment, and under the first free name where its own is taken.
// Parameters and environment are written as those of runs made here.
func (d *Document) Row(o Origin, taken func(name string) (bool, error)) (run.Run, error) {
	r := d.Run
	for n := 2; ; n++ {
		busy, err := taken(r.Name)
		if err != nil {
			return r, err
		}
		if !busy {
			break
		}
		r.Name = fmt.Sprintf("%s-%d", d.Run.Name, n)
	}
	o.Name, o.As, o.Parent = d.Run.Name, r.Name, d.Run.Parent
	m, err := object(d.Run.Env)
	if err != nil {
		return r, err
	}
	m[originKey] = o
	if r.Env, err = json.Marshal(m); err != nil {
		return r, err
	}
	p, err := object(d.Run.Params)
	if err != nil {
		return r, err
	}
	r.Params, err = json.Marshal(p)
	return r, err
}
