package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/core/run"
)

// ProjectFile is the file of settings that a folder with everything below it
// shares, up to the root of a repository.
const ProjectFile = ".assay.toml"

// Source says where a value comes from. A later one of this order wins over an
// earlier one; a flag of a command wins over all.
type Source string

// The sources.
const (
	Default Source = "default"
	User    Source = "user"    // config.toml
	Project Source = "project" // .assay.toml
	Env     Source = "env"
)

// Value is a setting with what it is set to.
type Value struct {
	Setting
	Text   string
	Source Source
	Where  string // file:line:column or the variable; "" for a default
}

// Binding is one line of the key bindings: an action and the keys it is to have,
// none to have none.
type Binding struct {
	Place
	Action string
	Keys   []string
}

// Current is what is in force. It is a plain value, safe for concurrent use.
type Current struct {
	values   []Value
	bindings []Binding
	aliases  []Alias
	faults   []Fault
}

// Get returns the text of a setting, "" for an unknown key.
func (c Current) Get(key string) string {
	for _, v := range c.values {
		if v.Key == key {
			return v.Text
		}
	}
	return ""
}

// Bytes returns a setting of type Size.
func (c Current) Bytes(key string) Bytes {
	n, err := ParseBytes(c.Get(key))
	if err != nil { // Load has checked it
		return 0
	}
	return n
}

// Count returns the value of a setting of type Count.
func (c Current) Count(key string) int {
	n, err := strconv.Atoi(c.Get(key))
	if err != nil { // Load has checked it
		return 0
	}
	return n
}

// Span returns a setting of type Span.
func (c Current) Span(key string) time.Duration {
	d, err := time.ParseDuration(c.Get(key))
	if err != nil { // Load has checked it
		return 0
	}
	return d
}

// Values returns every setting, in the order of the settings screen.
func (c Current) Values() []Value { return slices.Clone(c.values) }

// Bindings returns the key bindings of the person; an action comes once.
func (c Current) Bindings() []Binding { return slices.Clone(c.bindings) }

// Warnings returns what was passed over: unknown keys.
func (c Current) Warnings() []Fault {
	return slices.DeleteFunc(slices.Clone(c.faults), func(f Fault) bool { return !f.Warning })
}

// Err returns what is wrong with the files in one line, as an *run.Error of code
// E-CONFIG, or nil. What is wrong has its default.
func (c Current) Err() error {
	var texts []string
	for _, f := range c.faults {
		if !f.Warning {
			texts = append(texts, f.Error())
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &run.Error{Code: run.EConfig, Text: strings.Join(texts, "; ")}
}

// Load reads the settings: the files of the person, the file of the project that
// dir lies in ("" for none), and the environment. It never fails: what cannot be
// used is a fault of Current and has its default.
func Load(p Paths, s System, dir string) Current {
	var c Current
	for _, d := range settings {
		c.values = append(c.values, Value{Setting: d, Text: d.Default, Source: Default})
	}
	c.file(p.File(), User, true)
	if dir != "" {
		if at := project(dir); at != "" {
			c.file(at, Project, false)
		}
	}
	for i, v := range c.values {
		for _, name := range append([]string{v.Env()}, v.Names...) {
			text := s.Getenv(name)
			if text == "" {
				continue
			}
			ok, err := v.Check(text)
			if err != nil {
				c.faults = append(c.faults, Fault{Place: Place{File: name}, Text: err.Error()})
				break
			}
			c.values[i].Text, c.values[i].Source, c.values[i].Where = ok, Env, name
			break
		}
	}
	c.keysFile(p.Keys())
	return c
}

// LoadFile reads one file of settings alone.
func LoadFile(path string) Current {
	var c Current
	for _, d := range settings {
		c.values = append(c.values, Value{Setting: d, Text: d.Default, Source: Default})
	}
	c.file(path, User, true)
	return c
}

// largest is how many bytes of a file are read: settings have a few hundred.
const largest = 1 << 20

// readFile returns nothing for a file that is not there.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > largest:
		return nil, Fault{Place: Place{File: path}, Text: "expected a regular file of at most 1 MiB"}
	}
	return os.ReadFile(path)
}

// entries reads a file; what is wrong with all of it is a fault.
func (c *Current) entries(path string) []entry {
	data, err := readFile(path)
	var list []entry
	if err == nil {
		list, err = parse(path, data)
	}
	var f Fault
	var pe *fs.PathError
	switch {
	case err == nil:
		return list
	case errors.As(err, &f):
		c.faults = append(c.faults, f)
	case errors.As(err, &pe):
		c.faults = append(c.faults, Fault{Place: Place{File: path}, Text: pe.Err.Error()})
	default:
		c.faults = append(c.faults, Fault{Place: Place{File: path}, Text: err.Error()})
	}
	return nil
}

// file takes the settings of a file in. Keys and aliases are the person's own affair:
// a project has none.
func (c *Current) file(path string, source Source, own bool) {
	seen := map[string]bool{}
	for _, e := range c.entries(path) {
		if e.key[0] == keysTable && len(e.key) > 1 && e.dotted() != presetKey {
			if !own {
				c.faults = append(c.faults, e.fault(true, "a project binds no keys; they stand in keys.toml"))
				continue
			}
			e.key = e.key[1:]
			c.bind(e)
			continue
		}
		if e.key[0] == aliasTable && len(e.key) > 1 {
			if own {
				c.alias(e)
			} else {
				c.faults = append(c.faults, e.fault(true, "a project names no command lines; aliases stand in config.toml"))
			}
			continue
		}
		c.take(e, source, seen)
	}
}

func (c *Current) take(e entry, source Source, seen map[string]bool) {
	key := e.dotted()
	i := slices.IndexFunc(c.values, func(v Value) bool { return v.Key == key })
	if i < 0 {
		known := []string{keysTable, aliasTable}
		for _, v := range c.values {
			known = append(known, v.Key)
		}
		c.faults = append(c.faults, e.fault(true, "unknown setting%s", nearest(key, known)))
		return
	}
	if seen[key] {
		c.faults = append(c.faults, e.fault(false, "is set twice"))
		return
	}
	seen[key] = true
	text, ok := e.text()
	if !ok {
		c.faults = append(c.faults, e.fault(false, "expected %s, not a list", c.values[i].Expect()))
		return
	}
	text, err := c.values[i].Check(text)
	if err != nil {
		c.faults = append(c.faults, e.fault(false, "%v", err))
		return
	}
	c.values[i].Text, c.values[i].Source, c.values[i].Where = text, source, e.Place.String()
}

// project returns the nearest project file at or above a folder, not above the
// root of a repository; "" for none.
func project(dir string) string {
	for {
		path := filepath.Join(dir, ProjectFile)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return ""
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
