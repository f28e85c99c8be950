//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// budget is a quantity that has a limit, as measured in this run of the tests.
type budget struct {
	quantity, limit, value string
	inside                 bool
}

// budgets collects what the tests have measured. TestMain prints it.
var budgets struct {
	sync.Mutex
	rows []budget
}

// measured adds a row to the table of budgets. It fails nothing: what must hold
// on every machine, such as a number of bytes, the test asserts itself.
func measured(t *testing.T, inside bool, quantity, limit, value string) {
	t.Helper()
	b := budget{quantity, limit, value, inside}
	t.Logf("%s: %s (limit %s)", b.quantity, b.value, b.limit)
	budgets.Lock()
	defer budgets.Unlock()
	budgets.rows = append(budgets.rows, b)
}

// bytesWithin measures a number of bytes, and fails the test where it is above its limit.
func bytesWithin(t *testing.T, quantity string, limit, value int) {
	t.Helper()
	measured(t, value <= limit, quantity, kilobytes(limit), kilobytes(value))
	if value > limit {
		t.Errorf("%s: %d bytes, limit %d", quantity, value, limit)
	}
}

// timeWithin measures a time. Times are printed and never fail a test.
func timeWithin(t *testing.T, quantity string, limit, value time.Duration) {
	t.Helper()
	measured(t, value <= limit, quantity, short(limit), short(value))
}

func kilobytes(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f KB", float64(n)/1000)
}

func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// printBudgets writes the table, with a word where a row is outside its limit.
func printBudgets(out io.Writer) {
	budgets.Lock()
	defer budgets.Unlock()
	if len(budgets.rows) == 0 {
		return
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	outside := 0
	fmt.Fprintln(table, "budget\tlimit\tmeasured\t")
	for _, b := range budgets.rows {
		word := ""
		if !b.inside {
			word = "OUTSIDE"
			outside++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", b.quantity, b.limit, b.value, word)
	}
	_ = table.Flush() // to the output of the tests
	fmt.Fprintf(out, "%d of %d inside their limits\n", len(budgets.rows)-outside, len(budgets.rows))
}

// size names a size of the terminal.
func size(w, h uint16) string { return fmt.Sprintf("%dx%d", w, h) }

// plainText is what a terminal shows of what was sent, without its sequences.
func plainText(sent string) string { return escapes.ReplaceAllString(sent, "") }

// benchHome returns a home in which every bench has a finished run, with the ids of
// those runs by bench.
func benchHome(t *testing.T) (place string, runs map[string]string) {
	t.Helper()
	place = home(t)
	runs = map[string]string{}
	for bench, args := range map[string]string{
		"kv":      "kv blend --demo --seed 7 --modes full,reuse,blend",
		"fuzz":    "fuzz autodiff --target gorgonia --tests 40 --seed 1",
		"prune":   "prune sweep --net lenet300 --methods random,snip --exponents 0.5..1:0.5 --seeds 1 --epochs 1 --train-images 500",
		"caption": "caption run --captioner builtin --backgrounds 6 --seed 1",
	} {
		r := assay(t, place, append(strings.Fields(args), "--json", "--progress", "none")...)
		if r.code != 0 && r.code != 3 { // 3: done, and something was found
			t.Fatalf("assay %s: exit code %d\n%s", args, r.code, cut(r.stderr))
		}
		runs[bench] = field(t, r, "run_id")
	}
	return place, runs
}

// reportBudgets is for TestMain.
func reportBudgets() {
	if path := os.Getenv("ASSAY_BUDGETS"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		defer f.Close()
		printBudgets(f)
		return
	}
	printBudgets(os.Stdout)
}
