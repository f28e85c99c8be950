package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path"
	"regexp"
	"slices"
	"strings"

	"assay/storage"
)

// Detached runs outlive the terminal; what may still end them when a person
// logs out is a batch system, systemd-logind or the stop of a container. Each
// leaves traces that can be read without asking a service.

// surroundings are what is read of the machine; tests give their own.
type surroundings struct {
	root   fs.FS // of the file system
	getenv func(string) string
	user   string
}

func thisMachine() surroundings {
	s := surroundings{root: os.DirFS("/"), getenv: os.Getenv, user: fmt.Sprint(os.Getuid())}
	if u, err := user.Current(); err == nil {
		s.user = u.Username
	}
	return s
}

// batchSystems are recognised by a variable that they set in a job. How names a
// command that makes the run itself a job.
var batchSystems = []struct{ variable, name, how string }{
	{"SLURM_JOB_ID", "Slurm", "sbatch --wrap 'assay ...'"},
	{"PBS_JOBID", "PBS", "echo 'assay ...' | qsub"},
	{"LSB_JOBID", "LSF", "bsub assay ..."},
	{"OAR_JOB_ID", "OAR", "oarsub 'assay ...'"},
	{"FLUX_JOB_ID", "Flux", "flux submit assay ..."},
}

// examineLogout says what ends detached runs, and the one command that helps.
func (s surroundings) examineLogout() diagnosis {
	note := func(next, format string, args ...any) diagnosis {
		return diagnosis{Area: "logout", Status: "note", Text: fmt.Sprintf(format, args...), Next: next}
	}
	for _, b := range batchSystems {
		if id := s.getenv(b.variable); id != "" {
			return note(b.how, "inside job %s of %s: detached runs end when the job does", id, b.name)
		}
	}
	if s.exists("run/systemd/system") {
		linger := s.exists("var/lib/systemd/linger/" + s.user)
		switch group := s.group(); {
		case loginScope.MatchString(group) && s.killsAtLogout():
			next := "systemd-run --user --scope assay ..."
			if !linger {
				next = "loginctl enable-linger && " + next
			}
			return note(next, "systemd-logind ends everything of a login when you log out (KillUserProcesses=yes), detached runs too")
		case userManager.MatchString(group) && !linger:
			return note("loginctl enable-linger", "detached runs belong to your user manager, which ends with your last login")
		}
	}
	if s.exists(".dockerenv") || s.exists("run/.containerenv") || s.getenv("container") != "" {
		return note("", "inside a container: detached runs end when it stops")
	}
	return diagnosis{Area: "logout", Status: "ok", Text: "detached runs go on when you log out"}
}

var (
	loginScope  = regexp.MustCompile(`/session-[^/]+\.scope$`)
	userManager = regexp.MustCompile(`/user@[0-9]+\.service(/|$)`)
)

func (s surroundings) exists(name string) bool {
	_, err := fs.Stat(s.root, name)
	return err == nil
}

// group is the control group of this process in the hierarchy of systemd.
func (s surroundings) group() string {
	text, err := fs.ReadFile(s.root, "proc/self/cgroup")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		// 0::PATH, or N:name=systemd:PATH on older machines.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[0] == "0" && parts[2] != "/" || parts[1] == "name=systemd") {
			return parts[2]
		}
	}
	return ""
}

// logindDirs hold logind.conf and logind.conf.d, those that win first.
var logindDirs = []string{"etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd"}

// killsAtLogout reads whether systemd-logind ends what this user leaves behind.
func (s surroundings) killsAtLogout() bool {
	set := map[string]string{"KillExcludeUsers": "root"} // as built in
	for _, dir := range logindDirs {
		if text, err := fs.ReadFile(s.root, dir+"/logind.conf"); err == nil {
			// What distributions ship states the built-in values as comments.
			assign(set, strings.ReplaceAll(string(text), "#Kill", "Kill"), "KillUserProcesses")
			assign(set, string(text), "KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")
			break
		}
	}
	dropIns := map[string]string{} // by name: one in /etc hides one of the same name in /usr
	for _, dir := range logindDirs {
		list, err := fs.Glob(s.root, dir+"/logind.conf.d/*.conf")
		if err != nil {
			continue // the pattern is a constant
		}
		for _, file := range list {
			if dropIns[path.Base(file)] == "" {
				dropIns[path.Base(file)] = file
			}
		}
	}
	names := make([]string, 0, len(dropIns))
	for name := range dropIns {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if text, err := fs.ReadFile(s.root, dropIns[name]); err == nil {
			assign(set, string(text), "KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")
		}
	}
	if !slices.Contains([]string{"yes", "true", "on", "1"}, strings.ToLower(set["KillUserProcesses"])) || slices.Contains(strings.Fields(set["KillExcludeUsers"]), s.user) {
		return false
	}
	only := strings.Fields(set["KillOnlyUsers"])
	return len(only) == 0 || slices.Contains(only, s.user)
}

// assign takes the settings with these keys from a file of systemd.
func assign(set map[string]string, text string, keys ...string) {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if key = strings.TrimSpace(key); found && slices.Contains(keys, key) {
			set[key] = strings.TrimSpace(value)
		}
	}
}

const (
	toldOwner = "assay"
	toldKey   = "logout-told"
)

// tellLogout warns once, at the first detached run, where it may not outlive
// the login. That it cannot be remembered is no reason to fail: then it is said again.
func tellLogout(ctx context.Context, s streams, store *storage.Store, m surroundings) {
	d := m.examineLogout()
	if d.Next == "" {
		return // nothing ends it, or nothing helps
	}
	told, _, err := store.View(ctx, toldOwner, toldKey)
	if err != nil || string(told) == d.told() {
		return
	}
	fmt.Fprintf(s.err, "note: %s; %s\n", d.Text, d.Next)
	if err := store.PutView(ctx, toldOwner, toldKey, json.RawMessage(d.told())); err != nil {
		fmt.Fprintf(s.err, "note: this cannot be remembered: %s\n", oneLine(err.Error()))
	}
}

// told is what is remembered of a warning: another one is said again, a job of
// the same batch system is not.
func (d diagnosis) told() string {
	text, err := json.Marshal(d.Next)
	if err != nil {
		return `""` // a string always marshals
	}
	return string(text)
}
