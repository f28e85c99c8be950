package telemetry

import "time"

// Sample is what was measured at one moment.
type Sample struct {
	Seq       uint64    `json:"seq"` // counts the samples of one child from 1
	Host      Host      `json:"host"`
	GPU       GPU       `json:"gpu"`
	Processes []Process `json:"processes,omitempty"` // of this program first, then those with memory on a card
}

// Host is the machine without its cards. Shares are of the time since the sample
// before, 0..1.
type Host struct {
	CPUs     int   `json:"cpus,omitempty"`    // processors of the machine; 0 where unknown
	Allowed  int   `json:"allowed,omitempty"` // processors that this process may run on; 0 where unknown
	Busy     Value `json:"busy,omitzero"`     // share of all processors in use
	Busiest  Value `json:"busiest,omitzero"`  // share of the one that is used most: 1 means a thread that cannot go faster
	Waiting  Value `json:"waiting,omitzero"`  // share idle while a disk was waited for
	Stolen   Value `json:"stolen,omitzero"`   // share taken by other guests of a virtual machine's host
	Load1    Value `json:"load1,omitzero"`    // tasks that run or want to, mean of a minute
	Load5    Value `json:"load5,omitzero"`    // of five
	Load15   Value `json:"load15,omitzero"`   // of fifteen
	MemTotal Value `json:"mem_total_bytes,omitzero"`
	MemUsed  Value `json:"mem_used_bytes,omitzero"` // what cannot be had for the asking: total less available
	SwapUsed Value `json:"swap_used_bytes,omitzero"`
	Group    Group `json:"group"`
}

// Group is the control group that holds this process, as far as it limits
// anything. Where several levels do, the tightest one counts.
type Group struct {
	CPULimit  Value `json:"cpu_limit,omitzero"`       // processors; missing where there is no limit
	CPUUsed   Value `json:"cpu_used,omitzero"`        // processors in use under that limit
	Throttled Value `json:"throttled,omitzero"`       // share of scheduling periods cut short by it, 0..1
	MemLimit  Value `json:"mem_limit_bytes,omitzero"` // missing where there is no limit
	MemUsed   Value `json:"mem_used_bytes,omitzero"`  // under that limit, without cache that can be dropped
}

// State is how the half of the cards stands.
type State string

// The states of GPU.
const (
	Starting State = "starting" // the library has not answered for the first time
	Ready    State = "ready"    // Cards holds what the library says
	Absent   State = "absent"   // there is no library, or it refuses; Reason says why
	Failed   State = "failed"   // it answered before and fails now; Cards are the last ones
)

// GPU is the half of the cards.
type GPU struct {
	State  State    `json:"state"`
	Reason string   `json:"reason,omitempty"`  // why it is absent or failed, in one line
	Tries  []string `json:"tries,omitempty"`   // what became of each place where the library was looked for
	Driver string   `json:"driver,omitempty"`  // version
	AgeMs  int64    `json:"age_ms,omitempty"`  // how old Cards were when the sample was written
	LateMs int64    `json:"late_ms,omitempty"` // for how long an answer that is overdue has been waited for
	Cards  []Card   `json:"cards,omitempty"`   // in the order of the library, instances behind their card
}

// Age returns how old the cards' figures were when the sample was written.
func (g *GPU) Age() time.Duration { return time.Duration(g.AgeMs) * time.Millisecond }

// Late returns for how long an answer of the library has been waited for that
// should have come; 0 where it came in time.
func (g *GPU) Late() time.Duration { return time.Duration(g.LateMs) * time.Millisecond }

// Card is a card, or an instance of a partitioned one.
type Card struct {
	Index       int    `json:"index"`                 // in the library's order, which is not CUDA's
	Instance    string `json:"instance,omitempty"`    // "gi1/ci0" of an instance
	Partitioned bool   `json:"partitioned,omitempty"` // its instances follow
	Name        string `json:"name,omitempty"`
	UUID        string `json:"uuid,omitempty"`
	PCI         string `json:"pci,omitempty"`
	Fault       string `json:"fault,omitempty"` // why it cannot be read

	Util     Value `json:"util,omitzero"`     // 0..1, share of time with a kernel running
	MemUtil  Value `json:"mem_util,omitzero"` // 0..1, share of time with memory traffic
	MemTotal Value `json:"mem_total_bytes,omitzero"`
	MemUsed  Value `json:"mem_used_bytes,omitzero"`
	Temp     Value `json:"temp_c,omitzero"`
	SlowTemp Value `json:"slow_temp_c,omitzero"` // where the card slows itself down
	Power    Value `json:"power_w,omitzero"`
	Limit    Value `json:"power_limit_w,omitzero"`
	Clock    Value `json:"clock_mhz,omitzero"`
	MaxClock Value `json:"max_clock_mhz,omitzero"`
	MemClock Value `json:"mem_clock_mhz,omitzero"`
	PCIeTx   Value `json:"pcie_tx_bytes_per_s,omitzero"`
	PCIeRx   Value `json:"pcie_rx_bytes_per_s,omitzero"`
	Energy   Value `json:"energy_j,omitzero"`

	Slowed    []string `json:"slowed,omitempty"`     // why the clocks are below what they could be
	SlowedWhy string   `json:"slowed_why,omitempty"` // why Slowed is unknown
	NoList    string   `json:"no_list,omitempty"`    // why its processes are unknown
}

// Process is a process of this program, or one with memory on a card.
type Process struct {
	PID   int    `json:"pid"`
	Name  string `json:"name,omitempty"` // of the program; "" where it is hidden
	User  string `json:"user,omitempty"`
	Ours  bool   `json:"ours,omitempty"`     // this program, started by the same person
	Role  string `json:"role,omitempty"`     // of ours: the word behind "assay", such as "worker"
	RunID string `json:"run_id,omitempty"`   // of a worker
	CPU   Value  `json:"cpu,omitzero"`       // processors in use: 1.5 is one and a half
	RSS   Value  `json:"rss_bytes,omitzero"` // memory of the host
	Cards []Use  `json:"cards,omitempty"`    // where it has memory
}

// Use is what a process has on a card.
type Use struct {
	Index    int    `json:"index"`
	Instance string `json:"instance,omitempty"`
	Memory   Value  `json:"memory_bytes,omitzero"`
	Graphics bool   `json:"graphics,omitempty"`
}
