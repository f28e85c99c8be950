package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"assay/core/run"
)

func TestLastWords(t *testing.T) {
	const before = "time=2031-05-06 level=INFO msg=loading\n"
	for _, tt := range []struct{ name, log, want string }{
		{"nothing", before, ""},
		{"a stack of an earlier trouble", "panic: old\n" + before, ""},
		{"Go's own end", before + "runtime: out of memory: cannot allocate 67108864-byte block (1 in use)\nfatal error: out of memory\n\nruntime stack:\nruntime.throw\n", "runtime: out of memory: cannot allocate 67108864-byte block (1 in use)"},
		{"a fault in C", before + "fatal error: unexpected signal during runtime execution\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x7f]\n", "fatal error: unexpected signal during runtime execution, SIGSEGV: segmentation violation"},
		{"a fault while C runs", before + "SIGSEGV: segmentation violation\nPC=0x401 m=4 sigcode=1 addr=0x0\nsignal arrived during cgo execution\n", "SIGSEGV: segmentation violation"},
		{"an abort of glibc", "double free or corruption (out)\nSIGABRT: abort\nPC=0x7 m=0 sigcode=18446744073709551610\n", "SIGABRT: abort"},
		{"no thread", before + "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\nPC=0x1\n", "runtime/cgo: pthread_create failed: Resource temporarily unavailable, SIGABRT: abort"},
		{"words inside a trace", before + "goroutine 1 [running]:\nmain.f(0x1)\n\t/x/panic: y\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lastWords(tt.log); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	oom := "fatal error: runtime: out of memory\n"
	for _, tt := range []struct {
		name string
		d    death
		code run.Code
		text string
	}{
		{"nothing known", death{}, run.EWorkerDied, "the worker ended without a word"},
		{"a restart explains all", death{rebooted: true, log: oom}, run.EWorkerDied, "the machine was restarted while the run was live"},
		{"killed", death{fate: killed}, run.EWorkerDied, "the worker was ended by signal 9 (killed)"},
		{"killed while memory lacked", death{fate: killed, kills: 2}, run.EWorkerDied, "most likely by the kernel for want of memory: it killed 2 processes there"},
		{"gone while memory lacked", death{kills: 1}, run.EWorkerDied, "it killed 1 process there"},
		{"another end while memory lacked", death{fate: "exit code 1", kills: 1}, run.EWorkerDied, "the worker was ended by exit code 1"},
		{"no limit", death{fate: "exit code 2", log: oom}, run.EMemory, "the worker ran out of memory: fatal error: runtime: out of memory"},
		{"a limit", death{fate: "exit code 2", log: oom, facts: facts{Memory: 8 << 30}}, run.EMemory, "its limit of 8 GiB (--memory)"},
		{"no storage", death{fate: "exit code 1", log: "assay: E-DB: cannot open x; try again\n"}, run.EWorkerDied, "the worker could not begin: E-DB: cannot open x; try again"},
		{"threads under a limit", death{log: "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\n", facts: facts{Memory: 1 << 30}}, run.EMemory, "its limit of 1 GiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if e := tt.d.verdict(); e.Code != tt.code || !strings.Contains(e.Error(), tt.text) || strings.Contains(e.Error(), "\n") {
				t.Errorf("got %s %q", e.Code, e)
			}
		})
	}
}

func TestFactsSurviveTheirWriter(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := readFacts(f); got != (facts{}) {
		t.Errorf("an empty file has facts %+v", got)
	}
	for _, want := range []facts{{LogFrom: 12345, Memory: 1 << 33, OOMFile: "/proc/vmstat", OOMKills: 7}, {}} {
		if err := want.leave(f); err != nil {
			t.Fatal(err)
		}
		if got := readFacts(f); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if err := os.WriteFile(f.Name(), []byte(`{"log_from":"x"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := readFacts(f); got != (facts{}) {
		t.Errorf("a damaged file has facts %+v", got)
	}
}

func TestTheEndOfALongLogIsSearched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	text := strings.Repeat("x", 3*searched) + "\nfatal error: late\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := lastWords(since(path, 10)); got != "fatal error: late" {
		t.Errorf("got %q", got)
	}
	for _, from := range []int64{int64(len(text)), int64(len(text)) + 5} {
		if got := since(path, from); got != "" {
			t.Errorf("from %d: %q", from, got)
		}
	}
}

func TestOOMKillsAreCountedSomewhere(t *testing.T) {
	file, n := oomCounter()
	if file == "" {
		t.Skip("this kernel counts no kills")
	}
	if again, err := oomKills(file); err != nil || again < n {
		t.Errorf("%s: %d, then %d, %v", file, n, again, err)
	}
}

// FuzzLastWords feeds logs, into which libraries write what they like: the
// reason of a run stays one line that stands in the log.
func FuzzLastWords(f *testing.F) {
	for _, s := range []string{"", "fatal error: x\n[signal SIGSEGV: y code=1]\n", "SIGABRT: abort\r\n", "panic: a\ntime=\nSIG1: b", "[signal SIGBUS: z]\n", "panic: \x00\xff\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, log string) {
		words := lastWords(log)
		if strings.ContainsAny(words, "\n") {
			t.Fatalf("%q has more than one line", words)
		}
		for _, part := range strings.Split(words, ", SIG") {
			if !strings.Contains(log, strings.TrimPrefix(part, "SIG")) {
				t.Fatalf("%q is not in the log", part)
			}
		}
		text := death{log: log}.verdict().Text
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || len(text) > 500 || !utf8.ValidString(text) {
			t.Fatalf("%q is not a short printable line", text)
		}
	})
}
