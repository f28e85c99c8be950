package archive_test

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv/archive"
	"assay/core/prng"
)

// world is the vocabulary that the demo model was trained on, exported from the program that made its training data.
type world struct {
	Women, Men, Last, Alias, Noise, Intro []string
	Attributes                            []struct {
		Name         string
		Values, Tell []string
		Ask, Who     string
	}
}

func readWorld(t *testing.T) world {
	t.Helper()
	text, err := os.ReadFile("testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	var w world
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// shape is a sentence or question form as a regular expression, and what may stand in each of its groups.
type shape struct {
	re    *regexp.Regexp
	words []map[string]bool
}

// shapeOf turns a form with placeholders such as {v} into a shape.
func shapeOf(form string, words map[string]map[string]bool) shape {
	var s shape
	pattern := regexp.MustCompile(`\\\{\w\\\}`).ReplaceAllStringFunc(regexp.QuoteMeta(form), func(place string) string {
		s.words = append(s.words, words[place[2:3]])
		if place[2:3] == "N" { // stands before another placeholder, so it must know its own end
			return `(\S+ \S+)`
		}
		return "(.+)"
	})
	s.re = regexp.MustCompile("^" + pattern + "$")
	return s
}

func (s shape) matches(text string) bool {
	m := s.re.FindStringSubmatch(text)
	for i := range s.words {
		if m == nil || !s.words[i][m[i+1]] {
			return false
		}
	}
	return m != nil
}

func set(lists ...[]string) map[string]bool {
	out := map[string]bool{}
	for _, l := range lists {
		for _, w := range l {
			out[w] = true
		}
	}
	return out
}

// shapes returns what sentences and questions may look like, and all answers.
func (w world) shapes() (sentences, questions []shape, answers map[string]bool) {
	first := append(append([]string(nil), w.Women...), w.Men...)
	var full, nick, subject []string
	for _, f := range first {
		for _, l := range w.Last {
			full = append(full, f+" "+l)
		}
	}
	for _, a := range w.Alias {
		nick = append(nick, "the "+a)
		subject = append(subject, "The "+a)
	}
	names, subjects := set(full), set(full, first, subject, []string{"She", "He"})
	answers = set(full)
	for _, s := range w.Noise {
		sentences = append(sentences, shapeOf(s, nil))
	}
	for _, s := range w.Intro {
		sentences = append(sentences, shapeOf(s, map[string]map[string]bool{"N": names, "A": set(nick)}))
	}
	for _, a := range w.Attributes {
		values := set(a.Values)
		for v := range values {
			answers[v] = true
		}
		for _, s := range a.Tell {
			sentences = append(sentences, shapeOf(s, map[string]map[string]bool{"S": subjects, "v": values}))
		}
		questions = append(questions, shapeOf(a.Who, map[string]map[string]bool{"v": values}), shapeOf(a.Ask, map[string]map[string]bool{"P": names}))
		for _, b := range w.Attributes {
			known := strings.TrimSuffix(strings.TrimPrefix(b.Who, "Who "), "?")
			bridge := strings.ReplaceAll(a.Ask, "{P}", "the person who "+known)
			questions = append(questions, shapeOf(bridge, map[string]map[string]bool{"v": set(b.Values)}))
		}
	}
	return sentences, questions, answers
}

func anyMatches(list []shape, text string) bool {
	return slices.ContainsFunc(list, func(s shape) bool { return s.matches(text) })
}

func TestEverySentenceIsOfTheTrainedWorld(t *testing.T) {
	sentences, questions, answers := readWorld(t).shapes()
	for seed := range uint64(60) {
		a, err := archive.Make(prng.New(seed, "test"), 1+int(seed)%6, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range a.Notes {
			text, ended := strings.CutSuffix(n, ".\n")
			if !ended {
				t.Errorf("seed %d: note %q does not end in a full stop and a newline", seed, n)
			}
			for s := range strings.SplitSeq(text, ". ") {
				if !anyMatches(sentences, s+".") {
					t.Errorf("seed %d: %q is not a sentence of the world", seed, s+".")
				}
			}
		}
		for _, q := range a.Questions {
			if !anyMatches(questions, q.Text) || !answers[q.Answer] {
				t.Errorf("seed %d: question %q, answer %q", seed, q.Text, q.Answer)
			}
		}
	}
}

func TestKindsOccurAsOftenAsInTraining(t *testing.T) {
	// Questions per person: two named facts, both with their reverse; two pronoun facts in 3 of 4 stories; and so on.
	want := map[string]float64{"direct": 2, "who": 2, "pronoun": 1.5, "whopro": 1.5, "alias": 0.5, "bridge": 0.4}
	const archives, people = 1500, 4
	got := map[string]float64{}
	asides, sentences := 0, 0
	noise := map[string]bool{}
	for _, s := range readWorld(t).Noise {
		noise[s] = true
	}
	for i := range archives {
		a, err := archive.Make(prng.New(uint64(i), "test"), people, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range a.Questions {
			got[q.Kind]++
		}
		for _, n := range a.Notes {
			for s := range strings.SplitSeq(strings.TrimSuffix(n, ".\n"), ". ") {
				sentences++
				if noise[s+"."] {
					asides++
				}
			}
		}
	}
	for _, kind := range archive.Kinds() {
		mean := got[kind] / (archives * people)
		// A coin of 6,000 throws strays less than 0.02 from its mean, twice that for pairs of questions.
		if math.Abs(mean-want[kind]) > 0.04 {
			t.Errorf("%s: %.3f questions a person, expected %.2f", kind, mean, want[kind])
		}
		delete(got, kind)
	}
	if len(got) > 0 {
		t.Errorf("unknown kinds %v", got)
	}
	// Of one person's sentences 2 + 1.5 + 1 + 0.4 = 4.9 say something; an aside has a chance of 0.5 before each of them and
	// at the end of each of the 1 + 0.75 + 1 + 0.4 = 3.15 notes: 4.025 asides among 8.925 sentences.
	if share := float64(asides) / float64(sentences); math.Abs(share-0.451) > 0.01 {
		t.Errorf("%.3f of all sentences are asides, expected 0.451", share)
	}
}

func TestFactsStandInTheNotes(t *testing.T) {
	a, err := archive.Make(prng.New(3, "test"), 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(a.Notes, "")
	seen := map[string]int{}
	for _, q := range a.Questions {
		if !strings.Contains(all, q.Answer) {
			t.Errorf("answer %q to %q is in no note", q.Answer, q.Text)
		}
		seen[q.Text]++
	}
	for text, n := range seen {
		if n > 1 && strings.HasPrefix(text, "Who") {
			t.Errorf("%q is asked %d times: values must belong to one person", text, n)
		}
	}
}

func TestPronounNoteFollowsTheNoteThatNames(t *testing.T) {
	for seed := range uint64(50) {
		a, err := archive.Make(prng.New(seed, "test"), 4, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range a.Notes {
			if !strings.HasPrefix(n, "She ") && !strings.HasPrefix(n, "He ") {
				continue
			}
			if i == 0 || strings.HasPrefix(a.Notes[i-1], "She ") || strings.HasPrefix(a.Notes[i-1], "He ") {
				t.Fatalf("seed %d: note %d %q follows no name", seed, i, n)
			}
		}
	}
}

func TestTooManyPeopleNameTheListThatRanOut(t *testing.T) {
	for _, c := range []struct {
		people int
		want   string
	}{{20, "10 values of drink"}, {41, "40 values of nickname"}, {1000, "40 values of nickname"}} {
		_, err := archive.Make(prng.New(1, "test"), c.people, 0.5)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d people: %v, expected %q", c.people, err, c.want)
		}
	}
	for _, people := range []int{0, -3} {
		if _, err := archive.Make(prng.New(1, "test"), people, 0.5); err == nil {
			t.Errorf("%d people were accepted", people)
		}
	}
	if _, err := archive.Make(prng.New(1, "test"), 2, math.NaN()); err == nil {
		t.Error("noise NaN was accepted")
	}
}

func TestGenerateDependsOnSeedAndIndexAlone(t *testing.T) {
	long, err := archive.Generate(9, 4, 5)
	if err != nil {
		t.Fatal(err)
	}
	short, err := archive.Generate(9, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(long[:3], short); d != "" {
		t.Errorf("the first archives depend on how many follow:\n%s", d)
	}
	other, err := archive.Generate(10, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(short, other) {
		t.Error("two seeds give the same archives")
	}
	for _, a := range long {
		kinds := map[string]bool{}
		for _, q := range a.Questions {
			if kinds[q.Kind] {
				t.Errorf("kind %s is asked twice", q.Kind)
			}
			kinds[q.Kind] = true
		}
	}
}

func TestJoinedComesCloseToTheTokensAskedFor(t *testing.T) {
	words := func(s string) int { return len(strings.Fields(s)) }
	for _, tokens := range []int{60, 200, 832, 2048, 5000} {
		for seed := range uint64(10) {
			a, err := archive.Joined(seed, tokens, words)
			if err != nil {
				t.Fatal(err)
			}
			n := words(strings.Join(a.Notes, ""))
			// Half a person's story is about 40 words.
			if d := n - tokens; d > 60 || d < -60 {
				t.Errorf("seed %d: %d tokens, asked for %d", seed, n, tokens)
			}
			if len(a.Questions) == 0 {
				t.Errorf("seed %d, %d tokens: no question", seed, tokens)
			}
		}
	}
	if _, err := archive.Joined(1, 0, words); err == nil {
		t.Error("0 tokens were accepted")
	}
	if _, err := archive.Joined(1, 100, func(string) int { return 0 }); err == nil {
		t.Error("notes without tokens were accepted")
	}
}

func ExampleAsk() {
	os.Stdout.WriteString(archive.Ask(archive.Question{Text: "Where does Ada Bell live?", Answer: "Oslo"}) + " Oslo\n")
	// Output:
	// Question: Where does Ada Bell live?
	// Answer: Oslo
}
