package app_test

import (
	"strings"
	"testing"

	"assay/core/run"
	"assay/tui/app"
	"assay/tui/ui"
)

// titled is a bench under another name.
type titled struct {
	fakeBench
	id, title string
}

func (t *titled) ID() string       { return t.id }
func (t *titled) Title() string    { return t.title }
func (t *titled) RunState() string { return "run 01J9VX00 running 3/20" }

// TestTabsFitEverySize: all of the nine can be seen, the one in front by its name.
func TestTabsFitEverySize(t *testing.T) {
	w := start(t, func(d *app.Deps) {
		d.Screens = func(c *ui.Context) []ui.Screen {
			var out []ui.Screen
			for title := range strings.FieldsSeq("Runs KV Fuzz Prune Caption Findings Compare GPU Log") {
				s := &titled{id: strings.ToLower(title), title: title}
				s.c, s.shown = c, &run.Run{ID: "01J9VX00000000000000000000", State: run.Running}
				out = append(out, s)
			}
			return out
		}
	})
	w.Press("7")
	for _, tt := range []struct {
		width int
		line  string
	}{
		{140, " assay  1 Runs  2 KV  3 Fuzz  4 Prune  5 Caption  6 Findings [7 Compare] 8 GPU  9 Log                     run 01J9VX00 running 3/20  gpu-07"},
		{110, " 1 Runs 2 KV 3 Fuzz 4 Prune 5 Caption 6 Findings [7 Compare] 8 GPU 9 Log    run 01J9VX00 running 3/20  gpu-07"},
		{85, " 1 Runs 2 KV 3 Fuzz 4 Prune 5 Caption 6 Findings [7 Compare] 8 GPU 9 Log   * running"},
		{80, " 1 Runs 2 KV 3 Fuzz 4 Prune 5 Caption 6 Findings [7 Compare] 8 GPU 9 Log      *"},
		{60, " 1 2 3 4 5 6 [7 Compare] 8 9      run 01J9VX00 running 3/20"},
	} {
		w.Size(tt.width, 30)
		if got := w.Lines()[0]; got != tt.line {
			t.Errorf("%d columns:\n%q, want\n%q", tt.width, got, tt.line)
		}
	}
}
