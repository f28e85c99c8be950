package cli

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"assay/core/bench"
	"assay/core/run"
)

// paramFlags binds the parameters of a kind to the flags of a command. Values
// are kept as text; the schema checks all of them at once, with the same words
// as forms and files.
type paramFlags struct {
	kind bench.Kind
	file string // --params
	dump bool   // --dump-params
}

// bindParams adds a flag for every parameter. The flags of a parameter whose
// name ends in a plural s also answer to the singular: --ratio for --ratios.
func bindParams(cmd *cobra.Command, k bench.Kind) *paramFlags {
	p := &paramFlags{kind: k}
	schema := k.Schema
	f := cmd.Flags()
	for _, q := range schema {
		help := q.Help
		if q.Unit != "" {
			help += " [" + q.Unit + "]"
		}
		if q.Type != bench.String && q.Type != bench.Path && q.Type != bench.Bool {
			help += ": " + q.Expect()
		}
		fl := f.VarPF(&textValue{kind: string(q.Type), text: q.Default}, q.Name, "", help)
		if q.Type == bench.Bool {
			fl.NoOptDefVal = "true"
		}
	}
	f.StringVar(&p.file, "params", "", "read parameters from a TOML file, - for standard input; flags given beside it win")
	f.BoolVar(&p.dump, "dump-params", false, "print the parameters as TOML and end")
	f.SetNormalizeFunc(func(fs *pflag.FlagSet, name string) pflag.NormalizedName {
		if _, ok := schema.Find(name); !ok {
			if _, ok := schema.Find(name + "s"); ok {
				name += "s"
			}
		}
		return pflag.NormalizedName(name)
	})
	return p
}

// given collects what the file and the flags say; flags win.
func (p *paramFlags) given(cmd *cobra.Command) (map[string]any, error) {
	given := map[string]any{}
	if p.file != "" {
		data, err := p.read(cmd.InOrStdin())
		if err != nil {
			return nil, &run.Error{Code: run.EInput, Text: "parameter file " + p.file, Err: err}
		}
		if given, err = p.kind.ReadTOML(data); err != nil {
			return nil, &run.Error{Code: run.EUsage, Text: "parameter file " + p.file, Err: err}
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if q, ok := p.kind.Schema.Find(f.Name); ok {
			given[q.Key()] = f.Value.String()
		}
	})
	return given, nil
}

// read reads the file of --params.
func (p *paramFlags) read(in io.Reader) ([]byte, error) {
	if p.file == "-" {
		const most = 64 << 20 // bytes; a prompt given as token ids has some
		return io.ReadAll(io.LimitReader(in, most))
	}
	return os.ReadFile(p.file)
}

// textValue is a flag that keeps the text it was given.
type textValue struct{ kind, text string }

func (v *textValue) String() string     { return v.text }
func (v *textValue) Set(s string) error { v.text = s; return nil }
func (v *textValue) Type() string       { return strings.TrimSuffix(v.kind, "s") }
