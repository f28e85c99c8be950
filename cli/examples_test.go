package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// exampleLines are the command lines in the help of a command.
func exampleLines(c *cobra.Command) []string {
	var out []string
	for l := range strings.SplitSeq(c.Example, "\n") {
		if strings.Contains(l, "assay ") {
			out = append(out, strings.TrimSpace(l))
		}
	}
	return out
}

// Every command has three examples, or as many as it has things to say: one, and one
// for each flag and argument.
func TestEveryCommandHasExamples(t *testing.T) {
	root := newRoot(streams{})
	known := map[string]bool{}
	eachCommand(root, func(c *cobra.Command) {
		path := strings.TrimPrefix(c.CommandPath(), "assay ")
		known[path] = true
		if c.Hidden || c.HasSubCommands() || c.IsAdditionalHelpTopicCommand() {
			return
		}
		want := len(strings.Fields(c.Use))
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" {
				want++
			}
		})
		lines := exampleLines(c)
		if len(lines) < min(want, 3) {
			t.Errorf("%s: %d examples, want %d", path, len(lines), min(want, 3))
		}
		seen := map[string]bool{}
		for _, l := range lines {
			if seen[l] {
				t.Errorf("%s: an example comes twice: %s", path, l)
			}
			seen[l] = true
		}
	})
	for path := range moreExamples {
		if !known[path] {
			t.Errorf("examples of %q, which is no command", path)
		}
	}
}

// Every example is a line that the program takes: its command exists, its flags can
// be read, and it has as many arguments as are needed.
func TestExamplesAreTakenByTheProgram(t *testing.T) {
	n := 0
	eachCommand(newRoot(streams{}), func(c *cobra.Command) {
		for _, line := range exampleLines(c) {
			for _, words := range commandsIn(line) {
				n++
				root := newRoot(streams{}) // flags keep what they were given
				found, rest, err := root.Find(words)
				if err != nil {
					t.Errorf("%s: %v", line, err)
					continue
				}
				if err := found.ParseFlags(rest); err != nil {
					t.Errorf("%s: %v", line, err)
					continue
				}
				if err := found.ValidateArgs(found.Flags().Args()); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				if err := found.ValidateRequiredFlags(); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				if k, err := kinds().Find(found.Annotations[kindAnnotation]); err == nil {
					given := map[string]any{}
					found.Flags().Visit(func(f *pflag.Flag) {
						if p, ok := k.Schema.Find(f.Name); ok {
							given[p.Key()] = f.Value.String()
						}
					})
					if _, err := k.Schema.Complete(given); err != nil && !strings.Contains(line, "$(") {
						t.Errorf("%s: %v", line, err)
					}
				}
			}
		}
	})
	if n < 150 {
		t.Errorf("only %d examples were read", n)
	}
}

// commandsIn takes the commands of this program out of a line for a shell, without
// what other programs get of it.
func commandsIn(line string) [][]string {
	var out [][]string
	for part := range strings.SplitSeq(line, "|") {
		_, after, ok := strings.Cut(" "+part, " assay ")
		if !ok || strings.Contains(part, "$(assay") && !strings.HasPrefix(strings.TrimSpace(part), "assay") {
			continue
		}
		after, _, _ = strings.Cut(after, " > ")
		var words []string
		for i, w := range strings.Split(after, "'") {
			switch {
			case i%2 == 1:
				words = append(words, w)
			default:
				words = append(words, inQuotes(w)...)
			}
		}
		out = append(out, words)
	}
	return out
}

// inQuotes splits at blanks but for those between double quotes.
func inQuotes(text string) []string {
	var out []string
	for i, w := range strings.Split(text, `"`) {
		if i%2 == 1 {
			out = append(out, w)
		} else {
			out = append(out, strings.Fields(w)...)
		}
	}
	return out
}
