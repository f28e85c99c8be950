package oracle_test

import (
	"slices"
	"strings"
	"testing"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

func newOracle(t testing.TB, list string, o oracle.Options) *oracle.Oracle {
	t.Helper()
	if o.Classes == nil {
		classes, ok := oracle.ClassList(list)
		if !ok {
			t.Fatalf("no list %s", list)
		}
		o.Classes = classes
	}
	or, err := oracle.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return or
}

func TestListsHaveTheirClasses(t *testing.T) {
	for name, n := range map[string]int{oracle.COCO60: 60, oracle.COCO80: 80, oracle.TinyCap: 90} {
		list, _ := oracle.ClassList(name)
		if s := slices.Clone(list); len(slices.Compact(s)) != n {
			t.Errorf("%s has %d classes, expected %d", name, len(list), n)
		}
	}
}

// The table of numbers, row by row, and the rules about words; each line reads
// CAPTION => CLASS INTERVAL, comma separated.
func TestCaptionsAreRead(t *testing.T) {
	o := newOracle(t, oracle.COCO80, oracle.Options{})
	for _, line := range []string{
		"a dog => dog 1", "another dog => dog 1", "two dogs => dog 2", "12 dogs => dog 12", "dogs => dog >=2", "the dog => dog 1",
		"a couple of dogs => dog 2-3", "a pair of dogs => dog 2", "a pair of scissors => scissors 1", "two pairs of scissors => scissors 2", "scissors => scissors >=1",
		"several dogs => dog >=3", "a few dogs => dog >=2", "a group of people => person >=2", "a dozen donuts => donut 12", "dozens of donuts => donut >=12",
		"sheep on a hill => sheep >=1", "two sheep => sheep 2", "broccoli => broccoli >=1", "a slice of pizza => pizza >=1", "people => person >=2",
		"a white dog and a black dog => dog 2", "a dog and the dog's bone => dog 1", "a man and a woman => person 2",
		"a dog house => ", "a train station => ", "a carrot cake => cake 1", "a bus driver => person 1", "a police car => car 1", "a wine bottle => bottle 1",
		"a polar bear => bear 1", "a stuffed bear => teddy bear 1", "a baby elephant => elephant 1", "a hot dog => hot dog 1", "a passenger jet => airplane 1",
		"an orange shirt => ", "an orange on a plate => orange 1", "a man ties a rope => person 1", "people ski downhill => person >=2",
		"a room with no chairs => ", "a street without a car => ", "a toilet with the seat up => toilet 1",
		"three large brown horses => horse 3", "a man riding horses => person 1,horse >=2", "A DOG. => dog 1",
	} {
		text, want, _ := strings.Cut(line, " => ")
		var got []string
		for _, c := range o.Says(text) {
			if !c.Weak {
				got = append(got, c.Class+" "+c.String())
			}
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q: %s, expected %s", text, strings.Join(got, ","), want)
		}
	}
}

func TestPairsAreJudged(t *testing.T) {
	o := newOracle(t, oracle.COCO80, oracle.Options{Also: map[string][]string{"tennis racket": {"sports ball"}}})
	for _, c := range []struct{ object, c0, c1, verdict, category, violations string }{
		{"dog", "a cat", "a cat and a dog", caption.Pass, "", ""},
		{"dog", "a cat", "a dog and a cat", caption.Pass, "", ""},
		{"dog", "a cat", "a cat", caption.Issue, caption.Omission, "missing:dog"},
		{"cow", "a dog", "a dog and a horse", caption.Issue, caption.Misclassification, "missing:cow extra:horse"},
		{"dog", "a cat", "a cat, a dog and a kite", caption.Issue, caption.Hallucination, "extra:kite"},
		{"dog", "a cat", "a dog", caption.Issue, caption.Omission, "lost:cat"},
		{"dog", "a dog", "two dogs", caption.Pass, "", ""},
		{"dog", "a dog", "a dog", caption.Issue, caption.Quantity, "count:dog"},
		{"dog", "a dog", "three dogs", caption.Issue, caption.Quantity, "count:dog"},
		{"dog", "two dogs", "two dogs", caption.Issue, caption.Quantity, "count:dog"},
		{"dog", "a cat", "two cats and a dog", caption.Issue, caption.Quantity, "count:cat"},
		{"dog", "a cat", "a cat and two dogs", caption.Issue, caption.Quantity, "count:dog"},
		{"dog", "dogs", "dogs", caption.Pass, "", ""},
		{"tie", "a man", "a man with a bow", caption.Unsure, "", "weak:tie"},
		{"dog", "a man", "a man and an animal", caption.Unsure, "", "hypernym:dog"},
		{"train", "a street", "a street and a train station", caption.Unsure, "", "modifier:train"},
		{"broccoli", "broccoli", "broccoli", caption.Unsure, "", "mass:broccoli"},
		{"tennis racket", "a man", "a man with a racket and a tennis ball", caption.Pass, "", ""},
		{"dog", "", "a dog", caption.Invalid, "", ""},
		{"dog", "a cat", "I'm sorry, I cannot see the image.", caption.Invalid, "", ""},
		{"dog", "a cat", "ein Hund und eine Katze auf dem Feld", caption.Invalid, "", ""},
		{"dog", "a cat", "собака и кошка", caption.Invalid, "", ""},
	} {
		j := o.Insertion(c.object, c.c0, c.c1)
		if j.Verdict != c.verdict || j.Category != c.category || strings.Join(j.Violations, " ") != c.violations {
			t.Errorf("%s: %q -> %q: %s %q %v, expected %s %q %s", c.object, c.c0, c.c1, j.Verdict, j.Category, j.Violations, c.verdict, c.category, c.violations)
		}
	}
	if j := o.Insertion("cow", "a dog", "a dog and a horse"); len(j.Swaps) != 1 || j.Swaps[0] != (caption.Swap{From: "cow", To: "horse"}) {
		t.Errorf("swaps %v, expected cow to horse", j.Swaps)
	}
}

func TestRemovalIsJudged(t *testing.T) {
	o := newOracle(t, oracle.COCO80, oracle.Options{})
	for _, c := range []struct {
		object     string
		left       bool
		c0, c1     string
		verdict    string
		violations string
	}{
		{"dog", false, "a dog and a cat", "a cat", caption.Pass, ""},
		{"dog", false, "a dog and a cat", "a dog and a cat", caption.Issue, "stays:dog"},
		{"dog", false, "a dog and a cat", "a kite", caption.Issue, "lost:cat extra:kite"},
		{"dog", true, "two dogs", "a dog", caption.Pass, ""},
		{"dog", true, "two dogs", "two dogs", caption.Issue, "count:dog"},
	} {
		if j := o.Removal(c.object, c.left, c.c0, c.c1); j.Verdict != c.verdict || strings.Join(j.Violations, " ") != c.violations {
			t.Errorf("%s: %q -> %q: %s %v, expected %s %s", c.object, c.c0, c.c1, j.Verdict, j.Violations, c.verdict, c.violations)
		}
	}
}

func TestSpansPointAtTheWords(t *testing.T) {
	o := newOracle(t, oracle.COCO80, oracle.Options{})
	c1 := "Two  Men’s hats, and a hot-dog"
	j := o.Insertion("cat", "a dog", c1)
	var got []string
	for _, m := range j.Mentions[1] {
		got = append(got, c1[m.Start:m.End])
	}
	if want := []string{"Men", "hot-dog"}; !slices.Equal(got, want) {
		t.Errorf("mentions at %q, expected %q", got, want)
	}
}

func TestAnAddedSynonymChangesTheVerdict(t *testing.T) {
	if j := newOracle(t, oracle.COCO80, oracle.Options{}).Insertion("dog", "a cat", "a cat and a woofer"); j.Verdict != caption.Issue {
		t.Fatalf("verdict %s before, expected issue", j.Verdict)
	}
	s, err := oracle.ParseSynonym("woofer=dog")
	if err != nil {
		t.Fatal(err)
	}
	if j := newOracle(t, oracle.COCO80, oracle.Options{Synonyms: []oracle.Synonym{s}}).Insertion("dog", "a cat", "a cat and two woofers"); strings.Join(j.Violations, " ") != "count:dog" {
		t.Errorf("violations %v, expected count:dog: the plural belongs to the synonym", j.Violations)
	}
	for _, text := range []string{"woofer", "=dog", "woofer=", "a b c d e=dog"} {
		if _, err := oracle.ParseSynonym(text); run.CodeOf(err) != run.EUsage {
			t.Errorf("%q: %v, expected a usage error", text, err)
		}
	}
	if _, err := oracle.New(oracle.Options{Classes: []string{"dog"}, Synonyms: []oracle.Synonym{{Surface: "x", Class: "dgo"}}}); err == nil || !strings.Contains(err.Error(), "dog") {
		t.Errorf("error %v, expected one that suggests dog", err)
	}
}

// What a class is called depends on the list: a duck is a bird only where
// nothing is called duck.
func TestNamesOfTheListWinOverSynonyms(t *testing.T) {
	if c, ok := newOracle(t, oracle.COCO80, oracle.Options{}).Count("a duck", "bird"); !ok || c.Lo != 1 {
		t.Errorf("coco: a duck is %v %v, expected a bird", c, ok)
	}
	if _, ok := newOracle(t, oracle.TinyCap, oracle.Options{}).Count("a duck", "bird"); ok {
		t.Error("tinycap: a duck is a bird, expected a class of its own")
	}
}

func TestVerdictsDoNotDependOnLooks(t *testing.T) {
	o := newOracle(t, oracle.COCO80, oracle.Options{})
	want := o.Insertion("dog", "a cat and a man", "two cats and a dog").Violations
	for _, p := range [][2]string{{"A CAT AND A MAN.", "Two cats and a DOG!"}, {" a  cat and\ta man ", "two cats  and a dog"}, {"a man and a cat", "a dog and two cats"}} {
		got := o.Insertion("dog", p[0], p[1]).Violations
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, expected %v", p, got, want)
		}
	}
}

func TestPairFiles(t *testing.T) {
	tsv := "system\tobject\tsource_caption\tfollowup_caption\nx\thot_dog\ta \"quoted\" cat\ta dog\n"
	pairs, err := oracle.ParsePairs([]byte(tsv))
	if err != nil || len(pairs) != 1 || pairs[0].Object != "hot dog" || pairs[0].C0 != `a "quoted" cat` || pairs[0].Extra["system"] != "x" {
		t.Fatalf("pairs %+v, %v", pairs, err)
	}
	if pairs, err = oracle.ParsePairs([]byte(`{"object":"dog","c0":"a","c1":"b"}` + "\n\n")); err != nil || len(pairs) != 1 {
		t.Fatalf("pairs %+v, %v", pairs, err)
	}
	for in, want := range map[string]string{
		"":                             "empty",
		"object\tsource_caption\na\tb": "followup_caption",
		"object\tsource_caption\tfollowup_caption\na": "line 2",
		`{"object":"dog","c0":"a"}`:                   "c1",
		"{nonsense":                                   "line 1",
	} {
		if _, err := oracle.ParsePairs([]byte(in)); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected an input error that names %s", in, err, want)
		}
	}
	long := "object\tsource_caption\tfollowup_caption\ndog\ta cat\ta dog and a cat " + strings.Repeat("x", 1<<20)
	pairs, err = oracle.ParsePairs([]byte(long))
	if err != nil {
		t.Fatal(err)
	}
	if j := newOracle(t, oracle.COCO80, oracle.Options{}).Insertion(pairs[0].Object, pairs[0].C0, pairs[0].C1); j.Verdict != caption.Pass {
		t.Errorf("a caption of 1 MB: %s, expected its head to be judged", j.Verdict)
	}
}

func TestTextsFromOutsideCannotSpeakToTheTerminal(t *testing.T) {
	for in, want := range map[string]string{"a \x1b[31mred\x1b[0m dog": "a red dog", "a\x07\u202edog\tx": "adog x", "\x1b]0;title\x07dog": "0;titledog"} {
		if got := oracle.Strip(in); strings.ContainsAny(got, "\x1b\x07\u202e") || !strings.Contains(got, "dog") {
			t.Errorf("%q: %q, expected something like %q", in, got, want)
		}
	}
}

func FuzzJudge(f *testing.F) {
	o := newOracle(f, oracle.COCO80, oracle.Options{})
	ref := newOracle(f, oracle.COCO80, oracle.Options{Variant: caption.VariantRef})
	f.Add("dog", "a cat", "two hot-dogs, no men’s ties")
	f.Add("hot dog", "\xff\xfe of of 's", "a pair of of 9999999 scissors")
	f.Fuzz(func(t *testing.T, object, c0, c1 string) {
		for _, or := range []*oracle.Oracle{o, ref} {
			j := or.Insertion(object, c0, c1)
			for i, text := range []string{c0, c1} {
				for _, m := range j.Mentions[i] {
					if m.Start < 0 || m.End > len(text) || m.Start >= m.End {
						t.Errorf("mention %+v outside %q", m, text)
					}
				}
			}
			or.Removal(object, true, c0, c1)
			or.Same(c0, c1)
		}
	})
}

func FuzzParsePairs(f *testing.F) {
	f.Add([]byte("object\tsource_caption\tfollowup_caption\na\tb\tc"))
	f.Add([]byte(`{"object":"dog","c0":"a","c1":"b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := oracle.ParsePairs(data); err != nil && run.CodeOf(err) != run.EInput {
			t.Errorf("error %v has no code", err)
		}
	})
}
