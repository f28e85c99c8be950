package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/run"
	"assay/core/worker"
	"assay/storage"
)

func newDB(s streams) *cobra.Command {
	return group("db", "Look after the database of runs", newDBCheck(s), newDBGC(s), newDBBackup(s), newDBStats(s))
}

func newDBCheck(s streams) *cobra.Command {
	var asJSON, salvage bool
	c := &cobra.Command{
		Use: "check", Short: "Check the database, its files and what lies beside it",
		Long: "check reads everything: the structure of the database, references between rows, the hash of all that is stored by\n" +
			"one, files without a row, rows and lock files without a run. It changes nothing, and ends with 3 where it finds a\n" +
			"problem. With --salvage a damaged database is then moved aside, never deleted, and all rows that can be read go\n" +
			"into a new one.",
		Example: "  assay db check\n  assay db check --json\n  assay db check --salvage",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := dbCheck(cmd.Context(), salvage)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(s.out, doc)
			} else {
				err = doc.print(s.out)
			}
			if err == nil && doc.Problem {
				err = exitError(run.ExitFound)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().BoolVar(&salvage, "salvage", false, "rescue what can be read of a damaged database")
	return c
}

// checkup is the document of `assay db check`.
type checkup struct {
	Problem bool            `json:"problem"`
	Checks  []storage.Check `json:"checks"`
	Salvage *storage.Rescue `json:"salvage,omitempty"`
}

func dbCheck(ctx context.Context, salvage bool) (checkup, error) {
	paths, err := config.Locate(config.Host())
	if err != nil {
		return checkup{}, err
	}
	o := storage.Options{Path: paths.DB(), Artifacts: paths.Artifacts(), Network: paths.Network != "", Now: time.Now}
	var doc checkup
	if doc.Checks, err = storage.Examine(ctx, o); err != nil {
		return doc, err
	}
	damaged := false
	for _, c := range doc.Checks {
		damaged = damaged || c.Status == "problem" && (c.Area == "database" || c.Area == "references")
	}
	if damaged && salvage {
		rescue, err := storage.Salvage(ctx, o)
		if err != nil {
			return doc, err
		}
		doc.Salvage = &rescue
	}
	doc.Problem = storage.Problem(doc.Checks)
	if damaged {
		return doc, nil // whoever opens it now reads from a damaged file
	}
	more, err := checkPlaces(ctx)
	doc.Checks = append(doc.Checks, more...)
	return doc, err
}

// checkPlaces looks at what lies beside the database.
func checkPlaces(ctx context.Context) ([]storage.Check, error) {
	a, err := openStore(ctx)
	if err != nil {
		return []storage.Check{{Area: "places", Status: "problem", Text: oneLine(err.Error())}}, nil
	}
	defer a.Close()
	left, err := a.launcher.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	unguarded, err := a.launcher.Unguarded(ctx)
	if err != nil {
		return nil, err
	}
	list := []storage.Check{}
	if len(left) > 0 {
		list = append(list, storage.Check{Area: "places", Status: "note", Text: fmt.Sprintf("%d files in %s belong to no run", len(left), a.paths.Runs()), Next: "assay db gc removes them"})
	}
	for _, r := range unguarded {
		list = append(list, storage.Check{Area: "places", Status: "note", Text: fmt.Sprintf("run %s is %s and has no lock file: nobody can tell whether it is alive", r.Name, r.State)})
	}
	if len(list) == 0 {
		list = append(list, storage.Check{Area: "places", Status: "ok", Text: "locks, logs and sockets belong to runs"})
	}
	return list, nil
}

func (c checkup) print(w io.Writer) error {
	t := table(w)
	for _, d := range c.Checks {
		fmt.Fprintf(t, "%s\t%s\t%s\n", d.Status, d.Area, d.Text)
		if d.Next != "" {
			fmt.Fprintf(t, "\t\tnext: %s\n", d.Next)
		}
	}
	if err := t.Flush(); err != nil || c.Salvage == nil {
		return err
	}
	fmt.Fprintf(w, "\nthe damaged database is now %s\n", c.Salvage.Aside)
	for _, table := range c.Salvage.Tables {
		if table.Fault != "" {
			fmt.Fprintf(w, "%s: %d rows were read, others are lost (%s)\n", table.Name, table.Rows, table.Fault)
		}
	}
	if c.Salvage.Orphan > 0 {
		fmt.Fprintf(w, "%d rows were left out, since what they belong to is lost\n", c.Salvage.Orphan)
	}
	if c.Salvage.Backup != "" {
		fmt.Fprintf(w, "the newest backup is %s\n", c.Salvage.Backup)
	}
	return nil
}

func newDBGC(s streams) *cobra.Command {
	var asJSON, dry bool
	keep := storage.DefaultKeep
	days := int(keep.Age.Hours() / 24)
	size := config.Bytes(keep.Bytes)
	c := &cobra.Command{
		Use: "gc", Short: "Remove old runs and files that nobody owns",
		Long: "gc removes runs that are neither among the newest nor young, and then, oldest first, runs beyond the newest until\n" +
			"everything takes no more than a limit. Runs with a star, a tag or a note, what descends from them, and live runs\n" +
			"stay. Files without an owner go too; where no other program is open, so do the lock files of removed runs, and the\n" +
			"database shrinks. --dry-run shows all this and changes nothing.",
		Example: "  assay db gc --dry-run\n  assay db gc --keep-runs 50 --keep-days 30",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep.Runs < 0 || days < 0 {
				return &run.Error{Code: run.EUsage, Text: "--keep-runs and --keep-days cannot be negative", Hint: "0 keeps none for that reason"}
			}
			now, err := current()
			if err != nil {
				return err
			}
			set := keepOf(now)
			if cmd.Flags().Changed("keep-runs") {
				set.Runs = keep.Runs
			}
			if cmd.Flags().Changed("keep-days") {
				set.Age = time.Duration(days) * 24 * time.Hour
			}
			if cmd.Flags().Changed("keep-size") {
				set.Bytes = int64(size)
			}
			keep = set
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			doc, err := a.collect(cmd.Context(), keep, dry)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, doc)
			}
			return doc.print(s.out)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().BoolVar(&dry, "dry-run", false, "show what would go, and change nothing")
	c.Flags().IntVar(&keep.Runs, "keep-runs", keep.Runs, "keep so many of the newest runs, whatever their age and size (setting db.keep_runs)")
	c.Flags().IntVar(&days, "keep-days", days, "keep runs that ended within so many days (setting db.keep_days)")
	c.Flags().Var(&size, "keep-size", "keep everything as long as it takes no more (setting db.keep_size)")
	return c
}

// collection is the document of `assay db gc`.
type collection struct {
	Dry       bool              `json:"dry_run"`
	Before    int64             `json:"size_bytes"` // of everything, before
	Runs      []storage.Expired `json:"runs"`
	Spared    []run.ID          `json:"spared"` // expired, but a process is behind them
	Artifacts storage.Swept     `json:"artifacts"`
	Leftovers []worker.Leftover `json:"leftovers"`
	Shrunk    int64             `json:"shrunk_bytes"`   // of the database file
	Busy      string            `json:"busy,omitempty"` // why lock files and the size of the file were left as they are
}

// aloneWithin is how long a collection waits for programs that are just ending.
const aloneWithin = time.Second

func (a *app) collect(ctx context.Context, keep storage.Keep, dry bool) (c collection, err error) {
	if err := a.store.Writable(); err != nil {
		return c, err
	}
	c.Dry, c.Spared = dry, []run.ID{}
	expired, total, err := a.store.Expired(ctx, keep)
	if err != nil {
		return c, err
	}
	c.Before, c.Runs = total, []storage.Expired{}
	for _, e := range expired {
		gone := true
		if !dry {
			if gone, err = a.launcher.Discard(ctx, e.ID); err != nil {
				return c, err
			}
		}
		if gone {
			c.Runs = append(c.Runs, e)
		} else {
			c.Spared = append(c.Spared, e.ID)
		}
	}
	if c.Artifacts, err = a.store.DropStrays(ctx, dry); err != nil {
		return c, err
	}
	if dry {
		c.Leftovers, err = a.launcher.Leftovers(ctx)
		return c, err
	}
	c.Leftovers = []worker.Leftover{}
	err = a.store.Alone(ctx, aloneWithin, func(ctx context.Context) error {
		if c.Leftovers, err = a.launcher.Tidy(ctx); err != nil {
			return err
		}
		before, after, err := a.store.Compact(ctx)
		c.Shrunk = before - after
		return err
	})
	if code := run.CodeOf(err); code == run.EDB || code == run.EDiskFull {
		c.Busy, err = oneLine(err.Error()), nil // what was removed is removed
	}
	return c, err
}

// keepOf is what the settings let a collection keep.
func keepOf(c config.Current) storage.Keep {
	return storage.Keep{Runs: c.Count("db.keep_runs"), Age: time.Duration(c.Count("db.keep_days")) * 24 * time.Hour, Bytes: int64(c.Bytes("db.keep_size"))}
}

// upkeep does what is due once a day and once a week, and says what it has done. It
// leaves everything as it is while a run is live, and takes no lock that a program
// which starts would wait for: lock files and the size of the database file are left
// to assay db gc.
func (a *app) upkeep(ctx context.Context) (string, error) {
	now := settings{a.paths}.Load()
	if now.Get("db.upkeep") == "off" || a.store.Writable() != nil {
		return "", nil
	}
	live, err := a.store.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}, Limit: 1})
	if err != nil || len(live) > 0 {
		return "", err
	}
	// The copy comes first: it still has what is removed then.
	if due, err := a.store.Due(ctx, "copied", 7*24*time.Hour); err != nil {
		return "", err
	} else if due {
		if _, err := a.store.BackupByItself(ctx); err != nil {
			return "", err
		}
	}
	due, err := a.store.Due(ctx, "collected", 24*time.Hour)
	if err != nil || !due {
		return "", err
	}
	expired, _, err := a.store.Expired(ctx, keepOf(now))
	if err != nil {
		return "", err
	}
	removed, freed := 0, int64(0)
	for _, e := range expired {
		gone, err := a.launcher.Discard(ctx, e.ID)
		if err != nil {
			return "", err
		}
		if gone {
			removed++
			freed += e.Bytes
		}
	}
	if _, err := a.store.DropStrays(ctx, false); err != nil || removed == 0 {
		return "", err
	}
	return fmt.Sprintf("removed %d old runs, %s; db.keep_runs and others in the settings say which stay", removed, config.Bytes(freed)), nil
}

func (c collection) print(w io.Writer) error {
	verb := "removed"
	if c.Dry {
		verb = "would remove"
	}
	freed := c.Artifacts.Bytes
	t := table(w)
	for _, e := range c.Runs {
		freed += e.Bytes
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", verb, e.ID, e.Name, config.Bytes(e.Bytes), e.Why)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %d runs, %d files without an owner, %d lock files and logs of removed runs; %s of %s\n",
		verb, len(c.Runs), c.Artifacts.Files, len(c.Leftovers), config.Bytes(freed), config.Bytes(c.Before))
	if len(c.Spared) > 0 {
		fmt.Fprintf(w, "%d runs stay: a process is behind them\n", len(c.Spared))
	}
	if c.Shrunk > 0 {
		fmt.Fprintf(w, "the database file is %s smaller\n", config.Bytes(c.Shrunk))
	}
	if c.Busy != "" {
		fmt.Fprintf(w, "lock files and the size of the database file stay as they are: %s\n", c.Busy)
	}
	return nil
}

func newDBBackup(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "backup [FILE]", Short: "Copy the database while runs go on",
		Long: "backup writes all that is committed to a new file, by default in the folder backups/ beside the database. The file\n" +
			"appears when it is whole and checked. Large arrays are files of their own and are not in it: copy the folder\n" +
			"artifacts/ beside it. To go back, end all programs and put the file in the place of assay.db.",
		Example: "  assay db backup\n  assay db backup /mnt/safe/assay.db",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				abs, err := filepath.Abs(args[0])
				if err != nil {
					return err
				}
				path = abs
			}
			a, err := openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			st, err := a.store.Stats(cmd.Context())
			if err != nil {
				return err
			}
			path, bytes, err := a.store.Backup(cmd.Context(), path)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, backupDoc{path, bytes, st.Files, st.FileBytes})
			}
			fmt.Fprintf(s.out, "%s, %s\n", path, config.Bytes(bytes))
			if st.Files > 0 {
				fmt.Fprintf(s.out, "not in it: %d files of %s in %s\n", st.Files, config.Bytes(st.FileBytes), a.paths.Artifacts())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// backupDoc is the document of `assay db backup`.
type backupDoc struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"size_bytes"`
	Files     int64  `json:"artifacts_not_included"`
	FileBytes int64  `json:"artifact_bytes_not_included"`
}

func newDBStats(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "stats", Short: "Say how large the database is and what takes the room",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			st, err := a.store.Stats(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, st)
			}
			return printStats(s.out, st)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printStats(w io.Writer, st storage.Stats) error {
	t := table(w)
	fmt.Fprintf(t, "database\t%s\n", st.Path)
	fmt.Fprintf(t, "schema\t%d, journal %s\n", st.Schema, st.Journal)
	fmt.Fprintf(t, "size\t%s, %s of it free; log %s\n", config.Bytes(st.Bytes), config.Bytes(st.FreeBytes), config.Bytes(st.LogBytes))
	fmt.Fprintf(t, "files\t%d of %s; backups %s\n", st.Files, config.Bytes(st.FileBytes), config.Bytes(st.Backups))
	fmt.Fprintf(t, "runs from\t%s to %s\n", clock(st.OldestMs), clock(st.NewestMs))
	for _, group := range []struct {
		name string
		list []storage.Tally
	}{{"state", st.States}, {"kind", st.Kinds}, {"table", st.Tables}} {
		for _, x := range group.list {
			fmt.Fprintf(t, "%s\t%s\t%d\n", group.name, x.Name, x.Rows)
		}
	}
	for _, l := range st.Largest {
		fmt.Fprintf(t, "largest\t%s\t%s\n", l.Name, config.Bytes(l.Bytes))
	}
	return t.Flush()
}
