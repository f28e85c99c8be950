package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/prune"
	prunejob "assay/core/prune/job"
)

// pruneRunCommands makes the commands of the kinds that train and test.
func pruneRunCommands(s streams) []*cobra.Command {
	var out []*cobra.Command
	for _, k := range prunejob.Kinds() {
		switch k.Name {
		case "prune.train":
			out = append(out, newKind(s, k, "train", "  assay prune train --net lenet5 --epochs 12 --out lenet5.safetensors\n  assay prune train --net resnet20 --data cifar-10 --preset paper --detach", printerFor(k)))
		case "prune.try":
			out = append(out, newKind(s, k, "try", "  assay prune try --net lenet5 --checkpoint lenet5.safetensors --method snip --exponent 1.5\n  assay prune try --net spec.json --checkpoint mine.safetensors --method magnitude --exponent 98% --epochs 2 --out pruned.safetensors --json", printerFor(k)))
		case "prune.sensitivity":
			out = append(out, newKind(s, k, "sensitivity", "  assay prune sensitivity --net lenet5 --checkpoint lenet5.safetensors\n  assay prune sensitivity --net resnet20 --checkpoint mine.safetensors --data cifar-10 --exponents 0.5..2:0.5 --json", printerFor(k)))
		}
	}
	return append(out, newPruneShow(s))
}

func newPruneShow(s streams) *cobra.Command {
	var name string
	var asJSON bool
	c := &cobra.Command{
		Use: "show", Short: "Show a network: its layers, weights and multiply-adds",
		Example: "  assay prune show --net resnet20\n  assay prune show --net spec.json --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			d, err := prunejob.Show(name)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			return printNet(s.out, d)
		},
	}
	c.Flags().StringVar(&name, "net", "lenet5", "network: "+strings.Join(prune.Names(), ", ")+", or a description in a .json file")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printNet(w io.Writer, d prune.ShowDoc) error {
	fmt.Fprintf(w, "%s takes %v: %d prunable weights, %d parameters, %d multiply-adds\n\n", d.Net, d.Input, d.Prunable, d.Params, d.MACs)
	t := table(w)
	fmt.Fprintln(t, "layer\top\tin\tout\tparameters\tmultiply-adds")
	for _, n := range d.Nodes {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%d\n", n.Name, n.Op, shapeText(n.In), shapeText(n.Out), n.Params, n.MACs)
	}
	return t.Flush()
}

func shapeText(dims []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(dims), "[]"), " ", "x")
}

func printTrain(w io.Writer, d prune.TrainDoc) {
	t := table(w)
	fmt.Fprintln(t, "epoch\tloss\ttrain accuracy\ttest accuracy\timages/s")
	for _, e := range d.Epochs {
		rate := "-"
		if e.TrainMs > 0 {
			rate = fmt.Sprintf("%.0f", float64(d.TrainImages)/e.TrainMs*1000)
		}
		fmt.Fprintf(t, "%d\t%.4f\t%.4f\t%.4f\t%s\n", e.Epoch, e.Loss, e.TrainAccuracy, e.Accuracy, rate)
	}
	t.Flush()
	fmt.Fprintf(w, "accuracy %.4f on %d test images\n", d.Accuracy, d.TestImages)
	if d.Out != "" {
		fmt.Fprintf(w, "written to %s\n", d.Out)
	}
}

func printTry(w io.Writer, d prune.TryDoc) {
	fmt.Fprintf(w, "%s at 10^%g keeps %d of %d weights (effective sparsity %.5f), scored in %.0f ms\n", d.Method, d.Exponent, d.Kept, d.Prunable, d.EffectiveSparsity, d.ScoreMs)
	if len(d.Collapsed) > 0 {
		fmt.Fprintf(w, "collapsed: %s keeps nothing, no signal passes\n", strings.Join(d.Collapsed, ", "))
	}
	fmt.Fprintf(w, "accuracy %.4f before, %.4f after", d.Before.Accuracy, d.After.Accuracy)
	if d.Trained != nil {
		fmt.Fprintf(w, ", %.4f trained", d.Trained.Accuracy)
	}
	fmt.Fprintln(w)
	if d.Dense != nil {
		fmt.Fprintf(w, "the checkpoint: %d weights other than zero, effective sparsity %.5f, %d multiply-adds; %d are left\n", d.Dense.Kept, d.Dense.EffectiveSparsity, d.Dense.MACs, d.MACsKept)
	}
	t := table(w)
	fmt.Fprintln(t, "\nlayer\tbefore\tkept\tof\tlive")
	for i, l := range d.MaskDoc.Layers {
		before := l.Of
		if d.Dense != nil && i < len(d.Dense.Layers) {
			before = d.Dense.Layers[i].Kept
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\n", l.Name, before, l.Kept, l.Of, l.Live)
	}
	t.Flush()
	for _, text := range d.Warnings {
		fmt.Fprintf(w, "note: %s\n", text)
	}
	if d.Out != "" {
		fmt.Fprintf(w, "written to %s\n", d.Out)
	}
}

func printSensitivity(w io.Writer, d prune.SensitivityDoc) {
	fmt.Fprintf(w, "%s, dense accuracy %.4f on %d images; one layer pruned, the others whole:\n\n", d.Net, d.Dense.Accuracy, d.Dense.Images)
	var exponents []float64
	rows := map[string]map[float64]float64{}
	var names []string
	for _, l := range d.Layers {
		if rows[l.Name] == nil {
			rows[l.Name] = map[float64]float64{}
			names = append(names, l.Name)
		}
		if len(names) == 1 {
			exponents = append(exponents, l.Exponent)
		}
		rows[l.Name][l.Exponent] = l.Accuracy
	}
	t := table(w)
	fmt.Fprint(t, "layer")
	for _, x := range exponents {
		fmt.Fprintf(t, "\t10^%g", x)
	}
	fmt.Fprintln(t)
	for _, n := range names {
		fmt.Fprint(t, n)
		for _, x := range exponents {
			if a, ok := rows[n][x]; ok {
				fmt.Fprintf(t, "\t%.4f", a)
			} else {
				fmt.Fprint(t, "\t-")
			}
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}
