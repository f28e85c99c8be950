package campaign

import (
	"cmp"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/mutate"
	"assay/core/fuzz/oracle"
)

// State is everything a campaign goes on from. It marshals to JSON and back.
type State struct {
	Next      int64             `json:"next"` // number of the next test
	Tests     int64             `json:"tests"`
	Checks    int64             `json:"checks"`
	Seconds   float64           `json:"seconds"` // of fuzzing so far
	Verdicts  map[string]int64  `json:"verdicts"`
	APIs      map[string]*Count `json:"apis"`
	Bandit    mutate.Bandit     `json:"bandit"`
	Seen      map[string]string `json:"seen"`      // signature to root cause
	Causes    map[string]string `json:"causes"`    // fault class and node to root cause
	Counts    map[string]int64  `json:"counts"`    // tests that showed it, by root cause
	NodeAPIs  map[string]int    `json:"node_apis"` // how many APIs a backward node is part of
	Passed    map[string]int    `json:"passed"`    // by node: bits 1, 2, 4 where it passed at first, second, third order
	Digest    string            `json:"digest"`    // running state of case_digest
	Crashes   int64             `json:"crashes"`
	Hangs     int64             `json:"hangs"`
	LastFindS float64           `json:"last_find_s"`
	Pending   []Pending         `json:"pending,omitempty"` // waiting to be seen again
	Planned   []Planned         `json:"planned,omitempty"` // tests from Next on that were made already
}

// Pending is a suspicion that waits to be seen again in a fresh process.
type Pending struct {
	Finding fuzz.FindingDoc `json:"finding"`
	Death   string          `json:"death,omitempty"` // how it ended its process, "" where it did not
}

// Count is what was learnt of one API.
type Count struct {
	Tests    int64            `json:"tests"`
	Plain    int              `json:"plain"` // seeds tried as they are
	Novel    int              `json:"novel"`
	Dull     int64            `json:"dull"`   // tests that could not show anything: refused, nothing to differentiate
	Deaths   int              `json:"deaths"` // processes it took along; three end it
	Tried    Facets           `json:"tried,omitempty"`
	Refusals mutate.Refusals  `json:"refusals,omitempty"`
	Verdicts map[string]int64 `json:"verdicts"`
}

func newState() *State {
	return &State{Verdicts: map[string]int64{}, APIs: map[string]*Count{}, Bandit: mutate.Bandit{}, Seen: map[string]string{},
		Causes: map[string]string{}, Counts: map[string]int64{}, NodeAPIs: map[string]int{}, Passed: map[string]int{}}
}

// Covered returns how many APIs have been tested.
func (s *State) Covered() int {
	n := 0
	for _, c := range s.APIs {
		if c.Tests > 0 {
			n++
		}
	}
	return n
}

func (s *State) count(api string) *Count {
	c := s.APIs[api]
	if c == nil {
		c = &Count{Verdicts: map[string]int64{}, Refusals: mutate.Refusals{}}
		s.APIs[api] = c
	}
	if c.Refusals == nil {
		c.Refusals = mutate.Refusals{}
	}
	return c
}

// weight says how much an API asks for the next test. It counts tests, never
// seconds, so that a seed fixes the cases.
func (c *Count) weight() float64 {
	if c.Deaths >= 3 {
		return 0
	}
	w := float64(c.Novel+1) / float64(1+c.Tests)
	if c.Tests > 2 && c.Dull*10 > c.Tests*9 {
		w /= 50
	}
	return w
}

// digest goes on with the hash over the cases in test order.
func (s *State) digest(api string, index int64, c *fuzz.Case) error {
	h, err := s.hash()
	if err != nil {
		return err
	}
	fmt.Fprintf(h, "%s\n%d\n", api, index)
	for _, t := range c.Tensors() {
		h.Write(t.Data)
	}
	sum := c.Digest()
	h.Write(sum[:])
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	s.Digest = hex.EncodeToString(state)
	return err
}

func (s *State) hash() (hash.Hash, error) {
	h := sha256.New()
	if s.Digest == "" {
		return h, nil
	}
	state, err := hex.DecodeString(s.Digest)
	if err != nil {
		return nil, err
	}
	return h, h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
}

// CaseDigest returns the SHA-256 over the cases so far, in hexadecimal.
func (s *State) CaseDigest() string {
	h, err := s.hash()
	if err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// learn takes in a test, in the order of tests, and returns the root cause of its
// suspicion, "" where it has none, and its signature.
func (s *State) learn(target string, t *test) (cause, sig string) {
	c := s.count(t.api.Name)
	c.Tests++
	s.Tests++
	s.Checks += int64(t.exam.Checks)
	c.Tried |= t.tried()
	s.Verdicts[string(t.exam.Verdict)]++
	c.Verdicts[string(t.exam.Verdict)]++
	if t.Plain {
		c.Plain++
	}
	refused := t.exam.Verdict == fuzz.DirectFail || t.exam.Verdict == fuzz.GenFail
	for _, k := range t.Classes {
		a := c.Refusals[k]
		a.Tries++
		if refused {
			a.Wins++
		}
		c.Refusals[k] = a
	}
	if refused || t.exam.Verdict == fuzz.NoDiff || t.exam.Verdict == fuzz.Unsupported || t.exam.Verdict == fuzz.Random {
		c.Dull++
	}
	if d := t.exam.Death; d != nil {
		c.Deaths++
		s.Crashes++
		if d.Kind == "hang" {
			s.Hangs++
		}
	}
	if c.Tests == 1 {
		for _, n := range t.exam.Nodes {
			s.NodeAPIs[n]++
		}
	}
	if t.exam.Suspicion == nil && t.exam.Checks > 0 && t.exam.Verdict == fuzz.Pass {
		for _, n := range t.exam.Nodes {
			for order := 1; order <= t.exam.Order; order++ {
				s.Passed[n] |= bit(order)
			}
		}
	}
	isNew := false
	if u := t.exam.Suspicion; u != nil {
		sig = signature(target, t.api, u)
		if known, seen := s.Seen[sig]; seen {
			cause = known
		} else {
			cause, isNew = s.cause(t.api, u, t.exam.Nodes)
			s.Seen[sig] = cause
			c.Novel++
		}
		s.Counts[cause]++
	}
	if !t.Plain {
		s.Bandit.Learn(t.api.Family, t.Kind, isNew)
	}
	return cause, sig
}

// cause names the defect behind a suspicion. Where the library names the nodes of
// its derivative, that is one of them: one already known to be at fault in this way,
// else the one that the fewest APIs share. Without nodes it is the operation.
func (s *State) cause(a *fuzz.API, u *oracle.Suspicion, nodes []string) (string, bool) {
	class := faultClass(u)
	if name := blamed(u); name != "" {
		_, known := s.Causes[class+"/text/"+name]
		s.Causes[class+"/text/"+name] = name + ": " + class
		return name + ": " + class, !known
	}
	nodes = s.suspects(nodes, u.Order)
	for _, n := range nodes {
		for _, like := range alike(class) {
			if known, ok := s.Causes[like+"/"+n]; ok {
				return known, false
			}
		}
	}
	name := a.Cause
	if name == "" {
		name = a.Name
	}
	if len(nodes) > 0 && s.NodeAPIs[nodes[0]] <= widespread {
		name = nodes[0]
		cause := name + ": " + class
		for _, like := range alike(class) {
			s.Causes[like+"/"+name] = cause
		}
		return cause, true
	}
	cause := name + ": " + class
	_, known := s.Causes[class+"/op/"+name]
	s.Causes[class+"/op/"+name] = cause
	return cause, !known
}

// blamed is what the library itself names in the text of a failure: a node of its
// graph, or the line of an assertion.
func blamed(u *oracle.Suspicion) string {
	if u.Oracle == "assertion" {
		place := strings.ReplaceAll(assertion.FindString(u.Text), `"`, "")
		return place[strings.LastIndexByte(place, '/')+1:]
	}
	if u.Oracle == "status" {
		return node.FindString(u.Text)
	}
	return ""
}

var (
	node      = regexp.MustCompile(`\b[A-Z]\w*Backward\d*\b`)
	assertion = regexp.MustCompile(`[\w./-]+\.(?:cpp|cu|cc|h|go)"?:\d+`)
)

// alike lists the classes in which one defect shows: what is wrong in both modes is
// wrong in each of them elsewhere.
func alike(class string) []string {
	head, mode, ok := strings.Cut(class, ", ")
	if !ok || !strings.Contains(head, "derivative") {
		return []string{class}
	}
	out := []string{class}
	if modes := strings.Split(mode, "+"); len(modes) > 1 {
		for _, m := range modes {
			out = append(out, head+", "+m)
		}
	}
	return out
}

// suspects orders nodes: those that have never passed at this order first, then the
// rarer ones.
func (s *State) suspects(nodes []string, order int) []string {
	nodes = slices.Clone(nodes)
	slices.SortFunc(nodes, func(x, y string) int {
		return cmp.Or(s.Passed[x]&bit(order)-s.Passed[y]&bit(order), s.NodeAPIs[x]-s.NodeAPIs[y], strings.Compare(x, y))
	})
	return nodes
}

// settleCauses looks at the causes again when everything is known: a finding whose
// graph holds the node of another one, at fault in the same way, is of that cause
// where its own node has passed elsewhere meanwhile.
func (s *State) settleCauses(list []*fuzz.FindingDoc) {
	for _, f := range list {
		own, class, ok := strings.Cut(f.RootCause, ": ")
		if !ok || len(f.Nodes) < 2 || s.Passed[own]&bit(f.Order) == 0 {
			continue
		}
		for _, g := range list {
			node, other, _ := strings.Cut(g.RootCause, ": ")
			if g != f && other == class && node != own && s.Passed[node]&bit(f.Order) == 0 && slices.Contains(f.Nodes, node) {
				f.RootCause = g.RootCause
				break
			}
		}
	}
}

func bit(order int) int { return 1 << (order - 1) }

// widespread is the number of APIs beyond which a node is plumbing: views, sums,
// casts that have passed everywhere else.
const widespread = 12

// faultClass groups the ways in which one defect shows: a wrong rule of the second
// order fails in several compositions, one of the first in value and slope.
func faultClass(u *oracle.Suspicion) string {
	switch {
	case u.Category == fuzz.Crash, u.Category == fuzz.Hang:
		return fmt.Sprintf("%s at %s", u.Category, u.Stage)
	case u.Category == fuzz.ValueDiff:
		return "value " + u.Mode
	case u.Category == fuzz.Leak:
		return "leak, " + u.Mode
	case u.Oracle == "status":
		return fmt.Sprintf("order %d %s fails", u.Order, u.Wrong)
	case u.Order > 1:
		return fmt.Sprintf("order %d derivative", u.Order)
	}
	return fmt.Sprintf("order 1 derivative, %s", u.Mode)
}

// Encode writes the state.
func (s *State) Encode() (json.RawMessage, error) { return json.Marshal(s) }

// Decode reads a state.
func Decode(data []byte) (*State, error) {
	s := newState()
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("state of the campaign: %w", err)
	}
	if err := s.sound(); err != nil {
		return nil, fmt.Errorf("state of the campaign: %w", err)
	}
	return s, nil
}

// sound checks what a state from outside holds.
func (s *State) sound() error {
	for _, m := range []bool{s.Verdicts == nil, s.APIs == nil, s.Bandit == nil, s.Seen == nil, s.Causes == nil, s.Counts == nil, s.NodeAPIs == nil, s.Passed == nil} {
		if m {
			return errors.New("a table is missing")
		}
	}
	if s.Next < 0 || s.Tests < 0 || s.Checks < 0 || !(s.Seconds >= 0) {
		return errors.New("a count is below 0")
	}
	for name, c := range s.APIs {
		if c == nil || c.Verdicts == nil || c.Tests < 0 || c.Novel < 0 {
			return fmt.Errorf("the counts of %s are damaged", name)
		}
	}
	for _, p := range s.Planned {
		if p.Case == nil || p.Case.Sound() != nil {
			return fmt.Errorf("a planned test of %s is damaged", p.API)
		}
	}
	for _, w := range s.Pending {
		if w.Finding.Case == nil || w.Finding.Case.Sound() != nil {
			return fmt.Errorf("suspicion %s is damaged", w.Finding.ID)
		}
	}
	_, err := s.hash()
	return err
}

// APINames lists the APIs that were tested, sorted.
func (s *State) APINames() []string { return slices.Sorted(maps.Keys(s.APIs)) }
