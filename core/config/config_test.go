package config_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/core/config"
	"assay/core/run"
)

// system is a machine with these variables, whose network file systems lie
// under the given directories.
func system(env map[string]string, networks map[string]string) config.System {
	return config.System{
		Getenv: func(key string) string { return env[key] },
		UID:    1234,
		Network: func(path string) (string, error) {
			for dir, name := range networks {
				if strings.HasPrefix(path, dir) {
					return name, nil
				}
			}
			return "", nil
		},
	}
}

func TestLocate(t *testing.T) {
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name             string
		env, nets        map[string]string
		db, runs, config string
		network, notice  string
	}{
		{name: "home", env: map[string]string{"HOME": "/home/user"},
			db: "/home/user/.local/share/assay/assay.db", runs: "/home/user/.local/state/assay/runs", config: "/home/user/.config/assay"},
		{name: "base directories", env: map[string]string{"HOME": "/home/user", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "relative"},
			db: "/d/assay/assay.db", runs: "/s/assay/runs", config: "/home/user/.config/assay"},
		{name: "everything in one place", env: map[string]string{"ASSAY_HOME": "/a", "HOME": "/home/user", "XDG_DATA_HOME": "/d"},
			db: "/a/data/assay.db", runs: "/a/state/runs", config: "/a/config"},
		{name: "a relative place becomes absolute", env: map[string]string{"ASSAY_HOME": "a"},
			db: cwd + "/a/data/assay.db", runs: cwd + "/a/state/runs", config: cwd + "/a/config"},
		{name: "a network home moves", env: map[string]string{"HOME": "/net/user"}, nets: map[string]string{"/net": "NFS"},
			db: "/var/tmp/assay-1234/data/assay.db", runs: "/var/tmp/assay-1234/state/runs", config: "/net/user/.config/assay",
			notice: "/net/user/.local/share/assay is on NFS"},
		{name: "a place set by hand is obeyed", env: map[string]string{"ASSAY_HOME": "/net/x"}, nets: map[string]string{"/net": "Lustre"},
			db: "/net/x/data/assay.db", runs: "/net/x/state/runs", config: "/net/x/config", network: "Lustre", notice: "/net/x is on Lustre"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := config.Locate(system(tt.env, tt.nets))
			if err != nil {
				t.Fatal(err)
			}
			if p.DB() != tt.db || p.Runs() != tt.runs || p.Config != tt.config || p.Network != tt.network || !strings.Contains(p.Notice, tt.notice) || (tt.notice == "") != (p.Notice == "") {
				t.Errorf("%+v", p)
			}
			// Another process, elsewhere, finds the same.
			env := map[string]string{}
			maps.Copy(env, tt.env)
			for _, kv := range p.Environ() {
				k, v, _ := strings.Cut(kv, "=")
				env[k] = v
			}
			t.Chdir(t.TempDir())
			if q, err := config.Locate(system(env, tt.nets)); err != nil || q.DB() != p.DB() || q.Runs() != p.Runs() || q.Cache != p.Cache {
				t.Errorf("a worker finds %+v, %v", q, err)
			}
		})
	}
}

func TestLocateErrors(t *testing.T) {
	if _, err := config.Locate(system(nil, nil)); run.CodeOf(err) != run.EDB || !strings.Contains(err.Error(), "HOME is not set") {
		t.Errorf("without a home: %v", err)
	}
	broken := system(map[string]string{"HOME": "/home/user"}, nil)
	broken.Network = func(string) (string, error) { return "", errors.New("no answer") }
	if _, err := config.Locate(broken); run.CodeOf(err) != run.EDB || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("a file system that does not answer: %v", err)
	}
}

func TestThisMachineIsAsked(t *testing.T) {
	t.Setenv("ASSAY_HOME", filepath.Join(t.TempDir(), "not", "yet"))
	p, err := config.Locate(config.Host())
	if err != nil || !strings.HasSuffix(p.DB(), "not/yet/data/assay.db") {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCreateClosesTheDirectoriesToOthers(t *testing.T) {
	home := filepath.Join(t.TempDir(), "a")
	p, err := config.Locate(system(map[string]string{"ASSAY_HOME": home}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.Runs(), 0o777); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Create(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{p.Data, p.Cache, p.Runs(), p.Leases(), p.Logs(), p.Artifacts()} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", dir, info, err)
		}
	}
	if err := p.Writable(); err != nil {
		t.Error(err)
	}
}

func TestDirectoriesOfAnotherUserAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory to another user")
	}
	for _, which := range []string{"runs", "leases"} {
		p, err := config.Locate(system(map[string]string{"ASSAY_HOME": filepath.Join(t.TempDir(), "a")}, nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Create(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(p.State, which), 54321, 54321); err != nil {
			t.Fatal(err)
		}
		err = p.Create()
		if run.CodeOf(err) != run.EDB || !strings.Contains(err.Error(), "state/"+which+" belongs to user 54321, not to you; ") {
			t.Errorf("%s: %v", which, err)
		}
	}
}

func TestCreateNamesThePlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for home, code := range map[string]run.Code{
		file:                  run.EDB, // a file where a directory should be
		"/proc/self/fdinfo/x": "",      // nobody can make directories here; the kernel says why in its own way
	} {
		p, err := config.Locate(system(map[string]string{"ASSAY_HOME": home}, nil))
		if err != nil {
			t.Fatal(err)
		}
		err = p.Create()
		var e *run.Error
		if !errors.As(err, &e) || code != "" && e.Code != code || !strings.Contains(err.Error(), home) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", home, err)
		}
	}
}
