package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"assay/core/config"
	"assay/core/export"
	"assay/core/run"
)

// A support bundle is what somebody needs who looks into a fault from afar. Its
// layout is fixed, and so is what it never holds: prompts, answers, arrays, models.

// Most of a log that goes along, from its end.
const (
	screenLogEnd = 512 << 10
	workerLogEnd = 16 << 10
	bundledRuns  = 40
	bundledLogs  = 8
)

// bundleRun is a run without anything that it was given or that it has found.
type bundleRun struct {
	ID      run.ID    `json:"run_id"`
	Kind    string    `json:"kind"`
	State   run.State `json:"state"`
	Error   string    `json:"error_code"`
	Created int64     `json:"created_ms"`
	Started int64     `json:"started_ms"`
	Ended   int64     `json:"ended_ms"`
	Done    int64     `json:"done"`
	Total   int64     `json:"total"`
}

// bundleDatabase is the history in numbers.
type bundleDatabase struct {
	Schema int         `json:"schema"`
	Size   int64       `json:"size_bytes"`
	Tables []tableSize `json:"tables"`
	Runs   []bundleRun `json:"runs"` // the newest first
}

type tableSize struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// support gathers the files of a bundle, README.txt first, which lists the others.
// What cannot be read is said in the place of it: a bundle is for when things fail.
func support(ctx context.Context, checks []diagnosis) ([]export.File, error) {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return nil, err
	}
	clean := redactorHere()
	var files []export.File
	about := map[string]string{}
	add := func(name, what string, data []byte, err error) {
		if err != nil {
			data = []byte("cannot be read: " + oneLine(err.Error()) + "\n")
		}
		about[name] = what
		files = append(files, export.File{Name: name, Data: []byte(clean.text(string(data)))})
	}
	asJSON := func(name, what string, doc any, err error) {
		var b bytes.Buffer
		if err == nil {
			err = printJSON(&b, doc)
		}
		add(name, what, b.Bytes(), err)
	}
	asJSON("version.json", "the build", versionHere(), nil)
	asJSON("doctor.json", "what assay doctor says of this machine", doctorDoc{Checks: checks}, nil)
	set := settings{paths}
	asJSON("settings.json", "every setting and where it comes from; aliases by their names alone", bareAliases(settingsHere(set.Load())), nil)
	keys, err := keyFile(paths)
	add("keys.toml", "the key bindings", keys, err)
	db, failed, err := bundleHistory(ctx)
	asJSON("database.json", "version of the schema, rows of each table, and kind, state and times of the newest runs", db, err)
	text, err := tail(screenLog(paths), screenLogEnd)
	add("logs/screen.log", "the end of the log of the screens", text, err)
	for _, id := range failed {
		text, err := tail(filepath.Join(paths.Runs(), string(id)+".log"), workerLogEnd)
		add("logs/"+string(id)+".log", "the last words of a run that did not end well", text, err)
	}
	readme := export.File{Name: "README.txt", Data: []byte(bundleReadme(files, about))}
	return append([]export.File{readme}, files...), nil
}

// bundleReadme says what is inside and what is not.
func bundleReadme(files []export.File, about map[string]string) string {
	var b strings.Builder
	b.WriteString("Support bundle of assay, for whoever looks into a fault.\n\nInside:\n\n")
	t := table(&b)
	for _, f := range files {
		fmt.Fprintf(t, "  %s\t%d bytes\t%s\n", f.Name, len(f.Data), about[f.Name])
	}
	_ = t.Flush() // a strings.Builder takes everything
	b.WriteString("\nNot inside: parameters, prompts, answers, results and arrays of runs, models, data sets, and the database itself.\n" +
		"Secrets of the environment and what looks like one are written " + hidden + ", the home directory ~.\n" +
		"Logs are passed on as programs wrote them: look through logs/ before you send this.\n")
	return b.String()
}

// bareAliases drops the command lines of aliases, which may hold anything.
func bareAliases(d settingsDoc) settingsDoc {
	for i := range d.Aliases {
		d.Aliases[i].Line = hidden
	}
	return d
}

// keyFile reads the key bindings, which most people do not have.
func keyFile(p config.Paths) ([]byte, error) {
	data, err := os.ReadFile(p.Keys())
	if errors.Is(err, fs.ErrNotExist) {
		return []byte("# there is none: the keys are those of the preset\n"), nil
	}
	return data, err
}

// bundleHistory counts the history, and names the newest runs that ended badly.
func bundleHistory(ctx context.Context) (d bundleDatabase, failed []run.ID, err error) {
	a, err := openHistory(ctx)
	if err != nil {
		return d, nil, err
	}
	defer a.Close()
	stats, err := a.store.Stats(ctx)
	if err != nil {
		return d, nil, err
	}
	d = bundleDatabase{Schema: stats.Schema, Size: stats.Bytes, Tables: []tableSize{}, Runs: []bundleRun{}}
	for _, t := range stats.Tables {
		d.Tables = append(d.Tables, tableSize{t.Name, t.Rows})
	}
	list, err := a.store.Runs(ctx, run.Filter{Limit: bundledRuns})
	if err != nil {
		return d, nil, err
	}
	for _, r := range list {
		d.Runs = append(d.Runs, bundleRun{r.ID, r.Kind, r.State, r.ErrorCode, r.CreatedMs, r.StartedMs, r.EndedMs, r.Done, r.Total})
		if (r.State == run.Failed || r.State == run.Lost) && len(failed) < bundledLogs {
			failed = append(failed, r.ID)
		}
	}
	return d, failed, nil
}

// tail reads the end of a file, from the beginning of a line; nothing where there
// is no file.
func tail(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	start := max(info.Size()-most, 0)
	data, err := io.ReadAll(io.NewSectionReader(f, start, most))
	if start > 0 {
		data = data[bytes.IndexByte(data, '\n')+1:]
	}
	return data, err
}

// bundleName is the folder in a bundle and the name of its file, without the time:
// what was packed a second ago is replaced by the same bytes.
const bundleName = "assay-support"

// writeSupport packs the bundle into a file, or on standard output where it is -.
func writeSupport(ctx context.Context, s streams, path string, checks []diagnosis) error {
	files, err := support(ctx, checks)
	if err != nil {
		return err
	}
	if path == "-" {
		return export.Pack(s.out, bundleName, files)
	}
	return export.WriteFile(path, func(w io.Writer) error { return export.Pack(w, bundleName, files) })
}
