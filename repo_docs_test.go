package main_test

import (
	"bytes"
	"go/ast"
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

// The tests of this file hold that the documents tell the truth about the code.

func TestEveryErrorCodeIsDocumented(t *testing.T) {
	const page = "docs/reference/errors.md"
	codes := map[string]bool{}
	text := regexp.MustCompile(`^E-[A-Z][A-Z-]*[A-Z]$`)
	eachGoFile(t, func(path string, f *ast.File, fset *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if s, err := strconv.Unquote(lit.Value); err == nil && text.MatchString(s) {
				if path != "core/run/error.go" {
					t.Errorf("%s: the code %s is written out; codes are constants of core/run", fset.Position(lit.Pos()), s)
				}
				codes[s] = true
			}
			return true
		})
	})
	if len(codes) == 0 {
		t.Fatal("core/run/error.go has no codes: this test looks in the wrong place")
	}
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (E-[A-Z-]+)$`).FindAllStringSubmatch(read(t, page), -1) {
		headings[m[1]] = true
		if !codes[m[1]] {
			t.Errorf("%s describes %s, which no code is", page, m[1])
		}
	}
	for _, c := range sortedKeys(codes) {
		if !headings[c] {
			t.Errorf("%s has no section ## %s", page, c)
		}
	}
}

func TestDocumentsNameTargetsThatExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	for _, doc := range documents(t) {
		for _, m := range regexp.MustCompile("(?m)(?:^|`)make ([a-z0-9-]+)").FindAllStringSubmatch(read(t, doc), -1) {
			if !targets[m[1]] {
				t.Errorf("%s: make %s is not a target of the Makefile", doc, m[1])
			}
		}
	}
}

func TestDocumentsLinkToFilesThatExist(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", doc, m[1], err)
			}
		}
	}
}

func TestBinaryAndDocumentsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	assay := filepath.Join(t.TempDir(), "assay")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", assay, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Run("commands exist", func(t *testing.T) { commandsExist(t, assay) })
	t.Run("generated pages are fresh", func(t *testing.T) { pagesAreFresh(t, assay) })
}

// commandsExist asks the commands in documents for their help, which fails for
// a command that is not there and shows the flags. The end-to-end tests also
// run those of README.md.
func commandsExist(t *testing.T, assay string) {
	word := regexp.MustCompile(`^[a-z]+$`)
	helps := map[string]string{}
	for _, doc := range documents(t) {
		for _, line := range commands(read(t, doc)) {
			var path, flags []string
			for _, w := range strings.Fields(line)[1:] {
				switch {
				case strings.HasPrefix(w, "--"):
					name, _, _ := strings.Cut(w, "=")
					flags = append(flags, name)
				case len(flags) == 0 && len(path) < 2 && word.MatchString(w):
					path = append(path, w)
				}
			}
			key := strings.Join(path, " ")
			if _, ok := helps[key]; !ok {
				out, err := exec.Command(assay, append(slices.Clone(path), "--help")...).CombinedOutput()
				if err != nil || !strings.Contains(string(out), strings.TrimSpace("assay "+key)) {
					t.Errorf("%s: %q: no such command: %v\n%s", doc, line, err, out)
				}
				helps[key] = string(out)
			}
			for _, f := range flags {
				// --ratio answers for --ratios.
				if !regexp.MustCompile(regexp.QuoteMeta(f) + `s?\b`).MatchString(helps[key]) {
					t.Errorf("%s: %q: assay %s has no flag %s", doc, line, key, f)
				}
			}
		}
	}
	if len(helps) == 0 {
		t.Error("no document names a command: this test looks in the wrong place")
	}
}

func pagesAreFresh(t *testing.T, assay string) {
	dir := t.TempDir()
	if out, err := exec.Command(assay, "reference", "--out", dir).CombinedOutput(); err != nil {
		t.Fatalf("assay reference: %v\n%s", err, out)
	}
	n := 0
	err := filepath.WalkDir(dir, func(page string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		below, err := filepath.Rel(dir, page)
		if err != nil {
			return err
		}
		committed := filepath.Join("docs", below)
		have, err := os.ReadFile(committed)
		if err != nil {
			t.Errorf("%s: %v; run make gen", committed, err)
			return nil
		}
		if want := []byte(read(t, page)); !bytes.Equal(have, want) {
			t.Errorf("%s is older than the code; run make gen", committed)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("assay reference wrote nothing (%v)", err)
	}
	schemas, err := filepath.Glob("docs/reference/schema/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range schemas {
		if _, err := os.Stat(filepath.Join(dir, "reference/schema", filepath.Base(s))); err != nil {
			t.Errorf("%s describes no command any more; run make gen", s)
		}
	}
}

// commands returns the lines of shell blocks that call assay, without what a
// shell does with them afterwards.
func commands(doc string) []string {
	var lines []string
	shell := false
	for line := range strings.SplitSeq(doc, "\n") {
		if strings.HasPrefix(line, "```") {
			shell = line == "```sh"
			continue
		}
		line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
		line, _, _ = strings.Cut(line, " | ")
		line, _, _ = strings.Cut(line, " > ")
		line = strings.TrimPrefix(line, "bin/")
		if shell && (line == "assay" || strings.HasPrefix(line, "assay ")) {
			lines = append(lines, line)
		}
	}
	return lines
}

func documents(t *testing.T) []string {
	t.Helper()
	docs := []string{"README.md", "CONTRIBUTING.md", "VISION.md", "CHANGELOG.md"}
	err := filepath.WalkDir("docs", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			docs = append(docs, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}
