package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/run"
)

func newConfig(s streams) *cobra.Command {
	return group("config", "Show, check and change settings",
		newConfigShow(s), newConfigCheck(s), newConfigSet(s), newConfigUnset(s), newConfigEdit(s), newConfigSchema(s))
}

// settingLine is a setting in the documents of the commands.
type settingLine struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Source  string `json:"source"` // default, user, project or env
	Where   string `json:"where"`  // file:line:column or the variable, "" for a default
}

// aliasLine is a name for a command line.
type aliasLine struct {
	Name  string `json:"name"`
	Line  string `json:"line"`  // without the program
	Where string `json:"where"` // file:line:column
}

// settingsDoc is the document of `assay config show`.
type settingsDoc struct {
	Settings []settingLine `json:"settings"`
	Aliases  []aliasLine   `json:"aliases"`
	Faults   []string      `json:"faults"`
}

func newConfigShow(s streams) *cobra.Command {
	var asJSON, origin bool
	c := &cobra.Command{
		Use: "show", Short: "Show every setting and alias, and where its value comes from",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			doc := settingsHere(set.Load())
			if asJSON {
				return printJSON(s.out, doc)
			}
			t := table(s.out)
			for _, l := range doc.Settings {
				fmt.Fprintf(t, "%s\t%s", l.Key, l.Value)
				if origin {
					fmt.Fprintf(t, "\t%s\t%s", l.Source, l.Where)
				}
				fmt.Fprintln(t)
			}
			for _, a := range doc.Aliases {
				fmt.Fprintf(t, "alias.%s\t%s", a.Name, a.Line)
				if origin {
					fmt.Fprintf(t, "\t%s\t%s", config.User, a.Where)
				}
				fmt.Fprintln(t)
			}
			if err := t.Flush(); err != nil {
				return err
			}
			return warn(s.err, doc.Faults)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	return c
}

// settingsHere tells the settings with their faults.
func settingsHere(now config.Current) settingsDoc {
	doc := settingsDoc{Settings: []settingLine{}, Aliases: []aliasLine{}, Faults: []string{}}
	for _, v := range now.Values() {
		doc.Settings = append(doc.Settings, settingLine{v.Key, v.Text, v.Default, string(v.Source), v.Where})
	}
	for _, a := range now.Aliases() {
		doc.Aliases = append(doc.Aliases, aliasLine{a.Name, a.Line, a.Place.String()})
	}
	doc.Faults = append(doc.Faults, texts(now.Warnings())...)
	for _, err := range []error{now.Err(), aliasFault(now.Aliases())} {
		if err != nil {
			doc.Faults = append(doc.Faults, oneLine(err.Error()))
		}
	}
	return doc
}

// warn prints what is no reason to fail.
func warn(w io.Writer, texts []string) error {
	for _, text := range texts {
		if _, err := fmt.Fprintln(w, "assay: "+text); err != nil {
			return err
		}
	}
	return nil
}

// checkDoc is the document of `assay config check`.
type checkDoc struct {
	OK       bool     `json:"ok"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

func newConfigCheck(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check [FILE]", Short: "Check the settings and the key bindings, or a settings file",
		Long: "check reads all files of settings and of keys, and the environment, and names what is wrong with file, line and\n" +
			"column. With FILE it reads that file of settings alone. It ends with 2 for an error; an unknown key is a warning.",
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			now := set.Load()
			if len(args) == 1 {
				if _, err := os.Stat(args[0]); err != nil {
					return &run.Error{Code: run.EInput, Text: "settings", Err: err}
				}
				now = config.LoadFile(args[0])
			}
			doc := checkDoc{Errors: []string{}, Warnings: []string{}}
			doc.Warnings = append(doc.Warnings, texts(now.Warnings())...)
			_, keysFault := keyLines(now)
			for _, err := range []error{now.Err(), keysFault, aliasFault(now.Aliases())} {
				if err != nil {
					doc.Errors = append(doc.Errors, oneLine(err.Error()))
				}
			}
			if err := knownTheme(now.Get("ui.theme")); err != nil {
				doc.Warnings = append(doc.Warnings, "ui.theme: "+oneLine(err.Error()))
			}
			doc.OK = len(doc.Errors) == 0
			if asJSON {
				err = printJSON(s.out, doc)
			} else {
				if err = warn(s.err, append(doc.Warnings, doc.Errors...)); err == nil && doc.OK {
					_, err = fmt.Fprintln(s.out, "nothing wrong")
				}
			}
			if err == nil && !doc.OK {
				return exitError(run.ExitUsage)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func newConfigSet(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "set KEY VALUE", Short: "Write a setting into your settings file; comments in it stay",
		Example: "  assay config set ui.theme dusk\n  assay config set run.memory 8GiB\n  assay config set alias.nightly 'fuzz autodiff --budget 2h'",
		Args:    usageArgs(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			if args[0] == "ui.theme" {
				if err := knownTheme(args[1]); err != nil {
					return err
				}
			}
			if err := set.Set(args[0], args[1]); err != nil {
				return err
			}
			for _, v := range set.Load().Values() {
				if v.Key == args[0] && (v.Source == config.Env || v.Source == config.Project) {
					return warn(s.err, []string{v.Where + " overrules it here with " + v.Text})
				}
			}
			return nil
		},
	}
}

func newConfigUnset(streams) *cobra.Command {
	return &cobra.Command{
		Use: "unset KEY", Short: "Take a setting out of your settings file, so that its default holds",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			return set.Unset(args[0])
		},
	}
}

func newConfigEdit(s streams) *cobra.Command {
	var keys bool
	c := &cobra.Command{
		Use: "edit", Short: "Open your settings file in VISUAL or EDITOR and check what comes back",
		Long: "edit opens your settings file, or with --keys that of the key bindings, and checks what the editor leaves behind. What is\n" +
			"wrong is named with file, line and column, and on a terminal the editor can be opened on it again.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := openSettings()
			if err != nil {
				return err
			}
			editor := os.Getenv("VISUAL")
			if editor == "" {
				editor = os.Getenv("EDITOR")
			}
			path := set.paths.File()
			if keys {
				path = set.paths.Keys()
			}
			if editor == "" {
				return &run.Error{Code: run.EUsage, Text: "no editor is known", Hint: "set VISUAL or EDITOR; the file is " + path}
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return &run.Error{Code: run.EConfig, Text: "settings", Err: err}
			}
			for {
				c := exec.CommandContext(cmd.Context(), "sh", "-c", editor+` "$1"`, "sh", path) // the variable may hold arguments
				c.Stdin, c.Stdout, c.Stderr = s.in, s.out, s.err
				if err := c.Run(); err != nil {
					return &run.Error{Code: run.EInput, Text: "the editor failed", Err: err}
				}
				now := set.Load()
				if err = now.Err(); err == nil {
					_, err = keyLines(now)
				}
				if err == nil {
					return warn(s.err, texts(now.Warnings()))
				}
				if !isTerminal(s.in) || !s.again(err) {
					return err
				}
			}
		},
	}
	c.Flags().BoolVar(&keys, "keys", false, "open the key bindings instead")
	return c
}

// again says what is wrong with a file and asks whether to open it once more.
func (s streams) again(fault error) bool {
	fmt.Fprintf(s.err, "assay: %s\nenter opens it again, q leaves it as it is: ", oneLine(fault.Error()))
	line, err := readLine(s.in)
	return err == nil && !strings.HasPrefix(strings.TrimSpace(line), "q")
}

// readLine reads one line byte by byte: what comes behind it belongs to somebody else.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for {
		var b [1]byte
		if n, err := r.Read(b[:]); n == 0 {
			return string(line), err
		}
		if b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[0])
	}
}

// texts are faults in words.
func texts(faults []config.Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Error())
	}
	return out
}

func newConfigSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print a JSON schema of the settings file, for editors",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			b, err := json.MarshalIndent(config.Schema(), "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.out, string(b))
			return err
		},
	}
}

// placeLine is one place in the document of `assay locate`.
type placeLine struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

// placesDoc is the document of `assay locate`.
type placesDoc struct {
	Places []placeLine `json:"places"`
	Notice string      `json:"notice"` // where the place is not the usual one, or not a good one
}

func newLocate(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "locate", Short: "Print the path of every file and folder that assay uses",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			p, err := config.Locate(config.Host())
			if err != nil {
				return err
			}
			doc := placesDoc{Places: []placeLine{}, Notice: p.Notice}
			for _, l := range []placeLine{
				{Name: "settings", Path: p.File()}, {Name: "keys", Path: p.Keys()}, {Name: "themes", Path: p.Themes()},
				{Name: "database", Path: p.DB()}, {Name: "artifacts", Path: p.Artifacts()}, {Name: "backups", Path: p.Backups()},
				{Name: "runs", Path: p.Runs()}, {Name: "leases", Path: p.Leases()}, {Name: "logs", Path: p.Logs()},
				{Name: "cache", Path: p.Cache},
			} {
				_, err := os.Stat(l.Path)
				l.Exists = err == nil
				doc.Places = append(doc.Places, l)
			}
			if asJSON {
				return printJSON(s.out, doc)
			}
			t := table(s.out)
			for _, l := range doc.Places {
				word := "not there yet"
				if l.Exists {
					word = ""
				}
				fmt.Fprintf(t, "%s\t%s\t%s\n", l.Name, l.Path, word)
			}
			if err := t.Flush(); err != nil {
				return err
			}
			if p.Notice != "" {
				return warn(s.err, []string{p.Notice})
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}
