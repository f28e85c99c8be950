package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker (-X assay/cli.version=...) from git describe.
var version = ""

// Version returns the version of this build: what the Makefile stamped, else
// what the go command recorded, else "devel".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// versionDoc is the document of `assay version`.
type versionDoc struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func versionHere() versionDoc {
	return versionDoc{Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
}

func newVersion(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version of this build",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			doc := versionHere()
			if asJSON {
				return printJSON(s.out, doc)
			}
			_, err := fmt.Fprintf(s.out, "assay %s  %s %s/%s\n", doc.Version, doc.Go, doc.OS, doc.Arch)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}
