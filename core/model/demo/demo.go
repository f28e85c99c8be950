// Package demo holds the model that ships inside the binary: recall-7m, a trained Llama-layout language model of 6.95
// million parameters with a byte-level BPE tokenizer of 4,096 tokens. It knows one thing, the archive world of package
// assay/core/kv/archive, and exists so that every feature can be shown on a machine with no network and no other model.
//
// The folder is Hugging Face's: config.json, model.safetensors (f16), tokenizer.json, tokenizer_config.json. Reading it is
// safe for concurrent use.
package demo

import (
	"embed"
	"io/fs"
)

// Name is what the model is called in lists, reports and fingerprinted records.
const Name = "recall-7m"

//go:embed recall-7m
var files embed.FS

// FS is the model's folder.
func FS() fs.FS {
	dir, err := fs.Sub(files, Name)
	if err != nil {
		panic(err) // fs.Sub fails only for an invalid path, and Name is a constant
	}
	return dir
}
