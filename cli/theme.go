package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/run"
	"assay/themes"
	tuiapp "assay/tui/app"
	"assay/tui/term"
)

func newTheme(s streams) *cobra.Command {
	return group("theme", "List, show, check and import themes", newThemeLs(s), newThemeShow(s), newThemeCheck(s), newThemeImport(s))
}

// userThemes returns the built-in themes and those of the person, and where the
// latter lie.
func userThemes() (themes.Set, string, error) {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return themes.Set{}, "", err
	}
	dir := paths.Themes()
	set, err := themes.Open(dir)
	return set, dir, err
}

// themesDoc is the document of `assay theme ls`.
type themesDoc struct {
	Themes []themeLine `json:"themes"`
	Folder string      `json:"folder"`
}

type themeLine struct {
	Name    string `json:"name"`
	Variant string `json:"variant"` // dark or light
	Pair    string `json:"pair"`    // its counterpart for the other ground, "" for none
	Origin  string `json:"origin"`  // whose palette it is, "" for none of somebody else's
	Path    string `json:"path"`    // of a theme of your own, "" for a built-in one
	Fault   string `json:"fault"`
}

func newThemeLs(s streams) *cobra.Command {
	l := listing[themeLine]{name: func(t themeLine) string { return t.Name }}
	c := &cobra.Command{
		Use: "ls", Short: "List the themes, built-in ones and your own",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			set, dir, err := userThemes()
			if err != nil {
				return err
			}
			list := []themeLine{}
			for _, name := range set.Names() {
				a := set.About(name)
				one := themeLine{Name: name, Variant: a.Variant, Pair: a.Pair, Origin: a.Origin}
				if !a.Builtin {
					one.Path = a.Path
				}
				if _, err := set.Resolve(name, themes.TrueColor); err != nil {
					one.Fault = oneLine(err.Error())
				}
				list = append(list, one)
			}
			return l.write(s, themesDoc{list, dir}, list, themesDoc{list, dir}.print)
		},
	}
	l.bind(c)
	return c
}

// print lists themes for people.
func (d themesDoc) print(w io.Writer) error {
	t := table(w)
	for _, l := range d.Themes {
		about := l.Origin
		switch {
		case l.Fault != "":
			about = "faulty: " + l.Fault
		case l.Path != "":
			about = l.Path
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", l.Name, l.Variant, about)
	}
	fmt.Fprintf(t, "\nyour own are files NAME.toml in %s; assay config set ui.theme NAME chooses one\n", d.Folder)
	return t.Flush()
}

func newThemeShow(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show the roles and ramps of a theme in the colours of this terminal",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, _, err := userThemes()
			if err != nil {
				return err
			}
			th, err := set.Resolve(args[0], themeDepth(s))
			if err != nil {
				return themeFault(err)
			}
			for _, role := range themes.Roles() {
				line := th.Paint(role, role)
				if !isTerminal(s.out) {
					line = ansi.Strip(line)
				}
				if _, err := fmt.Fprintln(s.out, line); err != nil {
					return err
				}
			}
			var up, middle strings.Builder
			for i := range themes.Steps {
				up.WriteString(patch(th, th.Ramp(i)))
				middle.WriteString(patch(th, th.Diverge(i)))
			}
			_, err = fmt.Fprintf(s.out, "ramp %s\ndiverging %s\n", up.String(), middle.String())
			return err
		},
	}
}

// patch draws one step of a ramp in a cell: as ground, or as its sign without colours.
func patch(th *themes.Theme, s themes.Shade) string {
	if th.Depth() == themes.Mono {
		return string(s.Char)
	}
	return "\x1b[" + s.Bg + "m \x1b[m"
}

// themeDepth is what the output can show: nothing where it is no terminal.
func themeDepth(s streams) themes.Depth {
	if !isTerminal(s.out) {
		return themes.Mono
	}
	set, err := openSettings()
	if err != nil {
		return themes.Mono
	}
	return term.Detect(os.Environ(), s.out, tuiapp.Prefs(set.Load())).Depth
}

func newThemeCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Check a theme file: syntax, contrast, verdicts without red or green cones, ramps",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := readTheme(args[0])
			if err != nil {
				return err
			}
			set, _, err := userThemes()
			if err != nil {
				return err
			}
			name := strings.TrimSuffix(filepath.Base(args[0]), ".toml")
			if _, err := set.With(name, args[0], data).Resolve(name, themes.TrueColor); err != nil {
				return themeFault(err)
			}
			_, err = fmt.Fprintln(s.out, args[0]+": nothing wrong")
			return err
		},
	}
}

// readTheme reads a file of colours.
func readTheme(path string) ([]byte, error) {
	const most = 1 << 20 // bytes; a theme has a few thousand
	info, err := os.Stat(path)
	if err == nil && (info.Size() > most || !info.Mode().IsRegular()) {
		err = fmt.Errorf("expected a regular file of at most %d bytes", most)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "theme " + path, Err: err}
	}
	return data, nil
}

// themeName is what a theme file may be named.
var themeName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,40}$`)

func newThemeImport(s streams) *cobra.Command {
	var name string
	var force bool
	c := &cobra.Command{
		Use: "import FILE", Short: "Make a theme of your own out of a base16 or base24 scheme",
		Example: "  assay theme import nord.yaml\n  assay config set ui.theme nord",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := readTheme(args[0])
			if err != nil {
				return err
			}
			if name == "" {
				name = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(args[0]), ".yaml"), ".yml")
			}
			if !themeName.MatchString(name) {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("%q is no name for a theme", name), Hint: "give --name: lower case letters, digits and dashes"}
			}
			file, notes, err := themes.FromBase16(name, data)
			if err != nil {
				return &run.Error{Code: run.EInput, Text: "scheme " + args[0], Err: err}
			}
			_, dir, err := userThemes()
			if err != nil {
				return err
			}
			to := filepath.Join(dir, name+".toml")
			if _, err := os.Stat(to); err == nil && !force {
				return &run.Error{Code: run.EUsage, Text: to + " is there already", Hint: "give another --name, or --force to replace it"}
			}
			err = os.MkdirAll(dir, 0o700)
			if err == nil {
				err = os.WriteFile(to, file, 0o600)
			}
			if err != nil {
				return &run.Error{Code: run.EInput, Text: "cannot write " + to, Err: err}
			}
			for _, n := range notes {
				fmt.Fprintln(s.err, n)
			}
			_, err = fmt.Fprintf(s.out, "%s\nassay config set ui.theme %s chooses it\n", to, name)
			return err
		},
	}
	c.Flags().StringVar(&name, "name", "", "name of the theme; empty takes that of the file")
	c.Flags().BoolVar(&force, "force", false, "replace a theme of that name")
	return c
}

// knownTheme says what is wrong with the theme of a name, nil for nothing.
func knownTheme(name string) error {
	if name == "auto" {
		return nil
	}
	set, _, err := userThemes()
	if err != nil {
		return err
	}
	if _, err := set.Resolve(name, themes.TrueColor); err != nil {
		return themeFault(err)
	}
	return nil
}

// themeFault is the error of a theme that cannot be used, which says which and where.
func themeFault(err error) error {
	return &run.Error{Code: run.EUsage, Text: err.Error()}
}
