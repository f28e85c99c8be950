package app_test

import "testing"

func TestMarksAndNotesAreTakenBack(t *testing.T) {
	w := start(t)
	w.Press("u").See("nothing was done that can be taken back")
	w.Press("j", "V").See("V marks to here").Press("j", "j", "V").See("3 marked").NotSee("marks to here")
	w.Press("g", "m").See(">m *").Press("m", "m").See(">m +").Press("m").See(">m *") // the next, and round again
	w.Press("M").See("7 marked").Press("esc").NotSee("marked  ")
	w.Press("u").See("7 marked", "took back: no marks").Press("u").See("3 marked").Press("u").NotSee(" marked")
	w.Press("G", "V", "esc").NotSee("V marks").Press("V", "g", "V").See("7 marked").Press("u")

	w.Press("g", "j", "j", "*").See("* demo").Press("t").Type(" good").Press("enter").See("* demo good")
	w.Press("a").Type("worth a look").Press("enter").See("worth a look")
	w.Press("u").NotSee("worth a look").Press("u").NotSee("* demo good").See("* demo").Press("u").NotSee("* demo")
	w.Press("u").See("nothing was done that can be taken back")
}

func TestAllThatMatchAreMarked(t *testing.T) {
	w := start(t)
	w.Press("/").Type("blend").Press("enter", "ctrl+a").See("5 marked").Press("esc").NotSee("5 marked")
}
