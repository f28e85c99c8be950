package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// leave ends the program with a code; saveFailed says that the view was not kept.
type (
	leave      struct{ exit int }
	saveFailed struct{ err error }
)

// view is what is kept of a terminal between two screens on it.
type view struct {
	Format  int                        `json:"format"` // 1
	Active  string                     `json:"active"`
	Back    []string                   `json:"back,omitempty"`
	Screens map[string]json.RawMessage `json:"screens"`
	Live    []run.ID                   `json:"live,omitempty"`
	Own     []run.ID                   `json:"own,omitempty"`  // of the live ones, those asked for here
	Seqs    map[run.ID]int64           `json:"seqs,omitempty"` // how far the live ones were
	LeftMs  int64                      `json:"left_ms"`
	Sizes   map[string]ui.Shares       `json:"sizes,omitempty"` // of panes
	Typed   map[string][]string        `json:"typed,omitempty"` // recent filters
	Used    []use                      `json:"used,omitempty"`  // in the palette
	Left    bool                       `json:"left"`            // by the person; else the screen has lost its terminal or was killed
}

// Left reports whether the person has left the screen that a view was saved by.
// One that lost its terminal or was killed was not left, and is to be come back to
// from wherever the person is next.
func Left(data json.RawMessage) bool {
	var v view
	return json.Unmarshal(data, &v) == nil && v.Left
}

// snapshot collects the view state. Without stamp it leaves the time out, so that
// two snapshots of the same view are the same bytes.
func (m *Model) snapshot(stamp bool) json.RawMessage {
	v := view{Format: 1, Active: m.screen().ID(), Screens: map[string]json.RawMessage{}, Used: m.usage(), Typed: m.ui.Histories(), Sizes: m.ui.Sizes()}
	for _, i := range m.back {
		v.Back = append(v.Back, m.screens[i].ID())
	}
	for _, s := range m.screens {
		if raw := s.SaveView(); len(raw) > 0 {
			v.Screens[s.ID()] = raw
		}
	}
	for _, r := range m.counts.live {
		v.Live = append(v.Live, r.ID)
		if m.out.own[r.ID] {
			v.Own = append(v.Own, r.ID)
		}
	}
	if stamp {
		v.LeftMs, v.Seqs = m.ui.Now().UnixMilli(), map[run.ID]int64{}
		for _, r := range m.counts.live {
			v.Seqs[r.ID] = r.LastSeq
		}
		v.Left = m.leaving && m.exit == 0
	}
	data, err := json.Marshal(v)
	if err != nil { // a screen gave bytes that are no JSON: better no state than a broken one
		return nil
	}
	return data
}

// restore brings the view back that was saved last. State that cannot be read is
// dropped: it is a convenience, and an older or newer program may have written it.
func (m *Model) restore() {
	if m.deps.Views == nil {
		return
	}
	data, err := m.deps.Views.Load()
	if err != nil {
		m.toasts.Add(m.ui.Now(), run.Warn, "the last view could not be read: "+err.Error(), err)
		return
	}
	var v view
	if len(data) == 0 || json.Unmarshal(data, &v) != nil || v.Format != 1 {
		return
	}
	index := map[string]int{}
	for i, s := range m.screens {
		index[s.ID()] = i
		if raw := v.Screens[s.ID()]; len(raw) > 0 {
			s.RestoreView(raw)
		}
	}
	if i, ok := index[v.Active]; ok {
		m.active = i
	}
	for _, id := range v.Back {
		if i, ok := index[id]; ok {
			m.back = append(m.back, i)
		}
	}
	for _, id := range v.Own {
		m.mine(id)
	}
	m.ui.SetHistories(v.Typed)
	m.ui.SetSizes(v.Sizes)
	for _, u := range v.Used {
		m.used[u.ID] = u
	}
	if v.LeftMs > 0 {
		m.away = &away{v.Live, v.Seqs, time.UnixMilli(v.LeftMs)}
	}
	m.saved = m.snapshot(false)
}

// save keeps the view where it changed since the last time.
func (m *Model) save() tea.Cmd {
	now := m.snapshot(false)
	if m.deps.Views == nil || bytes.Equal(now, m.saved) {
		return nil
	}
	m.saved = now
	store, data := m.deps.Views, m.snapshot(true)
	return func() tea.Msg {
		if err := store.Save(data); err != nil {
			return saveFailed{err}
		}
		return nil
	}
}

// leave saves the view and ends the program; runs go on.
func (m *Model) leave(exit int) tea.Cmd {
	m.leaving = true
	m.exit = exit
	m.saved = nil // the time of leaving is news enough
	return tea.Sequence(m.save(), tea.Quit)
}

// spanText writes a span of time as lists do: "42s", "12m31", "3h12", "5d04".
func spanText(d time.Duration) string {
	s := int(d / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", max(s, 0))
	case s < 3600:
		return fmt.Sprintf("%dm%02d", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02d", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02d", s/86400, s/3600%24)
}

// farewell is the line printed after the screen: what goes on, and how to come back.
func (m *Model) farewell() string {
	if len(m.counts.live) == 0 {
		return ""
	}
	var names []string
	for i, r := range m.counts.live {
		if i == 3 {
			names = append(names, fmt.Sprintf("and %d more", len(m.counts.live)-i))
			break
		}
		names = append(names, r.Name+" ("+short(r.ID)+")")
	}
	verb := "go on"
	if len(m.counts.live) == 1 {
		verb = "goes on"
	}
	return fmt.Sprintf("%s %s: %s; assay comes back to it, assay run ls lists", countText(len(m.counts.live), "run"), verb, strings.Join(names, ", "))
}
