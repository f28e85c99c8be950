package telemetry_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"assay/core/telemetry"
)

// full is a sample with everything in it.
func full() telemetry.Sample {
	of := telemetry.Of
	return telemetry.Sample{
		Seq: 7,
		Host: telemetry.Host{
			CPUs: 64, Allowed: 8, Busy: of(.42), Busiest: of(1), Waiting: of(0), Stolen: of(.01),
			Load1: of(3.2), Load5: of(2.5), Load15: of(2), MemTotal: of(251 << 30), MemUsed: of(31 << 30), SwapUsed: of(0),
			Group: telemetry.Group{CPULimit: of(8), CPUUsed: of(3.4), Throttled: of(.02), MemLimit: of(64 << 30), MemUsed: of(12 << 30)},
		},
		GPU: telemetry.GPU{
			State: telemetry.Ready, Driver: "550.54.14", Tries: []string{"libnvidia-ml.so.1: loaded"}, AgeMs: 40,
			Cards: []telemetry.Card{{
				Index: 0, Name: "NVIDIA H100 80GB HBM3", UUID: "GPU-1", PCI: "00000000:40:00.0",
				Util: of(.98), MemUtil: of(.41), MemTotal: of(80 << 30), MemUsed: of(62 << 30), Temp: of(71), SlowTemp: of(90),
				Power: of(430.5), Limit: of(700), Clock: of(1755), MaxClock: of(1980), MemClock: of(2619), PCIeTx: of(1 << 20), PCIeRx: of(2 << 20),
				Energy: telemetry.Missing("not supported"), Slowed: []string{"power cap"},
			}, {Index: 1, Fault: "GPU is lost (error 15)", SlowedWhy: "GPU is lost (error 15)", NoList: "GPU is lost (error 15)"}},
		},
		Processes: []telemetry.Process{
			{PID: 11, Name: "assay", User: "lab", Ours: true, Role: "worker", RunID: "01J9W1AAAAAAAAAAAAAAAAAAAA", CPU: of(1.5), RSS: of(3 << 30), Cards: []telemetry.Use{{Index: 0, Memory: of(7 << 30)}}},
			{PID: 4242, Cards: []telemetry.Use{{Index: 0, Memory: telemetry.Missing("not available"), Graphics: true}}},
		},
	}
}

var same = cmp.Comparer(func(a, b telemetry.Value) bool { return a == b })

func TestLineKeepsTheSample(t *testing.T) {
	want := full()
	data, err := telemetry.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); n != 1 || data[len(data)-1] != '\n' {
		t.Fatalf("%d newlines in a line", n)
	}
	got, err := telemetry.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	if got.GPU.Age() != 40*time.Millisecond || got.GPU.Late() != 0 {
		t.Errorf("age %v, late %v", got.GPU.Age(), got.GPU.Late())
	}
}

func TestBadLinesAreRefusedWithAReason(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"no JSON":          {"WARNING: this is a stub", `the line begins "WARNING`},
		"cut":              {`{"assay_sample":1,"seq":4`, "unexpected end"},
		"another version":  {`{"assay_sample":2,"gpu":{"state":"ready"}}`, "version 2, this program reads 1"},
		"no version":       {`{"seq":1}`, "version 0"},
		"no state":         {`{"assay_sample":1}`, `state ""`},
		"a state of old":   {`{"assay_sample":1,"gpu":{"state":"lukewarm"}}`, "expected starting, ready, absent or failed"},
		"age of tomorrow":  {`{"assay_sample":1,"gpu":{"state":"ready","age_ms":-5}}`, "age -5 ms"},
		"a list as number": {`{"assay_sample":1,"gpu":{"state":"ready"},"host":{"busy":[]}}`, "expected a number or the reason"},
		"too many cards":   {`{"assay_sample":1,"gpu":{"state":"ready","cards":[` + strings.Repeat("{},", 1024) + `{}]}}`, "1025 cards"},
		"too long":         {`{"assay_sample":1,"gpu":{"state":"ready","reason":"` + strings.Repeat("x", telemetry.MaxLine) + `"}}`, "at most 1048576"},
	} {
		if _, err := telemetry.Decode([]byte(c.line)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	s := full()
	s.GPU.Reason = strings.Repeat("x", telemetry.MaxLine)
	if _, err := telemetry.Encode(s); err == nil {
		t.Error("a line that nobody would read is written")
	}
}

func FuzzDecode(f *testing.F) {
	line, err := telemetry.Encode(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(`{"assay_sample":1,"gpu":{"state":"absent","reason":"none"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := telemetry.Decode(data)
		if err != nil {
			return
		}
		again, err := telemetry.Encode(s)
		if err != nil {
			t.Skip("longer when written out") // invalid UTF-8 grows
		}
		back, err := telemetry.Decode(again)
		if err != nil {
			t.Fatalf("what was written is not read: %v\n%s", err, again)
		}
		third, err := telemetry.Encode(back)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("written twice it differs (%v):\n%s%s", err, again, third)
		}
		r := telemetry.Reading{Sample: s, At: time.Unix(1000, 0), Count: 1}
		for _, w := range []int{0, 3, 9, 17, 40, 200} {
			if text, _ := r.Segment(time.Unix(1010, 0), w); len(text) > w {
				t.Fatalf("segment of %d cells in %d: %q", len(text), w, text)
			}
		}
	})
}
