package worker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// facts stand in the lock file of a run, for whoever finds its worker dead.
// Whether it lives, the lock alone says.
type facts struct {
	// LogFrom is where this attempt begins in the log, which resumptions share.
	LogFrom int64 `json:"log_from"`
	// Memory is the limit of --memory in bytes; 0 means none.
	Memory int64 `json:"memory_bytes,omitempty"`
	// OOMFile counts kills for want of memory, of its control group or of the
	// machine; OOMKills is the count when the worker started.
	OOMFile  string `json:"oom_file,omitempty"`
	OOMKills int64  `json:"oom_kills,omitempty"`
}

// factsOf gathers the facts about a worker that is just starting, in the control
// group of this process.
func factsOf(log string, memory int64) facts {
	f := facts{Memory: memory}
	if info, err := os.Stat(log); err == nil {
		f.LogFrom = info.Size()
	}
	f.OOMFile, f.OOMKills = oomCounter()
	return f
}

// leave writes the facts into the lock file, for as long as its lock is held.
func (f facts) leave(lock *os.File) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err = lock.WriteAt(append(data, '\n'), 0)
	return err
}

// readFacts reads the facts from a lock file; none where they could not be
// written.
func readFacts(lock *os.File) facts {
	data := make([]byte, 4<<10)
	n, _ := lock.ReadAt(data, 0) // an unreadable file is one without facts
	var f facts
	if json.Unmarshal(bytes.TrimSpace(data[:n]), &f) != nil {
		return facts{}
	}
	return f
}

// oomCounter finds the file that counts kills for want of memory around this
// process: of its control group where that has one, else of the machine.
func oomCounter() (file string, kills int64) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err == nil {
		for line := range strings.Lines(string(groups)) {
			if group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
				file = "/sys/fs/cgroup" + group + "/memory.events"
			}
		}
	}
	for _, f := range []string{file, "/proc/vmstat"} {
		if n, err := oomKills(f); err == nil {
			return f, n
		}
	}
	return "", 0
}

// oomKills reads the count oom_kill from such a file.
func oomKills(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no oom_kill", file)
}
