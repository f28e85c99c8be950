package cli

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// resource is a program that some work needs and that no build brings along. A
// bench that needs another adds a line to resources.
type resource struct {
	area    string
	purpose string     // what cannot be done without it
	ask     [][]string // commands, the first of which that answers is taken
	get     string     // how to come by it
}

const askTorch = "import torch; print('torch', torch.__version__)"

var resources = []resource{
	{"go toolchain", "reproducers of findings are built with it, and the Go compiler is a target of the fuzzer",
		[][]string{{"go", "version"}}, "https://go.dev/dl, or apt-get install golang-go"},
	{"c compiler", "gcc is a target of the compiler fuzzer", [][]string{{"gcc", "--version"}}, "apt-get install gcc"},
	{"pytorch", "PyTorch is a target of the fuzzers, and reproducers for it are Python programs",
		[][]string{{"python3", "-c", askTorch}, {"/usr/bin/python3", "-c", askTorch}}, "pip install torch, or apt-get install python3-torch"},
}

// examineResources looks for what optional work needs. None of it is a problem: the
// rest works without.
func examineResources(ctx context.Context) []diagnosis {
	var out []diagnosis
	for _, r := range resources {
		out = append(out, r.examine(ctx))
	}
	return out
}

func (r resource) examine(ctx context.Context) diagnosis {
	const patience = 20 * time.Second // a first import of PyTorch reads some hundred megabytes
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	d := diagnosis{Area: r.area, Status: "note", Next: r.get, Text: r.ask[0][0] + " is not there: " + r.purpose}
	for _, ask := range r.ask {
		path, err := exec.LookPath(ask[0])
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, ask[1:]...).Output()
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			d.Text = path + " did not answer within " + patience.String()
			return d
		case err == nil && first != "":
			return diagnosis{Area: r.area, Status: "ok", Text: first + " (" + path + ")"}
		}
		d.Text = path + " cannot be used: " + r.purpose
	}
	return d
}
