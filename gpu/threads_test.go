package gpu

import (
	"os"
	"testing"
)

func TestCgroupQuota(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  float64
	}{
		{"none", nil, 0},
		{"version 2, unlimited", map[string]string{
			"/proc/self/cgroup":                   "0::/user.slice/a\n",
			"/sys/fs/cgroup/user.slice/a/cpu.max": "max 100000\n"}, 0},
		{"version 2, own limit", map[string]string{
			"/proc/self/cgroup":                   "0::/user.slice/a\n",
			"/sys/fs/cgroup/user.slice/a/cpu.max": "250000 100000\n"}, 2.5},
		{"version 2, tighter parent", map[string]string{
			"/proc/self/cgroup":                   "0::/user.slice/a\n",
			"/sys/fs/cgroup/user.slice/a/cpu.max": "400000 100000\n",
			"/sys/fs/cgroup/user.slice/cpu.max":   "150000 100000\n"}, 1.5},
		{"version 2, seen from inside a container", map[string]string{
			"/proc/self/cgroup":      "0::/docker/4f\n",
			"/sys/fs/cgroup/cpu.max": "765000 100000\n"}, 7.65},
		{"version 1", map[string]string{
			"/proc/self/cgroup":                              "5:memory:/b\n3:cpu,cpuacct:/b\n0::/\n",
			"/sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_quota_us":  "50000\n",
			"/sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_period_us": "100000\n"}, 0.5},
		{"version 1, unlimited", map[string]string{
			"/proc/self/cgroup":                    "1:cpu:/\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_quota_us":  "-1\n",
			"/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 0},
		{"garbage", map[string]string{
			"/proc/self/cgroup":      "nonsense\n0::\n",
			"/sys/fs/cgroup/cpu.max": "a b\n"}, 0},
	} {
		got := cgroupQuota(func(name string) ([]byte, error) {
			if text, ok := c.files[name]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		})
		if got != c.want {
			t.Errorf("%s: %g, expected %g", c.name, got, c.want)
		}
	}
}

func TestThreadCountStaysWithinItsBounds(t *testing.T) {
	t.Setenv("ASSAY_THREADS", "")
	n, err := threadCount(0)
	if err != nil || n < 1 || n > maxThreads || n > max(affinityCount(), 1) {
		t.Errorf("%d threads, %v", n, err)
	}
}
