package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"assay/core/run"
)

const (
	helloWithin = 2 * time.Second // for the first line
	writeWithin = 2 * time.Second // a client that does not read is let go
	maxConns    = 32              // screens and commands at one worker; more wait in the backlog
)

// server answers on the socket of one run.
type server struct {
	run      run.ID
	listener *net.UnixListener
	log      *slog.Logger
	hello    func() Hello
	do       func(ctx context.Context, r request) (any, error)
	slots    chan struct{} // one token a connection
	open     sync.WaitGroup
	ctx      context.Context // ends with close; a documented lifetime
	cancel   context.CancelFunc
}

// listen opens the socket of a run whose lock is held, so that a socket which
// lies there is a dead worker's.
func listen(dir directory, id run.ID, log *slog.Logger, hello func() Hello, do func(context.Context, request) (any, error)) (*server, error) {
	path := dir.socket(id)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	s := &server{run: id, log: log, hello: hello, do: do, slots: make(chan struct{}, maxConns)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	err := viaDescriptor(path, func(short string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
		s.listener = l
		return err
	})
	if err != nil {
		return nil, err
	}
	s.listener.SetUnlinkOnClose(false) // the short path ends with its descriptor
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, s.listener.Close())
	}
	s.open.Add(1)
	go s.accept()
	return s, nil
}

// close ends all connections and removes the socket.
func (s *server) close(dir directory) {
	s.cancel()
	s.listener.Close()
	if err := os.Remove(dir.socket(s.run)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("remove socket", "err", err)
	}
	s.open.Wait()
}

func (s *server) accept() {
	defer s.open.Done()
	for {
		select {
		case s.slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		c, err := s.listener.AcceptUnix()
		if err != nil {
			if s.ctx.Err() == nil {
				s.log.Error("accept", "err", err)
			}
			return
		}
		s.open.Add(1)
		go func() {
			defer s.open.Done()
			defer func() { <-s.slots }()
			defer c.Close()
			stop := context.AfterFunc(s.ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })
			defer stop()
			s.converse(c)
		}()
	}
}

func (s *server) converse(c *net.UnixConn) {
	cred, err := peer(c)
	if err != nil || cred.Uid != uint32(os.Geteuid()) && cred.Uid != 0 {
		s.log.Warn("a stranger at the socket", "err", err)
		return
	}
	c.SetReadDeadline(time.Now().Add(helloWithin)) // a failure shows in the read
	lines := bufio.NewReader(c)
	greeted := false
	for {
		line, err := readLine(lines)
		if err != nil {
			if errors.Is(err, errLineTooLong) || errors.Is(err, errLineOpen) {
				s.answer(c, 0, nil, malformed(err))
			}
			return // also the ordinary end of a connection
		}
		r, err := parseRequest(line)
		if err != nil {
			s.answer(c, 0, nil, malformed(err))
			return
		}
		if !greeted {
			if r.Do != "hello" || r.Protocol != protocolVersion {
				s.answer(c, r.ID, nil, &run.Error{Code: run.EUsage, Text: "expected hello with protocol 1 first"})
				return
			}
			greeted = true
			c.SetReadDeadline(time.Time{})
			if s.ctx.Err() != nil {
				return // the deadline that close set may just have been cleared
			}
		}
		var ok any
		if r.Do == "hello" {
			ok = s.hello()
		} else {
			ok, err = s.do(s.ctx, r)
		}
		if !s.answer(c, r.ID, ok, err) {
			return
		}
	}
}

func malformed(err error) error {
	return &run.Error{Code: run.EUsage, Text: err.Error()}
}

// answer writes a reply and reports whether the connection is still good.
func (s *server) answer(c *net.UnixConn, id int64, ok any, err error) bool {
	a := reply{ID: id}
	if err == nil {
		a.OK, err = json.Marshal(ok)
	}
	if err != nil {
		a.OK = nil
		if !errors.As(err, &a.Err) {
			a.Err = &run.Error{Code: run.EInternal, Text: err.Error()}
		} else if a.Err.Err != nil {
			// The cause does not travel; what it says does.
			a.Err = &run.Error{Code: a.Err.Code, Text: a.Err.Text + ": " + a.Err.Err.Error(), Hint: a.Err.Hint}
		}
	}
	line, err := json.Marshal(a)
	if err != nil {
		s.log.Error("reply", "err", err)
		return false
	}
	c.SetWriteDeadline(time.Now().Add(writeWithin)) // a failure shows in the write
	_, err = c.Write(append(line, '\n'))
	return err == nil
}
