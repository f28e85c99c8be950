package captionbench

import (
	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Update takes replies of the screen's own commands, news, and keys while a text
// is typed.
func (s *Screen) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch m := msg.(type) {
	case rested:
		return nil, s.gotRest(m)
	case painted:
		return nil, s.gotPictures(m)
	case labelsWished:
		return s.gotWishes(m)
	case ui.DataChanged:
		return nil, s.follow.Changed()
	case tea.KeyPressMsg, tea.PasteMsg:
		return s.typed(msg)
	}
	var cmd tea.Cmd
	intent, more := s.follow.Update(msg, s.fresh, func(n news) int64 {
		s.camp.apply(n)
		s.relist()
		cmd = s.moved()
		return n.run.LastSeq
	})
	s.dirty = true
	return intent, tea.Batch(cmd, more)
}

// fresh forgets the campaign before another one is read.
func (s *Screen) fresh() {
	if s.pics.stop != nil {
		s.pics.stop()
	}
	s.camp, s.list, s.undo = newCampaign(s.follow.ID()), nil, nil
	s.pics = pictures{sent: s.pics.sent}
	s.table = ui.NewTable(columns)
	s.dirty = true
}

// typed takes a key for the text that is typed.
func (s *Screen) typed(msg tea.Msg) (ui.Intent, tea.Cmd) {
	if s.field == nil {
		return nil, nil
	}
	s.dirty = true
	open, intent, cmd := s.field.Update(msg)
	if !open {
		s.field = nil
		cmd = tea.Batch(cmd, s.moved())
	}
	return intent, cmd
}
