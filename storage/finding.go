package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/core/query"
	"assay/core/run"
)

// The list walks an index that holds findings alone and picks the rows of one
// window; only those are then read whole. The kind stands in the text, since a
// partial index does not serve a parameter.
const (
	findingsAll    = "FROM record f WHERE f.kind = 'finding'"
	findingsWindow = "SELECT f.id " + findingsAll + "%s ORDER BY f.run_id DESC, f.seq DESC LIMIT ? OFFSET ?"
	findingsFar    = "SELECT f.id " + findingsAll + "%s ORDER BY f.run_id, f.seq LIMIT ? OFFSET ?"
	findingsOf     = `
SELECT f.run_id, f.seq, f.key, f.data_json, r.ulid, r.name, r.bench, r.kind, r.created_ms, coalesce(l.word, ''), coalesce(l.note, ''), coalesce(l.at_ms, 0)
FROM (%s) w JOIN record f ON f.id = w.id JOIN run r ON r.id = f.run_id LEFT JOIN finding_label l ON l.run_id = f.run_id AND l.key = f.key`
)

// compileFindings turns the text of a filter into conditions, "" for none.
func compileFindings(text string) (where string, args []any, err error) {
	q, err := query.Parse(text)
	if err != nil {
		return "", nil, filterError(err)
	}
	for _, t := range q {
		cond, a, err := compileTerm(t, compileFindingAtom)
		if err != nil {
			return "", nil, filterError(err)
		}
		where += " AND " + cond
		args = append(args, a...)
	}
	return where, args, nil
}

// member compares a member of the finding's JSON; the path is ours.
func member(path string) func(v string) (string, []any) {
	return func(v string) (string, []any) { return "json_extract(f.data_json, '$." + path + "') = ?", []any{v} }
}

// ofRun is a condition on the run of a finding.
func ofRun(cond string, args []any) (string, []any) {
	return "EXISTS (SELECT 1 FROM run r WHERE r.id = f.run_id AND " + cond + ")", args
}

// findingKeys maps each key to the condition on one value.
var findingKeys = map[string]func(v string) (string, []any){
	"bench":     func(v string) (string, []any) { return ofRun(textKeys["bench"](v)) },
	"kind":      func(v string) (string, []any) { return ofRun(textKeys["kind"](v)) },
	"severity":  member("severity"),
	"category":  member("category"),
	"signature": member("signature"),
	"verdict":   member("verdict"),
	"confirmed": func(v string) (string, []any) {
		return "coalesce(json_extract(f.data_json, '$.confirmed'), 0) = ?", []any{v == "yes" || v == "true"}
	},
	"run": func(v string) (string, []any) {
		cond, args := contains("r.name", v)
		v = strings.ToUpper(v)
		return ofRun("("+cond+" OR r.ulid >= ? AND r.ulid < ?)", append(args, v, v+"~"))
	},
	"label": func(v string) (string, []any) {
		said := "EXISTS (SELECT 1 FROM finding_label l WHERE l.run_id = f.run_id AND l.key = f.key"
		if v == "none" {
			return "NOT " + said + ")", nil
		}
		return said + " AND l.word = ?)", []any{v}
	},
}

func compileFindingAtom(a query.Atom) (string, []any, error) {
	if match := matcher(a.Op); match != nil {
		var conds []string
		var args []any
		for _, path := range []string{"title", "category", "signature"} {
			cond, more := match("json_extract(f.data_json, '$."+path+"')", a.Values[0])
			conds, args = append(conds, cond), append(args, more...)
		}
		cond, more := ofRun(match("r.name", a.Values[0]))
		conds, args = append(conds, cond), append(args, more...)
		return "(" + strings.Join(conds, " OR ") + ")", args, nil
	}
	key := strings.ToLower(a.Key)
	one, ok := findingKeys[key]
	known := slices.Sorted(maps.Keys(findingKeys))
	switch {
	case a.Op == query.Match && (ok || key == "title"):
		a.Key = key
		return compileMatch(a, findingTexts)
	case !ok:
		return "", nil, fmt.Errorf("unknown key %q, did you mean %q? known are %s", a.Key, query.Nearest(key, known), strings.Join(known, ", "))
	case a.Op != query.Is:
		return "", nil, fmt.Errorf("%s is a text, it has no %s", key, a.Op)
	case key == "severity":
		for _, v := range a.Values {
			if run.Severity(v).Rank() == len(run.Severities()) {
				return "", nil, fmt.Errorf("unknown severity %q, expected critical, high, medium, low or info", v)
			}
		}
	case key == "confirmed":
		for _, v := range a.Values {
			if !slices.Contains([]string{"yes", "no", "true", "false"}, v) {
				return "", nil, fmt.Errorf("confirmed:%s: expected yes or no", v)
			}
		}
	}
	return anyOf(a.Values, one)
}

// listFindings returns the statement of a window of the list.
func listFindings(f run.FindingFilter) (string, []any, error) {
	where, args, err := compileFindings(f.Text)
	if err != nil {
		return "", nil, err
	}
	limit := f.Limit
	if limit <= 0 {
		limit = -1
	}
	window, skip := findingsWindow, f.Skip
	if limit > 0 && f.Skip > f.Of/2 && f.Skip < f.Of { // OFFSET walks over what it leaves out
		limit = min(limit, f.Of-f.Skip)
		window, skip = findingsFar, f.Of-f.Skip-limit
	}
	return fmt.Sprintf(findingsOf, fmt.Sprintf(window, where)), append(args, limit, skip), nil
}

// Findings implements run.FindingReader.
func (s *Store) Findings(ctx context.Context, f run.FindingFilter) ([]run.Found, error) {
	text, args, err := listFindings(f)
	if err != nil {
		return nil, err
	}
	type placed struct {
		row int64
		run.Found
	}
	list, err := collect(ctx, s, func(row scanner) (placed, error) {
		var p placed
		var key, data string
		if err := row.Scan(&p.row, &p.Seq, &key, &data, &p.Run, &p.Name, &p.Bench, &p.Kind, &p.AtMs, &p.Label.Word, &p.Label.Note, &p.Label.AtMs); err != nil {
			return p, err
		}
		if err := json.Unmarshal([]byte(data), &p.Finding); err != nil {
			return p, fmt.Errorf("finding %s of run %s: %w", key, p.Run, err)
		}
		p.ID, p.Label.Key = key, key
		return p, nil
	}, text, args...)
	if err != nil {
		return nil, err
	}
	// A join keeps no promise of order.
	slices.SortFunc(list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.row, a.row), cmp.Compare(b.Seq, a.Seq))
	})
	out := make([]run.Found, len(list))
	for i, p := range list {
		out[i] = p.Found
	}
	return out, nil
}

// CountFindings implements run.FindingReader.
func (s *Store) CountFindings(ctx context.Context, f run.FindingFilter, id run.ID, seq int64) (all, before int, err error) {
	where, args, err := compileFindings(f.Text)
	if err != nil {
		return 0, 0, err
	}
	if err := s.read.QueryRowContext(ctx, "SELECT count(*) "+findingsAll+where, args...).Scan(&all); err != nil || id == "" {
		return all, 0, s.border("count", err)
	}
	where += " AND (f.run_id, f.seq) > ((SELECT id FROM run WHERE ulid = ?), ?)"
	err = s.read.QueryRowContext(ctx, "SELECT count(*) "+findingsAll+where, append(args, id, seq)...).Scan(&before)
	return all, before, s.border("count", err)
}
