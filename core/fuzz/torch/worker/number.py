# Numbers on the wire: base64 of float64, and what is selected of many.


def b64(floats):
    return base64.b64encode(array.array("d", floats).tobytes()).decode()


def block(rows, cols, floats):
    return {"r": rows, "c": cols, "d": b64(floats)}


def select(n, limit):
    if n <= limit:
        return list(range(n))
    return [i * n // limit for i in range(limit)]


def cotangent(i):
    return 0.5 + ((i + 1) * 0.6180339887498949) % 1.0


def tensor(t):
    dtype = DTYPES[t["dtype"]]
    raw = bytearray(base64.b64decode(t["data"]))
    shape = t["shape"]
    if not raw:
        x = torch.empty(shape, dtype=dtype)
    else:
        wide = F64 if dtype.is_floating_point else C128 if dtype.is_complex else torch.int64
        x = torch.frombuffer(raw, dtype=wide).reshape(shape).to(dtype)
        if x.dtype is wide:
            x = x.clone()
    if t.get("layout") == "strided" and x.dim() > 0:
        wider = torch.zeros(list(x.shape[:-1]) + [2 * x.shape[-1]], dtype=dtype)
        wider[..., ::2] = x
        x = wider[..., ::2]
    return x


def wide(x):
    """Casts a floating tensor to f64, a complex one to c128."""
    return x.to(C128) if x.dtype.is_complex else x.to(F64) if x.dtype.is_floating_point else x
