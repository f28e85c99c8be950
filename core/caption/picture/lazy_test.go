package picture_test

import (
	"image"
	"testing"

	"assay/core/caption/picture"
)

func TestLazyMakesAPictureWhenItIsLookedAt(t *testing.T) {
	made := 0
	l := picture.NewLazy(func() *image.NRGBA { made++; return image.NewNRGBA(image.Rect(0, 0, 2, 1)) })
	for range 3 {
		if l.Image().Rect.Dx() != 2 {
			t.Fatal("another picture")
		}
	}
	l.Forget()
	l.Image()
	if made != 2 {
		t.Errorf("made %d times, want once before and once after it was forgotten", made)
	}
}
