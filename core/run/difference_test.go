package run_test

import (
	"testing"

	"assay/core/run"
)

func TestDifferenceNamesTheFirstPlace(t *testing.T) {
	cases := []struct{ name, a, b, want string }{
		{"same", `{"x":1,"y":[1,2]}`, `{"y":[1,2],"x":1}`, ""},
		{"times and ids are left out", `{"run_id":"A","ttft_ms":1,"phases_ms":{"load":1}}`, `{"run_id":"B","ttft_ms":2,"phases_ms":{"load":9}}`, ""},
		{"number", `{"modes":[{"kl":0.1},{"kl":0.25}]}`, `{"modes":[{"kl":0.1},{"kl":0.5}]}`, "modes[1].kl: 0.25 != 0.5"},
		{"sorted keys decide what is first", `{"b":1,"a":1}`, `{"b":2,"a":2}`, "a: 1 != 2"},
		{"missing key", `{"a":1}`, `{}`, "a: only in the first"},
		{"extra key", `{}`, `{"a":1}`, "a: only in the second"},
		{"length", `{"a":[1]}`, `{"a":[1,2]}`, "a: 1 entries != 2"},
		{"shape", `{"a":[1]}`, `{"a":{"b":1}}`, `a: [1] != {"b":1}`},
		{"digits beyond float64 count", `{"a":1.00000000000000000001}`, `{"a":1}`, "a: 1.00000000000000000001 != 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := run.Difference([]byte(c.a), []byte(c.b))
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDifferenceRefusesWhatIsNotJSON(t *testing.T) {
	if _, err := run.Difference([]byte("{"), []byte("{}")); err == nil {
		t.Error("half a document passed")
	}
}
