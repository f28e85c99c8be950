package compose

import (
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
	Name  string       // "beach-1"
	Image *image.NRGBA // nil for a photo
	Photo bool         // what it shows is known by its boxes alone, if at all
	Boxes []Labelled   // of a photo, the largest first

	data []byte // a photo's file
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
		img, err := picture.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("built-in background %s: %w", name, err)
		}
		w.Backgrounds = append(w.Backgrounds, Background{Name: strings.TrimSuffix(name, ".jpg"), Image: img})
	}
	return w, nil
}
