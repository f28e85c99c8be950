"""The PyTorch worker of assay's fuzz bench: one file, only torch and the standard library.

It speaks the line protocol of core/fuzz/wire (see there for what every message
means) on standard input and output, and only evaluates: it compares nothing.
"""
import array
import base64
import json
import os
import sys
import types

os.environ.setdefault("OMP_NUM_THREADS", "1")
PROTO = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what libraries print goes where nobody parses it

import faulthandler
import warnings

faulthandler.enable()
warnings.simplefilter("ignore")

import torch
import torch.autograd.forward_ad as fwAD

torch.set_num_threads(1)
F64, C128 = torch.float64, torch.complex128
DTYPES = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
          "c128": torch.complex128, "c64": torch.complex64, "i64": torch.int64, "i32": torch.int32,
          "u8": torch.uint8, "bool": torch.bool}
NAMES = {v: k for k, v in DTYPES.items()}
VALUES = 4096  # most output values of a run that are sent

# Words by which the library says that there is no derivative (nablaFuzz, torch_adtest).
REFUSALS = ("requires grad is being used in an in-place", "support automatic differentiation", "cannot export tensors",
            "is not differentiable", "not differentiable with respect", "not implemented for", "is not implemented",
            "not implemented", "does not support", "not supported", "unsupported", "has no attribute 'requires_grad'",
            "must be tensor, not bool", "make_dual", "value cannot be converted", "cannot resize variables that require grad",
            "only supported for complex", "forward gradient", "complex grad_output", "can only be created for",
            "only tensors of floating point", "specified up to", "is ill-defined", "not well-defined", "not yet implemented", "trying to use forward ad", "batching rule")


def send(message):
    PROTO.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    PROTO.flush()


def fault(e):
    text = str(e)[:2000]
    low = text.lower()
    refused = isinstance(e, NotImplementedError) or any(r in low for r in REFUSALS)
    return {"type": type(e).__name__, "text": text, "refused": refused and "internal assert" not in low}


# ---------------------------------------------------------------- numbers


def b64(floats):
    return base64.b64encode(array.array("d", floats).tobytes()).decode()


def block(rows, cols, floats):
    return {"r": rows, "c": cols, "d": b64(floats)}


def select(n, limit):
    if n <= limit:
        return list(range(n))
    return [i * n // limit for i in range(limit)]


def cotangent(i):
    return 0.5 + ((i + 1) * 0.6180339887498949) % 1.0


def tensor(t):
    dtype = DTYPES[t["dtype"]]
    raw = bytearray(base64.b64decode(t["data"]))
    shape = t["shape"]
    if not raw:
        x = torch.empty(shape, dtype=dtype)
    else:
        wide = F64 if dtype.is_floating_point else C128 if dtype.is_complex else torch.int64
        x = torch.frombuffer(raw, dtype=wide).reshape(shape).to(dtype)
        if x.dtype is wide:
            x = x.clone()
    if t.get("layout") == "strided" and x.dim() > 0:
        wider = torch.zeros(list(x.shape[:-1]) + [2 * x.shape[-1]], dtype=dtype)
        wider[..., ::2] = x
        x = wider[..., ::2]
    return x


def wide(x):
    """Casts a floating tensor to f64, a complex one to c128."""
    return x.to(C128) if x.dtype.is_complex else x.to(F64) if x.dtype.is_floating_point else x


# ---------------------------------------------------------------- the function of a case


def resolve(path):
    """The callable behind a public name; parts that name nothing are a variant."""
    if path.startswith("planted."):
        return PLANTED[path[8:]][0]
    if path.startswith("opinfo:"):
        _, name, variant = path.split(":")
        for op in op_db():
            if op.name == name and op.variant_test_name == variant:
                return op.op
        raise LookupError("no operation " + path)
    o, found = torch, False
    for part in path.split(".")[1:]:
        n = getattr(o, part, None)
        if n is None:
            break
        o, found = n, True
    if not found or isinstance(o, types.ModuleType):
        raise LookupError("no API " + path)
    if callable(o):
        return o
    return lambda x, *a: o.__get__(x)  # a property of tensors


def constant(text):
    if text == "Ellipsis":
        return Ellipsis
    if text.startswith("slice("):
        return slice(*[None if p.strip() == "None" else int(p) for p in text[6:-1].split(",")])
    if text.startswith("torch."):
        return getattr(torch, text[6:])
    raise LookupError("no constant " + text)


VIA = {
    "hermitian": lambda x: x + x.mH,
    "posdef": lambda x: x @ x.mH + torch.eye(x.shape[-1], dtype=x.dtype),
    "tril": lambda x: x.tril(),
    "tril_pos": lambda x: x.tril(-1) + torch.diag_embed(torch.diagonal(x, dim1=-2, dim2=-1).abs() + 0.5),
}


def leaves(o, out):
    if isinstance(o, torch.Tensor):
        out.append(o)
    elif isinstance(o, (list, tuple)):
        for x in o:
            leaves(x, out)
    elif isinstance(o, dict):
        for k in o:
            leaves(o[k], out)
    return out


class Function:
    """F: its inputs are real tensors; a complex one is a tensor of pairs."""

    def __init__(self, case):
        self.call = resolve(case.get("call") or case["api"])
        self.seed = case.get("seed") or 0
        self.post = case.get("post") or ""
        self.inputs, self.kinds, self.via, self.frozen = [], [], [], []
        self.args = [self.parse(v) for v in case.get("args") or []]
        self.kwargs = [(k["name"], self.parse(k["value"])) for k in case.get("kwargs") or []]
        self.generator = torch.default_generator

    def parse(self, v):
        k = v["k"]
        if k == "tensor":
            x = tensor(v["t"])
            if v["t"].get("diff"):
                self.kinds.append(x.dtype)
                self.via.append(VIA[v["t"]["via"]] if v["t"].get("via") else None)
                self.inputs.append(torch.view_as_real(x) if x.dtype.is_complex else x)
                return ("x", len(self.inputs) - 1)
            self.frozen.append(x)
            return ("f", len(self.frozen) - 1)
        if k in ("list", "tuple"):
            return (k, [self.parse(e) for e in v.get("l") or []])
        value = {"int": lambda: v.get("i", 0), "float": lambda: float(v.get("f", 0)), "bool": lambda: v.get("b", False),
                 "str": lambda: v.get("s", ""), "none": lambda: None, "name": lambda: constant(v.get("s", ""))}[k]()
        return ("c", value)

    def fill(self, node, xs, frozen):
        k, v = node
        if k == "x":
            x = xs[v]
            if self.kinds[v].is_complex:
                x = torch.view_as_complex(x if x.stride(-1) == 1 else x.contiguous())
            if self.via[v]:
                x = self.via[v](x)
            return x
        if k == "f":
            return frozen[v].clone()
        if k == "list":
            return [self.fill(e, xs, frozen) for e in v]
        if k == "tuple":
            return tuple(self.fill(e, xs, frozen) for e in v)
        return v

    def raw(self, xs, frozen=None):
        frozen = self.frozen if frozen is None else frozen
        args = [self.fill(a, xs, frozen) for a in self.args]
        kwargs = {n: self.fill(a, xs, frozen) for n, a in self.kwargs}
        self.generator.manual_seed(self.seed)
        out = self.call(*args, **kwargs)
        if self.post == "abs":
            return [o.abs() if o.dtype.is_floating_point or o.dtype.is_complex else o for o in leaves(out, [])]
        return leaves(out, [])

    def __call__(self, xs, frozen=None):
        out = []
        for o in self.raw(xs, frozen):
            if o.dtype.is_complex:
                out.append(torch.view_as_real(o.resolve_conj() if o.is_conj() else o))
            elif o.dtype.is_floating_point:
                out.append(o)
        return out

    def wide(self):
        return [x.to(F64) for x in self.inputs], [wide(x) for x in self.frozen]


class InPlace(Function):
    """An API that writes into its inputs gets copies of them."""

    def fill(self, node, xs, frozen):
        x = super().fill(node, xs, frozen)
        return x.clone() if node[0] == "x" else x


def function(case):
    name = (case.get("call") or case["api"]).split(".")[-1]
    inplace = name.endswith("_") or any(k["name"] == "inplace" for k in case.get("kwargs") or [])
    return (InPlace if inplace else Function)(case)


# ---------------------------------------------------------------- derivatives


def place(sizes, i):
    """Which tensor the i-th element is in, and where."""
    for k, n in enumerate(sizes):
        if i < n:
            return k, i
        i -= n
    raise IndexError(i)


def flat(outs):
    return torch.cat([o.reshape(-1).to(F64) for o in outs]) if outs else torch.zeros(0, dtype=F64)


def track(xs):
    return [x.detach().clone().requires_grad_() for x in xs]


def basis(outs, rows):
    """One cotangent per row: which output, and the one-hot tensor."""
    sizes = [o.numel() for o in outs]
    for r in rows:
        k, i = place(sizes, r)
        g = torch.zeros(sizes[k], dtype=outs[k].dtype)
        g[i] = 1
        yield k, g.reshape(outs[k].shape)


def reverse(outs, xs, rows, cols, grads=None):
    """The rows of the reverse Jacobian, flattened."""
    J = []
    none = [True] * len(xs)
    seen = [None] * len(xs)
    sizes = [x.numel() for x in xs]
    allcols = len(cols) == sum(sizes)
    index = None if allcols else torch.tensor(cols)
    for k, g in basis(outs, rows):
        if outs[k].requires_grad:
            gs = torch.autograd.grad(outs[k], xs, g, retain_graph=True, allow_unused=True)
        else:
            gs = [None] * len(xs)
        row = []
        for i, d in enumerate(gs):
            if d is None:
                row.append(torch.zeros(sizes[i], dtype=F64))
                continue
            none[i] = False
            seen[i] = d
            d = d.detach().reshape(-1).to(F64)
            if d.numel() != sizes[i]:
                d = torch.full((sizes[i],), float("nan"), dtype=F64)
            row.append(d)
        row = torch.cat(row) if len(row) > 1 else row[0]
        J.append(row if allcols else row[index])
    if grads is not None:
        for i in range(len(xs)):
            s = seen[i]
            grads.append({"none": True, "dtype": "", "shape": []} if s is None else
                         {"dtype": NAMES.get(s.dtype, str(s.dtype)), "shape": list(s.shape)})
    return torch.stack(J).reshape(-1).tolist() if J else []


def forward(f, xs, rows, cols, frozen=None):
    """The Jacobian by one-hot tangents, flattened by rows."""
    sizes = [x.numel() for x in xs]
    J = []
    for c in cols:
        k, i = place(sizes, c)
        t = torch.zeros(sizes[k], dtype=xs[k].dtype)
        t[i] = 1
        with fwAD.dual_level():
            duals = list(xs)
            duals[k] = fwAD.make_dual(xs[k], t.reshape(xs[k].shape))
            col = []
            for o in f(duals, frozen):
                d = fwAD.unpack_dual(o).tangent
                col.append(torch.zeros(o.numel(), dtype=F64) if d is None else d.reshape(-1).to(F64))
        J.append(torch.cat(col)[rows] if col else torch.zeros(0, dtype=F64))
    return torch.stack(J, 1).reshape(-1).tolist() if J else []


def stencil(g, xs, cols, rows, eps):
    """Values of g around a point; rows that fail are NaN."""
    sizes = [x.numel() for x in xs]
    failed = 0
    base = g(xs)[rows]
    out = {"base": block(1, len(rows), base.tolist())}
    nan = torch.full((len(rows),), float("nan"), dtype=F64)
    flats = [x.reshape(-1) for x in xs]
    for name, h in (("plus", eps), ("minus", -eps), ("plus4", 4 * eps), ("minus4", -4 * eps)):
        values = []
        for c in cols:
            k, i = place(sizes, c)
            y = flats[k].clone()
            y[i] += h
            ys = list(xs)
            ys[k] = y.reshape(xs[k].shape)
            try:
                values.append(g(ys)[rows])
            except Exception:
                failed += 1
                values.append(nan)
        try:
            numbers = torch.stack(values).reshape(-1).tolist() if values else []
        except Exception:  # outputs of another size: the perturbation changed a branch
            failed += len(cols)
            numbers = [float("nan")] * (len(cols) * len(rows))
        out[name] = block(len(cols), len(rows), numbers)
    out["failed"] = failed
    return out


class Observer:
    def __init__(self, case, ask, stage):
        self.ask, self.stage, self.obs = ask, stage, {"values": {}, "jac": {}, "fail": {}, "skip": []}
        self.case = case

    def attempt(self, name, do):
        self.stage(name)
        try:
            do()
        except Exception as e:
            self.obs["fail"][name] = fault(e)
            return False
        return True

    def build(self):
        self.f = function(self.case)
        self.n = sum(x.numel() for x in self.f.inputs)
        self.cols = select(self.n, self.ask["cols"])

    def direct(self):
        same = True
        with torch.no_grad():
            outs = self.f.raw(self.f.inputs)
            self.obs["out"] = [{"dtype": NAMES.get(o.dtype, ""), "shape": list(o.shape)} for o in outs]
            outs = self.f(self.f.inputs)
            first = flat(outs)
            for _ in range(self.ask.get("repeat", 1) - 1):
                again = flat(self.f(self.f.inputs))
                same = same and again.shape == first.shape and bool(((again == first) | (again.isnan() & first.isnan())).all())
        self.m = first.numel()
        self.rows = select(self.m, self.ask["rows"])
        self.obs["same"] = same
        self.values("direct", first)

    def values(self, name, v):
        v = v.detach()[:VALUES].tolist()
        self.obs["values"][name] = block(1, len(v), v)

    def put(self, name, rows, cols, numbers):
        self.obs["jac"][name] = block(rows, cols, numbers)

    def rev(self):
        xs = track(self.f.inputs)
        outs = self.f(xs)
        self.values("rev", flat(outs))
        grads = []
        self.put("rev", len(self.rows), len(self.cols), reverse(outs, xs, self.rows, self.cols, grads))
        self.obs["grads"] = grads
        self.obs["nodes"] = nodes(outs)
        if any(o.requires_grad for o in outs):
            sizes = [o.numel() for o in outs]
            undeclared = [i for i, r in enumerate(self.rows) if not outs[place(sizes, r)[0]].requires_grad]
            if undeclared:
                self.obs["constant_rows"] = undeclared

    def fwd(self):
        xs = self.f.inputs
        with fwAD.dual_level():
            duals = [fwAD.make_dual(x, torch.full_like(x, 0.75)) for x in xs]
            v = flat([fwAD.unpack_dual(o).primal for o in self.f(duals)])
            self.values("fwd", v)
        self.put("fwd", len(self.rows), len(self.cols), forward(self.f, xs, self.rows, self.cols))

    def rev64(self):
        xs, frozen = self.f.wide()
        xs = track(xs)
        self.put("rev64", len(self.rows), len(self.cols), reverse(self.wf(xs, frozen), xs, self.rows, self.cols))

    def wf(self, xs, frozen):
        """F at f64: a complex input is a pair of f64."""
        return self.f(xs, frozen)

    def fwd64(self):
        xs, frozen = self.f.wide()
        self.put("fwd64", len(self.rows), len(self.cols), forward(self.wf, xs, self.rows, self.cols, frozen))

    def nd(self):
        xs, frozen = self.f.wide()
        rows = torch.tensor(self.rows, dtype=torch.long)
        with torch.no_grad():
            self.obs["nd"] = stencil(lambda ys: flat(self.wf(ys, frozen)), xs, self.cols, rows, self.ask["eps"])

    def draws(self):
        """Whether the function takes numbers from the generator: another path draws others."""
        with torch.no_grad():
            self.f.generator.manual_seed(self.f.seed)
            before = self.f.generator.get_state()
            self.f(self.f.inputs)
            return not torch.equal(before, self.f.generator.get_state())

    def vmap(self):
        if self.draws():
            self.obs["skip"].append("vmap")
            return
        xs = track(self.f.inputs)
        outs = self.f(xs)
        J = []
        sizes = [x.numel() for x in xs]
        by_output = {}
        for k, g in basis(outs, self.rows):
            by_output.setdefault(k, []).append(g)
        for k in sorted(by_output):
            g = torch.stack(by_output[k])
            if outs[k].requires_grad:
                gs = torch.autograd.grad(outs[k], xs, g, retain_graph=True, allow_unused=True, is_grads_batched=True)
            else:
                gs = [None] * len(xs)
            parts = [torch.zeros(len(g), sizes[i], dtype=F64) if d is None else d.reshape(len(g), -1).to(F64) for i, d in enumerate(gs)]
            J.append(torch.cat(parts, 1))
        J = torch.cat(J)[:, self.cols] if J else torch.zeros(0)
        self.put("vmap", len(self.rows), len(self.cols), J.detach().reshape(-1).tolist())

    def jit(self):
        if self.draws():
            self.obs["skip"].append("jit")
            return
        xs = track(self.f.inputs)
        f = torch.jit.trace(lambda *a: tuple(self.f(list(a))), tuple(xs), check_trace=False)
        outs = f(*xs)
        outs = [outs] if isinstance(outs, torch.Tensor) else list(outs)
        self.put("jit", len(self.rows), len(self.cols), reverse(outs, xs, self.rows, self.cols))

    # Second order: the scalar s(x) = sum_i c_i F_i over the selected rows, in f64.

    def prepare(self):
        if hasattr(self, "cols2"):
            return
        self.cols2 = select(self.n, self.ask["second"])
        xs, self.frozen64 = self.f.wide()
        self.x64 = xs
        self.sizes = [x.numel() for x in xs]
        with torch.no_grad():
            outs = self.wf(xs, self.frozen64)
        self.weights = [torch.zeros(o.numel(), dtype=F64) for o in outs]
        sizes = [o.numel() for o in outs]
        for i, r in enumerate(self.rows):
            k, j = place(sizes, r)
            self.weights[k][j] = cotangent(i)
        self.weights = [w.reshape(o.shape) for w, o in zip(self.weights, outs)]

    def scalar(self, xs):
        return sum((o.to(F64) * w).sum() for o, w in zip(self.wf(xs, self.frozen64), self.weights))

    def gradient(self, xs, create=False):
        s = self.scalar(xs)
        if not s.requires_grad:
            return [torch.zeros_like(x) for x in xs]
        gs = torch.autograd.grad(s, xs, create_graph=create, allow_unused=True)
        return [torch.zeros_like(x) if g is None else g for g, x in zip(gs, xs)]

    def onehot(self, c):
        k, i = place(self.sizes, c)
        t = torch.zeros(self.sizes[k], dtype=F64)
        t[i] = 1
        return k, t.reshape(self.x64[k].shape)

    def rr(self):
        self.prepare()
        xs = track(self.x64)
        g = torch.cat([d.reshape(-1) for d in self.gradient(xs, True)])
        H = []
        for r in self.cols2:
            if not g.requires_grad:
                H += [0.0] * len(self.cols2)
                continue
            row = torch.autograd.grad(g[r], xs, retain_graph=True, allow_unused=True)
            row = torch.cat([torch.zeros(n, dtype=F64) if d is None else d.reshape(-1) for d, n in zip(row, self.sizes)])
            H += row[self.cols2].tolist()
        self.put("rr", len(self.cols2), len(self.cols2), H)

    def columns(self, name, column):
        H = torch.stack([column(c) for c in self.cols2], 1) if self.cols2 else torch.zeros(0)
        self.put(name, len(self.cols2), len(self.cols2), H.detach().reshape(-1).tolist())

    def wr(self):
        self.prepare()

        def column(c):
            k, t = self.onehot(c)
            with fwAD.dual_level():
                xs = track(self.x64)
                xs[k] = fwAD.make_dual(xs[k], t)
                g = self.gradient(xs, True)
                d = [fwAD.unpack_dual(o).tangent for o in g]
                return torch.cat([torch.zeros(n, dtype=F64) if o is None else o.reshape(-1) for o, n in zip(d, self.sizes)])[self.cols2]
        self.columns("wr", column)

    def rw(self):
        self.prepare()

        def column(c):
            k, t = self.onehot(c)
            with fwAD.dual_level():
                xs = track(self.x64)
                duals = list(xs)
                duals[k] = fwAD.make_dual(xs[k], t)
                d = fwAD.unpack_dual(self.scalar(duals)).tangent
                if d is None or not d.requires_grad:
                    return torch.zeros(len(self.cols2), dtype=F64)
                g = torch.autograd.grad(d, xs, allow_unused=True)
                return torch.cat([torch.zeros(n, dtype=F64) if o is None else o.reshape(-1) for o, n in zip(g, self.sizes)])[self.cols2]
        self.columns("rw", column)

    def ww(self):
        jvp = functional_jvp()
        if jvp is None:
            self.obs["skip"].append("ww")
            return
        self.prepare()
        n = len(self.cols2)
        H = [0.0] * (n * n)
        xs = tuple(self.x64)
        zero = [torch.zeros_like(x) for x in xs]

        def along(c):
            k, t = self.onehot(c)
            ts = list(zero)
            ts[k] = t
            return tuple(ts)

        def f(*a):
            return self.scalar(list(a))

        for i, r in enumerate(self.cols2):
            inner = along(r)
            for j, c in enumerate(self.cols2[i:], i):
                _, d = jvp(lambda *a: jvp(f, a, inner)[1], xs, along(c))
                H[i * n + j] = H[j * n + i] = float(d)
        self.put("ww", n, n, H)

    def ndg(self):
        self.prepare()

        def g(ys):
            return torch.cat([d.reshape(-1) for d in self.gradient(track(ys))]).detach()
        self.obs["ndg"] = stencil(g, self.x64, self.cols2, torch.tensor(self.cols2, dtype=torch.long), self.ask["eps"])

    def run(self):
        if not self.attempt("build", self.build):
            return self.finish(0, 0)
        if not self.attempt("direct", self.direct):
            return self.finish(self.n, 0)
        if self.n and self.m:
            for s in self.ask["want"]:
                if s != "direct":
                    self.attempt(s, getattr(self, s))
        return self.finish(self.n, self.m)

    def finish(self, n, m):
        self.obs["n"], self.obs["m"] = n, m
        with open("/proc/self/statm") as f:
            self.obs["rss"] = int(f.read().split()[1]) * 4096
        return self.obs


JVP = []


def functional_jvp():
    if not JVP:
        try:
            from torch.func import jvp
        except ImportError:
            try:
                from functorch import jvp
            except Exception:
                jvp = None
        JVP.append(jvp)
    return JVP[0]


def nodes(outs):
    """The distinct backward nodes of a graph: what its derivative is made of."""
    seen, names, stack = set(), set(), [o.grad_fn for o in outs if o.grad_fn is not None]
    while stack and len(seen) < 200:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        names.add(n.name())
        stack += [p for p, _ in n.next_functions if p is not None]
    return sorted(names)


# ---------------------------------------------------------------- enumeration

DB = []


def op_db():
    if not DB:
        try:
            import expecttest  # noqa: F401
        except ImportError:  # Debian's package lacks it; only its name is needed
            import unittest
            stub = types.ModuleType("expecttest")
            stub.TestCase, stub.ACCEPT = unittest.TestCase, False
            sys.modules["expecttest"] = stub
        from torch.testing._internal.common_methods_invocations import op_db as db
        DB.extend(db)
    return DB


WRAPPERS = {"gradcheck_wrapper_hermitian_input": "hermitian",
            "gradcheck_wrapper_triangular_input_real_positive_diagonal": "tril_pos",
            "gradcheck_wrapper_triangular_input": "tril"}

# Operations whose results are defined up to a sign or phase: their absolute values are not.
GAUGE = ("linalg.eig", "linalg.eigh", "linalg.svd", "svd", "symeig", "svd_lowrank", "pca_lowrank")

# Operations whose gradient the library documents as undefined or arbitrary somewhere.
BY_DESIGN = {"index_put": "repeated indices", "put": "repeated indices", "scatter": "repeated indices",
             "index_copy": "repeated indices", "index_fill": "repeated indices", "masked_scatter": "order of elements",
             "nn.functional.max_unpool1d": "repeated indices", "nn.functional.max_unpool2d": "repeated indices",
             "nn.functional.max_unpool3d": "repeated indices", "as_strided": "overlapping memory", "as_strided_scatter": "overlapping memory",
             "nn.functional.embedding": "padding index and renormalisation", "nn.functional.embedding_bag": "padding index",
             "scatter_reduce": "ties", "index_reduce": "ties", "empty": "uninitialised", "empty_like": "uninitialised",
             "normal": "no derivative through a sample is promised", "nn.functional.ctc_loss": "takes its input for normalised log-probabilities",
            "linalg.cholesky_ex": "undefined where info is not zero", "linalg.inv_ex": "undefined where info is not zero",
            "linalg.ldl_factor_ex": "undefined where info is not zero", "linalg.lu_factor_ex": "undefined where info is not zero",
            "new_empty": "uninitialised", "new_empty_strided": "uninitialised", "resize_": "uninitialised", "resize_as_": "uninitialised"}

# Factorisations whose derivative the manual restricts to input of full rank, or to
# distinct eigenvalues or singular values: nothing is promised elsewhere.
for _name in ("linalg.qr", "qr", "linalg.lu", "lu", "lu_unpack", "linalg.lu_factor", "linalg.householder_product", "ormqr", "linalg.lstsq",
              "linalg.pinv", "pinverse", "linalg.eigvals", "linalg.eigvalsh", "linalg.svdvals", "cholesky_inverse", "linalg.matrix_rank") + GAUGE:
    BY_DESIGN.setdefault(_name, "singular: the manual asks for full rank or distinct values")

LARGE = 36  # most input numbers of a seed, where there is a choice
SEEDS = 6


def describe(o, diff):
    """The value of a sample in the words of the protocol; ValueError where there is none."""
    if isinstance(o, torch.Tensor):
        if o.layout != torch.strided or o.dtype not in NAMES:
            raise ValueError("tensor")
        x = o.detach()
        if x.is_conj():
            x = x.resolve_conj()
        if x.is_neg():
            x = x.resolve_neg()
        t = {"dtype": NAMES[o.dtype], "shape": list(o.shape)}
        if x.dtype.is_complex:
            t["data"] = b64(torch.view_as_real(x.to(C128)).reshape(-1).tolist())
        elif x.dtype.is_floating_point:
            t["data"] = b64(x.to(F64).reshape(-1).tolist())
        else:
            t["data"] = base64.b64encode(array.array("q", [int(v) for v in x.reshape(-1).tolist()]).tobytes()).decode()
        if diff(o):
            t["diff"] = True
        if not o.is_contiguous() and o.dim() > 0 and o.numel() > 0:
            t["layout"] = "strided"
        return {"k": "tensor", "t": t}
    if o is None:
        return {"k": "none"}
    if isinstance(o, bool):
        return {"k": "bool", "b": o}
    if isinstance(o, int):
        return {"k": "int", "i": o}
    if isinstance(o, float):
        return {"k": "float", "f": repr(o)}
    if isinstance(o, str):
        return {"k": "str", "s": str(o)}
    if isinstance(o, slice):
        return {"k": "name", "s": "slice(%s, %s, %s)" % (o.start, o.stop, o.step)}
    if o is Ellipsis:
        return {"k": "name", "s": "Ellipsis"}
    if isinstance(o, (torch.dtype, torch.memory_format)):
        return {"k": "name", "s": str(o)}
    if isinstance(o, (list, tuple)):
        return {"k": "list" if isinstance(o, list) else "tuple", "l": [describe(e, diff) for e in o]}
    raise ValueError(type(o).__name__)


def shrink(o, limit):
    """Cuts every dimension of a tensor to a few elements."""
    if isinstance(o, torch.Tensor):
        if o.layout != torch.strided:
            return o
        x = o.detach()
        for d in range(x.dim()):
            if x.shape[d] > limit:
                x = x.narrow(d, 0, limit)
        return x.clone().requires_grad_(o.requires_grad)
    if isinstance(o, (list, tuple)) and not isinstance(o, torch.Size):
        return type(o)(shrink(e, limit) for e in o)
    return o


def cost(o):
    return sum(t.numel() for t in leaves(o, []))


def callables(op):
    """The ways to reach an operation, best first: public names, then the database's own."""
    for path in ("torch." + op.name, "torch.Tensor." + op.name):
        try:
            yield path, resolve(path)
        except LookupError:
            pass
    yield "opinfo:%s:%s" % (op.name, op.variant_test_name), op.op


def seed_cases(op):
    name = "torch." + op.name + ("." + op.variant_test_name if op.variant_test_name else "")
    dtype = F64 if F64 in op.dtypes else torch.float32 if torch.float32 in op.dtypes else C128 if C128 in op.dtypes else None
    if dtype is None:
        dtype = torch.int64 if torch.int64 in op.dtypes else next(iter(op.dtypes), None)
    torch.manual_seed(0)
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd and dtype.is_floating_point))
    via = WRAPPERS.get(getattr(op.gradcheck_wrapper, "__name__", ""))
    ranked = []
    for i, s in enumerate(samples[:60]):
        everything = [s.input, list(s.args), list(s.kwargs.values())]
        for limit in (2, 3, 4):
            if cost(everything) <= LARGE:
                break
            small = shrink(everything, limit)
            if cost(small) > LARGE and limit > 2:
                break
            ranked.append((cost(small), i, limit, small, s))
        ranked.append((cost(everything), i, 99, everything, s))
    ranked.sort(key=lambda r: (r[0] > LARGE, r[0] == 0, r[0] if r[0] > LARGE else 0, r[1], r[2]))
    paths = list(callables(op))
    cases, shapes, taken, tried = [], set(), {}, 0
    for n, i, limit, (first, args, kwargs), s in ranked:
        if len(cases) >= SEEDS or tried > 40:
            break
        if taken.get(i) or (n > LARGE and cases):
            continue
        kw = dict(zip(s.kwargs, kwargs))
        try:
            c = {"api": name, "args": [describe(a, lambda t: t.requires_grad) for a in [first] + args],
                 "kwargs": [{"name": k, "value": describe(v, lambda t: t.requires_grad)} for k, v in kw.items()]}
        except ValueError:
            continue
        look = json.dumps([strip(a) for a in c["args"]] + [strip(k["value"]) for k in c["kwargs"]])
        if look in shapes:
            continue
        if via and c["args"] and c["args"][0]["k"] == "tensor":
            c["args"][0]["t"]["via"] = via
        if op.name in GAUGE:
            c["post"] = "abs"
        for path, _ in paths:
            c["call"] = path
            tried += 1
            try:
                f = function(c)
                with torch.no_grad():
                    f.raw(f.inputs)
            except Exception:
                continue
            if path == name:
                del c["call"]
            cases.append(c)
            shapes.add(look)
            taken[i] = True
            paths = [p for p in paths if p[0] == path]
            break
    return name, cases


def strip(v):
    """What tells one seed from another: everything but numbers in tensors."""
    if v["k"] == "tensor":
        return [v["t"]["dtype"], v["t"]["shape"]]
    if v["k"] in ("list", "tuple"):
        return [strip(e) for e in v["l"]]
    return v


def known(op):
    """What the database itself says fails."""
    for d in getattr(op, "skips", ()) or ():
        if getattr(d, "cls_name", "") in ("TestGradients", "TestFwdGradients", "TestBwdGradients"):
            return [{"ref": "OpInfo skip " + str(d.test_name)}]
    return []


def enum(ident, which):
    if which == "planted":
        for name in PLANTED:
            f, x, expected = PLANTED[name]
            case = {"api": "planted." + name, "args": [describe(t.requires_grad_(), lambda t: True) for t in x()]}
            send({"ev": "api", "id": ident, "api": {"name": "planted." + name, "family": "planted", "seeds": [case],
                                                    "reverse": True, "forward": True, "second": True, "planted": expected}})
        return
    for op in op_db():
        try:
            name, cases = seed_cases(op)
        except Exception as e:
            name, cases = "torch." + op.name, []
            print("enumeration of", name, "failed:", e, file=sys.stderr)
        grad = bool(op.supports_autograd)
        dtypes = [NAMES[d] for d in (torch.float32, torch.float64, C128, torch.bfloat16) if d in op.dtypes]
        send({"ev": "api", "id": ident, "api": {
            "name": name, "family": family(op.name), "cause": op.aten_name or op.name, "seeds": cases,
            "reverse": grad, "forward": grad and bool(op.supports_forward_ad), "second": grad and bool(op.supports_gradgrad),
            "dtypes": dtypes, "known": known(op), "by_design": BY_DESIGN.get(op.name, "")}})


def family(name):
    parts = name.split(".")
    if parts[0] == "nn":
        last = parts[-1]
        for word in ("conv", "pool", "norm", "loss", "dropout", "embedding", "pad", "interpolate"):
            if word in last:
                return "nn." + word
        return "nn.other"
    if len(parts) > 1:
        return parts[0]
    for word in ("index", "scatter", "gather", "select", "slice", "take", "put", "masked", "split", "chunk", "stack", "cat", "view", "reshape"):
        if word in name:
            return "shape and index"
    if name in ("sum", "mean", "prod", "std", "var", "norm", "logsumexp", "amax", "amin", "max", "min", "median", "cumsum", "cumprod",
                "logcumsumexp", "cummax", "cummin", "nansum", "nanmean", "aminmax", "std_mean", "var_mean", "mode", "kthvalue"):
        return "reduction"
    return "elementwise and other"


# ---------------------------------------------------------------- planted functions of the self-test


def rule(value, back=None, tangent=None):
    """A function with rules of one's own: back(g, *xs) and tangent(ts, *xs)."""

    class P(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.save_for_backward(*xs)
            ctx.save_for_forward(*xs)
            return value(*xs)

        @staticmethod
        def backward(ctx, g):
            return back(g, *ctx.saved_tensors)

        @staticmethod
        def jvp(ctx, *ts):
            return tangent(ts, *ctx.saved_tensors)

    return P.apply


def numbers(*values):
    return lambda: [torch.tensor(v, dtype=F64) for v in values]


def abort(*_):
    os.abort()


def forever(*_):
    while True:
        pass


def greedy(x):
    hold = [torch.empty(1 << 30, dtype=F64) for _ in range(16)]
    return x + 0 * len(hold)


def chatty(x):
    os.write(1, b"x" * (1 << 20))
    print("y" * (1 << 16))
    return x * 2


def half(x):
    return x.to(torch.float16).to(x.dtype)


MATRIX = [[0.3, -1.2, 0.7], [0.9, 0.4, -0.5], [1.1, 0.2, 0.6]]


def matrix():
    return torch.tensor(MATRIX, dtype=F64)


TWIN = {"twin": True}
cube = rule(lambda x: x ** 3, lambda g, x: g * 3 * x ** 2, lambda t, x: t[0] * 3 * x ** 2)


class WrongSecond(torch.autograd.Function):
    """The gradient of a cube whose own reverse rule is wrong, its tangent right."""

    @staticmethod
    def forward(ctx, g, x):
        ctx.save_for_backward(g, x)
        ctx.save_for_forward(g, x)
        return g * 3 * x ** 2

    @staticmethod
    def backward(ctx, h):
        g, x = ctx.saved_tensors
        return h * 3 * x ** 2, h * g * 5 * x

    @staticmethod
    def jvp(ctx, tg, tx):
        g, x = ctx.saved_tensors
        return (0 if tg is None else tg * 3 * x ** 2) + (0 if tx is None else tx * g * 6 * x)


PLANTED = {
    "scaled": (rule(lambda x: x * x, lambda g, x: g * x, lambda t, x: t[0] * 2 * x), numbers([0.3]),
               {"category": "grad-rev-nd", "wrong": "reverse", "pattern": "scaled"}),
    "scaled.twin": (rule(lambda x: x * x, lambda g, x: g * 2 * x, lambda t, x: t[0] * 2 * x), numbers([0.3]), TWIN),
    "forward": (rule(lambda x: x * x, lambda g, x: g * 2 * x, lambda t, x: t[0] * 3 * x), numbers([0.3]),
                {"category": "grad-fwd-nd", "wrong": "forward", "pattern": "scaled"}),
    "both": (rule(torch.sin, lambda g, x: -g * torch.cos(x), lambda t, x: -t[0] * torch.cos(x)), numbers([0.3, 0.7]),
             {"category": "grad-rev-nd", "wrong": "both", "pattern": "sign"}),
    "both.twin": (torch.sin, numbers([0.3, 0.7]), TWIN),
    "transposed": (rule(lambda x: matrix() @ x, lambda g, x: matrix() @ g, lambda t, x: matrix() @ t[0]), numbers([0.4, -0.2, 0.9]),
                   {"category": "grad-rev-nd", "wrong": "reverse", "pattern": "transposed"}),
    "transposed.twin": (rule(lambda x: matrix() @ x, lambda g, x: matrix().T @ g, lambda t, x: matrix() @ t[0]), numbers([0.4, -0.2, 0.9]), TWIN),
    "abs": (torch.abs, numbers([0.0]), {"twin": True, "verdict": "SUBGRADIENT"}),
    "relu": (rule(torch.relu, lambda g, x: g * (x >= 0), lambda t, x: t[0] * (x >= 0)), numbers([0.0]), {"twin": True, "verdict": "SUBGRADIENT"}),
    "outside": (rule(torch.abs, lambda g, x: g * torch.where(x == 0, 3.0, 2.0 * torch.sign(x) - torch.sign(x)),
                     lambda t, x: t[0] * torch.where(x == 0, 3.0, torch.sign(x))), numbers([0.0]),
                {"category": "grad-rev-nd", "wrong": "both"}),
    "steps": (rule(lambda x: torch.floor(1000 * x) / 1000, lambda g, x: g, lambda t, x: t[0] * 1), numbers([0.3]),
              {"twin": True, "verdict": "ND_UNRELIABLE|NON_DIFF"}),
    "half": (half, numbers([0.3]), {"twin": True, "verdict": "PRECISION|ND_UNRELIABLE|NON_DIFF"}),
    "noise": (lambda x: x + int.from_bytes(os.urandom(4), "little") * 1e-9, numbers([0.3]), {"twin": True, "verdict": "RANDOM"}),
    "detached": (lambda x, y: x * y.detach(), numbers([2.0], [3.0]), {"category": "silent-none", "wrong": "both"}),
    "detached.twin": (lambda x, y: x * y, numbers([2.0], [3.0]), TWIN),
    "root": (torch.sqrt, numbers([0.0]), {"twin": True, "verdict": "DOMAIN|ND_UNRELIABLE|NON_DIFF"}),
    "large": (torch.exp, numbers([600.0]), TWIN),
    "second": (rule(lambda x: x ** 3, lambda g, x: WrongSecond.apply(g, x), lambda t, x: t[0] * 3 * x ** 2), numbers([0.7]),
               {"category": "higher-order:R over R", "wrong": "reverse"}),
    "second.twin": (cube, numbers([0.7]), TWIN),
    "tangent": (rule(lambda x: x ** 3, lambda g, x: g * 3 * x ** 2, lambda t, x: t[0] * 3 * x ** 2), numbers([0.7]),
                {"category": "higher-order:W over W", "reason": "a Python function of this library has no forward rule below functorch"}),
    "shape": (rule(lambda x: x * 1, lambda g, x: g.reshape(1, -1), lambda t, x: t[0] * 1), numbers([0.3, 0.5]),
              {"category": "shape/dtype", "reason": "the library reshapes a gradient of another shape itself, or refuses it"}),
    "abort": (rule(lambda x: x * 1, abort, lambda t, x: t[0] * 1), numbers([0.3]), {"category": "crash"}),
    "forever": (rule(lambda x: x * 1, lambda g, x: g, forever), numbers([0.3]), {"category": "hang"}),
    "conjugate": (lambda z: z * z.conj(), lambda: [torch.tensor([1 + 2j], dtype=C128)], TWIN),
    "greedy": (greedy, numbers([0.3]), {"twin": True, "verdict": "DIRECT_FAIL"}),
    "chatty": (chatty, numbers([0.3]), TWIN),
}

# ---------------------------------------------------------------- requests


def caps():
    return ["rev", "fwd", "second", "vmap", "jit", "rev=reverse", "fwd=forward"]


def main():
    build = " ".join(torch.__config__.show().split())[:400]
    send({"ev": "hello", "protocol": 1, "lib": "torch", "version": torch.__version__, "build": build, "caps": caps(), "pid": os.getpid()})
    for line in sys.stdin.buffer:
        q = json.loads(line)
        op, ident = q["op"], q.get("id", 0)
        if op == "quit":
            return
        try:
            if op == "observe":
                torch.set_default_dtype(torch.float32)
                torch.set_grad_enabled(True)
                o = Observer(q["case"], q["ask"], lambda s: send({"ev": "stage", "id": ident, "stage": s}))
                send({"ev": "result", "id": ident, "obs": o.run()})
            elif op == "enum":
                enum(ident, q.get("set", ""))
                send({"ev": "done", "id": ident})
            elif op == "ping":
                send({"ev": "done", "id": ident})
            else:
                send({"ev": "error", "id": ident, "text": "unknown request " + op})
        except Exception as e:
            send({"ev": "error", "id": ident, "text": "%s: %s" % (type(e).__name__, e)})


if __name__ == "__main__":
    main()
