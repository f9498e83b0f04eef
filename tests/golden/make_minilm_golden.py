#!/usr/bin/env python3
"""Golden rows of the real all-MiniLM-L6-v2: "bank" in two sentences, all stages, in double.

    make_minilm_golden.py MODEL_FOLDER        writes tests/golden/transformer/minilm/expected.f32

Pieces are looked up by hand in the vocabulary: the sentences need no more than lower-casing and
splitting off punctuation (the last word is cut greedily)."""
import json
import os
import re
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
TEXTS = [("He sat on the river bank.", 6), ("She went to the bank for money, unbelievably.", 5)]
folder = sys.argv[1]
vocab = json.load(open(os.path.join(folder, "tokenizer.json")))["model"]["vocab"]
with open(os.path.join(folder, "model.safetensors"), "rb") as f:
    n = struct.unpack("<Q", f.read(8))[0]
    header, data = json.loads(f.read(n)), f.read()


def w(name):
    t = header[name]
    a, b = t["data_offsets"]
    x = np.frombuffer(data[a:b], "<f2" if t["dtype"] == "F16" else "<f4").astype(np.float64)
    return torch.from_numpy(x.reshape(t["shape"]))


def pieces(word):
    out, start = [], 0
    while start < len(word):
        end = len(word)
        while ("##" if start else "") + word[start:end] not in vocab:
            end -= 1
        out.append(vocab[("##" if start else "") + word[start:end]])
        start = end
    return out


def linear(x, name):
    return x @ w(name + ".weight").T + w(name + ".bias")


def norm(x, name):
    return F.layer_norm(x, (384,), w(name + ".weight"), w(name + ".bias"), 1e-12)


rows = []
for text, at in TEXTS:
    ids = [vocab["[CLS]"]]
    for word in re.findall(r"\w+|[^\w\s]", text.lower()):
        ids += pieces(word)
    ids += [vocab["[SEP]"]]
    assert ids[at] == vocab["bank"]
    e = "embeddings."
    table = w(e + "word_embeddings.weight")[ids]
    x = norm(table + w(e + "position_embeddings.weight")[: len(ids)]
             + w(e + "token_type_embeddings.weight")[0], e + "LayerNorm")
    stages = [table, x]
    for i in range(6):
        p = f"encoder.layer.{i}."
        q, k, v = (linear(x, p + "attention.self." + s).reshape(len(ids), 12, 32).transpose(0, 1)
                   for s in ("query", "key", "value"))
        a = torch.softmax(q @ k.transpose(1, 2) / 32 ** 0.5, -1) @ v
        a = a.transpose(0, 1).reshape(len(ids), 384)
        x = norm(x + linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
        stages.append(x)
        f = linear(F.gelu(linear(x, p + "intermediate.dense")), p + "output.dense")
        x = norm(x + f, p + "output.LayerNorm")
        stages.append(x)
    rows.append(torch.stack(stages)[:, at].numpy().astype("<f4"))
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transformer", "minilm")
os.makedirs(out, exist_ok=True)
with open(os.path.join(out, "expected.f32"), "wb") as f:
    f.write(b"".join(r.tobytes() for r in rows))
