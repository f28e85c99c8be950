package fuzzbench

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/run"
	"assay/tui/runview"
)

// The kinds of runs that the screen shows.
const (
	KindCampaign = "fuzz.autodiff"
	KindCase     = "fuzz.case"
	KindMinimise = "fuzz.minimise"
)

// Reader is the part of run.Reader that the screen needs.
type Reader interface {
	Runs(ctx context.Context, f run.Filter) ([]run.Run, error)
	runview.Source
	runview.Resolver
}

// campaign is what is read of a run so far. A look at one case is a run with a look
// instead of findings, and the shrinking of a finding one with that.
type campaign struct {
	run      run.Run
	doc      fuzz.CampaignDoc
	look     *fuzz.LookDoc
	min      *fuzz.MinimiseDoc
	findings []fuzz.FindingDoc // in the order in which they were found
	labels   map[string]run.Label
}

func newCampaign(id run.ID) *campaign {
	return &campaign{run: run.Run{ID: id}, labels: map[string]run.Label{}}
}

// known reports whether anything was read of the run yet.
func (c *campaign) known() bool { return c != nil && c.run.Kind != "" }

// single reports whether the run is of one case or finding, not a campaign.
func (c *campaign) single() bool { return c.known() && c.run.Kind != KindCampaign }

// news is what was committed to a run since an earlier reading, and all labels.
type news struct {
	run      run.Run
	doc      *fuzz.CampaignDoc
	look     *fuzz.LookDoc
	min      *fuzz.MinimiseDoc
	findings []fuzz.FindingDoc
	labels   []run.Label
}

// readNews reads what a run has committed after a sequence number.
func readNews(ctx context.Context, r Reader, id run.ID, after int64) (n news, err error) {
	n.run, n.labels, err = runview.Records(ctx, r, id, after, func(rec run.Record) error {
		switch rec.Kind {
		case fuzz.RecordCampaign:
			n.doc = new(fuzz.CampaignDoc)
			return json.Unmarshal(rec.Data, n.doc)
		case fuzz.RecordLook:
			n.look = new(fuzz.LookDoc)
			return json.Unmarshal(rec.Data, n.look)
		case fuzz.RecordMinimise:
			n.min = new(fuzz.MinimiseDoc)
			return json.Unmarshal(rec.Data, n.min)
		case run.FindingKind:
			n.findings = append(n.findings, fuzz.FindingDoc{})
			return json.Unmarshal(rec.Data, &n.findings[len(n.findings)-1])
		}
		return nil
	})
	return n, err
}

// apply takes news in.
func (c *campaign) apply(n news) {
	c.run = n.run
	if n.doc != nil {
		c.doc = *n.doc
	}
	if n.look != nil {
		c.look = n.look
	}
	if n.min != nil {
		c.min = n.min
	}
	for _, f := range n.findings {
		if i := slices.IndexFunc(c.findings, func(g fuzz.FindingDoc) bool { return g.ID == f.ID }); i >= 0 {
			c.findings[i] = f
			continue
		}
		c.findings = append(c.findings, f)
	}
	clear(c.labels)
	for _, l := range n.labels {
		c.labels[l.Key] = l
	}
}

// difference is what became of a cause from one campaign to another.
type difference string

// The differences. Without a second campaign a finding has none.
const (
	fresh difference = "new"
	gone  difference = "gone"
	same  difference = "same"
)

// row is one line of the list.
type row struct {
	f      *fuzz.FindingDoc
	change difference
}

// listed returns the findings of a campaign as the view wants them, set against
// those of an earlier campaign where there is one.
func (v view) listed(c, before *campaign) []row {
	words := strings.Fields(strings.ToLower(v.Filter))
	var out []row
	add := func(f *fuzz.FindingDoc, change difference) {
		if v.Which.holds(c, f) && matches(c, f, change, words) {
			out = append(out, row{f, change})
		}
	}
	causes := map[string]bool{}
	for i := range c.findings {
		causes[c.findings[i].RootCause] = true
	}
	earlier := map[string]bool{}
	if before != nil {
		for i := range before.findings {
			f := &before.findings[i]
			earlier[f.RootCause] = true
			if !causes[f.RootCause] {
				add(f, gone)
			}
		}
	}
	for i := range c.findings {
		f := &c.findings[i]
		switch {
		case before == nil:
			add(f, "")
		case earlier[f.RootCause]:
			add(f, same)
		default:
			add(f, fresh)
		}
	}
	slices.SortStableFunc(out, func(a, b row) int { return v.Order.compare(a.f, b.f) })
	return out
}

// which says which findings the list holds.
type which string

// The choices of findings.
const (
	everyFinding which = "findings"
	confirmed    which = "confirmed"
	unknown      which = "not known yet"
	unlabelled   which = "unlabelled"
)

var choices = []which{everyFinding, confirmed, unknown, unlabelled}

func (v which) holds(c *campaign, f *fuzz.FindingDoc) bool {
	switch v {
	case confirmed:
		return f.Confirmed
	case unknown:
		return f.Known == ""
	case unlabelled:
		_, has := c.labels[f.ID]
		return !has
	}
	return true
}

// order is how the list is sorted.
type order string

// The orders.
const (
	newest     order = "newest"
	bySeverity order = "severity"
	byAPI      order = "api"
	byError    order = "error"
)

var orders = []order{newest, bySeverity, byAPI, byError}

func (o order) compare(a, b *fuzz.FindingDoc) int {
	switch o {
	case bySeverity:
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), cmp.Compare(a.Test, b.Test), cmp.Compare(a.ID, b.ID))
	case byAPI:
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.ID, b.ID))
	case byError:
		return cmp.Or(cmp.Compare(float64(b.Evidence.RelErr), float64(a.Evidence.RelErr)), cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(cmp.Compare(b.Test, a.Test), cmp.Compare(a.ID, b.ID))
}

// matches reports whether every word occurs in what is known of a finding; a word
// with a - in front must not.
func matches(c *campaign, f *fuzz.FindingDoc, change difference, words []string) bool {
	if len(words) == 0 {
		return true
	}
	l := c.labels[f.ID]
	text := strings.ToLower(strings.Join([]string{f.ID, f.API, f.Category, string(f.Severity), f.Signature, f.RootCause, string(f.Wrong), f.Pattern,
		f.Text, f.Known, l.Word, l.Note, string(change)}, "\n"))
	for _, w := range words {
		if not, ok := strings.CutPrefix(w, "-"); ok && not != "" {
			if strings.Contains(text, not) {
				return false
			}
		} else if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
