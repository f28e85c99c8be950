package app

import (
	"fmt"

	"assay/core/bench"
	"assay/core/run"
)

// commandLine writes the command that starts the same run from a shell.
func commandLine(k bench.Kind, r run.Run) (string, error) {
	p, err := k.Schema.FromJSON(r.Params)
	if err != nil {
		return "", fmt.Errorf("parameters of run %s: %w", short(r.ID), err)
	}
	return k.CommandLine(p), nil
}
