package store

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultMaxBytes is the limit of a store that states none: about 250,000 tokens
// of the built-in model, 16,000 of a 7 B one in f32.
const DefaultMaxBytes = 4 << 30

// spared is what a store leaves of a disk: a cache must not take the room that the
// rows of a run need.
const spared = 256 << 20

// The names in a store's folder.
const (
	entries       = "v1"         // folder of the entries, named after the format's version
	quarantineDir = "quarantine" // damaged files, kept for a look
	endEntry      = ".kv"
	endBlob       = ".kvg" // a container of a codec
	endReason     = ".txt" // behind the name of a quarantined file: why it is there
	endTombstone  = ".evicted"
	endTemporary  = ".tmp"
)

// damagedBefore is the reason of a miss whose file is in quarantine.
const damagedBefore = "corrupt: found damaged before"

// Options of a store. The zero value is sensible.
type Options struct {
	// MaxBytes is where eviction begins; 0 means DefaultMaxBytes.
	MaxBytes int64
}

// Store is a folder of entries. It is safe for concurrent use, also by several
// processes.
type Store struct {
	dir string
	max int64

	// create makes a new file to write; tests put failing disks here.
	create func(name string) (io.WriteCloser, error)

	seq atomic.Uint64 // tells temporary files of one process apart

	mu   sync.Mutex      // guards what follows
	size int64           // bytes of entries: exact after a scan, then what this process added
	bad  map[string]bool // damaged entries that could not be moved away
}

// Open opens the store in a folder, which is made when the first entry is put.
// It fails only where the folder exists and cannot be read.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{dir: dir, max: o.MaxBytes, bad: map[string]bool{}}
	if s.max <= 0 {
		s.max = DefaultMaxBytes
	}
	s.create = func(name string) (io.WriteCloser, error) {
		return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	files, err := s.scan()
	if err != nil {
		return nil, fmt.Errorf("chunk store %s: %w", dir, err)
	}
	for _, f := range files {
		s.size += f.size
	}
	return s, nil
}

// Dir returns the store's folder.
func (s *Store) Dir() string { return s.dir }

func (s *Store) path(name, end string) string {
	return filepath.Join(s.dir, entries, name[:2], name+end)
}

// Get opens the entry of a key. Where there is none it returns nil and the
// reason, which is one of "never stored", "evicted", "corrupt: ..." and "key
// field X differs".
func (s *Store) Get(k Key) (*Entry, string) {
	name := k.name()
	s.mu.Lock()
	bad := s.bad[name]
	s.mu.Unlock()
	if bad {
		return nil, damagedBefore
	}
	f, err := os.Open(s.path(name, endEntry))
	if err != nil {
		return nil, s.absent(k, name)
	}
	head, err := open(f)
	if err == nil && !head.key.equal(k) {
		err = damaged("it holds another key than its name says")
	}
	if err != nil {
		reason := "corrupt: " + err.Error()
		if cerr := f.Close(); cerr != nil {
			reason += ", " + cerr.Error()
		}
		if errors.Is(err, errDamaged) {
			reason += s.quarantine(name, endEntry, err.Error())
		}
		return nil, reason
	}
	// The time of last use is what eviction goes by. Best effort: on a read-only
	// disk nothing is evicted either.
	now := time.Now()
	_ = os.Chtimes(f.Name(), now, now)
	return &Entry{store: s, name: name, head: head, src: f, close: f}, ""
}

func open(f *os.File) (header, error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, err
	}
	return decodeHeader(f, info.Size())
}

// absent finds out why there is no entry of a name.
func (s *Store) absent(k Key, name string) string {
	if exists(s.path(name, endTombstone)) {
		return "evicted"
	}
	if exists(filepath.Join(s.dir, quarantineDir, name+endEntry)) {
		return damagedBefore
	}
	list, err := os.ReadDir(filepath.Dir(s.path(name, endEntry)))
	if err != nil {
		return "never stored"
	}
	for _, d := range list { // in order of names, so the reason repeats
		if !strings.HasPrefix(d.Name(), name[:2*tokenHash]) || !strings.HasSuffix(d.Name(), endEntry) {
			continue
		}
		if field := s.compare(k, d.Name()); field != "" {
			return "key field " + field + " differs"
		}
	}
	return "never stored"
}

func (s *Store) compare(k Key, file string) string {
	f, err := os.Open(filepath.Join(s.dir, entries, file[:2], file))
	if err != nil {
		return ""
	}
	defer f.Close()
	head, err := open(f)
	if err != nil {
		return ""
	}
	return k.differs(head.key)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Put writes an entry; section returns the little-endian f32 bytes of one
// tensor, which are read before the next call. An entry that exists is left as
// it is. The error says that the entry could not be kept (disk full, read-only):
// nothing is left behind then, and the run can go on without.
func (s *Store) Put(k Key, shape Shape, section func(layer int, p Part) []byte) error {
	if err := checkKey(k, shape); err != nil {
		return fmt.Errorf("chunk store: %w", err)
	}
	if need := shape.Bytes(); need > s.max {
		return fmt.Errorf("chunk store: an entry of %d bytes is larger than the limit of %d", need, s.max)
	}
	h := header{key: k, shape: shape, sums: make([]uint32, 2*shape.Layers)}
	for l := range shape.Layers {
		for _, p := range []Part{K, V} {
			data := section(l, p)
			if int64(len(data)) != shape.section() {
				return fmt.Errorf("chunk store: layer %d %v: %d bytes, expected %d", l, p, len(data), shape.section())
			}
			h.sums[2*l+int(p)] = crc32.Checksum(data, castagnoli)
		}
	}
	return s.put(k.name(), endEntry, shape.Bytes(), func(w io.Writer) error {
		_, err := w.Write(h.encode())
		for l := range shape.Layers {
			for _, p := range []Part{K, V} {
				if err == nil {
					_, err = w.Write(section(l, p))
				}
			}
		}
		return err
	})
}

// put writes a file that is not there yet, and evicts where it makes the store too large.
func (s *Store) put(name, end string, need int64, fill func(w io.Writer) error) error {
	path := s.path(name, end)
	s.mu.Lock()
	delete(s.bad, name)
	s.mu.Unlock()
	if exists(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("chunk store: %w", cause(err))
	}
	if err := s.leaves(filepath.Dir(path), need); err != nil {
		return err
	}
	size, err := s.write(path, fill)
	if err != nil {
		return fmt.Errorf("chunk store: %w", cause(err))
	}
	// What is there again was not evicted. Best effort: it only explains misses.
	_ = os.Remove(s.path(name, endTombstone))
	s.mu.Lock()
	s.size += size
	full := s.size > s.max
	s.mu.Unlock()
	if full {
		return s.evict(name)
	}
	return nil
}

// leaves reports, as an error, where so many bytes more would leave too little of the disk.
func (s *Store) leaves(dir string, need int64) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return fmt.Errorf("chunk store: %w", err)
	}
	if free := int64(st.Bavail) * st.Bsize; free-need < spared {
		return fmt.Errorf("chunk store: the disk has %d MiB free, and a cache leaves %d", free>>20, spared>>20)
	}
	return nil
}

// write makes the file under a temporary name and renames it. It is not synced:
// after a power cut the checksums turn what was lost into a miss.
func (s *Store) write(path string, fill func(w io.Writer) error) (size int64, err error) {
	// The time keeps clear of what a dead process of the same number left behind.
	temporary := fmt.Sprintf("%s.%d-%d-%d%s", path, os.Getpid(), s.seq.Add(1), time.Now().UnixNano(), endTemporary)
	f, err := s.create(temporary)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(temporary)))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<18)
	counted := &counter{w: w}
	err = fill(counted)
	if err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return counted.n, os.Rename(temporary, path)
}

// cause leaves out the path of a temporary file, which says nothing to anybody.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// quarantine moves a damaged file out of the way, with the reason in a file beside
// it, and returns words that say where it is now, for the end of a sentence.
func (s *Store) quarantine(name, end, reason string) string {
	dir := filepath.Join(s.dir, quarantineDir)
	path := filepath.Join(dir, name+end)
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.Rename(s.path(name, end), path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a read-only disk: remember it at least
		s.mu.Lock()
		s.bad[name] = true
		s.mu.Unlock()
		return ""
	}
	if err != nil { // another process was faster
		return ""
	}
	return s.aside(name, end, reason)
}

// aside writes down why a file is in quarantine, and says where it is.
func (s *Store) aside(name, end, reason string) string {
	dir := filepath.Join(s.dir, quarantineDir)
	_ = os.WriteFile(filepath.Join(dir, name+end+endReason), []byte(reason+"\n"), 0o644) // best effort: the words are in the run's events too
	s.bound(dir, end, maxQuarantined)
	// Below the cache folder: a run's events may leave this machine.
	return "; kept aside as " + filepath.Join(filepath.Base(s.dir), quarantineDir, name+end) + " of the cache"
}
