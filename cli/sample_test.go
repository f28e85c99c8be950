package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/cli"
	"assay/core/telemetry"
)

// TestBeSampler is no test: the tests below start it as the child of a screen.
func TestBeSampler(t *testing.T) {
	args := os.Getenv("ASSAY_TEST_SAMPLER")
	if args == "" {
		t.Skip("started by other tests")
	}
	os.Exit(cli.Main(append([]string{"assay", "sample"}, strings.Fields(args)...), os.Stdin, os.Stdout, os.Stderr))
}

// samplerCommand is `assay sample` with arguments, in an environment.
func samplerCommand(args string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestBeSampler$")
	if args == "" {
		args = "--count=0"
	}
	cmd.Env = append(append(os.Environ(), "ASSAY_TEST_SAMPLER="+args), env...)
	return cmd
}

// fakeNVML builds a library with cards that are not there.
func fakeNVML(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libnvidia-ml.so.1")
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", path, "../gpu/internal/nvml/testdata/fake.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return "ASSAY_NVML=" + path
}

// sampleOnce runs the sampler for one sample.
func sampleOnce(t *testing.T, env ...string) telemetry.Sample {
	t.Helper()
	cmd := samplerCommand("--count=1", env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.Bytes())
	}
	s, err := telemetry.Decode(bytes.TrimSpace(out.Bytes()))
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	return s
}

func TestSampleWithoutADriver(t *testing.T) {
	s := sampleOnce(t, "ASSAY_NVML=/nowhere/libnvidia-ml.so.1")
	if s.GPU.State != telemetry.Absent || !strings.Contains(s.GPU.Reason, "/nowhere/libnvidia-ml.so.1: cannot open shared object file") {
		t.Errorf("the cards are %s: %q; want the words of the linker", s.GPU.State, s.GPU.Reason)
	}
	if n := len(s.GPU.Tries); n == 0 || !strings.HasPrefix(s.GPU.Tries[n-1], "/dev/nvidia*: ") {
		t.Errorf("tries %q do not tell what the kernel shows", s.GPU.Tries)
	}
	host(t, s)
}

// host fails the test where the half of the host is not there.
func host(t *testing.T, s telemetry.Sample) {
	t.Helper()
	for name, v := range map[string]telemetry.Value{"busy": s.Host.Busy, "load": s.Host.Load1, "memory": s.Host.MemTotal, "memory used": s.Host.MemUsed} {
		if _, ok := v.Get(); !ok {
			t.Errorf("the host has no %s: %v", name, v)
		}
	}
	ours := false
	for _, p := range s.Processes {
		ours = ours || p.Ours
	}
	if !ours || s.Host.CPUs < 1 {
		t.Errorf("%d processors, processes of this program: %v", s.Host.CPUs, ours)
	}
}

func TestSampleOfSeveralCards(t *testing.T) {
	s := sampleOnce(t, fakeNVML(t), "FAKENVML_CARDS=3", "FAKENVML_MIG=1", "FAKENVML_LOST=2", "FAKENVML_PRINT=1")
	g := s.GPU
	if g.State != telemetry.Ready || g.Driver != "550.54.14" || len(g.Cards) != 5 || g.LateMs != 0 {
		t.Fatalf("%s, driver %s, %d cards, late %d ms", g.State, g.Driver, len(g.Cards), g.LateMs)
	}
	if n, ok := g.Cards[0].Util.Get(); !ok || n != .98 {
		t.Errorf("utilisation %v", g.Cards[0].Util)
	}
	if c := g.Cards[1]; !c.Partitioned || c.Util != telemetry.Missing("a partitioned card (MIG) has none") {
		t.Errorf("partitioned card %+v", c)
	}
	if c := g.Cards[2]; c.Instance != "gi1/ci0" || c.Index != 1 || c.MemUsed != telemetry.Of(1<<30) {
		t.Errorf("instance %+v", c)
	}
	if c := g.Cards[4]; !strings.Contains(c.Fault, "error 15") {
		t.Errorf("lost card %+v", c)
	}
	pids := map[int]telemetry.Process{}
	for _, p := range s.Processes {
		pids[p.PID] = p
	}
	if p := pids[4242]; len(p.Cards) != 1 || p.Cards[0].Memory != telemetry.Of(3<<30) || p.Ours {
		t.Errorf("process on a card %+v", p)
	}
	if p := pids[4243]; len(p.Cards) != 1 || p.Cards[0].Memory != telemetry.Missing("not available") {
		t.Errorf("process that hides its memory %+v", p)
	}
	host(t, s)
}

func TestSampleOfALibraryThatRefuses(t *testing.T) {
	s := sampleOnce(t, fakeNVML(t), "FAKENVML_INIT=18")
	if s.GPU.State != telemetry.Absent || !strings.Contains(s.GPU.Reason, "error 18") || !strings.Contains(s.GPU.Reason, "reboot") {
		t.Errorf("%s: %q", s.GPU.State, s.GPU.Reason)
	}
	host(t, s)
}

// follow starts a sampler and hands out its lines.
func follow(t *testing.T, cmd *exec.Cmd) (next func() telemetry.Sample, in io.Closer, wait func() error) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewReader(stdout)
	next = func() telemetry.Sample {
		t.Helper()
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		s, err := telemetry.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return next, stdin, cmd.Wait
}

// A call that hangs delays one sample by the deadline and no other; the host is
// measured all the time, and the cards come back when the driver does.
func TestSampleOfADriverThatHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds: the sampler keeps the time of day")
	}
	gate := filepath.Join(t.TempDir(), "gate")
	next, in, wait := follow(t, samplerCommand("", fakeNVML(t), "FAKENVML_HANG=nvmlDeviceGetUtilizationRates", "FAKENVML_GATE="+gate))
	first := next()
	if first.GPU.State != telemetry.Ready || len(first.GPU.Cards) != 1 || first.GPU.LateMs != 0 {
		t.Fatalf("%+v", first.GPU)
	}
	if err := os.WriteFile(gate, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var last telemetry.Sample
	for last = next(); last.GPU.LateMs == 0; last = next() { // the one under way may have been answered
	}
	if last.GPU.LateMs < 500 || len(last.GPU.Cards) != 1 || last.GPU.AgeMs < 500 {
		t.Errorf("late by %d ms with %d cards of %d ms ago", last.GPU.LateMs, len(last.GPU.Cards), last.GPU.AgeMs)
	}
	host(t, last)
	begun := time.Now()
	again := next()
	if d := time.Since(begun); d > 1400*time.Millisecond || again.GPU.LateMs < last.GPU.LateMs+400 || again.GPU.AgeMs <= last.GPU.AgeMs {
		t.Errorf("the sample after it came in %v, late by %d ms", d, again.GPU.LateMs)
	}
	host(t, again)
	if err := os.Remove(gate); err != nil {
		t.Fatal(err)
	}
	for last = next(); last.GPU.LateMs > 0; last = next() {
	}
	if len(last.GPU.Cards) != 1 || last.GPU.AgeMs > 1000 {
		t.Errorf("after the hang: %d cards of %d ms ago", len(last.GPU.Cards), last.GPU.AgeMs)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Errorf("it does not end well with its input: %v", err)
	}
}

// A library that hangs for ever in its first call does not keep the child alive.
func TestSampleEndsWhileTheDriverHangs(t *testing.T) {
	next, in, wait := follow(t, samplerCommand("", fakeNVML(t), "FAKENVML_HANG=nvmlInit"))
	s := next()
	if s.GPU.State != telemetry.Starting || s.GPU.LateMs < 500 || len(s.GPU.Cards) != 0 {
		t.Errorf("%+v", s.GPU)
	}
	host(t, s)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSampleEndsWhenNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := samplerCommand("", "ASSAY_NVML=/nowhere")
	cmd.Stdout = w
	stdin, err := cmd.StdinPipe() // stays open: only the output is closed
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	r.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v", err)
	}
}

func TestSampleRefusesNonsense(t *testing.T) {
	for _, args := range [][]string{{"sample", "--count", "-1"}, {"sample", "now"}} {
		if code, _, errs := assay(t, args...); code != 2 || !strings.Contains(errs, "E-USAGE") {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}

// The feed of a screen and the child together.
func TestFeedReadsTheSampler(t *testing.T) {
	nvml := fakeNVML(t)
	f := telemetry.NewFeed(func() *exec.Cmd { return samplerCommand("", nvml) })
	defer f.Close()
	var r telemetry.Reading
	for !r.Known() {
		var err error
		if r, err = f.Next(context.Background(), 0); err != nil || r.Fault != nil {
			t.Fatal(err, r.Fault)
		}
	}
	if text, _ := r.Segment(r.At, 80); text != "GPU0 H100  98% high  71C hot 62/80G 430W" {
		t.Errorf("status bar %q", text)
	}
}
