# The function of a case: real tensors in, real tensors out, everything else frozen.


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
    if not found or isinstance(o, (types.ModuleType, type)) or not (callable(o) or hasattr(o, "__get__")):
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


# Steps before the API; upper is that of the call, which says which triangle is read.
VIA = {
    "hermitian": lambda x, upper: x + x.mH,
    "triangle": lambda x, upper: x.triu() if upper else x.tril(),
    "triangle_pos": lambda x, upper: (x.triu(1) if upper else x.tril(-1)) + torch.diag_embed(torch.diagonal(x, dim1=-2, dim2=-1).abs() + 0.5),
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
        self.upper = dict(self.kwargs).get("upper", ("c", case["api"].endswith(".triangular_solve"))) == ("c", True)
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
                x = self.via[v](x, self.upper)
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
