package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/run"
)

// notesDoc is the document of the commands that write on a run.
type notesDoc struct {
	ID      run.ID   `json:"run_id"`
	Tags    []string `json:"tags"`
	Starred bool     `json:"starred"`
	Note    string   `json:"note"`
}

// written prints what is written on a run now.
func (a *app) written(ctx context.Context, s streams, id run.ID, asJSON bool, line func(run.Run) string) error {
	r, err := a.store.Run(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(s.out, notesDoc{r.ID, append([]string{}, r.Tags...), r.Starred, r.Note})
	}
	_, err = fmt.Fprintln(s.out, line(r))
	return err
}

// manyArgs lets a command on a run take more than the run.
func manyArgs(use, short, long, example string, bind func(*cobra.Command), do func(ctx context.Context, a *app, r run.Run, rest []string) error) *cobra.Command {
	var rest []string
	c := runCommand("", short, bind, func(ctx context.Context, a *app, r run.Run) error { return do(ctx, a, r, rest) })
	c.Use, c.Example, c.Args = use, example, usageArgs(cobra.MinimumNArgs(1))
	c.Long = long + "\n" + c.Long[strings.IndexByte(c.Long, '\n')+1:]
	one := c.RunE
	c.RunE = func(cmd *cobra.Command, args []string) error {
		rest = args[1:]
		return one(cmd, args[:1])
	}
	return c
}

func newRunTag(s streams) *cobra.Command {
	var asJSON, remove bool
	return manyArgs("tag RUN [TAG...]", "Add tags to a run, or take some away", "tag adds words to a run, which the filter tag:word finds; without one it prints those that are there.",
		"  assay run tag @1 paper baseline\n  assay run tag @1 baseline --remove",
		func(c *cobra.Command) {
			c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
			c.Flags().BoolVar(&remove, "remove", false, "take the tags away")
		},
		func(ctx context.Context, a *app, r run.Run, tags []string) error {
			write := a.store.Tag
			if remove {
				write = a.store.Untag
			}
			for _, t := range tags {
				if err := write(ctx, r.ID, t); err != nil {
					return err
				}
			}
			return a.written(ctx, s, r.ID, asJSON, func(r run.Run) string {
				return strings.TrimSpace(r.Name + "  " + orNone(strings.Join(r.Tags, " ")))
			})
		})
}

func newRunStar(s streams) *cobra.Command {
	var asJSON, off bool
	return runCommand("star", "Give a run a star, which db gc never removes",
		func(c *cobra.Command) {
			c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
			c.Flags().BoolVar(&off, "off", false, "take the star away")
		},
		func(ctx context.Context, a *app, r run.Run) error {
			if err := a.store.Star(ctx, r.ID, !off); err != nil {
				return err
			}
			return a.written(ctx, s, r.ID, asJSON, func(r run.Run) string {
				if r.Starred {
					return r.Name + "  *"
				}
				return r.Name + "  no star"
			})
		})
}

func newRunNote(s streams) *cobra.Command {
	var asJSON bool
	return manyArgs("note RUN [TEXT]", "Write a note on a run, or print it", "note replaces the note of a run, in Markdown; - reads it from standard input, an empty text takes it away,\nand without a text it is printed.",
		"  assay run note @1 'the one of figure 3'\n  assay run note @1 - < note.md\n  assay run note @1",
		func(c *cobra.Command) { c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document") },
		func(ctx context.Context, a *app, r run.Run, words []string) error {
			const longest = 64 << 10 // bytes; a note is shown whole and read with every run
			if len(words) > 0 {
				text := strings.Join(words, " ")
				if text == "-" {
					b, err := io.ReadAll(io.LimitReader(s.in, longest+1))
					if err != nil {
						return &run.Error{Code: run.EInput, Text: "read the note", Err: err}
					}
					text = string(b)
				}
				if len(text) > longest {
					return &run.Error{Code: run.EInput, Text: "the note is longer than 64 KiB", Hint: "keep a file, and note where it is"}
				}
				if err := a.store.Note(ctx, r.ID, strings.TrimSpace(text)); err != nil {
					return err
				}
			}
			return a.written(ctx, s, r.ID, asJSON, func(r run.Run) string { return r.Note })
		})
}
