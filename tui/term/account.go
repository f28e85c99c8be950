package term

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// Account counts what is sent to a terminal by the place that it is drawn at. It
// follows the cursor: a sequence that moves it belongs to where it goes, colours and
// erasing to where it stands, and what draws nothing (modes, title, questions) to the
// terminal. Safe for concurrent use.
type Account struct {
	mu     sync.Mutex // guards everything below
	parser *ansi.Parser
	state  byte
	cut    []byte // a sequence whose end has not come yet
	x, y   int
	counts map[string]*count
}

// count is what one place has cost.
type count struct {
	place         string
	bytes, writes int64
	seen          bool // in the present write
}

// Beyond is the place of what draws nothing.
const Beyond = "terminal"

// NewAccount returns an empty account.
func NewAccount() *Account {
	return &Account{parser: ansi.NewParser(), counts: map[string]*count{}}
}

// Count takes one write in. The name of the place at a cell comes from place, which is
// called for each sequence and character.
func (a *Account) Count(p []byte, place func(x, y int) string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.counts {
		c.seen = false
	}
	p = append(a.cut, p...)
	a.cut = nil
	for len(p) > 0 {
		seq, width, n, state := ansi.DecodeSequence(p, a.state, a.parser)
		if n == len(p) && state != ansi.NormalState {
			a.cut = append(a.cut, p...) // its end comes with the next write
			break
		}
		a.state = state
		a.add(n, a.step(seq, width, place))
		p = p[n:]
	}
}

func (a *Account) add(n int, place string) {
	c := a.counts[place]
	if c == nil {
		c = &count{place: place}
		a.counts[place] = c
	}
	c.bytes += int64(n)
	if !c.seen {
		c.seen = true
		c.writes++
	}
}

// step moves the cursor as a sequence or a character does, and says whom it belongs to.
func (a *Account) step(seq []byte, width int, place func(x, y int) string) string {
	if width > 0 {
		at := place(a.x, a.y)
		a.x += width
		return at
	}
	if len(seq) == 1 {
		switch seq[0] {
		case '\r':
			a.x = 0
		case '\n':
			a.y++
		case '\b':
			a.x = max(a.x-1, 0)
		case '\t':
			const stop = 8
			a.x = (a.x/stop + 1) * stop
		default:
			return Beyond
		}
		return place(a.x, a.y)
	}
	cmd := ansi.Cmd(a.parser.Command())
	if !ansi.HasCsiPrefix(seq) || cmd.Prefix() != 0 || cmd.Intermediate() != 0 {
		return Beyond
	}
	arg := func(i int) int {
		n, ok := a.parser.Param(i, 1)
		if !ok || n < 1 {
			return 1
		}
		return n
	}
	switch cmd.Final() {
	case 'H', 'f':
		a.x, a.y = arg(1)-1, arg(0)-1
	case 'A':
		a.y = max(a.y-arg(0), 0)
	case 'B', 'e':
		a.y += arg(0)
	case 'C', 'a':
		a.x += arg(0)
	case 'D':
		a.x = max(a.x-arg(0), 0)
	case 'E':
		a.x, a.y = 0, a.y+arg(0)
	case 'F':
		a.x, a.y = 0, max(a.y-arg(0), 0)
	case 'G', '`':
		a.x = arg(0) - 1
	case 'd':
		a.y = arg(0) - 1
	case 'b': // the character before once more, so often
		at := place(a.x, a.y)
		a.x += arg(0)
		return at
	case 'm', 'K', 'X', 'J', 'P', '@', 'L', 'M', 'S', 'T':
	default:
		return Beyond
	}
	return place(a.x, a.y)
}

// Write writes the account as lines of bytes, writes and place with tabs between them,
// the largest first, under a line of names. A place counts as written to once a write.
func (a *Account) Write(w io.Writer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []count
	for _, c := range a.counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(x, y count) int { return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(x.place, y.place)) })
	if _, err := fmt.Fprintln(w, "bytes\twrites\tplace"); err != nil {
		return err
	}
	for _, c := range list {
		if _, err := fmt.Fprintf(w, "%d\t%d\t%s\n", c.bytes, c.writes, c.place); err != nil {
			return err
		}
	}
	return nil
}
