#!/usr/bin/python3
"""Losses and gradients of small GPT-2s, Llamas or BERTs, by PyTorch's autograd in double precision, and the losses of
50 AdamW steps, for tests/unit/transformer/test_learn.c. Needs Debian's python3-torch.

    tests/golden/make_learn_golden.py > tests/golden/learn/gpt2.txt
    tests/golden/make_learn_golden.py llama > tests/golden/learn/llama.txt
    tests/golden/make_learn_golden.py bert > tests/golden/learn/bert.txt
    tests/golden/make_learn_golden.py senses > tests/golden/learn/senses.txt

Parameters, pieces and targets follow from formulas that the test computes too. Of long gradients
every 7th element is written, of very long ones every 61st.
"""
import math
import sys

import numpy
import torch

LLAMA = sys.argv[1:] == ["llama"]
BERT = sys.argv[1:] == ["bert"]
SHAPES = {  # blocks, dim, heads, inner, context, vocabulary, sequences
    "small": (2, 12, 3, 20, 7, 11, 3),
    "tiles": (1, 8, 2, 9, 70, 150, 2),   # more than a tile of rows, of queries, of table rows
    "deep": (3, 66, 3 if LLAMA else 6, 130, 5, 70, 1),   # more than a tile of columns; rotary heads are even
}


BERT_PARTS = [f"{part}.{kind}" for part in ("norm1", "qkv", "o", "norm2", "up", "down") for kind in ("weight", "bias")]
LLAMA_PARTS = ("norm1", "qkv", "o", "norm2", "gate_up", "down")


def names(blocks):
    if LLAMA:
        yield from ("embed_tokens.weight", "norm.weight")
        yield from (f"layers.{b}.{part}.weight" for b in range(blocks) for part in LLAMA_PARTS)
        return
    if BERT:
        yield from ("word.weight", "position.weight", "type.weight", "input_norm.weight", "input_norm.bias", "head.weight",
                    "head.bias", "head_norm.weight", "head_norm.bias", "decoder.bias")
        yield from (f"layer.{b}.{part}" for b in range(blocks) for part in BERT_PARTS)
        return
    yield from ("wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias")
    for b in range(blocks):
        for part in ("ln_1.weight", "ln_1.bias", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight",
                     "attn.c_proj.bias", "ln_2.weight", "ln_2.bias", "mlp.c_fc.weight", "mlp.c_fc.bias",
                     "mlp.c_proj.weight", "mlp.c_proj.bias"):
            yield f"h.{b}.{part}"


def sizes(name, blocks, dim, heads, inner, context, vocabulary, sequences):
    part = name.split(".", 2)[2] if name.startswith(("h.", "layers.", "layer.")) else name
    return {"word.weight": (vocabulary, dim), "position.weight": (context, dim), "type.weight": (2, dim),
            "head.weight": (dim, dim), "decoder.bias": (vocabulary,), "qkv.bias": (3 * dim,), "up.weight": (dim, inner),
            "up.bias": (inner,), "embed_tokens.weight": (vocabulary, dim), "qkv.weight": (dim, 3 * dim), "o.weight": (dim, dim),
            "gate_up.weight": (dim, 2 * inner), "down.weight": (inner, dim), "wte.weight": (vocabulary, dim), "wpe.weight": (context, dim), "attn.c_attn.weight": (dim, 3 * dim),
            "attn.c_attn.bias": (3 * dim,), "attn.c_proj.weight": (dim, dim), "mlp.c_fc.weight": (dim, inner),
            "mlp.c_fc.bias": (inner,), "mlp.c_proj.weight": (inner, dim)}.get(part, (dim,))


def scatter(i):
    """Numbers of [-1, 1) that follow no line, from whole ones."""
    x = i * numpy.uint64(2654435761) % numpy.uint64(2**32)
    x = (x ^ x >> numpy.uint64(15)) * numpy.uint64(2246822519) % numpy.uint64(2**32)
    return (x ^ x >> numpy.uint64(13)).astype(numpy.float64) / 2.0**31 - 1


def parameters(shape):
    values, i = {}, 0
    for name in names(shape[0]):
        size = sizes(name, *shape)
        n = math.prod(size)
        wave = (0.3 if shape[1] < 50 else 0.15) * scatter(numpy.arange(i, i + n, dtype=numpy.uint64))
        if ("ln_" in name or "norm" in name) and name.endswith("weight"):
            wave += 1
        values[name] = torch.tensor(wave.astype(numpy.float32).astype(numpy.float64).reshape(size), requires_grad=True)
        i += n
    return values


def cross_entropy(logits, targets):
    return torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1), reduction="none", ignore_index=-1)


def turned(x):
    """Rotary positions of heads [..., context, dim], halves paired."""
    half = x.shape[-1] // 2
    angles = torch.arange(x.shape[-2], dtype=torch.double)[:, None] * 10000.0 ** (-torch.arange(half, dtype=torch.double) / half)
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()), -1)


def llama_losses(p, shape, ids, targets):
    blocks, dim, heads, inner, context, vocabulary, sequences = shape
    norm = lambda x, name: x / (x.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * p[name + ".weight"]
    x = p["embed_tokens.weight"][ids]
    mask = torch.full((context, context), -math.inf, dtype=torch.double).triu(1)
    for b in range(blocks):
        h = f"layers.{b}."
        q, k, v = (norm(x, h + "norm1") @ p[h + "qkv.weight"]).split(dim, -1)
        q, k, v = (t.view(sequences, context, heads, dim // heads).transpose(1, 2) for t in (q, k, v))
        weights = (turned(q) @ turned(k).transpose(-1, -2) / math.sqrt(dim // heads) + mask).softmax(-1)
        x = x + (weights @ v).transpose(1, 2).reshape(sequences, context, dim) @ p[h + "o.weight"]
        gate, up = (norm(x, h + "norm2") @ p[h + "gate_up.weight"]).split(inner, -1)
        x = x + (torch.nn.functional.silu(gate) * up) @ p[h + "down.weight"]
    return cross_entropy(norm(x, "norm") @ p["embed_tokens.weight"].T, targets)


def bert_losses(p, shape, ids, targets):
    """Norms behind, attention to both sides of each sequence's own length, gelu by erf; pieces are predicted where
    there is a target."""
    blocks, dim, heads, inner, context, vocabulary, sequences = shape
    linear = lambda x, name: x @ p[name + ".weight"] + p[name + ".bias"]
    norm = lambda x, name: torch.nn.functional.layer_norm(x, (dim,), p[name + ".weight"], p[name + ".bias"], 1e-5)
    gelu = torch.nn.functional.gelu
    rows = []
    for s, length in enumerate(lengths(shape)):
        x = norm(p["word.weight"][ids[s, :length]] + p["position.weight"][:length] + p["type.weight"][0], "input_norm")
        for b in range(blocks):
            h = f"layer.{b}."
            q, k, v = (t.view(length, heads, dim // heads).transpose(0, 1) for t in linear(x, h + "qkv").split(dim, -1))
            gathered = ((q @ k.transpose(-1, -2) / math.sqrt(dim // heads)).softmax(-1) @ v).transpose(0, 1)
            x = norm(x + linear(gathered.reshape(length, dim), h + "o"), h + "norm1")
            x = norm(x + linear(gelu(linear(x, h + "up")), h + "down"), h + "norm2")
        head = norm(gelu(linear(x, "head")), "head_norm")
        rows.append(cross_entropy(head @ p["word.weight"].T + p["decoder.bias"], targets[s, :length]))
    return torch.cat(rows)


def lengths(shape):
    """Of a BERT's sequences, whose batch has no padding: the context, a piece less for each."""
    return [max(1, shape[4] - s) for s in range(shape[6])]


def losses(p, shape, ids, targets):
    if LLAMA:
        return llama_losses(p, shape, ids, targets)
    if BERT:
        return bert_losses(p, shape, ids, targets)
    blocks, dim, heads, inner, context, vocabulary, sequences = shape
    norm = lambda x, name: torch.nn.functional.layer_norm(x, (dim,), p[name + ".weight"], p[name + ".bias"], 1e-5)
    x = p["wte.weight"][ids] + p["wpe.weight"][:context]
    mask = torch.full((context, context), -math.inf, dtype=torch.double).triu(1)
    for b in range(blocks):
        h = f"h.{b}."
        q, k, v = (norm(x, h + "ln_1") @ p[h + "attn.c_attn.weight"] + p[h + "attn.c_attn.bias"]).split(dim, -1)
        q, k, v = (t.view(sequences, context, heads, dim // heads).transpose(1, 2) for t in (q, k, v))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(dim // heads) + mask).softmax(-1)
        gathered = (weights @ v).transpose(1, 2).reshape(sequences, context, dim)
        x = x + gathered @ p[h + "attn.c_proj.weight"] + p[h + "attn.c_proj.bias"]
        up = norm(x, h + "ln_2") @ p[h + "mlp.c_fc.weight"] + p[h + "mlp.c_fc.bias"]
        active = 0.5 * up * (1 + torch.tanh(math.sqrt(2 / math.pi) * (up + 0.044715 * up**3)))
        x = x + active @ p[h + "mlp.c_proj.weight"] + p[h + "mlp.c_proj.bias"]
    return cross_entropy(norm(x, "ln_f") @ p["wte.weight"].T, targets)


def batch(shape, step):
    context, vocabulary, sequences = shape[4:]
    rows = numpy.arange(sequences * context, dtype=numpy.int64)
    ids, targets = (rows * rows + 3 * step + rows // context) % vocabulary, (5 * rows + step) % vocabulary
    targets[rows % 9 == 8] = -1  # no target
    for s, length in enumerate(lengths(shape) if BERT else ()):
        targets[s * context + length : (s + 1) * context] = -1
    size = (sequences, context)
    return torch.tensor(ids.reshape(size)), torch.tensor(targets.reshape(size))


print("# made by tests/golden/make_learn_golden.py")
if sys.argv[1:] == ["senses"]:  # -log softmax(scale * cosines)[right], and its gradients
    for n, dim, scale, right in ((2, 3, 1.0, (0,)), (7, 5, 20.0, (2, 6)), (3, 16, 5.5, (0, 1, 2))):
        numbers = scatter(numpy.arange((n + 1) * dim, dtype=numpy.uint64)).astype(numpy.float32).astype(numpy.float64)
        word, vectors = (torch.tensor(part.copy(), requires_grad=True) for part in (numbers[:dim], numbers[dim:].reshape(n, dim)))
        scores = scale * torch.nn.functional.cosine_similarity(word[None], vectors)
        loss = -scores.log_softmax(0)[list(right)].logsumexp(0)
        loss.backward()
        print("senses", n, dim, scale, sum(1 << c for c in right), *(f"{x:.9g}" for x in
              [loss.item()] + word.grad.tolist() + vectors.grad.flatten().tolist()))
    sys.exit()
for title, shape in SHAPES.items():
    p = parameters(shape)
    ids, targets = batch(shape, 0)
    each = losses(p, shape, ids, targets)
    n = int((targets >= 0).sum())
    (each.sum() / n).backward()
    print("shape", title, *shape)
    print("losses", *(f"{x:.9g}" for x in each.tolist()))
    for name, value in p.items():
        flat = value.grad.flatten().tolist()
        print("gradient", name, f"{value.grad.norm().item():.9g}", *(f"{x:.9g}" for x in flat[::7 if len(flat) < 500 else 61]))
    if title == "small":
        matrices = [v for k, v in p.items() if v.dim() == 2]
        vectors = [v for k, v in p.items() if v.dim() == 1]
        adam = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0}],
                                 lr=3e-3, betas=(0.9, 0.95), eps=1e-8)
        p = parameters(shape)
        for group, kind in zip(adam.param_groups, (2, 1)):
            group["params"] = [v for v in p.values() if v.dim() == kind]
        said = []
        for step in range(50):
            adam.zero_grad()
            ids, targets = batch(shape, step)
            loss = losses(p, shape, ids, targets).sum() / int((targets >= 0).sum())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
            said.append(loss.item())
            adam.step()
        print("steps", *(f"{x:.9g}" for x in said))
