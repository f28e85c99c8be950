package app

import (
	"context"
	"testing"
	"time"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/ui"
)

func testContext() *ui.Context {
	return &ui.Context{
		Now:   func() time.Time { return time.Unix(0, 0) },
		Sleep: func(context.Context, time.Duration) error { return nil },
	}
}

func TestSizesAndSpansAreShort(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 999: "999B", 1000: "1.0K", 10 << 10: "10K", 121 << 20: "121M", 1 << 40: "1.0T", 1000 << 20: "1.0G"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m01", 3*time.Hour + 12*time.Minute: "3h12", 100 * time.Hour: "4d04", -time.Second: "0s"} {
		if got := spanText(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

func TestCommandLineNamesWhatDiffersAndQuotes(t *testing.T) {
	k := bench.Kind{Name: "kv.blend", Schema: bench.Schema{
		{Name: "seed", Type: bench.Int, Default: "1"},
		{Name: "max-new", Type: bench.Int, Default: "24"},
		{Name: "prompt", Type: bench.Path, Default: ""},
		{Name: "modes", Type: bench.Enums, Default: "all", Choices: []string{"full", "blend"}},
		{Name: "demo", Type: bench.Bool, Default: "false"},
	}}
	r := run.Run{ID: "01KK9Z00000000000000000001", Params: []byte(`{"seed":1,"max_new":8,"prompt":"/a b/it's","modes":["full"],"demo":true}`)}
	got, err := commandLine(k, r)
	if want := `assay kv blend --max-new 8 --prompt '/a b/it'\''s' --modes full --demo=true`; got != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	r.Params = []byte(`{"unheard":1}`)
	if _, err := commandLine(k, r); err == nil {
		t.Error("parameters of another schema passed")
	}
}

func TestStatusBarDropsWhatMattersLeast(t *testing.T) {
	m := New(Deps{Screens: func(c *ui.Context) []ui.Screen { return []ui.Screen{nothing{}} }})
	segs := []segment{{"aaaa", "status", 5}, {"bbbb", "status", 1}, {"cccc", "status", 9}}
	for w, want := range map[int]string{20: " aaaa | bbbb | cccc ", 18: " aaaa | cccc      ", 11: " cccc      ", 3: " c~"} {
		got := fitSegments(m.ui, append([]segment{}, segs...), w)
		if plain := ansiStrip(got); plain != want {
			t.Errorf("%d cells: %q, want %q", w, plain, want)
		}
	}
}
