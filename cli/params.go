package cli

import (
	"encoding/json"
	"fmt"
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
	schema bench.Schema
	file   string // --params
	dump   bool   // --dump-params
}

// bindParams adds a flag for every parameter. The flags of a parameter whose
// name ends in a plural s also answer to the singular: --ratio for --ratios.
func bindParams(cmd *cobra.Command, schema bench.Schema) *paramFlags {
	p := &paramFlags{schema: schema}
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
	f.StringVar(&p.file, "params", "", "read parameters from a TOML file; flags given beside it win")
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
		data, err := os.ReadFile(p.file)
		if err != nil {
			return nil, &run.Error{Code: run.EInput, Text: "parameter file " + p.file, Err: err}
		}
		if err = json.Unmarshal(data, &given); err != nil {
			return nil, err
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if q, ok := p.schema.Find(f.Name); ok {
			given[q.Key()] = f.Value.String()
		}
	})
	return given, nil
}

// textValue is a flag that keeps the text it was given.
type textValue struct{ kind, text string }

func (v *textValue) String() string     { return v.text }
func (v *textValue) Set(s string) error { v.text = s; return nil }
func (v *textValue) Type() string       { return strings.TrimSuffix(v.kind, "s") }

// headline writes the parameters that differ from the defaults, as flags.
func commandLine(k bench.Kind, p bench.Params) string {
	words := []string{"assay", k.Bench(), strings.TrimPrefix(k.Name, k.Bench()+".")}
	def := k.Schema.Defaults()
	for _, q := range k.Schema {
		text := q.Format(p[q.Key()])
		if text == q.Format(def[q.Key()]) {
			continue
		}
		if q.Type == bench.Bool {
			words = append(words, fmt.Sprintf("--%s=%s", q.Name, text))
			continue
		}
		words = append(words, "--"+q.Name, quote(text))
	}
	return strings.Join(words, " ")
}

// quote writes a word so that a shell reads it back as one.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-/:@%+=", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
