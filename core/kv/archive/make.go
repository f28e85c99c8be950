package archive

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"assay/core/prng"
)

// Probabilities of the parts of a person's story, as in the training data.
const (
	pronounNote = 0.75 // a second note that only says He or She
	nickname    = 0.5  // a note that gives the nickname and one that uses it
	farNote     = 0.4  // a later note that names the person again
)

// factsPerPerson is how many attributes are drawn for one person; not all of them are told.
const factsPerPerson = 7

// Make returns one archive of the given number of people with all questions that can be asked about it. Noise is the
// probability, 0 to 1, of an aside before a sentence and at the end of a note. Every value belongs to one person, so too
// many people are an error that names the list that ran out.
func Make(rng *rand.Rand, people int, noise float64) (Archive, error) {
	if people < 1 {
		return Archive{}, fmt.Errorf("%d people asked for, expected at least 1", people)
	}
	if !(noise >= 0 && noise <= 1) {
		return Archive{}, fmt.Errorf("noise is %g, expected 0 to 1", noise)
	}
	t := newTeller(rng, noise)
	cast, err := t.cast(people)
	if err != nil {
		return Archive{}, err
	}
	for _, p := range cast {
		t.story(p)
	}
	if t.exhausted != "" {
		return Archive{}, tooMany(people, len(t.values(t.exhausted)), t.exhausted)
	}
	rng.Shuffle(len(t.blocks), func(i, j int) { t.blocks[i], t.blocks[j] = t.blocks[j], t.blocks[i] })
	a := Archive{Questions: t.questions}
	for _, b := range t.blocks {
		for _, note := range b {
			a.Notes = append(a.Notes, note+"\n")
		}
	}
	rng.Shuffle(len(a.Questions), func(i, j int) { a.Questions[i], a.Questions[j] = a.Questions[j], a.Questions[i] })
	return a, nil
}

func tooMany(people, values int, name string) error {
	return fmt.Errorf("%d people need more than the %d values of %s: join smaller archives instead", people, values, name)
}

// person is one member of an archive.
type person struct {
	first, name, pronoun, alias string
}

// fact is an attribute of a person and its value.
type fact struct {
	attr  attribute
	value string
}

// teller builds one archive.
type teller struct {
	rng       *rand.Rand
	noise     float64
	attrs     []attribute
	asides    []string
	intros    []string
	used      map[string]map[string]bool // attribute -> value -> taken
	exhausted string                     // the first attribute whose values ran out
	blocks    [][]string                 // notes that must stay in order
	questions []Question
}

func newTeller(rng *rand.Rand, noise float64) *teller {
	t := &teller{rng: rng, noise: noise, attrs: attributes(), asides: asides(), intros: introductions(), used: map[string]map[string]bool{}}
	for _, a := range t.attrs {
		t.used[a.name] = map[string]bool{}
	}
	return t
}

// cast draws the people: first names, family names and nicknames are all different.
func (t *teller) cast(people int) ([]person, error) {
	she, he := strings.Fields(women), strings.Fields(men)
	firsts := append(append([]string(nil), she...), he...)
	family, nicks := strings.Fields(lasts), strings.Fields(aliases)
	for _, list := range []struct {
		name string
		n    int
	}{{"nickname", len(nicks)}, {"family name", len(family)}, {"first name", len(firsts)}} {
		if people > list.n {
			return nil, tooMany(people, list.n, list.name)
		}
	}
	f := prng.Sample(t.rng, len(firsts), people)
	l := prng.Sample(t.rng, len(family), people)
	a := prng.Sample(t.rng, len(nicks), people)
	cast := make([]person, people)
	for i := range cast {
		p := person{first: firsts[f[i]], pronoun: "She", alias: "the " + nicks[a[i]]}
		if f[i] >= len(she) {
			p.pronoun = "He"
		}
		p.name = p.first + " " + family[l[i]]
		cast[i] = p
	}
	return cast, nil
}

// story tells the notes of one person and records the questions that they answer.
func (t *teller) story(p person) {
	var attrs []attribute
	for _, i := range prng.Sample(t.rng, len(t.attrs), factsPerPerson) {
		attrs = append(attrs, t.attrs[i])
	}

	one, s1 := t.tell(attrs[0], p.name)
	two, s2 := t.tell(attrs[1], t.pick([]string{p.first, p.name, p.pronoun}))
	block := []string{t.note(s1, s2)}
	named := []fact{one, two}
	for _, f := range named {
		t.ask("direct", f.attr.about(p.name), f.value)
		t.ask("who", f.attr.reverse(f.value), p.name)
	}
	if t.rng.Float64() < pronounNote {
		one, s1 := t.tell(attrs[2], p.pronoun)
		two, s2 := t.tell(attrs[3], p.pronoun)
		block = append(block, t.note(s1, s2))
		for _, f := range []fact{one, two} {
			t.ask("pronoun", f.attr.about(p.name), f.value)
			t.ask("whopro", f.attr.reverse(f.value), p.name)
		}
	}
	t.blocks = append(t.blocks, block)
	if t.rng.Float64() < nickname {
		intro := strings.NewReplacer("{N}", p.name, "{A}", p.alias).Replace(t.pick(t.intros))
		t.blocks = append(t.blocks, []string{t.note(intro)})
		f, s := t.tell(attrs[4], "T"+p.alias[1:]) // "The Falcon ..."
		t.blocks = append(t.blocks, []string{t.note(s)})
		t.ask("alias", f.attr.about(p.name), f.value)
	}
	if t.rng.Float64() < farNote {
		f, s := t.tell(attrs[5], p.name)
		t.blocks = append(t.blocks, []string{t.note(s)})
		known := named[t.rng.IntN(len(named))]
		who := strings.TrimSuffix(strings.TrimPrefix(known.attr.reverse(known.value), "Who "), "?")
		t.ask("bridge", f.attr.about("the person who "+who), f.value)
	}
}

// tell draws an unused value and states it about the subject.
func (t *teller) tell(a attribute, subject string) (fact, string) {
	used := t.used[a.name]
	if len(used) == len(a.values) {
		if t.exhausted == "" {
			t.exhausted = a.name
		}
		return fact{attr: a}, ""
	}
	v := t.pick(a.values)
	for used[v] {
		v = t.pick(a.values)
	}
	used[v] = true
	return fact{a, v}, strings.NewReplacer("{S}", subject, "{v}", v).Replace(t.pick(a.tell))
}

// note joins sentences, with asides in between.
func (t *teller) note(sentences ...string) string {
	var out []string
	for _, s := range sentences {
		if t.rng.Float64() < t.noise {
			out = append(out, t.pick(t.asides))
		}
		out = append(out, s)
	}
	if t.rng.Float64() < t.noise {
		out = append(out, t.pick(t.asides))
	}
	return strings.Join(out, " ")
}

func (t *teller) ask(kind, text, answer string) {
	t.questions = append(t.questions, Question{Kind: kind, Text: text, Answer: answer})
}

func (t *teller) pick(list []string) string { return list[t.rng.IntN(len(list))] }

func (t *teller) values(name string) []string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.values
		}
	}
	return nil
}

// about is the question for a person's value, reverse the question for the person of a value.
func (a attribute) about(who string) string     { return strings.ReplaceAll(a.ask, "{P}", who) }
func (a attribute) reverse(value string) string { return strings.ReplaceAll(a.who, "{v}", value) }
