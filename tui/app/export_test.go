package app_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"assay/core/run"
	"assay/tui/app"
)

// desk takes what is exported.
type desk struct {
	ids    []run.ID
	format string
	name   string
	data   []byte
	err    error
}

func (d *desk) Dir() string { return "assay-export" }

func (d *desk) Formats(runs int) []app.Format {
	if runs > 1 {
		return []app.Format{{Name: "report", Title: "the comparison", Help: "compare.md"}}
	}
	return []app.Format{{Name: "report", Title: "report", Help: "report.md"}, {Name: "json", Title: "JSON", Help: "everything"}}
}

func (d *desk) Runs(_ context.Context, ids []run.ID, format string) (app.Written, error) {
	d.ids, d.format = ids, format
	return app.Written{Path: "/tmp/x/report.md", Files: 3, Bytes: 20480}, d.err
}

func (d *desk) Save(name string, data []byte) (app.Written, error) {
	d.name, d.data = name, data
	return app.Written{Path: "/tmp/x/" + name, Files: 1, Bytes: int64(len(data))}, d.err
}

func (d *desk) Bundle(context.Context) (app.Written, error) {
	return app.Written{Path: "/tmp/x/assay-support.tar.gz", Files: 1, Bytes: 9000}, d.err
}

func TestExportAsksHowAndTellsWhere(t *testing.T) {
	d := &desk{}
	w := start(t, func(deps *app.Deps) { deps.Exporter = d })
	w.Press("j", "j", "E").See("Export to assay-export", "1  report", "2  JSON", "this screen as text", "support bundle")
	w.Press("enter").See("wrote /tmp/x/report.md", "20 KiB in 3 files", "y copy")
	if len(d.ids) != 1 || d.ids[0] != "01KK9Z00000000000000000005" || d.format != "report" {
		t.Errorf("exported %v as %s", d.ids, d.format)
	}
	w.Press("y").See("copied the path").NotSee("y copy")
	w.Press("E", "2").See("wrote /tmp/x/report.md").Press("esc")
	if d.format != "json" {
		t.Errorf("exported as %s", d.format)
	}
	w.Press("space", "j", "space", "E").See("the comparison").Press("enter", "esc")
	if len(d.ids) != 2 {
		t.Errorf("exported %v, want both marked runs", d.ids)
	}
	d.err = errors.New("no room left")
	w.Press("E", "enter").See("no room left")
	start(t).Press("E").See("this screen writes no files")
}

func TestTheScreenIsKeptAsItStands(t *testing.T) {
	d := &desk{}
	w := start(t, func(deps *app.Deps) { deps.Exporter = d })
	w.Press("j", "E", "3").See("wrote /tmp/x/runs-")
	text := string(d.data)
	if !strings.HasSuffix(d.name, ".txt") || strings.Count(text, "\n") != 24 || !strings.Contains(text, "kv-blend-5") || strings.ContainsAny(text, "\x1b") || strings.Contains(text, "Export to") {
		t.Errorf("%s:\n%s", d.name, text)
	}
	w.Press("esc", "E", "4", "esc")
	if !strings.HasSuffix(d.name, ".ansi") || !strings.Contains(string(d.data), "\x1b[") {
		t.Errorf("%s has no colours", d.name)
	}
	w.Press("E", "5", "esc")
	texts := ""
	for x := xml.NewDecoder(strings.NewReader(string(d.data))); ; {
		tok, err := x.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s is no XML: %v", d.name, err)
		}
		if c, ok := tok.(xml.CharData); ok {
			texts += string(c) + " "
		}
	}
	if !strings.HasSuffix(d.name, ".svg") || !strings.Contains(texts, "kv-blend-5") {
		t.Errorf("%s shows %s", d.name, texts)
	}
}

func TestASupportBundleIsWrittenAndItsPlaceTold(t *testing.T) {
	d := &desk{}
	w := start(t, func(deps *app.Deps) {
		deps.Exporter = d
		deps.Faults = []error{errors.New("the theme is no theme")}
	})
	w.Press("!").See("the theme is no theme", "E support bundle").Press("E").See("wrote /tmp/x/assay-support.tar.gz", "README.txt in it").Press("esc")
	d.err = errors.New("no room left")
	w.Press("!", "E").See("no room left")
}
