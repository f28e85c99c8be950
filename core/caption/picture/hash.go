package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/png"
)

// Hash returns the hex SHA-256 over width, height and RGBA bytes: the identity
// of a picture, whatever file it comes in.
func Hash(p *image.NRGBA) string {
	h := sha256.New()
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:], uint32(p.Rect.Dx()))
	binary.LittleEndian.PutUint32(head[4:], uint32(p.Rect.Dy()))
	h.Write(head[:])
	for y := range p.Rect.Dy() {
		h.Write(p.Pix[y*p.Stride : y*p.Stride+4*p.Rect.Dx()])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// PNG encodes a picture; equal pictures give equal bytes.
func PNG(p *image.NRGBA) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
