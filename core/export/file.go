package export

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"assay/core/run"
)

// File is one file of an export. Name is a plain name without directories; in a
// packed tar it may have some, with slashes.
type File struct {
	Name string
	Data []byte
}

// WriteFile writes a file under a temporary name, brings it to the disk and only
// then gives it its name, so that nobody ever finds half of it. The error is an
// *run.Error: E-DISK-FULL where there is no room or no right, else E-INPUT.
func WriteFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return placeError(path, err)
	}
	err = func() error {
		w := bufio.NewWriter(f)
		if err := write(w); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
		// CreateTemp makes files for their owner alone; an export is made to be passed on.
		if err := f.Chmod(0o644); err != nil {
			return err
		}
		return f.Sync()
	}()
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return placeError(path, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// WriteFiles writes files into a directory, which is made where it is missing,
// and returns their paths. The last file appears when all others are there.
func WriteFiles(dir string, files []File) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, placeError(dir, err)
	}
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		err := WriteFile(path, func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	d, err := os.Open(dir)
	if err != nil {
		return paths, placeError(dir, err)
	}
	return paths, placeError(dir, errors.Join(d.Sync(), d.Close()))
}

// placeError names a place that cannot be written.
func placeError(path string, err error) error {
	var known *run.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	e := &run.Error{Code: run.EInput, Text: "cannot write " + path, Err: bare(err)}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e.Code, e.Hint = run.EDiskFull, "free some space, or give another place with --out"
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		e.Code, e.Hint = run.EDiskFull, "give a place that can be written with --out"
	}
	return e
}

// bare takes the path out of an error that the text before it names already.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
