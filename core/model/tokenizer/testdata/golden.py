"""Writes the test tokenizers of this folder and what the reference library makes of a list of texts.

python3 golden.py [--big DIR [--texts FILE]]
Needs the package tokenizers (0.23.3 was used). --big writes 20,000 more random texts for each tokenizer to DIR, and for
the demo tokenizer every line of FILE as well; the Go test compares them when ASSAY_TEST_TOKENS names DIR.
"""
import argparse, json, os, random, unicodedata
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA.replace(r"\p{N}{1,3}", r"\p{N}")


def byte_level(regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex)


def split(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), byte_level(False)])


KINDS = {
    "gpt2": (None, byte_level(True)),
    "smollm": (None, pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(True)])),
    "llama3": (None, split(LLAMA)),
    "qwen2": (normalizers.NFC(), split(QWEN)),
}
corpus=["Ada Lovelace lives in Lisbon. She doesn't know, I'm sure; we've said they'll come, he'd go.",
 "It's 12345 apples and 678 pears, 3.14159!","The quick brown fox   jumps\n\nover\tthe lazy dog.\r\n","Größe naïve café über Straße",
 "Привет мир, как дела?","こんにちは世界 123 テスト","DON'T SHOUT! YOU'RE LOUD, WE'LL SEE","    indented code():\n        return x+1\n","a=b==c!=d... ---- ;;"]*3
fixed=["","a"," ","  ","   x","x   ","\n\n x"," \n \n","don't DON'T Don'T '\u017f 'S'll'LL 'Re","x  \t\n\r\n y","12345678 ½ ² ٣٤٥ Ⅷ","caf\u0065\u0301 caf\u00e9 \u212b \u1e9b\u0323",
 "🙂👩‍👩‍👧 flags 🇩🇪","\u00a0\u2003x\u3000y","\u0085a\u2028b\u200bc","<|end|>hello<|end|> world <|pad|> !","  <|strip|>  x<|strip|>","wordx <word> xword <word>x (<word>)",
 "<|end|","<|endx|>","\x00\x01\x7f\ufeff","'","''s","'  s"," 's"," '\n",".\r\n\r\n..","a.\n\nb","\r","a\rb","한국어 조사","नमस्ते दुनिया","e\u0301\u0327\u0301","﷽",
 "𝟘𝟙𝟚 𝔘𝔫𝔦","a\u0300"*40,"tab\there","x"*300," "*50+"y","1"*20,"ﬆ 'ﬆ",'"quoted" (paren) [br]{ace}', "\ud7ff\ue000\U0010ffff","\u180e\u2060\u1680x", "caf\u0301é<nf\u00e9>nfe\u0301 <nfe\u0301>"]
rng = random.Random(5)


def dense():
    """A short text of the characters that patterns treat differently."""
    blocks = [(0xa0, 0x250), (0x370, 0x530), (0x900, 0xa00), (0x3040, 0x3100), (0x4e00, 0x5000), (0x300, 0x370), (0xac00, 0xad00), (0x1f300, 0x1f700)]
    pools = [lambda: chr(rng.randrange(32, 127)), lambda: rng.choice(" \t\n\r\u00a0\u3000'"),
             lambda: chr(rng.choice([rng.randrange(*b) for b in blocks])), lambda: rng.choice("0123456789"),
             lambda: rng.choice(["'s", "'LL", "<|end|>", " the", "..."])]
    return "".join(rng.choice(pools)() for _ in range(rng.randrange(1, 40)))


def wild():
    """A short text of any characters at all."""
    s = ""
    for _ in range(rng.randrange(1, 30)):
        c = rng.randrange(0x110000)
        while 0xd800 <= c < 0xe000:
            c = rng.randrange(0x110000)
        if rng.random() < .6:
            c = c % 0x3000
        s += chr(c)
    return s


def write(path, tok, texts):
    with open(path, "w") as f:
        for t in texts:
            t = t.encode("utf-8", "ignore").decode()
            # The library's normaliser has older Unicode tables than Python and Go: combining marks newer than them stay
            # where they are. Such texts say nothing about us.
            if tok.normalizer and tok.normalizer.normalize_str(t) != unicodedata.normalize("NFC", t):
                continue
            f.write(json.dumps({"text": t, "ids": tok.encode(t, add_special_tokens=False).ids}) + "\n")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--big")
    ap.add_argument("--texts")
    a = ap.parse_args()
    for name, (normalizer, pre) in KINDS.items():
        tok = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
        if normalizer:
            tok.normalizer = normalizer
        tok.pre_tokenizer, tok.decoder = pre, decoders.ByteLevel()
        tok.train_from_iterator(corpus, trainers.BpeTrainer(
            vocab_size=420, special_tokens=["<|begin|>", "<|end|>", "<|pad|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        tok.add_tokens([AddedToken("<|strip|>", lstrip=True, rstrip=True, normalized=False),
                        AddedToken("<word>", single_word=True, normalized=False), AddedToken("<nf\u00e9>", normalized=True)])
        path = f"{HERE}/{name}.json"
        d = json.loads(tok.to_str())
        if name == "gpt2":  # the older way to write merges
            d["model"]["merges"] = [" ".join(m) for m in d["model"]["merges"]]
        json.dump(d, open(path, "w"), ensure_ascii=False, separators=(",", ":"))
        tok = Tokenizer.from_file(path)
        write(f"{HERE}/{name}.golden.jsonl", tok, fixed + [dense() for _ in range(60)])
        if a.big:
            write(f"{a.big}/tok-{name}.big.jsonl", tok, [dense() if i % 2 else wild() for i in range(20000)])
    tok = Tokenizer.from_file(f"{HERE}/../../demo/recall-7m/tokenizer.json")
    golden = f"{HERE}/demo.golden.jsonl"
    write(golden, tok, [json.loads(line)["text"] for line in open(golden)])
    if a.big:
        texts = list(open(a.texts)) if a.texts else []
        write(f"{a.big}/tok-demo.big.jsonl", tok, texts + [dense() if i % 2 else wild() for i in range(20000)])


if __name__ == "__main__":
    main()
