package query_test

import (
	"testing"

	"assay/core/query"
)

func TestRowsAreHeldAgainstAFilter(t *testing.T) {
	row := map[string]string{"": "Model loaded in 212 ms", "level": "warn", "tokens": "4096"}
	for filter, want := range map[string]bool{
		"":                        true,
		"model":                   true,
		"Model loaded":            true,
		"MODEL":                   false,
		"-model":                  false,
		"~mdl":                    true,
		"~zz":                     false,
		"level:WARN":              true,
		"level:info,warn":         true,
		"level:info|loaded":       true,
		"-level:info|loaded":      false,
		"tokens>4000":             true,
		"tokens<=4095":            false,
		"tokens>=4096 level:/^w/": true,
		"level>3":                 false,
	} {
		q, err := query.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		got, err := q.Holds(func(a query.Atom) (bool, error) {
			test, err := a.Test()
			if err != nil {
				return false, err
			}
			return test(row[a.Key]), nil
		})
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", filter, got, err)
		}
	}
	for _, bad := range []string{"tokens>many", "level:/(/"} {
		q, err := query.Parse(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q[0].Any[0].Test(); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
