package job

import (
	"context"
	"fmt"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/run"
)

// selfTestSeconds is the deadline of a planted function: one of them never returns,
// and those that look for leaks take seconds where others compute.
const selfTestSeconds = 12

// SelfTest has the planted functions of a target examined with the settings of a
// campaign: how many faults are found and named right, and how many correct
// functions raise an alarm.
func SelfTest(ctx context.Context, name, python, variant, cache string) (fuzz.SelfTestDoc, error) {
	var d fuzz.SelfTestDoc
	t, err := target(name, python, cache)
	if err != nil {
		return d, err
	}
	pool := harness.NewPool(t, harness.Limits{Test: selfTestSeconds * 1e9})
	defer pool.Close()
	p, err := pool.First(ctx)
	if err != nil {
		return d, err
	}
	defer func() { p.Kill() }()
	apis, err := p.Enum(ctx, "planted")
	if err != nil {
		return d, &run.Error{Code: run.ENoTarget, Text: name + " does not list its planted functions", Err: err}
	}
	s := settings(variant, 0, 0, p.Hello.Caps)
	for i := range apis {
		a := &apis[i]
		if a.Planted == nil {
			continue
		}
		row := fuzz.PlantedDoc{Name: a.Name, Expected: expected(a.Planted)}
		if a.Planted.Reason != "" {
			d.NotApplicable++
			row.Reason, row.OK = a.Planted.Reason, true
			d.Functions = append(d.Functions, row)
			continue
		}
		x, err := campaign.Examine(ctx, p, s, a, &a.Seeds[0])
		if err != nil {
			return d, err
		}
		if p.Dead() {
			if p, err = pool.Fresh(ctx); err != nil {
				return d, err
			}
		}
		row.Got = got(x)
		if a.Planted.Twin {
			d.Twins++
			row.OK = x.Suspicion == nil
			if !row.OK {
				d.FalseAlarms++
			}
		} else {
			d.Planted++
			row.OK = names(a.Planted, x)
			if row.OK {
				d.Found++
			}
		}
		d.Functions = append(d.Functions, row)
	}
	if d.Planted > 0 {
		d.Sensitivity = float64(d.Found) / float64(d.Planted)
	}
	if d.Twins > 0 {
		d.Specificity = 1 - float64(d.FalseAlarms)/float64(d.Twins)
	}
	return d, nil
}

// names reports whether an exam found a fault and says of it what was planted.
func names(w *fuzz.Planted, x campaign.Exam) bool {
	u := x.Suspicion
	return u != nil && strings.HasPrefix(u.Category, w.Category) && (w.Wrong == "" || string(u.Wrong) == w.Wrong) && strings.Contains(u.Pattern, w.Pattern)
}

func expected(w *fuzz.Planted) string {
	switch {
	case w.Twin && w.Verdict == "":
		return string(fuzz.Pass)
	case w.Twin:
		return w.Verdict
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", w.Category, w.Wrong, w.Pattern))
}

func got(x campaign.Exam) string {
	if x.Suspicion == nil {
		return string(x.Verdict)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", x.Suspicion.Category, x.Suspicion.Wrong, x.Suspicion.Pattern))
}
