package captionbench

import (
	"context"
	"fmt"
	"image"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/caption"
	"assay/tui/runview"
	"assay/tui/ui"
)

// rest is how long the cursor stays on a row before its pictures are made: holding
// a key down makes none.
const rest = 150 * time.Millisecond

// The numbers under which a terminal of kitty's kind knows the two pictures.
const kittyID = 201

// pictures are those of one pair.
type pictures struct {
	of     string // ID of the pair that is shown or on its way, "" for none
	ready  bool
	images [2]*image.NRGBA
	err    error
	stop   context.CancelFunc
	sent   [2]sentPicture // to a terminal that keeps pictures
}

// sentPicture is what the terminal holds under a number.
type sentPicture struct {
	of   string
	look string // how it was cropped, marked and scaled
}

type (
	// rested says that the cursor has stayed where it was.
	rested struct {
		gen int
		of  string
	}
	// painted brings the pictures of a pair.
	painted struct {
		gen    int
		of     string
		images [2]*image.NRGBA
		err    error
	}
)

// moved makes the pictures of the pair under the cursor once it has rested.
func (s *Screen) moved() tea.Cmd {
	s.dirty = true
	p := s.current()
	if p == nil || s.painter == nil || p.ID == s.pics.of {
		return nil
	}
	if s.pics.stop != nil {
		s.pics.stop()
	}
	s.pics = pictures{of: p.ID, sent: s.pics.sent}
	gen := s.follow.Gen()
	return s.c.After(rest, func(time.Time) tea.Msg { return rested{gen, p.ID} })
}

func (s *Screen) gotRest(m rested) tea.Cmd {
	p := s.current()
	if m.gen != s.follow.Gen() || p == nil || p.ID != m.of || s.pics.of != m.of || s.pics.ready {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s.pics.stop = stop
	gen, painter, id, pair := s.follow.Gen(), s.painter, s.camp.run.ID, p.ID
	return func() tea.Msg {
		defer stop()
		images, err := painter.Pair(ctx, id, pair)
		return painted{gen, pair, images, err}
	}
}

func (s *Screen) gotPictures(m painted) tea.Cmd {
	if m.gen != s.follow.Gen() || m.of != s.pics.of {
		return nil
	}
	s.pics.ready, s.pics.images, s.pics.err, s.pics.stop = true, m.images, m.err, nil
	s.dirty = true
	return s.transmit()
}

// transmit sends the pictures to a terminal that keeps them, where what it holds
// is another one.
func (s *Screen) transmit() tea.Cmd {
	if !s.c.Kitty || !s.pics.ready || s.pics.err != nil {
		return nil
	}
	var cmds []tea.Cmd
	for _, q := range s.place(s.w, s.bodyHeight()) {
		side, ok := sideOf(q.ID)
		if !ok {
			continue
		}
		w, h := s.c.Inner(q.W, q.H)
		now := sentPicture{s.pics.of, s.look(side, w, h)}
		if s.pics.sent[side] == now {
			continue
		}
		seq, err := s.picture(side).Transmit(kittyID+side, w, h)
		if err != nil || seq == "" {
			continue // drawn in cells instead
		}
		s.pics.sent[side] = now
		cmds = append(cmds, tea.Raw(seq))
	}
	return tea.Batch(cmds...)
}

// look names how a picture is shown.
func (s *Screen) look(side, w, h int) string {
	return fmt.Sprint(s.shown(side), w, h, s.view.Boxes, s.view.Close)
}

// sideOf returns which picture a pane shows.
func sideOf(pane string) (side int, ok bool) {
	switch pane {
	case paneSource:
		return 0, true
	case paneFollowup:
		return 1, true
	}
	return 0, false
}

// shown returns which picture stands on a side: b swaps them in place.
func (s *Screen) shown(side int) int {
	if s.view.Swapped {
		return 1 - side
	}
	return side
}

// picture is the picture of a side, cropped and marked as the person wishes.
func (s *Screen) picture(side int) ui.Picture {
	which := s.shown(side)
	m := s.pics.images[which]
	p := s.current()
	if m == nil || p == nil {
		return ui.Picture{}
	}
	of := [2]caption.Picture{p.Source, p.Followup}[which]
	pic := ui.Picture{Image: m}
	if s.view.Boxes {
		for _, b := range of.Boxes {
			role := "muted"
			if b.Inserted {
				role = "added"
			}
			pic.Marks = append(pic.Marks, ui.Mark{Rectangle: rectangle(b), Role: role})
		}
	}
	if s.view.Close {
		pic.Image = m.SubImage(closeUp(p, m.Bounds()))
	}
	return pic
}

func rectangle(b caption.Box) image.Rectangle { return image.Rect(b.X, b.Y, b.X+b.W, b.Y+b.H) }

// closeUp is the box of the object of the pair and half as much again on each side.
func closeUp(p *caption.Pair, whole image.Rectangle) image.Rectangle {
	for _, of := range []caption.Picture{p.Followup, p.Source} {
		for _, b := range of.Boxes {
			if b.Inserted {
				r := rectangle(b)
				return r.Inset(-max(r.Dx(), r.Dy())/2 - 1).Intersect(whole)
			}
		}
	}
	return whole
}

// pictureLines draws one picture pane.
func (s *Screen) pictureLines(side, w, h int) []string {
	p := s.current()
	say := func(text, role string) []string {
		var lines []string
		for range max((h-1)/2, 0) {
			lines = append(lines, "")
		}
		for _, l := range ui.Wrap(text, max(w-2, 1)) {
			lines = append(lines, " "+s.c.Theme.Paint(role, l))
		}
		return ui.Block(lines, w, h)
	}
	switch {
	case p == nil:
		return ui.Block(nil, w, h)
	case s.painter == nil || s.pics.of != p.ID || !s.pics.ready:
		return say(s.words(side, p), "muted")
	case s.pics.err != nil:
		return say("no picture: "+runview.OneLine(s.pics.err.Error()), "warn")
	}
	pic := s.picture(side)
	if s.c.Kitty && s.pics.sent[side] == (sentPicture{p.ID, s.look(side, w, h)}) {
		return pic.Placeholders(kittyID+side, w, h)
	}
	return pic.Lines(s.c, w, h)
}

// words describes a picture where it cannot be seen yet.
func (s *Screen) words(side int, p *caption.Pair) string {
	of := [2]caption.Picture{p.Source, p.Followup}[s.shown(side)]
	if len(of.Truth) == 0 {
		return ui.Plain(of.ID)
	}
	return things(of.Truth)
}
