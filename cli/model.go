package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/model"
	"assay/core/run"
	"assay/gpu"
)

func newModel(s streams) *cobra.Command {
	return group("model", "Look into models", newModelLs(s), newModelInspect(s), newModelCheck(s), newModelLogits(s))
}

type inspectDoc struct {
	Name           string      `json:"name"`
	Architecture   string      `json:"architecture"`
	Fingerprint    string      `json:"fingerprint"`
	Parameters     int64       `json:"parameters"`
	SizeBytes      int64       `json:"size_bytes"`
	DType          string      `json:"dtype"`
	Layers         int         `json:"layers"`
	Hidden         int         `json:"hidden"`
	Intermediate   int         `json:"intermediate"`
	Heads          int         `json:"heads"`
	KVHeads        int         `json:"kv_heads"`
	HeadDim        int         `json:"head_dim"`
	Vocab          int         `json:"vocab"`
	MaxPositions   int         `json:"max_positions"`
	RoPE           string      `json:"rope"`
	RoPETheta      float64     `json:"rope_theta"`
	Tied           bool        `json:"tied_embeddings"`
	Tokenizer      string      `json:"tokenizer"`
	KVBytesToken   int         `json:"kv_bytes_per_token"`
	IgnoredTensors []string    `json:"ignored_tensors"`
	Tensors        []tensorDoc `json:"tensors"`
}

type tensorDoc struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
}

func newModelInspect(s streams) *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use: "inspect [DIR]", Short: "Check a model folder and say what is in it",
		Long: "inspect reads and checks a whole model folder (config.json, safetensors, tokenizer.json) without a device.\nWithout DIR it is the model that ships inside the binary.",
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				dir = args[0]
			}
			fsys, name, err := model.OpenDir(dir)
			if err != nil {
				return modelError(err)
			}
			info, err := model.Inspect(fsys, name)
			if err != nil {
				return modelError(err)
			}
			c := info.Config
			d := inspectDoc{
				Name: info.Name, Architecture: c.Architecture, Fingerprint: info.Fingerprint, Parameters: info.Parameters,
				SizeBytes: info.Bytes, DType: c.DType, Layers: c.Layers, Hidden: c.Hidden, Intermediate: c.Intermediate,
				Heads: c.Heads, KVHeads: c.KVHeads, HeadDim: c.HeadDim, Vocab: c.Vocab, MaxPositions: c.MaxPositions,
				RoPE: c.RoPE.Type, RoPETheta: c.RoPE.Theta, Tied: c.TieEmbeddings, Tokenizer: info.Tokenizer,
				KVBytesToken: 2 * c.Layers * c.KVDim() * 4, IgnoredTensors: append([]string{}, info.Ignored...),
			}
			for _, t := range info.Tensors {
				d.Tensors = append(d.Tensors, tensorDoc{t.Name, t.DType, t.Shape})
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			t := table(s.out)
			fmt.Fprintf(t, "name\t%s\narchitecture\t%s\nparameters\t%d in %d tensors, %s, %.1f MB\n", d.Name, d.Architecture, d.Parameters, len(d.Tensors), d.DType, float64(d.SizeBytes)/1e6)
			fmt.Fprintf(t, "shape\t%d layers, width %d, MLP %d, %d query and %d KV heads of %d\n", d.Layers, d.Hidden, d.Intermediate, d.Heads, d.KVHeads, d.HeadDim)
			fmt.Fprintf(t, "positions\t%d, RoPE %s, theta %g\nvocabulary\t%d, tokenizer %s\n", d.MaxPositions, d.RoPE, d.RoPETheta, d.Vocab, orNone(d.Tokenizer))
			fmt.Fprintf(t, "KV cache\t%d bytes a token in f32\nfingerprint\t%s\n", d.KVBytesToken, d.Fingerprint)
			if len(d.IgnoredTensors) > 0 {
				fmt.Fprintf(t, "not used\t%s\n", strings.Join(d.IgnoredTensors, ", "))
			}
			return t.Flush()
		},
	}
	c.Flags().StringVar(&dir, "model", "", "model folder; empty is the built-in one")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// logitsDoc is the document of `assay model logits`.
type logitsDoc struct {
	IDs    []int64   `json:"ids"`
	Logits []float32 `json:"logits"`
}

func newModelLogits(s streams) *cobra.Command {
	var dir, ids string
	var asJSON bool
	c := &cobra.Command{
		Use: "logits --ids 1,5,9", Short: "Run token ids through a model and print the logits after the last",
		Long: "logits computes a full prefill of the ids, taken as given, and prints all logits of the last token.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := bench.Param{Name: "ids", Type: bench.Ints, Min: 0, Max: 1 << 31}.Parse(ids)
			if err != nil {
				return err
			}
			list := v.([]int64)
			if len(list) == 0 {
				return &run.Error{Code: run.EUsage, Text: "--ids is empty", Hint: "give token ids separated by commas"}
			}
			tokens := make([]int32, len(list))
			for i, id := range list {
				tokens[i] = int32(min(id, 1<<31-1))
			}
			logits, err := lastLogits(cmd.Context(), dir, tokens)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, logitsDoc{list, logits})
			}
			for id, l := range logits {
				fmt.Fprintf(s.out, "%d\t%g\n", id, l)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "model", "", "model folder; empty is the built-in one")
	c.Flags().StringVar(&ids, "ids", "", "token ids, separated by commas")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// lastLogits loads a model and prefills the ids.
func lastLogits(ctx context.Context, dir string, ids []int32) (logits []float32, err error) {
	dev, err := gpu.Open("auto", gpu.Options{})
	if err != nil {
		return nil, deviceError(err)
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	m, err := model.LoadDir(ctx, dir, dev, nil)
	if err != nil {
		return nil, modelError(err)
	}
	if err := m.CheckIDs(ids); err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "--ids", Err: err}
	}
	if len(ids) > m.Config.MaxPositions {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("--ids: %d tokens are longer than the model's context of %d", len(ids), m.Config.MaxPositions)}
	}
	return m.Prefill(dev.Default(), ids)
}

// modelError gives the error of a model folder its code: a folder that is not
// there is a missing resource, anything else is a broken one.
func modelError(err error) error {
	if run.CodeOf(err) != run.EInternal || errors.Is(err, context.Canceled) {
		return err
	}
	code := run.EModel
	if errors.Is(err, fs.ErrNotExist) {
		code = run.ENoModel
	}
	return &run.Error{Code: code, Text: err.Error()}
}

func deviceError(err error) error {
	code := run.EUsage
	if errors.Is(err, gpu.ErrNoDriver) || errors.Is(err, gpu.ErrNoDevice) {
		code = run.ENoDevice
	}
	return &run.Error{Code: code, Text: "device", Err: err}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
