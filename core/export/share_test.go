package export_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"assay/core/export"
	"assay/core/run"
)

func TestASharedRunComesBackWithItsFiles(t *testing.T) {
	d := collect(t, filled())
	s := export.Shared{Document: d, Files: []export.File{{Name: "a/main.go", Data: []byte("package main")}, {Name: "b.txt"}}, Report: []export.File{{Name: "report.md", Data: []byte("# It")}}}
	var first, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &again} {
		if err := export.WriteShare(w, s); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) {
		t.Error("two bundles of one run differ")
	}
	back, err := export.ReadShare(&first, "x")
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Files) != 2 || back.Files[0].Name != "a/main.go" || string(back.Files[0].Data) != "package main" {
		t.Errorf("files %v", back.Files)
	}
	var was, is strings.Builder
	if err := d.WriteJSON(&was); err != nil {
		t.Fatal(err)
	}
	if err := back.WriteJSON(&is); err != nil || was.String() != is.String() {
		t.Error("the run differs", err)
	}
	if alone, err := export.ReadShare(strings.NewReader(was.String()), "x"); err != nil || alone.Run.ID != d.Run.ID {
		t.Error("a document alone is not taken:", err)
	}
}

// packed is a bundle of a sound document and one more entry.
func packed(t *testing.T, extra tar.Header, with []byte) []byte {
	t.Helper()
	var doc bytes.Buffer
	if err := collect(t, filled()).WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range []struct {
		head tar.Header
		data []byte
	}{{tar.Header{Typeflag: tar.TypeReg, Name: "x/run.json", Size: int64(doc.Len()), Mode: 0o644}, doc.Bytes()}, {extra, with}} {
		if err := w.WriteHeader(&f.head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAHostileBundleIsRefusedWhole(t *testing.T) {
	for _, name := range []string{"../evil", "x/../../evil", "/etc/evil", "x/files/../../../evil", "x/files/./a", "x//files/a", "evil", `x/files/..\evil`, "x/files/C:evil", "x/files/a\x1b[2J", "x/files/a\nb"} {
		_, err := export.ReadShare(bytes.NewReader(packed(t, tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1, Mode: 0o644}, []byte("x"))), "bundle")
		if run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "leads out of its folder") || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for what, head := range map[string]tar.Header{
		"a link": {Typeflag: tar.TypeSymlink, Name: "x/files/a", Linkname: "/etc/passwd"},
		"link":   {Typeflag: tar.TypeLink, Name: "x/files/a", Linkname: "x/run.json"},
		"device": {Typeflag: tar.TypeFifo, Name: "x/files/a"},
	} {
		if _, err := export.ReadShare(bytes.NewReader(packed(t, head, nil)), "bundle"); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "only plain files") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := export.ReadShare(bytes.NewReader(packed(t, tar.Header{Typeflag: tar.TypeReg, Name: "y/run.json", Mode: 0o644}, nil)), "bundle"); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "comes twice") {
		t.Errorf("two documents: %v", err)
	}
	whole := packed(t, tar.Header{Typeflag: tar.TypeReg, Name: "x/files/a", Size: 1, Mode: 0o644}, []byte("x"))
	for _, n := range []int{3, 20, len(whole) / 2, len(whole) - 9} {
		if _, err := export.ReadShare(bytes.NewReader(whole[:n]), "bundle"); run.CodeOf(err) != run.EInput {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}
