# The planted functions of the self-test.


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


KEPT, CACHED = [], []


def keep(g, where, most):
    """Holds on to 8 KiB more at every call, up to so many."""
    if len(where) < most:
        where.append(torch.ones(1024, dtype=F64))
    return g


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
    "leak": (rule(lambda x: x * 1, lambda g, x: keep(g, KEPT, 1 << 30), lambda t, x: t[0] * 1), numbers([0.3]), {"category": "leak", "wrong": "reverse"}),
    "leak.twin": (rule(lambda x: x * 1, lambda g, x: keep(g, CACHED, 300), lambda t, x: t[0] * 1), numbers([0.3]), TWIN),
    "conjugate": (lambda z: z * z.conj(), lambda: [torch.tensor([1 + 2j], dtype=C128)], TWIN),
    "greedy": (greedy, numbers([0.3]), {"twin": True, "verdict": "DIRECT_FAIL"}),
    "chatty": (chatty, numbers([0.3]), TWIN),
}
