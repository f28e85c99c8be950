package logview

import (
	"strings"
	"testing"
	"time"

	"assay/core/run"
)

// Lines come from files that anything may have written to: the parser is tested
// from inside, where every line can be seen.
func TestLinesAreReadAsSlogWritesThem(t *testing.T) {
	l := parseLine(`time=2026-03-14T14:14:42.500Z level=WARN+1 msg="lease \"cpu\" is slow" run=01KK9Z wait=1.5s`)
	if !l.at.Equal(time.Date(2026, 3, 14, 14, 14, 42, 5e8, time.UTC)) || l.level != run.Warn+1 || l.text != `lease "cpu" is slow` {
		t.Errorf("%+v", l)
	}
	if len(l.extra) != 2 || l.extra[0] != (field{"run", "01KK9Z"}) || l.extra[1] != (field{"wait", "1.5s"}) {
		t.Errorf("%+v", l.extra)
	}
	for _, text := range []string{
		"panic: runtime error: index out of range [3]",
		"goroutine 1 [running]:",
		`level=INFO no message`,
		`level=INFO msg="never closed`,
		`=x`, `"a"=b`, "", "  ", "\x00",
	} {
		if l := parseLine(text); l.text != text || l.extra != nil || l.level != run.Info {
			t.Errorf("%q became %+v", text, l)
		}
	}
}

func TestWordsAndLevelsSelectLines(t *testing.T) {
	l := parseLine(`level=WARN msg="Lease is slow" lease=cpu0`)
	for words, want := range map[string]bool{"": true, "lease": true, "slow cpu0": true, "slow gpu": false, "-gpu": true, "-slow": false, "-": false} {
		if got := l.matches(run.Info, strings.Fields(words)); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
	if l.matches(run.Err, nil) || !l.matches(run.Warn, nil) {
		t.Error("the level does not count")
	}
}

func FuzzLine(f *testing.F) {
	f.Add(`time=2026-03-14T14:14:42.500Z level=WARN msg="a b" run=1`)
	f.Add(`a="\`)
	f.Add("msg= x==y =")
	f.Add("level=INFO+99999999999999999999 msg=x")
	f.Fuzz(func(t *testing.T, text string) {
		l := parseLine(text)
		if l.text != text && !strings.Contains(text, "msg=") {
			t.Errorf("%q has the text %q", text, l.text)
		}
		l.matches(run.Info, []string{"x"})
	})
}
