package app

import "time"

// How long a dialog that has come while somebody typed takes no keys: until they have
// been silent for a while, but not for ever.
const (
	silence  = 400 * time.Millisecond
	patience = 1500 * time.Millisecond
)

// flight holds back keys that were meant for what lay below a dialog.
type flight struct{ since, last time.Time }

// begin says that a dialog has come between the keys of somebody.
func (f *flight) begin(now time.Time) { f.since, f.last = now, now }

// holds reports whether a key is to be left out.
func (f *flight) holds(now time.Time) bool {
	if f.since.IsZero() || now.Sub(f.last) >= silence || now.Sub(f.since) >= patience {
		f.since = time.Time{}
		return false
	}
	f.last = now
	return true
}

// surprise notes a dialog that came in answer to a key, after others had been pressed:
// asked is how many keys there were then, dialogs how many overlays before the answer.
func (m *Model) surprise(asked, dialogs int) {
	if len(m.overlays) > dialogs && m.pressed != asked {
		m.flight.begin(m.ui.Now())
	}
}
