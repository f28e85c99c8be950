package app_test

import "testing"

func TestThePresetOfKeysChangesAtOnce(t *testing.T) {
	f := newFiles(t)
	w := start(t, with(f))
	w.Press("j").See(">  *  kv     kv-sweep-1").Press("g")
	if err := f.Set("keys.preset", "arrows"); err != nil {
		t.Fatal(err)
	}
	w.Press("ctrl+r")
	before := w.Text()
	if w.Press("j"); w.Text() != before {
		t.Error("j still moves")
	}
	w.Press("?").See("down").NotSee("j down").Press("esc", "down")
	if w.Text() == before {
		t.Error("down does not move")
	}
}
