package worker

import (
	"context"
	"time"

	"assay/core/bench"
	"assay/core/run"
)

// errand is a request for the interactive job, with the place for its answer.
type errand struct {
	request
	answer chan<- result // holds one, so that the worker never waits
}

type result struct {
	ok  any
	err error
}

// ask hands a request to the job and waits for its answer.
func (p *process) ask(ctx context.Context, r request) (any, error) {
	if !p.args.warm {
		return nil, &run.Error{Code: run.EState, Text: "the worker does not take requests like " + r.Do, Hint: "open the run on a screen and start it again there"}
	}
	answer := make(chan result, 1)
	select {
	case p.requests <- errand{r, answer}:
	case <-p.quit:
		return nil, &run.Error{Code: run.EState, Text: "the worker is ending"}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	select {
	case a := <-answer:
		return a.ok, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// keepWarm answers requests until the worker is asked to end or nobody has
// asked for anything for a while.
func (p *process) keepWarm(job bench.Job) {
	inter, ok := job.(bench.Interactive)
	if !ok {
		p.log.Warn("the job takes no requests: the worker ends")
		return
	}
	for {
		idle := time.NewTimer(p.c.Idle)
		select {
		case e := <-p.requests:
			idle.Stop()
			if !p.child(inter, e) {
				return
			}
		case <-idle.C:
			p.log.Info("nobody asked for anything", "for", p.c.Idle)
			return
		case <-p.quit:
			idle.Stop()
			return
		}
	}
}

// child runs one request as a run of its own. It returns false where the job
// has not returned, after which nothing can be asked of it.
func (p *process) child(job bench.Interactive, e errand) bool {
	var next bench.Job
	var params bench.Params
	err := p.calls.do(context.Background(), func() (err error) {
		next, params, err = job.Request(e.Do, e.Args)
		return err
	})
	if err != nil {
		e.answer <- result{err: err}
		return true
	}
	t, end, err := p.record(params)
	if err != nil {
		e.answer <- result{err: err}
		return true
	}
	defer end()
	e.answer <- result{ok: struct {
		RunID run.ID `json:"run_id"`
	}{t.id}}
	return !p.perform(t, next, false).abandoned
}

// record makes the row of a child run, with its lock held and its socket open.
func (p *process) record(params bench.Params) (t *task, end func(), err error) {
	id, err := newID()
	if err != nil {
		return nil, nil, err
	}
	lock, err := p.newChildLock(id)
	if err != nil {
		return nil, nil, err
	}
	r := run.Run{ID: id, Bench: p.kind.Bench(), Kind: p.kind.Name, Host: p.host.name, BootID: p.host.boot,
		Parent: p.id, Relation: run.Rerun, Params: params.JSON()}
	complete(&r, p.kind, params)
	if parent, err := p.c.Reader.Run(context.Background(), p.id); err == nil {
		r.Env = parent.Env // the same machine and build; without it the child says less
	}
	if _, err := p.c.Ledger.Create(context.Background(), r); err != nil {
		lock.Close()
		return nil, nil, err
	}
	t = newTask(id, lock)
	srv, err := listen(p.dir, id, p.log, func() Hello { return p.hello(t) }, func(ctx context.Context, r request) (any, error) { return p.answer(ctx, t, r) })
	if err != nil {
		p.finish(t, run.Failed, asError(err))
		lock.Close()
		return nil, nil, err
	}
	p.setCurrent(t)
	return t, func() {
		srv.close(p.dir)
		lock.Close() // lets go of the lock of a run that has ended
	}, nil
}
