package wire

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"assay/core/fuzz"
)

// Library is what a worker written in Go implements.
type Library interface {
	// Hello fills in Lib, Version, Build and Caps.
	Hello() Event
	// Enum calls emit for every API of a set.
	Enum(set string, emit func(fuzz.API) error) error
	// Observe evaluates a case. It calls stage before every stage.
	Observe(c *fuzz.Case, a *Ask, stage func(Stage) error) (*Observation, error)
}

// Serve answers requests until the end of input or "quit". It returns an error
// only where reading or writing fails; a library that fails is told to the engine.
func Serve(in io.Reader, out io.Writer, pid int, lib Library) error {
	w := bufio.NewWriter(out)
	send := func(e Event) error {
		line, err := Encode(e)
		if err != nil {
			line, _ = Encode(Event{Ev: "error", ID: e.ID, Text: err.Error()}) // a plain text always encodes
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		return w.Flush()
	}
	hello := lib.Hello()
	hello.Ev, hello.Protocol, hello.Pid = "hello", Version, pid
	if err := send(hello); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 1<<16), MaxLine)
	for lines.Scan() {
		var q Request
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		answer := Event{Ev: "done", ID: q.ID}
		var err error
		switch q.Op {
		case "quit":
			return nil
		case "ping":
		case "enum":
			err = lib.Enum(q.Set, func(a fuzz.API) error { return send(Event{Ev: "api", ID: q.ID, API: &a}) })
		case "observe":
			if q.Case == nil || q.Ask == nil {
				err = fmt.Errorf("observe needs a case and what to ask")
				break
			}
			answer.Ev = "result"
			answer.Obs, err = lib.Observe(q.Case, q.Ask, func(s Stage) error { return send(Event{Ev: "stage", ID: q.ID, Stage: s}) })
		default:
			err = fmt.Errorf("unknown request %q", q.Op)
		}
		if err != nil {
			answer = Event{Ev: "error", ID: q.ID, Text: err.Error()}
		}
		if err := send(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}
