package harness

import (
	"strings"
	"testing"
)

// What a runtime writes behind the cause differs from one death to the next, and
// must not reach a signature.
func TestTheCauseOfADeathComesFirst(t *testing.T) {
	var s tail
	_, _ = s.Write([]byte("a warning\npanic: index out of range [3]\n\ngoroutine 7 [running]:\n" + strings.Repeat("frame\n", 300) + "rax 0xdeadbeef\n"))
	got := s.cause(12)
	if !strings.HasPrefix(got, "panic: index out of range [3]\n") || strings.Contains(got, "rax") || starved(got) {
		t.Errorf("cause %q", got)
	}
	var plain tail
	_, _ = plain.Write([]byte("one\ntwo\nthree\n"))
	if got := plain.cause(2); got != "two\nthree" {
		t.Errorf("without a cause: %q", got)
	}
	var hungry tail
	_, _ = hungry.Write([]byte("fatal error: runtime: cannot allocate memory\n\ngoroutine 1:\n"))
	if !starved(hungry.cause(12)) {
		t.Error("a process without memory counts as crashed")
	}
}
