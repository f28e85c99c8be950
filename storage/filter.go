package storage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"assay/core/query"
	"assay/core/run"
)

// compileList turns a filter into the statement of a list. Everything that a
// person typed is an argument, never part of the text.
func compileList(f run.Filter) (string, []any, error) {
	var where []string
	var args []any
	add := func(cond string, a ...any) {
		where = append(where, cond)
		args = append(args, a...)
	}
	if f.Bench != "" {
		add("r.bench = ?", f.Bench)
	}
	if len(f.States) > 0 {
		cond, a := states(f.States)
		add(cond, a...)
	}
	q, err := query.Parse(f.Text)
	if err != nil {
		return "", nil, filterError(err)
	}
	for _, t := range q {
		cond, a, err := compileTerm(t, compileAtom)
		if err != nil {
			return "", nil, filterError(err)
		}
		add(cond, a...)
	}
	text := listRuns
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY r.id DESC"
	if f.Limit > 0 {
		text += " LIMIT ?"
		args = append(args, f.Limit)
	}
	return text, args, nil
}

// states names live states so that the partial index of live runs serves them.
func states(list []run.State) (string, []any) {
	marks := strings.TrimSuffix(strings.Repeat("?,", len(list)), ",")
	args := make([]any, len(list))
	onlyLive := true
	for i, st := range list {
		args[i] = string(st)
		onlyLive = onlyLive && st.Live()
	}
	cond := "r.state IN (" + marks + ")"
	if onlyLive {
		cond = "r." + live + " AND " + cond
	}
	return cond, args
}

// compileTerm turns a term into a condition; atom knows the keys of the list.
func compileTerm(t query.Term, atom func(query.Atom) (string, []any, error)) (string, []any, error) {
	var conds []string
	var args []any
	for _, a := range t.Any {
		cond, more, err := atom(a)
		if err != nil {
			return "", nil, err
		}
		conds = append(conds, cond)
		args = append(args, more...)
	}
	cond := "(" + strings.Join(conds, " OR ") + ")"
	if t.Not {
		cond = "NOT coalesce(" + cond + ", 0)"
	}
	return cond, args, nil
}

// textKeys maps each key with a text to the condition on one value.
var textKeys = map[string]func(v string) (string, []any){
	"bench":    func(v string) (string, []any) { return "r.bench = ?", []any{v} },
	"host":     func(v string) (string, []any) { return "r.host = ?", []any{v} },
	"relation": func(v string) (string, []any) { return "coalesce(r.relation, '') = ?", []any{v} },
	"name":     func(v string) (string, []any) { return contains("r.name", v) },
	"tag": func(v string) (string, []any) {
		return "EXISTS (SELECT 1 FROM run_tag t WHERE t.run_id = r.id AND t.tag = ?)", []any{v}
	},
	// "kv" and "blend" both find kv.blend.
	"kind": func(v string) (string, []any) {
		return "(r.kind = ? OR r.bench = ? OR substr(r.kind, length(r.bench) + 2) = ?)", []any{v, v, v}
	},
	"id": func(v string) (string, []any) {
		v = strings.ToUpper(v)
		return "(r.ulid >= ? AND r.ulid < ?)", []any{v, v + "~"}
	},
	"parent": func(v string) (string, []any) {
		v = strings.ToUpper(v)
		return "(coalesce(p.ulid, '') >= ? AND coalesce(p.ulid, '') < ?)", []any{v, v + "~"}
	},
}

var numberKeys = map[string]string{"seed": "r.seed", "done": "r.done_n", "total": "r.total_n"}

// keys lists what may stand before a colon, in the order of messages.
func keys() []string {
	list := []string{"state"}
	for k := range textKeys {
		list = append(list, k)
	}
	for k := range numberKeys {
		list = append(list, k)
	}
	slices.Sort(list)
	return append(list, "param.NAME")
}

func compileAtom(a query.Atom) (string, []any, error) {
	if match := matcher(a.Op); match != nil {
		cond, args := compileWord(a.Values[0], match)
		return cond, args, nil
	}
	key := strings.ToLower(a.Key)
	column, number := numberKeys[key]
	text, known := textKeys[key]
	name, isParam := strings.CutPrefix(key, "param.")
	switch {
	case a.Op == query.Match && isParam && name != "":
		cond, args, err := compileMatch(query.Atom{Key: "param", Values: a.Values}, map[string]string{"param": "v.value %s"})
		return "EXISTS (SELECT 1 FROM run_param v WHERE v.run_id = r.id AND v.key = ? AND " + cond + ")", append([]any{strings.ReplaceAll(name, "-", "_")}, args...), err
	case a.Op == query.Match && (known || number || key == "state"):
		a.Key = key
		return compileMatch(a, runTexts)
	case isParam && name != "":
		return compileParam(strings.ReplaceAll(name, "-", "_"), a)
	case number:
		return compileNumber(column, a)
	case a.Op != query.Is && (known || key == "state"):
		return "", nil, fmt.Errorf("%s is a text, it has no %s", key, a.Op)
	case key == "state":
		return compileState(a.Values)
	case known:
		return anyOf(a.Values, text)
	}
	return "", nil, fmt.Errorf("unknown key %q, did you mean %q? known are %s", a.Key, query.Nearest(key, keys()), strings.Join(keys(), ", "))
}

func anyOf(values []string, one func(string) (string, []any)) (string, []any, error) {
	var conds []string
	var args []any
	for _, v := range values {
		cond, a := one(v)
		conds = append(conds, cond)
		args = append(args, a...)
	}
	return "(" + strings.Join(conds, " OR ") + ")", args, nil
}

// matcher is the condition that a word without a key makes on a column; nil for an
// operator with a key.
func matcher(op query.Op) func(column, w string) (string, []any) {
	switch op {
	case query.Word:
		return contains
	case query.Fuzzy:
		return inOrder
	}
	return nil
}

func compileWord(w string, match func(column, w string) (string, []any)) (string, []any) {
	var conds []string
	var args []any
	for _, column := range []string{"r.name", "r.kind", "r.headline"} {
		cond, a := match(column, w)
		conds = append(conds, cond)
		args = append(args, a...)
	}
	cond, a := match("t.tag", w)
	conds = append(conds, "EXISTS (SELECT 1 FROM run_tag t WHERE t.run_id = r.id AND "+cond+")")
	return "(" + strings.Join(conds, " OR ") + ")", append(args, a...)
}

// contains matches a substring: in any case where the word is all lower case,
// else as it is written.
func contains(column, w string) (string, []any) {
	if strings.ContainsFunc(w, unicode.IsUpper) {
		return "instr(" + column + ", ?) > 0", []any{w}
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)
	return column + ` LIKE ? ESCAPE '\'`, []any{"%" + escaped + "%"}
}

// inOrder matches the letters of a word in their order, in any case.
func inOrder(column, w string) (string, []any) {
	var b strings.Builder
	for _, r := range w {
		b.WriteByte('%')
		if r == '\\' || r == '%' || r == '_' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return column + ` LIKE ? ESCAPE '\'`, []any{b.String() + "%"}
}

func compileState(values []string) (string, []any, error) {
	known := []string{"queued", "running", "paused", "stopped", "done", "failed", "cancelled", "lost", "live"}
	var list []run.State
	for _, v := range values {
		v = strings.ToLower(v)
		if !slices.Contains(known, v) {
			return "", nil, fmt.Errorf("unknown state %q, did you mean %q?", v, query.Nearest(v, known))
		}
		if v == "live" {
			list = append(list, run.Queued, run.Running, run.Paused)
			continue
		}
		list = append(list, run.State(v))
	}
	cond, args := states(list)
	return "(" + cond + ")", args, nil
}

func compileNumber(column string, a query.Atom) (string, []any, error) {
	op := string(a.Op)
	if a.Op == query.Is {
		op = "="
	}
	var conds []string
	var args []any
	for _, v := range a.Values {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return "", nil, fmt.Errorf("%s%s%s: expected a number", a.Key, a.Op, v)
		}
		conds = append(conds, column+" "+op+" ?")
		args = append(args, f)
	}
	return "(" + strings.Join(conds, " OR ") + ")", args, nil
}

// compileParam compares a parameter: one value of a list is enough, and 0.15
// finds 0.150.
func compileParam(name string, a query.Atom) (string, []any, error) {
	cond, args, err := anyOf(a.Values, func(v string) (string, []any) {
		member := "instr(',' || v.value || ',', ',' || ? || ',') > 0"
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return "(" + member + " OR v.num = ?)", []any{v, f}
		}
		return member, []any{v}
	})
	if a.Op != query.Is {
		cond, args, err = compileNumber("v.num", a)
	}
	if err != nil {
		return "", nil, err
	}
	return "EXISTS (SELECT 1 FROM run_param v WHERE v.run_id = r.id AND v.key = ? AND " + cond + ")", append([]any{name}, args...), nil
}

func filterError(err error) error {
	var qe *query.Error
	if errors.As(err, &qe) {
		return &run.Error{Code: run.EUsage, Text: qe.Error()}
	}
	return &run.Error{Code: run.EUsage, Text: "filter: " + err.Error()}
}
