package storage

import (
	"fmt"
	"regexp"

	"assay/core/query"
)

// matches returns the function behind REGEXP for one connection. The pattern of a
// statement is the same for all its rows, so that the last one is kept.
func matches() func(pattern, text string) (bool, error) {
	var last string
	var re *regexp.Regexp
	return func(pattern, text string) (bool, error) {
		if re == nil || pattern != last {
			now, err := regexp.Compile(pattern)
			if err != nil {
				return false, err
			}
			last, re = pattern, now
		}
		return re.MatchString(text), nil
	}
}

// compileMatch turns key:/re/ into a condition; columns maps the keys that have a text.
func compileMatch(a query.Atom, columns map[string]string) (string, []any, error) {
	column, ok := columns[a.Key]
	if !ok {
		return "", nil, fmt.Errorf("%s takes no regular expression", a.Key)
	}
	if _, err := regexp.Compile(a.Values[0]); err != nil {
		return "", nil, fmt.Errorf("%s:/%s/: %w", a.Key, a.Values[0], err)
	}
	return fmt.Sprintf(column, "REGEXP ?"), []any{a.Values[0]}, nil
}

// The texts that regular expressions look at, with a place for the comparison.
var (
	runTexts = map[string]string{
		"name": "r.name %s", "bench": "r.bench %s", "kind": "r.kind %s", "host": "r.host %s", "state": "r.state %s",
		"tag": "EXISTS (SELECT 1 FROM run_tag t WHERE t.run_id = r.id AND t.tag %s)",
	}
	findingTexts = map[string]string{
		"title": "json_extract(f.data_json, '$.title') %s", "category": "json_extract(f.data_json, '$.category') %s",
		"signature": "json_extract(f.data_json, '$.signature') %s", "severity": "json_extract(f.data_json, '$.severity') %s",
		"verdict": "coalesce(json_extract(f.data_json, '$.verdict'), '') %s",
		"run":     "EXISTS (SELECT 1 FROM run r WHERE r.id = f.run_id AND r.name %s)", "bench": "EXISTS (SELECT 1 FROM run r WHERE r.id = f.run_id AND r.bench %s)",
		"kind": "EXISTS (SELECT 1 FROM run r WHERE r.id = f.run_id AND r.kind %s)",
	}
)
