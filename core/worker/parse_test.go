package worker

import (
	"bufio"
	"strings"
	"testing"
)

// FuzzRequest feeds the reader of the socket: no bytes make it panic, and what
// it takes for a request has something to do.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{"", "{}\n", `{"id":1,"do":"hello","protocol":1}` + "\n", `{"do":"pause","args":{"x":[1]}}` + "\n{", "\"\xff\"\n", "[[[[[[\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := bufio.NewReader(strings.NewReader(text))
		for {
			line, err := readLine(r)
			if err != nil {
				return
			}
			if strings.Contains(string(line), "\n") || len(line) > maxLine {
				t.Fatalf("a line of %d bytes", len(line))
			}
			if req, err := parseRequest(line); err == nil && req.Do == "" {
				t.Fatalf("%q is a request without anything to do", line)
			}
		}
	})
}
