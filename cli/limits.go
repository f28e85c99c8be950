package cli

import (
	"time"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/worker"
)

// limits are what a command may let the process of its run take: what its flags
// say, else the settings.
type limits struct {
	memory config.Bytes
	stall  time.Duration
}

func (l *limits) bind(c *cobra.Command) {
	c.Flags().Var(&l.memory, "memory", "most memory of the run's process, such as 8GiB, at least 256MiB; 0 B is no limit")
	c.Flags().DurationVar(&l.stall, "stall", 0, "end the run when it reports nothing for so long; 0 is the kind's own limit, mostly 2m")
}

// apply puts the limits into what a run is started with. The error is about the
// settings.
func (l limits) apply(cmd *cobra.Command, o worker.StartOptions) (worker.StartOptions, error) {
	now, err := current()
	if err != nil {
		return o, err
	}
	if !cmd.Flags().Changed("memory") {
		l.memory = now.Bytes("run.memory")
	}
	if !cmd.Flags().Changed("stall") {
		l.stall = now.Span("run.stall")
	}
	o.Memory, o.Stall = int64(l.memory), l.stall
	return o, nil
}
