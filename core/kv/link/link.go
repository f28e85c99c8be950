package link

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// slice is how many bytes the bucket lets out at once: small beside what a chunk
// weighs, large beside what a system call costs.
const slice = 16 << 10

// Server holds blobs and sends them.
type Server struct {
	l     net.Listener
	mu    sync.Mutex
	blobs map[string][]byte
	conns map[net.Conn]bool
	done  sync.WaitGroup
}

// Serve begins to listen on loopback.
func Serve() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("loopback link: %w", err)
	}
	s := &Server{l: l, blobs: map[string][]byte{}, conns: map[net.Conn]bool{}}
	s.done.Add(1)
	go s.accept()
	return s, nil
}

// Put makes a blob available; it is kept, not copied.
func (s *Server) Put(key string, blob []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[key] = blob
}

// Close ends the listener and every connection and waits for them.
func (s *Server) Close() error {
	err := s.l.Close()
	s.mu.Lock()
	for c := range s.conns {
		err = errors.Join(err, c.Close())
	}
	s.mu.Unlock()
	s.done.Wait()
	return err
}

func (s *Server) accept() {
	defer s.done.Done()
	for {
		c, err := s.l.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.done.Add(1)
		go s.serve(c)
	}
}

func (s *Server) serve(c net.Conn) {
	defer s.done.Done()
	defer func() {
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
		_ = c.Close() // whoever asked has gone already
	}()
	asked := make(chan request, queued)
	s.done.Go(func() {
		listen(c, asked)
	})
	// What is asked for while something is sent goes out without a gap, as on a link
	// that is never idle: rates hold over all that is queued, not one by one.
	var free time.Time
	for r := range asked {
		s.mu.Lock()
		blob := s.blobs[r.key]
		s.mu.Unlock()
		ok := r.from >= 0 && r.n >= 0 && r.from+r.n <= len(blob)
		if ok {
			start := r.at
			if free.After(start) {
				start = free
			}
			free = start.Add(taking(r.n, r.rate))
			ok = shaped(c, blob[r.from:r.from+r.n], r.rate, start) == nil
		}
		if !ok {
			_ = c.Close() // ends the listener too
			for range asked {
			}
			return
		}
	}
}

// queued is how many requests may wait at a server.
const queued = 64

// request is what a client asks for.
type request struct {
	key     string
	rate    float64 // bytes a second
	from, n int
	at      time.Time // when it came
}

// listen reads requests until the client has gone.
func listen(c net.Conn, asked chan<- request) {
	defer close(asked)
	in := bufio.NewReader(c)
	for {
		var r request
		if _, err := fmt.Fscanf(in, "%q %g %d %d\n", &r.key, &r.rate, &r.from, &r.n); err != nil {
			return
		}
		r.at = time.Now()
		asked <- r
	}
}

// taking is how long bytes take at a rate.
func taking(bytes int, rate float64) time.Duration {
	return time.Duration(float64(bytes) / rate * float64(time.Second))
}

// shaped writes at so many bytes a second, counted from start.
func shaped(w io.Writer, data []byte, rate float64, start time.Time) error {
	for sent := 0; sent < len(data); {
		end := min(sent+slice, len(data))
		// The last byte of the slice may leave when all of it would have.
		time.Sleep(time.Until(start.Add(taking(end, rate))))
		n, err := w.Write(data[sent:end])
		if err != nil {
			return err
		}
		sent += n
	}
	return nil
}

// Client asks a server for blobs.
type Client struct{ c net.Conn }

// Dial connects to a server.
func Dial(s *Server) (*Client, error) {
	c, err := net.Dial("tcp", s.l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("loopback link: %w", err)
	}
	return &Client{c}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.c.Close() }

// Get fills dst with the bytes of a blob from an offset on, sent at rate bytes a
// second. It ends with ctx; the client is of no more use then.
func (c *Client) Get(ctx context.Context, dst []byte, key string, from int, rate float64) error {
	if err := c.Ask(key, from, len(dst), rate); err != nil {
		return err
	}
	return c.Receive(ctx, dst)
}

// Ask asks for n bytes of a blob from an offset on, which a later Receive takes: what
// is asked for in a row is sent without a gap. Answers come in the order of the
// requests, of which a few dozen may be open.
func (c *Client) Ask(key string, from, n int, rate float64) error {
	if !(rate > 0) {
		return fmt.Errorf("loopback link: a rate of %g bytes a second", rate)
	}
	if _, err := fmt.Fprintf(c.c, "%q %g %d %d\n", key, rate, from, n); err != nil {
		return fmt.Errorf("loopback link: %s: %w", key, err)
	}
	return nil
}

// Receive takes the answer to the oldest open request; dst is as long as that said.
// It ends with ctx; the client is of no more use then.
func (c *Client) Receive(ctx context.Context, dst []byte) error {
	stop := context.AfterFunc(ctx, func() { _ = c.c.Close() })
	defer stop()
	_, err := io.ReadFull(c.c, dst)
	if cerr := ctx.Err(); cerr != nil {
		return cerr
	}
	if err != nil {
		return fmt.Errorf("loopback link: %w", err)
	}
	return nil
}
