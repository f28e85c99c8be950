package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

// answerWithin is how long a worker may take to say hello before it counts as silent.
const answerWithin = 2 * time.Second

// Hello asks the worker of a run who it is. The error is an *run.Error of code
// E-STATE where no worker listens, E-STALLED where it is silent.
func (l *Launcher) Hello(ctx context.Context, id run.ID) (Hello, error) {
	c, err := l.dial(ctx, id)
	if err != nil {
		return Hello{}, err
	}
	defer c.close()
	return c.hello, nil
}

// Request asks the worker of a run to do something: pause, resume, cancel,
// exit, or a request of its interactive job, which answers with {"run_id"} of a
// child run that is queued. A child run's requests go to the worker of its
// parent when the child has ended. The error is an *run.Error: the worker's
// own, E-STATE where no worker listens, E-STALLED where it is silent.
func (l *Launcher) Request(ctx context.Context, id run.ID, do string, args any) (json.RawMessage, error) {
	data, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", do, err)
	}
	c, err := l.dial(ctx, id)
	if run.CodeOf(err) == run.EState {
		if r, readErr := l.o.Reader.Run(ctx, id); readErr == nil && r.Relation == run.Rerun && r.Parent != "" {
			c, err = l.dial(ctx, r.Parent)
		}
	}
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.call(ctx, request{Do: do, Args: data})
}

// conn is a greeted connection to a worker.
type conn struct {
	id    run.ID
	conn  *net.UnixConn
	lines *bufio.Reader
	last  int64 // id of the last request
	hello Hello
}

func (c *conn) close() { c.conn.Close() } // nothing is left to be written

func (l *Launcher) dial(ctx context.Context, id run.ID) (*conn, error) {
	nc, err := l.connect(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &conn{id: id, conn: nc, lines: bufio.NewReader(nc)}
	answered, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	data, err := c.call(answered, request{Do: "hello", Protocol: protocolVersion})
	if err == nil {
		err = json.Unmarshal(data, &c.hello)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// connect reaches the socket of a worker, which works even where the worker hangs.
func (l *Launcher) connect(ctx context.Context, id run.ID) (*net.UnixConn, error) {
	var nc net.Conn
	err := viaDescriptor(l.dir.socket(id), func(short string) error {
		var d net.Dialer
		var err error
		nc, err = d.DialContext(ctx, "unix", short)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED) {
		return nil, &run.Error{Code: run.EState, Text: fmt.Sprintf("no worker listens for run %s", id)}
	}
	if err != nil {
		return nil, &run.Error{Code: run.EInternal, Text: fmt.Sprintf("cannot reach the worker of run %s", id), Err: err}
	}
	return nc.(*net.UnixConn), nil
}

func (c *conn) call(ctx context.Context, r request) (json.RawMessage, error) {
	c.last++
	r.ID = c.last
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(line) > maxLine {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("the request %s has %d bytes, more than %d", r.Do, len(line), maxLine)}
	}
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		return nil, c.broken(ctx, err)
	}
	text, err := readLine(c.lines)
	if err != nil {
		return nil, c.broken(ctx, err)
	}
	var a reply
	if err := json.Unmarshal(text, &a); err != nil || a.ID != r.ID {
		return nil, &run.Error{Code: run.EInternal, Text: fmt.Sprintf("the worker of run %s answered %q to request %d", c.id, text, r.ID)}
	}
	if a.Err != nil {
		return nil, a.Err
	}
	return a.OK, nil
}

// broken explains a connection that ended or went silent.
func (c *conn) broken(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &run.Error{Code: run.EStalled, Text: fmt.Sprintf("the worker of run %s is silent: it does not answer within %s", c.id, answerWithin)}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &run.Error{Code: run.EState, Text: fmt.Sprintf("the worker of run %s closed the connection", c.id), Err: err}
}
