package nvml_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/gpu/internal/nvml"
)

// fake builds the pretended library, once for each set of flags.
func fake(t *testing.T, flags ...string) string {
	t.Helper()
	path, err := build(strings.Join(flags, " "))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	built   = map[string]string{}
	builtMu sync.Mutex // guards built and dir
	dir     string
)

func build(flags string) (string, error) {
	builtMu.Lock()
	defer builtMu.Unlock()
	if path, ok := built[flags]; ok {
		return path, nil
	}
	path := filepath.Join(dir, "fake"+strings.ReplaceAll(flags, " ", ""), "libnvidia-ml.so.1")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	args := append(strings.Fields(flags), "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", path, "testdata/fake.c")
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		return "", errors.New("gcc: " + err.Error() + "\n" + string(out))
	}
	built[flags] = path
	return path, nil
}

func TestMain(m *testing.M) {
	var err error
	if dir, err = os.MkdirTemp("", "nvml"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func open(t *testing.T, path string) *nvml.Library {
	t.Helper()
	l, tries, err := nvml.Open(path)
	if err != nil {
		t.Fatalf("%v\n%v", err, tries)
	}
	return l
}

func read(t *testing.T, l *nvml.Library) []nvml.Card {
	t.Helper()
	cards, err := l.Read()
	if err != nil {
		t.Fatal(err)
	}
	return cards
}

func number(t *testing.T, name string, f nvml.Figure, want float64) {
	t.Helper()
	if !f.OK || f.Value < want*(1-1e-9) || f.Value > want*(1+1e-9) || f.Why != "" {
		t.Errorf("%s is %+v, want %g", name, f, want)
	}
}

func missing(t *testing.T, name string, f nvml.Figure, why string) {
	t.Helper()
	if f.OK || f.Value != 0 || !strings.Contains(f.Why, why) {
		t.Errorf("%s is %+v, want none because of %q", name, f, why)
	}
}

func TestReadsEveryFigure(t *testing.T) {
	t.Setenv("FAKENVML_CARDS", "2")
	l := open(t, fake(t))
	if l.Driver() != "550.54.14" {
		t.Errorf("driver %q", l.Driver())
	}
	cards := read(t, l)
	if len(cards) != 2 {
		t.Fatalf("%d cards, want 2", len(cards))
	}
	c := cards[0]
	if c.Name != "NVIDIA H100 80GB HBM3" || c.UUID != "GPU-000000" || c.PCI != "00000000:40:00.0" || c.Fault != "" {
		t.Errorf("card %q %q %q %q", c.Name, c.UUID, c.PCI, c.Fault)
	}
	number(t, "utilisation", c.Util, .98)
	number(t, "memory traffic", c.MemUtil, .41)
	number(t, "memory", c.MemTotal, 80<<30)
	number(t, "memory used", c.MemUsed, 62<<30)
	number(t, "memory reserved", c.Reserved, 1<<30)
	number(t, "temperature", c.Temp, 71)
	number(t, "slowdown temperature", c.SlowTemp, 90)
	number(t, "power", c.Power, 430.5)
	number(t, "power limit", c.Limit, 700)
	number(t, "clock", c.Clock, 1755)
	number(t, "largest clock", c.MaxClock, 1980)
	number(t, "memory clock", c.MemClock, 2619)
	number(t, "PCIe out", c.PCIeTx, 1<<20)
	number(t, "PCIe in", c.PCIeRx, 2<<20)
	number(t, "energy", c.Energy, 123456.789)
	if got := strings.Join(c.Slowed, ", "); got != "heat (hardware), power cap" || c.SlowedWhy != "" {
		t.Errorf("slowed by %q (%s)", got, c.SlowedWhy)
	}
	if cards[1].Util.Value != 0 || !cards[1].Util.OK {
		t.Errorf("an idle card has %+v, want a utilisation of 0", cards[1].Util)
	}
}

func TestMissingNamesDisableTheirFigureOnly(t *testing.T) {
	c := read(t, open(t, fake(t, "-DOLD")))[0]
	number(t, "memory by the first version of the call", c.MemUsed, 63<<30)
	missing(t, "memory reserved", c.Reserved, "no such call")
	number(t, "temperature by the old call", c.Temp, 70)
	missing(t, "energy", c.Energy, "no such call")
	number(t, "power", c.Power, 430.5)
	if len(c.Slowed) != 0 || c.SlowedWhy != "" {
		t.Errorf("an idle card is slowed by %v (%s)", c.Slowed, c.SlowedWhy)
	}
	if len(c.Processes) != 2 || c.Processes[0].PID != 4242 || c.Processes[0].GPUInstance != -1 {
		t.Errorf("processes %+v", c.Processes)
	}
}

func TestRefusedFiguresAreNotZero(t *testing.T) {
	for code, why := range map[string]string{"3": "not supported", "4": "no permission", "999": "Unknown Error (error 999)"} {
		t.Setenv("FAKENVML_REFUSE", code)
		c := read(t, open(t, fake(t)))[0]
		for name, f := range map[string]nvml.Figure{"utilisation": c.Util, "temperature": c.Temp, "power": c.Power, "clock": c.Clock, "PCIe": c.PCIeRx} {
			missing(t, name, f, why)
		}
		number(t, "memory", c.MemUsed, 62<<30)
		if !strings.Contains(c.SlowedWhy, why) || c.Fault != "" {
			t.Errorf("code %s: slowed unknown by %q, fault %q", code, c.SlowedWhy, c.Fault)
		}
	}
}

func TestLostCardDoesNotHideTheOthers(t *testing.T) {
	t.Setenv("FAKENVML_CARDS", "3")
	t.Setenv("FAKENVML_LOST", "1")
	cards := read(t, open(t, fake(t)))
	if !strings.Contains(cards[1].Fault, "GPU is lost (error 15)") || !strings.Contains(cards[1].Fault, "reboot") {
		t.Errorf("fault %q", cards[1].Fault)
	}
	missing(t, "utilisation of a lost card", cards[1].Util, "error 15")
	for _, i := range []int{0, 2} {
		if cards[i].Fault != "" || !cards[i].Temp.OK {
			t.Errorf("card %d: fault %q, temperature %+v", i, cards[i].Fault, cards[i].Temp)
		}
	}
}

func TestPartitionedCardListsItsInstances(t *testing.T) {
	t.Setenv("FAKENVML_MIG", "0")
	c := read(t, open(t, fake(t)))[0]
	if !c.Partitioned || len(c.Instances) != 2 {
		t.Fatalf("partitioned %v, %d instances", c.Partitioned, len(c.Instances))
	}
	missing(t, "utilisation", c.Util, "MIG")
	number(t, "temperature of the card", c.Temp, 71)
	for i, want := range []struct {
		id  string
		gib float64
		pid int
	}{{"gi1/ci0", 1, 4242}, {"gi3/ci0", 3, 4243}} {
		p := c.Instances[i]
		if p.Instance != want.id || !strings.HasSuffix(p.Name, "3g.40gb") || !strings.HasPrefix(p.UUID, "MIG-") {
			t.Errorf("instance %d is %q %q %q", i, p.Instance, p.Name, p.UUID)
		}
		number(t, "memory of an instance", p.MemUsed, want.gib*(1<<30))
		number(t, "total of an instance", p.MemTotal, 40<<30)
		missing(t, "utilisation of an instance", p.Util, "MIG")
		if len(p.Processes) == 0 || p.Processes[0].PID != want.pid {
			t.Errorf("processes of instance %d: %+v", i, p.Processes)
		}
	}
}

// Drivers have written processes of three lengths under one name.
func TestProcessesOfAnyLength(t *testing.T) {
	for _, stride := range []string{"16", "24", "32"} {
		t.Setenv("FAKENVML_STRIDE", stride)
		c := read(t, open(t, fake(t)))[0]
		if len(c.Processes) != 3 {
			t.Fatalf("stride %s: %+v", stride, c.Processes)
		}
		number(t, "memory of a process", c.Processes[0].Memory, 3<<30)
		if p := c.Processes[1]; p.PID != 4243 || p.Memory.OK || p.Graphics {
			t.Errorf("stride %s: second process %+v", stride, p)
		}
		if p := c.Processes[2]; p.PID != 77 || !p.Graphics {
			t.Errorf("stride %s: drawing process %+v", stride, p)
		}
	}
}

func TestPCIeIsAskedInTurns(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("FAKENVML_LOG", log)
	t.Setenv("FAKENVML_CARDS", "5")
	l := open(t, fake(t))
	for round := range 3 {
		cards := read(t, l)
		if round == 2 { // by then everybody had a turn
			for _, c := range cards {
				number(t, "PCIe", c.PCIeRx, 2<<20)
			}
		}
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Fields(string(data))
	seen := map[string]bool{}
	for _, a := range asked {
		seen[a] = true
	}
	if len(asked) != 6 || len(seen) != 5 {
		t.Errorf("asked cards %v, want two of them a round and each one at last", asked)
	}
}

func TestAbsenceIsExplained(t *testing.T) {
	l, tries, err := nvml.Open("libassay-is-not-there.so.1", "/nowhere/libnvidia-ml.so.1")
	if l != nil || !errors.Is(err, nvml.ErrNoLibrary) {
		t.Fatalf("%v, %v", l, err)
	}
	if want := "cannot open shared object file"; !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "libassay-is-not-there.so.1") {
		t.Errorf("%q does not quote the linker", err)
	}
	if len(tries) != 2 || !strings.Contains(tries[1], "/nowhere/libnvidia-ml.so.1") {
		t.Errorf("tries %q", tries)
	}
	// Not a library at all.
	junk := filepath.Join(t.TempDir(), "libnvidia-ml.so.1")
	if err := os.WriteFile(junk, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err = nvml.Open(junk); !errors.Is(err, nvml.ErrNoLibrary) {
		t.Errorf("a text file: %v", err)
	}
	// The first that can be loaded is taken.
	if l, _, err = nvml.Open("/nowhere/libnvidia-ml.so.1", fake(t)); err != nil || l.Path() != fake(t) {
		t.Errorf("the second candidate: %v", err)
	}
}

func TestForeignLibraryIsRefused(t *testing.T) {
	dir := t.TempDir()
	src, lib := filepath.Join(dir, "other.c"), filepath.Join(dir, "libnvidia-ml.so.1")
	if err := os.WriteFile(src, []byte("int something_else(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", lib, src).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var e *nvml.Error
	if _, _, err := nvml.Open(lib); !errors.As(err, &e) || !strings.Contains(err.Error(), "no such call") {
		t.Errorf("%v", err)
	}
}

func TestRefusalOfTheLibraryIsExplained(t *testing.T) {
	for code, want := range map[string][]string{
		"18": {"nvmlInit: Driver/library version mismatch (error 18)", "reboot"},
		"9":  {"Driver Not Loaded (error 9)", "modprobe nvidia"},
		"4":  {"no permission (error 4)", "/dev/nvidia"},
	} {
		t.Setenv("FAKENVML_INIT", code)
		_, tries, err := nvml.Open(fake(t))
		var e *nvml.Error
		if !errors.As(err, &e) || errors.Is(err, nvml.ErrNoLibrary) {
			t.Fatalf("code %s: %v", code, err)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) || !strings.Contains(tries[0], w) {
				t.Errorf("code %s: %q does not say %q", code, err, w)
			}
		}
	}
}

func TestSignalsStayWithTheProgram(t *testing.T) {
	t.Setenv("FAKENVML_SIGNALS", "1")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGWINCH, syscall.SIGURG, syscall.SIGCHLD, syscall.SIGUSR1} {
		got := make(chan os.Signal, 1)
		signal.Notify(got, sig)
		read(t, open(t, fake(t)))
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		select {
		case <-got:
		case <-time.After(5 * time.Second):
			t.Errorf("%v did not arrive: the library kept its handler", sig)
		}
		signal.Stop(got)
	}
}
