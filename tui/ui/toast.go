package ui

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"assay/core/run"
)

// Done is the level of a toast about something that has finished well. It stays
// longer than run.Info.
const Done run.Level = 2

// Toast is a piece of news that comes by itself.
type Toast struct {
	Level run.Level
	Text  string // one line
	Err   error  // nil, or what the detail shows
	Count int    // how often it came
	First time.Time
	Until time.Time // zero: until it was seen
}

// Toasts holds the news on the screen, and the last ones for the detail.
type Toasts struct {
	// Times says how much longer than usual news stay: 0 and 1 as usual, Stay until
	// they are dismissed.
	Times int

	shown []Toast
	past  []Toast
}

// Stay is the Times of news that do not go by themselves.
const Stay = -1

// end is when news go that usually stay for a span.
func (ts *Toasts) end(now time.Time, span time.Duration) time.Time {
	if ts.Times == Stay {
		return time.Time{}
	}
	return now.Add(span * time.Duration(max(ts.Times, 1)))
}

// Add takes news in. The same text within 10 s counts up instead of standing twice.
func (ts *Toasts) Add(now time.Time, level run.Level, text string, err error) {
	if text == "" && err != nil {
		text = err.Error()
	}
	text = Plain(text)
	n := Toast{Level: level, Text: text, Err: err, Count: 1, First: now, Until: ts.end(now, 3*time.Second)}
	switch {
	case level >= run.Err:
		n.Until = time.Time{} // an error that went by itself is a lost error
	case level >= run.Warn:
		n.Until = ts.end(now, 8*time.Second)
	case level >= Done:
		n.Until = ts.end(now, 5*time.Second)
	}
	for i := range ts.shown {
		if old := &ts.shown[i]; old.Text == text && old.Level == level && now.Sub(old.First) <= 10*time.Second {
			old.Count++
			old.Until = n.Until
			return
		}
	}
	ts.shown = append(ts.shown, n)
	const most = 3
	for len(ts.shown) > most {
		ts.leave(ts.oldest())
	}
}

// Pin takes news in that stay until they are dismissed, though they are no error.
func (ts *Toasts) Pin(now time.Time, level run.Level, text string) {
	ts.until(now, level, text, time.Time{})
}

// Hold takes news in that stay for a time of their own.
func (ts *Toasts) Hold(now time.Time, level run.Level, text string, span time.Duration) {
	ts.until(now, level, text, ts.end(now, span))
}

func (ts *Toasts) until(now time.Time, level run.Level, text string, end time.Time) {
	ts.Add(now, level, text, nil)
	for i := range ts.shown {
		if ts.shown[i].Text == Plain(text) && ts.shown[i].Level == level {
			ts.shown[i].Until = end
		}
	}
}

// oldest returns the index of the first toast that is no error, or 0.
func (ts *Toasts) oldest() int {
	for i, t := range ts.shown {
		if !t.Until.IsZero() {
			return i
		}
	}
	return 0
}

// leave moves a toast to the past, of which the last 20 are kept.
func (ts *Toasts) leave(i int) {
	ts.past = append(ts.past, ts.shown[i])
	ts.shown = append(ts.shown[:i], ts.shown[i+1:]...)
	const kept = 20
	if len(ts.past) > kept {
		ts.past = ts.past[len(ts.past)-kept:]
	}
}

// Expire takes away what was shown long enough and reports whether anything went.
func (ts *Toasts) Expire(now time.Time) bool {
	changed := false
	for i := 0; i < len(ts.shown); {
		if u := ts.shown[i].Until; !u.IsZero() && !now.Before(u) {
			ts.leave(i)
			changed = true
			continue
		}
		i++
	}
	return changed
}

// Next returns when the next toast expires; ok is false where none will.
func (ts *Toasts) Next() (at time.Time, ok bool) {
	for _, t := range ts.shown {
		if !t.Until.IsZero() && (!ok || t.Until.Before(at)) {
			at, ok = t.Until, true
		}
	}
	return at, ok
}

// Len returns how many toasts are shown.
func (ts *Toasts) Len() int { return len(ts.shown) }

// Dismiss takes away the newest toast that would stay, an error or a pinned one,
// and reports whether there was one. The others go by themselves.
func (ts *Toasts) Dismiss() bool {
	for i, t := range slices.Backward(ts.shown) {
		if t.Until.IsZero() {
			ts.leave(i)
			return true
		}
	}
	return false
}

// Seen takes all toasts away: the detail has shown them.
func (ts *Toasts) Seen() {
	for len(ts.shown) > 0 {
		ts.leave(0)
	}
}

// All returns the news, newest first, those gone as well.
func (ts *Toasts) All() []Toast {
	var out []Toast
	for _, t := range slices.Backward(ts.shown) {
		out = append(out, t)
	}
	for _, t := range slices.Backward(ts.past) {
		out = append(out, t)
	}
	return out
}

// View draws the toasts, one below the other, w cells wide at most; it returns
// nil where there is nothing to show.
func (ts *Toasts) View(c *Context, w int) []string {
	var out []string
	for _, t := range ts.shown {
		out = append(out, t.View(c, w)...)
	}
	return out
}

// View draws one toast of at most w cells: a line for news, a box for errors.
func (t Toast) View(c *Context, w int) []string {
	sign, role := "i", "toast-info"
	switch {
	case t.Level >= run.Err:
		sign, role = "!", "toast-error"
	case t.Level >= run.Warn:
		sign, role = "!", "toast-warn"
	case t.Level >= Done:
		sign, role = "+", "toast-done"
	}
	text := t.Text
	if t.Count > 1 {
		text = fmt.Sprintf("%s  %dx", text, t.Count)
	}
	if t.Level < run.Err {
		text = Cut(" "+sign+" "+text+" ", w)
		return []string{c.Theme.Paint(role, text)}
	}
	head := sign
	var re *run.Error
	if errors.As(t.Err, &re) {
		head += " " + string(re.Code)
		if t.Count == 1 || text == t.Text {
			text = re.Text
		}
	}
	head += t.First.Format("  15:04")
	inner := min(max(w-4, 1), 64)
	lines := Wrap(text, inner)
	if re != nil && re.Hint != "" {
		lines = append(lines, Wrap("next: "+Plain(re.Hint), inner)...)
	}
	const most = 5 // the detail shows the rest
	if len(lines) > most {
		lines = append(lines[:most-1], "...")
	}
	lines = append(lines, "details (!)  dismiss (esc)")
	wide := Width(head) + 6
	for _, l := range lines {
		wide = max(wide, Width(l))
	}
	return panel(c, role, head, lines, min(wide+4, w))
}

// panel draws lines in a frame of its own in one role, w cells wide.
func panel(c *Context, role, title string, lines []string, w int) []string {
	box := *c
	box.Width, box.Height = 100, 18 // panels have a frame at every size
	var body []string
	for _, l := range lines {
		body = append(body, " "+l)
	}
	return Frame(&box, w, len(body)+2, []Pane{{Rect: Rect{W: w, H: len(body) + 2}, Title: title, Body: body, Role: role}})
}

// Panel draws lines in a frame of its own, at any size of the terminal: for
// overlays.
func Panel(c *Context, title string, lines []string, w int) []string {
	return panel(c, "border-focus", title, lines, w)
}

// Over lays a block over lines, its top left corner at x, y. What sticks out is cut.
func Over(base, top []string, x, y int) []string {
	for i, l := range top {
		if y+i < 0 || y+i >= len(base) {
			continue
		}
		base[y+i] = overLine(base[y+i], l, x)
	}
	return base
}
