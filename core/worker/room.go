package worker

import (
	"context"
	"time"

	"assay/core/run"
)

// roomEvery is the time between two tries to write.
const roomEvery = time.Second

// room waits, after a try that found the disk full or the database locked, until
// it is worth another one: for a while, or until somebody asks the run to go on. It returns false
// where the run is to end. With nil the wait is over. Meanwhile the run is
// paused, which its socket says: its row cannot be written.
func (t *task) room(err error) bool {
	if err == nil {
		t.trouble.Store(nil)
		return true
	}
	e := asError(err)
	text := e.Text
	if e.Err != nil {
		text += ": " + e.Err.Error() // the cause does not travel over the socket
	}
	hint := "the run goes on by itself when that one lets go"
	if run.NoSpace(err) {
		hint = "free some space, and the run goes on by itself"
	}
	t.trouble.Store(&run.Error{Code: e.Code, Text: text, Hint: hint})
	t.tries.Add(1)
	later := time.NewTimer(roomEvery)
	defer later.Stop()
	select {
	case <-later.C:
	case <-t.again:
	case <-t.ctx.Done():
		t.trouble.Store(nil)
		return false
	}
	return true
}

// persist calls write again as long as what keeps it from writing may pass.
func (t *task) persist(write func() error) error {
	err := write()
	if !run.Passing(err) {
		return err
	}
	for run.Passing(err) && t.room(err) {
		err = write()
	}
	t.trouble.Store(nil)
	return err
}

// insist tries at once whether a run that waits for room can go on; the error
// is why not.
func (t *task) insist(ctx context.Context) error {
	const look = 10 * time.Millisecond
	before := t.tries.Load()
	select {
	case t.again <- struct{}{}:
	default: // somebody has just asked for the same
	}
	for {
		e := t.trouble.Load()
		if e == nil {
			return nil
		}
		if t.tries.Load() > before || ctx.Err() != nil {
			return e
		}
		select {
		case <-ctx.Done(): // the run may just have gone on, and ended
		case <-time.After(look):
		}
	}
}
