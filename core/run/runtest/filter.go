package runtest

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/query"
	"assay/core/run"
)

func matches(q query.Query, r run.Run) (bool, error) {
	return q.Holds(func(a query.Atom) (bool, error) { return atom(a, r) })
}

func atom(a query.Atom, r run.Run) (bool, error) {
	has := func(text, v string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(v)) }
	if a.Op == query.Fuzzy {
		has = query.InOrder
	}
	test := map[string]func(v string) bool{
		"":      func(v string) bool { return has(strings.Join(append(r.Tags, r.Name, r.Kind, r.Headline), "\n"), v) },
		"bench": func(v string) bool { return r.Bench == v },
		"kind":  func(v string) bool { return r.Kind == v || r.Bench == v },
		"state": func(v string) bool { return string(r.State) == v || v == "live" && r.State.Live() },
		"name":  func(v string) bool { return has(r.Name, v) },
		"id":    func(v string) bool { return strings.HasPrefix(string(r.ID), strings.ToUpper(v)) },
		"tag":   func(v string) bool { return slices.Contains(r.Tags, v) },
	}[a.Key]
	if test == nil || a.Op != query.Is && a.Op != query.Word && a.Op != query.Fuzzy {
		return false, fmt.Errorf("unknown key %q", a.Key)
	}
	return slices.ContainsFunc(a.Values, test), nil
}
