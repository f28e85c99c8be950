package app

import (
	tea "charm.land/bubbletea/v2"

	"assay/core/telemetry"
)

// sampled is the answer of Deps.Telemetry.
type sampled struct {
	reading telemetry.Reading
	err     error
}

// measure asks for the next sample of the machine while a run is live: the status
// bar shows it, and an idle screen measures nothing.
func (m *Model) measure() tea.Cmd {
	if m.deps.Telemetry == nil || m.measuring || len(m.counts.live) == 0 {
		return nil
	}
	m.measuring = true
	ctx, from, last, now, sleep := m.ctx, m.deps.Telemetry, m.reading, m.ui.Now, m.ui.Sleep
	return func() tea.Msg {
		r, err := telemetry.After(ctx, from, last, now, sleep)
		return sampled{r, err}
	}
}

// sampled takes a sample in.
func (m *Model) sampled(msg sampled) tea.Cmd {
	m.measuring = false
	if msg.err != nil {
		return nil // the program ends
	}
	if m.reading = msg.reading; len(m.counts.live) == 0 {
		m.reading = telemetry.Reading{}
	}
	return m.measure()
}
