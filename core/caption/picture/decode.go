package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"  // first frames
	_ "image/jpeg" // photos, CMYK too
	_ "image/png"  // cut-outs

	_ "golang.org/x/image/webp" // cut-outs
)

// Limits of pictures, looked up in the header.
const (
	MaxPixels = 64 << 20 // 64 megapixels
	MaxSide   = 16384
)

// Decode reads a PNG, JPEG, GIF or WebP. The error is one line without the name
// of the file.
func Decode(data []byte) (*image.NRGBA, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("the file is empty")
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a PNG, JPEG, GIF or WebP that can be read: %w", trim(err))
	}
	switch {
	case cfg.Width < 1 || cfg.Height < 1:
		return nil, fmt.Errorf("the picture is %d x %d pixels", cfg.Width, cfg.Height)
	case cfg.Width > MaxSide || cfg.Height > MaxSide:
		return nil, fmt.Errorf("the picture is %d x %d pixels, expected sides of at most %d", cfg.Width, cfg.Height, MaxSide)
	case cfg.Width*cfg.Height > MaxPixels:
		return nil, fmt.Errorf("the picture has %d megapixels, expected at most %d", cfg.Width*cfg.Height>>20, MaxPixels>>20)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the %s is damaged or cut short: %w", format, trim(err))
	}
	out := NRGBA(img)
	if format == "jpeg" {
		out = upright(out, orientation(data))
	}
	return out, nil
}

// trim keeps an error of a decoder to one short line.
func trim(err error) error {
	if text := err.Error(); len(text) > 120 {
		return errors.New(text[:120] + "...")
	}
	return err
}

// NRGBA converts a picture to straight 8-bit RGBA whose bounds begin at 0, 0.
func NRGBA(img image.Image) *image.NRGBA {
	b := img.Bounds()
	if n, ok := img.(*image.NRGBA); ok && b.Min == (image.Point{}) && n.Stride == 4*b.Dx() {
		return n
	}
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	if n, ok := img.(*image.NYCbCrA); ok { // draw would go by way of premultiplied colours and lose some
		for y := range b.Dy() {
			for x := range b.Dx() {
				c := n.NYCbCrAAt(b.Min.X+x, b.Min.Y+y)
				r, g, bl := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
				out.SetNRGBA(x, y, color.NRGBA{R: r, G: g, B: bl, A: c.A})
			}
		}
		return out
	}
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	return out
}

// orientation returns the EXIF orientation of a JPEG, 1 where it says none.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(data) {
			return 1
		}
		if body := data[at+4 : at+2+size]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return exif(body[6:])
		}
		at += 2 + size
	}
	return 1
}

func exif(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at+2 > len(b) {
		return 1
	}
	for n := int(order.Uint16(b[at:])); n > 0; n-- {
		e := at + 2 + (n-1)*12
		if e+12 > len(b) {
			continue
		}
		if order.Uint16(b[e:]) == 0x0112 {
			if v := int(order.Uint16(b[e+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// upright turns a picture by its EXIF orientation.
func upright(in *image.NRGBA, o int) *image.NRGBA {
	if o == 1 {
		return in
	}
	w, h := in.Rect.Dx(), in.Rect.Dy()
	ow, oh := w, h
	if o > 4 {
		ow, oh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, ow, oh))
	for y := range h {
		for x := range w {
			var u, v int
			switch o {
			case 2:
				u, v = w-1-x, y
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				u, v = x, h-1-y
			case 5:
				u, v = y, x
			case 6:
				u, v = h-1-y, x
			case 7:
				u, v = h-1-y, w-1-x
			case 8:
				u, v = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(u, v):][:4], in.Pix[in.PixOffset(x, y):][:4])
		}
	}
	return out
}
