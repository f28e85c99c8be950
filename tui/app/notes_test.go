package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/tui/app"
)

func TestAStarIsSetAndTakenAway(t *testing.T) {
	w := start(t)
	w.Size(120, 40).Press("j", "j", "j", "*").See("starred kv-blend-4", "* paper")
	w.Press("*").See("took the star from kv-blend-4").NotSee("* paper")
	w.notes.err = errors.New("database is locked")
	w.Press("*").See("database is locked").NotSee("* paper")
}

func TestTagsAreAddedAndTakenAway(t *testing.T) {
	w := start(t)
	w.Size(120, 40).Press("j", "j", "j", "t").See("tags of kv-blend-4")
	w.Press("ctrl+u").Type("best, keep best").Press("enter").See("tags of kv-blend-4: +best +keep -paper", "best keep")
	w.Press("/").Type("tag:keep").See("1 of 7", "kv-blend-4").Press("esc")
	w.Press("t").Type(" more").Press("esc").NotSee("more") // left as it was
}

func TestAShortNoteIsWrittenAndTakenAway(t *testing.T) {
	w := start(t)
	w.Size(120, 40).Press("j", "j", "j", "a").See("note on kv-blend-4").Type("the one to keep").Press("enter")
	w.See("noted on kv-blend-4", "note: the one to keep")
	w.Press("a", "ctrl+u", "enter").See("took the note from kv-blend-4").NotSee("the one to keep")
	if err := w.notes.Note(t.Context(), "01KK9Z00000000000000000004", "two\nlines"); err != nil {
		t.Fatal(err)
	}
	w.Advance(2*time.Second).See("note: two", "lines").NotSee("two lines")
	w.Press("a").See("the note has several lines: e opens it in the editor")
	w.Press("e").See("no editor: set VISUAL or EDITOR")
}

func TestAReadOnlyHistoryTakesNoNotes(t *testing.T) {
	w := start(t, func(d *app.Deps) { d.Notes, d.ReadOnly = nil, "the disk is full" })
	for _, key := range []string{"*", "t", "a", "e"} {
		w.Press(key).See("nothing can be started or changed: the disk is full")
	}
}

func TestTheEditorOfThePersonWritesTheNote(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	editor := filepath.Join(t.TempDir(), "my editor")
	script := "#!/bin/sh\nprintf 'first line\\nsecond line\\n' >> \"$2\"\nstat -c %a \"$2\" > \"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	mode := filepath.Join(t.TempDir(), "mode")
	var notes *notebook
	s := open(t, func(d *app.Deps) {
		notes = &notebook{store: history()}
		d.Reader, d.Notes = notes.store, notes
		d.Environ = append(d.Environ, "EDITOR=false", "VISUAL='"+editor+"' "+mode)
	})
	s.press("e")
	s.until("noted on")
	s.press("q")
	if r := <-s.done; r.err != nil {
		t.Fatal(r.err)
	}
	var got string
	all, err := notes.store.Runs(t.Context(), run.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		got += r.Note
	}
	if got != "first line\nsecond line" {
		t.Errorf("the note is %q", got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if m, err := os.ReadFile(mode); err != nil || strings.TrimSpace(string(m)) != "600" {
		t.Errorf("mode of the file %q, %v", m, err)
	}
}

func TestAFindingIsLabelled(t *testing.T) {
	w := start(t)
	w.Size(120, 40).Press("j", "j", "j", "enter").See("showing [01KK9Z00000000000000000004]").Press("y").See("labelled 0412 true", "1 changes")
	labels, err := w.notes.store.Labels(t.Context(), "01KK9Z00000000000000000004")
	if err != nil || len(labels) != 1 || labels[0].Word != "true" {
		t.Errorf("%v, %v", labels, err)
	}
	w.Press("u").See("took back: labelled 0412 true")
	if labels, err = w.notes.store.Labels(t.Context(), "01KK9Z00000000000000000004"); err != nil || len(labels) != 1 || labels[0].Word != "unsure" {
		t.Errorf("%v, %v", labels, err)
	}
}
