package gpu

import (
	"os"

	"assay/gpu/internal/nvml"
)

// Monitor reads the state of NVIDIA cards: utilisation, memory, temperature,
// power, processes. It uses no card and opens no context. It is for one
// goroutine, and a call of it may hang as long as the driver does, so let nobody
// wait for that goroutine without a limit.
type Monitor = nvml.Library

// Card is what a Monitor reads about a card. Figures may be missing, each with
// its reason; a missing one is never 0.
type Card = nvml.Card

// CardProcess is a process with memory on a card.
type CardProcess = nvml.Process

// Figure is a number that may be missing.
type Figure = nvml.Figure

// ErrNoNVML is wrapped by the error of OpenMonitor where the library of the
// driver is not on this machine.
var ErrNoNVML = nvml.ErrNoLibrary

// OpenMonitor loads the management library of the driver: that of ASSAY_NVML
// where it is set, else the first that is found. tries says what became of each
// place that was looked at, in one line each.
func OpenMonitor() (m *Monitor, tries []string, err error) {
	if path := os.Getenv("ASSAY_NVML"); path != "" {
		return nvml.Open(path)
	}
	return nvml.Open(nvml.Candidates()...)
}
