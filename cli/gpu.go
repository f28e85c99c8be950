package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"assay/core/run"
	"assay/gpu"
	gpubench "assay/gpu/bench"
)

func newGPU(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "gpu", Short: "Show the devices that runs can use",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return printDevices(s, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.AddCommand(newGPUBench(s))
	return c
}

type deviceDoc struct {
	Kind        string   `json:"kind"`
	Name        string   `json:"name"`
	ISA         string   `json:"isa"`
	ISAs        []string `json:"isas"`
	Threads     int      `json:"threads"`
	MemoryBytes uint64   `json:"memory_bytes"`
}

type absentDoc struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// devicesDoc is the document of `assay gpu`.
type devicesDoc struct {
	Devices []deviceDoc `json:"devices"`
	Absent  []absentDoc `json:"absent"`
}

func printDevices(s streams, asJSON bool) error {
	infos, problems := gpu.List()
	doc := devicesDoc{Devices: []deviceDoc{}, Absent: []absentDoc{}}
	for _, i := range infos {
		doc.Devices = append(doc.Devices, deviceDoc{i.Kind, i.Name, i.ISA, i.ISAs, i.Threads, i.MemoryBytes})
	}
	for _, p := range problems {
		doc.Absent = append(doc.Absent, absentDoc{p.Kind, p.Text})
	}
	if asJSON {
		return printJSON(s.out, doc)
	}
	for _, d := range doc.Devices {
		fmt.Fprintf(s.out, "%s  %s  %s of %v  %d threads  %.1f GB\n", d.Kind, d.Name, d.ISA, d.ISAs, d.Threads, float64(d.MemoryBytes)/1e9)
	}
	for _, a := range doc.Absent {
		fmt.Fprintf(s.out, "%s  absent: %s\n", a.Kind, a.Text)
	}
	if len(infos) == 0 {
		return &run.Error{Code: run.ENoDevice, Text: "no device can be used"}
	}
	return nil
}

func newGPUBench(s streams) *cobra.Command {
	var asJSON bool
	var device string
	c := &cobra.Command{
		Use: "bench", Short: "Measure the rate of every op and its share of the roofline",
		Long: "bench measures the peak FMA rate and the read bandwidth of this machine, then times each op of the compute module.\n" +
			"roofline_share is the time that the op would take at those peaks, over the time it took.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dev, err := gpu.Open(device, gpu.Options{})
			if err != nil {
				return deviceError(err)
			}
			defer dev.Close()
			return benchDevice(cmd.Context(), s, dev, asJSON)
		},
	}
	c.Flags().StringVar(&device, "device", "auto", "device to measure")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// ratesDoc is the document of `assay gpu bench`.
type ratesDoc struct {
	Device  deviceDoc         `json:"device"`
	Results []gpubench.Result `json:"results"`
}

func benchDevice(ctx context.Context, s streams, dev *gpu.Device, asJSON bool) error {
	bar := isTerminal(s.err)
	results, err := gpubench.Run(ctx, dev, func(done, total int, r gpubench.Result) {
		if bar {
			fmt.Fprintf(s.err, "\r\x1b[K%d of %d  %s %s", done, total, r.Op, r.Shape)
		}
	})
	if bar {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	i := dev.Info()
	if asJSON {
		return printJSON(s.out, ratesDoc{deviceDoc{i.Kind, i.Name, i.ISA, i.ISAs, i.Threads, i.MemoryBytes}, results})
	}
	fmt.Fprintf(s.out, "%s  %s kernels  %d threads\n", i.Name, i.ISA, i.Threads)
	t := table(s.out)
	fmt.Fprintln(t, "op\tshape\ttype\tms\tGFLOP/s\tGB/s\tof roofline\tlimit")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%.1f\t%.1f\t%.0f%%\t%s\n", r.Op, r.Shape, r.DType, 1e3*r.Seconds, r.GFLOPS, r.GBs, 100*r.RooflineShare, r.Limit)
	}
	return t.Flush()
}
