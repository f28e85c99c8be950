package qa_test

import (
	"strings"
	"testing"

	"assay/core/kv/qa"
)

// The words are the examples of Porter's paper, taken through all steps.
func TestStemFollowsThePublishedRules(t *testing.T) {
	const table = `
		caresses caress  ponies poni  ties ti  caress caress  cats cat
		feed feed  agreed agre  plastered plaster  bled bled  motoring motor  sing sing
		conflated conflat  troubled troubl  sized size  hopping hop  tanned tan  falling fall
		hissing hiss  fizzed fizz  failing fail  filing file  happy happi  sky sky
		relational relat  conditional condit  rational ration  valenci valenc  hesitanci hesit
		digitizer digit  conformabli conform  radicalli radic  differentli differ  vileli vile
		analogousli analog  vietnamization vietnam  predication predic  operator oper
		feudalism feudal  decisiveness decis  hopefulness hope  callousness callous
		formaliti formal  sensitiviti sensit  sensibiliti sensibl
		triplicate triplic  formative form  formalize formal  electriciti electr  electrical electr
		hopeful hope  goodness good
		revival reviv  allowance allow  inference infer  airliner airlin  gyroscopic gyroscop
		adjustable adjust  defensible defens  irritant irrit  replacement replac  adjustment adjust
		dependent depend  adoption adopt  homologou homolog  communism commun  activate activ
		angulariti angular  homologous homolog  effective effect  bowdlerize bowdler
		probate probat  rate rate  cease ceas  controll control  roll roll
		generalizations gener  oscillators oscil
		connect connect  connected connect  connecting connect  connection connect  connections connect`
	words := strings.Fields(table)
	for i := 0; i < len(words); i += 2 {
		if got := qa.Stem(words[i]); got != words[i+1] {
			t.Errorf("%s: got %s, want %s", words[i], got, words[i+1])
		}
	}
}

func TestStemLeavesWhatIsNoEnglishWord(t *testing.T) {
	for _, w := range []string{"", "s2s", "übungs", "r2d2s", "Cats", strings.Repeat("y", 62) + "ing"} {
		if got := qa.Stem(w); got != w {
			t.Errorf("%q became %q", w, got)
		}
	}
}

func FuzzStem(f *testing.F) {
	for _, w := range []string{"", "s", "ed", "ing", "yyyy", "eed", "ational", "ll", "sses", "\xff"} {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if got := qa.Stem(w); len(got) > len(w)+1 {
			t.Errorf("%q grew to %q", w, got)
		}
	})
}
