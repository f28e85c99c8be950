package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/themes"
	"assay/tui/app"
)

// writing is a shell whose person writes a theme; save keeps a version of it.
func writing(t *testing.T, change ...func(*app.Deps)) (w *world, save func(text string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.toml")
	stamp := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	save = func(text string) {
		stamp = stamp.Add(time.Second)
		if err := errors.Join(os.WriteFile(path, []byte("inherits = \"default-dark\"\n"+text), 0o600), os.Chtimes(path, stamp, stamp)); err != nil {
			t.Fatal(err)
		}
	}
	save("")
	return start(t, append(change, func(d *app.Deps) {
		d.ReadThemes = func() (themes.Set, error) { return themes.Open(filepath.Dir(path)) }
		d.Themes, d.Theme = themes.Builtin().With("mine", path, []byte("inherits = \"default-dark\"\n")), "mine"
	})...), save
}

// louder is a theme whose keys have a colour that no other has, and shows it.
const louder, loud = "[roles]\nkey = { fg = \"#fefdfc\" }\n", "38;2;254;253;252"

func TestAThemeIsSeenAsItIsWritten(t *testing.T) {
	w, save := writing(t, func(d *app.Deps) { d.WatchTheme = true })
	view := func() string { return w.Model().View().Content }
	const usual = "38;2;122;184;255" // keys in default-dark
	w.Advance(3 * time.Second)
	save("[roles]\nkey = { fg = \"nowhere\" }\n")
	w.Advance(2*time.Second).See("mine.toml:3:", "roles.key.fg")
	w.Press("esc")
	if !strings.Contains(view(), usual) {
		t.Error("a faulty file has changed the screen")
	}
	save(louder)
	if w.Advance(2 * time.Second); !strings.Contains(view(), loud) {
		t.Error("the theme was changed, and the screen was not")
	}
}

func TestTheListOfThemesLooksAtTheirFilesWhileItIsOpen(t *testing.T) {
	w, save := writing(t)
	shows := func() bool { return strings.Contains(w.Model().View().Content, loud) }
	w.Advance(2 * time.Second)
	save(louder)
	if w.Advance(3 * time.Second); shows() {
		t.Error("a file was read though nobody asked")
	}
	w.Press("T").See("mine", "yours")
	if !shows() {
		t.Error("the list shows a theme as it was")
	}
	w.Advance(2 * time.Second)
	save("")
	if w.Advance(2 * time.Second); shows() {
		t.Error("the file was changed while the list was open, and the screen was not")
	}
	w.Press("j", "j").See("Nord by Sven Greb")
	w.Press("esc")
	save(louder)
	if w.Advance(10 * time.Second); shows() {
		t.Error("the file is looked at though the list is closed")
	}
}

func TestTheListOfThemesIsSearched(t *testing.T) {
	w := start(t)
	before := w.Model().View().Content
	w.Press("T", "/").Type("gruvbox").Press("enter").See("gruvbox-light").NotSee("dracula")
	w.Press("esc", "esc")
	if w.Model().View().Content != before {
		t.Error("esc does not restore the theme")
	}
}
