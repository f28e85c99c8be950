package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"assay/storage"
)

// machine makes surroundings of files and variables.
func machine(user string, files, env map[string]string) surroundings {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return surroundings{root: root, getenv: func(key string) string { return env[key] }, user: user}
}

func TestWhatEndsDetachedRuns(t *testing.T) {
	const scope, manager = "0::/user.slice/user-1000.slice/session-3.scope\n", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/tmux.scope\n"
	with := func(group string, more ...string) map[string]string {
		files := map[string]string{"run/systemd/system/x": "", "proc/self/cgroup": group}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	const on = "[Login]\nKillUserProcesses=yes\n"
	for _, tt := range []struct {
		name       string
		user       string
		files, env map[string]string
		text, next string // "" means that nothing does
	}{
		{name: "nothing", user: "user", files: map[string]string{"proc/self/cgroup": "0::/\n"}},
		{name: "a job of Slurm", user: "user", files: with(scope), env: map[string]string{"SLURM_JOB_ID": "4711"}, text: "inside job 4711 of Slurm", next: "sbatch --wrap"},
		{name: "a login that leaves processes alone", user: "user", files: with(scope, "etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=no\n")},
		{name: "a login without any file", user: "user", files: with(scope)},
		{name: "a login that kills", user: "user", files: with(scope, "etc/systemd/logind.conf", on), text: "KillUserProcesses=yes", next: "loginctl enable-linger && systemd-run --user --scope"},
		{name: "a login that kills by default", user: "user", files: with(scope, "usr/lib/systemd/logind.conf", "#KillUserProcesses=yes\n"), text: "KillUserProcesses=yes", next: "loginctl"},
		{name: "a lingering login that kills", user: "user", files: with(scope, "etc/systemd/logind.conf", on, "var/lib/systemd/linger/user", ""), text: "KillUserProcesses=yes", next: "systemd-run --user --scope"},
		{name: "root is excluded", user: "root", files: with(scope, "etc/systemd/logind.conf", on)},
		{name: "others only", user: "user", files: with(scope, "etc/systemd/logind.conf", on+"KillOnlyUsers=bob guest\n")},
		{name: "among others", user: "user", files: with(scope, "etc/systemd/logind.conf", on+"KillOnlyUsers=bob user\n"), text: "KillUserProcesses=yes", next: "loginctl"},
		{name: "a later drop-in wins", user: "user", files: with(scope, "etc/systemd/logind.conf", on, "usr/lib/systemd/logind.conf.d/50-x.conf", "[Login]\nKillUserProcesses=no\n")},
		{name: "a drop-in in /etc hides its namesake", user: "user", files: with(scope, "etc/systemd/logind.conf.d/50-x.conf", on, "usr/lib/systemd/logind.conf.d/50-x.conf", "KillUserProcesses=no\n"), text: "KillUserProcesses=yes", next: "loginctl"},
		{name: "the user manager", user: "user", files: with(manager), text: "user manager, which ends with your last login", next: "loginctl enable-linger"},
		{name: "the user manager that lingers", user: "user", files: with(manager, "var/lib/systemd/linger/user", "")},
		{name: "an older machine", user: "user", files: with("4:memory:/x\n1:name=systemd:/user.slice/user-1000.slice/session-9.scope\n", "etc/systemd/logind.conf", on), text: "KillUserProcesses=yes", next: "loginctl"},
		{name: "a container", user: "user", files: map[string]string{".dockerenv": ""}, text: "inside a container"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := machine(tt.user, tt.files, tt.env).examineLogout()
			if (d.Status == "ok") != (tt.text == "") || !strings.Contains(d.Text, tt.text) || !strings.HasPrefix(d.Next, tt.next) || d.Area != "logout" {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestTheWarningIsGivenOnce(t *testing.T) {
	store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(t.TempDir(), "assay.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	slurm := func(id string) surroundings { return machine("user", nil, map[string]string{"SLURM_JOB_ID": id}) }
	for i, step := range []struct {
		m    surroundings
		want string
	}{
		{machine("user", nil, nil), ""},
		{slurm("1"), "note: inside job 1 of Slurm: detached runs end when the job does; sbatch --wrap 'assay ...'\n"},
		{slurm("2"), ""},
		{machine("user", map[string]string{".dockerenv": ""}, nil), ""}, // nothing helps
		{machine("user", nil, map[string]string{"PBS_JOBID": "3"}), "note: inside job 3 of PBS: detached runs end when the job does; echo 'assay ...' | qsub\n"},
	} {
		var errs bytes.Buffer
		tellLogout(context.Background(), streams{err: &errs}, store, step.m)
		if errs.String() != step.want {
			t.Errorf("step %d: %q, want %q", i, errs.String(), step.want)
		}
	}
}
