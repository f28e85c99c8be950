// Command assay is a terminal workbench for people who probe ML systems on
// remote machines. Everything it does is in package cli.
package main

import (
	"os"

	"assay/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
