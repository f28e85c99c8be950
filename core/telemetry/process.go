package telemetry

import (
	"cmp"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/core/run"
)

// tick is the unit of processor time in /proc: the kernel tells it as 100 a second
// on every architecture, whatever it counts in itself.
const tick = 1. / 100

// procTable remembers what was seen of processes, so that a scan of all of them
// costs one directory and shares can be made of their times.
type procTable struct {
	exe   string // of this program
	known map[int]*procEntry
	users map[string]string // names by numbers; nil until they are needed
	at    time.Time
}

type procEntry struct {
	start  string // when it was started: numbers of processes come again
	parent int
	ours   bool
	role   string
	runID  string
	ticks  float64
	fresh  bool // ticks were read in the scan before
	inScan bool
}

// Processes lists the processes of this program that the same person runs, the
// workers first, and those of others that use says have memory on a card. It
// tells their share of the processors since the call before.
func (r *HostReader) Processes(now time.Time, use map[int][]Use) []Process {
	t := &r.procs
	if t.known == nil {
		t.known = map[int]*procEntry{}
		t.exe, _ = fs.ReadLink(r.files, "proc/self/exe") // "" where it is hidden: then nothing is ours
		t.exe = strings.TrimSuffix(t.exe, " (deleted)")
	}
	entries, err := fs.ReadDir(r.files, "proc")
	if err != nil {
		entries = nil // another system: only the cards know about processes
	}
	for _, e := range t.known {
		e.inScan = false
	}
	for _, d := range entries {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		e := t.known[pid]
		if e == nil {
			e = &procEntry{ours: r.isOurs(pid)}
			t.known[pid] = e
		}
		e.inScan = true
	}
	var out []Process
	seconds := now.Sub(t.at).Seconds()
	t.at = now
	for pid, e := range t.known {
		if !e.inScan {
			if _, used := use[pid]; !used {
				delete(t.known, pid)
			}
			continue
		}
		if e.ours || use[pid] != nil {
			out = append(out, r.process(pid, e, use[pid], seconds))
		}
	}
	for pid, u := range use { // of another name space, or gone by now
		if e := t.known[pid]; e == nil || !e.inScan {
			out = append(out, Process{PID: pid, Cards: u})
		}
	}
	// A screen is started by one of its own, which restores the terminal after it.
	for i := range out {
		if e := t.known[out[i].PID]; e != nil && out[i].Role == "screen" {
			for j := range out {
				if out[j].PID == e.parent && out[j].Role == "screen" {
					out[j].Role = "guardian"
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Process) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.PID, b.PID))
	})
	return out
}

// rank puts workers first, then other processes of this program, then the rest.
func rank(p Process) int {
	switch {
	case p.Ours && p.Role == "worker":
		return 0
	case p.Ours:
		return 1
	}
	return 2
}

// isOurs reports whether a process runs this program. Other people's processes do
// not tell.
func (r *HostReader) isOurs(pid int) bool {
	exe, err := fs.ReadLink(r.files, "proc/"+strconv.Itoa(pid)+"/exe")
	return err == nil && r.procs.exe != "" && strings.TrimSuffix(exe, " (deleted)") == r.procs.exe
}

func (r *HostReader) process(pid int, e *procEntry, use []Use, seconds float64) Process {
	p := Process{PID: pid, Cards: use}
	dir := "proc/" + strconv.Itoa(pid)
	stat, err := r.text(dir + "/stat")
	name, f := parseStat(stat)
	if err != nil || f == nil {
		p.CPU, p.RSS = Missing("hidden"), Missing("hidden")
		return p
	}
	if start := f[startField]; start != e.start {
		// Met for the first time, or another process under the same number.
		parent, err := strconv.Atoi(f[parentField])
		if err != nil {
			parent = 0
		}
		*e = procEntry{start: start, parent: parent, ours: r.isOurs(pid), inScan: true}
		if e.ours {
			e.role, e.runID = r.role(dir)
		}
	}
	p.Name, p.Ours, p.Role, p.RunID = name, e.ours, e.role, e.runID
	ticks := number(f[userField]) + number(f[systemField])
	p.CPU = Missing(firstReading)
	if e.fresh && seconds > 0 {
		p.CPU = Of(max((ticks-e.ticks)*tick/seconds, 0))
	}
	e.ticks, e.fresh = ticks, true
	p.RSS = Of(number(f[rssField]) * r.page)
	if status, err := r.text(dir + "/status"); err == nil {
		if uid := strings.Fields(field(status, "Uid:")); len(uid) > 0 {
			p.User = r.user(uid[0])
		}
	}
	return p
}

// Fields of /proc/PID/stat behind the name, counted from 0.
const (
	parentField = 1
	userField   = 11 // utime
	systemField = 12 // stime
	startField  = 19 // starttime
	rssField    = 21
)

// parseStat reads "PID (name) state ...". The name may hold anything, brackets too.
func parseStat(text string) (name string, fields []string) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return "", nil
	}
	f := strings.Fields(text[end+1:])
	if len(f) <= rssField {
		return "", nil
	}
	return text[open+1 : end], f
}

// role is what a process of this program does: the first word of its command, and
// the run of a worker, which stands last.
func (r *HostReader) role(dir string) (role, runID string) {
	text, err := r.text(dir + "/cmdline")
	if err != nil {
		return "", ""
	}
	args := strings.Split(strings.TrimRight(text, "\x00"), "\x00")
	if len(args) < 2 || strings.HasPrefix(args[1], "-") || run.ID(args[1]).Valid() {
		return "screen", "" // alone, with options, or with a run to open
	}
	role = args[1]
	if last := run.ID(args[len(args)-1]); role == "worker" && last.Valid() {
		runID = string(last)
	}
	return role, runID
}

// user names a person by the number, as /etc/passwd has it: asking the name
// service may take as long as a network takes.
func (r *HostReader) user(uid string) string {
	if r.procs.users == nil {
		r.procs.users = map[string]string{}
		text, err := r.text("etc/passwd")
		if err != nil {
			text = "" // numbers then stand for names
		}
		for l := range strings.Lines(text) {
			if f := strings.Split(l, ":"); len(f) > 2 {
				r.procs.users[f[2]] = f[0]
			}
		}
	}
	if name := r.procs.users[uid]; name != "" {
		return name
	}
	return uid
}
