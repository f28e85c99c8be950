package corpus

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"assay/core/caption/demo"
	"assay/core/caption/picture"
	"assay/core/run"
)

// maxFile bounds one picture file in bytes, maxFiles the files of a folder.
const (
	maxFile  = 64 << 20
	maxFiles = 100_000
)

// Manifest is the name of the file in a folder that says more about its
// pictures than their names do: a line of JSON each, see Entry.
const Manifest = "manifest.jsonl"

// Entry is a line of a manifest.
type Entry struct {
	ID      string   `json:"id"`
	Class   string   `json:"class"`
	File    string   `json:"file"`
	W       int      `json:"w"`
	H       int      `json:"h"`
	Area    int      `json:"alpha_area"`
	Score   float64  `json:"score,omitempty"`
	Source  string   `json:"source,omitempty"`
	Licence string   `json:"licence,omitempty"`
	Also    []string `json:"also,omitempty"`
	Multi   bool     `json:"multi,omitempty"` // shows more than the named object
	SHA     string   `json:"sha256"`
}

// Builtin returns the set that ships with the binary. Its pictures were looked
// at one by one; the filters are for pictures that were not.
func Builtin() (*Set, error) {
	files := demo.Cutouts()
	s := &Set{}
	for _, style := range demo.Styles() {
		names, err := fs.ReadDir(files, style)
		if err != nil {
			return nil, err
		}
		for _, f := range names {
			data, err := fs.ReadFile(files, style+"/"+f.Name())
			if err != nil {
				return nil, err
			}
			img, err := picture.Decode(data)
			if err != nil {
				return nil, fmt.Errorf("built-in cut-out %s: %w", f.Name(), err)
			}
			o := Object{ID: style + "/" + stem(f.Name()), Class: className(f.Name()), Source: style}
			if o.Class == "tennis racket" {
				o.Also = []string{"sports ball"} // it is drawn with one
			}
			s.Objects = append(s.Objects, o.of(crop(img), decodeAgain(o.ID, data)))
		}
	}
	return s, nil
}

func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// Folder reads a folder of cut-outs, CLASS-K.png in it or in folders below it;
// an underscore in a name is a space. Pictures that cannot be used are rejected
// one by one; a folder without any that can is an *run.Error.
func Folder(dir string, l Limits) (*Set, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("corpus folder %s cannot be read; expected a folder of CLASS-K.png with alpha", dir), Err: err}
	}
	s, err := read(os.DirFS(dir), l)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "corpus folder " + dir, Err: err}
	}
	if len(s.Objects) == 0 {
		text := fmt.Sprintf("corpus folder %s: no usable cut-out in it", dir)
		if len(s.Rejects) > 0 {
			r := s.Rejects[0]
			text = fmt.Sprintf("corpus folder %s: none of its %d pictures can be used; %s: %s (%s)", dir, len(s.Rejects), r.File, r.Detail, r.Rule)
		}
		return nil, &run.Error{Code: run.EInput, Text: text, Hint: "expected files named CLASS-K.png, an object each, with a transparent background"}
	}
	return s, nil
}

func read(fsys fs.FS, l Limits) (*Set, error) {
	entries, err := manifest(fsys)
	if err != nil {
		return nil, err
	}
	s := &Set{}
	sieve := newSieve(l)
	var names []string
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			s.Rejects = append(s.Rejects, Reject{File: p, Rule: "decode", Detail: "cannot be read: " + cause(err)})
			return nil
		}
		if ext := strings.ToLower(path.Ext(p)); !d.IsDir() && slices.Contains([]string{".png", ".webp", ".gif", ".jpg", ".jpeg"}, ext) {
			names = append(names, p)
		}
		if len(names) > maxFiles {
			return fmt.Errorf("more than %d pictures in it", maxFiles)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		o := Object{ID: stem(name), Class: className(path.Base(name))}
		e, listed := entries[name]
		if listed {
			if e.Class != "" {
				o.Class = canonical(e.Class)
			}
			o.Score, o.Source, o.Licence, o.Also = e.Score, e.Source, e.Licence, e.Also
		}
		reject := func(rule, detail string) {
			s.Rejects = append(s.Rejects, Reject{File: name, Class: o.Class, Rule: rule, Detail: detail})
		}
		if o.Class == "" {
			reject("name", "the file name holds no class; expected CLASS-K.png")
			continue
		}
		if e.Multi && len(e.Also) == 0 {
			reject("multi", "shows more than the "+o.Class+", and the manifest lists no also")
			continue
		}
		data, err := readSmall(fsys, name)
		if err != nil {
			reject("decode", cause(err))
			continue
		}
		img, err := picture.Decode(data)
		if err != nil {
			reject("decode", err.Error())
			continue
		}
		o, rule, detail, kept := sieve.check(o, crop(img), decodeAgain(name, data))
		if rule != "" {
			s.Rejects = append(s.Rejects, Reject{File: name, Class: o.Class, Rule: rule, Detail: detail, Kept: kept})
		}
		if rule == "" || kept {
			s.Objects = append(s.Objects, o)
		}
	}
	return s, nil
}

func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

func readSmall(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("not a file of at most %d MB", maxFile>>20)
	}
	return fs.ReadFile(fsys, name)
}

func manifest(fsys fs.FS) (map[string]Entry, error) {
	data, err := readSmall(fsys, Manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s", Manifest, cause(err))
	}
	return ParseManifest(data)
}

// ParseManifest reads the lines of a manifest, by file.
func ParseManifest(data []byte) (map[string]Entry, error) {
	out := map[string]Entry{}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		var e Entry
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s: line %d is not a JSON object {\"class\",\"file\",...}: %w", Manifest, n, err)
		}
		if e.File == "" {
			return nil, fmt.Errorf("%s: line %d names no file", Manifest, n)
		}
		out[e.File] = e
	}
	return out, s.Err()
}

// Write stores a set as a folder with its manifest. The folder is made; files
// of the same names are replaced.
func (s *Set) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var lines bytes.Buffer
	numbers := map[string]int{}
	for _, o := range s.Objects {
		numbers[o.Class]++
		name := fmt.Sprintf("%s-%d.png", strings.ReplaceAll(strings.ReplaceAll(o.Class, " ", "_"), "/", "_"), numbers[o.Class])
		data, err := picture.PNG(o.Pixels.Image())
		if err != nil {
			return err
		}
		if err := os.WriteFile(dir+"/"+name, data, 0o644); err != nil {
			return err
		}
		line, err := json.Marshal(Entry{ID: o.ID, Class: o.Class, File: name, W: o.Size.X, H: o.Size.Y, Area: o.Area, Score: o.Score, Source: o.Source, Licence: o.Licence, Also: o.Also, SHA: o.SHA})
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	return os.WriteFile(dir+"/"+Manifest, lines.Bytes(), 0o644)
}
