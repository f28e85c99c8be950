package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"assay/tui/app"
)

func TestThePaletteDoesWhatItFinds(t *testing.T) {
	w := start(t)
	w.Press(":").See("what to do", "enter run").Type("reverse").Press("enter").See("sort started ^")
	w.Press("ctrl+p").Type("go kv").See("go to KV", "screen").Press("enter").See("[2 KV]")
	w.Press("1", ":").Type("blend-4").See("kv-blend-4", "run", "assay run show 01KK9Z00000000000000000004").Press("enter")
	w.See("[2 KV]", "showing [01KK9Z00000000000000000004]")
	w.Press("1", ":").Type("01kk9z00000000000000000004").See("assay run show 01KK9Z00000000000000000004").Press("enter")
	w.See("showing [01KK9Z00000000000000000004]")
}

func TestThePaletteSaysWhyNot(t *testing.T) {
	w := start(t)
	w.Press(":").Type("compare").See("not now: mark 2 to 8 runs first", "c  not now  action").Press("enter").See("compare: mark 2 to 8 runs first")
}

func TestThePaletteStartsFormsFromACommandLine(t *testing.T) {
	w := start(t)
	w.Press(":").Type("kv blend --ratio 0.3 --seed=9").See("new run: Blend KV caches with these parameters", "assay kv blend --ratio 0.3 --seed=9")
	w.Press("enter").See("ratio  = 0.3", "seed   = 9").Press("enter")
	if !slices.Equal(w.launch.calls, []string{"start kv.blend seed=9"}) {
		t.Errorf("calls %q", w.launch.calls)
	}
	for line, why := range map[string]string{
		"kv blend --ratio": "flag needs an argument: --ratio", "kv blend --size 3": "unknown flag: --size",
		"kv blend --ratio 7": "expected a number from 0 to 1", "kv blend --model 'x": "ends inside of a quote",
	} { // what is wrong stands below the line, which stays to be mended
		w.Press("1", ":").Type(line).See("faulty: ", why).Press("enter").See(why, ":"+line).Press("esc")
	}
	if len(w.launch.calls) != 1 {
		t.Errorf("calls %q", w.launch.calls)
	}
}

func TestThePaletteShowsTheShellLine(t *testing.T) {
	w := start(t)
	w.Press(":").Type("run ").See("assay run ls", "list runs", "assay run show").Press("down", "tab").See(":run ls", "assay run ls").Press("esc")
	w.Press(":").Type("run").Press("down", "enter").See(":run ls") // the beginning of a command is typed on
	w.Press("esc", ":").Type("star").See("assay run star 01KK9Z00000000000000000007").Press("ctrl+y").See("copied the command line")
	start(t, func(d *app.Deps) { d.Shell = nil }).Press(":").Type("run ls").NotSee("assay run ls ")
}

func TestThePaletteCountsWhatIsUsed(t *testing.T) {
	w := start(t)
	w.Press(":").Type("theme").Press("down", "down", "enter")
	before := w.Model().View().Content
	w.Press(":").Type("theme").Press("enter") // the one used before comes first now
	if w.Model().View().Content != before {
		t.Error("another theme came first")
	}
}

func TestThePaletteShowsAThemeBeforeItIsChosen(t *testing.T) {
	w := start(t)
	look := func() string { return strings.SplitN(w.Model().View().Content, "\n", 2)[0] }
	before := look()
	w.Press(":").Type("theme: d")
	if look() != before {
		t.Error("typing alone changes the theme")
	}
	w.Press("down", "down")
	if look() == before {
		t.Error("the theme under the cursor is not shown")
	}
	if w.Press("esc"); look() != before {
		t.Error("the theme that was looked at stays")
	}
	w.Press(":").Type("theme: d").Press("down", "down")
	seen := look()
	if w.Press("enter"); look() != seen {
		t.Error("the theme that was chosen does not stay")
	}
}

func TestThePaletteGoesToRows(t *testing.T) {
	w := start(t)
	w.Press(":").Type("#3").See("go to row #3 of the list").Press("enter").See(">  +  kv     kv-blend-5")
	w.Press(":").Type("100%").Press("enter").See(">  ?  kv     kv-blend-1")
	w.Press(":").Type("50%").Press("enter").See(">  +  kv     kv-blend-4")
	w.Press(":").Type("#999").Press("enter").See(">  ?  kv     kv-blend-1")
	w.Press("2", ":").Type("50%").NotSee("go to row") // no list is there
}

func TestThePaletteKnowsAliases(t *testing.T) {
	f := newFiles(t)
	f.write(t, f.File(), "[alias]\nnine = \"kv blend --seed 9\"\n")
	w := start(t, with(f))
	w.Press(":").Type("nine").See("nine", "alias", "assay kv blend --seed 9").Press("enter").See("seed   = 9", "enter start").Press("esc")
	w.Press("1", ":").Type("nine --ratio .3").See("assay kv blend --seed 9 --ratio .3").Press("enter").See("seed   = 9", "ratio  = 0.3").Press("esc")
	w.Press("1", ":").Type("nine --size 1").See("unknown flag: --size")
}

func TestThePaletteRunsACommandLine(t *testing.T) {
	sh := &shell{}
	w := start(t, func(d *app.Deps) { d.Shell = sh })
	w.Press(":").Type("run show @1 --json").See("assay run show @1 --json", "shell").Press("enter").NotSee("what to do")
	if len(sh.ran) != 1 || !slices.Equal(sh.ran[0], []string{"run", "show", "@1", "--json"}) {
		t.Errorf("ran %q", sh.ran)
	}
	w.Press(":").See("run show @1 --json", "recent") // first among all, the next time
	if l := w.Lines()[w.line(t, "> run show @1")]; !strings.Contains(l, "recent") {
		t.Error(l)
	}
}

func TestThePaletteCompletesAsTheShellDoes(t *testing.T) {
	w := start(t)
	w.Press(":").Type("kv blend --s").Press("tab").See(":kv blend --seed ")
	w.Type("3 --").Press("tab").See("> --ratio", "share of tokens", "--rule", "--seed").Press("down", "enter").See(":kv blend --seed 3 --rule ")
	w.Press("esc", ":").Type("kv blend --r").Press("tab").See("> --ratio", "--rule").NotSee("--seed")
	w.Press("esc", ":").Type("kv blend --x").Press("tab").See(":kv blend --x")
}

func TestThePaletteRanksByMatchThenUseThenTime(t *testing.T) {
	w := start(t)
	choose := func(name string) { w.Press("1", ":").Type("theme: " + name).Press("enter") }
	choose("dusk")
	w.Advance(time.Minute)
	choose("high-contrast")
	w.Press(":").Type("theme: ")
	if a, b := w.line(t, "theme: high-contrast"), w.line(t, "theme: dusk"); a > b {
		t.Error("what was used last does not come first")
	}
	w.Press("esc")
	choose("dusk")
	w.Advance(time.Minute)
	choose("high-contrast")
	choose("dusk")
	w.Advance(time.Minute)
	w.Press("Q", "1") // leaving keeps it
	again := start(t, func(d *app.Deps) { d.Views = w.views })
	again.Press(":").Type("theme: ")
	if a, b := again.line(t, "theme: high-contrast"), again.line(t, "theme: dusk"); a < b {
		t.Error("what was used more often does not come first")
	}
}
