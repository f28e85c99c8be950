package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// call runs a command with empty input.
func call(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Main(append([]string{"assay"}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestEveryDocumentHasASchema(t *testing.T) {
	root := newRoot(streams{})
	list := withDocuments(root)
	if len(list) < 20 {
		t.Fatalf("%d commands print a document: this test looks in the wrong place", len(list))
	}
	known := documents()
	for _, c := range list {
		path := strings.TrimPrefix(c.CommandPath(), "assay ")
		if typ, _ := documentOf(c); typ == nil {
			if kind := c.Annotations[kindAnnotation]; kind != "" {
				t.Errorf("%s: the kind %s makes no document of a run that has stored nothing", path, kind)
			} else {
				t.Errorf("%s prints a document and is not among documents() of cli/schema.go", path)
			}
		}
		delete(known, path)
	}
	for path := range known {
		t.Errorf("documents() of cli/schema.go has %q, which no command is", path)
	}
}

func TestDocumentsAreAsTheirSchemasSay(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	root := newRoot(streams{})
	for _, line := range []string{
		"kv blend --demo --seed 3 --people 2 --modes full,blend --max-new 4 --json --progress none",
		"kv sweep --demo --prompts 1 --ratios .15 --rules v --json --progress none",
		"run ls --json", "run show @1 --json", "run show @2 --json", "run wait @1 --json", "run logs @1 --json", "run replay @2 --json --progress none",
		"keys --json", "version --json", "doctor --json", "gpu --json", "db stats --json", "db check --json", "db gc --dry-run --json",
		"config show --json", "config check --json", "locate --json", "theme ls --json", "model inspect --json", "model logits --ids 1,2 --json", "kv check --json",
	} {
		args := strings.Fields(line)
		code, out, errs := call(t, args...)
		if code != 0 && args[0] != "doctor" {
			t.Fatalf("assay %s: exit %d: %s", line, code, errs)
		}
		c, _, err := root.Find(args)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatalf("assay %s: %v", line, err)
		}
		for _, fault := range faults(schemaJSON(t, c), doc, "") {
			t.Errorf("assay %s: %s", line, fault)
		}
	}
}

func schemaJSON(t *testing.T, c *cobra.Command) map[string]any {
	t.Helper()
	text, err := schemaText(c)
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// faults says where a value is not as a schema of ours describes it. A field that
// the schema does not know is one as well, where it lists its fields.
func faults(s map[string]any, v any, at string) []string {
	var kinds []any
	switch k := s["type"].(type) {
	case string:
		kinds = []any{k}
	case []any:
		kinds = k
	default:
		return nil
	}
	kind := "null"
	switch x := v.(type) {
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
	case float64:
		kind = "number"
		if x == float64(int64(x)) && slices.Contains(kinds, any("integer")) {
			kind = "integer"
		}
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	}
	if !slices.Contains(kinds, any(kind)) {
		return []string{fmt.Sprintf("%s is %s, not %v", at, kind, kinds)}
	}
	var out []string
	switch x := v.(type) {
	case []any:
		items, _ := s["items"].(map[string]any)
		for i, e := range x {
			out = append(out, faults(items, e, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := x[fmt.Sprint(name)]; !ok {
				out = append(out, fmt.Sprintf("%s.%v is missing", at, name))
			}
		}
		props, listed := s["properties"].(map[string]any)
		for name, e := range x {
			p, ok := props[name].(map[string]any)
			if !ok && listed && at != "" {
				out = append(out, fmt.Sprintf("%s.%s is not described", at, name))
			}
			if ok {
				out = append(out, faults(p, e, at+"."+name)...)
			}
		}
	}
	return out
}

func TestASchemaCatchesADocumentThatIsNotAsItSays(t *testing.T) {
	root := newRoot(streams{})
	c, _, err := root.Find([]string{"run", "ls"})
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{`{}`, `{"runs":[{}]}`, `{"runs":"none"}`} {
		var v any
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			t.Fatal(err)
		}
		if len(faults(schemaJSON(t, c), v, "")) == 0 {
			t.Errorf("%s passes", doc)
		}
	}
}

func TestShellsComplete(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, out, errs := call(t, "completion", shell); code != 0 || !strings.Contains(out, "__complete") {
			t.Errorf("%s: exit %d: %s", shell, code, errs)
		}
	}
	if code, _, errs := call(t, "completion", "tcsh"); code != 2 || !strings.Contains(errs, "E-USAGE") {
		t.Errorf("tcsh: exit %d: %s", code, errs)
	}
	// There is no history yet, and asking makes none.
	if _, out, _ := call(t, "__complete", "run", "show", ""); strings.Contains(out, "@1") {
		t.Errorf("runs out of nothing: %s", out)
	}
	for _, line := range []string{"kv blend --demo --people 2 --modes full --max-new 1 --name completed --progress none", "run tag completed paper"} {
		if code, _, errs := call(t, strings.Fields(line)...); code != 0 {
			t.Fatal(errs)
		}
	}
	for line, want := range map[string]string{
		"run show ": "completed\t", "run show @": "@1\t", "at": "attach\t", "run ": "replay\t", "run tag completed ": "paper", "kv blend --model ": ":16", "theme show ": "nord", "kv blend --rule ": "v", "kv blend --modes full,": "full,blend",
		"kv blend --progress ": "jsonl", "config set ": "ui.theme\t", "config set ui.mouse ": "off", "schema run ": "show", "kv blend --ra": "--ratio",
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		if _, out, _ := call(t, args...); !slices.ContainsFunc(strings.Split(out, "\n"), func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("%q offers no %q:\n%s", line, want, out)
		}
	}
}

func TestTheManualListsEveryCommandAndFlag(t *testing.T) {
	root := newRoot(streams{})
	page := manPage(root)
	eachCommand(root, func(c *cobra.Command) {
		if c.Runnable() && !c.HasSubCommands() && c != root && !strings.Contains(page, ".SS "+roff(c.UseLine())) {
			t.Errorf("%s is not in the manual", c.CommandPath())
		}
	})
	for i, l := range strings.Split(page, "\n") {
		if strings.HasPrefix(l, "'") {
			t.Errorf("line %d is a request: %s", i+1, l)
		}
	}
}
