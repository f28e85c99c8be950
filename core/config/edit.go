package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/run"
)

// Set writes a setting into the file of the person. Comments and everything else
// in it stay. The error is an *run.Error: E-USAGE for a wrong key or value,
// E-CONFIG where the file cannot be read as it is.
func (p Paths) Set(key, text string) error {
	if name, ok := strings.CutPrefix(key, aliasTable+"."); ok {
		return p.setAlias(name, text)
	}
	s, ok := Find(key)
	if !ok {
		var known []string
		for _, s := range settings {
			known = append(known, s.Key)
		}
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("unknown setting %q%s", key, nearest(key, known)), Hint: "assay config show lists them"}
	}
	text, err := s.Check(text)
	if err != nil {
		return &run.Error{Code: run.EUsage, Text: key + ": " + err.Error()}
	}
	table, name, _ := strings.Cut(key, ".")
	return rewrite(p.File(), func(data []byte) ([]byte, error) {
		return put(p.File(), data, []string{table, name}, []string{name}, table, s.toml(text))
	})
}

// setAlias gives a name to a command line.
func (p Paths) setAlias(name, line string) error {
	var c Current
	c.alias(entry{key: []string{aliasTable, name}, value: line})
	if len(c.faults) > 0 {
		return &run.Error{Code: run.EUsage, Text: c.faults[0].Text}
	}
	return rewrite(p.File(), func(data []byte) ([]byte, error) {
		return put(p.File(), data, []string{aliasTable, name}, []string{name}, aliasTable, quote(c.aliases[0].Line))
	})
}

// Unset takes a setting out of the file of the person, so that its default holds.
func (p Paths) Unset(key string) error {
	return rewrite(p.File(), func(data []byte) ([]byte, error) { return drop(p.File(), data, strings.Split(key, ".")) })
}

// Bind writes the keys of an action into keys.toml, none to leave it without.
func (p Paths) Bind(action string, keys []string) error {
	quoted := make([]string, len(keys))
	for i, k := range keys {
		quoted[i] = quote(k)
	}
	return rewrite(p.Keys(), func(data []byte) ([]byte, error) {
		return put(p.Keys(), data, strings.Split(action, "."), []string{action}, "", "["+strings.Join(quoted, ", ")+"]")
	})
}

// Unbind takes an action out of keys.toml, so that it has its own keys again.
func (p Paths) Unbind(action string) error {
	return rewrite(p.Keys(), func(data []byte) ([]byte, error) { return drop(p.Keys(), data, strings.Split(action, ".")) })
}

// rewrite changes a file as a whole or not at all. A link is followed: people keep
// their settings elsewhere.
func rewrite(path string, change func([]byte) ([]byte, error)) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	data, err := readFile(path)
	if err != nil {
		return &run.Error{Code: run.EConfig, Text: "cannot read the settings", Err: err}
	}
	out, err := change(data)
	if err != nil {
		return &run.Error{Code: run.EConfig, Text: "the file is left as it is", Hint: "mend it with assay config edit", Err: err}
	}
	if bytes.Equal(out, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &run.Error{Code: run.EConfig, Text: "cannot write the settings", Err: err}
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return &run.Error{Code: run.EConfig, Text: "cannot write the settings", Err: err}
	}
	_, err = f.Write(out)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return &run.Error{Code: run.EConfig, Text: "cannot write the settings", Err: errors.Join(err, os.Remove(f.Name()))}
	}
	return nil
}

// put sets a key to a value: in its place where it is there, else at the end of
// its table, which is made where it is missing ("" is the top of the file). What
// comes out has been read again: an edit that would not be understood is none.
func put(file string, data []byte, key, last []string, table, value string) ([]byte, error) {
	out, err := splice(file, data, key, last, table, value)
	if err != nil {
		return nil, err
	}
	if _, ok, err := locate(file, out, key); err != nil || !ok {
		return nil, Fault{Place: Place{File: file}, Text: strings.Join(key, ".") + " cannot be set in the way the file is written; set it by hand"}
	}
	return out, nil
}

func splice(file string, data []byte, key, last []string, table, value string) ([]byte, error) {
	e, ok, err := locate(file, data, key)
	if err != nil {
		return nil, err
	}
	if ok {
		from, to := valueRange(data, e.at)
		return slices.Concat(data[:from], []byte(value), data[to:]), nil
	}
	name := strings.Join(last, ".")
	if strings.ContainsFunc(name, func(r rune) bool { return r == '.' || r == ' ' }) {
		name = quote(name)
	}
	line := name + " = " + value + "\n"
	at := insertion(data, table)
	if at < 0 {
		if len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(slices.Clone(data), '\n')
		}
		if len(data) > 0 {
			line = "\n[" + table + "]\n" + line
		} else {
			line = "[" + table + "]\n" + line
		}
		return append(slices.Clone(data), line...), nil
	}
	if at > 0 && data[at-1] != '\n' {
		line = "\n" + line
	}
	return slices.Concat(data[:at], []byte(line), data[at:]), nil
}

// drop takes a key with its line away.
func drop(file string, data []byte, key []string) ([]byte, error) {
	e, ok, err := locate(file, data, key)
	if err != nil || !ok {
		return data, err
	}
	_, to := valueRange(data, e.at)
	from := bytes.LastIndexByte(data[:e.at], '\n') + 1
	if strings.TrimSpace(string(data[from:e.at])) != "" {
		return nil, e.fault(false, "stands inside of another value; take it out by hand")
	}
	if n := bytes.IndexByte(data[to:], '\n'); n >= 0 {
		to += n + 1
	} else {
		to = len(data)
	}
	return slices.Concat(data[:from], data[to:]), nil
}

// locate finds the entry of a key; keys are compared with their dots, so that
// "runs.cancel" and runs.cancel are one.
func locate(file string, data []byte, key []string) (entry, bool, error) {
	list, err := parse(file, data)
	if err != nil {
		return entry{}, false, err
	}
	want := strings.Join(key, ".")
	for _, e := range list {
		if k := e.dotted(); k == want || k == keysTable+"."+want && filepath.Base(file) == keysName {
			return e, true, nil
		}
	}
	return entry{}, false, nil
}

// insertion returns the offset where a new line of a table goes: behind its last
// one. It is -1 where there is no such table.
func insertion(data []byte, table string) int {
	in, found, end, at := table == "", table == "", 0, 0
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		at += len(line)
		switch {
		case strings.HasPrefix(text, "[") && strings.HasSuffix(strings.TrimSpace(strings.SplitN(text, "#", 2)[0]), "]") && !strings.Contains(text, "="):
			name := strings.Trim(strings.TrimSpace(strings.SplitN(text, "#", 2)[0]), "[] \t")
			if in = name == table; in {
				found, end = true, at
			}
		case in && text != "":
			end = at
		}
	}
	if !found {
		return -1
	}
	return end
}

// valueRange returns the bytes of the value whose key begins at an offset of a
// file that has been parsed: so its quotes and brackets match.
func valueRange(data []byte, key int) (from, to int) {
	i := skipKey(data, key)
	for i < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	from = i
	depth := 0
	for i < len(data) {
		switch c := data[i]; {
		case c == '"' || c == '\'':
			i = skipText(data, i)
			if depth == 0 {
				return from, i
			}
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth <= 0 {
				return from, i + 1
			}
		case c == '#' && depth > 0:
			for i < len(data) && data[i] != '\n' {
				i++
			}
			continue
		case depth == 0 && strings.IndexByte(" \t\r\n,#", c) >= 0:
			return from, i
		}
		i++
	}
	return from, i
}

// skipKey returns the offset behind the = of a key.
func skipKey(data []byte, i int) int {
	for i < len(data) && data[i] != '=' {
		if data[i] == '"' || data[i] == '\'' {
			i = skipText(data, i)
			continue
		}
		i++
	}
	return i + 1
}

// skipText returns the offset behind a text in quotes, of one line or several.
func skipText(data []byte, i int) int {
	q := data[i]
	end := []byte{q}
	if bytes.HasPrefix(data[i:], []byte{q, q, q}) {
		end = []byte{q, q, q}
	}
	for i += len(end); i < len(data); i++ {
		switch {
		case data[i] == '\\' && q == '"':
			i++
		case bytes.HasPrefix(data[i:], end):
			return i + len(end)
		}
	}
	return len(data)
}
