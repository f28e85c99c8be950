package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"assay/core/config"
	"assay/core/run"
)

func newMan(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page; assay man | man -l - shows it",
		Example: "  assay man > ~/.local/share/man/man1/assay.1",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(s.out, manPage(cmd.Root()))
			return err
		},
	}
}

// roff escapes a text for a line of a manual page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// manPage writes assay(1) from the commands themselves, so that it lists all of them.
func manPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(".TH ASSAY 1 \"\" \"assay\" \"User Commands\"\n")
	fmt.Fprintf(&b, ".SH NAME\nassay \\- %s\n", roff(lowerFirst(root.Short)))
	b.WriteString(".SH SYNOPSIS\n.B assay\n[\\fIRUN\\fR] [\\fB\\-\\-linear\\fR]\n.br\n.B assay\n\\fICOMMAND\\fR [\\fIFLAGS\\fR]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(root.Long))
	b.WriteString(".SH COMMANDS\n")
	eachCommand(root, func(c *cobra.Command) {
		if c == root || !c.Runnable() || c.HasSubCommands() && c.LocalFlags().Lookup("json") == nil {
			return
		}
		c.InitDefaultHelpFlag()
		fmt.Fprintf(&b, ".SS %s\n%s.\n", roff(c.UseLine()), roff(strings.TrimSuffix(c.Short, ".")))
		if c.Long != "" && c.Long != c.Short {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(strings.TrimSpace(c.Long)))
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			name, usage := pflag.UnquoteUsage(f)
			if name != "" {
				name = " \\fI" + roff(name) + "\\fR"
			}
			fmt.Fprintf(&b, ".TP\n\\fB\\-\\-%s\\fR%s\n%s", roff(f.Name), name, roff(usage))
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
				fmt.Fprintf(&b, " (default %s)", roff(f.DefValue))
			}
			b.WriteByte('\n')
		})
		if c.Example != "" {
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(c.Example, "\n")))
		}
	})
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range run.Exits() {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", e.Code, roff(e.Text))
	}
	b.WriteString(".SH ENVIRONMENT\n.TP\n.B ASSAY_HOME\nOne folder for data, settings, state and caches, in place of the XDG directories.\n")
	for _, v := range config.Settings() {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.Join(append([]string{v.Env()}, v.Names...), ", ")), roff(v.Help))
	}
	b.WriteString(".SH FILES\n.TP\n.I $XDG_CONFIG_HOME/assay/config.toml\nSettings; assay config show lists them.\n" +
		".TP\n.I $XDG_CONFIG_HOME/assay/keys.toml\nKeys of actions; assay keys lists them.\n" +
		".TP\n.I $XDG_DATA_HOME/assay/assay.db\nThe history of runs. assay locate prints every path.\n")
	return b.String()
}

func lowerFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
