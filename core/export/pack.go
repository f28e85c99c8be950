package export

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
)

// Pack writes files into one compressed tar, all below a folder. The same files in
// the same order give the same bytes: neither times nor owners are written.
func Pack(w io.Writer, folder string, files []File) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	err := func() error {
		for _, f := range files {
			head := tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + f.Name, Mode: 0o644, Size: int64(len(f.Data)), Format: tar.FormatPAX}
			if err := t.WriteHeader(&head); err != nil {
				return err
			}
			if _, err := t.Write(f.Data); err != nil {
				return err
			}
		}
		return t.Close()
	}()
	return errors.Join(err, z.Close())
}
