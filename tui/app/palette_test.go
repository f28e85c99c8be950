package app_test

import (
	"slices"
	"testing"

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
		"kv blend --ratio": "--ratio: expected a number", "kv blend --size 3": "no flag --size", "kv blend 7": `"7" is no flag`,
		"kv blend --ratio 7": "expected a number from 0 to 1", "kv blend --model 'x": "ends inside of a quote",
	} {
		w.Press("1", ":").Type(line).See("not now: ", why).Press("enter").See(why).Press("esc", "esc")
	}
	if len(w.launch.calls) != 1 {
		t.Errorf("calls %q", w.launch.calls)
	}
}

func TestThePaletteShowsTheShellLine(t *testing.T) {
	w := start(t)
	w.Press(":").Type("run ").See("assay run ls", "list runs", "assay run show").Press("down", "tab").See(":run ls")
	w.Press("enter").See("the same without the screen", "assay run ls", "y copy")
	start(t, func(d *app.Deps) { d.Commands = nil }).Press(":").Type("run ls").NotSee("assay run ls ")
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

func TestThePaletteKnowsAliases(t *testing.T) {
	f := newFiles(t)
	f.write(t, f.File(), "[alias]\nnine = \"kv blend --seed 9\"\n")
	w := start(t, with(f))
	w.Press(":").Type("nine").See("nine", "alias", "assay kv blend --seed 9").Press("enter").See("seed   = 9", "enter start").Press("esc")
	w.Press("1", ":").Type("nine --ratio .3").See("assay kv blend --seed 9 --ratio .3").Press("enter").See("seed   = 9", "ratio  = 0.3").Press("esc")
	w.Press("1", ":").Type("nine --size 1").See("no flag --size")
}
