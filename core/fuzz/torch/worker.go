package torch

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed worker/*.py
var sources embed.FS

// parts are the sources of the worker in the order in which one needs the other. The
// first holds the imports of all.
var parts = []string{"protocol", "number", "function", "derivative", "observe", "seed", "opinfo", "family", "schema", "namespace", "planted", "serve"}

// program joins the sources to the one file that a Python runs.
func program() (string, error) {
	var b strings.Builder
	for i, name := range parts {
		text, err := sources.ReadFile("worker/" + name + ".py")
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.Write(text)
	}
	return b.String(), nil
}

// place has the program stand in a file, written so that another process never reads
// half of it.
func place(file, program string) error {
	if have, err := os.ReadFile(file); err == nil && string(have) == program {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("the worker's file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "fuzz-torch-*")
	if err != nil {
		return fmt.Errorf("the worker's file: %w", err)
	}
	_, err = f.WriteString(program)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("the worker's file: %w", err)
	}
	return nil
}
