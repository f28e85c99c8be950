package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	captionjob "assay/core/caption/job"
	"assay/core/compare"
	"assay/core/config"
	"assay/core/run"
	"assay/core/telemetry"
	"assay/themes"
	tuiapp "assay/tui/app"
	"assay/tui/linear"
	"assay/tui/screens/captionbench"
	"assay/tui/screens/compareview"
	"assay/tui/screens/findings"
	"assay/tui/screens/fuzzbench"
	"assay/tui/screens/gpuview"
	"assay/tui/screens/kvbench"
	"assay/tui/screens/logview"
	"assay/tui/screens/prunebench"
	"assay/tui/screens/runs"
	"assay/tui/ui"
)

// history is what screens read.
type history interface {
	compare.Source
	run.FindingReader
}

// newScreens makes the screens over a history, the pictures of its campaigns and a feed
// of the machine, whose child runs while a screen asks and ends with this process.
func newScreens(r history, pictures *captionjob.Gallery, feed *telemetry.Feed, log string, worker func(run.ID) string) func(*ui.Context) []ui.Screen {
	return func(c *ui.Context) []ui.Screen {
		return []ui.Screen{
			runs.New(c, r, kinds()), kvbench.New(c, r), fuzzbench.New(c, r), prunebench.New(c, r),
			captionbench.New(c, r, pictures), findings.New(c, r), compareview.New(c, r, kinds()),
			gpuview.New(c, feed), logview.New(c, r, logview.Files{Screen: log, Worker: worker}),
		}
	}
}

// keyLine is one action in the list of keys.
type keyLine struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Keys   []string `json:"keys"`
	Scope  string   `json:"scope"`
	Linear string   `json:"linear"`
	group  string
}

// keysDoc is the document of `assay keys`.
type keysDoc struct {
	Actions []keyLine `json:"actions"`
}

// keyLines lists every action of every screen with the keys that it has under the
// preset and the bindings of the person; what is wrong with those is the error. No history is read
// for that: the screens are made and never shown.
func keyLines(now config.Current) ([]keyLine, error) {
	m := tuiapp.New(tuiapp.Deps{
		Kinds: kinds(), Themes: themes.Builtin(), Preset: ui.Preset(now.Get("keys.preset")), Bindings: now.Bindings(),
		Screens: newScreens(nil, nil, telemetry.NewFeed(telemetry.Self), filepath.Join("logs", "screen.log"), func(id run.ID) string { return string(id) }),
	})
	var out []keyLine
	for _, a := range m.Catalog() {
		keys := a.Keys
		if keys == nil {
			keys = []string{}
		}
		out = append(out, keyLine{a.ID, a.Title, keys, a.Scope, linear.Words(a.ID), a.Group})
	}
	return out, m.KeysFault()
}

func newKeys(s streams) *cobra.Command {
	l := listing[keyLine]{name: func(k keyLine) string { return k.ID }}
	var own bool
	c := &cobra.Command{
		Use: "keys", Short: "List every action with its keys and its command in line mode",
		Long: "keys lists what can be done on the screens: the keys of each action under keys.preset and keys.toml, and its command in\n" +
			"line mode. What is wrong with keys.toml is named, and the command ends with 2.",
		Example: "  assay keys\n  assay keys --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			var now config.Current
			if !own {
				now = set.Load()
			}
			fault := now.Err()
			lines, wrong := keyLines(now)
			if wrong != nil {
				fault = wrong
			}
			if err := l.write(s, keysDoc{lines}, lines, keysDoc{lines}.print); err != nil {
				return err
			}
			return fault
		},
	}
	l.bind(c)
	c.Flags().BoolVar(&own, "defaults", false, "the keys as they come, without keys.preset and keys.toml")
	return c
}

// print lists actions for people.
func (d keysDoc) print(w io.Writer) error {
	t := table(w)
	fmt.Fprintln(t, "keys\taction\ttitle\tline mode")
	for _, l := range d.Actions {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", strings.Join(l.Keys, " "), l.ID, l.Title, l.Linear)
	}
	return t.Flush()
}

// keysPage is the reference of keys and of the commands of the line mode.
func keysPage() string {
	var b strings.Builder
	b.WriteString("# Keys\n\nMade from the code by `make gen`. Every action has keys, where it has any, and a command in line mode\n" +
		"(`assay --linear`, `ASSAY_LINEAR=1`, or a terminal with `TERM=dumb`). `assay keys --json` prints the same list. `keys.toml` gives\n" +
		"actions other keys: see [settings](settings.md).\n")
	cell := strings.NewReplacer("|", "\\|").Replace
	code := func(words ...string) string {
		for i, w := range words {
			words[i] = "`" + w + "`"
		}
		return cell(strings.Join(words, " "))
	}
	group := ""
	lines, _ := keyLines(config.Current{}) // nothing can be wrong with no bindings
	for _, l := range lines {
		screen, _, _ := strings.Cut(l.ID, ".")
		if screen != group {
			group = screen
			fmt.Fprintf(&b, "\n## %s\n\n| keys | action | what it does | line mode |\n|---|---|---|---|\n", screen)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(append([]string{}, l.Keys...)...), code(l.ID), cell(l.Title), code(l.Linear))
	}
	b.WriteString("\n## Line mode\n\nCommands of the line mode beside those of actions.\n\n| command | what it does |\n|---|---|\n")
	for _, c := range linear.Builtins() {
		fmt.Fprintf(&b, "| %s | %s |\n", code(c.Usage), cell(c.Help))
	}
	return b.String()
}
