package telemetry

import (
	"path"
	"slices"
	"strings"
	"time"
)

// groupTimes are the counters of a control group that shares are made of.
type groupTimes struct {
	dir                string // of the level that limits; "" where none does
	used               float64
	periods, throttled float64
}

// readGroup finds the tightest limits among the control groups of this process
// and what is used under them. The compute module reads the same quota to size its
// thread pool; it rests on nothing of ours, so this is written twice.
func (r *HostReader) readGroup(h *Host, now time.Time) {
	before := r.group
	r.group = groupTimes{}
	self, err := r.text("proc/self/cgroup")
	if err != nil {
		why := Missing(err.Error())
		h.Group = Group{why, why, why, why, why}
		return
	}
	none := Missing("no limit")
	g := Group{CPULimit: none, CPUUsed: none, Throttled: none, MemLimit: none, MemUsed: none}
	for l := range strings.Lines(self) {
		// hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers.
		f := strings.SplitN(strings.TrimSpace(l), ":", 3)
		if len(f) != 3 {
			continue
		}
		controllers := strings.Split(f[1], ",")
		switch {
		case f[0] == "0" && f[1] == "":
			for _, root := range []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"} {
				levels(root, f[2], func(dir string) { r.cpuV2(dir, &g); r.memV2(dir, &g) })
			}
		case contains(controllers, "cpu"):
			for _, root := range []string{"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"} {
				levels(root, f[2], func(dir string) { r.cpuV1(dir, &g) })
			}
		case contains(controllers, "memory"):
			levels("sys/fs/cgroup/memory", f[2], func(dir string) { r.memV1(dir, &g) })
		}
	}
	if total, ok := h.MemTotal.Get(); ok && g.MemLimit.Or(0) >= total {
		g.MemLimit, g.MemUsed = none, none // a limit above what there is limits nothing
	}
	h.Group = g
	if r.group.dir == "" {
		return
	}
	seconds := now.Sub(r.at).Seconds()
	if before.dir != r.group.dir || seconds <= 0 {
		h.Group.CPUUsed, h.Group.Throttled = Missing(firstReading), Missing(firstReading)
		return
	}
	if r.group.used < 0 {
		h.Group.CPUUsed = Missing("the usage is not counted")
	} else {
		h.Group.CPUUsed = Of(max((r.group.used-before.used)/seconds, 0))
	}
	switch periods := r.group.periods - before.periods; {
	case r.group.periods < 0:
		h.Group.Throttled = Missing("throttling is not counted")
	case periods > 0:
		h.Group.Throttled = Of(clamp((r.group.throttled - before.throttled) / periods))
	default:
		h.Group.Throttled = Of(0) // nothing ran, nothing was held back
	}
}

// levels visits a group and each of its parents. Inside a container the path may
// not exist below the mount; then only the root is found.
func levels(root, group string, visit func(dir string)) {
	for dir := path.Clean("/" + group); dir != "/"; dir = path.Dir(dir) {
		visit(root + dir)
	}
	visit(root)
}

func contains(list []string, name string) bool {
	return slices.Contains(list, name)
}

// noteCPU keeps a quota where it is tighter than what was found before.
func (r *HostReader) noteCPU(g *Group, dir string, quota, period float64, times groupTimes) {
	if quota <= 0 || period <= 0 {
		return
	}
	limit := quota / period
	if had, ok := g.CPULimit.Get(); ok && had <= limit {
		return
	}
	g.CPULimit = Of(limit)
	times.dir = dir
	r.group = times
}

func (r *HostReader) cpuV2(dir string, g *Group) {
	text, err := r.text(dir + "/cpu.max")
	f := strings.Fields(text)
	if err != nil || len(f) != 2 || f[0] == "max" {
		return
	}
	times := groupTimes{used: -1, periods: -1}
	if stat, err := r.text(dir + "/cpu.stat"); err == nil {
		times = groupTimes{used: number(field(stat, "usage_usec ")) / 1e6, periods: number(field(stat, "nr_periods ")), throttled: number(field(stat, "nr_throttled "))}
	}
	r.noteCPU(g, dir, number(f[0]), number(f[1]), times)
}

func (r *HostReader) cpuV1(dir string, g *Group) {
	quota, err := r.text(dir + "/cpu.cfs_quota_us")
	if err != nil {
		return
	}
	period, err := r.text(dir + "/cpu.cfs_period_us")
	if err != nil {
		return
	}
	times := groupTimes{used: -1, periods: -1}
	if stat, err := r.text(dir + "/cpu.stat"); err == nil {
		times.periods, times.throttled = number(field(stat, "nr_periods ")), number(field(stat, "nr_throttled "))
	}
	if used, err := r.text(dir + "/cpuacct.usage"); err == nil {
		times.used = number(strings.TrimSpace(used)) / 1e9
	}
	r.noteCPU(g, dir, number(strings.TrimSpace(quota)), number(strings.TrimSpace(period)), times)
}

// noteMemory keeps a limit where it is tighter than what was found before. Cache
// of files that nobody has used lately does not count as used: the kernel drops it
// before it would end a process.
func noteMemory(g *Group, limit, used, cache float64) {
	const unlimited = 1 << 60 // version 1 writes a number near 2^63 for none
	if limit <= 0 || limit >= unlimited {
		return
	}
	if had, ok := g.MemLimit.Get(); ok && had <= limit {
		return
	}
	g.MemLimit, g.MemUsed = Of(limit), Of(max(used-cache, 0))
}

func (r *HostReader) memV2(dir string, g *Group) {
	limit, err := r.text(dir + "/memory.max")
	if err != nil || strings.TrimSpace(limit) == "max" {
		return
	}
	used, err := r.text(dir + "/memory.current")
	if err != nil {
		return
	}
	stat, err := r.text(dir + "/memory.stat")
	if err != nil {
		stat = "" // the cache then counts as used
	}
	noteMemory(g, number(strings.TrimSpace(limit)), number(strings.TrimSpace(used)), number(field(stat, "inactive_file ")))
}

func (r *HostReader) memV1(dir string, g *Group) {
	limit, err := r.text(dir + "/memory.limit_in_bytes")
	if err != nil {
		return
	}
	used, err := r.text(dir + "/memory.usage_in_bytes")
	if err != nil {
		return
	}
	stat, err := r.text(dir + "/memory.stat")
	if err != nil {
		stat = "" // the cache then counts as used
	}
	noteMemory(g, number(strings.TrimSpace(limit)), number(strings.TrimSpace(used)), number(field(stat, "total_inactive_file ")))
}
