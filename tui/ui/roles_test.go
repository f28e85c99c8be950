package ui_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/themes"
)

// TestScreensNameRolesThatThemesHave finds role names that are written out in the
// sources: a misspelt one would draw plain text and nobody would notice.
func TestScreensNameRolesThatThemesHave(t *testing.T) {
	named := regexp.MustCompile(`(?m)(?:Paint|SGR)\("([^"]*)"|(?:^|[^,] )[Rr]ole(?::|\s*=)\s*"([a-z][^"]*)"`)
	known := append(themes.Roles(), "")
	seen := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(data), -1) {
			seen++
			if role := m[1] + m[2]; !slices.Contains(known, role) {
				t.Errorf("%s: no role %q (in %s)", path, role, m[0])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 80 {
		t.Errorf("only %d roles found: the pattern is out of date", seen)
	}
}

// TestNoColourIsWrittenOutsideThemes finds escape sequences that select colours.
func TestNoColourIsWrittenOutsideThemes(t *testing.T) {
	color := regexp.MustCompile(`\\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range color.FindAllString(string(data), -1) {
			t.Errorf("%s: the colour %s", path, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
