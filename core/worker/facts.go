package worker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"assay/core/run"
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
	// End is how the run ended, where its row had no room for that.
	End *lastWord `json:"end,omitempty"`
}

// lastWord is the end of a run that its worker could not write down.
type lastWord struct {
	State run.State  `json:"state"`
	Err   *run.Error `json:"err,omitempty"`
}

// factBytes is the size of the facts in the lock file. It is taken in full when
// a run starts, so that a disk which is full later has room for its end.
const factBytes = 2 << 10

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
	if len(data) >= factBytes {
		return fmt.Errorf("%d bytes of facts about a worker, more than %d", len(data), factBytes)
	}
	page := bytes.Repeat([]byte{' '}, factBytes)
	copy(page, data)
	page[factBytes-1] = '\n'
	_, err = lock.WriteAt(page, 0)
	return err
}

// leaveEnd writes into the lock file how a run ended.
func leaveEnd(lock *os.File, state run.State, e *run.Error) error {
	f := readFacts(lock)
	f.End = &lastWord{state, e}
	if e != nil {
		const most = 1 << 10 // of the text, so that the facts keep to their size
		f.End.Err = &run.Error{Code: e.Code, Text: strings.ToValidUTF8(e.Error()[:min(len(e.Error()), most)], "")}
	}
	return f.leave(lock)
}

// readFacts reads the facts from a lock file; none where they could not be
// written.
func readFacts(lock *os.File) facts {
	data := make([]byte, factBytes)
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
