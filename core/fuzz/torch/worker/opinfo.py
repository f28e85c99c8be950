# The first source of APIs: the database of operations that torch ships for its own tests.

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
             "nn.functional.gaussian_nll_loss": "the manual has the variance clamped outside of autograd",
            "linalg.cholesky_ex": "undefined where info is not zero", "linalg.inv_ex": "undefined where info is not zero",
            "linalg.ldl_factor_ex": "undefined where info is not zero", "linalg.lu_factor_ex": "undefined where info is not zero",
            "new_empty": "uninitialised", "new_empty_strided": "uninitialised", "resize_": "uninitialised", "resize_as_": "uninitialised",
             "gumbel_softmax": "straight through where it is hard", "norm.nuc": "singular: the manual asks for distinct singular values",
             "index": "repeated indices", "as_strided_copy": "overlapping memory",
             "fake_quantize_per_tensor_affine": "straight through the steps", "fake_quantize_per_tensor_affine_cachemask": "straight through the steps",
             "fake_quantize_per_channel_affine": "straight through the steps", "fused_moving_avg_obs_fake_quant": "straight through the steps"}

# Factorisations whose derivative the manual restricts to input of full rank, or to
# distinct eigenvalues or singular values: nothing is promised elsewhere.
for _name in ("linalg.qr", "qr", "linalg.lu", "lu", "lu_unpack", "linalg.lu_factor", "linalg.householder_product", "ormqr", "linalg.lstsq",
              "linalg.pinv", "pinverse", "linalg.eigvals", "linalg.eigvalsh", "linalg.svdvals", "cholesky_inverse", "linalg.matrix_rank") + GAUGE:
    BY_DESIGN.setdefault(_name, "singular: the manual asks for full rank or distinct values")


def callables(op):
    """The ways to reach an operation, best first: public names, then the database's own."""
    name = op.name[len("torch."):] if op.name.startswith("torch.") else op.name
    for path in ("torch." + name, "torch.Tensor." + name):
        try:
            yield path, resolve(path)
        except LookupError:
            pass
    yield "opinfo:%s:%s" % (op.name, op.variant_test_name), op.op


def widest(op):
    """The type of seeds; an entry that names none for a CPU is tried in f64."""
    for dtype in (F64, torch.float32, C128, torch.int64):
        if dtype in op.dtypes:
            return dtype
    return next(iter(op.dtypes), F64)


def forms(samples, cut):
    """Samples in smaller forms, the best first: few numbers but some, earlier samples before later ones."""
    ranked = []
    for i, s in enumerate(samples):
        everything = [s.input, list(s.args), dict(s.kwargs)]
        for limit in (2, 3, 4) if cut == "small" or cut == "wrapped" else ():
            if cost(everything) <= LARGE:
                break
            small = shrink(everything, limit, cut == "wrapped")
            if cost(small) > LARGE and limit > 2:
                break
            ranked.append((cost(small), i, limit, small))
        if cut == "single":
            everything = single(everything)
        ranked.append((cost(everything), i, 99, everything))
    ranked.sort(key=lambda r: (r[0] > LARGE, r[0] == 0, r[0] if r[0] > LARGE else 0, r[1], r[2]))
    return [(n, i, form) for n, i, _, form in ranked]


def seed_cases(op):
    """The seeds of an operation, and why there are none where there are none."""
    dtype = widest(op)
    torch.manual_seed(0)
    random.seed(0)  # samples draw options from there, or from numpy
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd and dtype.is_floating_point))[:60]
    cases, why = [], "no samples"
    for cut in ("small", "wrapped", "single", "whole"):
        if not cases and samples:
            cases, why = running(op, forms(samples, cut))
    return cases, why


def wrapped(op):
    """What the database has done to an argument before its own tests of gradients: by position, the name of the step.

    A function of a symmetric or triangular matrix is one of its free entries; the gradient by
    the others is no promise of the library."""
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], dtype=F64)
    steps = {}
    for at in (0, 1):
        args = [x.clone(), x.clone()]
        try:
            got = op.gradcheck_wrapper(lambda *a, **k: a, *args)[at]
        except Exception:
            continue
        if not isinstance(got, torch.Tensor) or got.shape != x.shape or torch.equal(got, x):
            continue
        if torch.equal(got, x + x.mH):
            steps[at] = "hermitian"
        elif torch.equal(got, x.tril()):
            steps[at] = "triangle"
        elif torch.equal(got, got.tril()):
            steps[at] = "triangle_pos"
    return steps


def running(op, ranked):
    """Of the forms of samples, those that run, in the first way to call the operation that works."""
    steps = wrapped(op)
    paths = [path for path, _ in callables(op)]
    name = public(op)
    cases, shapes, taken, tried, why = [], set(), set(), 0, "no sample that the protocol has words for"
    for n, i, (first, args, kwargs) in ranked:
        if len(cases) >= SEEDS or tried > 40:
            break
        if i in taken or (n > LARGE and cases):
            continue
        try:  # a function cannot be told; what an operation takes without it stands in
            c = {"api": name, "args": [describe(a, lambda t: t.requires_grad) for a in [first] + args],
                 "kwargs": [{"name": k, "value": describe(v, lambda t: t.requires_grad)} for k, v in kwargs.items() if not callable(v)]}
        except ValueError as e:
            why = "no words for a %s in a sample" % e
            continue
        look = json.dumps([strip(a) for a in c["args"]] + [strip(k["value"]) for k in c["kwargs"]])
        if look in shapes:
            continue
        for at, via in steps.items():
            if at < len(c["args"]) and c["args"][at]["k"] == "tensor":
                c["args"][at]["t"]["via"] = via
        if op.name in GAUGE:
            c["post"] = "abs"
        for path in paths:
            c["call"] = path
            tried += 1
            fails = refusal(c)
            if not fails and path != paths[-1] and not alike(c, paths[-1]):
                fails = path + " is another function"
            if fails:
                why = fails
                continue
            if path == name:
                del c["call"]
            cases.append(c)
            shapes.add(look)
            taken.add(i)
            paths = [path]
            break
    return cases, why


def alike(case, path):
    """Whether a case has the same result by another way to call it: a variant may be a function around the public one."""
    g = function(dict(case, call=path))
    try:
        with torch.no_grad():
            a, b = function(case), g
            a, b = a.raw(a.inputs), b.raw(b.inputs)
        return len(a) == len(b) and all(x.shape == y.shape and x.dtype == y.dtype and torch.allclose(x, y, equal_nan=True) for x, y in zip(a, b))
    except Exception:
        return True  # what cannot be compared, such as sparse results


def public(op):
    """The public name of an operation: a function, else a method; a variant after a dot."""
    path = next(callables(op))[0]
    if path.startswith("opinfo:"):
        path = op.name if op.name.startswith("torch.") else "torch." + op.name
    return path + ("." + op.variant_test_name if op.variant_test_name else "")


def known(op):
    """What the database itself says fails."""
    for d in getattr(op, "skips", ()) or ():
        if getattr(d, "cls_name", "") in ("TestGradients", "TestFwdGradients", "TestBwdGradients"):
            return [{"ref": "OpInfo skip " + str(d.test_name)}]
    return []
