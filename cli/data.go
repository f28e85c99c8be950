package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"assay/core/prune/data"
	prunejob "assay/core/prune/job"
)

// newData is the group of commands over image sets.
func newData(s streams) *cobra.Command {
	return group("data", "Look at image sets, and import them", newDataLs(s), newDataImport(s))
}

// setsDoc is the document of `assay data ls`.
type setsDoc struct {
	Sets []prunejob.DataDoc `json:"sets"`
}

func newDataLs(s streams) *cobra.Command {
	l := listing[prunejob.DataDoc]{name: func(d prunejob.DataDoc) string { return d.Name }}
	c := &cobra.Command{
		Use: "ls [FOLDER...]", Short: "List the image set that ships, and check folders of others",
		Long:    "ls reads every set whole and checks sizes, magic numbers and labels; it ends with 1 where one is damaged.",
		Example: "  assay data ls\n  assay data ls cifar-10-batches-bin --json",
		RunE: func(_ *cobra.Command, args []string) error {
			d := setsDoc{Sets: []prunejob.DataDoc{}}
			for _, where := range append([]string{data.MNIST}, args...) {
				one, err := prunejob.Data(where)
				if err != nil {
					return err
				}
				d.Sets = append(d.Sets, one)
			}
			return l.write(s, d, d.Sets, d.print)
		},
	}
	l.bind(c)
	return c
}

// print lists image sets for people.
func (d setsDoc) print(w io.Writer) error {
	t := table(w)
	fmt.Fprintln(t, "set\tshape\tclasses\ttraining\ttest\tfrom")
	for _, x := range d.Sets {
		from := x.From
		if from == data.MNIST {
			from = "built in"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\n", x.Name, shapeText(x.Shape), len(x.Classes), x.Train, x.Test, from)
	}
	return t.Flush()
}

func newDataImport(s streams) *cobra.Command {
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use: "import FOLDER", Short: "Turn a folder of images by class into CIFAR-10's binary form",
		Long: "import reads FOLDER/train/CLASS/* and FOLDER/test/CLASS/*, PNG or JPEG files of 32x32 pixels, and writes\n" +
			"data_batch_1.bin to data_batch_5.bin, test_batch.bin and batches.meta.txt. Classes are numbered by their names.\n" +
			"JPEG is lossy: a set with any is called cifar10-jpeg in every result.",
		Example: "  assay data import CIFAR-10-images --out cifar-10",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				out = args[0] + "-bin"
			}
			d, err := prunejob.ImportData(cmd.Context(), args[0], out, func(done, total int) {
				if done%5000 == 0 || done == total {
					fmt.Fprintf(s.err, "%d of %d images\n", done, total)
				}
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			_, err = fmt.Fprintf(s.out, "%s: %d training and %d test images of %d classes in %s\n", d.Name, d.Train, d.Test, len(d.Classes), d.Dir)
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to write; empty is FOLDER-bin")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}
