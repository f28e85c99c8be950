package ui_test

import (
	"image"
	"strings"
	"testing"

	"assay/tui/ui"
)

func TestPlaceholdersFillTheCellsOfThePicture(t *testing.T) {
	p := ui.Picture{Image: halves(64)}
	lines := p.Placeholders(7, 20, 6)
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	for y, l := range lines {
		if ui.Width(l) != 20 {
			t.Errorf("line %d has %d cells", y, ui.Width(l))
		}
		if n := strings.Count(l, "\U0010EEEE"); n != 12 {
			t.Errorf("line %d has %d placeholders; a square picture 6 lines high is 12 cells wide", y, n)
		}
		if !strings.Contains(l, "\x1b[38;5;7m") {
			t.Errorf("line %d does not name the image: %q", y, l)
		}
	}
}

func TestTransmitSendsAPictureInChunks(t *testing.T) {
	m := noise(128)
	seq, err := ui.Picture{Image: m, Marks: []ui.Mark{{Rectangle: image.Rect(10, 10, 300, 50)}}}.Transmit(9, 57, 17)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(seq, ";")
	for _, want := range []string{"\x1b_G", "a=T", "f=100", "i=9", "U=1", "c=34", "r=17", "q=2", "m=1"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q lacks %s", first, want)
		}
	}
	for chunk := range strings.SplitSeq(strings.TrimSuffix(seq, "\x1b\\"), "\x1b\\") {
		if _, data, _ := strings.Cut(chunk, ";"); len(data) > 4096 {
			t.Errorf("a chunk of %d bytes", len(data))
		}
	}
	if seq, err := (ui.Picture{}).Transmit(9, 57, 17); seq != "" || err != nil {
		t.Errorf("an empty picture sends %q, %v", seq, err)
	}
}
