package worker

import (
	"fmt"
	"os"
	"strings"
)

// host names this machine and its boot; both are in the row of each run.
type host struct {
	name string
	boot string
}

func thisHost() (host, error) {
	name, err := os.Hostname()
	if err != nil {
		return host{}, err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return host{}, fmt.Errorf("boot id: %w", err)
	}
	return host{name, strings.TrimSpace(string(boot))}, nil
}
