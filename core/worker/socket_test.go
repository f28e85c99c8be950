package worker_test

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/worker"
)

// talk sends raw bytes to a worker and returns what comes back until it closes
// the connection.
func talk(d *desk, id run.ID, text string) string {
	d.Helper()
	d.Chdir(d.dir + "/runs") // a socket's path is short here
	c, err := net.Dial("unix", string(id)+".sock")
	if err != nil {
		d.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { // the worker may close before it has read everything
		c.Write([]byte(text))
		c.(*net.UnixConn).CloseWrite()
	}()
	var b strings.Builder
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return b.String()
		}
	}
}

const greeting = `{"id":1,"do":"hello","protocol":1}` + "\n"

func TestMalformedLinesAreRefused(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{})
	d.untilCounted(h.ID, 1)
	for _, tt := range []struct{ name, text, want string }{
		{"not JSON", "hello\n", `{"id":0,"err":{"code":"E-USAGE","text":"the line is not a request: invalid character 'h' looking for beginning of value"}}`},
		{"unknown key", greeting + `{"id":2,"do":"pause","for":9}` + "\n", `unknown field \"for\"`},
		{"two in a line", greeting + `{"id":2,"do":"pause"}{"id":3,"do":"pause"}` + "\n", `more than one request`},
		{"nothing to do", `{"id":4}` + "\n", `no \"do\"`},
		{"not UTF-8", "\"\xff\"\n", `not UTF-8`},
		{"no hello", `{"id":5,"do":"cancel"}` + "\n", `{"id":5,"err":{"code":"E-USAGE","text":"expected hello with protocol 1 first"}}`},
		{"another protocol", `{"id":6,"do":"hello","protocol":2}` + "\n", `expected hello with protocol 1`},
		{"too long", strings.Repeat("x", 1<<20+2) + "\n", `longer than 1048576 bytes`},
		{"no end", `{"id":7`, `the line has no end`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := talk(d, h.ID, tt.text); !strings.Contains(got, tt.want) {
				t.Errorf("got %s", got)
			}
		})
	}
	if got := talk(d, h.ID, ""); got != "" {
		t.Errorf("an empty connection got %s", got)
	}
	hello, err := d.Hello(t.Context(), h.ID)
	if err != nil || hello.Run != h.ID || hello.State != run.Running || hello.PID != h.PID || hello.Warm {
		t.Errorf("hello: %+v, %v", hello, err)
	}
	_, err = d.Request(t.Context(), h.ID, "toy.again", nil)
	wantCode(t, err, run.EState)
}

func TestWarmWorkerRunsChildren(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.ask", map[string]any{"n": 2}, worker.StartOptions{Detach: true, Warm: true})
	d.wait(h.ID, run.Done, "")
	again := func(args map[string]any) run.ID {
		t.Helper()
		data, err := d.Request(t.Context(), h.ID, "toy.again", args)
		if err != nil {
			t.Fatal(err)
		}
		var reply struct {
			RunID run.ID `json:"run_id"`
		}
		if err := json.Unmarshal(data, &reply); err != nil {
			t.Fatal(err)
		}
		return reply.RunID
	}
	child := again(map[string]any{"n": 4})
	r := d.wait(child, run.Done, "")
	if r.Parent != h.ID || r.Relation != run.Rerun || r.Done != 4 || r.Name != "ask-s7-2" {
		t.Errorf("child: %+v", r)
	}
	_, err := d.Request(t.Context(), child, "toy.sing", nil)
	wantCode(t, err, run.EUsage)
	_, err = d.Request(t.Context(), h.ID, "toy.again", map[string]any{"n": -1})
	wantCode(t, err, run.EUsage)

	// A child is cancelled alone: its worker stays warm. Nor does its panic end it.
	second := again(map[string]any{"then": "wait"})
	if r, err := d.Cancel(t.Context(), second); err != nil || r.State != run.Cancelled {
		t.Fatalf("%s, %v", r.State, err)
	}
	d.wait(again(map[string]any{"then": "panic"}), run.Failed, run.EInternal)
	d.wait(again(nil), run.Done, "")

	// Removing the parent ends its worker; the children stay.
	if err := d.Remove(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	<-h.Ended()
	if _, err := os.Stat(d.dir + "/runs/" + string(h.ID) + ".sock"); err == nil {
		t.Error("the socket is left behind")
	}
	if r := d.run(child); r.Parent != "" || r.LastSeq != 4 {
		t.Errorf("child of a removed run: %+v", r)
	}
	_, err = d.Request(t.Context(), child, "toy.again", nil)
	wantCode(t, err, run.EState)
}

func TestAChildDiesWithItsWorker(t *testing.T) {
	d := newDesk(t, 1)
	h := d.start("toy.ask", nil, worker.StartOptions{Detach: true, Warm: true})
	d.wait(h.ID, run.Done, "")
	data, err := d.Request(t.Context(), h.ID, "toy.again", map[string]any{"n": 1, "then": "crash"})
	if err != nil {
		t.Fatal(err)
	}
	var reply struct {
		RunID run.ID `json:"run_id"`
	}
	if err := json.Unmarshal(data, &reply); err != nil {
		t.Fatal(err)
	}
	r := d.wait(reply.RunID, run.Lost, run.EWorkerDied)
	d.died(r.ID, "last words")
	if r := d.run(h.ID); r.State != run.Done {
		t.Errorf("the parent is %s", r.State)
	}
}

func TestTheInteractiveSlotIsNotBlockedByJobs(t *testing.T) {
	d := newDesk(t, 1)
	heavy := d.start("toy.count", map[string]any{"n": 1, "then": "wait"}, worker.StartOptions{})
	d.untilCounted(heavy.ID, 1)
	next := d.start("toy.count", nil, worker.StartOptions{})
	d.until("the second job waits", func() bool {
		q, err := d.store.Queue(t.Context())
		return err == nil && len(q) == 1 && q[0].Run == next.ID
	})
	blend := d.start("toy.ask", nil, worker.StartOptions{})
	d.wait(blend.ID, run.Done, "")
	if st := d.run(next.ID).State; st != run.Queued {
		t.Errorf("two jobs on one slot: the second is %s", st)
	}
	holders, err := d.Holders()
	if err != nil || len(holders) != 1 || holders[0] != (worker.Holder{Lease: "jobs", Slot: 0, Run: heavy.ID}) {
		t.Errorf("holders %v, %v", holders, err)
	}
	if _, err := d.Cancel(t.Context(), heavy.ID); err != nil {
		t.Fatal(err)
	}
	d.wait(next.ID, run.Done, "")
}
