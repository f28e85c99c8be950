package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/run"
)

// repeats is how often a case must show its difference again.
const repeats = 5

// confirmation is what came of seeing a case again.
type confirmation struct {
	f    fuzz.FindingDoc
	hits int
	of   int
}

// confirm asks for a case to be seen again in a fresh process.
func (k *campaign) confirm(t *test, cause, sig string) {
	u := t.exam.Suspicion
	f := fuzz.FindingDoc{
		Finding: run.Finding{ID: findingID(sig), Title: title(t.api.Name, u), Category: u.Category, Severity: run.Severity(severity(u)), Signature: sig, Verdict: string(fuzz.Candidate)},
		API:     t.api.Name, RootCause: cause, Oracle: u.Oracle, Order: u.Order, Wrong: u.Wrong, Pattern: u.Pattern, Elements: Elements(t.Case),
		FirstSeenS: t.seconds, Count: 1, Test: t.number, Library: k.Library, Target: k.Target.Name(), Build: k.Build,
		Stage: string(u.Stage), Text: u.Text, Nodes: t.exam.Nodes, Evidence: u.Evidence, Case: t.Case, Before: t.Case,
	}
	if d := t.exam.Death; d != nil {
		f.Signal = d.Signal
	}
	f.Known = known(t.api, u.Category, sig)
	w := Pending{Finding: f}
	if d := t.exam.Death; d != nil {
		w.Death = d.Kind
	}
	k.state.Pending = append(k.state.Pending, w)
	k.again(t.api, w)
}

// again asks for a pending suspicion to be seen in a fresh process.
func (k *campaign) again(a *fuzz.API, w Pending) {
	k.waiting++
	k.urgent <- func(ctx context.Context, _ *slot) error {
		f := w.Finding
		c := confirmation{f: f, of: repeats}
		var err error
		if w.Death != "" {
			c.of = 3
			if w.Death == harness.Hung {
				c.of = 1 // each costs the whole deadline
			}
			c.hits, err = k.dies(ctx, a, f.Case, f.Signature, c.of)
		} else {
			c.hits, err = k.shows(ctx, a, f.Case, f.Signature, c.of)
		}
		if err != nil {
			return err
		}
		k.confirms <- c
		return nil
	}
}

// shows counts how often a fresh process shows a signature of a case.
func (k *campaign) shows(ctx context.Context, a *fuzz.API, c *fuzz.Case, sig string, of int) (int, error) {
	p, err := k.Pool.Fresh(ctx)
	if err != nil {
		return 0, err
	}
	defer p.Kill()
	hits := 0
	for range of {
		x, err := examine(ctx, p, k.Settings, a, c, everything(sig))
		if err != nil {
			return 0, err
		}
		if x.Suspicion != nil && signature(k.Target.Name(), a, x.Suspicion) == sig {
			hits++
		}
		if x.Death != nil {
			break
		}
	}
	return hits, nil
}

// dies counts in how many fresh processes a case ends the process in the same way.
func (k *campaign) dies(ctx context.Context, a *fuzz.API, c *fuzz.Case, sig string, of int) (int, error) {
	hits := 0
	for range of {
		n, err := k.shows(ctx, a, c, sig, 1)
		if err != nil {
			return 0, err
		}
		hits += n
	}
	return hits, nil
}

// everything asks for the rarer stages where the signature is of one.
func everything(sig string) variants {
	return variants{vmap: strings.Contains(sig, "| vmap"), jit: strings.Contains(sig, "| jit"), leak: strings.Contains(sig, "| "+fuzz.Leak)}
}

// confirmed records the outcome.
func (k *campaign) confirmed(c confirmation) {
	k.waiting--
	f := c.f
	k.state.Pending = slices.DeleteFunc(k.state.Pending, func(w Pending) bool { return w.Finding.ID == f.ID })
	f.Repeats = fmt.Sprintf("%d/%d", c.hits, c.of)
	switch {
	case c.hits == c.of:
		f.Verdict, f.Confirmed = string(fuzz.Bug), true
	case c.hits > 0:
		f.Verdict = string(fuzz.Flaky)
	default:
		k.state.Verdicts[string(fuzz.Lost)]++
		k.Sink.Event(fmt.Sprintf("%s: not seen again in a fresh process: %s", f.API, f.Title))
		return
	}
	k.findings[f.RootCause] = &f
	k.state.LastFindS = f.FirstSeenS
	k.Sink.Finding(f)
}

// findingID is the same for the same signature, in every run.
func findingID(sig string) string {
	sum := sha256.Sum256([]byte(sig))
	return "f" + hex.EncodeToString(sum[:6])
}

// Elements returns the number of input elements of a case.
func Elements(c *fuzz.Case) int {
	n := 0
	for _, t := range c.Inputs() {
		n += t.Elements()
	}
	return n
}

func known(a *fuzz.API, category, sig string) string {
	for _, x := range a.Known {
		if (x.Category == "" || strings.HasPrefix(category, x.Category)) && strings.Contains(sig, x.Contains) {
			return x.Ref
		}
	}
	return ""
}

// look returns the API of a finding's case, which need not be among those enumerated.
func look(apis []fuzz.API, name string) *fuzz.API {
	for i := range apis {
		if apis[i].Name == name {
			return &apis[i]
		}
	}
	return nil
}

// Examine runs one case through the oracle in a process: for reruns and screens.
func Examine(ctx context.Context, p *harness.Process, s oracle.Settings, a *fuzz.API, c *fuzz.Case) (Exam, error) {
	return examine(ctx, p, s, a, c, variants{})
}
