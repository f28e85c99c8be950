package kv_test

import (
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

const goodPlan = `{"sizes_bytes":{"1":[1,2],"2":[3,4],"3":[5,6]},"text_s":[0.1,0.2],"slo_s":0.5,"bandwidth_gbps":[1,2]}`

func TestPlansThatCannotBeFollowedAreNamed(t *testing.T) {
	if p, err := kv.ParsePlan([]byte(goodPlan)); err != nil || p.Sizes["3"][1] != 6 || p.SLO != .5 {
		t.Fatalf("%+v, %v", p, err)
	}
	for change, want := range map[string]string{
		"[1,2]}=>[1,0]}":            "bandwidth_gbps[1] is 0",
		"[1,2]}=>[1,-3]}":           "bandwidth_gbps[1] is -3",
		"[1,2]}=>[1]}":              "bandwidth_gbps has 1 chunks",
		`"1":[1,2]=>"1":[1]`:        `sizes_bytes["1"] has 1 chunks`,
		`"2":[3,4]=>"2":[3,0]`:      `sizes_bytes["2"][1] is 0`,
		`"2":[3,4]=>"9":[3,4]`:      `sizes_bytes["2"] has 0 chunks`,
		"[0.1,0.2]=>[]":             "text_s is empty",
		"[0.1,0.2]=>[0.1,-1]":       "text_s[1] is -1",
		`"slo_s":0.5=>"slo_s":-1`:   "slo_s is -1",
		`"slo_s"=>"slo"`:            "unknown field",
		"2]}=>2]":                   "ends inside its JSON",
		"[0.1,0.2]=>[0.1,1e300]":    "text_s[1] is 1e+300",
		"[0.1,0.2]=>[0.1,\"x\"]":    "text_s has string where a number belongs",
		`"1":[1,2]=>"1":[1,2.5]`:    "where a whole number belongs",
		"[1,2]}=>[1,1e-300]}":       "bandwidth_gbps[1] is 1e-300",
		`"slo_s":0.5=>"slo_s":1e10`: "slo_s is 1e+10",
		"2]}=>2]} 1":                "something follows",
	} {
		from, to, _ := strings.Cut(change, "=>")
		_, err := kv.ParsePlan([]byte(strings.Replace(goodPlan, from, to, 1)))
		if run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func TestTracesInEveryNotation(t *testing.T) {
	for _, text := range []string{"[1, 2.5]", `{"bandwidth_gbps":[1,2.5]}`, "1\n2.5\n", "1, 2.5"} {
		if b, err := kv.ParseTrace([]byte(text)); err != nil || len(b) != 2 || b[1] != 2.5 {
			t.Errorf("%s: %v, %v", text, b, err)
		}
	}
	for text, want := range map[string]string{"": "no entry", "1 0": "trace[1] is 0", "1 -2": "trace[1] is -2", "1 x": "entry 1", "NaN": "trace[0]", "[1,": "trace", "{}": "no entry"} {
		if _, err := kv.ParseTrace([]byte(text)); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add([]byte(goodPlan))
	f.Add([]byte("1 2 3"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := kv.ParsePlan(data); err == nil && p.Check() != nil {
			t.Fatal("a plan passes that does not check")
		}
		if b, err := kv.ParseTrace(data); err == nil && (len(b) == 0 || !(b[0] > 0)) {
			t.Fatal(b)
		}
	})
}
