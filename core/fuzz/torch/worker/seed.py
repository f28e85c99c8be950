# Seeds: values of the library in the words of the protocol, cut down to a few numbers.

LARGE = 36  # most input numbers of a seed, where there is a choice
SEEDS = 6


def describe(o, diff):
    """The value of a sample in the words of the protocol; ValueError where there is none."""
    if isinstance(o, torch.Tensor):
        if o.layout != torch.strided or o.dtype not in NAMES:
            raise ValueError("tensor of %s, %s" % (str(o.layout)[6:], o.dtype))
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


def shrink(o, limit, wrap=False):
    """Cuts every dimension of a tensor to a few elements; indices are wrapped to stay inside where asked for."""
    if isinstance(o, torch.Tensor):
        if o.layout != torch.strided:
            return o
        x = o.detach()
        for d in range(x.dim()):
            if x.shape[d] > limit:
                x = x.narrow(d, 0, limit)
        if wrap and x.dtype in (torch.int64, torch.int32):
            x = x % limit
        return x.clone().requires_grad_(o.requires_grad)
    return rebuilt(o, lambda e: shrink(e, limit, wrap))


def single(o):
    """Cuts all dimensions but the last three to one."""
    if isinstance(o, torch.Tensor):
        if o.layout != torch.strided:
            return o
        x = o.detach()
        for d in range(x.dim() - 3):
            x = x.narrow(d, 0, min(1, x.shape[d]))
        return x.clone().requires_grad_(o.requires_grad)
    return rebuilt(o, single)


def rebuilt(o, each):
    """A list, tuple or dictionary of what became of its elements; anything else as it is."""
    if isinstance(o, dict):
        return {k: each(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)) and not isinstance(o, torch.Size):
        return type(o)(each(e) for e in o)
    return o


def refusal(case):
    """Why the library does not run a case, "" where it does."""
    try:
        f = function(case)
        with torch.no_grad():
            f.raw(f.inputs)
    except Exception as e:
        return " ".join(("%s: %s" % (type(e).__name__, e)).split())[:160]
    return ""


def cost(o):
    return sum(t.numel() for t in leaves(o, []))


def strip(v):
    """What tells one seed from another: everything but numbers in tensors."""
    if v["k"] == "tensor":
        return [v["t"]["dtype"], v["t"]["shape"]]
    if v["k"] in ("list", "tuple"):
        return [strip(e) for e in v["l"]]
    return v
