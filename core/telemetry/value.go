package telemetry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Value is a number that may be missing. The zero Value is missing for no known
// reason; a measured 0 is Of(0). Values can be compared with ==.
type Value struct {
	number float64
	ok     bool
	why    string
}

// Of returns a number that is there. What is no finite number is missing.
func Of(v float64) Value {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Missing("not a number")
	}
	return Value{number: v, ok: true}
}

// Missing returns a number that is not there, with the reason in a few words:
// "not supported".
func Missing(why string) Value { return Value{why: why} }

// Get returns the number; ok is false where it is missing.
func (v Value) Get() (number float64, ok bool) { return v.number, v.ok }

// Or returns the number, or another one where it is missing.
func (v Value) Or(missing float64) float64 {
	if !v.ok {
		return missing
	}
	return v.number
}

// Why returns the reason of a missing number; "" where it is there or nobody knows.
func (v Value) Why() string { return v.why }

// IsZero reports whether nothing is known, not even the reason: encoding/json
// leaves such a Value out. A measured 0 is not zero in this sense.
func (v Value) IsZero() bool { return v == Value{} }

// String writes the number, or a dash and the reason.
func (v Value) String() string {
	switch {
	case v.ok:
		return fmt.Sprint(v.number)
	case v.why != "":
		return "- (" + v.why + ")"
	}
	return "-"
}

// MarshalJSON writes a number, or the reason as a string, or null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.ok:
		return json.Marshal(v.number)
	case v.why != "":
		return json.Marshal(v.why)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	*v = Value{}
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &v.why)
	}
	if err := json.Unmarshal(data, &v.number); err != nil {
		return fmt.Errorf("expected a number or the reason why there is none, got %.40s", data)
	}
	v.ok = true
	return nil
}
