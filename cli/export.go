package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"assay/core/export"
	"assay/core/export/captionexport"
	"assay/core/export/fuzzexport"
	"assay/core/export/kvexport"
	"assay/core/export/pruneexport"
	"assay/core/fuzz/job"
	"assay/core/plot"
	"assay/core/run"
	"assay/storage"
)

// tellerOf returns what tells the runs of a bench.
func tellerOf(bench string) export.Teller {
	switch bench {
	case "kv":
		return kvexport.Teller{}
	case "prune":
		return pruneexport.Teller{}
	case "caption":
		return captionexport.Teller{}
	case "fuzz":
		return fuzzexport.Teller{Reproduce: job.Reproduce}
	}
	return export.Plain{}
}

// pictures is how the charts of a report are asked for.
type pictures struct {
	as   string
	dark bool
}

func (p *pictures) bind(c *cobra.Command) {
	c.Flags().StringVar(&p.as, "pictures", "svg", "charts of a report as svg, or as png for what cannot show that")
	c.Flags().BoolVar(&p.dark, "dark", false, "draw the charts for dark pages")
}

func (p pictures) style() (plot.Style, error) {
	if p.as != "svg" && p.as != "png" {
		return plot.Style{}, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--pictures %q: expected svg or png", p.as)}
	}
	style := plot.Style{Palette: plot.Light(), Pixels: p.as == "png"}
	if p.dark {
		style.Palette = plot.Dark()
	}
	return style, nil
}

// exporting is what the flags of an export say.
type exporting struct {
	format, out, table string
	pictures           pictures
	json               bool
}

func newRunExport(s streams) *cobra.Command {
	var e exporting
	c := runCommand("export", "Write a run as JSON, JSONL, CSV or as a report with pictures",
		func(c *cobra.Command) {
			c.Flags().StringVar(&e.format, "format", "json", "json, jsonl, csv, report, or svg or png for its charts alone")
			c.Flags().StringVar(&e.out, "out", "", "folder to write to, - for standard output; a report or charts without it go to ./assay-export")
			c.Flags().StringVar(&e.table, "table", "", "table of --format csv on standard output; empty is the main one")
			e.pictures.bind(c)
			c.Flags().BoolVar(&e.json, "json", false, "print the written files as one JSON document")
		},
		func(ctx context.Context, a *app, r run.Run) error { return e.run(ctx, s, a, r) })
	c.Example = "  assay run export @1 --format report --out for-a-colleague\n  assay run export blend-s7-1 > run.json\n  assay run export @kv --format csv --table layers\n  assay run export @1 --format png --dark --out slides"
	return c
}

func (e exporting) run(ctx context.Context, s streams, a *app, r run.Run) error {
	d, err := export.Collect(ctx, a.store, r.ID)
	if err != nil {
		return err
	}
	charts := e.format == "svg" || e.format == "png"
	toStdout := e.out == "-" || e.out == "" && e.format != "report" && !charts
	if toStdout && e.json {
		return &run.Error{Code: run.EUsage, Text: "--json lists written files", Hint: "give a folder with --out, or leave --json out"}
	}
	var files []export.File
	switch e.format {
	case "json", "jsonl":
		write := d.WriteJSON
		if e.format == "jsonl" {
			write = d.WriteJSONL
		}
		if toStdout {
			return write(s.out)
		}
		return e.wrote(s, r, e.out, func(dir string) ([]string, error) {
			path := filepath.Join(dir, string(r.ID)+"."+e.format)
			return []string{path}, export.WriteFile(path, write)
		})
	case "csv":
		return e.csv(s, d, toStdout)
	case "report", "svg", "png":
		if toStdout {
			return &run.Error{Code: run.EUsage, Text: "--out -: a report and charts are several files", Hint: "give a folder with --out"}
		}
		if charts {
			e.pictures.as = e.format
		}
		style, err := e.pictures.style()
		if err != nil {
			return err
		}
		if files, err = a.report(d, style); err != nil {
			return err
		}
		if charts {
			if files = chartsAlone(files, style); len(files) == 0 {
				return noCharts(r.ID)
			}
		}
		return e.wrote(s, r, e.dir(r), func(dir string) ([]string, error) { return export.WriteFiles(dir, files) })
	}
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--format %q: expected json, jsonl, csv, report, svg or png", e.format)}
}

// report writes the report of a run.
func (a *app) report(d *export.Document, style plot.Style) ([]export.File, error) {
	k, err := a.kinds.Find(d.Run.Kind)
	if err != nil {
		return nil, err
	}
	return export.Report(d, k, tellerOf(d.Run.Bench), style)
}

// chartsAlone leaves a report its pictures.
func chartsAlone(files []export.File, style plot.Style) []export.File {
	return slices.DeleteFunc(files, func(f export.File) bool { return filepath.Ext(f.Name) != style.Ext() })
}

func noCharts(id run.ID) error {
	return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s has recorded nothing that makes a chart", id)}
}

// dir is where a report goes.
func (e exporting) dir(r run.Run) string {
	if e.out != "" {
		return e.out
	}
	return exportDir(string(r.ID))
}

// exportDir is where something is exported to that the person gives no place for.
func exportDir(name string) string {
	if dir := os.Getenv("ASSAY_EXPORT_DIR"); dir != "" {
		return filepath.Join(dir, name)
	}
	return filepath.Join("assay-export", name)
}

// csv prints one table, or writes all of them.
func (e exporting) csv(s streams, d *export.Document, toStdout bool) error {
	if !toStdout {
		return e.wrote(s, d.Run, e.out, func(dir string) ([]string, error) { return writeSheets(d, dir) })
	}
	sheets, err := sheetsOf(d)
	if err != nil {
		return err
	}
	var names []string
	for _, sheet := range sheets {
		if e.table == "" || e.table == sheet.Name {
			return sheet.WriteCSV(s.out)
		}
		names = append(names, sheet.Name)
	}
	if e.table == "" {
		return &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s has recorded nothing that makes a table", d.Run.ID)}
	}
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--table %q: this run has %s", e.table, strings.Join(names, ", "))}
}

// sheetsOf are the tables of a run, the main one first.
func sheetsOf(d *export.Document) ([]export.Sheet, error) {
	sheets, err := tellerOf(d.Run.Bench).Sheets(d)
	return append(sheets, d.Sheets()...), err
}

// writeSheets writes all tables into a folder and returns their paths.
func writeSheets(d *export.Document, dir string) (paths []string, err error) {
	sheets, err := sheetsOf(d)
	if err != nil {
		return nil, err
	}
	for _, sheet := range sheets {
		path := filepath.Join(dir, string(d.Run.ID)+"-"+sheet.Name+".csv")
		if err := export.WriteFile(path, sheet.WriteCSV); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// exportedDoc is the document of `assay run export` into a folder.
type exportedDoc struct {
	ID     run.ID   `json:"run_id"`
	Format string   `json:"format"`
	Files  []string `json:"files"`
}

// wrote makes the folder, writes into it and says what was written.
func (e exporting) wrote(s streams, r run.Run, dir string, write func(dir string) ([]string, error)) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &run.Error{Code: run.EInput, Text: "--out " + dir, Err: err}
	}
	paths, err := write(dir)
	if err != nil {
		return err
	}
	if e.json {
		return printJSON(s.out, exportedDoc{r.ID, e.format, paths})
	}
	for _, p := range paths {
		if _, err := fmt.Fprintln(s.out, p); err != nil {
			return err
		}
	}
	return nil
}

func newRunImport(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "import FILE", Short: "Take in a run that was exported as JSON or JSONL",
		Long: "Take in a run that was exported as JSON or JSONL, here or elsewhere; - reads standard input.\n" +
			"The run keeps its id. A run that is here already is left alone: that is no error if it is the same one.",
		Example: "  assay run import run.json\n  ssh box assay run export @1 | assay run import -",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := readExport(s.in, args[0])
			if err != nil {
				return err
			}
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			done, err := a.importRun(cmd.Context(), d, filepath.Base(args[0]))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, done)
			}
			_, err = fmt.Fprintln(s.out, done)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// imported says what an import did.
type imported struct {
	ID       run.ID `json:"run_id"`
	Name     string `json:"name"`
	Imported bool   `json:"imported"`      // false where the same run was here already
	Original string `json:"original_name"` // that the file gives it; another one where Name was taken
}

// String is the line for people.
func (i imported) String() string {
	switch {
	case !i.Imported:
		return fmt.Sprintf("%s %s is here already, the same in everything", i.ID, i.Name)
	case i.Name != i.Original:
		return fmt.Sprintf("imported %s as %s, since there is another run %s", i.ID, i.Name, i.Original)
	}
	return fmt.Sprintf("imported %s %s", i.ID, i.Name)
}

func readExport(in io.Reader, path string) (*export.Document, error) {
	if path == "-" {
		return export.Read(in, "standard input")
	}
	f, err := openExport(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	return export.Read(f, path)
}

// openExport opens a file that is to be taken in.
func openExport(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err == nil {
		var info os.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			err = errors.New("it is a folder; expected a file that `assay run export` wrote")
		}
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		if p, ok := errors.AsType[*os.PathError](err); ok {
			err = p.Err // the path is in the text
		}
		return nil, &run.Error{Code: run.EInput, Text: "import " + path, Err: err}
	}
	return f, nil
}

// importRun stores a document under its ID, unless it is here already.
func (a *app) importRun(ctx context.Context, d *export.Document, file string) (imported, error) {
	done := imported{ID: d.Run.ID, Name: d.Run.Name, Original: d.Run.Name}
	k, err := a.kinds.Find(d.Run.Kind)
	if err != nil {
		return done, err
	}
	if _, err := k.Schema.FromJSON(d.Run.Params); err != nil {
		return done, &run.Error{Code: run.EInput, Text: "import " + file + ": parameters of kind " + d.Run.Kind, Err: err}
	}
	here, err := a.store.Run(ctx, d.Run.ID)
	if err == nil {
		done.Name = here.Name
		return done, a.sameRun(ctx, d)
	}
	if run.CodeOf(err) != run.ENoRun {
		return done, err
	}
	sum, err := d.Digest()
	if err != nil {
		return done, err
	}
	row, err := d.Row(export.Origin{File: file, SHA256: sum, AtMs: time.Now().UnixMilli()}, func(name string) (bool, error) {
		return a.store.NameTaken(ctx, name)
	})
	if err != nil {
		return done, err
	}
	in := storage.Imported{Run: row, Records: d.Records, Events: d.Events, Labels: d.Labels}
	for _, x := range d.Arrays {
		in.Arrays = append(in.Arrays, storage.ImportedArray{Array: x.Array, Seq: x.Seq})
	}
	for _, m := range d.Metrics {
		for _, p := range m.Points {
			in.Metrics = append(in.Metrics, run.Metric{Key: m.Key, Step: p.Step, TMs: p.TMs, Value: p.Value})
		}
	}
	done.Name, done.Imported = row.Name, true
	return done, a.store.Import(ctx, in)
}

// sameRun returns nil where the run that is here is that of the document, or an
// error that names the first difference.
func (a *app) sameRun(ctx context.Context, d *export.Document) error {
	here, err := export.Collect(ctx, a.store, d.Run.ID)
	if err != nil {
		return err
	}
	var text [2]strings.Builder
	for i, x := range []*export.Document{here, d} {
		if err := x.WriteJSON(&text[i]); err != nil {
			return err
		}
	}
	if text[0].String() == text[1].String() {
		return nil
	}
	e := &run.Error{Code: run.EState, Text: fmt.Sprintf("run %s is here already and is another one", d.Run.ID),
		Hint: "what is here stays; remove it with assay run rm, or import into another ASSAY_HOME"}
	if at, err := run.Difference([]byte(text[0].String()), []byte(text[1].String())); err == nil && at != "" {
		e.Err = errors.New("here and in the file, " + at)
	}
	return e
}
