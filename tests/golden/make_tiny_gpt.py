#!/usr/bin/env python3
"""A trained language model small enough to commit: GPT-2's architecture, 2 blocks of 48 dimensions,
512 byte-level BPE pieces, float16. For tests of emb.score/1, `harness predict` and the suite lm.

    python3 tests/golden/make_tiny_gpt.py CORPUS/eltec-eng.txt.xz     # minutes on one core

Reads the corpus (English novels, public domain), a book held out for the test; learns the pieces, then
the weights (Adam, one seed), rounds them to float16, and writes tests/golden/tiny-gpt: a model
folder as a user has one, held-out.txt (a sentence a line), and expected.txt, PyTorch's own figures in
double: for each line its log-probabilities, the first piece given <|endoftext|>; then the unigram's
mean log-probability on the same pieces.
"""
import collections
import json
import lzma
import math
import os
import re
import struct
import sys

import torch
import torch.nn.functional as F

DIM, BLOCKS, HEADS, WIDTH, PIECES, END = 48, 2, 4, 64, 512, 0
STEPS, BATCH, CHARACTERS = 2500, 48, 6_000_000
# GPT-2's cut of a text, for ASCII
CUT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def plain(text):
    for a, b in (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"'), ("\u2014", "-")):
        text = text.replace(a, b)
    return text.encode("ascii", "ignore").decode()


def sentences(text):
    for line in text.splitlines():
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z\"])", line.strip()):
            sentence = " ".join(sentence.split())
            if 30 <= len(sentence) <= 250:
                yield sentence


def byte_letters():
    """GPT-2's printable character for every byte."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, n = {b: chr(b) for b in kept}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + n)
            n += 1
    return table


def merged(word, pair):
    out, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and (word[i], word[i + 1]) == pair:
            out.append(word[i] + word[i + 1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def learn_pieces(lines, letters):
    counts = collections.Counter()
    for line in lines:
        counts.update(CUT.findall(line))
    words = {tuple(letters[b] for b in w.encode()): n for w, n in counts.most_common(20000)}
    vocabulary = ["<|endoftext|>"] + [letters[b] for b in range(256)]
    merges = []
    while len(vocabulary) < PIECES:
        pairs = collections.Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        vocabulary.append(best[0] + best[1])
        words = {merged(w, best): n for w, n in words.items()}
    return vocabulary, merges


class Cutter:
    def __init__(self, vocabulary, merges, letters):
        self.ids = {p: i for i, p in enumerate(vocabulary)}
        self.rank = {m: i for i, m in enumerate(merges)}
        self.letters, self.known = letters, {}

    def word(self, text):
        if text not in self.known:
            word = tuple(self.letters[b] for b in text.encode())
            while len(word) > 1:
                pair = min(zip(word, word[1:]), key=lambda p: self.rank.get(p, 1 << 30))
                if pair not in self.rank:
                    break
                word = merged(word, pair)
            self.known[text] = [self.ids[p] for p in word]
        return self.known[text]

    def line(self, text):
        return [i for w in CUT.findall(text) for i in self.word(w)]


def shapes():
    yield "wte.weight", (PIECES, DIM)
    yield "wpe.weight", (WIDTH, DIM)
    for b in range(BLOCKS):
        for name, shape in (("ln_1.weight", (DIM,)), ("ln_1.bias", (DIM,)),
                            ("attn.c_attn.weight", (DIM, 3 * DIM)), ("attn.c_attn.bias", (3 * DIM,)),
                            ("attn.c_proj.weight", (DIM, DIM)), ("attn.c_proj.bias", (DIM,)),
                            ("ln_2.weight", (DIM,)), ("ln_2.bias", (DIM,)),
                            ("mlp.c_fc.weight", (DIM, 4 * DIM)), ("mlp.c_fc.bias", (4 * DIM,)),
                            ("mlp.c_proj.weight", (4 * DIM, DIM)), ("mlp.c_proj.bias", (DIM,))):
            yield f"h.{b}.{name}", shape
    yield "ln_f.weight", (DIM,)
    yield "ln_f.bias", (DIM,)


def start():
    weights = {}
    for name, shape in shapes():
        if len(shape) == 2:
            weights[name] = torch.randn(shape) * (0.1 if name == "wte.weight" else 0.05)
        else:
            weights[name] = torch.ones(shape) if "ln_" in name and "weight" in name else torch.zeros(shape)
        weights[name].requires_grad_()
    return weights


def forward(w, ids):
    """Logits [batch, n, PIECES] of ids [batch, n]."""
    batch, n = ids.shape
    x = w["wte.weight"][ids] + w["wpe.weight"][:n]
    hidden = torch.triu(torch.ones(n, n, dtype=torch.bool), 1)
    for b in range(BLOCKS):
        p = f"h.{b}."
        u = F.layer_norm(x, (DIM,), w[p + "ln_1.weight"], w[p + "ln_1.bias"], 1e-5)
        q, k, v = (u @ w[p + "attn.c_attn.weight"] + w[p + "attn.c_attn.bias"]).split(DIM, -1)
        q, k, v = (t.view(batch, n, HEADS, -1).transpose(1, 2) for t in (q, k, v))
        scores = (q @ k.transpose(-1, -2) / math.sqrt(DIM // HEADS)).masked_fill(hidden, -math.inf)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, n, DIM)
        x = x + mixed @ w[p + "attn.c_proj.weight"] + w[p + "attn.c_proj.bias"]
        u = F.layer_norm(x, (DIM,), w[p + "ln_2.weight"], w[p + "ln_2.bias"], 1e-5)
        f = u @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"]
        f = 0.5 * f * (1 + torch.tanh(math.sqrt(2 / math.pi) * (f + 0.044715 * f ** 3)))
        x = x + f @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
    x = F.layer_norm(x, (DIM,), w["ln_f.weight"], w["ln_f.bias"], 1e-5)
    return x @ w["wte.weight"].T


def train(stream):
    torch.manual_seed(1)
    weights = start()
    optimiser = torch.optim.Adam(weights.values(), lr=3e-3)
    for step in range(STEPS):
        rate = min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * step / STEPS))
        optimiser.param_groups[0]["lr"] = 5e-3 * rate
        at = torch.randint(len(stream) - WIDTH - 1, (BATCH,))
        rows = torch.stack([stream[i:i + WIDTH + 1] for i in at.tolist()])
        loss = F.cross_entropy(forward(weights, rows[:, :-1]).reshape(-1, PIECES),
                               rows[:, 1:].reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 250 == 0 or step == STEPS - 1:
            print(f"step {step}: loss {loss.item():.3f}", file=sys.stderr, flush=True)
    return {name: w.detach().half() for name, w in weights.items()}


def save(folder, weights, vocabulary, merges):
    os.makedirs(folder, exist_ok=True)
    header, offset = {}, 0
    for name, w in weights.items():
        n = 2 * w.numel()
        header[name] = {"dtype": "F16", "shape": list(w.shape), "data_offsets": [offset, offset + n]}
        offset += n
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for w in weights.values():
            f.write(w.numpy().astype("<f2").tobytes())
    config = dict(model_type="gpt2", n_embd=DIM, n_head=HEADS, n_layer=BLOCKS, n_positions=WIDTH,
                  n_ctx=WIDTH, n_inner=None, vocab_size=PIECES, activation_function="gelu_new",
                  layer_norm_epsilon=1e-5, bos_token_id=END, eos_token_id=END)
    end = dict(id=END, content="<|endoftext|>", single_word=False, lstrip=False, rstrip=False,
               normalized=False, special=True)
    byte_level = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer = dict(version="1.0", truncation=None, padding=None, added_tokens=[end],
                     normalizer=None, pre_tokenizer=byte_level, post_processor=None,
                     decoder=byte_level,
                     model=dict(type="BPE", dropout=None, unk_token=None,
                                continuing_subword_prefix="", end_of_word_suffix="",
                                fuse_unk=False, vocab={p: i for i, p in enumerate(vocabulary)},
                                merges=[" ".join(m) for m in merges]))
    for name, value in (("config.json", config), ("tokenizer.json", tokenizer)):
        with open(os.path.join(folder, name), "w") as f:
            json.dump(value, f, indent=1 if name == "config.json" else None, ensure_ascii=False)
            f.write("\n")


def main():
    torch.set_num_threads(1)
    with lzma.open(sys.argv[1], "rt", encoding="utf-8") as f:
        text = plain(f.read(CHARACTERS))
    lines = list(sentences(text))
    held = lines[-2000::50]
    lines = lines[:-4000]
    letters = byte_letters()
    vocabulary, merges = learn_pieces(lines, letters)
    cutter = Cutter(vocabulary, merges, letters)
    ids = []
    for line in lines:
        ids += [END] + cutter.line(line)
    print(f"{len(lines)} sentences, {len(ids)} pieces", file=sys.stderr, flush=True)
    weights = train(torch.tensor(ids))
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny-gpt")
    save(folder, weights, vocabulary, merges)
    exact = {name: w.double() for name, w in weights.items()}
    held = [line for line in held if len(cutter.line(line)) <= WIDTH]
    counts = torch.bincount(torch.tensor(ids), minlength=PIECES) + 1.0
    unigram, n_all = 0.0, 0
    with open(os.path.join(folder, "held-out.txt"), "w") as f:
        f.write("\n".join(held) + "\n")
    with open(os.path.join(folder, "expected.txt"), "w") as f:
        for line in held:
            pieces = cutter.line(line)
            # as emb.lm/1 counts: the first piece after the end sign alone, the others without it
            first = forward(exact, torch.tensor([[END]]))[0].log_softmax(-1)[0, pieces[0]]
            rest = forward(exact, torch.tensor([pieces]))[0].log_softmax(-1)
            values = [first] + [rest[i, p] for i, p in enumerate(pieces[1:])]
            f.write(" ".join(f"{v.item():.6f}" for v in values) + "\n")
            unigram += sum(math.log(counts[p] / counts.sum()) for p in pieces)
            n_all += len(pieces)
        f.write(f"{unigram / n_all:.6f}\n")


if __name__ == "__main__":
    main()
