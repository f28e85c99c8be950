package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/kv"
	"assay/core/kv/job"
	"assay/core/run"
)

func newKVCodec(s streams) *cobra.Command {
	var file, coder string
	var asJSON bool
	c := &cobra.Command{
		Use: "codec", Short: "Code a list of symbols and show the bytes",
		Long: "codec runs the entropy coders on symbols from a file, {\"bins\":B,\"symbols\":[...],\"cdf\":[...]}: B symbols from 0 on, and a\n" +
			"table of B+1 cumulative probabilities of 16 bits. Without a table the one of CacheGen's released code is made from\n" +
			"the symbols. ac is byte for byte the coder of torchac; rans deals the symbols to 32 lanes in turn.",
		Example: "  assay kv codec --symbols symbols.json --coder ac --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return &run.Error{Code: run.EUsage, Text: "expected --symbols FILE"}
			}
			if !slices.Contains(kv.Coders(), coder) {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--coder %q: expected %s", coder, strings.Join(kv.Coders(), " or "))}
			}
			f, err := os.Open(file)
			if err != nil {
				return &run.Error{Code: run.EInput, Text: "symbols file", Err: err}
			}
			defer f.Close()
			data, err := io.ReadAll(io.LimitReader(f, kv.MaxSymbolsBytes+1))
			if err != nil {
				return &run.Error{Code: run.EInput, Text: "symbols file", Err: err}
			}
			in, err := kv.ParseSymbols(data)
			if err != nil {
				return err
			}
			d, err := job.Code(in, coder)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			return printCoded(s.out, in, d)
		},
	}
	c.Flags().StringVar(&file, "symbols", "", "file of symbols")
	c.Flags().StringVar(&coder, "coder", kv.CoderAC, "coder: "+strings.Join(kv.Coders(), " or "))
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printCoded(w io.Writer, in kv.Symbols, d kv.CodedSymbolsDoc) error {
	table, err := json.Marshal(d.CDF)
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	n := float64(max(len(in.Symbols), 1))
	_, err = fmt.Fprintf(w, "table   %s\nbytes   %s\nbits    %d, %.4f a symbol; entropy %.1f, %.4f a symbol\ndecoded equal %v\n",
		clip(string(table), 200), clip(d.Hex, 200), d.Bits, float64(d.Bits)/n, d.Entropy, d.Entropy/n, d.Equal)
	return err
}
