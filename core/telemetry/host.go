package telemetry

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// HostReader measures the machine. Shares need two readings: in the first one they
// are missing. It is for one goroutine.
type HostReader struct {
	files fs.FS // the root of the file system
	page  float64

	cpus  []cpuTimes // of the reading before: all, then each
	group groupTimes
	at    time.Time

	procs procTable
}

// NewHostReader returns a reader of the file system below root, which is "/"
// outside tests; pageBytes is the size of a page of memory.
func NewHostReader(root fs.FS, pageBytes int) *HostReader {
	return &HostReader{files: root, page: float64(pageBytes)}
}

// firstReading is why a share is missing before the second reading.
const firstReading = "first sample"

// Read measures at now, which may come from any clock that does not jump. What
// cannot be read is missing, with the reason.
func (r *HostReader) Read(now time.Time) Host {
	var h Host
	r.readCPU(&h)
	r.readLoad(&h)
	r.readMemory(&h)
	r.readGroup(&h, now)
	r.at = now
	return h
}

// cpuTimes is a line of /proc/stat, in ticks.
type cpuTimes struct{ total, idle, waiting, stolen float64 }

func (r *HostReader) readCPU(h *Host) {
	fail := func(why string) {
		h.Busy, h.Busiest, h.Waiting, h.Stolen = Missing(why), Missing(why), Missing(why), Missing(why)
	}
	text, err := r.text("proc/stat")
	if err != nil {
		fail(err.Error())
		r.cpus = nil
		return
	}
	var now []cpuTimes
	for l := range strings.Lines(text) {
		if !strings.HasPrefix(l, "cpu") {
			break
		}
		now = append(now, parseCPU(l))
	}
	before := r.cpus
	r.cpus = now
	h.CPUs = max(len(now)-1, 0)
	if status, err := r.text("proc/self/status"); err == nil {
		h.Allowed = countList(field(status, "Cpus_allowed_list:"))
	}
	switch {
	case len(now) == 0:
		fail("proc/stat has no processors")
		return
	case before == nil:
		fail(firstReading)
		return
	}
	share := func(part func(cpuTimes) float64) Value {
		return Of(clamp((part(now[0]) - part(before[0])) / (now[0].total - before[0].total)))
	}
	h.Busy = share(func(t cpuTimes) float64 { return t.total - t.idle - t.waiting })
	h.Waiting = share(func(t cpuTimes) float64 { return t.waiting })
	h.Stolen = share(func(t cpuTimes) float64 { return t.stolen })
	if len(now) != len(before) || len(now) < 2 {
		h.Busiest = Missing("processors came or went")
		return
	}
	most := 0.
	for i := 1; i < len(now); i++ {
		if d := now[i].total - before[i].total; d > 0 {
			most = max(most, clamp(1-(now[i].idle+now[i].waiting-before[i].idle-before[i].waiting)/d))
		}
	}
	h.Busiest = Of(most)
}

// parseCPU reads "cpu0 user nice system idle iowait irq softirq steal guest
// guest_nice"; the time of guests is part of user and nice already.
func parseCPU(l string) cpuTimes {
	var t cpuTimes
	f := strings.Fields(l)
	for i := 1; i < len(f) && i <= 8; i++ {
		v := number(f[i])
		t.total += v
		switch i {
		case 4:
			t.idle = v
		case 5:
			t.waiting = v
		case 8:
			t.stolen = v
		}
	}
	return t
}

func (r *HostReader) readLoad(h *Host) {
	text, err := r.text("proc/loadavg")
	f := strings.Fields(text)
	if err == nil && len(f) < 3 {
		err = errors.New("proc/loadavg has less than three numbers")
	}
	if err != nil {
		h.Load1, h.Load5, h.Load15 = Missing(err.Error()), Missing(err.Error()), Missing(err.Error())
		return
	}
	h.Load1, h.Load5, h.Load15 = Of(number(f[0])), Of(number(f[1])), Of(number(f[2]))
}

func (r *HostReader) readMemory(h *Host) {
	text, err := r.text("proc/meminfo")
	if err != nil {
		h.MemTotal, h.MemUsed, h.SwapUsed = Missing(err.Error()), Missing(err.Error()), Missing(err.Error())
		return
	}
	kib := func(name string) (float64, bool) {
		f := strings.Fields(field(text, name))
		if len(f) == 0 {
			return 0, false
		}
		return number(f[0]) * 1024, true
	}
	total, ok := kib("MemTotal:")
	if !ok {
		h.MemTotal, h.MemUsed = Missing("proc/meminfo has no MemTotal"), Missing("proc/meminfo has no MemTotal")
		return
	}
	h.MemTotal = Of(total)
	if free, ok := kib("MemAvailable:"); ok {
		h.MemUsed = Of(max(total-free, 0))
	} else {
		h.MemUsed = Missing("proc/meminfo has no MemAvailable")
	}
	swap, ok := kib("SwapTotal:")
	free, also := kib("SwapFree:")
	if ok && also {
		h.SwapUsed = Of(max(swap-free, 0))
	}
}

// text reads a file; its error says no more than a person can use.
func (r *HostReader) text(name string) (string, error) {
	data, err := fs.ReadFile(r.files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("no /" + name + " here")
	case err != nil:
		return "", err
	}
	return string(data), nil
}

// field returns what stands behind a name at the beginning of a line, "" where
// there is no such line.
func field(text, name string) string {
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, name); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// number reads a decimal number; anything else is 0, as the kernel writes nothing
// else there.
func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return v
}

// countList counts the members of a list such as "0-3,8".
func countList(list string) int {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		lo, hi, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(strings.TrimSpace(lo))
		if err != nil {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(strings.TrimSpace(hi)); err != nil || b < a {
				continue
			}
		}
		const most = 1 << 16 // more processors than any machine has
		n = min(n+b-a+1, most)
	}
	return n
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }
