package gpu

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// threadCount resolves Options.Threads: the option, then ASSAY_THREADS, then
// what affinity and cgroup quota allow.
func threadCount(option int) (int, error) {
	n, source := option, "Options.Threads"
	if n == 0 {
		if v := os.Getenv("ASSAY_THREADS"); v != "" {
			source = "ASSAY_THREADS"
			i, err := strconv.Atoi(v)
			if err != nil || i < 1 {
				return 0, &Error{Op: "Open", Arg: source, Err: ErrRange, Expected: "1 to 64", Got: strconv.Quote(v)}
			}
			n = i
		}
	}
	if n == 0 {
		// Rounded down: one spinning thread too many under a quota costs a
		// multiple of what the last fraction of a CPU could bring.
		n = affinityCount()
		if q := cgroupQuota(os.ReadFile); q > 0 && int(q) < n {
			n = int(q)
		}
		return min(max(n, 1), maxThreads), nil
	}
	if n < 1 || n > maxThreads {
		return 0, &Error{Op: "Open", Arg: source, Err: ErrRange, Expected: "1 to 64", Got: strconv.Itoa(n)}
	}
	return n, nil
}

// cgroupQuota returns the smallest CPU quota, in CPUs, of the cgroups that this
// process is in (version 2 up the hierarchy, and version 1), or 0 without one.
func cgroupQuota(read func(string) ([]byte, error)) float64 {
	self, err := read("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	best := 0.0
	note := func(q float64) {
		if q > 0 && (best == 0 || q < best) {
			best = q
		}
	}
	for line := range strings.Lines(string(self)) {
		// hierarchy-ID:controller-list:path
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[0] == "0" && f[1] == "":
			for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
				ascend(f[2], func(dir string) { note(quotaV2(read, root+dir)) })
			}
		case hasController(f[1], "cpu"):
			for _, root := range []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"} {
				ascend(f[2], func(dir string) { note(quotaV1(read, root+dir)) })
			}
		}
	}
	return best
}

// ascend calls visit with dir and each of its parents. Inside a container the
// path may not exist below the mount; then only the root is found.
func ascend(dir string, visit func(string)) {
	dir = path.Clean("/" + dir)
	for dir != "/" {
		visit(dir)
		dir = path.Dir(dir)
	}
	visit("")
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}

func quotaV2(read func(string) ([]byte, error), dir string) float64 {
	b, err := read(dir + "/cpu.max")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) != 2 || f[0] == "max" {
		return 0
	}
	return ratio(f[0], f[1])
}

func quotaV1(read func(string) ([]byte, error), dir string) float64 {
	q, err := read(dir + "/cpu.cfs_quota_us")
	if err != nil {
		return 0
	}
	p, err := read(dir + "/cpu.cfs_period_us")
	if err != nil {
		return 0
	}
	return ratio(strings.TrimSpace(string(q)), strings.TrimSpace(string(p)))
}

func ratio(quota, period string) float64 {
	q, err := strconv.ParseFloat(quota, 64)
	if err != nil || q <= 0 {
		return 0
	}
	p, err := strconv.ParseFloat(period, 64)
	if err != nil || p <= 0 {
		return 0
	}
	return q / p
}
