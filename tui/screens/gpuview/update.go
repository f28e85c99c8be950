package gpuview

import (
	"context"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/telemetry"
	"assay/tui/ui"
)

// sampled is the answer of a Source.
type sampled struct {
	reading telemetry.Reading
	now     time.Time
	err     error
}

// Update takes samples.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	if msg, ok := msg.(sampled); ok {
		return nil, s.sampled(msg)
	}
	return nil, nil
}

// listen asks for the next sample when it is due, unless it is being asked for.
func (s *Screen) listen() tea.Cmd {
	if s.listening || s.source == nil {
		return nil
	}
	s.listening = true
	c, source, last := s.c, s.source, s.reading
	return func() tea.Msg {
		r, err := telemetry.After(context.Background(), source, last, c.Now, c.Sleep)
		return sampled{r, c.Now(), err}
	}
}

// sampled takes a sample in, and asks for the next one while somebody looks.
func (s *Screen) sampled(msg sampled) tea.Cmd {
	s.listening = false
	if msg.err != nil {
		return nil // the feed is closed: the program ends
	}
	fresh := msg.reading.Count != s.reading.Count
	had := len(s.reading.Sample.GPU.Cards)
	wasAbsent := s.absent()
	s.reading, s.shownAt = msg.reading, msg.now
	if fresh {
		s.history.add(&s.reading)
		s.cards.SetRows(&cardRows{s.c, s.reading.Sample.GPU.Cards})
		s.procs.SetRows(&procRows{s.c, s.reading.Sample.Processes})
	}
	if had != len(s.reading.Sample.GPU.Cards) || wasAbsent != s.absent() {
		s.arrange()
	}
	s.clean = false
	if !s.c.Remote || s.reading.Count%2 == 0 || !fresh { // charts at half the rate where bytes are dear
		s.charts.clean = false
	}
	if !s.drawn {
		return nil // not in front: Focus asks again
	}
	s.drawn = false
	return s.listen()
}

// restart begins to measure anew.
func (s *Screen) restart() tea.Cmd {
	source := s.source
	if source == nil {
		return nil
	}
	return tea.Sequence(func() tea.Msg { source.Restart(); return nil }, s.listen())
}

// readAt moves the moment at which charts are read out.
func (s *Screen) readAt(by float64) {
	lo, hi := s.history.window()
	step := (hi - lo) / 60
	if math.IsNaN(s.cross) {
		s.cross = s.history.now()
	}
	s.cross = min(max(s.cross+by*step, lo), s.history.now())
}
