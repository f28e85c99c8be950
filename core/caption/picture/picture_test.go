package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"assay/core/caption/picture"
)

func ramp(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / max(1, w-1)), uint8(y * 255 / max(1, h-1)), uint8((x*7 + y*13) % 256), 255})
		}
	}
	return m
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resized writes other dimensions into the header of a PNG.
func resized(data []byte, w, h uint32) []byte {
	d := bytes.Clone(data)
	binary.BigEndian.PutUint32(d[16:], w)
	binary.BigEndian.PutUint32(d[20:], h)
	binary.BigEndian.PutUint32(d[29:], crc32.ChecksumIEEE(d[12:29]))
	return d
}

func TestPicturesThatCannotBeUsedAreRefusedByTheirHeader(t *testing.T) {
	good := encoded(t, ramp(20, 10))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":      {nil, "empty"},
		"text":       {[]byte("hello"), "not a PNG"},
		"cut short":  {good[:len(good)/2], "cut short"},
		"zero":       {resized(good, 0, 0), "not a PNG"},
		"wide":       {resized(good, 20_000, 10), "20000 x 10"},
		"gigapixels": {resized(good, 16_000, 16_000), "megapixels"},
	} {
		if _, err := picture.Decode(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected an error with %q", name, err, c.want)
		}
	}
}

func TestFramesModelsAndDepthsBecomeOne(t *testing.T) {
	pal := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Transparent, color.White})
	pal.SetColorIndex(3, 3, 1)
	var g bytes.Buffer
	if err := gif.EncodeAll(&g, &gif.GIF{Image: []*image.Paletted{pal, image.NewPaletted(pal.Rect, pal.Palette)}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	m, err := picture.Decode(g.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if m.NRGBAAt(3, 3).A != 255 || m.NRGBAAt(0, 0).A != 0 {
		t.Error("an animation: expected its first frame, with its transparency")
	}
	deep := image.NewNRGBA64(image.Rect(0, 0, 4, 4))
	deep.SetNRGBA64(1, 1, color.NRGBA64{0xffff, 0, 0x8080, 0xffff})
	if m, err = picture.Decode(encoded(t, deep)); err != nil || m.NRGBAAt(1, 1) != (color.NRGBA{255, 0, 128, 255}) {
		t.Errorf("16 bits: %v %v", m.NRGBAAt(1, 1), err)
	}
}

func TestJPEGsAreTurnedUpright(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 32, 16))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for y := range 16 {
		for x := range 16 { // the left half is black
			m.SetNRGBA(x, y, color.NRGBA{A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	data := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	data = append(data, b.Bytes()[2:]...)
	got, err := picture.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rect.Dx() != 16 || got.Rect.Dy() != 32 || got.NRGBAAt(8, 4).R > 60 || got.NRGBAAt(8, 28).R < 200 {
		t.Errorf("orientation 6: %v, top %v, bottom %v; expected 16 x 32 with black on top", got.Rect, got.NRGBAAt(8, 4), got.NRGBAAt(8, 28))
	}
}

// The reference is the definition in float64: weights of the kernel, stretched
// when shrinking, over the pixel centres inside, rounded once a pass.
func TestResizeAgreesWithTheDefinition(t *testing.T) {
	cubic := func(x float64) float64 {
		x = math.Abs(x)
		switch {
		case x < 1:
			return 1.5*x*x*x - 2.5*x*x + 1
		case x < 2:
			return -0.5*x*x*x + 2.5*x*x - 4*x + 2
		}
		return 0
	}
	triangle := func(x float64) float64 { return max(0, 1-math.Abs(x)) }
	in := ramp(37, 23)
	for name, f := range map[string]struct {
		filter  picture.Filter
		at      func(float64) float64
		support float64
	}{"triangle": {picture.Triangle, triangle, 1}, "catmull-rom": {picture.CatmullRom, cubic, 2}} {
		for _, size := range [][2]int{{16, 9}, {80, 50}, {37, 9}, {1, 1}} {
			got := f.filter.Resize(in, size[0], size[1])
			pass := func(src [][]float64, n int) [][]float64 {
				scale := float64(len(src)) / float64(n)
				wide := max(scale, 1)
				out := make([][]float64, n)
				for i := range out {
					c := (float64(i) + 0.5) * scale
					row := make([]float64, len(src[0]))
					sum := 0.0
					for k := range src {
						d := float64(k) + 0.5 - c
						if math.Abs(d) > f.support*wide {
							continue
						}
						w := f.at(d / wide)
						sum += w
						for j := range row {
							row[j] += w * src[k][j]
						}
					}
					for j := range row {
						row[j] = min(max(math.Round(row[j]/sum), 0), 255)
					}
					out[i] = row
				}
				return out
			}
			cols := make([][]float64, 37)
			for x := range cols {
				cols[x] = make([]float64, 23)
				for y := range 23 {
					cols[x][y] = float64(in.NRGBAAt(x, y).B)
				}
			}
			cols = pass(cols, size[0])
			rows := make([][]float64, 23)
			for y := range rows {
				rows[y] = make([]float64, size[0])
				for x := range rows[y] {
					rows[y][x] = cols[x][y]
				}
			}
			rows = pass(rows, size[1])
			for y := range size[1] {
				for x := range size[0] {
					if g := float64(got.NRGBAAt(x, y).B); math.Abs(g-rows[y][x]) > 1 {
						t.Fatalf("%s to %v: pixel %d,%d is %v, expected %v", name, size, x, y, g, rows[y][x])
					}
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, ramp(4, 4)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 8, 'E', 'x', 'i', 'f', 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		m, err := picture.Decode(data)
		if err == nil && (m.Rect.Dx() < 1 || m.Rect.Dy() < 1 || m.Rect.Min != image.Point{}) {
			t.Errorf("bounds %v", m.Rect)
		}
	})
}
