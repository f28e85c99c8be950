package compose

import (
	"bytes"
	"fmt"
	"image"
	"io/fs"
	"strings"

	"assay/core/caption/corpus"
	"assay/core/caption/demo"
	"assay/core/caption/picture"
)

// Background is a drawn picture without objects, or a photo with annotated ones.
type Background struct {
	Name  string // "beach-1"
	Size  image.Point
	Photo bool       // what it shows is known by its boxes alone, if at all
	Boxes []Labelled // of a photo, the largest first

	drawn *picture.Lazy       // nil for a photo
	photo func() *image.NRGBA // decodes it: there may be too many to keep their pixels
}

// World is what scenes are made of.
type World struct {
	Corpus      *corpus.Set
	Backgrounds []Background // at least one, in a fixed order
	Method      string       // Blend or Paste
}

// The methods of composition.
const (
	Blend = "blend" // soft edge, lightness moved towards the surroundings
	Paste = "paste" // alpha-over, as the released code does
)

// Methods lists the methods, the default first.
func Methods() []string { return []string{Blend, Paste} }

// NewWorld returns a world of the built-in backgrounds and the given cut-outs.
func NewWorld(c *corpus.Set, method string) (*World, error) {
	w := &World{Corpus: c, Method: method}
	files := demo.Backgrounds()
	names, err := fs.Glob(files, "*.jpg")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("built-in background %s: %w", name, err)
		}
		w.Backgrounds = append(w.Backgrounds, Background{
			Name: strings.TrimSuffix(name, ".jpg"), Size: image.Pt(size.Width, size.Height),
			drawn: picture.NewLazy(func() *image.NRGBA { return picture.Opaque(again(name, data)) }),
		})
	}
	return w, nil
}

// again decodes a picture that could be decoded when it was read.
func again(name string, data []byte) *image.NRGBA {
	img, err := picture.Decode(data)
	if err != nil {
		panic("compose: background " + name + ": " + err.Error())
	}
	return img
}

// pixels returns the picture of a background, which nobody may change.
func (b Background) pixels() *image.NRGBA {
	if b.drawn != nil {
		return b.drawn.Image()
	}
	return b.photo()
}

// Forget gives up the pixels of all pictures; those that are drawn again are decoded
// again. It is for those who draw a picture now and then.
func (w *World) Forget() {
	for _, b := range w.Backgrounds {
		if b.drawn != nil {
			b.drawn.Forget()
		}
	}
	for _, o := range w.Corpus.Objects {
		o.Pixels.Forget()
	}
}
