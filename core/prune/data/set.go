package data

import (
	"fmt"
	"math/rand/v2"
)

// Images are pictures of one shape with their classes.
type Images struct {
	Shape  []int   // [C,H,W]
	Pixels []byte  // [n,C,H,W], 0 to 255
	Labels []uint8 // [n]
}

// N returns how many images there are.
func (im Images) N() int { return len(im.Labels) }

// size is the number of values of one image.
func (im Images) size() int { return im.Shape[0] * im.Shape[1] * im.Shape[2] }

// Image returns the pixels of one image.
func (im Images) Image(i int) []byte { return im.Pixels[i*im.size() : (i+1)*im.size()] }

// Set is a training and a test set, with the constants of its normalisation.
type Set struct {
	Name        string   // "mnist", "cifar10", "cifar10-jpeg": tagged into results
	Classes     []string // names by label
	Train, Test Images
	Mean, Std   []float32 // by channel, of values 0 to 1
	Crop        int       // zeros around an image before a random crop; 0 means no augmentation
	Flip        bool      // random horizontal flips
}

// Shape returns the shape of an image, [C,H,W].
func (s *Set) Shape() []int { return s.Train.Shape }

// Pick copies images with the given indices.
func (im Images) Pick(index []int) Images {
	out := Images{Shape: im.Shape, Pixels: make([]byte, 0, len(index)*im.size()), Labels: make([]uint8, 0, len(index))}
	for _, i := range index {
		out.Pixels = append(out.Pixels, im.Image(i)...)
		out.Labels = append(out.Labels, im.Labels[i])
	}
	return out
}

// Balanced draws n distinct images with the classes as even as they can be, in
// random order. It is an error to ask for more than there are.
func (im Images) Balanced(r *rand.Rand, n int) ([]int, error) {
	if n < 1 || n > im.N() {
		return nil, fmt.Errorf("%d images asked for, expected 1 to %d", n, im.N())
	}
	byClass := map[uint8][]int{}
	for i, l := range im.Labels {
		byClass[l] = append(byClass[l], i)
	}
	lists := make([][]int, 256)
	for l := range lists {
		list := byClass[uint8(l)]
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		lists[l] = list
	}
	var index []int
	for round := 0; len(index) < n; round++ {
		for l := 0; l < len(lists) && len(index) < n; l++ {
			if round < len(lists[l]) {
				index = append(index, lists[l][round])
			}
		}
	}
	r.Shuffle(len(index), func(i, j int) { index[i], index[j] = index[j], index[i] })
	return index, nil
}

// Batch stores the normalised images with the given indices in x, [len(index),
// C, H, W], and their classes in y.
func (s *Set) Batch(im Images, index []int, x []float32, y []int32) {
	table := s.table()
	size, plane := im.size(), im.Shape[1]*im.Shape[2]
	for k, i := range index {
		y[k] = int32(im.Labels[i])
		src, dst := im.Image(i), x[k*size:(k+1)*size]
		for c, t := range table {
			for j := c * plane; j < (c+1)*plane; j++ {
				dst[j] = t[src[j]]
			}
		}
	}
}

// Augmented is Batch with a random crop and a random flip of every image.
func (s *Set) Augmented(r *rand.Rand, im Images, index []int, x []float32, y []int32) {
	table := s.table()
	size, h, w := im.size(), im.Shape[1], im.Shape[2]
	for k, i := range index {
		y[k] = int32(im.Labels[i])
		dy, dx := 0, 0
		if s.Crop > 0 {
			dy, dx = r.IntN(2*s.Crop+1)-s.Crop, r.IntN(2*s.Crop+1)-s.Crop
		}
		flip := s.Flip && r.IntN(2) == 1
		src, dst := im.Image(i), x[k*size:(k+1)*size]
		for c, t := range table {
			for row := range h {
				for col := range w {
					sy, sx := row+dy, col+dx
					if flip {
						sx = w - 1 - col + dx
					}
					v := byte(0)
					if sy >= 0 && sy < h && sx >= 0 && sx < w {
						v = src[(c*h+sy)*w+sx]
					}
					dst[(c*h+row)*w+col] = t[v]
				}
			}
		}
	}
}

// table maps a byte to its normalised value, by channel.
func (s *Set) table() [][256]float32 {
	t := make([][256]float32, len(s.Mean))
	for c := range t {
		for v := range t[c] {
			t[c][v] = (float32(v)/255 - s.Mean[c]) / s.Std[c]
		}
	}
	return t
}
