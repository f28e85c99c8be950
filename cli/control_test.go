package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// sweeping starts a sweep that goes on for minutes, and ends it with the test.
func sweeping(t *testing.T, args ...string) string {
	t.Helper()
	d := document(t, append([]string{"kv", "sweep", "--demo", "--seed", "5", "--people", "2", "--prompts", "2000", "--detach", "--json"}, args...)...)
	id := d["run_id"].(string)
	t.Cleanup(func() {
		if code, _, errs := assay(t, "run", "cancel", id); code != 0 && !strings.Contains(errs, "E-STATE") {
			t.Errorf("cancel: %s", errs)
		}
	})
	return id
}

// until asks for the record of a run until it is as wanted.
func until(t *testing.T, what, id string, done func(show map[string]any) bool) map[string]any {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		show := document(t, "run", "show", id, "--json")
		if done(show) {
			return show
		}
		if time.Now().After(deadline) {
			t.Fatalf("timed out: %s: state %v, error %v", what, show["state"], show["error_text"])
		}
	}
}

func TestRunsAreHeldQueuedAndFollowed(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for some seconds")
	}
	t.Setenv("GOMAXPROCS", "2") // one job slot
	home(t)
	long := sweeping(t, "--name", "long", "--memory", "2GiB")
	show := until(t, "the sweep counts", long, func(d map[string]any) bool { return d["done"].(float64) > 0 })
	if show["worker_pid"] == 0.0 || show["worker_silent"] != false || show["waits_for"] != "" {
		t.Errorf("show of a live run: pid %v, silent %v, waits %q", show["worker_pid"], show["worker_silent"], show["waits_for"])
	}
	next := document(t, "kv", "sweep", "--demo", "--seed", "6", "--people", "1", "--prompts", "1", "--ratio", ".2", "--name", "next", "--detach", "--json")["run_id"].(string)
	const waits = "waits for a job slot, held by long"
	until(t, "the second run waits", next, func(d map[string]any) bool { return d["waits_for"] == waits })
	if _, out, _ := assay(t, "run", "ls"); !strings.Contains(out, waits) {
		t.Errorf("run ls does not say for whom a run waits:\n%s", out)
	}
	if _, out, _ := assay(t, "run", "show", next); !strings.Contains(out, waits) {
		t.Errorf("run show does not say for whom a run waits:\n%s", out)
	}

	if d := document(t, "run", "pause", long, "--json"); d["state"] != "paused" {
		t.Errorf("pause: %v", d["state"])
	}
	code, out, errs := assay(t, "attach", "next")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; code != 0 || !strings.Contains(last, "  next  done  ") {
		t.Errorf("attach: exit %d, %s%s", code, out, errs)
	}
	if code, out, errs := assay(t, "run", "resume", long, "--detach"); code != 0 || strings.TrimSpace(out) != long {
		t.Errorf("resume: exit %d, %s%s", code, out, errs)
	}
	at := show["done"].(float64)
	until(t, "the sweep goes on", long, func(d map[string]any) bool { return d["state"] == "running" && d["done"].(float64) > at })
	document(t, "run", "cancel", long, "--json")

	code, out, errs = assay(t, "attach", long, "--jsonl")
	var change struct {
		State string `json:"state"`
		Code  string `json:"error_code"`
	}
	if err := json.Unmarshal([]byte(out), &change); code != 5 || err != nil || change.State != "cancelled" || change.Code != "E-CANCELLED" || !strings.Contains(errs, "E-CANCELLED") {
		t.Errorf("attach to a cancelled run: exit %d, %s%s%v", code, out, errs, err)
	}
	if d := document(t, "attach", "next", "--json"); d["state"] != "done" || d["name"] != "next" {
		t.Errorf("attach --json: %v", d)
	}

	logs := document(t, "run", "logs", long, "--json")
	if log := logs["log"].(string); !strings.Contains(log, "msg=ended") || logs["state"] != "cancelled" {
		t.Errorf("logs: %v", logs)
	}
	if code, out, _ := assay(t, "run", "logs", long, "--follow", "-n", "1"); code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "code=E-CANCELLED") {
		t.Errorf("run logs --follow of an ended run: exit %d, %q", code, out)
	}
	if code, out, errs := assay(t, "run", "logs", next, "--events"); code != 0 || !strings.Contains(out, "  info   gate: the correctness gate passed") {
		t.Errorf("run logs --events: exit %d, %s%s", code, out, errs)
	}
}

func TestControlOfRunsThatAreNotThere(t *testing.T) {
	home(t)
	for _, c := range []struct {
		code int
		text string
		args []string
	}{
		{1, "no run is live", []string{"attach"}},
		{1, "E-NO-RUN", []string{"attach", "nosuchrun"}},
		{1, "E-NO-RUN", []string{"run", "logs", "nosuchrun"}},
		{1, "E-NO-RUN", []string{"run", "pause", "nosuchrun"}},
		{2, "--memory", []string{"kv", "blend", "--demo", "--memory", "much"}},
		{2, "at least 256 MiB", []string{"kv", "blend", "--demo", "--memory", "1MB"}},
		{2, "--stall", []string{"kv", "blend", "--demo", "--stall", "soon"}},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			code, out, errs := assay(t, c.args...)
			if code != c.code || out != "" || !strings.Contains(errs, c.text) || strings.Count(errs, "\n") != 1 {
				t.Errorf("exit %d, %q, want %d and one line with %q:\n%s", code, out, c.code, c.text, errs)
			}
		})
	}
}
