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
            "new_empty": "uninitialised", "new_empty_strided": "uninitialised", "resize_": "uninitialised", "resize_as_": "uninitialised",
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
    samples = list(op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd and dtype.is_floating_point))[:60]
    cases, why = [], "no samples"
    for cut in ("small", "wrapped", "single", "whole"):
        if not cases and samples:
            cases, why = running(op, forms(samples, cut))
    return cases, why


def running(op, ranked):
    """Of the forms of samples, those that run, in the first way to call the operation that works."""
    via = WRAPPERS.get(getattr(op.gradcheck_wrapper, "__name__", ""))
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
        if via and c["args"] and c["args"][0]["k"] == "tensor":
            c["args"][0]["t"]["via"] = via
        if op.name in GAUGE:
            c["post"] = "abs"
        for path in paths:
            c["call"] = path
            tried += 1
            fails = refusal(c)
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
