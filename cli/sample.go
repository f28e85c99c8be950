package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"assay/core/run"
	"assay/core/telemetry"
	"assay/gpu"
	"assay/tui/term"
)

// newSample is the child of a screen that measures the machine and its cards; only
// telemetry.Feed starts it.
func newSample(s streams) *cobra.Command {
	var count int
	c := &cobra.Command{
		Use: "sample", Hidden: true, Args: usageArgs(cobra.NoArgs),
		Short: "Measure the machine and its cards once a second",
		Long: "sample writes one line of JSON a second until its input or output is closed, or --count lines have been written.\n" +
			"It holds a figure or the reason why there is none. ASSAY_NVML names another library than libnvidia-ml.so.1.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 0 {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--count %d: expected 0 or more", count)}
			}
			return sample(cmd.Context(), s, count)
		},
	}
	c.Flags().IntVar(&count, "count", 0, "lines to write; 0 goes on until the input ends")
	return c
}

// warmUp is the time between the first reading of the processors, which has no
// shares, and the first sample.
const warmUp = 150 * time.Millisecond

// sample writes samples until count of them are written, the input ends (where
// count is 0), or nobody reads any more.
func sample(ctx context.Context, s streams, count int) error {
	out, err := keepOutput(s.out)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if count == 0 {
		go func() { // it ends with its input, or with the process
			_, _ = io.Copy(io.Discard, s.in) // an error ends the input as well
			cancel()
		}()
	}
	host := telemetry.NewHostReader(os.DirFS("/"), os.Getpagesize())
	cards := newCardReader(openCards)
	defer cards.close()
	host.Read(time.Now())
	host.Processes(time.Now(), nil)
	cards.ask()
	_ = term.Shrink() // it lives as long as the screen; where memory cannot be given back it is kept
	beat := time.NewTimer(warmUp)
	defer beat.Stop()
	for seq := uint64(1); ; seq++ {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
		beat.Reset(telemetry.Period)
		now := time.Now()
		one := telemetry.Sample{Seq: seq, Host: host.Read(now), GPU: cards.read(ctx, telemetry.Deadline)}
		one.Processes = host.Processes(now, cards.use())
		data, err := telemetry.Encode(one)
		if err != nil {
			return err
		}
		if _, err := out.Write(data); err != nil {
			if errors.Is(err, unix.EPIPE) {
				return nil // the screen is gone
			}
			return fmt.Errorf("write a sample: %w", err)
		}
		if count > 0 && seq == uint64(count) {
			return nil
		}
	}
}

// keepOutput returns the way to the reader of the samples. Libraries print what
// they like on standard output (the stub of the toolkit does), so that one is
// turned to standard error, and the samples get a descriptor of their own.
func keepOutput(out io.Writer) (io.Writer, error) {
	f, ok := out.(*os.File)
	if !ok || f.Fd() != 1 {
		return out, nil
	}
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("keep the output: %w", err)
	}
	if err := unix.Dup3(2, 1, 0); err != nil {
		return nil, fmt.Errorf("turn the output of libraries away: %w", err)
	}
	return os.NewFile(uintptr(fd), "samples"), nil
}

// monitor is what reads cards; *gpu.Monitor is one.
type monitor interface {
	Read() ([]gpu.Card, error)
	Driver() string
}

func openCards() (monitor, []string, error) {
	m, tries, err := gpu.OpenMonitor()
	if err != nil {
		return nil, tries, err
	}
	return m, tries, nil
}

// cardReader asks the driver's library in a goroutine of its own, which may hang as
// long as the driver does: nobody waits for it longer than a deadline, and it is
// asked again only after it has answered.
type cardReader struct {
	questions chan struct{} // capacity 1: there is never more than one
	answers   chan answer   // capacity 1: the goroutine never waits for the reader

	asked   time.Time // of the question without an answer; zero where there is none
	gone    bool      // the goroutine has ended: there is no library
	last    telemetry.GPU
	taken   time.Time // when last.Cards were read
	lastUse map[int][]telemetry.Use
}

// answer is what the goroutine found.
type answer struct {
	at    time.Time
	state telemetry.GPU // without age
	use   map[int][]telemetry.Use
	end   bool // there will be no other one
}

func newCardReader(open func() (monitor, []string, error)) *cardReader {
	c := &cardReader{questions: make(chan struct{}, 1), answers: make(chan answer, 1), last: telemetry.GPU{State: telemetry.Starting}}
	go watchCards(open, c.questions, c.answers)
	return c
}

// watchCards answers questions until there are no more, or there is no library.
func watchCards(open func() (monitor, []string, error), questions <-chan struct{}, answers chan<- answer) {
	var m monitor
	var tries []string
	for range questions {
		if m == nil {
			var err error
			if m, tries, err = open(); err != nil {
				tries = append(tries, deviceFiles(os.DirFS("/")))
				answers <- answer{at: time.Now(), state: telemetry.GPU{State: telemetry.Absent, Reason: oneLine(err.Error()), Tries: tries}, end: true}
				return
			}
		}
		cards, err := m.Read()
		a := answer{at: time.Now(), state: telemetry.GPU{State: telemetry.Ready, Tries: tries, Driver: m.Driver()}}
		if err != nil {
			a.state.State, a.state.Reason = telemetry.Failed, oneLine(err.Error())
		} else {
			a.state.Cards, a.use = convertCards(cards)
		}
		answers <- a
	}
}

// deviceFiles says what the kernel shows of NVIDIA: what is missing there no library
// brings back.
func deviceFiles(root fs.FS) string {
	found, err := fs.Glob(root, "dev/nvidia*")
	if err != nil || len(found) == 0 { // the pattern is right, so there is never an error
		return "/dev/nvidia*: none, so the kernel shows this system no NVIDIA card"
	}
	text := "/dev/nvidia*: " + strings.Join(found, " ")
	if line, err := fs.ReadFile(root, "proc/driver/nvidia/version"); err == nil {
		first, _, _ := strings.Cut(string(line), "\n")
		text += "; kernel module: " + strings.TrimSpace(first)
	}
	return text
}

// close lets the goroutine end; it may hang in the driver for longer.
func (c *cardReader) close() { close(c.questions) }

// ask puts a question unless one is open.
func (c *cardReader) ask() {
	if c.gone || !c.asked.IsZero() {
		return
	}
	c.asked = time.Now()
	c.questions <- struct{}{}
}

// read returns the state of the cards: of now where the library answers within the
// deadline, else what it said last, with its age. A library that is late already
// is not waited for again.
func (c *cardReader) read(ctx context.Context, deadline time.Duration) telemetry.GPU {
	select {
	case a := <-c.answers: // one that was late
		c.take(a)
	default:
	}
	c.ask()
	if rest := deadline - time.Since(c.asked); !c.asked.IsZero() && rest > 0 {
		wait := time.NewTimer(rest)
		select {
		case a := <-c.answers:
			c.take(a)
		case <-wait.C:
		case <-ctx.Done():
		}
		wait.Stop()
	}
	g := c.last
	if late := time.Since(c.asked); !c.asked.IsZero() && late >= deadline {
		g.LateMs = late.Milliseconds()
	}
	if len(g.Cards) > 0 {
		g.AgeMs = time.Since(c.taken).Milliseconds()
	}
	return g
}

func (c *cardReader) take(a answer) {
	c.asked = time.Time{}
	c.gone = a.end
	if a.state.State == telemetry.Failed { // what was known stays, and grows old
		a.state.Cards = c.last.Cards
		c.last = a.state
		return
	}
	c.last, c.taken, c.lastUse = a.state, a.at, a.use
}

// use returns who has memory on which card.
func (c *cardReader) use() map[int][]telemetry.Use { return c.lastUse }

// convertCards writes cards in the nouns of telemetry: instances stand behind
// their card, processes apart by their number.
func convertCards(cards []gpu.Card) ([]telemetry.Card, map[int][]telemetry.Use) {
	var out []telemetry.Card
	use := map[int][]telemetry.Use{}
	for _, c := range cards {
		out = append(out, convertCard(c))
		held := map[int]bool{} // by an instance, which says more
		for _, part := range c.Instances {
			out = append(out, convertCard(part))
			for _, p := range part.Processes {
				held[p.PID] = true
				use[p.PID] = append(use[p.PID], telemetry.Use{Index: part.Index, Instance: part.Instance, Memory: value(p.Memory), Graphics: p.Graphics})
			}
		}
		for _, p := range c.Processes {
			if !held[p.PID] {
				use[p.PID] = append(use[p.PID], telemetry.Use{Index: c.Index, Memory: value(p.Memory), Graphics: p.Graphics})
			}
		}
	}
	return out, use
}

func convertCard(c gpu.Card) telemetry.Card {
	return telemetry.Card{
		Index: c.Index, Instance: c.Instance, Partitioned: c.Partitioned, Name: c.Name, UUID: c.UUID, PCI: c.PCI, Fault: c.Fault,
		Util: value(c.Util), MemUtil: value(c.MemUtil), MemTotal: value(c.MemTotal), MemUsed: value(c.MemUsed),
		Temp: value(c.Temp), SlowTemp: value(c.SlowTemp), Power: value(c.Power), Limit: value(c.Limit),
		Clock: value(c.Clock), MaxClock: value(c.MaxClock), MemClock: value(c.MemClock),
		PCIeTx: value(c.PCIeTx), PCIeRx: value(c.PCIeRx), Energy: value(c.Energy),
		Slowed: c.Slowed, SlowedWhy: c.SlowedWhy, NoList: c.ProcessesWhy,
	}
}

func value(f gpu.Figure) telemetry.Value {
	if !f.OK {
		return telemetry.Missing(f.Why)
	}
	return telemetry.Of(f.Value)
}
