# Groups of APIs for coverage and for the bandit.


def family(name):
    parts = name.split(".")
    if parts[0] == "nn":
        last = parts[-1]
        for word in ("conv", "pool", "norm", "loss", "dropout", "embedding", "pad", "interpolate"):
            if word in last:
                return "nn." + word
        return "nn.other"
    if len(parts) > 1:
        return parts[0]
    for word in ("index", "scatter", "gather", "select", "slice", "take", "put", "masked", "split", "chunk", "stack", "cat", "view", "reshape"):
        if word in name:
            return "shape and index"
    if name in ("sum", "mean", "prod", "std", "var", "norm", "logsumexp", "amax", "amin", "max", "min", "median", "cumsum", "cumprod",
                "logcumsumexp", "cummax", "cummin", "nansum", "nanmean", "aminmax", "std_mean", "var_mean", "mode", "kthvalue"):
        return "reduction"
    return "elementwise and other"
