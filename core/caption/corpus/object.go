package corpus

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"assay/core/caption/picture"
)

// Object is one cut-out: straight alpha, cropped to the box of alpha > 8.
type Object struct {
	ID      string        // "fluent3d/dog-1": unique in its set
	Class   string        // lower case, with spaces
	Size    image.Point   // at least one pixel
	Pixels  *picture.Lazy // the picture itself
	SHA     string        // picture.Hash of it
	Area    int           // its pixels of alpha > 127
	Score   float64       // of the detector that found it, 0..1; 0 where there was none
	Also    []string      // classes that a fair captioner may name beside it
	Source  string
	Licence string
}

// Reject is a picture that did not become an object, or did in spite of a doubt.
type Reject struct {
	File   string `json:"file"`
	Class  string `json:"class,omitempty"`
	Rule   string `json:"rule"` // decode, alphaless, small, thin, fragment, cutoff, score, crowd, twin, multi, name, ...
	Detail string `json:"detail"`
	Kept   bool   `json:"kept,omitempty"` // a warning only
}

// Set is a corpus: objects in the order of their IDs.
type Set struct {
	Objects []Object
	Rejects []Reject
}

// Classes lists the classes of the objects, sorted.
func (s *Set) Classes() []string {
	var out []string
	for _, o := range s.Objects {
		out = append(out, o.Class)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Of returns the indices of the objects of a class.
func (s *Set) Of(class string) (out []int) {
	for i, o := range s.Objects {
		if o.Class == class {
			out = append(out, i)
		}
	}
	return out
}

// Also returns the classes that may be named beside each class.
func (s *Set) Also() map[string][]string {
	out := map[string][]string{}
	for _, o := range s.Objects {
		for _, a := range o.Also {
			if !slices.Contains(out[o.Class], a) {
				out[o.Class] = append(out[o.Class], a)
			}
		}
	}
	return out
}

// ByRule counts the rejections, warnings left out.
func (s *Set) ByRule() map[string]int {
	out := map[string]int{}
	for _, r := range s.Rejects {
		if !r.Kept {
			out[r.Rule]++
		}
	}
	return out
}

// Fingerprint is a text that changes whenever the objects do.
func (s *Set) Fingerprint() string {
	var b strings.Builder
	for _, o := range s.Objects {
		fmt.Fprintf(&b, "%s %s %s\n", o.ID, o.Class, o.SHA)
	}
	return b.String()
}

// crop cuts a picture to the box of alpha > 8; nil where nothing is visible.
func crop(in *image.NRGBA) *image.NRGBA {
	w, h := in.Rect.Dx(), in.Rect.Dy()
	box := image.Rectangle{Min: image.Pt(w, h)}
	for y := range h {
		for x := range w {
			if in.Pix[y*in.Stride+4*x+3] > 8 {
				box.Min = image.Pt(min(box.Min.X, x), min(box.Min.Y, y))
				box.Max = image.Pt(max(box.Max.X, x+1), max(box.Max.Y, y+1))
			}
		}
	}
	if box.Min.X >= box.Max.X || box.Min.Y >= box.Max.Y {
		return nil
	}
	out := image.NewNRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	for y := range box.Dy() {
		copy(out.Pix[y*out.Stride:(y+1)*out.Stride], in.Pix[(box.Min.Y+y)*in.Stride+4*box.Min.X:])
	}
	return out
}

// of fills in what follows from the cropped picture, which again makes anew.
func (o Object) of(img *image.NRGBA, again func() *image.NRGBA) Object {
	o.Size, o.Pixels, o.SHA, o.Area = img.Rect.Size(), picture.NewLazy(again), picture.Hash(img), 0
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] > 127 {
			o.Area++
		}
	}
	return o
}

// decodeAgain returns what makes the cropped picture of a file that was decoded before.
func decodeAgain(name string, data []byte) func() *image.NRGBA {
	return func() *image.NRGBA {
		img, err := picture.Decode(data)
		if err != nil {
			panic("corpus: cut-out " + name + ": " + err.Error()) // it was decoded when it was read
		}
		return crop(img)
	}
}

// className reads the class out of a file name: "traffic_light-2.png" is a
// traffic light.
func className(file string) string {
	if at := strings.LastIndexByte(file, '.'); at >= 0 {
		file = file[:at]
	}
	if at := strings.LastIndexByte(file, '-'); at > 0 {
		file = file[:at]
	}
	return canonical(file)
}

// canonical writes a class as lists do.
func canonical(class string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(class, "_", " ")), " "))
}
