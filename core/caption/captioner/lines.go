package captioner

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// lines talks to one long-lived program in lines of JSON.
type lines struct {
	o       *oracle.Oracle
	words   []string
	dir     string
	timeout time.Duration

	mu      sync.Mutex
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     chan reply
	errs    *bounded
	started bool
}

// reply is a line of the program; ok is false at its end.
type reply struct {
	ID      string  `json:"id"`
	Caption *string `json:"caption"`
	Error   string  `json:"error"`
	Conf    float64 `json:"confidence"`
}

// NewLines asks a program that reads {"id","path"} lines and writes
// {"id","caption"} or {"id","error"} lines; others are ignored. A program that
// dies or does not answer in time is started again for the next picture.
func NewLines(o *oracle.Oracle, words []string, dir string, timeout time.Duration) Captioner {
	return &lines{o: o, words: words, dir: dir, timeout: timeout}
}

func (l *lines) Fingerprint() string { return "jsonl " + digest(l.words) }
func (l *lines) Parallel() int       { return 1 }

func (l *lines) start() error {
	l.cmd = exec.Command(l.words[0], l.words[1:]...)
	group(l.cmd)
	l.cmd.Cancel = nil
	l.errs = &bounded{}
	l.cmd.Stderr = l.errs
	in, err := l.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := l.cmd.Start(); err != nil {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("captioner program %q cannot be started", l.words[0]), Err: err}
	}
	l.in, l.out, l.started = in, make(chan reply, 64), true // a program that talks without being asked waits beyond that
	go listen(out, l.out)
	return nil
}

// listen passes the lines of a program on and closes the channel at its end.
func listen(out io.Reader, to chan<- reply) {
	defer close(to)
	s := bufio.NewScanner(out)
	s.Buffer(nil, 4<<20)
	for s.Scan() {
		var r reply
		if json.Unmarshal(s.Bytes(), &r) == nil && r.ID != "" {
			to <- r
		}
	}
}

// stop ends the program and whatever it started.
func (l *lines) stop() {
	if !l.started {
		return
	}
	l.in.Close()
	endGroup(l.cmd)
	for range l.out { // until the reader has seen the end
	}
	_ = l.cmd.Wait() // it was killed; how it ended says nothing
	l.started = false
}

func (l *lines) Ask(ctx context.Context, p Picture, repeat int) (Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path, err := write(l.dir, p)
	if err != nil {
		return Answer{}, err
	}
	if !l.started {
		if err := l.start(); err != nil {
			return Answer{}, err
		}
	}
	id := fmt.Sprintf("%s/%d", p.ID, repeat)
	ask, err := json.Marshal(map[string]any{"id": id, "path": path, "sha256": p.SHA, "width": p.Image.Rect.Dx(), "height": p.Image.Rect.Dy(), "repeat": repeat})
	if err != nil {
		return Answer{}, err
	}
	if _, err := l.in.Write(append(ask, '\n')); err != nil {
		return l.died(), nil
	}
	limit := time.NewTimer(l.timeout)
	defer limit.Stop()
	for {
		select {
		case r, ok := <-l.out:
			switch {
			case !ok:
				return l.died(), nil
			case r.ID != id: // an answer to an earlier question, or to none
			case r.Caption == nil:
				return failed(caption.FailCrash, "it reports: "+r.Error), nil
			default:
				a := fit(l.o, *r.Caption)
				a.Conf = r.Conf
				return a, nil
			}
		case <-limit.C:
			l.stop()
			a := failed(caption.FailTimeout, fmt.Sprintf("no answer within %s", l.timeout))
			a.transient = true
			return a, nil
		case <-ctx.Done():
			l.stop()
			return Answer{}, ctx.Err()
		}
	}
}

func (l *lines) died() Answer {
	l.stop()
	a := failed(caption.FailCrash, "the program ended: "+l.errs.tail())
	a.transient = true
	return a
}

// Close ends the program.
func (l *lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
	return nil
}
