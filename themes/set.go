package themes

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed *.toml
var builtin embed.FS

// Set is a collection of theme files by name.
type Set struct {
	files map[string]source
}

// source is one file that has not been read into a theme yet.
type source struct {
	path    string
	data    []byte
	builtin bool
}

// Builtin returns the themes that are part of the program.
func Builtin() Set {
	s := Set{files: map[string]source{}}
	names, err := fs.Glob(builtin, "*.toml")
	if err != nil {
		panic("themes: " + err.Error()) // the pattern is constant
	}
	for _, n := range names {
		data, err := builtin.ReadFile(n)
		if err != nil {
			panic("themes: " + err.Error()) // the file is part of the program
		}
		s.files[strings.TrimSuffix(n, ".toml")] = source{path: n, data: data, builtin: true}
	}
	return s
}

// Open returns the built-in themes and those of a folder, whose files win over
// built-in ones of the same name. A missing folder is no error; what cannot be
// read is, and the set holds the rest.
func Open(userDir string) (Set, error) {
	s := Builtin()
	if userDir == "" {
		return s, nil
	}
	list, err := os.ReadDir(userDir)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	var errs []error
	if err != nil {
		errs = append(errs, fmt.Errorf("read themes: %w", err))
	}
	for _, f := range list {
		name, ok := strings.CutSuffix(f.Name(), ".toml")
		if !ok || f.IsDir() {
			continue
		}
		path := filepath.Join(userDir, f.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("read theme: %w", err))
			continue
		}
		s.files[name] = source{path: path, data: data}
	}
	return s, errors.Join(errs...)
}

// With returns a set that holds one more theme, such as a file given by --theme;
// path stands in the errors about it.
func (s Set) With(name, path string, data []byte) Set {
	files := maps.Clone(s.files)
	files[name] = source{path: path, data: data}
	return Set{files: files}
}

// Names returns the names of the themes, sorted.
func (s Set) Names() []string {
	var names []string
	for n := range s.files {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// About is what a list of themes says of one.
type About struct {
	Variant string // dark or light, "" where the file cannot be read
	Pair    string // its counterpart for the other ground, "" for none
	Origin  string // whose palette it is, "" for our own and the person's
	Path    string // of the file, relative for a built-in one
	Builtin bool
}

// About returns what a theme says of itself. Faults of its file are left to Resolve.
func (s Set) About(name string) About {
	src := s.files[name]
	a := About{Path: src.path, Builtin: src.builtin}
	entries, err := s.chain(name)
	if err != nil {
		return a
	}
	for _, e := range entries {
		if e.file == src.path && e.key[0] == "pair" { // a pair is nobody's heritage
			a.Pair, _ = e.value.(string)
		}
		text, ok := e.value.(string)
		switch {
		case !ok:
		case e.key[0] == "variant":
			a.Variant = text
		case e.key[0] == "origin":
			a.Origin = text
		}
	}
	return a
}

// Load opens a theme by name at a depth and never fails: where the theme is
// unknown or faulty it returns default-dark beside the error.
func Load(name, userDir string, d Depth) (*Theme, error) {
	s, openErr := Open(userDir)
	t, err := s.Resolve(name, d)
	if err == nil {
		return t, openErr
	}
	t, fallbackErr := Builtin().Resolve("default-dark", d)
	if fallbackErr != nil {
		panic("themes: " + fallbackErr.Error()) // a test loads the built-in themes at every depth
	}
	return t, errors.Join(openErr, err)
}

// nearest says which theme may have been meant, or which there are.
func (s Set) nearest(name string) string {
	if meant := suggest(name, s.Names()); meant != "" {
		return meant
	}
	return "; known are " + strings.Join(s.Names(), ", ")
}

// chain returns the entries of a theme, those of its ancestors first.
func (s Set) chain(name string) ([]entry, error) {
	const deepest = 5 // ancestors; more is a mistake, not a design
	var out []entry
	var seen []string
	var from entry // the inherits that named the current file
	for name != "" {
		src, ok := s.files[name]
		switch {
		case !ok && from.file == "":
			return nil, &Error{File: name, Text: "no such theme" + s.nearest(name)}
		case !ok:
			return nil, from.fault("no theme %q%s", name, s.nearest(name))
		case slices.Contains(seen, name):
			return nil, from.fault("themes inherit in a circle: %s", strings.Join(append(seen, name), " -> "))
		case len(seen) > deepest:
			return nil, from.fault("more than %d ancestors", deepest)
		}
		seen = append(seen, name)
		entries, err := parse(src.path, src.data)
		if err != nil {
			return nil, err
		}
		name = ""
		for _, e := range entries {
			if e.key[0] == "inherits" {
				if name, err = e.text(); err != nil {
					return nil, err
				}
				from = e
			}
		}
		out = append(entries, out...)
	}
	return out, nil
}
