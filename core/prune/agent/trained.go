package agent

import (
	"embed"
	"io/fs"
)

//go:embed trained/model.safetensors
var trained embed.FS

// Trained returns the agent that ships: trained on LeNet-300 and MNIST by
// make prune-agent.
func Trained() (*Actor, error) {
	sub, err := fs.Sub(trained, "trained")
	if err != nil {
		return nil, err
	}
	return Read(sub)
}
