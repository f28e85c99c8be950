package telemetry_test

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"assay/core/telemetry"
)

// tree is a file system of the kernel that a test can change.
type tree fstest.MapFS

func (f tree) write(name, text string) tree {
	f[name] = &fstest.MapFile{Data: []byte(text)}
	return f
}

func (f tree) link(name, target string) tree {
	f[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
	return f
}

func reader(f tree) *telemetry.HostReader { return telemetry.NewHostReader(fstest.MapFS(f), 4096) }

var start = time.Unix(1_700_000_000, 0)

func near(t *testing.T, name string, v telemetry.Value, want float64) {
	t.Helper()
	if n, ok := v.Get(); !ok || math.Abs(n-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s is %v, want %g", name, v, want)
	}
}

func none(t *testing.T, name string, v telemetry.Value, why string) {
	t.Helper()
	if _, ok := v.Get(); ok || v.Why() != why {
		t.Errorf("%s is %v, want none because of %q", name, v, why)
	}
}

func machine() tree {
	f := tree{}
	f.write("proc/stat", "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 50 0 50 400 0 0 0 0 25 0\ncpu1 50 0 50 400 0 0 0 0 25 0\nintr 5 1 2\n")
	f.write("proc/loadavg", "1.50 2.25 3.00 2/300 4711\n")
	f.write("proc/meminfo", "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\nSwapTotal:       50 kB\nSwapFree:        20 kB\n")
	f.write("proc/self/status", "Name:\tassay\nCpus_allowed_list:\t0-1,7\n")
	f.write("proc/self/cgroup", "0::/\n")
	return f
}

func TestHostSharesAreOfTheTimeBetween(t *testing.T) {
	f := machine()
	r := reader(f)
	h := r.Read(start)
	none(t, "busy", h.Busy, "first sample")
	near(t, "load of a minute", h.Load1, 1.5)
	near(t, "load of five", h.Load5, 2.25)
	near(t, "load of fifteen", h.Load15, 3)
	near(t, "memory", h.MemTotal, 1000*1024)
	near(t, "memory used", h.MemUsed, 600*1024)
	near(t, "swap used", h.SwapUsed, 30*1024)
	if h.CPUs != 2 || h.Allowed != 3 {
		t.Errorf("%d processors, %d allowed; want 2 and 3", h.CPUs, h.Allowed)
	}
	// Of 200 ticks 50 are idle, 20 waiting, 30 stolen; cpu0 works all the time.
	f.write("proc/stat", "cpu  200 0 100 850 20 0 0 30 50 0\ncpu0 150 0 50 400 0 0 0 0 25 0\ncpu1 50 0 50 450 20 0 0 30 25 0\n")
	h = r.Read(start.Add(time.Second))
	near(t, "busy", h.Busy, .65)
	near(t, "waiting", h.Waiting, .1)
	near(t, "stolen", h.Stolen, .15)
	near(t, "busiest", h.Busiest, 1)
	// Nothing passed, or counters went back: no share, and no crash.
	h = r.Read(start.Add(2 * time.Second))
	none(t, "busy where no time passed", h.Busy, "not a number")
	f.write("proc/stat", "cpu  1 0 0 1 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n")
	h = r.Read(start.Add(3 * time.Second))
	none(t, "busiest where a processor went", h.Busiest, "processors came or went")
	if n, ok := h.Busy.Get(); ok && (n < 0 || n > 1) {
		t.Errorf("busy is %g after counters went back", n)
	}
}

func TestHostWithoutFilesSaysSo(t *testing.T) {
	h := reader(tree{}).Read(start)
	none(t, "busy", h.Busy, "no /proc/stat here")
	none(t, "load", h.Load1, "no /proc/loadavg here")
	none(t, "memory", h.MemTotal, "no /proc/meminfo here")
	none(t, "limit", h.Group.CPULimit, "no /proc/self/cgroup here")
}

func TestGroupTakesTheTightestLevel(t *testing.T) {
	f := machine().write("proc/meminfo", "MemTotal: 67108864 kB\nMemAvailable: 60000000 kB\n")
	f.write("proc/self/cgroup", "0::/user.slice/job\n")
	stat := func(usec, periods, throttled int) string {
		return fmt.Sprintf("usage_usec %d\nuser_usec 1\nnr_periods %d\nnr_throttled %d\nthrottled_usec 9\n", usec, periods, throttled)
	}
	f.write("sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n").write("sys/fs/cgroup/user.slice/job/memory.max", "max\n")
	f.write("sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n").write("sys/fs/cgroup/user.slice/cpu.stat", stat(1_000_000, 100, 10))
	f.write("sys/fs/cgroup/cpu.max", "400000 100000\n").write("sys/fs/cgroup/cpu.stat", stat(9_000_000, 0, 0))
	f.write("sys/fs/cgroup/user.slice/memory.max", "8589934592\n").write("sys/fs/cgroup/user.slice/memory.current", "3221225472\n")
	f.write("sys/fs/cgroup/user.slice/memory.stat", "anon 5\ninactive_file 1073741824\nactive_file 1\n")
	r := reader(f)
	g := r.Read(start).Group
	near(t, "limit of processors", g.CPULimit, 1.5)
	none(t, "use", g.CPUUsed, "first sample")
	near(t, "limit of memory", g.MemLimit, 8<<30)
	near(t, "memory without droppable cache", g.MemUsed, 2<<30)
	f.write("sys/fs/cgroup/user.slice/cpu.stat", stat(3_500_000, 120, 15))
	g = r.Read(start.Add(2 * time.Second)).Group
	near(t, "use", g.CPUUsed, 1.25)
	near(t, "throttled", g.Throttled, .25)
	g = r.Read(start.Add(4 * time.Second)).Group
	near(t, "throttled where nothing ran", g.Throttled, 0)
}

func TestGroupOfVersionOne(t *testing.T) {
	f := machine().write("proc/meminfo", "MemTotal: 67108864 kB\nMemAvailable: 60000000 kB\n")
	f.write("proc/self/cgroup", "9:name=systemd:/\n4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n")
	// Inside a container the path of the host is not there: the mount is the group.
	f.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n").write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
	f.write("sys/fs/cgroup/cpu/cpu.stat", "nr_periods 10\nnr_throttled 0\nthrottled_time 0\n").write("sys/fs/cgroup/cpu/cpuacct.usage", "1000000000\n")
	f.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n").write("sys/fs/cgroup/memory/memory.usage_in_bytes", "536870912\n")
	f.write("sys/fs/cgroup/memory/memory.stat", "cache 9\ntotal_inactive_file 104857600\n")
	r := reader(f)
	g := r.Read(start).Group
	near(t, "limit of processors", g.CPULimit, 2)
	near(t, "limit of memory", g.MemLimit, 1<<30)
	near(t, "memory", g.MemUsed, 412<<20)
	f.write("sys/fs/cgroup/cpu/cpuacct.usage", "2500000000\n")
	near(t, "use", r.Read(start.Add(time.Second)).Group.CPUUsed, 1.5)
	f.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n").write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")
	g = r.Read(start.Add(2 * time.Second)).Group
	none(t, "limit of memory", g.MemLimit, "no limit")
	none(t, "limit of processors", g.CPULimit, "no limit")
	none(t, "throttled", g.Throttled, "no limit")
}

const runID = "01J9W2C6Q5V8Z0T4R7N3K1M9PX"

// process writes the files of a process.
func (f tree) process(pid int, exe, name, cmdline, start string, ticks, uid int) tree {
	dir := fmt.Sprintf("proc/%d", pid)
	if exe != "" {
		f.link(dir+"/exe", exe)
	}
	f.write(dir+"/stat", fmt.Sprintf("%d (%s) S 1 1 1 0 -1 4194560 100 0 0 0 %d 5 0 0 20 0 9 0 %s 1000000 256 18446744073709551615 1 1\n", pid, name, ticks, start))
	f.write(dir+"/cmdline", cmdline).write(dir+"/comm", name)
	return f.write(dir+"/status", fmt.Sprintf("Name:\t%s\nUid:\t%d\t%d\t%d\t%d\n", name, uid, uid, uid, uid))
}

func TestProcessesAreOursFirst(t *testing.T) {
	f := machine().write("etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
	f.link("proc/self/exe", "/opt/assay")
	f.process(20, "/usr/bin/vim", "vim", "vim\x00notes", "100", 50, 1000)
	f.process(30, "/opt/assay", "assay", "assay\x00", "200", 10, 1000)
	f.process(40, "/opt/assay (deleted)", "assay) (x", "/proc/self/exe\x00worker\x00--warm=true\x00"+runID+"\x00", "300", 100, 1000)
	f.process(50, "", "python3", "", "400", 1000, 1001)
	r := reader(f)
	use := map[int][]telemetry.Use{50: {{Index: 1, Memory: telemetry.Of(5)}}, 40: {{Index: 0, Memory: telemetry.Of(9)}}, 999: {{Index: 1}}}
	list := r.Processes(start, use)
	var pids []int
	for _, p := range list {
		pids = append(pids, p.PID)
		none(t, "share of the processors", p.CPU, map[bool]string{true: "", false: "first sample"}[p.PID == 999])
	}
	if fmt.Sprint(pids) != "[40 30 50 999]" {
		t.Fatalf("processes %v, want the worker, the screen, the one on the card, the hidden one", pids)
	}
	w := list[0]
	if !w.Ours || w.Role != "worker" || w.RunID != runID || w.User != "user" || w.Name != "assay) (x" || len(w.Cards) != 1 {
		t.Errorf("worker %+v", w)
	}
	near(t, "memory of the worker", w.RSS, 256*4096)
	if s := list[1]; !s.Ours || s.Role != "screen" || s.RunID != "" {
		t.Errorf("screen %+v", s)
	}
	if p := list[2]; p.Ours || p.Name != "python3" || p.User != "1001" {
		t.Errorf("process on a card %+v", p)
	}
	// 150 ticks in two seconds are three quarters of a processor.
	f.process(40, "/opt/assay", "assay", "/proc/self/exe\x00worker\x00"+runID+"\x00", "300", 250, 1000)
	list = r.Processes(start.Add(2*time.Second), use)
	near(t, "share of the processors", list[0].CPU, .75)
	near(t, "share of an idle process", list[2].CPU, 0)
	// Another process under the number of the worker: its time begins anew.
	f.process(40, "/usr/bin/vim", "vim", "vim\x00", "999", 9999, 1000)
	list = r.Processes(start.Add(3*time.Second), map[int][]telemetry.Use{40: {{Index: 0}}})
	for _, p := range list {
		if p.PID == 40 && (p.Ours || p.Role != "" || p.RunID != "" || p.CPU != telemetry.Missing("first sample")) {
			t.Errorf("a process that took over a number: %+v", p)
		}
	}
	delete(f, "proc/30/stat")
	for name := range f {
		if len(name) > 8 && name[:8] == "proc/30/" {
			delete(f, name)
		}
	}
	for _, p := range r.Processes(start.Add(4*time.Second), nil) {
		if p.PID == 30 || p.PID == 50 {
			t.Errorf("process %d is gone and still listed", p.PID)
		}
	}
}

func FuzzHostFiles(f *testing.F) {
	f.Add("cpu  1 2 3 4 5 6 7 8\ncpu0 1 2 3\n", "MemTotal: 5 kB\nMemAvailable: 7 kB", "0::/a/../b\n3:cpu:/x", "max 5", "7 (a) b) S 1 2 3")
	f.Add("", "", "", "", "")
	f.Fuzz(func(t *testing.T, stat, meminfo, groups, limit, process string) {
		tr := tree{}
		tr.write("proc/stat", stat).write("proc/meminfo", meminfo).write("proc/self/cgroup", groups).write("proc/loadavg", stat).write("proc/self/status", process)
		for _, dir := range []string{"sys/fs/cgroup", "sys/fs/cgroup/cpu", "sys/fs/cgroup/memory"} {
			for _, name := range []string{"cpu.max", "cpu.stat", "memory.max", "memory.current", "memory.stat", "cpu.cfs_quota_us", "cpu.cfs_period_us", "memory.limit_in_bytes", "memory.usage_in_bytes"} {
				tr.write(dir+"/"+name, limit)
			}
		}
		tr.link("proc/self/exe", "/a").link("proc/9/exe", "/a").write("proc/9/stat", process).write("proc/9/cmdline", process).write("proc/9/status", process)
		r := reader(tr)
		for i := range 3 {
			at := start.Add(time.Duration(i) * time.Second)
			s := telemetry.Sample{Host: r.Read(at), GPU: telemetry.GPU{State: telemetry.Absent}, Processes: r.Processes(at, map[int][]telemetry.Use{9: nil, 10: nil})}
			for name, v := range map[string]telemetry.Value{"busy": s.Host.Busy, "busiest": s.Host.Busiest, "waiting": s.Host.Waiting, "throttled": s.Host.Group.Throttled} {
				if n, ok := v.Get(); ok && !(n >= 0 && n <= 1) {
					t.Fatalf("%s is %g", name, n)
				}
			}
			if _, err := telemetry.Encode(s); err != nil {
				t.Fatal(err)
			}
			stat = stat + "9"
			tr.write("proc/stat", stat)
		}
	})
}

func TestGuardianIsNoSecondScreen(t *testing.T) {
	f := machine().link("proc/self/exe", "/opt/assay")
	f.process(30, "/opt/assay", "assay", "assay\x00", "200", 10, 1000)
	f.process(31, "/opt/assay", "assay", "assay\x00", "201", 10, 1000)
	f.process(40, "/opt/assay", "assay", "assay\x00", "202", 10, 1000)
	f.write("proc/31/stat", strings.Replace(string(f["proc/31/stat"].Data), "S 1 ", "S 30 ", 1))
	roles := map[int]string{}
	for _, p := range reader(f).Processes(start, nil) {
		roles[p.PID] = p.Role
	}
	if roles[30] != "guardian" || roles[31] != "screen" || roles[40] != "screen" {
		t.Errorf("roles %v", roles)
	}
}
