# Arguments out of signatures: what an API takes by the schemas of its operator, else by
# its annotations, and values of these types that may run.


class Parameter:
    """One parameter: kind is tensor, tensors, int, ints, float, number, bool, str, or other."""

    def __init__(self, name, kind, optional, default, required, keyword, length=None):
        self.name, self.kind, self.optional, self.default = name, kind, optional, default
        self.required, self.keyword, self.length = required, keyword, length


KINDS = {"Tensor": "tensor", "List[Tensor]": "tensors", "int": "int", "SymInt": "int", "List[int]": "ints", "List[SymInt]": "ints",
         "float": "float", "List[float]": "floats", "number": "number", "Scalar": "number", "bool": "bool", "str": "str"}


def by_schemas(operator):
    """The signatures of an operator: one a schema, without those that write into an argument given for it."""
    out = []
    for s in torch._C._jit_get_schemas_for_operator("aten::" + operator):
        parameters = []
        for a in s.arguments:
            word = str(a.type)
            optional = word.startswith("Optional[")
            word = word[9:-1] if optional else word
            parameters.append(Parameter(a.name, KINDS.get(word, "other"), optional, a.default_value, not a.has_default_value(), a.kwarg_only, a.N))
        if not any(p.keyword and p.required for p in parameters):
            out.append(parameters)
    return out


def by_annotations(f):
    """The signature of a Python function that has one, as a list of one or none."""
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    parameters = []
    for p in found:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            return []
        word = p.annotation.__name__ if isinstance(p.annotation, type) else str(p.annotation).replace("typing.", "").replace("torch.", "")
        optional = word.startswith("Optional[")
        word = word[9:-1] if optional else word
        kind = "float" if word.startswith("Union[") and "float" in word else KINDS.get(word, "other")
        parameters.append(Parameter(p.name, kind, optional, p.default, p.default is p.empty, p.kind is p.KEYWORD_ONLY))
    return [parameters] if any(p.kind in ("tensor", "tensors") for p in parameters) else []


# Shapes that the tensors of a call have in common. In a layout every tensor has a
# shape by its name; the first is for those that are not named.
COMMON = ((3,), (2, 3), (3, 3), (1, 2, 4), (1, 4, 4), (1, 2, 3, 3), (1, 1, 3, 3, 3), ())
LAYOUTS = (
    {"": (1, 2, 4), "weight": (2, 2, 2), "bias": (2,)},
    {"": (1, 2, 3, 3), "weight": (2, 2, 2, 2), "bias": (2,), "running_mean": (2,), "running_var": (2,)},
    {"": (1, 2, 2, 2, 2), "weight": (1, 2, 2, 2, 2), "bias": (1,)},
    {"": (2, 2, 3), "weight": (2,), "bias": (2,), "running_mean": (2,), "running_var": (2,), "mean": (2,), "invstd": (2,), "noise": (2, 2, 3)},
    {"": (3, 1, 2), "weight": (2, 2, 2), "bias": (2,)},
    {"": (1, 2, 3, 3), "grid": (1, 2, 2, 2)},
    {"": (1, 1, 2, 2, 2), "grid": (1, 1, 2, 2, 3)},
    {"": (1, 2, 3), "theta": (1, 2, 3), "size": (1, 1, 2, 3)},
    {"": (1, 3, 4), "theta": (1, 3, 4), "size": (1, 1, 1, 2, 2)},
    {"": (2, 3), "hx": (2, 2), "w_ih": (2, 3), "w_hh": (2, 2), "b_ih": (2,), "b_hh": (2,)},
    {"": (2, 2), "hx": (2, 1), "w_ih": (3, 2), "w_hh": (3, 1), "b_ih": (3,), "b_hh": (3,)},
    {"": (2, 2), "hx": [(2, 1), (2, 1)], "w_ih": (4, 2), "w_hh": (4, 1), "b_ih": (4,), "b_hh": (4,)},
    {"": (2, 1, 2), "hx": (1, 1, 2), "params": [(2, 2), (2, 2), (2,), (2,)]},
    {"": (2, 1, 2), "hx": (1, 1, 1), "params": [(3, 2), (3, 1), (3,), (3,)]},
    {"": (2, 1, 2), "hx": [(1, 1, 1), (1, 1, 1)], "params": [(4, 2), (4, 1), (4,), (4,)]},
    {"": (2, 1, 2), "in_proj_weight": (6, 2), "in_proj_bias": (6,), "out_proj_weight": (2, 2), "out_proj_bias": (2,)},
)

# Numbers by the name of a parameter, where zero or one would not do.
INTS = {"dim": -1, "dim0": 0, "dim1": -1, "kernel_size": 2, "output_size": 4, "num_layers": 1, "groups": 1, "group": 1, "num_groups": 1, "n": 2,
        "p": 2, "pow": 2, "chunks": 2, "split_size": 1, "repeats": 2, "N": 1, "C": 2, "HxW": 9, "stride": 1, "dilation": 1, "padding": 0,
        "output_padding": 0, "pad": 0, "start": 0, "end": 2, "length": 1, "step": 1, "size": 2, "index": 0, "upscale_factor": 1, "num_heads": 1,
        "embed_dim_to_check": 2, "num_classes": 3, "quant_min": 0, "quant_max": 255, "axis": 0, "ch_axis": 0, "blank": 0, "ndim": 2}
FLOATS = {"dropout": 0.0, "dropout_p": 0.0, "eps": 1e-5, "momentum": 0.1, "scale": 0.25, "norm_type": 2.0, "ord": 2.0, "tau": 1.0}
LISTS = {"kernel_size": 2, "stride": 1, "dilation": 1, "padding": 0, "output_padding": 0, "output_size": 4, "im2col_step": 1, "dim": -1}
WORDS = {"reduction": "mean", "mode": "bilinear", "padding_mode": "zeros", "approximate": "none"}
WHOLE = ("index", "indices", "offsets", "target", "targets", "batch_sizes", "lengths")  # tensors that may have to be of integers


def numbers_of(shape, salt):
    """Different numbers in (0, 1): inside the domain of most functions, and away from their kinks."""
    n = 1
    for d in shape:
        n *= d
    return torch.tensor([round(0.1 + 0.8 * ((i + 1 + 5 * salt) * 0.6180339887498949 % 1.0), 3) for i in range(n)], dtype=F64).reshape(shape).requires_grad_()


class Plan:
    """A choice of shapes and habits, by which the arguments of a signature are made."""

    def __init__(self, layout, whole, full):
        self.layout, self.whole, self.full = layout, whole, full

    def tensor(self, name, salt):
        shape = self.layout.get(name, self.layout[""])
        if isinstance(shape, list):
            return [numbers_of(s, salt + i) for i, s in enumerate(shape)]
        if self.whole and name in WHOLE:
            n = numbers_of(shape, salt).numel()
            return torch.tensor([i % 2 for i in range(n)], dtype=torch.int64).reshape(shape)
        return numbers_of(shape, salt)

    def value(self, p, salt):
        rank = len(self.layout[""])
        if p.kind in ("tensor", "tensors"):
            if p.name in self.layout and isinstance(self.layout[p.name], list) != (p.kind == "tensors"):
                raise ValueError("another layout")
            t = self.tensor(p.name, salt)
            return [t, self.tensor(p.name, salt + 1)] if p.kind == "tensors" and not isinstance(t, list) else t
        if not p.required and p.default is not None and not (isinstance(p.default, torch.Tensor)):
            return p.default
        if p.kind == "int":
            return INTS.get(p.name, 1)
        if p.kind == "ints" or p.kind == "other" and p.name in LISTS:
            if p.name in ("size", "shape", "sizes"):
                return list(self.layout.get("size", self.layout[""]))
            if p.name in ("dims", "dim", "axis") and p.length is None:
                return list(range(rank))[::-1]
            if p.name == "split_sizes":
                return [1, self.layout[""][0] - 1] if rank else []
            if p.name == "pad":
                return [1] * 2 * max(rank - 2, 1)
            if p.name == "padding" and p.length and p.length > 1 and p.length % 2 == 0 and rank - 2 != p.length:
                return [1] * p.length
            value = 3 if p.name == "output_size" and self.full else LISTS.get(p.name, 1)
            return [value] * (p.length or max(rank - 2, 1))
        if p.kind in ("float", "number"):
            return FLOATS.get(p.name, 0.5)
        if p.kind == "floats":
            return [2.0] * (p.length or max(rank - 2, 1))
        if p.kind == "bool":
            return p.name == "has_biases"
        if p.kind == "str":
            return WORDS.get(p.name, "mean")
        raise ValueError("a value for " + p.name)

    def call(self, parameters):
        """Positional and keyword arguments; ValueError where a type has no value here."""
        args, kwargs, gap = [], {}, False
        for salt, p in enumerate(parameters):
            wanted = p.required or self.full and (p.kind in ("int", "float", "bool", "number") and p.default is not None
                                                  or p.name == "output_size" or p.kind == "tensor" and p.name in self.layout)
            if p.optional and p.required and not (self.full and p.name in self.layout):
                value = None
            elif wanted:
                value = self.value(p, salt)
            else:
                gap = True
                continue
            if p.keyword or gap:
                kwargs[p.name] = value
            else:
                args.append(value)
        return args, kwargs


def plans(parameters):
    """Plans for a signature, plain ones first."""
    names = {p.name for p in parameters}
    for layout in [l for l in LAYOUTS if names & set(l)] + [{"": s} for s in COMMON]:
        for whole in (False, True) if names & set(WHOLE) else (False,):
            for full in (False, True):
                yield Plan(layout, whole, full)
