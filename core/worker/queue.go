package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"assay/core/run"
)

// Place says where a run stands in the queue for a lease, and for whom it waits.
type Place struct {
	Lease   string   `json:"lease"`   // "jobs" or "interactive"; "" where the run waits for nothing
	Ahead   []run.ID `json:"ahead"`   // with older tickets, oldest first
	Holders []run.ID `json:"holders"` // who has the slots now
}

// Place finds out for whom a queued run waits.
func (l *Launcher) Place(ctx context.Context, id run.ID) (Place, error) {
	lease, ahead, err := l.o.Register.Ticket(ctx, id)
	if err != nil || lease == "" {
		return Place{}, err
	}
	holders, err := l.dir.holding(lease)
	return Place{Lease: lease, Ahead: ahead, Holders: holders}, err
}

// Text says it in one line, with runs as name calls them: "waits for a job
// slot, held by sweep-s7-1, behind eval-s7-2".
func (p Place) Text(name func(run.ID) string) string {
	what := map[string]string{leaseJobs: "a job slot", leaseInteractive: "the interactive slot"}[p.Lease]
	if what == "" {
		return "waits for nothing"
	}
	text := "waits for " + what
	if len(p.Holders) > 0 {
		text += ", held by " + listed(p.Holders, name)
	}
	if len(p.Ahead) > 0 {
		text += ", behind " + listed(p.Ahead, name)
	}
	return text
}

// listed names the first few of some runs.
func listed(ids []run.ID, name func(run.ID) string) string {
	const most = 3 // a line holds no more
	names := make([]string, min(len(ids), most))
	for i := range names {
		names[i] = name(ids[i])
	}
	if more := len(ids) - len(names); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

// nameOf is the name of a run, or its ID where that cannot be read.
func (p *process) nameOf(id run.ID) string {
	r, err := p.c.Reader.Run(context.Background(), id)
	if err != nil {
		return string(id)
	}
	return r.Name
}

// note takes a line for the events of a run.
type note func(kind, text string)

const (
	tellAfter = time.Second // a wait that is shorter interests nobody
	tellEvery = time.Minute // a long queue moves often
)

// waiting tells the events of a run for whom it waits, when that takes long.
type waiting struct {
	since time.Time
	told  time.Time // when something was last said
	text  string
	say   note
}

// due reports whether it is time to say something.
func (w *waiting) due() bool {
	if w.told.IsZero() {
		return time.Since(w.since) >= tellAfter
	}
	return time.Since(w.told) >= tellEvery
}

func (w *waiting) tell(text string) {
	w.told = time.Now()
	if text != w.text {
		w.text = text
		w.say("queue.waits", text)
	}
}

// end says how long it took, where something was said before.
func (w *waiting) end() {
	if !w.told.IsZero() {
		w.say("queue.goes", "got its slot after "+time.Since(w.since).Round(time.Second).String())
	}
}
