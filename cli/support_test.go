package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/config"
)

// unpacked reads a packed tar: names in their order, and what is in each file.
func unpacked(t *testing.T, data []byte) (names []string, files map[string]string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		files[h.Name] = string(text)
	}
}

func TestASupportBundleHoldsWhatHelpsAndNothingElse(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("ASSAY_HOME", filepath.Join(home, "assay"))
	t.Setenv("OPENAI_API_KEY", "sk-live-4711-4711")
	if code, _, errs := call(t, "kv", "blend", "--demo", "--people", "2", "--modes", "full", "--max-new", "1", "--progress", "none", "--name", "of-mallory"); code != 0 {
		t.Fatal(errs)
	}
	if code, _, errs := call(t, "config", "set", "alias.mine", "caption run --url http://me:pw@host"); code != 0 {
		t.Fatal(errs)
	}
	p, err := config.Locate(config.Host())
	if err != nil {
		t.Fatal(err)
	}
	log := "level=WARN msg=asked key=sk-live-4711-4711 at=http://me:hunter2@host/v1 in=" + home + "/x\n"
	if err := os.WriteFile(filepath.Join(p.Logs(), "screen.log"), []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "s.tar.gz")
	code, out, errs := call(t, "doctor", "db", "--bundle", file)
	if code != 0 || !strings.Contains(out, "wrote "+file) {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names, files := unpacked(t, data)
	const want = "README.txt version.json doctor.json settings.json keys.toml database.json logs/screen.log"
	if got := strings.ReplaceAll(strings.Join(names, " "), "assay-support/", ""); got != want {
		t.Errorf("holds %s", got)
	}
	for _, n := range names[1:] {
		if !strings.Contains(files[names[0]], strings.TrimPrefix(n, "assay-support/")) {
			t.Errorf("README.txt does not name %s", n)
		}
	}
	all := strings.Join([]string{files["assay-support/doctor.json"], files["assay-support/settings.json"], files["assay-support/database.json"], files["assay-support/logs/screen.log"]}, "\n")
	for _, secret := range []string{"sk-live", "hunter2", "me:pw", home, "of-mallory", "people"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the bundle:\n%s", secret, all)
		}
	}
	for _, part := range []string{`"schema":`, `"kind":"kv.blend","state":"done"`, "at=http://[hidden]@host/v1", "in=~/x", `"area":"database"`} {
		if !strings.Contains(all, part) {
			t.Errorf("%q is not in the bundle:\n%s", part, all)
		}
	}
	_, again, _ := call(t, "doctor", "db", "--bundle", "-")
	if names2, _ := unpacked(t, []byte(again)); strings.Join(names2, " ") != strings.Join(names, " ") {
		t.Errorf("standard output got %v", names2)
	}
}

func TestSecretsAreHiddenInTexts(t *testing.T) {
	r := newRedactor([]string{"HF_TOKEN=hf_abcdefgh", "EDITOR=vi", "MY_KEY=yes", "SSH_KEY=/home/x/.ssh/id"}, "/home/x")
	for in, want := range map[string]string{
		"load hf_abcdefgh now":                  "load [hidden] now",
		"yes, in /home/x/data":                  "yes, in ~/data",
		"Authorization: Bearer abc.def-1":       "Authorization: Bearer [hidden]",
		`{"api_key":"abc","n":3}`:               `{"api_key":"[hidden]","n":3}`,
		"--password=pw1 --seed 3":               "--password=[hidden] --seed 3",
		"GET https://u:p@h/x":                   "GET https://[hidden]@h/x",
		"12 tokens: 7; key j moves":             "12 tokens: 7; key j moves",
		"https://example.org/a@b is an address": "https://example.org/a@b is an address",
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestABundleThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Setenv("ASSAY_HOME", t.TempDir())
	if code, _, errs := call(t, "doctor", "db", "--bundle", filepath.Join(t.TempDir(), "none", "s.tar.gz")); code != 1 || !strings.Contains(errs, "E-INPUT") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
