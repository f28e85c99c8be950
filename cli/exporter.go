package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"assay/core/compare"
	"assay/core/export"
	"assay/core/plot"
	"assay/core/run"
	tuiapp "assay/tui/app"
)

// exporter writes what screens export, in the manner of assay run export and run diff.
type exporter struct{ a *app }

// Dir is the folder as the person would write it.
func (exporter) Dir() string {
	if dir := exportDir(""); filepath.IsAbs(dir) {
		return dir
	}
	return "." + string(filepath.Separator) + exportDir("")
}

// styles are the looks of a report that a screen offers.
var styles = map[string]plot.Style{
	"report":      {Palette: plot.Light()},
	"report-dark": {Palette: plot.Dark()},
	"report-png":  {Palette: plot.Light(), Pixels: true},
	"png":         {Palette: plot.Light(), Pixels: true},
	"png-dark":    {Palette: plot.Dark(), Pixels: true},
}

func (exporter) Formats(runs int) []tuiapp.Format {
	if runs > 1 {
		return []tuiapp.Format{
			{Name: "report", Title: "the comparison, for a colleague", Help: "compare.md with the charts as SVG"},
			{Name: "report-dark", Title: "the comparison, for dark pages", Help: "compare.md with the charts as SVG on a dark ground"},
			{Name: "report-png", Title: "the comparison with PNG charts", Help: "compare.md with the charts as pixels, for what cannot show SVG"},
		}
	}
	return []tuiapp.Format{
		{Name: "report", Title: "report, for a colleague", Help: "report.md with tables, the charts as SVG, and what repeats the run"},
		{Name: "report-dark", Title: "report, for dark pages", Help: "report.md with the charts as SVG on a dark ground"},
		{Name: "report-png", Title: "report with PNG charts", Help: "report.md with the charts as pixels, for what cannot show SVG"},
		{Name: "png", Title: "charts as PNG", Help: "the charts of the report alone, on a light ground"},
		{Name: "png-dark", Title: "charts as PNG, dark", Help: "the charts of the report alone, on a dark ground"},
		{Name: "json", Title: "JSON", Help: "everything that the run has recorded; assay run import takes it in elsewhere"},
		{Name: "share", Title: "one file to share", Help: "JSON, report and the files of the run; a colleague opens it with assay open FILE"},
		{Name: "csv", Title: "CSV tables", Help: "one observation a row, a file a table"},
	}
}

func (x exporter) Runs(ctx context.Context, ids []run.ID, format string) (tuiapp.Written, error) {
	style := styles[format]
	if len(ids) > 1 {
		c, err := compare.Read(ctx, x.a.store, x.a.kinds, ids)
		if err != nil {
			return tuiapp.Written{}, err
		}
		files, err := c.Report(style)
		if err != nil {
			return tuiapp.Written{}, err
		}
		return writeFiles(folderOf(fmt.Sprintf("compare-%s-and-%d", ids[0], len(ids)-1), format), files)
	}
	d, err := export.Collect(ctx, x.a.store, ids[0])
	if err != nil {
		return tuiapp.Written{}, err
	}
	name := string(ids[0])
	switch format {
	case "share":
		shared, err := x.a.shared(ctx, ids[0])
		if err != nil {
			return tuiapp.Written{}, err
		}
		dir, err := exportFolder("")
		if err != nil {
			return tuiapp.Written{}, err
		}
		path := filepath.Join(dir, shareName(ids[0]))
		return measured([]string{path}, export.WriteFile(path, func(w io.Writer) error { return export.WriteShare(w, shared) }))
	case "json":
		dir, err := exportFolder("")
		if err != nil {
			return tuiapp.Written{}, err
		}
		path := filepath.Join(dir, name+".json")
		return measured([]string{path}, export.WriteFile(path, d.WriteJSON))
	case "csv":
		dir, err := exportFolder(name)
		if err != nil {
			return tuiapp.Written{}, err
		}
		paths, err := writeSheets(d, dir)
		return measured(paths, err)
	}
	files, err := x.a.report(d, style)
	if err != nil {
		return tuiapp.Written{}, err
	}
	if strings.HasPrefix(format, "png") {
		if files = chartsAlone(files, style); len(files) == 0 {
			return tuiapp.Written{}, noCharts(d.Run.ID)
		}
	}
	return writeFiles(folderOf(name, format), files)
}

// folderOf keeps formats beside each other.
func folderOf(name, format string) string {
	if format == "report" {
		return name
	}
	return name + "-" + strings.TrimPrefix(format, "report-")
}

func (exporter) Save(name string, data []byte) (tuiapp.Written, error) {
	dir, err := exportFolder("")
	if err != nil {
		return tuiapp.Written{}, err
	}
	path := filepath.Join(dir, name)
	return measured([]string{path}, export.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}))
}

// bundlePatience is how long the doctor of a screen may take.
const bundlePatience = 2 * time.Minute

// Bundle has a child write the bundle: the doctor computes on devices, which a process
// with screens never does.
func (exporter) Bundle(ctx context.Context) (tuiapp.Written, error) {
	ctx, stop := context.WithTimeout(ctx, bundlePatience)
	defer stop()
	dir, err := exportFolder("")
	if err != nil {
		return tuiapp.Written{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return tuiapp.Written{}, err
	}
	path := filepath.Join(dir, bundleName+".tar.gz")
	var said, fault bytes.Buffer
	c := exec.CommandContext(ctx, self, "doctor", "--json", "--bundle", path)
	c.Stdout, c.Stderr = &said, &fault
	err = c.Run() // it fails as well where something is wrong with the machine
	var doc doctorDoc
	if json.Unmarshal(said.Bytes(), &doc) == nil && doc.Bundle == path {
		return measured([]string{path}, nil)
	}
	return tuiapp.Written{}, &run.Error{Code: run.EInput, Text: "support bundle: " + oneLine(strings.TrimPrefix(fault.String(), "assay: ")), Err: err}
}

// exportFolder makes a folder below that of exports.
func exportFolder(name string) (string, error) {
	dir, err := filepath.Abs(exportDir(name))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", &run.Error{Code: run.EDiskFull, Text: "cannot make the folder of exports", Err: err, Hint: "set ASSAY_EXPORT_DIR to a place that can be written"}
	}
	return dir, nil
}

// writeFiles writes files into a folder of their own; the page comes last among them.
func writeFiles(name string, files []export.File) (tuiapp.Written, error) {
	dir, err := exportFolder(name)
	if err != nil {
		return tuiapp.Written{}, err
	}
	paths, err := export.WriteFiles(dir, files)
	return measured(paths, err)
}

// measured says what lies there now. The last path is the one to open.
func measured(paths []string, err error) (tuiapp.Written, error) {
	if err != nil {
		return tuiapp.Written{}, err
	}
	w := tuiapp.Written{Path: paths[len(paths)-1], Files: len(paths)}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return tuiapp.Written{}, err
		}
		w.Bytes += info.Size()
	}
	return w, nil
}
