package nvml

// #include "table.h"
import "C"

import (
	"fmt"
	"strings"
)

// Figure is a number that may be missing, which is not the same as 0.
type Figure struct {
	Value float64
	OK    bool   // there is a value
	Why   string // why there is none: "not supported"; "" where there is one
}

// Card is what is known about a card, or about an instance of a partitioned one.
type Card struct {
	Index int
	Name  string
	UUID  string // as CUDA tells it too: match by this, never by index
	PCI   string // bus id, such as "00000000:65:00.0"
	Fault string // why nothing can be read, such as a card that is lost

	Util     Figure // 0..1: share of the last period with a kernel running
	MemUtil  Figure // 0..1: share of it with memory traffic
	MemTotal Figure // bytes
	MemUsed  Figure // bytes, without what the driver has reserved where it tells that
	Reserved Figure // bytes kept by the driver
	Temp     Figure // degrees Celsius
	SlowTemp Figure // degrees Celsius at which the card slows down
	Power    Figure // watts
	Limit    Figure // watts
	Clock    Figure // MHz of the multiprocessors
	MaxClock Figure // MHz
	MemClock Figure // MHz
	PCIeTx   Figure // bytes per second from the card
	PCIeRx   Figure // bytes per second to the card
	Energy   Figure // joules since the driver was loaded

	Slowed    []string // why the clocks are lower than they could be; empty also where unknown
	SlowedWhy string   // why Slowed is unknown; "" where it is known

	Partitioned bool   // MIG: Instances holds the parts
	Instance    string // "gi1/ci0" of an instance, "" of a card
	Instances   []Card

	Processes    []Process
	ProcessesWhy string // why there is no list; "" where there is one
}

// Process is a process with memory on a card.
type Process struct {
	PID         int
	Memory      Figure // bytes
	Graphics    bool   // it draws; else it computes
	GPUInstance int    // of a partitioned card, -1 for none
}

// pcieCards is how many cards are asked for their PCIe throughput in one Read:
// the driver counts for 20 ms per direction, so eight cards would take 320 ms.
const pcieCards = 2

// Read reads every card. A card that cannot be read carries a Fault; the error is
// for the library as a whole.
func (l *Library) Read() ([]Card, error) {
	var n C.uint
	if code := int(C.assay_nvml_count(l.h, &n)); code != 0 {
		return nil, l.err("nvmlDeviceGetCount", code)
	}
	count := int(n)
	cards := make([]Card, count)
	for i := range cards {
		asks := count <= pcieCards || (i-l.round*pcieCards%count+count)%count < pcieCards
		cards[i] = l.card(i, asks)
	}
	l.round++
	return cards, nil
}

func (l *Library) card(i int, pcie bool) Card {
	var raw C.assay_nvml_card
	ask := C.int(0)
	if pcie {
		ask = 1
	}
	if code := int(C.assay_nvml_read(l.h, C.uint(i), -1, ask, &raw)); code != 0 {
		return Card{Index: i, Fault: l.err("nvmlDeviceGetHandleByIndex", code).Error()}
	}
	c := l.convert(i, &raw, "not measured yet")
	if pcie {
		l.pcie[i] = [2]Figure{c.PCIeTx, c.PCIeRx}
	} else if last, ok := l.pcie[i]; ok {
		c.PCIeTx, c.PCIeRx = last[0], last[1]
	}
	// A lost card still has a handle: everything that is asked fails alike.
	for _, f := range []C.int{C.ASSAY_MEM_TOTAL, C.ASSAY_UTIL, C.ASSAY_TEMP} {
		if int(raw.code[f]) == GPULost {
			c.Fault = l.why(GPULost) + "; " + hint(GPULost)
			return c
		}
	}
	l.reasons(&c, &raw)
	l.processes(&c)
	if raw.code[C.ASSAY_MIG] == 0 && raw.value[C.ASSAY_MIG] == 1 {
		l.instances(&c)
	}
	return c
}

// instances reads the parts of a partitioned card. It has no utilisation of its
// own, nor have they.
func (l *Library) instances(c *Card) {
	c.Partitioned = true
	none := Figure{Why: "a partitioned card (MIG) has none"}
	c.Util, c.MemUtil = none, none
	var slots C.uint
	if C.assay_nvml_slots(l.h, C.uint(c.Index), &slots) != 0 {
		return
	}
	for s := range int(slots) {
		var raw C.assay_nvml_card
		if C.assay_nvml_read(l.h, C.uint(c.Index), C.int(s), 0, &raw) != 0 {
			continue // an empty slot
		}
		part := l.convert(c.Index, &raw, "see the card")
		part.Util, part.MemUtil = none, none
		part.SlowedWhy = "see the card"
		gi, ci := "?", "?"
		if raw.code[C.ASSAY_GPU_INSTANCE] == 0 {
			gi = fmt.Sprint(raw.value[C.ASSAY_GPU_INSTANCE])
			for _, p := range c.Processes {
				if p.GPUInstance >= 0 && fmt.Sprint(p.GPUInstance) == gi {
					part.Processes = append(part.Processes, p)
				}
			}
		}
		if raw.code[C.ASSAY_COMPUTE_INSTANCE] == 0 {
			ci = fmt.Sprint(raw.value[C.ASSAY_COMPUTE_INSTANCE])
		}
		part.Instance = "gi" + gi + "/ci" + ci
		c.Instances = append(c.Instances, part)
	}
}

// convert puts figures into the units of Card; unasked is why those are missing
// that were left out.
func (l *Library) convert(i int, raw *C.assay_nvml_card, unasked string) Card {
	f := func(at C.int, unit float64) Figure { // unit: how many of the library's make one of ours
		switch code := int(raw.code[at]); {
		case code == C.ASSAY_NOT_ASKED:
			return Figure{Why: unasked}
		case code != 0:
			return Figure{Why: l.why(code)}
		}
		return Figure{Value: float64(raw.value[at]) / unit, OK: true}
	}
	return Card{
		Index: i, Name: clean(&raw.name[0]), UUID: clean(&raw.uuid[0]), PCI: clean(&raw.pci[0]),
		Util: f(C.ASSAY_UTIL, 100), MemUtil: f(C.ASSAY_UTIL_MEM, 100),
		MemTotal: f(C.ASSAY_MEM_TOTAL, 1), MemUsed: f(C.ASSAY_MEM_USED, 1), Reserved: f(C.ASSAY_MEM_RESERVED, 1),
		Temp: f(C.ASSAY_TEMP, 1), SlowTemp: f(C.ASSAY_TEMP_SLOW, 1),
		Power: f(C.ASSAY_POWER, 1000), Limit: f(C.ASSAY_POWER_LIMIT, 1000),
		Clock: f(C.ASSAY_SM_CLOCK, 1), MaxClock: f(C.ASSAY_SM_CLOCK_MAX, 1), MemClock: f(C.ASSAY_MEM_CLOCK, 1),
		PCIeTx: f(C.ASSAY_PCIE_TX, 1./1024), PCIeRx: f(C.ASSAY_PCIE_RX, 1./1024), Energy: f(C.ASSAY_ENERGY, 1000),
	}
}

// why is the reason of a missing figure, with the code where a word alone says
// too little.
func (l *Library) why(code int) string {
	if code < 0 || code == NotSupported || code == NoPermission {
		return l.text(code)
	}
	return fmt.Sprintf("%s (error %d)", l.text(code), code)
}

func clean(p *C.char) string { return strings.TrimSpace(C.GoString(p)) }

// slowing names the bits of the clocks' reasons that slow a card down. Being idle
// (bit 0) is no such reason.
var slowing = [...]struct {
	bit  uint64
	name string
}{
	{0x08, "hardware slowdown"}, {0x40, "heat (hardware)"}, {0x80, "power brake"},
	{0x20, "heat"}, {0x04, "power cap"}, {0x02, "clocks set by hand"}, {0x10, "sync boost"}, {0x100, "display clocks"},
}

func (l *Library) reasons(c *Card, raw *C.assay_nvml_card) {
	if code := int(raw.code[C.ASSAY_REASONS]); code != 0 {
		c.SlowedWhy = l.why(code)
		return
	}
	for _, r := range slowing {
		if uint64(raw.value[C.ASSAY_REASONS])&r.bit != 0 {
			c.Slowed = append(c.Slowed, r.name)
		}
	}
}

// most is how many processes of a card are listed; nobody reads more.
const most = 256

// processes lists who uses the card, first what computes, then what only draws.
func (l *Library) processes(c *Card) {
	seen := map[int]bool{}
	for _, graphics := range []bool{false, true} {
		kind := C.int(0)
		if graphics {
			kind = 1
		}
		buf := make([]C.assay_nvml_process, most)
		var n C.uint
		code := int(C.assay_nvml_processes(l.h, C.uint(c.Index), kind, &buf[0], most, &n))
		if code != 0 {
			if !graphics { // that a card draws nothing is the rule
				c.ProcessesWhy = l.why(code)
			}
			continue
		}
		for _, p := range buf[:n] {
			if pid := int(p.pid); pid > 0 && !seen[pid] {
				seen[pid] = true
				out := Process{PID: pid, Graphics: graphics, GPUInstance: int(p.gpu_instance), Memory: Figure{Why: "not available"}}
				if p.has_mem != 0 {
					out.Memory = Figure{Value: float64(p.mem_bytes), OK: true}
				}
				c.Processes = append(c.Processes, out)
			}
		}
	}
}
