package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"assay/core/caption/picture"
	"assay/core/run"
)

// Instances is a COCO instances file.
type Instances struct {
	Images     map[int64]Photo
	Categories map[int64]string
	Objects    []Instance
}

// Photo is an image of an instances file.
type Photo struct {
	ID   int64  `json:"id"`
	File string `json:"file_name"`
	W    int    `json:"width"`
	H    int    `json:"height"`
}

// Instance is an annotated object: polygons, or run lengths of a mask.
type Instance struct {
	ID       int64           `json:"id"`
	Image    int64           `json:"image_id"`
	Category int64           `json:"category_id"`
	Box      [4]float64      `json:"bbox"`
	Crowd    int             `json:"iscrowd"`
	Score    float64         `json:"score"`
	Shape    json.RawMessage `json:"segmentation"`
}

// ReadInstances reads a COCO instances file element by element, since the
// published ones are one line of 150 MB.
func ReadInstances(r io.Reader) (*Instances, error) {
	in := &Instances{Images: map[int64]Photo{}, Categories: map[int64]string{}}
	d := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not a COCO instances file: expected a JSON object with images, annotations and categories")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, wrong("", err)
		}
		name, _ := key.(string)
		seen[name] = true
		switch name {
		case "images":
			err = each(d, func() error {
				var p Photo
				if err := d.Decode(&p); err != nil {
					return err
				}
				in.Images[p.ID] = p
				return nil
			})
		case "categories":
			err = each(d, func() error {
				var c struct {
					ID   int64  `json:"id"`
					Name string `json:"name"`
				}
				if err := d.Decode(&c); err != nil {
					return err
				}
				in.Categories[c.ID] = canonical(c.Name)
				return nil
			})
		case "annotations":
			err = each(d, func() error {
				var o Instance
				if err := d.Decode(&o); err != nil {
					return err
				}
				in.Objects = append(in.Objects, o)
				return nil
			})
		default:
			var skip json.RawMessage
			err = d.Decode(&skip)
		}
		if err != nil {
			return nil, wrong(name, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, wrong("", err)
	}
	for _, name := range []string{"images", "annotations", "categories"} {
		if !seen[name] {
			return nil, fmt.Errorf("not a COCO instances file: %q is missing", name)
		}
	}
	return in, nil
}

func wrong(name string, err error) error {
	if name != "" {
		name = " in " + name
	}
	return fmt.Errorf("not a COCO instances file: wrong JSON%s: %w", name, err)
}

func each(d *json.Decoder, visit func() error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return fmt.Errorf("expected a list")
	}
	for d.More() {
		if err := visit(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// Mask rasterises the shape of an object in its photo.
func (o Instance) Mask(w, h int) (*Mask, error) {
	m := NewMask(w, h)
	var polygons [][]float64
	if json.Unmarshal(o.Shape, &polygons) == nil {
		filled := false
		for _, p := range polygons {
			filled = m.Fill(p) || filled
		}
		if !filled {
			return nil, fmt.Errorf("no polygon with three corners")
		}
		return m, nil
	}
	var rle struct {
		Size   [2]int          `json:"size"`
		Counts json.RawMessage `json:"counts"`
	}
	if err := json.Unmarshal(o.Shape, &rle); err != nil {
		return nil, fmt.Errorf("the segmentation is neither polygons nor run lengths")
	}
	if rle.Size != [2]int{h, w} {
		return nil, fmt.Errorf("the mask is of %d x %d pixels, the photo of %d x %d", rle.Size[1], rle.Size[0], w, h)
	}
	var counts []int
	if json.Unmarshal(rle.Counts, &counts) != nil {
		var text string
		if err := json.Unmarshal(rle.Counts, &text); err != nil {
			return nil, fmt.Errorf("run lengths are neither numbers nor a text")
		}
		var err error
		if counts, err = ParseRuns(text); err != nil {
			return nil, err
		}
	}
	return m, m.Runs(counts)
}

// Import cuts the objects of a COCO instances file out of its photos. What
// cannot be used is rejected with its rule; an instances file that cannot be
// read is an *run.Error. visit hears how far it is and may end it with an error.
func Import(file, photos string, l Limits, visit func(done, total int) error) (*Set, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "instances file " + file + " cannot be read", Err: err}
	}
	defer f.Close()
	in, err := ReadInstances(f)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: file, Err: err}
	}
	info, err := os.Stat(photos)
	if err != nil || !info.IsDir() {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("photo folder %s cannot be read", photos), Err: err}
	}
	slices.SortStableFunc(in.Objects, func(a, b Instance) int { return int(a.Image - b.Image) })
	s, sieve := &Set{}, newSieve(l)
	for i := 0; i < len(in.Objects); {
		n := i
		for n < len(in.Objects) && in.Objects[n].Image == in.Objects[i].Image {
			n++
		}
		if err := visit(i, len(in.Objects)); err != nil {
			return nil, err
		}
		s.cut(in, in.Objects[i:n], os.DirFS(photos), sieve)
		i = n
	}
	return s, nil
}

// cut adds the objects of one photo.
func (s *Set) cut(in *Instances, objects []Instance, photos fs.FS, sieve *sieve) {
	reject := func(o Instance, rule, detail string) {
		s.Rejects = append(s.Rejects, Reject{File: fmt.Sprintf("annotation %d", o.ID), Class: in.Categories[o.Category], Rule: rule, Detail: detail})
	}
	all := func(rule, detail string) {
		for _, o := range objects {
			reject(o, rule, detail)
		}
	}
	p, ok := in.Images[objects[0].Image]
	if !ok {
		all("image", fmt.Sprintf("no image %d in the file", objects[0].Image))
		return
	}
	name := filepath.ToSlash(p.File)
	if !fs.ValidPath(name) {
		all("image", fmt.Sprintf("%q is not a path below the photo folder", p.File))
		return
	}
	data, err := readSmall(photos, name)
	if err != nil {
		all("image", p.File+": "+cause(err))
		return
	}
	img, err := picture.Decode(data)
	if err != nil {
		all("decode", p.File+": "+err.Error())
		return
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	masks := make([]*Mask, len(objects))
	for i, o := range objects {
		if masks[i], err = o.Mask(w, h); err != nil {
			reject(o, "polygon", err.Error())
			masks[i] = nil
		}
	}
	for i, o := range objects {
		m := masks[i]
		class := in.Categories[o.Category]
		switch {
		case m == nil:
		case class == "":
			reject(o, "category", fmt.Sprintf("no category %d in the file", o.Category))
		case o.Crowd == 1:
			reject(o, "crowd", "marked as a crowd")
		case m.Area() == 0:
			reject(o, "polygon", "the shape covers no pixel of the photo")
		case m.edge() > sieve.limits.Cutoff:
			reject(o, "cutoff", fmt.Sprintf("%.0f %% of its outline lies on the border of the photo", 100*m.edge()))
		case covered(masks, i) > sieve.limits.Crowd:
			reject(o, "crowd", "another object covers more than a tenth of its box")
		default:
			raw := image.NewNRGBA(img.Rect)
			for k, set := range m.Bits {
				if set {
					copy(raw.Pix[4*k:4*k+4], img.Pix[4*k:4*k+4])
					raw.Pix[4*k+3] = 255
				}
			}
			obj := Object{ID: fmt.Sprintf("coco/%d", o.ID), Class: class, Score: o.Score, Source: p.File}
			cut := crop(raw)
			obj, rule, detail, kept := sieve.check(obj, cut, func() *image.NRGBA { return cut })
			if rule != "" {
				s.Rejects = append(s.Rejects, Reject{File: fmt.Sprintf("annotation %d", o.ID), Class: class, Rule: rule, Detail: detail, Kept: kept})
			}
			if rule == "" || kept {
				s.Objects = append(s.Objects, obj)
			}
		}
	}
}

// covered returns the share of the box of mask i that other masks cover.
func covered(masks []*Mask, i int) float64 {
	m := masks[i]
	x0, y0, x1, y1 := m.W, m.H, 0, 0
	for k, set := range m.Bits {
		if set {
			x, y := k%m.W, k/m.W
			x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x+1), max(y1, y+1)
		}
	}
	n := 0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for j, other := range masks {
				if j != i && other != nil && other.Bits[y*m.W+x] {
					n++
					break
				}
			}
		}
	}
	return float64(n) / float64(max(1, (x1-x0)*(y1-y0)))
}
