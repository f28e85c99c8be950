package captionbench

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

type (
	// newsRead answers read: what was committed to the campaign.
	newsRead struct {
		gen  int
		news news
		err  error
	}
	// latestFound answers readLatest.
	latestFound struct {
		gen int
		id  run.ID
		err error
	}
)

// Update takes replies of the screen's own commands, news, and keys while a text
// is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch m := msg.(type) {
	case newsRead:
		return s.gotNews(m)
	case latestFound:
		return s.gotLatest(m)
	case rested:
		return nil, s.gotRest(m)
	case painted:
		return nil, s.gotPictures(m)
	case labelsWished:
		return s.gotWishes(m)
	case ui.DataChanged:
		return nil, s.changed()
	case tea.KeyPressMsg:
		return s.typed(m)
	case tea.PasteMsg:
		if s.field != nil {
			s.field.input.Paste(m.Content)
			s.edited()
		}
	}
	return nil, nil
}

// changed reads what was committed; where there was nothing to show, it looks again.
func (s *Screen) changed() tea.Cmd {
	if s.camp == nil {
		if s.asked && !s.busy {
			return s.readLatest()
		}
		return nil
	}
	return s.read()
}

// read fetches what is new. Where a reading is under way already, another follows it.
func (s *Screen) read() tea.Cmd {
	if s.camp == nil {
		return nil
	}
	if s.busy {
		s.again = true
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s.busy, s.again, s.stop = true, false, stop
	gen, reader, id, after := s.gen, s.r, s.camp.run.ID, s.camp.run.LastSeq
	return func() tea.Msg {
		defer stop()
		n, err := readNews(ctx, reader, id, after)
		return newsRead{gen, n, err}
	}
}

// readLatest looks for the newest campaign.
func (s *Screen) readLatest() tea.Cmd {
	ctx, stop := context.WithCancel(context.Background())
	s.busy, s.stop = true, stop
	gen, reader := s.gen, s.r
	return func() tea.Msg {
		defer stop()
		r, err := reader.Resolve(ctx, "@caption")
		return latestFound{gen, r.ID, err}
	}
}

func (s *Screen) gotLatest(m latestFound) (ui.Intent, tea.Cmd) {
	if m.gen != s.gen {
		return nil, nil
	}
	s.busy, s.dirty = false, true
	switch {
	case m.err == nil:
		return nil, s.Open(m.id)
	case run.CodeOf(m.err) == run.ENoRun:
		return nil, nil
	}
	return s.fault(m.err), nil
}

func (s *Screen) gotNews(m newsRead) (ui.Intent, tea.Cmd) {
	if m.gen != s.gen {
		return nil, nil
	}
	again := s.again
	s.busy, s.again = false, false
	if m.err != nil {
		s.dirty = true
		if errors.Is(m.err, context.Canceled) {
			return nil, nil
		}
		return s.fault(m.err), nil
	}
	s.err = nil
	s.camp.apply(m.news)
	s.relist()
	cmds := []tea.Cmd{s.moved()}
	if again {
		cmds = append(cmds, s.read())
	}
	return nil, tea.Batch(cmds...)
}

// fault keeps an error for the body and hands it to the shell once.
func (s *Screen) fault(err error) ui.Intent {
	known := s.err != nil && s.err.Error() == err.Error()
	s.err = err
	if known {
		return nil
	}
	return ui.Notify{Level: run.Err, Text: "the campaign cannot be read", Err: err}
}

// typed takes a key for the text that is typed.
func (s *Screen) typed(key tea.KeyPressMsg) (ui.Intent, tea.Cmd) {
	f := s.field
	if f == nil {
		return nil, nil
	}
	s.dirty = true
	switch ui.KeyName(key) {
	case "esc":
		s.field = nil
		if f.cancel != nil {
			f.cancel()
		}
		return nil, s.moved()
	case "enter":
		s.field = nil
		return f.done(f.input.Text())
	}
	if f.input.Key(key) {
		s.edited()
	}
	return nil, nil
}

func (s *Screen) edited() {
	s.dirty = true
	if s.field.change != nil {
		s.field.change(s.field.input.Text())
	}
}

// ask opens a text to type, with something in it.
func (s *Screen) ask(f field, text string) {
	f.input.Set(text)
	s.field = &f
	s.dirty = true
}
