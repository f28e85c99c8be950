package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"assay/core/model"
	"assay/core/run"
)

// modelLine is a model in a list.
type modelLine struct {
	Name         string `json:"name"`
	Path         string `json:"path"` // "" for the built-in one
	Architecture string `json:"architecture"`
	Parameters   int64  `json:"parameters"`
	SizeBytes    int64  `json:"size_bytes"`
	DType        string `json:"dtype"`
	Layers       int    `json:"layers"`
	MaxPositions int    `json:"max_positions"`
	Fingerprint  string `json:"fingerprint"`
	Fault        string `json:"fault"` // why it cannot be used, "" where it can
}

// modelsDoc is the document of `assay model ls`.
type modelsDoc struct {
	Models []modelLine `json:"models"`
}

func newModelLs(s streams) *cobra.Command {
	l := listing[modelLine]{name: func(m modelLine) string { return m.Name }}
	c := &cobra.Command{
		Use: "ls [FOLDER...]", Short: "List the model that ships, and those in folders",
		Long: "ls reads the model that ships, and each FOLDER that is a model or holds some: a folder with a config.json. Their weights\n" +
			"are read whole; what is wrong with a model stands in its line.",
		RunE: func(_ *cobra.Command, args []string) error {
			doc := modelsDoc{Models: []modelLine{lineOfModel("")}}
			for _, folder := range args {
				found, err := modelsIn(folder)
				if err != nil {
					return err
				}
				for _, dir := range found {
					doc.Models = append(doc.Models, lineOfModel(dir))
				}
			}
			return l.write(s, doc, doc.Models, doc.print)
		},
	}
	l.bind(c)
	return c
}

// print lists models for people.
func (doc modelsDoc) print(w io.Writer) error {
	t := table(w)
	fmt.Fprintln(t, "model\tarchitecture\tparameters\tsize\tlayers\tcontext\tfrom")
	for _, l := range doc.Models {
		from := l.Path
		if from == "" {
			from = "built in"
		}
		if l.Fault != "" {
			fmt.Fprintf(t, "%s\t\t\t\t\t\t%s: %s\n", l.Name, from, l.Fault)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%.1f M %s\t%.1f MB\t%d\t%d\t%s\n", l.Name, l.Architecture, float64(l.Parameters)/1e6, l.DType, float64(l.SizeBytes)/1e6, l.Layers, l.MaxPositions, from)
	}
	return t.Flush()
}

// modelsIn returns a folder that is a model, or the folders in it that are.
func modelsIn(folder string) ([]string, error) {
	has := func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "config.json"))
		return err == nil
	}
	list, err := os.ReadDir(folder)
	if err != nil {
		code := run.EInput
		if errors.Is(err, fs.ErrNotExist) {
			code = run.ENoModel
		}
		return nil, &run.Error{Code: code, Text: "models", Err: err}
	}
	if has(folder) {
		return []string{folder}, nil
	}
	var out []string
	for _, e := range list {
		if dir := filepath.Join(folder, e.Name()); has(dir) {
			out = append(out, dir)
		}
	}
	return out, nil
}

// lineOfModel reads the model in a folder, "" for the built-in one.
func lineOfModel(dir string) modelLine {
	l := modelLine{Name: filepath.Base(dir), Path: dir}
	fsys, name, err := model.OpenDir(dir)
	if err == nil {
		l.Name = name
		var info model.Info
		if info, err = model.Inspect(fsys, name); err == nil {
			c := info.Config
			l.Architecture, l.DType, l.Layers, l.MaxPositions = c.Architecture, c.DType, c.Layers, c.MaxPositions
			l.Parameters, l.SizeBytes, l.Fingerprint = info.Parameters, info.Bytes, info.Fingerprint
		}
	}
	if err != nil {
		l.Fault = oneLine(err.Error())
	}
	return l
}

// modelCheckDoc is the document of `assay model check`.
type modelCheckDoc struct {
	Model       string `json:"model"`
	Fingerprint string `json:"fingerprint"`
	Parameters  int64  `json:"parameters"`
	Tokens      int    `json:"tokens"` // that were computed
	OK          bool   `json:"ok"`
	Fault       string `json:"fault"`
}

func newModelCheck(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "check [DIR]", Short: "Check that a model folder can be used: files, weights, and a pass over a few tokens",
		Long: "check reads a whole model folder, loads it and computes a few tokens, whose logits have to be numbers. Without DIR it is the\n" +
			"model that ships. assay kv check asks more: that recomputing everything gives the same bits as a full prefill.",
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			ids := []int32{0, 1, 2, 3, 4, 5, 6, 7} // enough for every layer to see a past
			logits, err := lastLogits(cmd.Context(), dir, ids)
			if err != nil {
				return err
			}
			l := lineOfModel(dir)
			doc := modelCheckDoc{Model: l.Name, Fingerprint: l.Fingerprint, Parameters: l.Parameters, Tokens: len(ids), OK: true}
			for id, v := range logits {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					doc.OK, doc.Fault = false, fmt.Sprintf("the logit of token %d is %g behind %d tokens", id, v, len(ids))
					break
				}
			}
			if asJSON {
				if err := printJSON(s.out, doc); err != nil {
					return err
				}
			}
			switch {
			case !doc.OK && asJSON:
				return exitError(run.ExitError)
			case !doc.OK:
				return &run.Error{Code: run.EModel, Text: "model " + doc.Model + ": " + doc.Fault}
			case asJSON:
				return nil
			}
			_, err = fmt.Fprintf(s.out, "%s: %.1f M parameters, nothing wrong\n", doc.Model, float64(doc.Parameters)/1e6)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}
