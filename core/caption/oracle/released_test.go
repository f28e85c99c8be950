package oracle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/caption"
	"assay/core/caption/oracle"
)

// released reads the captions that the authors of MetaIC and ROME published,
// which lie beside the repository and are not part of it.
func released(t *testing.T) []oracle.CaptionPair {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "testic", "metaic.tsv")
	for range 3 {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = filepath.Join("..", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skip("the released captions (shared/data/testic/metaic.tsv) are not beside the repository")
	}
	pairs, err := oracle.ParsePairs(data)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func listed(t *testing.T, system string) []string {
	name := oracle.COCO80
	if system == "azure" {
		name = oracle.COCO60
	}
	classes, ok := oracle.ClassList(name)
	if !ok {
		t.Fatalf("no list %s", name)
	}
	return classes
}

func TestRefAgreesWithTheReleasedVerdicts(t *testing.T) {
	pairs := released(t)
	oracles := map[string]*oracle.Oracle{}
	agree := 0
	for _, p := range pairs {
		system := p.Extra["system"]
		if oracles[system] == nil {
			o, err := oracle.New(oracle.Options{Variant: caption.VariantRef, Classes: listed(t, system)})
			if err != nil {
				t.Fatal(err)
			}
			oracles[system] = o
		}
		j := oracles[system].Insertion(p.Object, p.C0, p.C1)
		if (j.Verdict == caption.Issue) == (p.Extra["reported"] == "1") {
			agree++
		} else {
			t.Logf("%s L%s #%s %s: %q -> %q released %s, ours %s (%s)", system, p.Extra["level"], p.Extra["index"], p.Object, p.C0, p.C1, p.Extra["reported"], j.Verdict, j.Rule)
		}
	}
	t.Logf("%d of %d verdicts agree", agree, len(pairs))
	if agree < 5990 {
		t.Errorf("%d of %d verdicts agree with the released ones, expected at least 5,990", agree, len(pairs))
	}
}

// The columns of the specification, measured with another implementation of the
// same rules: issues, and passes among the pairs that ref reports; each may
// differ by 10.
func TestExactFindsAsManyIssuesAsTheSecondImplementation(t *testing.T) {
	want := map[string][2]int{"azure/0": {868, 20}, "azure/1": {862, 22}, "azure/2": {864, 24}, "azure/3": {867, 19}, "ofa/0": {725, 86}, "ofa/2": {725, 82}}
	got := map[string][2]int{}
	pairs := released(t)
	oracles := map[string]*oracle.Oracle{}
	for _, p := range pairs {
		system := p.Extra["system"]
		if oracles[system] == nil {
			o, err := oracle.New(oracle.Options{Classes: listed(t, system)})
			if err != nil {
				t.Fatal(err)
			}
			oracles[system] = o
		}
		j := oracles[system].Insertion(p.Object, p.C0, p.C1)
		key := system[:min(5, len(system))] + "/" + strings.TrimPrefix(p.Extra["level"], "bar")
		if system != "azure" {
			key = "ofa/" + strings.TrimPrefix(p.Extra["level"], "bar")
		}
		n := got[key]
		switch {
		case j.Verdict == caption.Issue:
			n[0]++
		case j.Verdict == caption.Pass && p.Extra["reported"] == "1":
			n[1]++
		}
		got[key] = n
		if os.Getenv("LIST") != "" && (j.Verdict == caption.Issue) != (p.Extra["reported"] == "1") {
			t.Logf("%s %s: %q -> %q ref %s, exact %s (%s)", key, p.Object, p.C0, p.C1, p.Extra["reported"], j.Verdict, j.Rule)
		}
	}
	for key, w := range want {
		g := got[key]
		t.Logf("%s: issues %d (%d), pass among reported %d (%d)", key, g[0], w[0], g[1], w[1])
		for i := range w {
			if g[i] < w[i]-10 || g[i] > w[i]+10 {
				t.Errorf("%s: %d, expected %d +- 10", key, g[i], w[i])
			}
		}
	}
}
