package telemetry

import (
	"encoding/json"
	"fmt"
)

// Limits of a line. A machine of sixteen cards and a hundred processes needs about
// 30 KB; the limit is that of every line between processes of this program.
const (
	MaxLine      = 1 << 20
	maxCards     = 1024
	maxProcesses = 4096
)

// protocol is the version of a line. Child and screen are the same binary, unless
// it was replaced while the screen was up: then the child is newer.
const protocol = 1

type line struct {
	Version int `json:"assay_sample"`
	Sample
}

// Encode writes a sample as one line, newline included.
func Encode(s Sample) ([]byte, error) {
	data, err := json.Marshal(line{protocol, s})
	if err != nil {
		return nil, fmt.Errorf("write sample: %w", err)
	}
	if len(data) >= MaxLine {
		return nil, fmt.Errorf("write sample: %d bytes, at most %d are allowed", len(data), MaxLine)
	}
	return append(data, '\n'), nil
}

// Decode reads a line that Encode wrote; the newline may be missing.
func Decode(data []byte) (Sample, error) {
	if len(data) > MaxLine {
		return Sample{}, fmt.Errorf("read sample: line of %d bytes, at most %d are allowed", len(data), MaxLine)
	}
	var l line
	if err := json.Unmarshal(data, &l); err != nil {
		return Sample{}, fmt.Errorf("read sample: %w; the line begins %.60q", err, data)
	}
	if l.Version != protocol {
		return Sample{}, fmt.Errorf("read sample: version %d, this program reads %d; restart it if it was updated", l.Version, protocol)
	}
	if n := len(l.GPU.Cards); n > maxCards {
		return Sample{}, fmt.Errorf("read sample: %d cards, at most %d are believed", n, maxCards)
	}
	if n := len(l.Processes); n > maxProcesses {
		return Sample{}, fmt.Errorf("read sample: %d processes, at most %d are believed", n, maxProcesses)
	}
	switch l.GPU.State {
	case Starting, Ready, Absent, Failed:
	default:
		return Sample{}, fmt.Errorf("read sample: state %.40q of the cards, expected starting, ready, absent or failed", string(l.GPU.State))
	}
	if l.GPU.AgeMs < 0 || l.GPU.LateMs < 0 {
		return Sample{}, fmt.Errorf("read sample: age %d ms and lateness %d ms, expected none below 0", l.GPU.AgeMs, l.GPU.LateMs)
	}
	return l.Sample, nil
}
