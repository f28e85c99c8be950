package demo

import (
	"embed"
	"io/fs"
)

//go:embed cutouts backgrounds tinycap
var files embed.FS

// Styles are the drawing styles of the cut-outs: folders below Cutouts.
func Styles() []string { return []string{"fluent3d", "noto"} }

// Cutouts is the folder with a folder of cut-outs for each style, named CLASS-K.
func Cutouts() fs.FS { return sub("cutouts") }

// Backgrounds is the folder of backgrounds, named FAMILY-K.jpg.
func Backgrounds() fs.FS { return sub("backgrounds") }

// Captioner is the folder of the trained captioner.
func Captioner() fs.FS { return sub("tinycap") }

func sub(name string) fs.FS {
	dir, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // fs.Sub fails only for an invalid path, and the names are constants
	}
	return dir
}
