# Requests.


def enum(ident, which):
    if which == "planted":
        for name in PLANTED:
            f, x, expected = PLANTED[name]
            case = {"api": "planted." + name, "args": [describe(t.requires_grad_(), lambda t: True) for t in x()]}
            send({"ev": "api", "id": ident, "api": {"name": "planted." + name, "family": "planted", "seeds": [case],
                                                    "reverse": True, "forward": True, "second": True, "planted": expected}})
        return
    for op in op_db():
        try:
            cases, why = seed_cases(op)
        except Exception as e:
            cases, why = [], "its samples: %s: %s" % (type(e).__name__, e)
        grad = bool(op.supports_autograd)
        dtypes = [NAMES[d] for d in (torch.float32, torch.float64, C128, torch.bfloat16) if d in op.dtypes]
        send({"ev": "api", "id": ident, "api": {
            "name": public(op), "source": "opinfo", "family": family(op.name), "why": "" if cases else why, "cause": op.aten_name or op.name, "seeds": cases,
            "reverse": grad, "forward": grad and bool(op.supports_forward_ad), "second": grad and bool(op.supports_gradgrad),
            "dtypes": dtypes, "known": known(op), "by_design": BY_DESIGN.get(op.name, BY_DESIGN.get(op.name + "." + op.variant_test_name, ""))}})
    for api in others():
        send({"ev": "api", "id": ident, "api": api})


def caps():
    return ["rev", "fwd", "second", "vmap", "jit", "rev=reverse", "fwd=forward"]


def main():
    build = " ".join(torch.__config__.show().split())[:400]
    send({"ev": "hello", "protocol": 1, "lib": "torch", "version": torch.__version__, "build": build, "caps": caps(), "pid": os.getpid()})
    for line in sys.stdin.buffer:
        q = json.loads(line)
        op, ident = q["op"], q.get("id", 0)
        if op == "quit":
            return
        try:
            if op == "observe":
                torch.set_default_dtype(torch.float32)
                torch.set_grad_enabled(True)
                o = Observer(q["case"], q["ask"], lambda s: send({"ev": "stage", "id": ident, "stage": s}))
                send({"ev": "result", "id": ident, "obs": o.run()})
            elif op == "enum":
                enum(ident, q.get("set", ""))
                send({"ev": "done", "id": ident})
            elif op == "ping":
                send({"ev": "done", "id": ident})
            else:
                send({"ev": "error", "id": ident, "text": "unknown request " + op})
        except Exception as e:
            send({"ev": "error", "id": ident, "text": "%s: %s" % (type(e).__name__, e)})


if __name__ == "__main__":
    main()
