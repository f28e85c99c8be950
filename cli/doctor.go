package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"assay/core/config"
	"assay/core/kv/job"
	"assay/core/run"
	"assay/gpu"
	tuiapp "assay/tui/app"
	"assay/tui/term"
)

// A finding of the doctor: what was looked at, how it stands, and what to do.
type diagnosis struct {
	Area   string `json:"area"`
	Status string `json:"status"` // ok, note or problem
	Text   string `json:"text"`
	Next   string `json:"next,omitempty"`
}

// doctorDoc is the document of `assay doctor`.
type doctorDoc struct {
	Checks []diagnosis `json:"checks"`
	Bundle string      `json:"bundle,omitempty"` // the file that was written
}

func newDoctor(s streams) *cobra.Command {
	var asJSON bool
	var bundle string
	c := &cobra.Command{
		Use: "doctor [db|gpu|tools|term|runs]", Short: "Check this machine, its terminal and the history, and say what to do",
		Long: "doctor looks at the places for data and the database (db), the devices and the gate of the kernels (gpu), programs that\n" +
			"some benches need (tools), the terminal and the settings (term), and what would end detached runs (runs); or at one of these.\n" +
			"--bundle packs what it finds for somebody who looks into a fault: this list, the settings without secrets, the\n" +
			"version of the schema and the ends of logs, never data. README.txt in it says what is inside.",
		Args: usageArgs(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)), ValidArgs: doctorParts,
		RunE: func(cmd *cobra.Command, args []string) error {
			list := examine(cmd.Context(), s, args)
			if bundle != "" {
				if err := writeSupport(cmd.Context(), s, bundle, list); err != nil {
					return err
				}
			}
			switch {
			case bundle == "-":
				return nil // a file on standard output, and nothing else
			case asJSON:
				if err := printJSON(s.out, doctorDoc{list, bundle}); err != nil {
					return err
				}
			default:
				t := table(s.out)
				for _, d := range list {
					fmt.Fprintf(t, "%s\t%s\t%s\n", d.Status, d.Area, d.Text)
					if d.Next != "" {
						fmt.Fprintf(t, "\t\tnext: %s\n", d.Next)
					}
				}
				if err := t.Flush(); err != nil {
					return err
				}
				if bundle != "" {
					fmt.Fprintf(s.out, "\nwrote %s\n", bundle)
				}
			}
			for _, d := range list {
				if d.Status == "problem" {
					return exitError(run.ExitError)
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().StringVar(&bundle, "bundle", "", "also pack a support bundle into this file, such as support.tar.gz; - writes it alone on standard output")
	return c
}

// doctorParts are what the doctor looks at, in this order.
var doctorParts = []string{"db", "gpu", "tools", "term", "runs"}

// examine looks at some parts, or at all where none is named.
func examine(ctx context.Context, s streams, parts []string) []diagnosis {
	if len(parts) == 0 {
		parts = doctorParts
	}
	list := []diagnosis{{Area: "build", Status: "ok", Text: "assay " + Version()}}
	for _, part := range parts {
		switch part {
		case "db":
			list = append(list, examineHome(ctx)...)
		case "gpu":
			list = append(append(list, examineDevices()...), examineGate(ctx))
		case "tools":
			list = append(list, examineResources(ctx)...)
		case "term":
			list = append(append(list, examineSettings(), examineTerminal(s)), tmuxHere(ctx)...)
		case "runs":
			list = append(list, thisMachine().examineLogout())
		}
	}
	return list
}

// examineHome looks at the places for runs and at the database in them.
func examineHome(ctx context.Context) []diagnosis {
	p, err := config.Locate(config.Host())
	if err != nil {
		return []diagnosis{problem("places", err)}
	}
	list := []diagnosis{{Area: "places", Status: "ok", Text: "data " + p.Data + ", state " + p.State + ", cache " + p.Cache}}
	if p.Notice != "" {
		list = append(list, diagnosis{Area: "places", Status: "note", Text: p.Notice})
	}
	var st unix.Statfs_t
	if err := unix.Statfs(nearest(p.Data), &st); err == nil {
		free := float64(st.Bavail) * float64(st.Bsize) / 1e9
		d := diagnosis{Area: "disk", Status: "ok", Text: fmt.Sprintf("%.1f GB free for runs", free)}
		if free < 1 {
			d.Status, d.Next = "note", "free some space: a full disk pauses runs with E-DISK-FULL"
		}
		list = append(list, d)
	}
	a, err := openApp(ctx)
	if err != nil {
		return append(list, problem("database", err))
	}
	defer a.Close()
	if err := a.store.Writable(); err != nil {
		return append(list, problem("database", err))
	}
	runs, err := a.store.Runs(ctx, run.Filter{})
	if err != nil {
		return append(list, problem("database", err))
	}
	live := 0
	for _, r := range runs {
		if r.State.Live() {
			live++
		}
	}
	return append(list, diagnosis{Area: "database", Status: "ok", Text: fmt.Sprintf("%s: %d runs, %d of them live", p.DB(), len(runs), live)})
}

func examineDevices() []diagnosis {
	infos, problems := gpu.List()
	var list []diagnosis
	for _, i := range infos {
		list = append(list, diagnosis{Area: "device", Status: "ok", Text: fmt.Sprintf("%s: %s, kernels %s of %s, %d threads, %.1f GB", i.Kind, i.Name, i.ISA, strings.Join(i.ISAs, " "), i.Threads, float64(i.MemoryBytes)/1e9)})
	}
	for _, p := range problems {
		list = append(list, diagnosis{Area: "device", Status: "note", Text: p.Kind + ": " + p.Text})
	}
	if len(infos) == 0 {
		list = append(list, diagnosis{Area: "device", Status: "problem", Text: "no device can be used"})
	}
	return list
}

// examineGate runs the built-in model through the correctness gate.
func examineGate(ctx context.Context) diagnosis {
	c, err := job.Check(ctx, "", "auto")
	if err != nil {
		return problem("kv gate", err)
	}
	d := diagnosis{Area: "kv gate", Status: "ok", Text: "full recompute is bit-equal to full prefill, layer 0 and prefix rows deviate by 0"}
	if !c.Pass {
		d.Status, d.Text = "problem", fmt.Sprintf("r=1 bit-equal %v, layer 0 deviates by %g, prefix by %g", c.R1BitEqual, c.Layer0MaxDeviation, c.PrefixMaxDeviation)
		d.Next = "assay gpu bench; report the processor and the figures"
	}
	return d
}

// examineSettings looks at the files of settings and of keys.
func examineSettings() diagnosis {
	set, err := openSettings()
	if err != nil {
		return problem("settings", err)
	}
	now := set.Load()
	if err := now.Err(); err != nil {
		return problem("settings", err)
	}
	if _, err := keyLines(now); err != nil {
		return problem("settings", err)
	}
	changed := 0
	for _, v := range now.Values() {
		if v.Source != config.Default {
			changed++
		}
	}
	d := diagnosis{Area: "settings", Status: "ok", Text: fmt.Sprintf("%d set in %s or by variables, %d actions with keys of your own", changed, set.paths.File(), len(now.Bindings()))}
	if w := now.Warnings(); len(w) > 0 {
		d.Status, d.Next = "note", w[0].Error()
	}
	return d
}

func examineTerminal(s streams) diagnosis {
	if !s.interactive() {
		return diagnosis{Area: "terminal", Status: "note", Text: "none on stdin and stdout: screens need one, commands do not"}
	}
	ws, err := unix.IoctlGetWinsize(int(s.out.(*os.File).Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return problem("terminal", err)
	}
	d := diagnosis{Area: "terminal", Status: "ok", Text: fmt.Sprintf("%s, %dx%d, colours %s", os.Getenv("TERM"), ws.Col, ws.Row, orNone(os.Getenv("COLORTERM")))}
	if set, err := openSettings(); err == nil {
		p := term.Detect(os.Environ(), s.out, tuiapp.Prefs(set.Load()))
		d.Text += fmt.Sprintf("; drawn in %s", p.Depth)
		if p.Remote {
			d.Text += ", remote profile (fewer colours and frames)"
		}
		if p.ASCII {
			d.Text += ", ASCII"
		}
		if term.Environ(os.Environ()).Progress() {
			d.Text += ", progress mark"
		}
		d.Text += "; long runs call by " + set.Load().Get("ui.notify")
	}
	if ws.Col < 80 || ws.Row < 24 {
		d.Status, d.Next = "note", "80x24 or more shows every pane"
	}
	return d
}

func problem(area string, err error) diagnosis {
	return diagnosis{Area: area, Status: "problem", Text: oneLine(err.Error())}
}

// nearest returns the path or the nearest parent of it that exists.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == "/" || path == "." {
			return path
		}
		path = path[:max(1, strings.LastIndexByte(path, '/'))]
	}
}
