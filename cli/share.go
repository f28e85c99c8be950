package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"assay/core/export"
	"assay/core/plot"
	"assay/core/run"
)

// sharedDoc is the document of `assay share`.
type sharedDoc struct {
	ID    run.ID `json:"run_id"`
	Path  string `json:"path"`
	Bytes int64  `json:"size_bytes"`
	Files int    `json:"files"` // that the run left in its folder
}

func newShare(s streams) *cobra.Command {
	var asJSON bool
	var out string
	c := runCommand("share", "Pack a run into one file that a colleague opens with assay open",
		func(c *cobra.Command) {
			c.Flags().StringVar(&out, "out", "", "file to write, - for standard output; empty is RUN-ID.assay.tar.gz in ./assay-export or $ASSAY_EXPORT_DIR")
			c.Flags().BoolVar(&asJSON, "json", false, "print what was written as one JSON document")
		},
		func(ctx context.Context, a *app, r run.Run) error {
			shared, err := a.shared(ctx, r.ID)
			if err != nil {
				return err
			}
			if out == "-" {
				if asJSON {
					return &run.Error{Code: run.EUsage, Text: "--json tells about a written file", Hint: "give one with --out, or leave --json out"}
				}
				return export.WriteShare(s.out, shared)
			}
			if out == "" {
				dir, err := exportFolder("")
				if err != nil {
					return err
				}
				out = filepath.Join(dir, shareName(r.ID))
			}
			if err := export.WriteFile(out, func(w io.Writer) error { return export.WriteShare(w, shared) }); err != nil {
				return err
			}
			info, err := os.Stat(out)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, sharedDoc{r.ID, out, info.Size(), len(shared.Files)})
			}
			_, err = fmt.Fprintln(s.out, out)
			return err
		})
	c.Long = "share packs everything that the run has recorded, the files in its folder such as reproducers but not what they were built\n" +
		"into, and a report for those who do not have assay. One run gives the same bytes each time."
	c.Example = "  assay share @1\n  assay share @fuzz --out for-ana.assay.tar.gz\n  assay share @1 --out - | ssh box assay open -"
	return c
}

func shareName(id run.ID) string { return string(id) + ".assay.tar.gz" }

// shared collects a run with its files and its report.
func (a *app) shared(ctx context.Context, id run.ID) (export.Shared, error) {
	d, err := export.Collect(ctx, a.store, id)
	if err != nil {
		return export.Shared{}, err
	}
	s := export.Shared{Document: d}
	if s.Report, err = a.report(d, plot.Style{Palette: plot.Light()}); err != nil {
		return s, err
	}
	root := filepath.Join(a.paths.Files(), string(id))
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil // most runs leave none
			}
			return err
		}
		if !e.Type().IsRegular() {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode()&0o111 != 0 {
			return nil // what a reproducer was built into: 20 MB that its sources make again
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err == nil {
			s.Files = append(s.Files, export.File{Name: filepath.ToSlash(name), Data: data})
		}
		return err
	})
	if err != nil {
		return s, &run.Error{Code: run.EDB, Text: "the files of run " + string(id), Err: err}
	}
	return s, nil
}

// openedDoc is the document of `assay open`.
type openedDoc struct {
	imported
	Files int `json:"files"` // written into the folder of the run
}

func newOpen(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "open FILE", Short: "Take in a run that somebody has shared, and show it",
		Long: "open takes in a file of assay share, or of assay run export as JSON or JSONL; - reads standard input. On a terminal it shows\n" +
			"the run, elsewhere it says what it took in. The run keeps its id; one that is here already, the same in everything, is only\n" +
			"shown. Files that come along go to the folder of the run; none is ever executed or written anywhere else.",
		Example: "  assay open 01KK9Z00000000000000000005.assay.tar.gz\n  assay open for-ana.assay.tar.gz --json\n  ssh box assay share @1 --out - | assay open -",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			shared, err := readShared(s.in, args[0])
			if err != nil {
				return err
			}
			done, err := takeIn(cmd.Context(), shared, filepath.Base(args[0]))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, done)
			}
			if s.interactive() && args[0] != "-" {
				return openScreen(cmd.Context(), s, string(done.ID), look{})
			}
			_, err = fmt.Fprintln(s.out, done.imported)
			if err == nil && done.Files > 0 {
				_, err = fmt.Fprintf(s.out, "%d files in its folder\n", done.Files)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "take it in and print one JSON document")
	return c
}

func readShared(in io.Reader, path string) (export.Shared, error) {
	if path == "-" {
		return export.ReadShare(in, "standard input")
	}
	f, err := openExport(path)
	if err != nil {
		return export.Shared{}, err
	}
	defer f.Close() // only read
	return export.ReadShare(f, path)
}

// takeIn stores a shared run with its files. They lie beside the folder of the run
// until the run is stored, so that a run never has a part of them.
func takeIn(ctx context.Context, x export.Shared, file string) (openedDoc, error) {
	a, err := openApp(ctx)
	if err != nil {
		return openedDoc{}, err
	}
	defer a.Close()
	folder := filepath.Join(a.paths.Files(), string(x.Run.ID))
	_, err = os.Lstat(folder)
	fresh := len(x.Files) > 0 && errors.Is(err, fs.ErrNotExist)
	var done openedDoc
	var waiting string
	if fresh {
		if waiting, err = unpackBeside(folder, x.Files); err != nil {
			return done, err
		}
		defer os.RemoveAll(waiting) // nothing is there any more where all went well
	}
	if done.imported, err = a.importRun(ctx, x.Document, file); err != nil || !fresh {
		return done, err
	}
	if err := os.Rename(waiting, folder); err != nil {
		return done, &run.Error{Code: run.EDiskFull, Text: "the files of run " + string(x.Run.ID) + " were not taken in", Err: err}
	}
	done.Files = len(x.Files)
	return done, nil
}

// unpackBeside writes files into a new folder beside one that is to come.
func unpackBeside(folder string, files []export.File) (string, error) {
	fault := func(err error) error {
		return &run.Error{Code: run.EDiskFull, Text: "the files of the run cannot be written", Err: err}
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return "", fault(err)
	}
	dropStale(filepath.Join(filepath.Dir(folder), ".incoming-*"))
	dir, err := os.MkdirTemp(filepath.Dir(folder), ".incoming-*")
	if err != nil {
		return "", fault(err)
	}
	root, err := os.OpenRoot(dir) // the names were checked; this is the second lock
	if err != nil {
		return "", fault(errors.Join(err, os.RemoveAll(dir)))
	}
	defer root.Close()
	for _, f := range files {
		name := filepath.FromSlash(f.Name)
		if err = root.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			err = root.WriteFile(name, f.Data, 0o644)
		}
		if err != nil {
			return "", fault(errors.Join(err, os.RemoveAll(dir)))
		}
	}
	return dir, nil
}

// dropStale removes what openings have left that were killed in the middle.
func dropStale(pattern string) {
	list, err := filepath.Glob(pattern)
	if err != nil {
		return // the pattern is ours
	}
	for _, dir := range list {
		if info, err := os.Lstat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(dir) // the next opening tries again
		}
	}
}
