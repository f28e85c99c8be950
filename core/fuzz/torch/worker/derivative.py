# Jacobians by reverse and forward mode, and values around a point.


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
    """Leaves of the same numbers in the same memory: a layout with gaps stays one."""
    return [x.detach().requires_grad_() for x in xs]


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


FUNCTIONAL = []


def functional(name):
    """A transform of torch.func, or of functorch before it; None where there is neither."""
    if not FUNCTIONAL:
        try:
            import torch.func as module
        except ImportError:
            try:
                import functorch as module
            except Exception:
                module = None
        FUNCTIONAL.append(module)
    return getattr(FUNCTIONAL[0], name, None)


# Nodes of the pairs of reals that complex numbers are for us, and of the leaves.
PLUMBING = ("ViewAsComplexBackward", "ViewAsRealBackward", "struct torch::autograd::AccumulateGrad", "torch::autograd::AccumulateGrad")

# Nodes of two names that run the same code.
TWINS = {"CumminBackward0": "CummaxBackward0", "VdotBackward0": "DotBackward0"}


def nodes(outs):
    """The distinct backward nodes of a graph: what its derivative is made of."""
    seen, names, stack = set(), set(), [o.grad_fn for o in outs if o.grad_fn is not None]
    while stack and len(seen) < 200:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        if not n.name().startswith(PLUMBING):
            names.add(TWINS.get(n.name(), n.name()))
        stack += [p for p, _ in n.next_functions if p is not None]
    return sorted(names)
