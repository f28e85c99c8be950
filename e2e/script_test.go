//go:build e2e

package e2e

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // looks into the database from outside
	"github.com/rogpeppe/go-internal/testscript"

	"assay/core/prune/tensors"
)

// The scripts of testdata/script state what commands print and how they end. Beside
// the commands of testscript they have these:
//
//	exit N[,M] CMD...   runs CMD and wants one of the exit codes
//	within D CMD...     runs CMD, wants exit code 0 in less than the duration
//	field PATH OP WANT  compares a value of the JSON on stdout; OP is == != < <= > >= or matches; see lookup for PATH
//	fields PATH A,B,... the keys that the object at PATH must have ("." is the whole document)
//	take VAR PATH       puts a value of the JSON on stdout into a variable
//	save FILE           keeps stdout in a file
//	oneline             the last command wrote one line on stderr
//	same FILE FILE [PATH]
//	                    two JSON files are equal (at PATH) but for run_id and fields that end in _ms
//	jsonlines STREAM    every line of the stream is a JSON object; with ! some line is not
//	ids FILE N          writes a prompt file whose first chunk has N token ids
//	model DIR           copies the demo model to DIR
//	set FILE KEY VALUE  changes a key of a JSON file; VALUE is JSON
//	chop FILE BYTES     keeps the first BYTES of a file; -N cuts N bytes off its end
//	poke FILE AT HEX    overwrites bytes; data+N counts from where the tensors of a safetensors file begin
//	tensors FILE NAME SHAPE VALUES...
//	                    writes a safetensors file; VALUES are repeated to fill the shape, u8: in front makes bytes
//	sql DB QUERY WANT   the first value that a query returns
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("ASSAY_HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("LANG", "C.UTF-8")
			e.Setenv("TZ", "UTC")
			for _, name := range []string{"GOMODCACHE", "GOCACHE"} { // reproducers are built there
				dir, err := exec.Command("go", "env", name).Output()
				if err != nil {
					return err
				}
				e.Setenv(name, strings.TrimSpace(string(dir)))
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":      cmdExit,
			"within":    cmdWithin,
			"field":     cmdField,
			"fields":    cmdFields,
			"take":      cmdTake,
			"save":      cmdSave,
			"oneline":   cmdOneLine,
			"same":      cmdSame,
			"jsonlines": cmdJSONLines,
			"ids":       cmdIDs,
			"model":     cmdModel,
			"set":       cmdSet,
			"chop":      cmdChop,
			"poke":      cmdPoke,
			"tensors":   cmdTensors,
			"sql":       cmdSQL,
		},
	})
}

func arguments(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

// whole is the file that holds all of stdout; the script's own stdout, which a
// failing test prints, holds the beginning.
const whole = ".stdout"

// execute runs a command, keeps what it printed, and returns its exit code.
func execute(ts *testscript.TestScript, args []string) int {
	name := args[0]
	if name == "assay" {
		name = program
	}
	cmd := exec.Command(name, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environ(ts.Getenv("ASSAY_HOME"), "ASSAY_THREADS="+ts.Getenv("ASSAY_THREADS"), "ASSAY_CPU_ISA="+ts.Getenv("ASSAY_CPU_ISA"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(whole), out.Bytes(), 0o600))
	fmt.Fprint(ts.Stdout(), cut(out.String()))
	fmt.Fprint(ts.Stderr(), errs.String())
	return cmd.ProcessState.ExitCode()
}

func cmdExit(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "exit N[,M] CMD...")
	code := execute(ts, args[1:])
	if !slices.Contains(strings.Split(args[0], ","), strconv.Itoa(code)) {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func cmdWithin(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "within DURATION CMD...")
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	start := time.Now()
	if code := execute(ts, args[1:]); code != 0 {
		ts.Fatalf("exit code %d, want 0", code)
	}
	if took := time.Since(start); took > limit {
		ts.Fatalf("took %v, want at most %v", took, limit)
	}
}

func cmdField(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, "field PATH OP WANT")
	value, err := lookup(stdout(ts), args[0])
	ts.Check(err)
	got, want := scalar(value), strings.Join(args[2:], " ")
	holds := false
	switch args[1] {
	case "==":
		holds = got == want
	case "!=":
		holds = got != want
	case "matches":
		holds = regexp.MustCompile(want).MatchString(got)
	case "<", "<=", ">", ">=":
		x, err := strconv.ParseFloat(got, 64)
		ts.Check(err)
		y, err := strconv.ParseFloat(want, 64)
		ts.Check(err)
		holds = map[string]bool{"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[args[1]]
	default:
		ts.Fatalf("unknown comparison %s", args[1])
	}
	if !holds {
		ts.Fatalf("%s is %s, want %s %s", args[0], got, args[1], want)
	}
}

func cmdFields(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "fields PATH A,B,...")
	value, err := lookup(stdout(ts), args[0])
	ts.Check(err)
	object, ok := value.(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object", args[0])
	}
	for key := range strings.SplitSeq(args[1], ",") {
		if _, ok := object[key]; !ok {
			ts.Fatalf("%s has no field %s", args[0], key)
		}
	}
}

func cmdTake(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "take VAR PATH")
	value, err := lookup(stdout(ts), args[1])
	ts.Check(err)
	ts.Setenv(args[0], scalar(value))
}

func cmdSave(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "save FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(whole)), 0o600))
}

func cmdOneLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: oneline")
	}
	if text := ts.ReadFile("stderr"); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "assay: E-") {
		ts.Fatalf("want one line that begins with assay: E-...")
	}
}

func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: same FILE FILE [PATH]")
	}
	var docs [2]any
	for i, file := range args[:2] {
		doc, err := decode(ts.ReadFile(file))
		ts.Check(err)
		if len(args) == 3 {
			doc, err = lookup(doc, args[2])
			ts.Check(err)
		}
		docs[i] = lasting(doc)
	}
	switch d := difference(docs[0], docs[1]); {
	case d != "" && !neg:
		ts.Fatalf("%s and %s differ: %s", args[0], args[1], d)
	case d == "" && neg:
		ts.Fatalf("%s and %s are the same", args[0], args[1])
	}
}

func cmdJSONLines(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: jsonlines STREAM")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	for _, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			if neg {
				return
			}
			ts.Fatalf("not a JSON object: %q", line)
		}
	}
	if neg {
		ts.Fatalf("all %d lines are JSON", len(lines))
	}
}

func cmdIDs(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "ids FILE N")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	chunk := make([]int, n)
	for i := range chunk {
		chunk[i] = 5 + i%4000 // past the special tokens, below the vocabulary of 4,096
	}
	b, err := json.Marshal(map[string]any{"prefix": []int{0}, "chunks": [][]int{chunk}, "question": []int{7, 8}})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func cmdModel(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "model DIR")
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(demoModel)))
}

// demoModel is the folder that the binary embeds.
var demoModel = func() string {
	dir, err := filepath.Abs(filepath.Join("..", "core", "model", "demo", "recall-7m"))
	if err != nil {
		panic(err)
	}
	return dir
}()

func cmdSet(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, "set FILE KEY VALUE")
	doc, err := decode(ts.ReadFile(args[0]))
	ts.Check(err)
	value, err := decode(args[2])
	ts.Check(err)
	doc.(map[string]any)[args[1]] = value
	b, err := json.Marshal(doc)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

func cmdChop(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "chop FILE BYTES")
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	if n < 0 {
		info, err := os.Stat(path)
		ts.Check(err)
		n += info.Size()
	}
	ts.Check(os.Truncate(path, n))
}

func cmdPoke(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 3, "poke FILE AT HEX")
	bytes, err := hex.DecodeString(args[2])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	offset, inData := strings.CutPrefix(args[1], "data+")
	at, err := strconv.ParseInt(offset, 10, 64)
	ts.Check(err)
	if inData {
		var header [8]byte
		_, err := f.ReadAt(header[:], 0)
		ts.Check(err)
		at += 8 + int64(binary.LittleEndian.Uint64(header[:]))
	}
	_, err = f.WriteAt(bytes, at)
	ts.Check(err)
}

func cmdTensors(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 4, "tensors FILE NAME SHAPE VALUES...")
	var list []tensors.Tensor
	for rest := args[1:]; len(rest) >= 3; rest = rest[3:] {
		t := tensors.Tensor{Name: rest[0]}
		size := 1
		for side := range strings.SplitSeq(rest[1], "x") {
			n, err := strconv.Atoi(side)
			ts.Check(err)
			t.Shape, size = append(t.Shape, n), size*n
		}
		text, bytes := strings.CutPrefix(rest[2], "u8:")
		values := strings.Split(text, ",")
		for i := range size {
			v, err := strconv.ParseFloat(values[i%len(values)], 32)
			ts.Check(err)
			if bytes {
				t.Bytes = append(t.Bytes, byte(v))
			} else {
				t.Floats = append(t.Floats, float32(v))
			}
		}
		list = append(list, t)
	}
	ts.Check(tensors.Write(ts.MkAbs(args[0]), list, nil))
}

func cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "sql DB QUERY [WANT]")
	db, err := sql.Open("sqlite3", "file:"+ts.MkAbs(args[0])+"?mode=rw&_busy_timeout=5000")
	ts.Check(err)
	defer db.Close()
	if len(args) == 2 {
		_, err := db.Exec(args[1])
		ts.Check(err)
		return
	}
	var got string
	ts.Check(db.QueryRow(args[1]).Scan(&got))
	if got != args[2] {
		ts.Fatalf("%s: %s, want %s", args[1], got, args[2])
	}
}

func stdout(ts *testscript.TestScript) any {
	doc, err := decode(ts.ReadFile(whole))
	ts.Check(err)
	return doc
}

// scalar writes a value as a script names it: texts without quotes.
func scalar(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
