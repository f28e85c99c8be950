package cli

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/caption"
	captionjob "assay/core/caption/job"
	"assay/core/compare"
	"assay/core/fuzz"
	"assay/core/kv"
	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/query"
	"assay/core/run"
	"assay/core/telemetry"
	"assay/storage"
)

// documents holds the document that each command prints with --json, by its path.
// Commands of a kind of run are not among them: theirs is the document of the kind.
func documents() map[string]any {
	return map[string]any{
		"attach":          runLine{},
		"caption compose": caption.ComposeDoc{},
		"caption corpus":  corpusDoc{},
		"caption judge":   caption.JudgeDoc{},
		"caption labels":  labelsDoc{},
		"caption plan":    captionjob.PlanDoc{},
		"caption report":  caption.RunDoc{},
		"caption repro":   captionjob.ReproDoc{},
		"config check":    checkDoc{},
		"config show":     settingsDoc{},
		"db backup":       backupDoc{},
		"db check":        checkup{},
		"db gc":           collection{},
		"db stats":        storage.Stats{},
		"doctor":          doctorDoc{},
		"gpu":             devicesDoc{},
		"gpu bench":       ratesDoc{},
		"keys":            keysDoc{},
		"kv check":        kv.CheckDoc{},
		"kv codec":        kv.CodedSymbolsDoc{},
		"locate":          placesDoc{},
		"model check":     modelCheckDoc{},
		"model inspect":   inspectDoc{},
		"model ls":        modelsDoc{},
		"model logits":    logitsDoc{},
		"run cancel":      runLine{},
		"run export":      exportedDoc{},
		"run findings":    findingsDoc{},
		"run import":      imported{},
		"run label":       labelledDoc{},
		"run logs":        logsDoc{},
		"run ls":          runsDoc{},
		"run note":        notesDoc{},
		"open":            openedDoc{},
		"share":           sharedDoc{},
		"run pause":       runLine{},
		"run replay":      replayDoc{},
		"run resume":      startedDoc{},
		"run rm":          removedDoc{},
		"run show":        showDoc{},
		"run star":        notesDoc{},
		"run tag":         notesDoc{},
		"run wait":        startedDoc{},
		"theme ls":        themesDoc{},
		"version":         versionDoc{},
		"data import":     data.Imported{},
		"fuzz repro":      fuzz.ReproDoc{},
		"fuzz selftest":   fuzz.SelfTestDoc{},
		"fuzz triage":     triageDoc{},
		"data ls":         setsDoc{},
		"prune curve":     prune.SweepDoc{},
		"prune score":     prune.ScoreDoc{},
		"prune show":      prune.ShowDoc{},
		"run diff":        compare.Comparison{},
	}
}

// documentOf returns the type of what a command prints with --json; ok is false for
// a command without that.
func documentOf(c *cobra.Command) (t reflect.Type, ok bool) {
	if c.Flags().Lookup("json") == nil {
		return nil, false
	}
	if name := c.Annotations[kindAnnotation]; name != "" {
		k, err := kinds().Find(name)
		if err != nil {
			return nil, false
		}
		return kindDocument(k), true
	}
	path := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	if doc, known := documents()[path]; known {
		return reflect.TypeOf(doc), true
	}
	return nil, true
}

// kindDocument returns the type of the document of a kind of run, by asking for that
// of a run that has stored nothing; nil where the kind has none to give yet.
func kindDocument(k bench.Kind) reflect.Type {
	doc, err := k.Document(context.Background(), nothing{k}, "01KK9Z00000000000000000000")
	if err != nil || doc == nil {
		return nil
	}
	t := reflect.TypeOf(doc)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// nothing is a history of one run of a kind that has stored nothing.
type nothing struct{ kind bench.Kind }

func (n nothing) run(id run.ID) (run.Run, error) {
	p, err := n.kind.Schema.Complete(nil)
	if err != nil {
		return run.Run{}, err
	}
	return run.Run{ID: id, Kind: n.kind.Name, Bench: n.kind.Bench(), Name: "none", State: run.Queued, Params: p.JSON(), Env: json.RawMessage("{}")}, nil
}

func (n nothing) Runs(context.Context, run.Filter) ([]run.Run, error)     { return nil, nil }
func (n nothing) Resolve(_ context.Context, ref string) (run.Run, error)  { return n.run(run.ID(ref)) }
func (n nothing) Run(_ context.Context, id run.ID) (run.Run, error)       { return n.run(id) }
func (n nothing) Arrays(context.Context, run.ID) ([]run.ArrayInfo, error) { return nil, nil }
func (n nothing) Labels(context.Context, run.ID) ([]run.Label, error)     { return nil, nil }
func (n nothing) Version(context.Context) (int64, error)                  { return 0, nil }
func (n nothing) Records(context.Context, run.ID, string, int64) ([]run.Record, error) {
	return nil, nil
}
func (n nothing) Array(_ context.Context, _ run.ID, name string) (run.Array, error) {
	return run.Array{}, &run.Error{Code: run.ENoRun, Text: "nothing is stored under " + name}
}
func (n nothing) MetricKeys(context.Context, run.ID) ([]run.MetricKey, error)   { return nil, nil }
func (n nothing) Metrics(context.Context, run.ID, string) ([]run.Metric, error) { return nil, nil }
func (n nothing) Events(context.Context, run.ID, int64, int) ([]run.Event, error) {
	return nil, nil
}

// schemaOf is the JSON schema of the document of a command.
func schemaOf(c *cobra.Command) map[string]any {
	s := map[string]any{"type": "object"}
	t, _ := documentOf(c)
	if t != nil {
		s = typeSchema(t, nil)
	}
	switch c.CommandPath() {
	case "assay run show", "assay run wait", "assay run resume":
		s["description"] = "The fields of the document of the run's kind follow. Fields may be added; names and units stay."
	default:
		s["description"] = "Fields may be added; names and units stay."
	}
	if c.Annotations[kindAnnotation] != "" {
		props, _ := s["properties"].(map[string]any)
		if props == nil {
			props = map[string]any{}
		}
		props["run_id"] = map[string]any{"type": "string"}
		s["properties"] = props
		s["required"] = []string{"run_id"} // with --detach it is all there is
		s["description"] = "With --detach only run_id. Fields may be added; names and units stay."
	}
	s["$schema"], s["title"] = "https://json-schema.org/draft/2020-12/schema", c.CommandPath()
	return s
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// typeSchema describes how encoding/json writes a type. above are the types that it
// is part of: one that holds itself is described once.
func typeSchema(t reflect.Type, above []reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[telemetry.Value]():
		return map[string]any{"type": []string{"number", "string", "null"}}
	case t == reflect.TypeFor[json.RawMessage](), slices.Contains(above, t):
		return map[string]any{}
	case t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler):
		return map[string]any{}
	case t.Implements(textMarshaler):
		return map[string]any{"type": "string"}
	}
	above = append(slices.Clone(above), t)
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Pointer:
		s := typeSchema(t.Elem(), above)
		if kind, ok := s["type"].(string); ok {
			s["type"] = []string{kind, "null"}
		}
		return s
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			return map[string]any{"type": []string{"string", "null"}}
		}
		kind := any("array")
		if t.Kind() == reflect.Slice {
			kind = []string{"array", "null"} // an unfinished run may have none yet
		}
		return map[string]any{"type": kind, "items": typeSchema(t.Elem(), above)}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": typeSchema(t.Elem(), above)}
	case reflect.Struct:
		props, required := map[string]any{}, []string{}
		fieldSchemas(t, above, props, &required)
		slices.Sort(required)
		return map[string]any{"type": "object", "properties": props, "required": required}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	}
	return map[string]any{}
}

// fieldSchemas adds the fields of a struct, those of embedded ones among them.
func fieldSchemas(t reflect.Type, above []reflect.Type, props map[string]any, required *[]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			fieldSchemas(inner, above, props, required)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		props[name] = typeSchema(f.Type, above)
		if !strings.Contains(options, "omit") && !slices.Contains(*required, name) {
			*required = append(*required, name)
		}
	}
}

// withDocuments lists the commands that print a document, by path.
func withDocuments(root *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	eachCommand(root, func(c *cobra.Command) {
		if _, ok := documentOf(c); ok {
			out = append(out, c)
		}
	})
	return out
}

// eachCommand visits every command that is shown, in the order of the help.
func eachCommand(c *cobra.Command, visit func(*cobra.Command)) {
	if c.Hidden || c.Name() == "help" {
		return
	}
	visit(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, visit)
	}
}

// schemaText is the JSON schema of a command as a file.
func schemaText(c *cobra.Command) (string, error) {
	b, err := json.MarshalIndent(schemaOf(c), "", "  ")
	return string(b) + "\n", err
}

func newSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "schema [COMMAND...]", Short: "Print the JSON schema of what a command prints with --json",
		Long:    "schema prints the JSON schema of the document that a command prints with --json; without a command it lists those that have one.",
		Example: "  assay schema\n  assay schema run ls",
		Args:    usageArgs(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			list := withDocuments(cmd.Root())
			var paths []string
			for _, c := range list {
				path := strings.TrimPrefix(c.CommandPath(), cmd.Root().Name()+" ")
				if paths = append(paths, path); path == strings.Join(args, " ") {
					text, err := schemaText(c)
					if err == nil {
						_, err = fmt.Fprint(s.out, text)
					}
					return err
				}
			}
			if len(args) > 0 {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("no command %q prints a document", strings.Join(args, " ")), Hint: fmt.Sprintf("the nearest is assay schema %s", query.Nearest(strings.Join(args, " "), paths))}
			}
			_, err := fmt.Fprintln(s.out, strings.Join(paths, "\n"))
			return err
		},
	}
}
