package app

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// Update handles one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		if m.mouse.border == nil {
			return m, nil // a drag of anything else means nothing, and comes many times a second
		}
	}
	m.fresh = false
	cmd, ok := m.heard(msg)
	if !ok {
		cmd = m.handle(msg)
	}
	return m, tea.Batch(cmd, m.retitle())
}

func (m *Model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.MouseClickMsg:
		return m.click(tea.Mouse(msg))
	case tea.MouseMotionMsg:
		m.drag(tea.Mouse(msg))
		return nil
	case tea.MouseReleaseMsg:
		m.mouse.border = nil
		return nil
	case tea.MouseWheelMsg:
		return m.turn(tea.Mouse(msg))
	case wheelDue:
		return m.turned()
	case tea.WindowSizeMsg:
		m.ui.Width, m.ui.Height = msg.Width, msg.Height
		m.resize()
		return nil
	case resizeHeld:
		return m.holdResize(msg)
	case resizeDue:
		return m.releaseResize()
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.FocusMsg:
		m.pace.blurred.Store(false)
		return nil
	case tea.BlurMsg:
		m.pace.blurred.Store(true)
		return nil
	case tea.ColorProfileMsg:
		m.setDepth(msg)
		return nil
	case tea.BackgroundColorMsg:
		m.setGround(msg.IsDark())
		return nil
	case dataChanged:
		return m.changed()
	case watchFailed:
		return m.watchFailed(msg.err)
	case countsRead:
		return m.setCounts(msg.counts)
	case sampled:
		return m.sampled(msg)
	case ended:
		return m.tellEnded(msg.run)
	case minutePassed:
		return m.nextMinute()
	case secondPassed:
		m.ticking = false
		return tea.Batch(m.toScreen(ui.Tick{Now: msg.now}), m.tick())
	case toastExpired:
		m.expiring = false
		m.toasts.Expire(m.ui.Now())
		return m.expire()
	case saveDue:
		return tea.Batch(m.save(), m.nextSave())
	case sweepDue:
		return m.sweep()
	case sweepDone:
		m.swept = false
		if msg.err != nil {
			return m.notify(run.Warn, "cannot check the workers of live runs: "+msg.err.Error(), msg.err)
		}
		return m.nextSweep()
	case leave:
		return m.leave(msg.exit)
	case saveFailed:
		return m.notify(run.Warn, "the view was not saved: "+msg.err.Error(), msg.err)
	case awayRead:
		m.tellAway(msg)
		return nil
	case runRead:
		return m.runRead(msg)
	case started:
		return m.started(msg)
	case exported:
		return m.exported(msg)
	case told:
		m.answered(msg.of, msg.err)
		return m.notify(msg.level, msg.text, msg.err)
	case runsForPalette:
		if m.open(msg.to) {
			msg.to.addRuns(msg.runs)
		}
		return nil
	case annotated:
		return m.annotated(msg)
	case editOpened:
		return m.editOpened(msg)
	case editDone:
		return m.editDone(msg)
	case copiedBy:
		return m.copiedBy(msg)
	case copiedToFile:
		return m.copiedToFile(msg)
	case firstStart:
		m.strip = &strip{msg.device}
		return m.stillEmpty() // the device may have taken its time
	case begun:
		m.strip = nil
		return nil
	case tourReady:
		return m.tourReady(msg)
	case seenRead:
		return m.seenRead(msg)
	case seenFailed:
		m.told.known = false // better nothing than the same each time
		return nil
	case themesRead:
		return m.themesRead(msg)
	case themeLooked:
		return m.themeLooked(msg)
	case settingsRead:
		return m.settingsRead(msg)
	case lineRan:
		return m.lineRan(msg)
	case lineCompleted:
		if m.open(msg.to) {
			msg.to.completed(msg)
		}
		return nil
	case commandRead:
		before := len(m.overlays)
		m.push(newCommandOverlay(msg.line))
		m.surprise(msg.asked, before)
		return nil
	}
	return m.toScreen(msg)
}

// toScreen hands a message to every screen that may wait for it: replies of
// commands belong to the screen that asked, which may be in the background by
// now. Ticks and changes go to the front alone.
func (m *Model) toScreen(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case ui.Tick, ui.DataChanged:
		intent, cmd := m.screen().Update(msg)
		return tea.Batch(cmd, m.intend(intent))
	}
	var cmds []tea.Cmd
	for _, s := range m.screens {
		intent, cmd := s.Update(msg)
		cmds = append(cmds, cmd, m.intend(intent))
	}
	return tea.Batch(cmds...)
}

// changed reacts to a commit of somebody.
func (m *Model) changed() tea.Cmd {
	m.failing = false
	for i := range m.stale {
		m.stale[i] = i != m.active
	}
	return tea.Batch(m.toScreen(ui.DataChanged{}), m.readCounts(), m.stillEmpty(), m.waitChanges())
}

// watchFailed tells about trouble with the database once, and looks again.
func (m *Model) watchFailed(err error) tea.Cmd {
	cmds := []tea.Cmd{m.waitChanges()}
	if !m.failing {
		m.failing = true
		cmds = append(cmds, m.notify(run.Err, "", err))
	}
	return tea.Batch(cmds...)
}

// key dispatches a key: overlays first, then the screen that takes every key, then
// the actions of pane, screen and shell.
func (m *Model) key(key tea.KeyPressMsg) tea.Cmd {
	if ui.KeyName(key) == "ctrl+c" {
		return m.interrupt()
	}
	m.pressed++
	if n := len(m.overlays); n > 0 {
		if m.flight.holds(m.ui.Now()) {
			return nil
		}
		return m.overlays[n-1].key(m, key)
	}
	if m.screen().Capturing() {
		intent, cmd := m.screen().Update(key)
		return tea.Batch(cmd, m.intend(intent))
	}
	if ui.KeyName(key) == "esc" && m.toasts.Dismiss() {
		return nil // an error in the way goes first
	}
	if m.strip != nil {
		switch name := ui.KeyName(key); {
		case name == "enter" && m.screen().ID() == "runs": // there is no run yet that it could open
			return m.startTour()
		case name == "esc":
			return m.endTour()
		}
	}
	a := ui.Match(m.Actions(), key)
	if a == nil {
		return nil
	}
	return m.do(a)
}

// do carries out an action, says why it cannot be done, or asks first.
func (m *Model) do(a *ui.Action) tea.Cmd {
	if ok, why := a.Possible(); !ok {
		return m.notify(run.Warn, a.Title+": "+why, nil)
	}
	intent, cmd := a.Do()
	cmd = tea.Batch(cmd, m.did(a.ID))
	if !a.Danger {
		return tea.Batch(cmd, m.intend(intent))
	}
	if _, asks := intent.(ui.CancelRun); asks {
		return tea.Batch(cmd, m.intend(intent))
	}
	if _, asks := intent.(ui.DeleteRun); asks {
		return tea.Batch(cmd, m.intend(intent))
	}
	m.push(newConfirm(a.Title+"?", nil, a.Title, func() tea.Cmd { return tea.Batch(cmd, m.intend(intent)) }))
	return nil
}

// interrupt leaves at the second ctrl+c within a second.
func (m *Model) interrupt() tea.Cmd {
	now := m.ui.Now()
	if !m.lastCtrl.IsZero() && now.Sub(m.lastCtrl) <= time.Second {
		return m.leave(0)
	}
	m.lastCtrl = now
	return m.notify(run.Info, "ctrl+c again leaves; runs go on", nil)
}

// paste hands pasted text to whatever takes text.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if n := len(m.overlays); n > 0 {
		m.overlays[n-1].paste(msg.Content)
		return nil
	}
	if m.screen().Capturing() {
		intent, cmd := m.screen().Update(msg)
		return tea.Batch(cmd, m.intend(intent))
	}
	return nil
}
