package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tiny is an entry of 2 layers, 3 tokens and 4 channels.
var tiny = Shape{Layers: 2, Tokens: 3, Channels: 4}

func keyOf(ids ...int32) Key {
	return Key{Model: "m", DType: "f32", Tokenizer: "t", Policy: "bos", RoPE: RoPEPre, IDs: ids}
}

// section is a recognisable content for one tensor.
func section(s Shape, mark byte) func(int, Part) []byte {
	return func(layer int, p Part) []byte {
		return bytes.Repeat([]byte{mark + byte(2*layer+int(p))}, int(s.section()))
	}
}

func put(t *testing.T, s *Store, k Key, mark byte) {
	t.Helper()
	shape := tiny
	shape.Tokens = len(k.IDs)
	if err := s.Put(k, shape, section(shape, mark)); err != nil {
		t.Fatal(err)
	}
}

// readAll reads every section and closes the entry.
func readAll(e *Entry) ([]byte, error) {
	var all []byte
	for l := range e.Shape().Layers {
		for _, p := range []Part{K, V} {
			dst := make([]byte, e.Shape().section())
			if err := e.Read(l, p, dst); err != nil {
				return nil, errors.Join(err, e.Close())
			}
			all = append(all, dst...)
		}
	}
	return all, e.Close()
}

func mustOpen(t *testing.T, dir string, max int64) *Store {
	t.Helper()
	s, err := Open(dir, Options{MaxBytes: max})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntryComesBackAsItWas(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	k := keyOf(1, 2, 3)
	if e, reason := s.Get(k); e != nil || reason != "never stored" {
		t.Fatalf("before: %v, %q", e, reason)
	}
	put(t, s, k, 10)
	put(t, s, k, 99) // the same key holds the same numbers: nothing is written again
	for _, preload := range []bool{false, true} {
		e, reason := s.Get(k)
		if e == nil {
			t.Fatal(reason)
		}
		if e.Shape() != tiny {
			t.Errorf("shape %+v", e.Shape())
		}
		if preload {
			if err := e.Preload(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := readAll(e)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range got {
			if want := byte(10 + i/48); b != want {
				t.Fatalf("byte %d is %d, want %d", i, b, want)
			}
		}
	}
}

func TestReadRefusesWrongSizes(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	put(t, s, keyOf(1, 2, 3), 10)
	e, _ := s.Get(keyOf(1, 2, 3))
	defer e.Close()
	if err := e.Read(0, K, make([]byte, 47)); err == nil {
		t.Error("a buffer that is too short was filled")
	}
	if err := e.Read(2, K, make([]byte, 48)); err == nil {
		t.Error("a layer that is not there was read")
	}
}

func TestMissesSayWhichFieldDiffers(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	put(t, s, keyOf(1, 2, 3), 0)
	for field, change := range map[string]func(*Key){
		"model":        func(k *Key) { k.Model = "other" },
		"dtype":        func(k *Key) { k.DType = "f16" },
		"tokenizer":    func(k *Key) { k.Tokenizer = "" },
		"chunk policy": func(k *Key) { k.Policy = "none" },
		"rope_state":   func(k *Key) { k.RoPE = "post" },
	} {
		k := keyOf(1, 2, 3)
		change(&k)
		if e, reason := s.Get(k); e != nil || reason != "key field "+field+" differs" {
			t.Errorf("%s: got %q", field, reason)
		}
	}
	if _, reason := s.Get(keyOf(1, 2)); reason != "never stored" {
		t.Errorf("other tokens: %q", reason)
	}
}

// TestDamageAtEveryByteIsAMiss flips each byte of a file in turn, and cuts it at
// each length: never wrong numbers, and the file is gone from its place.
func TestDamageAtEveryByteIsAMiss(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	k := keyOf(7, 8, 9)
	put(t, s, k, 10)
	path := s.path(k.name(), endEntry)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		e, reason := s.Get(k)
		if e == nil {
			if !strings.HasPrefix(reason, "corrupt: ") {
				t.Fatalf("%s: reason %q", what, reason)
			}
		} else if _, err := readAll(e); !errors.Is(err, errDamaged) {
			t.Fatalf("%s: went unnoticed (%v)", what, err)
		}
		if exists(path) {
			t.Fatalf("%s: the file is still in its place", what)
		}
		if _, reason := s.Get(k); !strings.HasPrefix(reason, "corrupt: ") {
			t.Fatalf("%s: a second lookup says %q", what, reason)
		}
		put(t, s, k, 10)
		if e, reason := s.Get(k); e == nil {
			t.Fatalf("%s: stored again, yet %q", what, reason)
		} else if _, err := readAll(e); err != nil {
			t.Fatalf("%s: stored again, yet %v", what, err)
		}
	}
	for i := range whole {
		data := bytes.Clone(whole)
		data[i] ^= 0x20
		try(fmt.Sprintf("byte %d flipped", i), data)
	}
	for n := range whole {
		try(fmt.Sprintf("cut to %d bytes", n), whole[:n])
	}
	try("one byte longer", append(bytes.Clone(whole), 0))
}

func TestQuarantineIsBounded(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	for i := range int32(maxQuarantined + 5) {
		k := keyOf(i)
		put(t, s, k, 0)
		if err := os.WriteFile(s.path(k.name(), endEntry), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		s.Get(k)
	}
	list, err := os.ReadDir(filepath.Join(dir, quarantineDir))
	if err != nil || len(list) != 2*maxQuarantined { // each with its reason
		t.Errorf("%d files, %v; want %d", len(list), err, 2*maxQuarantined)
	}
}

func TestDamagedFilesStayWithTheirReason(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	put(t, s, keyOf(1, 2, 3), 0)
	path := s.path(keyOf(1, 2, 3).name(), endEntry)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	e, _ := s.Get(keyOf(1, 2, 3))
	_, rerr := readAll(e)
	aside := filepath.Join(dir, quarantineDir, filepath.Base(path))
	if rerr == nil || !strings.Contains(rerr.Error(), filepath.Join(quarantineDir, filepath.Base(path))) || strings.Contains(rerr.Error(), dir) {
		t.Errorf("the error does not say where the file is now: %v", rerr)
	}
	put(t, s, keyOf(1, 2, 3), 0) // computed again
	kept, err := os.ReadFile(aside)
	if err != nil || !bytes.Equal(kept, data) {
		t.Errorf("what was damaged is gone: %v", err)
	}
	if why, err := os.ReadFile(aside + endReason); err != nil || !strings.Contains(string(why), "checksum of layer 1 V") {
		t.Errorf("reason %q, %v", why, err)
	}
}

func TestBlobsAreKeptEvictedAndQuarantined(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	k := keyOf(1, 2)
	if _, reason := s.GetBlob(k); reason != "never stored" {
		t.Errorf("reason %q", reason)
	}
	if err := s.PutBlob(k, []byte("container")); err != nil {
		t.Fatal(err)
	}
	b, reason := s.GetBlob(k)
	if b == nil {
		t.Fatal(reason)
	}
	got := make([]byte, b.Size())
	if _, err := b.ReadAt(got, 0); err != nil || string(got) != "container" {
		t.Errorf("%q, %v", got, err)
	}
	if e, _ := s.Get(k); e != nil {
		t.Error("a blob is taken for an entry")
	}
	if where := b.Quarantine("a bit fell over"); !strings.Contains(where, k.name()+endBlob) {
		t.Errorf("kept %q", where)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, reason := s.GetBlob(k); !strings.HasPrefix(reason, "corrupt") {
		t.Errorf("reason %q", reason)
	}
	// The oldest goes first, whether entry or blob.
	small := mustOpen(t, t.TempDir(), 2500)
	for i := range int32(3) {
		if err := small.PutBlob(keyOf(i), make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-10) * time.Minute)
		_ = os.Chtimes(small.path(keyOf(i).name(), endBlob), at, at)
	}
	if _, reason := small.GetBlob(keyOf(0)); reason != "evicted" {
		t.Errorf("reason %q", reason)
	}
	if b, reason := small.GetBlob(keyOf(2)); b == nil {
		t.Error(reason)
	} else {
		b.Close()
	}
	if err := small.PutBlob(keyOf(9), make([]byte, 3000)); err == nil || !strings.Contains(err.Error(), "larger than the limit") {
		t.Errorf("too large: %v", err)
	}
}

func TestEvictionTakesTheLeastRecentlyUsed(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	put(t, s, keyOf(0), 0)
	one := s.size
	s.max = 4*one + one/2 // room for four; eviction goes down to three
	old := time.Now().Add(-time.Hour)
	for i := range int32(4) {
		put(t, s, keyOf(i), 0)
		at := old.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(s.path(keyOf(i).name(), endEntry), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if e, reason := s.Get(keyOf(0)); e == nil { // used: no longer the oldest
		t.Fatal(reason)
	} else if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	held, _ := s.Get(keyOf(1))
	at := old.Add(time.Minute)
	if err := os.Chtimes(s.path(keyOf(1).name(), endEntry), at, at); err != nil {
		t.Fatal(err)
	}
	put(t, s, keyOf(4), 0)
	for i, want := range map[int32]string{0: "", 1: "evicted", 3: "", 4: ""} {
		e, reason := s.Get(keyOf(i))
		if reason != want {
			t.Errorf("entry %d: %q, want %q", i, reason, want)
		}
		if e != nil {
			e.Close()
		}
	}
	if _, err := readAll(held); err != nil {
		t.Errorf("an entry that was open when it was evicted: %v", err)
	}
	again := mustOpen(t, dir, 0)
	if again.size > s.max || again.size != s.size {
		t.Errorf("%d bytes after eviction, counted %d, limit %d", again.size, s.size, s.max)
	}
}

func TestEntryLargerThanTheStoreIsRefused(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 100)
	if err := s.Put(keyOf(1, 2, 3), tiny, section(tiny, 0)); err == nil {
		t.Error("it was stored")
	}
}

// fullDisk fails after so many bytes.
type fullDisk struct {
	f    io.WriteCloser
	left int
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if len(b) > d.left {
		n, _ := d.f.Write(b[:d.left])
		d.left = 0
		return n, errors.New("no space left on device")
	}
	d.left -= len(b)
	return d.f.Write(b)
}

func (d *fullDisk) Close() error { return d.f.Close() }

func TestFullDiskLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, 0)
	create := s.create
	s.create = func(name string) (io.WriteCloser, error) {
		f, err := create(name)
		return &fullDisk{f, 150}, err
	}
	if err := s.Put(keyOf(1, 2, 3), tiny, section(tiny, 0)); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("got %v", err)
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, reason := s.Get(keyOf(1, 2, 3)); reason != "never stored" {
		t.Errorf("reason %q", reason)
	}
	s.create = create
	put(t, s, keyOf(1, 2, 3), 0)
}

func TestPlaceThatCannotBeWrittenIsAnErrorOfPutAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, filepath.Join(file, "store"), 0) // a folder below a file can never be made
	if _, reason := s.Get(keyOf(1)); reason != "never stored" {
		t.Errorf("reason %q", reason)
	}
	if err := s.Put(keyOf(1, 2, 3), tiny, section(tiny, 0)); err == nil {
		t.Error("put succeeded")
	}
}

func TestStoresShareAFolder(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for w := range 4 {
		s := mustOpen(t, dir, 20<<10) // small: eviction runs beside the writers
		wg.Go(func() {
			for i := range int32(100) {
				k := keyOf((i*7+int32(w))%40, 1, 2)
				if err := s.Put(k, tiny, section(tiny, 5)); err != nil {
					t.Errorf("put: %v", err)
				}
				if e, _ := s.Get(k); e != nil {
					if _, err := readAll(e); err != nil {
						t.Errorf("read: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestOldTemporaryFilesAreSwept(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	put(t, s, keyOf(1), 0)
	stale := s.path(keyOf(1).name(), endEntry) + ".1-1-1" + endTemporary
	if err := os.WriteFile(stale, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * staleTemporary)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	s.max = 1
	if err := s.evict(""); err != nil {
		t.Fatal(err)
	}
	if exists(stale) {
		t.Error("the file of a dead writer is still there")
	}
}

func TestUnfitKeysAreRefused(t *testing.T) {
	s := mustOpen(t, t.TempDir(), 0)
	long := keyOf(1, 2, 3)
	long.Model = strings.Repeat("m", maxField+1)
	if err := s.Put(long, tiny, section(tiny, 0)); err == nil {
		t.Error("a field longer than the format allows was stored")
	}
	if err := s.Put(keyOf(1, 2), tiny, section(tiny, 0)); err == nil {
		t.Error("a shape of other tokens than the key was stored")
	}
	if err := s.Put(keyOf(1, 2, 3), tiny, func(int, Part) []byte { return nil }); err == nil {
		t.Error("a section of no bytes was stored")
	}
}

func FuzzEntry(f *testing.F) {
	h := header{key: keyOf(1, 2, 3), shape: tiny, sums: make([]uint32, 4)}
	whole := append(h.encode(), make([]byte, tiny.Bytes())...)
	f.Add(whole)
	f.Add(whole[:30])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decodeHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Fatalf("memory in trouble: %v", err)
			}
			return
		}
		if err := checkKey(h.key, h.shape); err != nil {
			t.Fatalf("read what could not have been written: %v", err)
		}
		again := h.encode()
		if !bytes.Equal(again, data[:len(again)]) || h.size() != int64(len(data)) {
			t.Fatal("the header does not come back as it was read")
		}
		last, at := h.section(h.shape.Layers-1, V)
		if last != len(h.sums)-1 || at+h.shape.section() != h.size() {
			t.Fatalf("the last section ends at %d of %d", at+h.shape.section(), h.size())
		}
	})
}
