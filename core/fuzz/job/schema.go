package job

import (
	"fmt"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/fuzz/oracle"
	"assay/core/run"
)

// Kinds returns the kinds of runs of the Fuzz bench, in the order of menus.
func Kinds() []bench.Kind {
	return []bench.Kind{{
		Name: "fuzz.autodiff", Title: "Fuzz the derivatives of a library",
		Summary: "Runs the APIs of a library directly, in reverse and forward mode and by numerical differences, and reports where they differ.",
		Schema:  schema(),
		Stall:   10 * time.Minute,
		Resolve: resolve,
		New:     newCampaign, Document: document, Found: found,
	}, {
		Name: "fuzz.case", Title: "Look at one case of a library",
		Summary:     "Evaluates one case directly, in reverse and forward mode and by numerical differences, judges it, and follows the function along one input.",
		Schema:      lookSchema(),
		Interactive: true,
		Resolve:     resolve,
		New:         newLook, Document: lookDocument,
	}, {
		Name: "fuzz.minimise", Title: "Shrink a finding and write its reproducer anew",
		Summary: "Makes the case of a finding smaller while it shows the same signature, writes its reproducer and runs it. The reproducer replaces the one in the folder of the campaign; the record of the campaign stays as it is.",
		Schema:  bench.Schema{{Name: "finding", Type: bench.String, Default: "", Group: groupTarget, Help: "id of a finding, of the latest campaign that has it, or RUN/ID"}},
		Stall:   10 * time.Minute,
		New:     newMinimise, Document: minimiseDocument,
	}}
}

const (
	groupTarget = "Target"
	groupOracle = "Oracle"
	groupLimits = "Limits"
)

// Targets lists the words of --target.
func Targets() []string { return []string{"gorgonia", "torch"} }

func schema() bench.Schema {
	return bench.Schema{
		{Name: "target", Type: bench.Enum, Default: "gorgonia", Choices: Targets(), Group: groupTarget, Help: "library to test"},
		{Name: "python", Type: bench.String, Group: groupTarget, Help: "Python that has torch; empty tries python3, then /usr/bin/python3"},
		{Name: "apis", Type: bench.String, Group: groupTarget, Help: "APIs to test, by name or pattern, separated by commas: linalg.*,torch.norm; empty is all"},
		{Name: "budget", Type: bench.String, Default: "120s", Group: groupTarget, Help: "how long to fuzz, such as 90s or 2h; shrinking and reproducers come after it"},
		{Name: "tests", Type: bench.Int, Default: "0", Unit: "tests", Min: 0, Max: 1 << 40, Group: groupTarget, Help: "how many tests instead of a budget; a seed then fixes the cases; 0 goes by the budget"},
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupTarget, Help: "seed of every random choice"},
		{Name: "variant", Type: bench.Enum, Default: string(oracle.Strict), Choices: oracle.Variants(), Group: groupOracle,
			Help: "whose procedure, tolerances and filters apply: strict is ours, ref nablaFuzz's released code, exact is strict without leave for rounding in values and at kinks"},
		{Name: "order", Type: bench.Int, Default: "2", Min: 1, Max: 3, Group: groupOracle, Help: "highest order of derivative that is tested, where the library has one"},
		{Name: "eps", Type: bench.Float, Default: "0", Min: 0, Max: 0.1, Group: groupOracle, Help: "step of numerical differences; 0 is the target's own"},
		{Name: "workers", Type: bench.Int, Default: "0", Unit: "processes", Min: 0, Max: 256, Group: groupLimits, Help: "target processes; 0 is one a core"},
		{Name: "test-timeout", Type: bench.Float, Default: "20", Unit: "seconds", Min: 0.1, Max: 3600, Group: groupLimits, Help: "longest time of one test; a longer one counts as a hang"},
		{Name: "target-memory", Type: bench.Int, Default: "8192", Unit: "MiB", Min: 256, Max: 1 << 22, Group: groupLimits, Help: "most address space of a target process"},
	}
}

// lookSchema is that of a campaign where it speaks of the target and the oracle,
// with the case.
func lookSchema() bench.Schema {
	out := bench.Schema{{Name: "case", Type: bench.String, Default: "", Group: groupTarget, Help: "the case as JSON, as a finding spells it"}}
	for _, p := range schema() {
		switch p.Name {
		case "target", "python", "variant", "order", "eps", "test-timeout", "target-memory":
			out = append(out, p)
		}
	}
	return out
}

// patterns splits the list of APIs.
func patterns(p bench.Params) []string {
	return strings.FieldsFunc(p.String("apis"), func(r rune) bool { return r == ',' || r == ' ' })
}

func usage(format string, a ...any) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf(format, a...)}
}
