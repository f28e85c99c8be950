package data

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // decoders of what a folder may hold
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/prng"
)

// Imported says what Import wrote.
type Imported struct {
	Name    string   `json:"name"`
	Classes []string `json:"classes"`
	Train   int      `json:"train"`
	Test    int      `json:"test"`
	Dir     string   `json:"dir"`
}

// Import turns a folder of 32x32 images, train/CLASS/* and test/CLASS/*, PNG or
// JPEG, into CIFAR-10's binary form in out. Classes are numbered by their sorted
// names; records are in a fixed random order. JPEG is lossy, so a set with any is
// named cifar10-jpeg. Each file appears whole or not at all. Progress may be nil.
func Import(ctx context.Context, from, out string, progress func(done, total int)) (Imported, error) {
	classes, err := subfolders(filepath.Join(from, "train"))
	if err != nil {
		return Imported{}, err
	}
	if len(classes) < 2 || len(classes) > 256 {
		return Imported{}, fmt.Errorf("import: %s/train has %d folders, expected one for each class, 2 to 256", from, len(classes))
	}
	doc := Imported{Name: "cifar10-import", Classes: classes, Dir: out}
	lists := map[string][]pic{}
	total := 0
	for _, part := range []string{"train", "test"} {
		list, err := pictures(filepath.Join(from, part), classes)
		if err != nil {
			return Imported{}, err
		}
		r := prng.New(1, "prune/import/"+part)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		lists[part] = list
		total += len(list)
		for _, p := range list {
			if ext := strings.ToLower(filepath.Ext(p.path)); ext == ".jpg" || ext == ".jpeg" {
				doc.Name = "cifar10-jpeg"
			}
		}
	}
	doc.Train, doc.Test = len(lists["train"]), len(lists["test"])
	if doc.Train < 5 || doc.Test < 1 {
		return Imported{}, fmt.Errorf("import: %d training and %d test images in %s, expected at least 5 and 1", doc.Train, doc.Test, from)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return Imported{}, fmt.Errorf("import: %w", err)
	}
	m := manifest{Name: doc.Name, Records: map[string]int{}}
	done := 0
	for i, f := range cifarFiles {
		list := lists["test"]
		if i < 5 {
			list = lists["train"][doc.Train*i/5 : doc.Train*(i+1)/5]
		}
		m.Records[f] = len(list)
		err := writeWhole(filepath.Join(out, f), func(w io.Writer) error {
			rec := make([]byte, record)
			for _, p := range list {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := p.read(rec); err != nil {
					return err
				}
				if _, err := w.Write(rec); err != nil {
					return err
				}
				if done++; progress != nil && (done%500 == 0 || done == total) {
					progress(done, total)
				}
			}
			return nil
		})
		if err != nil {
			return Imported{}, err
		}
	}
	err = writeWhole(filepath.Join(out, metaFile), func(w io.Writer) error {
		_, err := fmt.Fprintln(w, strings.Join(classes, "\n"))
		return err
	})
	if err != nil {
		return Imported{}, err
	}
	return doc, writeWhole(filepath.Join(out, manifestFile), func(w io.Writer) error { return json.NewEncoder(w).Encode(m) })
}

// writeWhole writes a file beside its place and renames it when it is whole.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".import-*")
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer os.Remove(f.Name())
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("import: %s: %w", filepath.Base(path), err)
	}
	return nil
}

func subfolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("import: %s: %w; expected train/CLASS/*.png or .jpg and test/CLASS/* below it", dir, reason(err))
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil // ReadDir sorts
}

// pic is an image file and its class.
type pic struct {
	path  string
	label int
}

func pictures(dir string, classes []string) ([]pic, error) {
	found, err := subfolders(dir)
	if err != nil {
		return nil, err
	}
	var list []pic
	for _, c := range found {
		label := slices.Index(classes, c)
		if label < 0 {
			return nil, fmt.Errorf("import: %s/%s is a class that train does not have", dir, c)
		}
		entries, err := os.ReadDir(filepath.Join(dir, c))
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		for _, e := range entries {
			switch strings.ToLower(filepath.Ext(e.Name())) {
			case ".png", ".jpg", ".jpeg":
				list = append(list, pic{filepath.Join(dir, c, e.Name()), label})
			}
		}
	}
	return list, nil
}

// read decodes the image into a record.
func (p pic) read(rec []byte) error {
	f, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return fmt.Errorf("%s is not an image: %w", p.path, err)
	}
	if c.Width != 32 || c.Height != 32 {
		return fmt.Errorf("%s is %dx%d, expected 32x32", p.path, c.Width, c.Height)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	im, _, err := image.Decode(f)
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", p.path, err)
	}
	rec[0] = byte(p.label)
	b := im.Bounds()
	for y := range 32 {
		for x := range 32 {
			r, g, bl, _ := im.At(b.Min.X+x, b.Min.Y+y).RGBA()
			i := y*32 + x
			rec[1+i], rec[1025+i], rec[2049+i] = byte(r>>8), byte(g>>8), byte(bl>>8)
		}
	}
	return nil
}
