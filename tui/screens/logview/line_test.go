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

func TestFiltersSelectLines(t *testing.T) {
	l := parseLine(`level=WARN msg="Lease is slow" lease=cpu0 waited_ms=1500`)
	l.from, l.kind = "kv-blend-5", "lease"
	known := append([]string{"lease", "waited_ms"}, filterKeys...)
	for text, want := range map[string]bool{
		"": true, "lease": true, "slow cpu0": true, "slow gpu": false, "-gpu": true, "-slow": false,
		"level:warn": true, "level:info,warn": true, "level>=error": false, "level>=info": true, "level:/^warn/": true,
		"run:kv-blend-5": true, "run:/^kv/": true, "kind:lease slow": true, "kind:model|cpu0": true, "lease:cpu1": false,
		"waited_ms>1000": true, "waited_ms<1000": false, "text:/^Lease/": true, "Slow": false,
	} {
		f, err := newFilter(text, known)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got := f.holds(&l); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]string{
		"lvel:warn": `unknown key "lvel"; did you mean level?`, "level:loud": "expected debug", "text:/(/": "missing", "waited_ms>long": "invalid",
	} {
		if _, err := newFilter(text, known); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
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
		if f, err := newFilter("x level>=warn", filterKeys); err == nil {
			f.holds(&l)
		}
	})
}
