#!/usr/bin/env python3
# @TITLE@
#
# library    @LIBRARY@
# category   @CATEGORY@; wrong: @WRONG@; pattern: @PATTERN@
# signature  @SIGNATURE@
# run        @RUN@
#
# Exits with 3 and the last line "reproduced" where the difference shows@SIGNAL@, with 0 where it does not.
import sys
import warnings

import torch
import torch.autograd.forward_ad as fwAD

warnings.simplefilter("ignore")
torch.set_num_threads(1)
inf, nan = float("inf"), float("nan")

@INPUTS@

@API@


def f(@NAMES@):
    torch.manual_seed(@SEED@)
    return @CALL@


# ---- the same check for every case: f as a function of real numbers

xs = [@LIST@]
ORDER = @ORDER@
COMPLEX = [x.dtype.is_complex for x in xs]
xs = [torch.view_as_real(x) if c else x for x, c in zip(xs, COMPLEX)]


def leaves(o):
    if isinstance(o, torch.Tensor):
        return [o]
    return [t for x in o for t in leaves(x)] if isinstance(o, (list, tuple)) else []


def outputs(xs):
    args = [torch.view_as_complex(x if x.stride(-1) == 1 else x.contiguous()) if c else x for x, c in zip(xs, COMPLEX)]
    out = [o for o in leaves(f(*args)) if o.dtype.is_floating_point or o.dtype.is_complex]
    return [torch.view_as_real(o.resolve_conj()) if o.dtype.is_complex else o for o in out]


def flat(ts):
    return torch.cat([t.reshape(-1).to(torch.float64) for t in ts])


def F(xs):
    return flat(outputs(xs))


def track(xs):
    return [x.detach().requires_grad_() for x in xs]


def onehot(j):
    ts = [torch.zeros_like(x) for x in xs]
    for k, t in enumerate(ts):
        if j < t.numel():
            t.view(-1)[j] = 1
            return k, t
        j -= t.numel()


def grad(y, x, **kw):
    g = torch.autograd.grad(y, x, allow_unused=True, **kw) if y.requires_grad else [None] * len(x)
    return flat([torch.zeros_like(t) if d is None else d for d, t in zip(g, x)])


def reverse():
    x = track(xs)
    rows = []
    for y in outputs(x):
        for i in range(y.numel()):
            one = torch.zeros(y.numel(), dtype=y.dtype)
            one[i] = 1
            rows.append(grad(y, x, grad_outputs=one.reshape(y.shape), retain_graph=True))
    return torch.stack(rows)


def forward():
    cols = []
    for j in range(n):
        k, t = onehot(j)
        with fwAD.dual_level():
            x = list(xs)
            x[k] = fwAD.make_dual(xs[k], t)
            cols.append(flat([torch.zeros_like(o) if fwAD.unpack_dual(o).tangent is None else fwAD.unpack_dual(o).tangent for o in outputs(x)]))
    return torch.stack(cols, 1)


def slopes(F, h):
    """Left, right and central difference quotients."""
    base, left, right = F(xs), [], []

    def at(x):
        try:
            return F(x)
        except Exception:  # outside the domain
            return torch.full_like(base, nan)
    for j in range(n):
        k, t = onehot(j)
        up, down = list(xs), list(xs)
        up[k], down[k] = xs[k] + h * t, xs[k] - h * t
        left.append((base - at(down)) / h)
        right.append((at(up) - base) / h)
    return torch.stack(left, 1).detach(), torch.stack(right, 1).detach()


def weight(i):
    return 0.5 + ((i + 1) * 0.6180339887498949) % 1.0


def weighted(x):
    y = F(x)
    return sum(weight(i) * y[r] for i, r in enumerate(rows))


def slope(g):
    return sum(weight(j) * v for j, v in enumerate(g))


def scalar(x):
    s = weighted(x)
    return s if ORDER < 3 else slope(grad(s, x, create_graph=True))


def G(x):
    x = track(x)
    return grad(scalar(x), x).detach()


def r_over_r():
    x = track(xs)
    g = grad(scalar(x), x, create_graph=True)
    return torch.stack([grad(v, x, retain_graph=True) for v in g])


def w_over_r():
    cols = []
    for j in range(n):
        k, t = onehot(j)
        with fwAD.dual_level():
            x = track(xs)
            x[k] = fwAD.make_dual(x[k], t)
            d = fwAD.unpack_dual(grad(scalar(x), x, create_graph=True)).tangent
            cols.append(torch.zeros(n, dtype=torch.float64) if d is None else d.detach())
    return torch.stack(cols, 1)


def r_over_w():
    cols = []
    for j in range(n):
        k, t = onehot(j)
        with fwAD.dual_level():
            x = track(xs)
            duals = list(x)
            duals[k] = fwAD.make_dual(x[k], t)
            d = fwAD.unpack_dual(scalar(duals)).tangent
            cols.append(torch.zeros(n, dtype=torch.float64) if d is None else grad(d, x))
    return torch.stack(cols, 1)


def w_over_w():
    try:
        from torch.func import grad as slopes_of, jvp
    except ImportError:
        from functorch import grad as slopes_of, jvp

    def along(j):
        k, t = onehot(j)
        return tuple(t if i == k else torch.zeros_like(x) for i, x in enumerate(xs))
    s = lambda *a: weighted(list(a))
    if ORDER > 2:
        first, s = s, lambda *a: slope(flat(slopes_of(first, tuple(range(len(a))))(*a)))
    return torch.tensor([[float(jvp(lambda *a: jvp(s, a, along(i))[1], tuple(xs), along(j))[1]) for j in range(n)] for i in range(n)], dtype=torch.float64)


def vectorised(F):
    x = track(xs)
    y = F(x)
    g = torch.autograd.grad(y, x, torch.eye(len(y), dtype=y.dtype), allow_unused=True, is_grads_batched=True)
    return torch.cat([torch.zeros(len(y), t.numel(), dtype=torch.float64) if d is None else d.reshape(len(y), -1).to(torch.float64) for d, t in zip(g, x)], 1)


def compiled(F):
    x = track(xs)
    y = torch.jit.trace(lambda *a: F(list(a)), tuple(x), check_trace=False)(*x)
    return torch.stack([grad(v, x, retain_graph=True) for v in y])


def differs(a, left, right, size, h):
    """Where a lies outside both slopes, by more than the error of differences."""
    lo, hi = torch.minimum(left, right), torch.maximum(left, right)
    slack = @TOLERANCE@ + (1e-3 if ORDER < 3 else 1e-2) * torch.maximum(a.abs(), torch.maximum(lo.abs(), hi.abs())) + 10 * 2.0 ** -52 * size / h
    fine = left.isfinite() & right.isfinite()
    return fine & (~a.isfinite() | (a < lo - slack) | (a > hi + slack))


n = sum(x.numel() for x in xs)
with torch.no_grad():
    direct = F(xs)
rows = list(range(len(direct)))
if len(rows) > 12:
    rows = [i * len(direct) // 12 for i in range(12)]
torch.set_printoptions(precision=8, linewidth=160, threshold=200)
print("torch", torch.__version__)
print("value", direct)
found = False
@CHECK@
if found:
    sys.stdout.flush()
    print("reproduced")
    sys.exit(3)
print("not reproduced")
