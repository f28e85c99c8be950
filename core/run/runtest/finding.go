package runtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"assay/core/query"
	"assay/core/run"
)

var _ run.FindingReader = (*Store)(nil)

// Findings lists the findings of all runs, newest run first. Of the filter
// language it knows words, bench, severity and label.
func (s *Store) Findings(ctx context.Context, f run.FindingFilter) ([]run.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.findings(ctx, f.Text)
	if err != nil {
		return nil, err
	}
	list = list[min(f.Skip, len(list)):]
	if f.Limit > 0 {
		list = list[:min(f.Limit, len(list))]
	}
	return list, nil
}

// CountFindings counts what Findings would list, and what stands before one of them.
func (s *Store) CountFindings(ctx context.Context, f run.FindingFilter, id run.ID, seq int64) (all, before int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.findings(ctx, f.Text)
	for _, x := range list {
		if id != "" && (x.Run > id || x.Run == id && x.Seq > seq) {
			before++
		}
	}
	return len(list), before, err
}

func (s *Store) findings(ctx context.Context, text string) ([]run.Found, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	q, err := query.Parse(text)
	if err != nil {
		return nil, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	var out []run.Found
	for _, e := range s.sorted() {
		for _, r := range slices.Backward(e.records) {
			if r.Kind != run.FindingKind {
				continue
			}
			x := run.Found{Run: e.run.ID, Name: e.run.Name, Bench: e.run.Bench, Kind: e.run.Kind, AtMs: e.run.CreatedMs, Seq: r.Seq, Label: e.labels[r.Key]}
			if err := json.Unmarshal(r.Data, &x.Finding); err != nil {
				return nil, err
			}
			ok, err := q.Holds(func(a query.Atom) (bool, error) { return findingAtom(a, x) })
			if err != nil {
				return nil, &run.Error{Code: run.EUsage, Text: "filter: " + err.Error()}
			}
			if ok {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

func findingAtom(a query.Atom, x run.Found) (bool, error) {
	test := map[string]func(v string) bool{
		"": func(v string) bool {
			return strings.Contains(strings.ToLower(strings.Join([]string{x.Title, x.Category, x.Signature, x.Name}, "\n")), strings.ToLower(v))
		},
		"bench":    func(v string) bool { return x.Bench == v },
		"severity": func(v string) bool { return string(x.Severity) == v },
		"label":    func(v string) bool { return x.Label.Word == v || v == "none" && x.Label.Word == "" },
	}[a.Key]
	if test == nil || a.Op != query.Is && a.Op != query.Word && a.Op != query.Fuzzy {
		return false, fmt.Errorf("unknown key %q", a.Key)
	}
	return slices.ContainsFunc(a.Values, test), nil
}
