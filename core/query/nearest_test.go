package query_test

import (
	"testing"

	"assay/core/query"
)

func TestDistanceCountsChanges(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"run", "run", 0}, {"", "run", 3}, {"run", "", 3}, {"rnu", "run", 1}, {"ru", "run", 1},
		{"kitten", "sitting", 3}, {"modle", "model", 1}, {"ca", "abc", 3}, {"ab", "ba", 1},
	} {
		if got := query.Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := query.Nearest("rnu", []string{"gpu", "run"}); got != "run" {
		t.Errorf("nearest of rnu: %s", got)
	}
	if got := query.Nearest("x", nil); got != "" {
		t.Errorf("nearest of nothing: %q", got)
	}
}
