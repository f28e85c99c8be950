package export

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Names inside a shared run, below its folder.
const (
	shareRun    = "run.json"
	shareFiles  = "files/"
	shareReport = "report/"
)

// Most that ReadShare takes; its files may be larger than the document.
const (
	mostShared      = 2 * MostBytes
	mostSharedFiles = 10000
)

// Shared is a run as one file: the document with all that was recorded, the files that
// the run has left in its folder, and a report for those who do not have assay.
type Shared struct {
	*Document
	Files  []File // names with slashes, relative to the folder of the run; ascending
	Report []File // is written, and not read
}

// WriteShare packs a run. The same run gives the same bytes.
func WriteShare(w io.Writer, s Shared) error {
	var doc bytes.Buffer
	if err := s.WriteJSON(&doc); err != nil {
		return err
	}
	about := fmt.Sprintf("A run of assay: %s of %s.\n\n  assay open FILE    takes it in and shows it\n\n"+
		"%s holds everything that was recorded. report/ is for reading without assay.\n", s.Run.Name, s.Run.Kind, shareRun)
	if len(s.Files) > 0 {
		about += "files/ holds what the run left in its folder, such as programs that show findings:\nread them before you run them.\n"
	}
	files := []File{{"README.txt", []byte(about)}, {shareRun, doc.Bytes()}}
	for _, f := range s.Files {
		files = append(files, File{shareFiles + f.Name, f.Data})
	}
	for _, f := range s.Report {
		files = append(files, File{shareReport + f.Name, f.Data})
	}
	return Pack(w, "assay-"+string(s.Run.ID), files)
}

// ReadShare reads what WriteShare wrote, or a document alone as Read does, and checks
// all of it: a name that leads out of the folder, a link, or anything but a plain file
// is refused. Name stands for the source in errors, which are *run.Error values of code
// E-INPUT.
func ReadShare(r io.Reader, name string) (Shared, error) {
	in := bufio.NewReader(r)
	if head, err := in.Peek(2); err != nil || head[0] != 0x1f || head[1] != 0x8b { // of gzip
		d, err := Read(in, name)
		return Shared{Document: d}, err
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return Shared{}, refuse(name, "", err)
	}
	s, err := unpackShare(io.LimitReader(z, mostShared), name)
	if err != nil {
		return Shared{}, refuse(name, "", err)
	}
	if s.Document == nil {
		return Shared{}, refuse(name, "no "+shareRun+" in it: expected a file that `assay share` wrote", nil)
	}
	return s, nil
}

func unpackShare(r io.Reader, source string) (s Shared, err error) {
	seen := map[string]bool{}
	for t := tar.NewReader(r); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			if _, err := io.Copy(io.Discard, r); err != nil { // its checksum stands at the very end
				return s, fmt.Errorf("damaged or cut off: %w", err)
			}
			slices.SortFunc(s.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
			return s, nil
		}
		if err != nil {
			return s, fmt.Errorf("damaged, cut off or larger than %d MiB: %w", mostShared>>20, err)
		}
		if head.Typeflag == tar.TypeDir {
			continue
		}
		if head.Typeflag != tar.TypeReg {
			return s, fmt.Errorf("%s is a link or a device: only plain files are taken", clip(head.Name))
		}
		if !inside(head.Name) {
			return s, fmt.Errorf("%s leads out of its folder: nothing was taken", clip(head.Name))
		}
		_, name, _ := strings.Cut(head.Name, "/")
		if seen[name] || len(seen) >= mostSharedFiles {
			return s, fmt.Errorf("%s comes twice, or there are more than %d files", clip(head.Name), mostSharedFiles)
		}
		seen[name] = true
		switch below, ok := strings.CutPrefix(name, shareFiles); {
		case name == shareRun:
			if s.Document, err = Read(t, source+" "+shareRun); err != nil {
				return s, errors.Unwrap(err)
			}
		case ok && below != "":
			data, err := io.ReadAll(t)
			if err != nil {
				return s, fmt.Errorf("%s: damaged, cut off or too large: %w", clip(head.Name), err)
			}
			s.Files = append(s.Files, File{below, data})
		}
	}
}

// inside reports whether a name of a packed file stays below its folder, on any system.
func inside(name string) bool {
	return filepath.IsLocal(name) && path.Clean(name) == name && strings.Contains(name, "/") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' || r == 0xfffd })
}
