package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"assay/core/run"
	"assay/tui/term"
)

// The styles of --progress.
const (
	progressAuto  = "auto" // bar on a terminal, plain elsewhere
	progressNone  = "none"
	progressPlain = "plain"
	progressBar   = "bar"
	progressJSONL = "jsonl"
)

var progressStyles = []string{progressAuto, progressNone, progressPlain, progressBar, progressJSONL}

// progress tells on stderr how a run goes on. It is used from one goroutine.
type progress struct {
	w     io.Writer
	style string
	now   func() time.Time

	start   time.Time
	seq     int64     // last committed sequence number that was printed
	plight  string    // the error of a live run that was told last
	printed time.Time // when the last line or bar was printed
	share   int       // twentieths of the work at the last plain line
	open    bool      // a bar stands on the current line
	marks   bool      // the terminal draws a mark of progress too
	mark    int       // its last percent
}

// newProgress returns a progress of a style; auto becomes a bar on a terminal.
func newProgress(s streams, style string, now func() time.Time) (*progress, error) {
	switch style {
	case progressAuto:
		style = progressPlain
		if isTerminal(s.err) {
			style = progressBar
		}
	case progressNone, progressPlain, progressBar, progressJSONL:
	default:
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--progress %q: expected one of %s", style, strings.Join(progressStyles, ", "))}
	}
	marks := style == progressBar && isTerminal(s.err) && term.Environ(os.Environ()).Progress()
	return &progress{w: s.err, style: style, now: now, start: now(), seq: -1, marks: marks, mark: -1}, nil
}

// update is called with every state of the run that was read.
func (p *progress) update(r run.Run) {
	now := p.now()
	plight := ""
	if r.State.Live() {
		plight = r.ErrorCode
	}
	fresh := plight != p.plight
	if p.plight = plight; fresh && p.words() {
		p.finish()
		if plight == "" {
			fmt.Fprintf(p.w, "%s goes on\n", r.Name)
		} else {
			fmt.Fprintf(p.w, "%s %s  %s: %s\n", r.Name, r.State, plight, oneLine(r.ErrorText))
		}
	}
	switch p.style {
	case progressJSONL:
		if r.LastSeq > p.seq || fresh {
			p.seq = r.LastSeq
			line, err := json.Marshal(struct {
				Seq   int64  `json:"committed_seq"`
				ID    run.ID `json:"run_id"`
				State string `json:"state"`
				Done  int64  `json:"done"`
				Total int64  `json:"total"`
				Code  string `json:"error_code,omitempty"` // of a live run that stands still
			}{r.LastSeq, r.ID, string(r.State), r.Done, r.Total, plight})
			if err == nil { // numbers and plain words always marshal
				fmt.Fprintf(p.w, "%s\n", line)
			}
		}
	case progressBar:
		const period = 250 * time.Millisecond // four times a second is as fast as a person reads
		if now.Sub(p.printed) < period {
			return
		}
		p.printed, p.open = now, true
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.line(r, now, 24))
		if r.Total > 0 && p.marks {
			if n := int(100 * min(r.Done, r.Total) / r.Total); n != p.mark {
				p.mark = n
				fmt.Fprint(p.w, ansi.SetProgressBar(n))
			}
		}
	case progressPlain:
		if !r.State.Live() && r.State != run.Done {
			return // the error says how it ended
		}
		share := 0
		if r.Total > 0 {
			share = int(20 * r.Done / r.Total)
		}
		const period = 10 * time.Second
		if now.Sub(p.start) < time.Second || (share == p.share && now.Sub(p.printed) < period) {
			return
		}
		p.printed, p.share = now, share
		fmt.Fprintln(p.w, p.line(r, now, 0))
	}
}

// words reports whether stderr is for people.
func (p *progress) words() bool { return p.style == progressPlain || p.style == progressBar }

// finish ends a bar that is still open.
func (p *progress) finish() {
	if p.open {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.open = false
	}
	if p.mark >= 0 {
		fmt.Fprint(p.w, ansi.ResetProgressBar)
		p.mark = -1
	}
}

// line is one state in words: bar, count, rate, time left, headline.
func (p *progress) line(r run.Run, now time.Time, width int) string {
	took := now.Sub(p.start)
	parts := []string{r.Name, string(r.State)}
	if r.Total > 0 {
		if width > 0 {
			full := int(int64(width) * min(r.Done, r.Total) / r.Total)
			parts = append(parts, "["+strings.Repeat("#", full)+strings.Repeat(".", width-full)+"]")
		}
		parts = append(parts, fmt.Sprintf("%d/%d", r.Done, r.Total))
		if r.Done > 0 && took > time.Second {
			left := time.Duration(float64(took) / float64(r.Done) * float64(r.Total-r.Done))
			parts = append(parts, "left "+left.Round(time.Second).String())
		}
	}
	if r.Headline != "" {
		parts = append(parts, r.Headline)
	}
	return strings.Join(parts, "  ")
}
