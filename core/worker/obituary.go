package worker

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"

	"assay/core/run"
)

// death is what is known of how a worker ended.
type death struct {
	rebooted bool   // the machine was restarted
	fate     string // "signal 9 (killed)", "exit code 2"; "" where nobody could reap it
	facts    facts
	log      string // what this attempt wrote, or the end of it
	kills    int64  // for want of memory, around the worker and since its start
}

// examine gathers what is known about the end of a worker whose lock file this is.
func (l *Launcher) examine(r run.Run, lock *os.File) death {
	d := death{rebooted: r.BootID != l.host.boot, fate: l.fateOf(r)}
	if lock != nil {
		d.facts = readFacts(lock)
	}
	d.log = since(l.dir.log(r.ID), d.facts.LogFrom)
	if n, err := oomKills(d.facts.OOMFile); err == nil && !d.rebooted {
		d.kills = n - d.facts.OOMKills
	}
	return d
}

// verdict is the error that the row of the run gets: E-MEMORY where the worker
// could say so before it died, else E-WORKER-DIED with whatever is known.
func (d death) verdict() *run.Error {
	died := func(format string, args ...any) *run.Error {
		return &run.Error{Code: run.EWorkerDied, Text: fmt.Sprintf(format, args...)}
	}
	words := oneLine(lastWords(d.log))
	switch {
	case d.rebooted:
		return died("the machine was restarted while the run was live")
	case words != "" && lacksMemory.MatchString(words):
		return outOfMemory(d.facts.Memory, words)
	case strings.HasPrefix(words, "assay: "):
		return died("the worker could not begin: %s", strings.TrimPrefix(words, "assay: "))
	case words != "":
		return died("the worker crashed: %s", words)
	case d.kills > 0 && (d.fate == "" || d.fate == killed):
		e := died("the worker was killed, most likely by the kernel for want of memory: it killed %d %s there meanwhile", d.kills, plural(d.kills, "process", "processes"))
		e.Hint = "--memory makes a run end by itself before the machine runs out"
		return e
	case d.fate != "":
		return died("the worker was ended by %s", d.fate)
	}
	return died("the worker ended without a word")
}

// oneLine makes words that anybody may have written fit for a row and a
// terminal: printable, and not longer than a person reads.
func oneLine(words string) string {
	const most = 300 // bytes
	words = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, words)
	if len(words) > most {
		words = strings.ToValidUTF8(words[:most], "") + "..."
	}
	return words
}

func plural(n int64, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// killed is the fate of a process that was ended by SIGKILL.
const killed = "signal 9 (killed)"

// lacksMemory recognises what the runtimes of Go and C say when a mapping or a
// thread is refused.
var lacksMemory = regexp.MustCompile(`out of memory|cannot allocate memory|C malloc failed|pthread_create failed|failed to create new OS thread|cannot map pages`)

// fatal recognises the lines with which a Go program says what it dies of. A
// fault in C ends with one of them too, since the runtime of Go catches its
// signal; and a worker that could not even open the storage prints its error.
var fatal = regexp.MustCompile(`^(?:fatal error: .+|panic: .+|SIG[A-Z0-9]+: .+|\[signal SIG[A-Z0-9]+: .+\]|runtime: out of memory.*|runtime: failed to create new OS thread.*|runtime/cgo: .+ failed.*|assay: E-[A-Z-]+: .+)$`)

// lastWords finds, in the log of one attempt, what the worker died of: the
// first fatal line after everything that the log of the run itself holds, with
// the signal where a later line names one. It returns "" where there is none.
func lastWords(log string) string {
	words, signal := "", ""
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\n\r")
		if strings.HasPrefix(line, "time=") {
			words, signal = "", "" // the process went on writing its log
			continue
		}
		if !fatal.MatchString(line) {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "[signal "); ok {
			signal, _, _ = strings.Cut(rest, " code=")
		} else if strings.HasPrefix(line, "SIG") {
			signal = line
		}
		if words == "" {
			words = strings.TrimSpace(strings.TrimSuffix(line, "[recovered]"))
		}
	}
	if signal != "" && !strings.Contains(words, signal) {
		if strings.HasPrefix(words, "[signal ") {
			return signal
		}
		return words + ", " + signal
	}
	return words
}

// searched is how much of a log is searched for the words of a dying worker:
// the traces of all its goroutines follow them.
const searched = 1 << 20

// since returns what a log holds from an offset on, at most the last MiB of it.
func since(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return "" // a log that cannot be read is no reason to withhold the verdict
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	if from = max(from, info.Size()-searched); from > info.Size() {
		return ""
	}
	data, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(string(data), "?")
}
