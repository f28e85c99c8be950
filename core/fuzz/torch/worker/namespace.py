# The second and third source of APIs: what the public namespaces hold, and the operators
# that the library has registered, where the database lacks them.

# Namespaces, best name first, with what their operators begin with.
SPACES = (("torch.nn.functional", ""), ("torch.linalg", "linalg_"), ("torch.special", "special_"), ("torch.fft", "fft_"), ("torch", ""), ("torch.Tensor", ""))


# Callables that are none of our business, and why.
NOISE = {"lobpcg": "iterative: no derivative of what it returns is exact", "requires_grad_": "sets a flag of a leaf"}


def key(name):
    """What an operation is told apart by: neither its namespace nor whether it works in place counts."""
    name = name.replace("nn.functional.", "").replace(".", "_")
    return name.rstrip("_") or name


def lacking():
    """Source, public name and operators of every callable that the database has no entry for."""
    covered = set()
    for op in op_db():
        covered.update([key(op.name), key(op.aten_name or op.name)] + [key(a.name) for a in op.aliases])
    for space, prefix in SPACES:
        home = torch
        for part in space.split(".")[1:]:
            home = getattr(home, part)
        for name in sorted(dir(home)):
            o = getattr(home, name, None)
            if name.startswith("_") or not callable(o) or isinstance(o, (type, types.ModuleType)):
                continue
            if key(name) in covered or key(prefix + name) in covered or name in NOISE:
                continue
            covered.update([key(name), key(prefix + name)])
            yield "namespace", space + "." + name, o, prefix + name
    for name in sorted({s.name[6:] for s in torch._C._jit_get_all_schemas() if s.name.startswith("aten::")}):
        # Private operators and the backward halves of others take arguments that are bound to each other; second order reaches them.
        if name.startswith("_") or "backward" in name or key(name) in covered or name in NOISE:
            continue
        covered.add(key(name))
        o = getattr(torch.ops.aten, name, None)
        if o is not None:
            yield "schema", "torch.ops.aten." + name, o, name


MOST = 3  # seeds of one of these APIs


def attempts(path, o, operator):
    """Cases that the signatures of an API suggest, no two alike."""
    shapes = set()
    for parameters in by_annotations(o) + by_schemas(operator):
        if not any(p.kind in ("tensor", "tensors") and p.required for p in parameters):
            continue
        for plan in plans(parameters):
            try:
                args, kwargs = plan.call(parameters)
                c = {"api": path, "args": [describe(a, lambda t: t.requires_grad) for a in args],
                     "kwargs": [{"name": k, "value": describe(v, lambda t: t.requires_grad)} for k, v in kwargs.items()]}
            except ValueError:
                continue
            look = json.dumps([strip(a) for a in c["args"]] + [[k["name"], strip(k["value"])] for k in c["kwargs"]])
            if look not in shapes:
                shapes.add(look)
                yield c


def unfit(case):
    """Why a case that runs is no use, "" where it is."""
    f = function(case)
    if not 0 < sum(x.numel() for x in f.inputs) <= LARGE:
        return "no input to differentiate by"
    with torch.no_grad():
        a, b = flat(f(f.inputs)), flat(f(f.inputs))
    if a.numel() == 0 or a.shape != b.shape or not bool(((a == b) | (a.isnan() & b.isnan())).all()):
        return "no number that is the same twice"
    try:
        xs = track(f.inputs)
        outs = [o for o in f(xs) if o.requires_grad]
        if not outs:
            return "its result has no derivative"
        torch.autograd.grad(outs[0].sum(), xs, allow_unused=True)
    except Exception as e:
        return "backward: " + str(e)[:120]
    return ""


SECONDS = 10  # of one attempt
ATTEMPTS = 60  # of one API
HOPELESS = ("Could not run 'aten::", "was not built with", "is now removed", "compiled without")  # whatever the arguments are
DEATHS = 4  # of the process that attempts, before an API is given up


def probed(candidates):
    """The candidates with the seeds that run. Arguments by type alone end some functions by a
    signal: a child tries, and another one goes on behind the attempt that took it along."""
    found = [[] for _ in candidates]
    deaths = [0] * len(candidates)
    at = skip = 0
    while at < len(candidates):
        r, w = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(r)
            status = 1
            try:
                attempt(candidates, at, skip, len(found[at]), os.fdopen(w, "w"))
                status = 0
            finally:
                os._exit(status)
        os.close(w)
        with os.fdopen(r) as lines:
            for line in lines:
                try:
                    i, skip, case = json.loads(line)
                except ValueError:  # half a line: it died here
                    break
                if case:
                    found[i].append(case)
                at = i
        _, status = os.waitpid(child, 0)
        if status == 0:
            break
        deaths[at] += 1
        if deaths[at] >= DEATHS:
            at, skip = at + 1, 0
    return [(c, cases) for c, cases in zip(candidates, found)]


def attempt(candidates, at, skip, have, out):
    """Tries candidates from one on, behind its first attempts; tells every attempt before it begins, and every case that runs."""
    faulthandler.disable()
    for i in range(at, len(candidates)):
        for n, case in enumerate(attempts(*candidates[i][1:])):
            if n < skip:
                continue
            if have >= MOST or n >= ATTEMPTS:
                break
            print(json.dumps([i, n + 1, None]), file=out, flush=True)
            signal.alarm(SECONDS)
            reason = refusal(case)
            if any(word in reason for word in HOPELESS):
                break
            if not reason and not unfit(case):
                print(json.dumps([i, n + 1, case]), file=out, flush=True)
                have += 1
        have = skip = 0


def others():
    """The APIs beyond the database that a generated case runs and that have a derivative."""
    for (source, path, _, operator), cases in probed(list(lacking())):
        if cases:
            name = key(operator)
            yield {"name": path, "source": source, "family": family(path[len("torch."):].replace("ops.aten.", "").replace("Tensor.", "")), "cause": name, "seeds": cases,
                   "reverse": True, "forward": True, "second": True, "dtypes": ["f32", "f64", "c128"], "by_design": BY_DESIGN.get(name, "")}
