package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Blob is an open container of a codec, which checks its bytes itself: the store
// keeps, evicts and quarantines it as it does entries. It stays readable after it was
// evicted, is safe for concurrent reads, and whoever got it closes it.
type Blob struct {
	*os.File
	store *Store
	name  string
	size  int
}

// Size returns the number of bytes.
func (b *Blob) Size() int { return b.size }

// Quarantine moves a damaged blob out of the way, with the reason beside it, and
// returns words that say where it is now, for the end of a sentence: "; kept aside
// as FILE of the cache", or nothing where it could not be moved.
func (b *Blob) Quarantine(reason string) string {
	return b.store.quarantine(b.name, endBlob, reason)
}

// Quarantine keeps damaged bytes of a container that did not come from a file, as
// Blob.Quarantine does one that did.
func (s *Store) Quarantine(k Key, data []byte, reason string) string {
	dir, name := filepath.Join(s.dir, quarantineDir), k.name()
	if os.MkdirAll(dir, 0o755) != nil || os.WriteFile(filepath.Join(dir, name+endBlob), data, 0o644) != nil {
		return ""
	}
	return s.aside(name, endBlob, reason)
}

// PutBlob writes a container under a key, as Put does an entry. The key's DType says
// how it is coded, which tells it from the entry and from other codings.
func (s *Store) PutBlob(k Key, data []byte) error {
	if int64(len(data)) > s.max {
		return fmt.Errorf("chunk store: a container of %d bytes is larger than the limit of %d", len(data), s.max)
	}
	return s.put(k.name(), endBlob, int64(len(data)), func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	})
}

// GetBlob opens the container of a key. Where there is none it returns nil and the
// reason: "never stored", "evicted" or "corrupt: ...".
func (s *Store) GetBlob(k Key) (*Blob, string) {
	name := k.name()
	s.mu.Lock()
	bad := s.bad[name]
	s.mu.Unlock()
	if bad {
		return nil, damagedBefore
	}
	f, err := os.Open(s.path(name, endBlob))
	if err != nil {
		switch {
		case exists(s.path(name, endTombstone)):
			return nil, "evicted"
		case exists(filepath.Join(s.dir, quarantineDir, name+endBlob)):
			return nil, damagedBefore
		}
		return nil, "never stored"
	}
	info, err := f.Stat()
	if err != nil {
		return nil, strings.TrimSpace("corrupt: " + errors.Join(err, f.Close()).Error())
	}
	now := time.Now() // of last use: see Get
	_ = os.Chtimes(f.Name(), now, now)
	return &Blob{File: f, store: s, name: name, size: int(info.Size())}, ""
}
