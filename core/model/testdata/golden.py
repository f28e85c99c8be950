"""Writes demo-logits.json and rope.json: the demo model's logits from a float64 forward pass in numpy, and rope frequencies.

python3 golden.py [--all FILE]
Needs numpy. The text is the one in demo-logits.json. --all writes every logit as float64; the Go test compares them when
ASSAY_TEST_LOGITS names FILE.
"""
import argparse, json, os, struct
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = f"{HERE}/../demo/recall-7m"


def weights():
    raw = open(f"{DEMO}/model.safetensors", "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + n])
    header.pop("__metadata__", None)
    return {k: np.frombuffer(raw, "<f2", int(np.prod(v["shape"])), 8 + n + v["data_offsets"][0]).reshape(v["shape"]).astype(np.float64)
            for k, v in header.items()}


def forward(c, w, ids):
    heads, groups, d, t = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"], len(ids)
    angle = np.arange(t)[:, None] * c["rope_theta"] ** (-np.arange(0, d, 2) / d)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]

    def norm(x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + c["rms_norm_eps"]) * w[name + ".weight"]

    def rotate(v):
        a, b = v[..., :d // 2], v[..., d // 2:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    mask = np.triu(np.full((t, t), -np.inf), 1)
    x = w["model.embed_tokens.weight"][ids]
    for layer in range(c["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        y = norm(x, p + "input_layernorm")
        q, k, v = [(y @ w[f"{p}self_attn.{s}_proj.weight"].T).reshape(t, -1, d) for s in "qkv"]
        k, v = np.repeat(rotate(k), heads // groups, 1), np.repeat(v, heads // groups, 1)
        s = np.einsum("qhd,khd->hqk", rotate(q), k) / np.sqrt(d) + mask
        s = np.exp(s - s.max(-1, keepdims=True))
        s /= s.sum(-1, keepdims=True)
        x = x + np.einsum("hqk,khd->qhd", s, v).reshape(t, -1) @ w[p + "self_attn.o_proj.weight"].T
        y = norm(x, p + "post_attention_layernorm")
        gate = y @ w[p + "mlp.gate_proj.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * (y @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
    return norm(x, "model.norm") @ w["model.embed_tokens.weight"].T


def llama3(theta, dim, factor, low, high, orig):
    """The formula as Hugging Face's transformers writes it."""
    inv = 1.0 / (theta ** (np.arange(0, dim, 2) / dim))
    wavelength = 2 * np.pi / inv
    out = np.where(wavelength > orig / low, inv / factor, inv)
    smooth = (orig / wavelength - low) / (high - low)
    medium = ~(wavelength < orig / high) * ~(wavelength > orig / low)
    return np.where(medium, (1 - smooth) * out / factor + smooth * out, out)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--all")
    a = ap.parse_args()
    golden = json.load(open(f"{HERE}/demo-logits.json"))
    ids, stride = golden["ids"], golden["stride"]
    logits = forward(json.load(open(f"{DEMO}/config.json")), weights(), np.array(ids))
    golden["rows"] = [{"position": p, "argmax": int(logits[p].argmax()), "logits": [round(float(x), 6) for x in logits[p, ::stride]]}
                      for p in (0, 1, 40, len(ids) - 4, len(ids) - 1)]
    json.dump(golden, open(f"{HERE}/demo-logits.json", "w"))
    json.dump({"llama3": llama3(500000.0, 64, 32.0, 1.0, 4.0, 8192).tolist(),
               "default": (1.0 / (10000.0 ** (np.arange(0, 16, 2) / 16))).tolist(),
               "linear": (1.0 / (1e6 ** (np.arange(0, 16, 2) / 16)) / 4).tolist()}, open(f"{HERE}/rope.json", "w"))
    if a.all:
        logits.astype("<f8").tofile(a.all)


if __name__ == "__main__":
    main()
