package telemetry_test

import (
	"encoding/json"
	"math"
	"testing"

	"assay/core/telemetry"
)

func TestZeroIsNotMissing(t *testing.T) {
	type holder struct {
		V telemetry.Value `json:"v,omitzero"`
	}
	for _, c := range []struct {
		v    telemetry.Value
		want string
		text string
	}{
		{telemetry.Of(0), `{"v":0}`, "0"},
		{telemetry.Of(71.5), `{"v":71.5}`, "71.5"},
		{telemetry.Value{}, `{}`, "-"},
		{telemetry.Missing("not supported"), `{"v":"not supported"}`, "- (not supported)"},
		{telemetry.Of(math.NaN()), `{"v":"not a number"}`, "- (not a number)"},
		{telemetry.Of(math.Inf(1)), `{"v":"not a number"}`, "- (not a number)"},
	} {
		data, err := json.Marshal(holder{c.v})
		if err != nil || string(data) != c.want {
			t.Errorf("%v is written %s (%v), want %s", c.v, data, err, c.want)
		}
		var back holder
		if err := json.Unmarshal(data, &back); err != nil || back.V != c.v {
			t.Errorf("%s is read as %v (%v), want %v", data, back.V, err, c.v)
		}
		if c.v.String() != c.text {
			t.Errorf("%s reads %q, want %q", data, c.v, c.text)
		}
	}
	var v telemetry.Value
	if err := json.Unmarshal([]byte("null"), &v); err != nil || !v.IsZero() {
		t.Errorf("null is read as %v (%v)", v, err)
	}
	if err := json.Unmarshal([]byte("[1]"), &v); err == nil {
		t.Error("a list passes for a number")
	}
	if telemetry.Of(0).Or(7) != 0 || telemetry.Missing("x").Or(7) != 7 {
		t.Error("Or does not tell 0 from missing")
	}
}
