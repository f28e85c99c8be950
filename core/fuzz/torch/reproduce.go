package torch

import (
	"context"
	_ "embed" // for the frame of reproducers
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

//go:embed reproduce.py
var frame string

// Reproduce implements fuzz.Target: one Python file that imports torch alone.
func (t Target) Reproduce(f fuzz.FindingDoc) (fuzz.Reproducer, error) {
	python, err := t.find(context.Background())
	if err != nil { // it has gone since; running the file says so
		if python = t.Python; python == "" {
			python = "/usr/bin/python3"
		}
	}
	w := &script{}
	path := f.Case.Call
	if path == "" {
		path = f.Case.API
	}
	w.upper, w.copies = strings.HasSuffix(f.Case.API, ".triangular_solve"), strings.HasSuffix(path, "_")
	for _, k := range f.Case.Kwargs {
		switch k.Name {
		case "upper":
			w.upper = k.Value.Bool
		case "inplace":
			w.copies = true
		}
	}
	call, err := w.call(f.Case)
	if err != nil {
		return fuzz.Reproducer{}, err
	}
	check, tolerance := check(f)
	signal := ""
	if f.Signal != "" {
		signal = " (here: it dies by " + f.Signal + ")"
	}
	text := strings.NewReplacer(
		"@TITLE@", oneLine(f.Title), "@LIBRARY@", f.Library+"; "+oneLine(short(f.Build, 160)), "@CATEGORY@", f.Category, "@WRONG@", string(f.Wrong), "@PATTERN@", oneLine(f.Pattern),
		"@SIGNATURE@", oneLine(f.Signature), "@RUN@", python+" repro.py", "@SIGNAL@", signal,
		"@INPUTS@", strings.Join(w.lines, "\n"), "@API@", api(path), "@NAMES@", strings.Join(w.names, ", "), "@SEED@", strconv.FormatInt(f.Case.Seed, 10),
		"@CALL@", call, "@LIST@", strings.Join(w.names, ", "), "@TOLERANCE@", tolerance, "@ORDER@", strconv.Itoa(f.Order), "@CHECK@", check,
	).Replace(frame)
	return fuzz.Reproducer{Files: map[string][]byte{"repro.py": []byte(text)}, Entry: "repro.py", Run: []string{python, "repro.py"},
		Env: []string{"OMP_NUM_THREADS=1"}, Timeout: time.Minute}, nil
}

func short(s string, n int) string { return s[:min(len(s), n)] }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// api defines the callable of a name.
func api(path string) string {
	if rest, ok := strings.CutPrefix(path, "opinfo:"); ok {
		name, variant, _ := strings.Cut(rest, ":")
		return fmt.Sprintf(`# The database of operations that torch ships wraps this one.
import types
import unittest
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase, ACCEPT=False))
from torch.testing._internal.common_methods_invocations import op_db
API = next(op.op for op in op_db if op.name == %s and op.variant_test_name == %s)`, quote(name), quote(variant))
	}
	return "API = " + path + "\nif not callable(API):  # a property\n    API = API.__get__"
}

// script collects the definitions that a call needs.
type script struct {
	upper  bool // of the call: which triangle is read
	copies bool // the call writes into its arguments
	lines  []string
	names  []string // of differentiable tensors, in order
	frozen int
}

func (w *script) call(c *fuzz.Case) (string, error) {
	var words []string
	for _, a := range c.Args {
		text, err := w.value(a)
		if err != nil {
			return "", err
		}
		words = append(words, text)
	}
	for _, k := range c.Kwargs {
		text, err := w.value(k.Value)
		if err != nil {
			return "", err
		}
		words = append(words, k.Name+"="+text)
	}
	text := "API(" + strings.Join(words, ", ") + ")"
	if c.Post == "abs" {
		text = "[o.abs() if o.dtype.is_floating_point or o.dtype.is_complex else o for o in leaves(" + text + ")]"
	}
	return text, nil
}

var vias = map[string]string{
	"hermitian":    "({x} + {x}.mH)",
	"triangle":     "{x}.tri{half}()",
	"triangle_pos": "({x}.tri{half}({off}) + torch.diag_embed(torch.diagonal({x}, dim1=-2, dim2=-1).abs() + 0.5))",
}

func (w *script) value(v fuzz.Value) (string, error) {
	switch v.Kind {
	case fuzz.KindTensor:
		name := fmt.Sprintf("c%d", w.frozen)
		if v.Tensor.Diff {
			name = fmt.Sprintf("x%d", len(w.names))
			w.names = append(w.names, name)
		} else {
			w.frozen++
		}
		w.lines = append(w.lines, name+" = "+literal(v.Tensor))
		use := name
		if !v.Tensor.Diff {
			use += ".clone()"
		} else if v.Tensor.Via != "" {
			form, ok := vias[v.Tensor.Via]
			if !ok {
				return "", fmt.Errorf("no text for the step %q", v.Tensor.Via)
			}
			half, off := "l", "-1"
			if w.upper {
				half, off = "u", "1"
			}
			use = strings.NewReplacer("{x}", name, "{half}", half, "{off}", off).Replace(form)
		} else if w.copies {
			use += ".clone()"
		}
		return use, nil
	case fuzz.KindInt:
		return strconv.FormatInt(v.Int, 10), nil
	case fuzz.KindFloat:
		return number(float64(v.Float)), nil
	case fuzz.KindBool:
		if v.Bool {
			return "True", nil
		}
		return "False", nil
	case fuzz.KindStr:
		return quote(v.Str), nil
	case fuzz.KindNone:
		return "None", nil
	case fuzz.KindName:
		return v.Str, nil
	case fuzz.KindList, fuzz.KindTuple:
		var words []string
		for _, e := range v.List {
			text, err := w.value(e)
			if err != nil {
				return "", err
			}
			words = append(words, text)
		}
		text := strings.Join(words, ", ")
		if v.Kind == fuzz.KindList {
			return "[" + text + "]", nil
		}
		if len(words) == 1 {
			text += ","
		}
		return "(" + text + ")", nil
	}
	return "", fmt.Errorf("no text for a value of kind %q", v.Kind)
}

var dtypes = map[fuzz.DType]string{fuzz.F64: "torch.float64", fuzz.F32: "torch.float32", fuzz.F16: "torch.float16", fuzz.BF16: "torch.bfloat16",
	fuzz.C128: "torch.complex128", fuzz.C64: "torch.complex64", fuzz.I64: "torch.int64", fuzz.I32: "torch.int32", fuzz.U8: "torch.uint8", fuzz.Bool: "torch.bool"}

func literal(t *fuzz.Tensor) string {
	var words []string
	switch {
	case t.DType.Complex():
		x := t.Floats()
		for i := 0; i+1 < len(x); i += 2 {
			words = append(words, fmt.Sprintf("complex(%s, %s)", number(x[i]), number(x[i+1])))
		}
	case t.DType.Differentiable():
		for _, x := range t.Floats() {
			words = append(words, number(x))
		}
	default:
		for i := 0; i+8 <= len(t.Data); i += 8 {
			words = append(words, strconv.FormatInt(int64(binary.LittleEndian.Uint64(t.Data[i:])), 10))
		}
	}
	shape := make([]string, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = strconv.Itoa(d)
	}
	text := fmt.Sprintf("torch.tensor([%s], dtype=%s).reshape([%s])", strings.Join(words, ", "), dtypes[t.DType], strings.Join(shape, ", "))
	if t.Layout == "strided" && len(t.Shape) > 0 {
		text = fmt.Sprintf("torch.stack([%s] * 2, -1)[..., 0]  # with gaps in memory", text)
	}
	return text
}

// number writes a float so that Python reads the same one.
func number(x float64) string {
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func quote(s string) string { return strconv.QuoteToASCII(s) }

var second = map[wire.Stage]string{wire.RR: "r_over_r()", wire.WR: "w_over_r()", wire.RW: "r_over_w()", wire.WW: "w_over_w()"}

var stages = map[wire.Stage]string{
	wire.Build: "F(xs)", wire.Direct: "F(xs)", wire.Rev: "reverse()", wire.Fwd: "forward()", wire.Rev64: "reverse()", wire.Fwd64: "forward()",
	wire.ND: "slopes(F, 1e-6)", wire.Vmap: "vectorised(F)", wire.Jit: "compiled(F)", wire.NDG: "slopes(G, 1e-6)",
	wire.RR: "r_over_r()", wire.WR: "w_over_r()", wire.RW: "r_over_w()", wire.WW: "w_over_w()",
}

// check writes the end of the script: what to compute and when it counts.
func check(f fuzz.FindingDoc) (text, tolerance string) {
	stage := wire.Stage(f.Stage)
	wide := "xs = [x.to(torch.float64) for x in xs]\n"
	compare := func(what, of, tol string) (string, string) {
		return wide + fmt.Sprintf(`got = %s
print("%s", got, sep="\n")
h = 1e-6
left, right = slopes(%s, h)
print("numerical, from the left", left, sep="\n")
print("numerical, from the right", right, sep="\n")
size = %s(xs).detach().abs().unsqueeze(1)
found = bool(differs(got, left, right, size, h).any())`, what, f.Mode(), of, of), tol
	}
	bits := "1e-5, 1e-8" // relative, absolute
	if f.Evidence.AbsErr < 1e-8 && f.Evidence.RelErr < 1e-5 && f.Pattern != "shape" {
		bits = "0, 0" // of --variant exact
	}
	switch {
	case f.Category == fuzz.Crash && f.Signal != "" || f.Category == fuzz.Hang:
		return "print(\"the next line should not return\", flush=True)\n" + stages[stage], "0"
	case f.Oracle == "status" || f.Oracle == "assertion" || f.Category == fuzz.Crash:
		return fmt.Sprintf(`try:
    %s
except Exception as e:
    print("the direct run works;" if %s else "", type(e).__name__ + ":", e)
    found = True`, stages[stage], map[bool]string{true: "True", false: "False"}[stage != wire.Direct]), "0"
	case f.Category == fuzz.Leak:
		return leak(stage), "0"
	case f.Category == fuzz.ValueDiff && stage == wire.Rev:
		return "tracked = F(track(xs)).detach()\nprint(\"with tracking\", tracked)\nfound = tracked.shape != direct.shape or not torch.allclose(tracked, direct, " + bits + ", equal_nan=True)", "0"
	case f.Category == fuzz.ValueDiff:
		return `with fwAD.dual_level():
    tracked = flat([fwAD.unpack_dual(o).primal for o in outputs([fwAD.make_dual(x, torch.full_like(x, 0.75)) for x in xs])])
print("on duals", tracked)
found = tracked.shape != direct.shape or not torch.allclose(tracked, direct, ` + bits + `, equal_nan=True)`, "0"
	case f.Category == fuzz.ShapeDType:
		return `x = track(xs)
g = torch.autograd.grad(outputs(x)[0].sum(), x, allow_unused=True)
for a, b in zip(x, g):
    if b is not None and (a.shape != b.shape or a.dtype != b.dtype):
        print("input", a.dtype, list(a.shape), "gradient", b.dtype, list(b.shape))
        found = True`, "0"
	case f.Order == 3:
		return compare(second[stage], "G", "1e-3")
	case f.Order == 2:
		return compare(second[stage], "G", "1e-4")
	case stage == wire.Fwd:
		return compare("forward()", "F", "1e-4")
	case stage == wire.Vmap || stage == wire.Jit:
		return compare(stages[stage], "F", "1e-4")
	}
	return compare("reverse()", "F", "1e-4")
}

// leak writes the rounds of calls whose memory adds up.
func leak(stage wire.Stage) string {
	call := map[wire.Stage]string{
		wire.Rev: "x = track(xs)\n    torch.autograd.grad([o.sum() for o in outputs(x) if o.requires_grad], x, allow_unused=True)",
		wire.Fwd: "with fwAD.dual_level():\n        outputs([fwAD.make_dual(x, torch.ones_like(x)) for x in xs])",
	}[stage]
	if call == "" {
		call = "with torch.no_grad():\n        outputs(xs)"
	}
	return `import gc


def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096


def call():
    ` + call + `


grown = []
for _ in range(4):
    gc.collect()
    before = resident()
    for _ in range(500):
        call()
    gc.collect()
    grown.append(resident() - before)
    print("resident memory grew by", grown[-1], "bytes over 500 calls")
found = min(grown[1:]) >= 1 << 16 and max(grown[1:]) <= 4 * min(grown[1:])`
}
