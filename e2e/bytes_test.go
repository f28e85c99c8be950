//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// first are the limits of a first frame over SSH at each size: of lists and
// tables, of screens with a heat map, and of the pictures of the caption bench.
var first = map[[2]uint16][3]int{
	{80, 24}:  {5000, 8000, 48000},
	{120, 40}: {9000, 14000, 48000},
	{200, 60}: {14000, 22000, 48000},
}

// TestBytesOfEveryScreen counts the first frame of every screen and what going to
// it from another sends, in the profile that SSH gets, with a run of each bench to
// show.
func TestBytesOfEveryScreen(t *testing.T) {
	place, runs := benchHome(t)
	for _, at := range [][2]uint16{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(size(at[0], at[1]), func(t *testing.T) {
			limits := first[at]
			p := startPseudo(t, place, at[0], at[1], remote)
			p.settle(time.Second)
			n, _ := p.sent()
			bytesWithin(t, "first frame, Runs, "+size(at[0], at[1]), limits[0], n)
			for _, s := range []struct {
				name, open, see string
				kind            int // of limit
			}{
				{"KV", runs["kv"], "layer", 1},
				{"Fuzz", runs["fuzz"], "gorgonia", 1},
				{"Prune", runs["prune"], "snip", 0},
				{"Caption", runs["caption"], "caption", 2},
				{"Findings", "6", "severity", 0},
				{"Compare", "7", "mark", 0},
				{"GPU", "8", "CPU", 0},
				{"Log", "9", "log", 0},
				{"Runs", "1", "blend-s7", 0},
			} {
				p.open(s.open)
				switched, sent := p.sent()
				p.mark()
				p.press("\x0c") // drawn anew from nothing
				p.settle(400 * time.Millisecond)
				whole, text := p.sent()
				if seen := plainText(sent + text); !strings.Contains(strings.ToLower(seen), strings.ToLower(s.see)) {
					t.Fatalf("%s does not show %q:\n%q", s.name, s.see, seen)
				}
				bytesWithin(t, "first frame, "+s.name+", "+size(at[0], at[1]), limits[s.kind], whole)
				bytesWithin(t, "going to "+s.name+", "+size(at[0], at[1]), limits[s.kind], switched)
			}
			p.quit()
		})
	}
}

// open goes to a screen by the key of its tab, or to a run by its ID; what was sent
// since is the screen alone, without the frames of the palette.
func (p *pseudo) open(what string) {
	p.t.Helper()
	key := what
	if len(what) > 1 {
		p.press(":")
		p.settle(150 * time.Millisecond)
		p.press(what)
		p.settle(300 * time.Millisecond)
		key = "\r"
	}
	p.mark()
	p.press(key)
	p.settle(400 * time.Millisecond)
}
