package compose

import (
	"fmt"
	"image"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"assay/core/caption/corpus"
	"assay/core/caption/picture"
	"assay/core/run"
)

// photoSide bounds the longer side of a photo: captioners look at less, and
// pixels cost time.
const photoSide = 640

// leastPhoto is the shortest side of a photo, leastLargest the least share of it
// that its largest box must cover.
const (
	leastPhoto   = 96
	leastLargest = 0.03
)

// Labelled is an annotated object of a photo.
type Labelled struct {
	Class string
	Rect
}

// UsePhotos puts the photos of a folder in the place of the drawn backgrounds.
// instances may name a COCO instances file with their boxes; without it nothing
// is known of what they show, and only level 0 can be placed. Photos that cannot
// be used are counted by reason; a folder without one that can is an *run.Error.
func (w *World) UsePhotos(dir, instances string) (map[string]int, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("photo folder %s cannot be read; expected a folder of pictures", dir), Err: err}
	}
	boxes := map[string][]Labelled{}
	if instances != "" {
		if boxes, err = readBoxes(instances); err != nil {
			return nil, err
		}
	}
	fsys := os.DirFS(dir)
	names, err := fs.Glob(fsys, "*")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	rejected := map[string]int{}
	w.Backgrounds = nil
	for _, name := range names {
		if !slices.Contains([]string{".png", ".jpg", ".jpeg", ".webp", ".gif"}, strings.ToLower(path.Ext(name))) {
			continue
		}
		b, reason := photo(fsys, name, boxes[name])
		if reason == "" && instances != "" && len(b.Boxes) == 0 {
			reason = NoBoxes
		}
		if reason != "" {
			rejected[reason]++
			continue
		}
		w.Backgrounds = append(w.Backgrounds, b)
	}
	if len(w.Backgrounds) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("photo folder %s: no photo in it can be used: %v", dir, rejected), Hint: "expected pictures of at least 96 pixels a side, with boxes in the instances file where one is given"}
	}
	return rejected, nil
}

// photo reads one photo. It is kept as a file and decoded when it is drawn.
func photo(fsys fs.FS, name string, boxes []Labelled) (b Background, reason string) {
	info, err := fs.Stat(fsys, name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 64<<20 {
		return b, "decode"
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return b, "decode"
	}
	img, err := picture.Decode(data)
	if err != nil {
		return b, "decode"
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if min(w, h) < leastPhoto {
		return b, "small"
	}
	nw, nh := shrunk(w, h)
	b = Background{Name: strings.TrimSuffix(name, path.Ext(name)), Size: image.Pt(nw, nh), Photo: true, photo: func() *image.NRGBA {
		return picture.Triangle.Resize(picture.Opaque(again(name, data)), nw, nh)
	}}
	for _, l := range boxes {
		x0, y0 := max(l.X, 0)*nw/w, max(l.Y, 0)*nh/h
		x1, y1 := min(l.X+l.W, w)*nw/w, min(l.Y+l.H, h)*nh/h
		if x1 > x0 && y1 > y0 { // boxes outside, empty or negative are left out
			b.Boxes = append(b.Boxes, Labelled{l.Class, Rect{x0, y0, x1 - x0, y1 - y0}})
		}
	}
	slices.SortStableFunc(b.Boxes, func(x, y Labelled) int { return y.Area() - x.Area() })
	if len(b.Boxes) > 0 {
		if float64(b.Boxes[0].Area()) < leastLargest*float64(nw*nh) {
			return b, "small-largest"
		}
		if _, _, ok := band(b.rects(), nw, nh); !ok {
			return b, RTooLarge
		}
	}
	return b, ""
}

func shrunk(w, h int) (int, int) {
	if long := max(w, h); long > photoSide {
		return max(1, w*photoSide/long), max(1, h*photoSide/long)
	}
	return w, h
}

func (b Background) rects() (out []Rect) {
	for _, l := range b.Boxes {
		out = append(out, l.Rect)
	}
	return out
}

// readBoxes reads the boxes of an instances file by file name.
func readBoxes(file string) (map[string][]Labelled, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "instances file " + file + " cannot be read", Err: err}
	}
	defer f.Close()
	in, err := corpus.ReadInstances(f)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: file, Err: err}
	}
	out := map[string][]Labelled{}
	for _, o := range in.Objects {
		p, ok := in.Images[o.Image]
		class := in.Categories[o.Category]
		if !ok || class == "" || !(o.Box[2] >= 1 && o.Box[3] >= 1) || o.Box[2] > picture.MaxSide || o.Box[3] > picture.MaxSide || o.Box[0] > picture.MaxSide || o.Box[1] > picture.MaxSide || o.Box[0] < -picture.MaxSide || o.Box[1] < -picture.MaxSide {
			continue
		}
		name := path.Base(p.File)
		out[name] = append(out[name], Labelled{class, Rect{int(o.Box[0]), int(o.Box[1]), int(o.Box[2]), int(o.Box[3])}})
	}
	return out, nil
}
