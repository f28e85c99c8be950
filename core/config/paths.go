package config

import (
	"fmt"
	"os"
	"path/filepath"

	"assay/core/run"
)

// Paths holds the directories of one user, all absolute.
type Paths struct {
	Home   string // ASSAY_HOME or the local stand-in for a network home; "" where the XDG directories hold
	Config string
	Data   string
	Cache  string
	State  string

	// Network is the name of the network file system that Data lies on, "" on a
	// local disk: the database then needs its journal in a plain file.
	Network string
	// Notice is one sentence for the person where the place is not the usual one
	// or not a good one; "" otherwise.
	Notice string
}

// DB returns the path of the database.
func (p Paths) DB() string { return filepath.Join(p.Data, "assay.db") }

// Lock returns the path of the lock file that every program holds shared, and
// a migration exclusively.
func (p Paths) Lock() string { return filepath.Join(p.Data, "assay.lock") }

// Artifacts returns the directory of the files by hash.
func (p Paths) Artifacts() string { return filepath.Join(p.Data, "artifacts") }

// Files returns the directory of the files that runs leave, a folder a run.
func (p Paths) Files() string { return filepath.Join(p.Data, "files") }

// Backups returns the directory of the copies of the database made before migrations.
func (p Paths) Backups() string { return filepath.Join(p.Data, "backups") }

// Runs returns the directory of the locks, sockets and logs of runs.
func (p Paths) Runs() string { return filepath.Join(p.State, "runs") }

// Screens returns the directory of the locks of screens.
func (p Paths) Screens() string { return filepath.Join(p.State, "screens") }

// Leases returns the directory of the locked files that stand for slots and devices.
func (p Paths) Leases() string { return filepath.Join(p.State, "leases") }

// Logs returns the directory of the logs of screens and commands.
func (p Paths) Logs() string { return filepath.Join(p.State, "logs") }

// keysName is the file of key bindings.
const keysName = "keys.toml"

// File returns the path of the settings of the person.
func (p Paths) File() string { return filepath.Join(p.Config, "config.toml") }

// Keys returns the path of the key bindings.
func (p Paths) Keys() string { return filepath.Join(p.Config, keysName) }

// Themes returns the directory of the themes of the person.
func (p Paths) Themes() string { return filepath.Join(p.Config, "themes") }

// Environ returns the settings that make another process, started in another
// directory, find the same places.
func (p Paths) Environ() []string {
	if p.Home == "" {
		return nil
	}
	return []string{"ASSAY_HOME=" + p.Home}
}

// System is what Locate asks about the machine; tests put their own answers in.
type System struct {
	Getenv func(key string) string
	UID    int
	// Network returns the name of the network file system under the path, or
	// under its nearest parent that exists; "" for a local one.
	Network func(path string) (string, error)
}

// Host returns the System of this process.
func Host() System {
	return System{Getenv: os.Getenv, UID: os.Getuid(), Network: networkName}
}

// Locate works out the paths without making anything. The error is an
// *run.Error: no place is known, or the file system cannot be asked.
func Locate(s System) (Paths, error) {
	if home := s.Getenv("ASSAY_HOME"); home != "" {
		return s.byHand(home)
	}
	p, err := s.xdg()
	if err != nil {
		return Paths{}, err
	}
	name, err := s.Network(p.Data)
	if err != nil {
		return Paths{}, unusable(p.Data, err)
	}
	if name == "" {
		return p, nil
	}
	local := fmt.Sprintf("/var/tmp/assay-%d", s.UID)
	notice := fmt.Sprintf("%s is on %s, which has no reliable locks: runs are kept in %s; set ASSAY_HOME to choose another place", p.Data, name, local)
	config := p.Config // settings are read, never locked: they may stay at home
	p = under(local)
	p.Config, p.Notice = config, notice
	return p, nil
}

func (s System) byHand(home string) (Paths, error) {
	abs, err := filepath.Abs(home)
	if err != nil {
		return Paths{}, unusable(home, err)
	}
	p := under(abs)
	if p.Network, err = s.Network(p.Data); err != nil {
		return Paths{}, unusable(p.Data, err)
	}
	if p.Network != "" {
		p.Notice = fmt.Sprintf("ASSAY_HOME %s is on %s: locks may fail there and the database is slower; a local disk is better", abs, p.Network)
	}
	return p, nil
}

func (s System) xdg() (Paths, error) {
	dir := func(key, fallback string) string {
		if v := s.Getenv(key); filepath.IsAbs(v) { // the base directory specification ignores relative ones
			return filepath.Join(v, "assay")
		}
		home := s.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		return filepath.Join(home, fallback, "assay")
	}
	p := Paths{
		Config: dir("XDG_CONFIG_HOME", ".config"),
		Data:   dir("XDG_DATA_HOME", ".local/share"),
		Cache:  dir("XDG_CACHE_HOME", ".cache"),
		State:  dir("XDG_STATE_HOME", ".local/state"),
	}
	if p.Config == "" || p.Data == "" || p.Cache == "" || p.State == "" {
		return Paths{}, &run.Error{Code: run.EDB, Text: "no place for runs is known: HOME is not set", Hint: "set ASSAY_HOME to a directory on a local disk"}
	}
	return p, nil
}

func under(home string) Paths {
	return Paths{
		Home:   home,
		Config: filepath.Join(home, "config"),
		Data:   filepath.Join(home, "data"),
		Cache:  filepath.Join(home, "cache"),
		State:  filepath.Join(home, "state"),
	}
}
