package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"assay/tui/term"
	"assay/tui/ui"
)

// spots are the places of the last frame, for an account of its bytes. The model
// writes them and the renderer reads them: safe for concurrent use.
type spots struct{ now atomic.Pointer[[]spot] }

// spot is a place by name. Of several at a cell the first one counts.
type spot struct {
	ui.Rect
	name string
}

func (s *spots) set(list []spot) { s.now.Store(&list) }

// at names the place at a cell.
func (s *spots) at(x, y int) string {
	if list := s.now.Load(); list != nil {
		for _, p := range *list {
			if x >= p.X && x < p.X+p.W && y >= p.Y && y < p.Y+p.H {
				return p.name
			}
		}
	}
	return term.Beyond
}

// places lists what was drawn where: what lies on top, the panes of the screen in
// front, the rest of it, and the lines around it.
func (m *Model) places() []spot {
	var out []spot
	c := around(m.ui.Width, m.ui.Height)
	if len(m.overlays) > 0 {
		out = append(out, spot{m.topmost, "overlay"})
	}
	s := m.screen()
	if p, ok := s.(ui.PaneScreen); ok {
		for _, pane := range p.Panes() {
			pane.Y += c.bodyTop
			out = append(out, spot{pane.Rect, s.ID() + " " + strings.TrimPrefix(pane.ID, s.ID()+".")})
		}
	}
	w := m.ui.Width + 1 // the cursor may rest behind the last cell
	return append(out,
		spot{ui.Rect{Y: c.bodyTop, W: w, H: c.bodyH}, s.ID() + " elsewhere"},
		spot{ui.Rect{W: w, H: c.bodyTop}, "tabs and context"},
		spot{ui.Rect{Y: c.bodyTop + c.bodyH, W: w, H: m.ui.Height}, "status and keys"})
}

// keepAccount writes an account into a file.
func keepAccount(path string, a *term.Account) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(a.Write(f), f.Close())
	}
	if err != nil {
		return fmt.Errorf("account of bytes: %w", err)
	}
	return nil
}
