package model_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/core/prng"
)

// TestFlippedBitsAreSeen flips single bits all over a model folder: nothing panics, every error is one line that names the
// file, and a change of the weights' data is an error or another fingerprint.
func TestFlippedBitsAreSeen(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Tokenizer: true, Layers: 1, Vocab: 280, DType: "BF16"})
	base := fingerprint(t, dir)
	rng := prng.New(1, "flips")
	for _, name := range []string{"config.json", "tokenizer.json", "model.safetensors"} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		ok(t, err)
		data := 0 // where the weights' data begins
		if name == "model.safetensors" {
			data = 8 + int(good[0]) + int(good[1])<<8
		}
		for i := range 200 {
			at := rng.IntN(len(good))
			if i%2 == 0 && data > 0 {
				at = rng.IntN(data) // half of the flips go into the header
			}
			bad := append([]byte(nil), good...)
			bad[at] ^= 1 << rng.IntN(8)
			ok(t, os.WriteFile(path, bad, 0o600))
			info, err := model.Inspect(os.DirFS(dir), "test")
			switch {
			case err != nil && strings.Contains(err.Error(), "\n"):
				t.Errorf("%s, byte %d: %v", name, at, err)
			case err != nil && !strings.Contains(err.Error(), ".json") && !strings.Contains(err.Error(), ".safetensors") && !strings.Contains(err.Error(), "tensor"):
				t.Errorf("%s, byte %d: %v names no file", name, at, err)
			case err == nil && data > 0 && at >= data && info.Fingerprint == base:
				t.Errorf("%s, byte %d: a changed weight went unseen", name, at)
			}
		}
		for _, cut := range []int{0, 1, len(good) / 3, len(good) - 1} {
			ok(t, os.WriteFile(path, good[:cut], 0o600))
			if _, err := model.Inspect(os.DirFS(dir), "test"); err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s cut to %d bytes: %v", name, cut, err)
			}
		}
		ok(t, os.WriteFile(path, good, 0o600))
	}
}
