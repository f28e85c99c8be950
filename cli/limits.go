package cli

import (
	"time"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/worker"
)

// limits are what a command may let the process of its run take.
type limits struct {
	memory config.Bytes
	stall  time.Duration
}

func (l *limits) bind(c *cobra.Command) {
	c.Flags().Var(&l.memory, "memory", "most memory of the run's process, such as 8GiB, at least 256MiB; 0 B is no limit")
	c.Flags().DurationVar(&l.stall, "stall", 0, "end the run when it reports nothing for so long; 0 is the kind's own limit, mostly 2m")
}

// apply puts the limits into what a run is started with.
func (l limits) apply(o worker.StartOptions) worker.StartOptions {
	o.Memory, o.Stall = int64(l.memory), l.stall
	return o
}
