# One observation: the stages of a case, each on its own feet.


ROUND = 100  # calls
ROUNDS = 3
LITTLE = 1 << 15  # bytes that a round may grow by before it is looked at


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


def grown(call):
    """By how many bytes each round of calls grows, up to one that grows little. What only waits to be collected does not count."""
    def one():
        before = resident()
        for _ in range(ROUND):
            call()
        return resident() - before

    for _ in range(ROUND // 10):
        call()
    if one() < LITTLE:
        return [0]
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        before = resident()
        one()
        gc.collect()
        rounds.append(resident() - before)
        if rounds[-1] < LITTLE:
            break
    return rounds


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
        self.obs["nodes"] = nodes(outs)
        self.values("rev", flat(outs))
        grads = []
        self.put("rev", len(self.rows), len(self.cols), reverse(outs, xs, self.rows, self.cols, grads))
        self.obs["grads"] = grads
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

    def leak(self):
        """Resident memory over rounds of calls, in each mode that works: what is kept of every call adds up."""
        ways = {"direct": self.plainly, "rev": self.backward, "fwd": self.dually}
        self.obs["growth"] = {name: {"calls": ROUND, "bytes": grown(call)} for name, call in ways.items()
                              if name in self.obs["values"] and name not in self.obs["fail"]}

    def plainly(self):
        with torch.no_grad():
            self.f(self.f.inputs)

    def backward(self):
        xs = track(self.f.inputs)
        outs = [o.sum() for o in self.f(xs) if o.requires_grad]
        if outs:
            torch.autograd.grad(outs, xs, allow_unused=True)

    def dually(self):
        with fwAD.dual_level():
            self.f([fwAD.make_dual(x, torch.ones_like(x)) for x in self.f.inputs])

    # Second order: the scalar s(x) = sum_i c_i F_i over the selected rows, in f64; for
    # third order sum_j c_j ds/dx_j over the selected columns takes its place.

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
            self.weights[k][j] = self.cotangent(i)
        self.weights = [w.reshape(o.shape) for w, o in zip(self.weights, outs)]

    def cotangent(self, i):
        return 1.0 if self.ask.get("ones") else cotangent(i)

    def plain(self, xs):
        return sum((o.to(F64) * w).sum() for o, w in zip(self.wf(xs, self.frozen64), self.weights))

    def scalar(self, xs):
        s = self.plain(xs)
        if self.ask.get("order", 2) < 3:
            return s
        return self.slope(torch.autograd.grad(s, xs, create_graph=True, allow_unused=True) if s.requires_grad else [None] * len(xs))

    def slope(self, gs):
        g = torch.cat([torch.zeros(n, dtype=F64) if d is None else d.reshape(-1) for d, n in zip(gs, self.sizes)])
        return sum(self.cotangent(j) * g[c] for j, c in enumerate(self.cols2))

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
        jvp, grad = functional("jvp"), functional("grad")
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
            if self.ask.get("order", 2) < 3:
                return self.plain(list(a))
            return self.slope(grad(lambda *b: self.plain(list(b)), tuple(range(len(a))))(*a))

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
        self.obs["unbounded"] = not bool(g(self.x64).isfinite().all())
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
        self.obs["rss"] = resident()
        return self.obs
