package worker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"unicode/utf8"

	"assay/core/run"

	"golang.org/x/sys/unix"
)

const (
	protocolVersion = 1
	maxLine         = 1 << 20 // bytes of a line without its end
)

// request is one line to a worker.
type request struct {
	ID       int64           `json:"id"`
	Do       string          `json:"do"`
	Protocol int             `json:"protocol,omitempty"` // with hello
	Args     json.RawMessage `json:"args,omitempty"`
}

// reply is one line from a worker: one of OK and Err is set.
type reply struct {
	ID  int64           `json:"id"`
	OK  json.RawMessage `json:"ok,omitempty"`
	Err *run.Error      `json:"err,omitempty"`
}

// Hello is what a worker says of itself.
type Hello struct {
	Run      run.ID    `json:"run"`
	State    run.State `json:"state"`
	Protocol int       `json:"protocol"`
	PID      int       `json:"pid"`
	Warm     bool      `json:"warm"` // answers the requests of an interactive job
	// Trouble is E-DISK-FULL where the run is paused because the disk has no room
	// for what it has to write down, E-DB where another program holds the database;
	// its row cannot say so then.
	Trouble *run.Error `json:"trouble,omitempty"`
}

var (
	errLineTooLong = fmt.Errorf("the line is longer than %d bytes", maxLine)
	errLineOpen    = errors.New("the line has no end")
)

// readLine reads one line without its end. io.EOF means that there is none.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine+1 {
			return nil, errLineTooLong
		}
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, errLineOpen
		default:
			return nil, err
		}
	}
}

// parseRequest reads a line strictly: an unknown key is a misunderstanding.
func parseRequest(line []byte) (request, error) {
	var r request
	if !utf8.Valid(line) {
		return r, errors.New("the line is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return request{}, fmt.Errorf("the line is not a request: %w", err)
	}
	if dec.More() {
		return request{}, errors.New("the line holds more than one request")
	}
	if r.Do == "" {
		return request{}, errors.New(`the request has no "do"`)
	}
	return r, nil
}

// viaDescriptor calls fn with a path of a socket that is short however deep
// its directory lies: addresses of sockets hold 107 bytes.
func viaDescriptor(path string, fn func(short string) error) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return fn(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)))
}

// peer returns the process and user at the other end.
func peer(c *net.UnixConn) (*unix.Ucred, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return nil, err
	}
	return cred, credErr
}
