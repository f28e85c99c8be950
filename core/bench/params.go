package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Params holds the values of one run by key, complete and of the types that
// Schema states. The getters panic on a key or type that the schema does not
// have: that is a fault of the bench, not of its user.
type Params map[string]any

// String returns a String, Path or Enum parameter.
func (p Params) String(key string) string { return get[string](p, key) }

// Int returns an Int parameter.
func (p Params) Int(key string) int { return int(get[int64](p, key)) }

// Float returns a Float parameter.
func (p Params) Float(key string) float64 { return get[float64](p, key) }

// Bool returns a Bool parameter.
func (p Params) Bool(key string) bool { return get[bool](p, key) }

// Strings returns an Enums parameter.
func (p Params) Strings(key string) []string { return get[[]string](p, key) }

// Ints returns an Ints parameter.
func (p Params) Ints(key string) []int64 { return get[[]int64](p, key) }

// Floats returns a Floats parameter.
func (p Params) Floats(key string) []float64 { return get[[]float64](p, key) }

// JSON returns the canonical form: one object, keys sorted, every value present.
// It is what is stored, hashed and compared.
func (p Params) JSON() json.RawMessage {
	b, err := json.Marshal(map[string]any(p))
	if err != nil {
		panic("bench: params: " + err.Error()) // every type of a parameter marshals, and no number is NaN
	}
	return b
}

// FromJSON reads stored parameters back and completes them with the schema, so
// that a run of an older version gets today's defaults for what it did not know.
func (s Schema) FromJSON(data []byte) (Params, error) {
	var given map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // a seed may have more digits than a float64 holds
	if err := dec.Decode(&given); err != nil {
		return nil, usage("parameters: %v", err)
	}
	if dec.More() {
		return nil, usage("parameters: more than one JSON object")
	}
	return s.Complete(given)
}

func get[T any](p Params, key string) T {
	v, ok := p[key].(T)
	if !ok {
		panic(fmt.Sprintf("bench: parameter %s is %T, asked for as %T", key, p[key], v))
	}
	return v
}
