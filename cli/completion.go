package cli

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
)

func newCompletion(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Print what makes a shell complete commands, flags and runs",
		Long: "completion prints a script for a shell. It asks assay itself, so it knows the runs, kinds, themes and settings that are there.",
		Example: "  assay completion bash > ~/.local/share/bash-completion/completions/assay\n" +
			"  assay completion zsh > \"${fpath[1]}/_assay\"\n  assay completion fish > ~/.config/fish/completions/assay.fish",
		Args:      usageArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(s.out, true)
			case "zsh":
				return root.GenZshCompletion(s.out)
			case "fish":
				return root.GenFishCompletion(s.out, true)
			default:
				return root.GenPowerShellCompletionWithDesc(s.out)
			}
		},
	}
}

// completer gives what can stand at a place of the command line.
type completer = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

// completions hangs completers on every command of a tree, by the names that its
// usage line and its flags have for what they take. A new command needs nothing more.
func completions(root *cobra.Command) {
	words := map[string]completer{
		"RUN": completeRuns, "A": completeRuns, "B": completeRuns, "RUN...": completeRuns, "NAME": completeThemes, "KEY": completeSettings, "VALUE": completeValues,
		"COMMAND...": completeDocuments, "TAG...": completeTags, "DIR": completeFolders, "FOLDER": completeFolders, "FOLDER...": completeFolders,
	}
	flags := map[string]completer{
		"progress": fixed("auto", "none", "plain", "bar", "jsonl"), "kind": completeKinds, "bench": completeBenches, "filter": completeNothing,
		"model": completeFolders, "theme": completeThemes, "color": fixed(colors()...),
	}
	eachCommand(root, func(c *cobra.Command) {
		var places []completer
		for _, w := range strings.Fields(c.Use)[1:] {
			if strings.HasPrefix(w, "--") {
				break
			}
			places = append(places, words[strings.Trim(w, "[]")])
		}
		if c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 && len(places) > 0 {
			last := places[len(places)-1]
			repeats := strings.HasSuffix(strings.Trim(c.Use, "[]"), "...")
			c.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
				at := last
				switch {
				case len(args) < len(places):
					at = places[len(args)]
				case !repeats:
					return nil, cobra.ShellCompDirectiveNoFileComp
				}
				if at == nil {
					return nil, cobra.ShellCompDirectiveDefault // a file
				}
				return at(cmd, args, word)
			}
		}
		schema := bench.Schema(nil)
		if k, err := kinds().Find(c.Annotations[kindAnnotation]); err == nil {
			schema = k.Schema
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			do := flags[f.Name]
			if p, ok := schema.Find(f.Name); ok && do == nil {
				do = completeParam(p)
			}
			if _, has := c.GetFlagCompletionFunc(f.Name); do == nil || has {
				return
			}
			if err := c.RegisterFlagCompletionFunc(f.Name, do); err != nil {
				panic("cli: " + err.Error()) // the flag was just found
			}
		})
	})
}

// completeParam gives the choices of a parameter, and of a list behind its last comma.
func completeParam(p bench.Param) completer {
	switch p.Type {
	case bench.Enum:
		return fixed(p.Choices...)
	case bench.Bool:
		return fixed("true", "false")
	case bench.Enums:
		return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			head := word[:strings.LastIndexByte(word, ',')+1]
			var out []string
			for _, c := range append([]string{"all"}, p.Choices...) {
				out = append(out, head+c)
			}
			return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
	case bench.Path, bench.String:
		return nil
	}
	return completeNothing
}

func fixed(words ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeNothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// completeFolders leaves it to the shell, which is to offer folders alone.
func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// newest reads the newest runs for a completion, or none where that takes too long. It
// makes nothing: where there is no history there is nothing to complete.
func newest(cmd *cobra.Command, f run.Filter) []run.Run {
	const patience = 2 * time.Second
	paths, err := config.Locate(config.Host())
	if err != nil {
		return nil
	}
	if _, err := os.Stat(paths.DB()); err != nil {
		return nil
	}
	parent := cmd.Context()
	if parent == nil {
		parent = context.Background() // cobra completes without the context of a command
	}
	ctx, stop := context.WithTimeout(parent, patience)
	defer stop()
	a, err := openStore(ctx)
	if err != nil {
		return nil
	}
	defer a.Close()
	list, err := a.store.Runs(ctx, f)
	if err != nil {
		return nil
	}
	return list
}

// completeTags gives the tags that the newest runs have.
func completeTags(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	const most = 1000
	var out []string
	for _, r := range newest(cmd, run.Filter{Limit: most}) {
		out = append(out, r.Tags...)
	}
	slices.Sort(out)
	return slices.Compact(out), cobra.ShellCompDirectiveNoFileComp
}

// completeRuns gives the newest runs by name and by id.
func completeRuns(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	const most = 100
	list := newest(cmd, run.Filter{Limit: most})
	if len(list) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	out := []string{cobra.CompletionWithDesc("@1", "the latest run")}
	for _, r := range list {
		about := string(r.State) + " " + r.Kind + " " + r.Headline
		out = append(out, cobra.CompletionWithDesc(r.Name, about))
		if word != "" && strings.HasPrefix(string(r.ID), strings.ToUpper(word)) {
			out = append(out, cobra.CompletionWithDesc(string(r.ID), about))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeThemes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	set, _, err := userThemes()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return set.Names(), cobra.ShellCompDirectiveNoFileComp
}

// completeSettings gives the keys of settings, and behind one its values.
func completeSettings(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, s := range config.Settings() {
		out = append(out, cobra.CompletionWithDesc(s.Key, s.Help))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeValues(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 && args[0] == "ui.theme" {
		return completeThemes(cmd, args, word)
	}
	if len(args) == 1 {
		if s, ok := config.Find(args[0]); ok {
			return s.Choices, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return completeNothing(cmd, args, word)
}

func completeKinds(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range kinds() {
		out = append(out, cobra.CompletionWithDesc(k.Name, k.Title))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeBenches(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.Bench())
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeDocuments gives the rest of the path of a command that prints a document.
func completeDocuments(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, c := range withDocuments(cmd.Root()) {
		path := strings.Fields(c.CommandPath())[1:]
		if len(path) > len(args) && strings.Join(path[:len(args)], " ") == strings.Join(args, " ") {
			out = append(out, path[len(args)])
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
