package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tests of this file hold for the code of the whole repository: what may
// depend on what, and how packages are documented.

// rule forbids packages to reach others, however many imports lie between. from
// and never are import paths; one that ends in /... stands for everything below
// it as well.
type rule struct {
	from   []string
	never  []string
	except []string // packages of from that the rule leaves out
	why    string
}

var rules = []rule{
	{
		from: []string{"assay/core/..."}, never: []string{"assay/cli/...", "assay/tui/...", "assay/themes/...", "charm.land/..."},
		why: "engines and services know nothing of terminals, so that a command, a screen and a test meet the same ones",
	},
	{
		from: []string{"assay/core/..."}, never: []string{"assay/storage/...", "database/sql", "github.com/mattn/go-sqlite3"},
		why: "core speaks of runs through run.Recorder and run.Reader; SQL stays in storage",
	},
	{
		from:  []string{"assay/core/run", "assay/core/bench", "assay/core/worker/...", "assay/core/config", "assay/core/clock", "assay/core/prng", "assay/core/stat", "assay/core/query", "assay/core/plot"},
		never: []string{"assay/gpu/...", "assay/core/model/...", "assay/core/kv/...", "assay/core/caption/..."},
		why:   "common ground knows no engine and no bench",
	},
	{
		from: []string{"assay/core/model/..."}, never: []string{"assay/core/kv/...", "assay/core/run", "assay/core/bench", "assay/core/worker"},
		why: "a model is loaded and run without knowing which bench asks",
	},
	{
		from: []string{"assay/core/kv", "assay/core/prune"}, never: []string{"assay/gpu/...", "assay/core/model/..."},
		why: "the nouns of a bench are for screens too, which load no engine",
	},
	{
		from: []string{"assay/core/caption", "assay/core/caption/oracle"}, never: []string{"assay/gpu/...", "assay/core/model/..."},
		why: "nouns and the oracle over words are for screens too, which load no captioner",
	},
	{
		from: []string{"assay/core/fuzz"}, never: []string{"assay/gpu/...", "assay/core/model/...", "assay/core/fuzz/harness/...", "assay/core/fuzz/gorgonia/...", "gorgonia.org/..."},
		why: "nouns of the fuzz bench are for screens too, which start no library under test",
	},
	{
		from:  []string{"assay/core/fuzz/oracle", "assay/core/fuzz/mutate", "assay/core/fuzz/wire", "assay/core/fuzz/harness", "assay/core/fuzz/campaign"},
		never: []string{"assay/core/fuzz/torch/...", "assay/core/fuzz/gorgonia/...", "gorgonia.org/..."},
		why:   "the protocol, the oracle and the loop do not know which library they talk to",
	},
	{
		from: []string{"assay/tui/..."}, never: []string{"assay/storage/...", "database/sql", "assay/core/worker/..."},
		why: "screens read through interfaces that they declare; the command line puts the storage behind them",
	},
	{
		from: []string{"assay/tui/..."}, never: []string{"assay/gpu/...", "assay/core/model/...", "assay/core/kv/blend/...", "assay/core/kv/job/...", "assay/core/kv/store/...", "assay/core/kv/codec/...", "assay/core/kv/link/...", "assay/core/caption/captioner/...", "assay/core/caption/tinycap/...", "assay/core/caption/job/...", "assay/core/caption/demo/...",
			"assay/core/fuzz/harness/...", "assay/core/fuzz/campaign/...", "assay/core/fuzz/torch/...", "assay/core/fuzz/gorgonia/...", "assay/core/fuzz/job/...", "gorgonia.org/..."},
		why: "the screen process never loads an engine, so that a crash in one cannot take the terminal down",
	},
	{
		from: []string{"assay/tui/..."}, never: []string{"assay/core/prune/net/...", "assay/core/prune/train/...", "assay/core/prune/data/...", "assay/core/prune/job/...", "assay/core/prune/score/...", "assay/core/prune/tensors/..."},
		why: "the screens of the pruning bench read records; training happens in the run's own process",
	},
	{
		from: []string{"assay/tui/ui/...", "assay/tui/term/..."}, never: []string{"assay/tui/app/...", "assay/tui/screens/..."},
		why: "widgets have no domain",
	},
	{
		from: []string{"assay/storage/..."}, never: []string{"assay/tui/...", "assay/cli/...", "assay/gpu/...", "assay/core/model/...", "assay/core/kv/...", "assay/core/worker/..."},
		why: "storage keeps runs of every bench and knows none",
	},
	{
		from: []string{"assay/tui/...", "assay/storage/...", "assay/themes/...", "assay/gpu/...", "assay/core/..."}, never: []string{"assay/cli/..."},
		why: "wiring happens in the command line, on top of everything",
	},
}

// closed are packages that may import only what is listed, beside the standard library.
var closed = []struct {
	from, allow []string
	why         string
}{
	{
		from:  []string{"assay/core/run", "assay/core/clock", "assay/core/prng", "assay/core/stat", "assay/core/query", "assay/core/plot", "assay/core/tensor"},
		allow: []string{"assay/core/run", "assay/core/clock", "assay/core/prng", "assay/core/stat", "assay/core/query", "assay/core/plot", "assay/core/tensor", "golang.org/x/text/...", "golang.org/x/image/..."},
		why:   "the nouns at the bottom rest on the standard library, on what Go's authors keep beside it, and on each other",
	},
	{
		from: []string{"assay/gpu/..."}, allow: []string{"assay/gpu/...", "golang.org/x/sys/..."},
		why: "the compute module is of use without the rest",
	},
	{
		from: []string{"assay/themes"}, allow: []string{"github.com/pelletier/go-toml/v2/...", "go.yaml.in/yaml/v3"},
		why: "themes are data",
	},
}

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	Standard   bool
	Imports    []string
	CgoFiles   []string
	GoFiles    []string
}

func TestPackagesDependInOneDirection(t *testing.T) {
	graph := listPackages(t)
	for _, breach := range breaches(graph) {
		t.Error(breach)
	}
}

// A rule that can never fail protects nothing: each one is shown a breach.
func TestDependencyRulesCatchABreach(t *testing.T) {
	plain := func(p string) string { return strings.TrimSuffix(p, "/...") }
	for _, r := range rules {
		for _, from := range r.from {
			for _, never := range r.never {
				if matches(plain(never), []string{from}) {
					continue // below itself
				}
				graph := map[string]pkg{
					plain(from):       {ImportPath: plain(from), Imports: []string{"assay/between"}},
					"assay/between":   {ImportPath: "assay/between", Imports: []string{plain(never)}},
					plain(never):      {ImportPath: plain(never)},
					"assay/storage/x": {ImportPath: "assay/storage/x"},
				}
				if !slices.ContainsFunc(breaches(graph), func(s string) bool { return strings.Contains(s, r.why) }) {
					t.Errorf("%s may reach %s unseen", from, never)
				}
			}
		}
	}
	for _, c := range closed {
		from := plain(c.from[0])
		graph := map[string]pkg{from: {ImportPath: from, Imports: []string{"example.org/x"}}, "example.org/x": {ImportPath: "example.org/x"}}
		if len(breaches(graph)) == 0 {
			t.Errorf("%s may import anything unseen", from)
		}
	}
	for _, p := range []pkg{
		{ImportPath: "assay/core/kv", CgoFiles: []string{"x.go"}},
		{ImportPath: "assay/core/kv", Imports: []string{"github.com/mattn/go-sqlite3"}},
	} {
		if len(breaches(map[string]pkg{p.ImportPath: p})) == 0 {
			t.Errorf("C reaches %s unseen: %+v", p.ImportPath, p)
		}
	}
}

func breaches(graph map[string]pkg) []string {
	var found []string
	for _, path := range sortedKeys(graph) {
		p := graph[path]
		if !ours(path) {
			continue
		}
		for _, r := range rules {
			if !matches(path, r.from) || matches(path, r.except) {
				continue
			}
			if chain := reach(graph, path, r.never); chain != nil {
				found = append(found, fmt.Sprintf("%s: %s", strings.Join(chain, " -> "), r.why))
			}
		}
		for _, c := range closed {
			if !matches(path, c.from) {
				continue
			}
			for _, imp := range p.Imports {
				if q, ok := graph[imp]; ok && !q.Standard && !matches(imp, c.allow) {
					found = append(found, fmt.Sprintf("%s -> %s: %s", path, imp, c.why))
				}
			}
		}
		if len(p.CgoFiles) > 0 && !strings.HasPrefix(path, "assay/gpu/internal/") {
			found = append(found, path+" calls C: only gpu/internal and the SQLite driver do (docs/adr/0002)")
		}
		if slices.Contains(p.Imports, "github.com/mattn/go-sqlite3") && !matches(path, []string{"assay/storage/..."}) {
			found = append(found, path+" imports the SQLite driver: only storage does (docs/adr/0002)")
		}
		if _, below, ok := strings.Cut(path, "assay/tui/screens/"); ok {
			own := "assay/tui/screens/" + strings.Split(below, "/")[0]
			for _, imp := range p.Imports {
				if strings.HasPrefix(imp, "assay/tui/screens/") && !matches(imp, []string{own + "/..."}) {
					found = append(found, path+" -> "+imp+": a screen never reaches into another")
				}
			}
		}
	}
	return found
}

// reach returns the shortest chain of imports from a package to one that is
// forbidden to it, or nil. What lies inside packages of others is not followed.
func reach(graph map[string]pkg, from string, never []string) []string {
	before := map[string]string{from: ""}
	queue := []string{from}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if path != from && matches(path, never) {
			var chain []string
			for ; path != ""; path = before[path] {
				chain = append(chain, path)
			}
			slices.Reverse(chain)
			return chain
		}
		if !ours(path) {
			continue
		}
		for _, imp := range graph[path].Imports {
			if _, seen := before[imp]; !seen {
				before[imp] = path
				queue = append(queue, imp)
			}
		}
	}
	return nil
}

func ours(path string) bool { return path == "assay" || strings.HasPrefix(path, "assay/") }

func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if dir, ok := strings.CutSuffix(p, "/..."); ok {
			return path == dir || strings.HasPrefix(path, dir+"/")
		}
		return path == p
	})
}

func listPackages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Dir,Standard,Imports,CgoFiles,GoFiles", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	graph := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatalf("go list: %v", err)
		}
		graph[p.ImportPath] = p
	}
	return graph
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string][]string{} // files with a package comment, by directory
	eachGoFile(t, func(path string, f *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		dir := filepath.Dir(path)
		if comments[dir] == nil {
			comments[dir] = []string{}
		}
		if f.Doc == nil {
			return
		}
		comments[dir] = append(comments[dir], path)
		first := "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			first = "Command "
		}
		if !strings.HasPrefix(f.Doc.Text(), first) {
			t.Errorf("%s: the package comment should begin with %q", path, first)
		}
	})
	for _, dir := range sortedKeys(comments) {
		if with := comments[dir]; len(with) != 1 {
			t.Errorf("package %s has %d package comments %v; it should have one, in doc.go", dir, len(with), with)
		}
	}
}

// Colours belong to themes: a literal elsewhere ignores the theme that a person
// chose, the depth of the terminal and NO_COLOR.
func TestColoursStayInThemes(t *testing.T) {
	colour := regexp.MustCompile(`^#[0-9a-fA-F]{6}$|\x1b\[[0-9;]*\b(?:[34][0-7]|9[0-7]|10[0-7]|[34]8;[25])[0-9;]*m`)
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		if strings.HasPrefix(path, "themes/") || strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && colour.MatchString(s) {
					t.Errorf("%s: colour literal %s; ask the theme for a role", fset.Position(lit.Pos()), lit.Value)
				}
			}
			return true
		})
	})
}

// printers are files of libraries that may name a standard stream, with the reason.
var printers = map[string]string{
	"tui/app/run.go": "standard error is the log file while a screen is up",
}

// Libraries return values; only commands own the standard streams.
func TestOnlyCommandsPrint(t *testing.T) {
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		if strings.HasPrefix(path, "cli/") || f.Name.Name == "main" || strings.HasSuffix(path, "_test.go") || printers[path] != "" {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.SelectorExpr:
				switch base, ok := x.X.(*ast.Ident); {
				case ok && base.Name == "fmt" && slices.Contains([]string{"Print", "Printf", "Println"}, x.Sel.Name),
					ok && base.Name == "os" && slices.Contains([]string{"Stdout", "Stderr"}, x.Sel.Name):
					t.Errorf("%s: %s.%s in a library", fset.Position(x.Pos()), base.Name, x.Sel.Name)
				}
			case *ast.CallExpr:
				if id, ok := x.Fun.(*ast.Ident); ok && (id.Name == "println" || id.Name == "print") {
					t.Errorf("%s: %s in a library", fset.Position(x.Pos()), id.Name)
				}
			}
			return true
		})
	})
}

// goroutines are the packages that may start one, with the reason. Engines,
// screens and widgets start none: their callers decide what runs beside what.
var goroutines = map[string]string{
	"core/fuzz/campaign":     "a goroutine a target process; cases, feedback and findings pass through one that waits for all",
	"core/fuzz/harness":      "reads the lines of a process and waits for its end beside the caller, and starts processes on a thread of its own",
	"cli":                    "waits for signals beside a command",
	"core/caption/job":       "asks a remote captioner about several pictures at a time",
	"core/telemetry":         "waits for the end of the child that samples",
	"core/caption/captioner": "reads the lines of a program that stays while it waits for its time to be up",
	"core/kv/blend":          "a layer is loaded while the one before is computed",
	"core/kv/job":            "a chunk is decoded while the next one comes over the link",
	"core/kv/link":           "a sender serves its connections while the receiver waits",
	"core/worker":            "a process serves its socket, watches its run and follows its children at the same time",
	"storage":                "one writer commits what recorders have queued",
	"tui/app":                "waits for signals beside the program",
	"tui/term":               "the guardian passes signals on while it waits for the screen",
	"tui/linear":             "reads the input and runs the commands of the model beside the session",
	"tui/tuitest":            "runs the commands of a model as Bubble Tea would, under a clock of its own",
}

func TestGoroutinesStartInFewPlaces(t *testing.T) {
	seen := map[string]bool{}
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		ast.Inspect(f, func(n ast.Node) bool {
			starts := false
			switch n := n.(type) {
			case *ast.GoStmt:
				starts = true
			case *ast.SelectorExpr: // sync.WaitGroup and what is like it
				starts = n.Sel.Name == "Go"
			}
			if starts {
				seen[dir] = true
				if goroutines[dir] == "" {
					t.Errorf("%s: %s starts a goroutine and has no reason to in this test", fset.Position(n.Pos()), dir)
				}
			}
			return true
		})
	})
	for _, dir := range sortedKeys(goroutines) {
		if !seen[dir] {
			t.Errorf("%s starts no goroutine; it needs no reason in this test", dir)
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	later := regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		for _, group := range f.Comments {
			for _, c := range group.List {
				if later.MatchString(c.Text) {
					t.Errorf("%s: %s", fset.Position(c.Pos()), c.Text)
				}
			}
		}
	})
}

// Long files are a place to look, not a fault.
func TestFileLengths(t *testing.T) {
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		if n := fset.Position(f.End()).Line; n > 600 {
			t.Logf("%s has %d lines: is it one thing?", path, n)
		}
	})
}

// eachGoFile parses every Go file of the repository, tests and all build tags
// included; paths have slashes and are relative to the root.
func eachGoFile(t *testing.T, visit func(path string, f *ast.File, fset *token.FileSet)) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(path), f, fset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
