#!/usr/bin/env python3
"""Golden files for the transformer plugin: every family, written out on its own in plain PyTorch
(double precision), small and awkward shapes, random weights.

    make_transformer_golden.py [DIRECTORY]        default: tests/golden/transformer

A case is a folder:
    config.json   as a checkpoint of the family has it
    weights.txt   "name dtype scale centre dims...": the weights themselves are a function of name and
                  index (see `weight`), so that the test can write the same model.safetensors
    sentences.txt one sentence a line: ids of the content pieces
    expected.f32  for each sentence, [kept piece, stage, dim], little-endian; kept are the pieces
                  (special ones counted) numbered 0 to 3 and every fifth
    lm.f32        for each sentence, [vocabulary] log-probabilities of its piece number 2 (special
                  ones counted): masked, or given the pieces before it; absent without a head
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
CLS, SEP, MASK, VOCAB = 2, 3, 4, 61
SENTENCES = [[7], [11, 5, 60, 5, 23], [9 + (i * 7) % 50 for i in range(17)],
             [6 + (i * i * 3 + 2) % 55 for i in range(38)]]


def weight(name, shape, scale, centre):
    """Values (k / 128) * scale + centre, k in [-127, 127] from splitmix64 over FNV-1a(name) + i:
    exact in float16 and bfloat16 where centre is 0 and scale a power of two."""
    mask = (1 << 64) - 1
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = ((h ^ b) * 0x100000001B3) & mask
    n = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    k = (z % np.uint64(255)).astype(np.int64) - 127
    return torch.from_numpy(k.astype(np.float64) / 128 * scale + centre).reshape(*shape)


class Weights:
    """Weights come into being when they are first asked for, and are written down."""

    def __init__(self, dtype):
        self.dtype, self.made, self.lines = dtype, {}, []

    def __call__(self, name, *shape, scale=0.25, centre=0.0):
        if name not in self.made:
            dtype = "F32" if centre else self.dtype
            self.lines.append(" ".join([name, dtype, repr(scale), repr(centre)]
                                       + [str(d) for d in shape]))
            self.made[name] = weight(name, shape, scale, centre)
        assert tuple(self.made[name].shape) == shape, name
        return self.made[name]

    def linear(self, x, name, out, bias=True):
        y = x @ self(name + ".weight", out, x.shape[-1]).T
        return y + self(name + ".bias", out, scale=0.5) if bias else y

    def layer_norm(self, x, name, eps, bias=True):
        d = x.shape[-1]
        return F.layer_norm(x, (d,), self(name + ".weight", d, scale=0.5, centre=1.0),
                            self(name + ".bias", d) if bias else None, eps)

    def rms_norm(self, x, name, eps):
        w = self(name + ".weight", x.shape[-1], scale=0.5, centre=1.0)
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * w


def heads(x, n):
    return x.reshape(x.shape[0], n, -1).transpose(0, 1)


def attend(q, k, v, n_heads, n_kv, allowed=None, bias=None):
    q, k, v = heads(q, n_heads), heads(k, n_kv), heads(v, n_kv)
    k = k.repeat_interleave(n_heads // n_kv, 0)
    v = v.repeat_interleave(n_heads // n_kv, 0)
    s = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if bias is not None:
        s = s + bias
    if allowed is not None:
        s = s.masked_fill(~allowed, float("-inf"))
    return (torch.softmax(s, -1) @ v).transpose(0, 1).reshape(q.shape[1], -1)


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


ACT = {"gelu": F.gelu, "gelu_new": gelu_new, "relu": F.relu, "silu": F.silu}


def pad(x, d):
    return F.pad(x, (0, d - x.shape[-1]))


def distances(n):
    p = torch.arange(n)
    return p[None, :] - p[:, None]  # key - query


# ---- encoders: each returns (stages, function of the last hidden states to logits or None)

def bert_blocks(c, w, x, stages, prefix, bias=None, names=None):
    n = names or dict(q="attention.self.query", k="attention.self.key", v="attention.self.value",
                      o="attention.output.dense", n1="attention.output.LayerNorm",
                      up="intermediate.dense", down="output.dense", n2="output.LayerNorm")
    d, eps = c["hidden_size"], c["layer_norm_eps"]
    for i in range(c["num_hidden_layers"]):
        p = prefix(i)
        q, k, v = (w.linear(x, p + n[j], d) for j in "qkv")
        a = attend(q, k, v, c["num_attention_heads"], c["num_attention_heads"], bias=bias)
        x = w.layer_norm(x + w.linear(a, p + n["o"], d), p + n["n1"], eps)
        stages.append(x)
        f = ACT[c["hidden_act"]](w.linear(x, p + n["up"], c["intermediate_size"]))
        x = w.layer_norm(x + w.linear(f, p + n["down"], d), p + n["n2"], eps)
        stages.append(x)
    return x


def mlm(w, x, dense, norm, decoder_bias, act, table, eps):
    h = w.layer_norm(act(w.linear(x, dense, table.shape[1])), norm, eps)
    return h @ table.T + w(decoder_bias, table.shape[0])


def bert(c, w, ids):
    d, e = c["hidden_size"], "bert.embeddings."
    table = w(e + "word_embeddings.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    x = t + w(e + "position_embeddings.weight", c["max_position_embeddings"], d)[: len(ids)]
    x = x + w(e + "token_type_embeddings.weight", c["type_vocab_size"], d)[0]
    x = w.layer_norm(x, e + "LayerNorm", c["layer_norm_eps"])
    stages = [t, x]
    x = bert_blocks(c, w, x, stages, lambda i: f"bert.encoder.layer.{i}.")
    h = "cls.predictions."
    return stages, mlm(w, x, h + "transform.dense", h + "transform.LayerNorm", h + "bias",
                       ACT[c["hidden_act"]], table, c["layer_norm_eps"])


def roberta(c, w, ids):
    d, e = c["hidden_size"], "embeddings."
    table = w(e + "word_embeddings.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    first = c["pad_token_id"] + 1
    x = t + w(e + "token_type_embeddings.weight", 1, d)[0]
    x = x + w(e + "position_embeddings.weight", c["max_position_embeddings"], d)[
        first:first + len(ids)]
    x = w.layer_norm(x, e + "LayerNorm", c["layer_norm_eps"])
    stages = [t, x]
    bert_blocks(c, w, x, stages, lambda i: f"encoder.layer.{i}.")
    return stages, None


def electra(c, w, ids):
    d, s, e = c["hidden_size"], c["embedding_size"], "electra.embeddings."
    table = w(e + "word_embeddings.weight", VOCAB, s, scale=1.0)
    t = table[ids]
    x = t + w(e + "position_embeddings.weight", c["max_position_embeddings"], s)[: len(ids)]
    x = x + w(e + "token_type_embeddings.weight", 2, s)[0]
    x = w.layer_norm(x, e + "LayerNorm", c["layer_norm_eps"])
    x = w.linear(x, "electra.embeddings_project", d)
    stages = [pad(t, d), x]
    x = bert_blocks(c, w, x, stages, lambda i: f"electra.encoder.layer.{i}.")
    return stages, mlm(w, x, "generator_predictions.dense", "generator_predictions.LayerNorm",
                       "generator_lm_head.bias", F.gelu, table, c["layer_norm_eps"])


def mpnet(c, w, ids):
    d, e, n = c["hidden_size"], "embeddings.", len(ids)
    t = w(e + "word_embeddings.weight", VOCAB, d, scale=1.0)[ids]
    x = t + w(e + "position_embeddings.weight", c["max_position_embeddings"], d)[2:2 + n]
    x = w.layer_norm(x, e + "LayerNorm", c["layer_norm_eps"])
    stages = [t, x]
    buckets = c["relative_attention_num_buckets"]
    rel = w("encoder.relative_attention_bias.weight", buckets, c["num_attention_heads"], scale=2.0)
    where = torch.zeros(n, n, dtype=torch.long)
    for i in range(n):
        for j in range(n):
            half, back = buckets // 2, i - j
            b = half if back < 0 else 0
            back = abs(back)
            if back < half // 2:
                b += back
            else:
                far = math.log(back / (half // 2)) / math.log(128 / (half // 2)) * (half - half // 2)
                b += min(half // 2 + int(far), half - 1)
            where[i, j] = b
    names = dict(q="attention.attn.q", k="attention.attn.k", v="attention.attn.v",
                 o="attention.attn.o", n1="attention.LayerNorm", up="intermediate.dense",
                 down="output.dense", n2="output.LayerNorm")
    bert_blocks(c, w, x, stages, lambda i: f"encoder.layer.{i}.", rel[where].permute(2, 0, 1), names)
    return stages, None


def albert(c, w, ids):
    d, s, e = c["hidden_size"], c["embedding_size"], "albert.embeddings."
    table = w(e + "word_embeddings.weight", VOCAB, s, scale=1.0)
    t = table[ids]
    x = t + w(e + "position_embeddings.weight", c["max_position_embeddings"], s)[: len(ids)]
    x = x + w(e + "token_type_embeddings.weight", 2, s)[0]
    x = w.layer_norm(x, e + "LayerNorm", c["layer_norm_eps"])
    x = w.linear(x, "albert.encoder.embedding_hidden_mapping_in", d)
    stages = [pad(t, d), x]
    per_group = c["num_hidden_layers"] / c["num_hidden_groups"]
    names = dict(q="attention.query", k="attention.key", v="attention.value", o="attention.dense",
                 n1="attention.LayerNorm", up="ffn", down="ffn_output", n2="full_layer_layer_norm")
    x = bert_blocks(c, w, x, stages,
                    lambda i: f"albert.encoder.albert_layer_groups.{int(i / per_group)}."
                              "albert_layers.0.", None, names)
    return stages, mlm(w, x, "predictions.dense", "predictions.LayerNorm", "predictions.bias",
                       ACT[c["hidden_act"]], table, c["layer_norm_eps"])


def distilbert(c, w, ids):
    d, e = c["dim"], "distilbert.embeddings."
    table = w(e + "word_embeddings.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    x = t + w(e + "position_embeddings.weight", c["max_position_embeddings"], d)[: len(ids)]
    x = w.layer_norm(x, e + "LayerNorm", 1e-12)
    stages = [t, x]
    for i in range(c["n_layers"]):
        p = f"distilbert.transformer.layer.{i}."
        q, k, v = (w.linear(x, p + f"attention.{j}_lin", d) for j in "qkv")
        a = w.linear(attend(q, k, v, c["n_heads"], c["n_heads"]), p + "attention.out_lin", d)
        x = w.layer_norm(a + x, p + "sa_layer_norm", 1e-12)
        stages.append(x)
        f = w.linear(ACT[c["activation"]](w.linear(x, p + "ffn.lin1", c["hidden_dim"])),
                     p + "ffn.lin2", d)
        x = w.layer_norm(f + x, p + "output_layer_norm", 1e-12)
        stages.append(x)
    return stages, mlm(w, x, "vocab_transform", "vocab_layer_norm", "vocab_projector.bias",
                       ACT[c["activation"]], table, 1e-12)


def rotate(x, n_heads, dims, f, magnitude=1.0):
    """Rotary positions on the first `dims` of every head, pairs (i, i + dims / 2)."""
    n = x.shape[0]
    x = x.reshape(n, n_heads, -1)
    angle = torch.arange(n)[:, None] * f[None, :]
    cos = (torch.cos(angle) * magnitude)[:, None, :]
    sin = (torch.sin(angle) * magnitude)[:, None, :]
    a, b, rest = x[..., : dims // 2], x[..., dims // 2: dims], x[..., dims:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin, rest], -1).reshape(n, -1)


def modernbert(c, w, ids):
    d, h, n = c["hidden_size"], c["num_attention_heads"], len(ids)
    table = w("model.embeddings.tok_embeddings.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    x = w.layer_norm(t, "model.embeddings.norm", c["norm_eps"], bias=False)
    stages = [t, x]
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        u = x if i == 0 else w.layer_norm(x, p + "attn_norm", c["norm_eps"], bias=False)
        q, k, v = w.linear(u, p + "attn.Wqkv", 3 * d, bias=False).split(d, -1)
        if "layer_types" in c:
            local = c["layer_types"][i] == "sliding_attention"
            f, magnitude = scaled_frequencies(c["rope_parameters"][c["layer_types"][i]], d // h)
        else:
            local = i % c["global_attn_every_n_layers"] != 0
            theta = c["local_rope_theta"] if local else c["global_rope_theta"]
            f, magnitude = scaled_frequencies(dict(rope_theta=theta), d // h)
        q, k = rotate(q, h, d // h, f, magnitude), rotate(k, h, d // h, f, magnitude)
        allowed = distances(n).abs() <= c["local_attention"] // 2 if local else None
        x = x + w.linear(attend(q, k, v, h, h, allowed), p + "attn.Wo", d, bias=False)
        stages.append(x)
        u = w.layer_norm(x, p + "mlp_norm", c["norm_eps"], bias=False)
        a, b = w.linear(u, p + "mlp.Wi", 2 * c["intermediate_size"], bias=False).chunk(2, -1)
        x = x + w.linear(F.gelu(a) * b, p + "mlp.Wo", d, bias=False)
        stages.append(x)
    x = w.layer_norm(x, "model.final_norm", c["norm_eps"], bias=False)
    stages.append(x)
    f = F.gelu(w.linear(x, "head.dense", d, bias=False))
    f = w.layer_norm(f, "head.norm", c["norm_eps"], bias=False)
    return stages, f @ table.T + w("decoder.bias", VOCAB)


# ---- decoders

def gpt2(c, w, ids):
    d, h, n = c["n_embd"], c["n_head"], len(ids)

    def conv(x, name, out):
        return x @ w(name + ".weight", x.shape[-1], out) + w(name + ".bias", out, scale=0.5)

    table = w("wte.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    x = t + w("wpe.weight", c["n_positions"], d)[:n]
    stages = [t, x]
    causal = distances(n) <= 0
    eps = c["layer_norm_epsilon"]
    for i in range(c["n_layer"]):
        p = f"h.{i}."
        q, k, v = conv(w.layer_norm(x, p + "ln_1", eps), p + "attn.c_attn", 3 * d).split(d, -1)
        x = x + conv(attend(q, k, v, h, h, causal), p + "attn.c_proj", d)
        stages.append(x)
        inner = c["n_inner"] or 4 * d
        f = gelu_new(conv(w.layer_norm(x, p + "ln_2", eps), p + "mlp.c_fc", inner))
        x = x + conv(f, p + "mlp.c_proj", d)
        stages.append(x)
    x = w.layer_norm(x, "ln_f", eps)
    return stages + [x], x @ table.T


def neox(c, w, ids):
    d, h, n = c["hidden_size"], c["num_attention_heads"], len(ids)
    g = d // h
    t = w("gpt_neox.embed_in.weight", VOCAB, d, scale=1.0)[ids]
    x, stages, eps = t, [t, t], c["layer_norm_eps"]
    causal = distances(n) <= 0
    rope = c.get("rope_parameters") or dict(rope_theta=c["rotary_emb_base"],
                                            partial_rotary_factor=c["rotary_pct"])
    dims = int(g * rope["partial_rotary_factor"])
    f = scaled_frequencies(rope, dims)[0]
    for i in range(c["num_hidden_layers"]):
        p = f"gpt_neox.layers.{i}."
        u = w.layer_norm(x, p + "input_layernorm", eps)
        qkv = w.linear(u, p + "attention.query_key_value", 3 * d).reshape(n, h, 3, g)
        q, k, v = (qkv[:, :, j].reshape(n, d) for j in range(3))
        q, k = rotate(q, h, dims, f), rotate(k, h, dims, f)
        a = w.linear(attend(q, k, v, h, h, causal), p + "attention.dense", d)
        stages.append(x + a)
        u = w.layer_norm(x if c["use_parallel_residual"] else x + a,
                         p + "post_attention_layernorm", eps)
        inner = F.gelu(w.linear(u, p + "mlp.dense_h_to_4h", c["intermediate_size"]))
        x = x + a + w.linear(inner, p + "mlp.dense_4h_to_h", d)
        stages.append(x)
    x = w.layer_norm(x, "gpt_neox.final_layer_norm", eps)
    return stages + [x], x @ w("embed_out.weight", VOCAB, d).T


def scaled_frequencies(s, dims):
    theta = s["rope_theta"]
    f = theta ** (-torch.arange(0, dims, 2) / dims)
    kind = s.get("rope_type", s.get("type", "default"))
    if kind == "default":
        return f, 1.0
    if kind == "linear":
        return f / s["factor"], 1.0
    if kind == "llama3":
        out = []
        long = s["original_max_position_embeddings"] / s["low_freq_factor"]
        short = s["original_max_position_embeddings"] / s["high_freq_factor"]
        for v in f.tolist():
            wave = 2 * math.pi / v
            if wave < short:
                out.append(v)
            elif wave > long:
                out.append(v / s["factor"])
            else:
                smooth = (s["original_max_position_embeddings"] / wave - s["low_freq_factor"]) / (
                    s["high_freq_factor"] - s["low_freq_factor"])
                out.append((1 - smooth) * v / s["factor"] + smooth * v)
        return torch.tensor(out), 1.0
    assert kind == "yarn"

    def dimension(turns):
        return dims * math.log(s["original_max_position_embeddings"] / (turns * 2 * math.pi)) / (
            2 * math.log(theta))

    low, high = max(math.floor(dimension(32)), 0), min(math.ceil(dimension(1)), dims - 1)
    keep = 1 - torch.clamp((torch.arange(dims // 2) - low) / max(high - low, 0.001), 0, 1)
    return f / s["factor"] * (1 - keep) + f * keep, 0.1 * math.log(s["factor"]) + 1


def llama(c, w, ids):
    d, h, n = c["hidden_size"], c["num_attention_heads"], len(ids)
    kv = c["num_key_value_heads"]
    g = c.get("head_dim", d // h)
    kind, eps = c["model_type"], c["rms_norm_eps"]
    qkv_bias = kind == "qwen2" or c.get("attention_bias", False)
    o_bias = kind != "qwen2" and c.get("attention_bias", False)
    table = w("model.embed_tokens.weight", VOCAB, d, scale=1.0)
    t = table[ids]
    x, stages = t, [t, t]
    rope = c.get("rope_parameters") or dict(c.get("rope_scaling") or {}, rope_theta=c["rope_theta"])
    f, magnitude = scaled_frequencies(rope, g)
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        u = w.rms_norm(x, p + "input_layernorm", eps)
        q = w.linear(u, p + "self_attn.q_proj", h * g, qkv_bias)
        k = w.linear(u, p + "self_attn.k_proj", kv * g, qkv_bias)
        v = w.linear(u, p + "self_attn.v_proj", kv * g, qkv_bias)
        if kind == "qwen3":
            q = w.rms_norm(q.reshape(n, h, g), p + "self_attn.q_norm", eps).reshape(n, -1)
            k = w.rms_norm(k.reshape(n, kv, g), p + "self_attn.k_norm", eps).reshape(n, -1)
        q, k = rotate(q, h, g, f, magnitude), rotate(k, kv, g, f, magnitude)
        allowed = distances(n) <= 0
        sliding = kind == "mistral" or (c.get("use_sliding_window")
                                        and i >= c["max_window_layers"])
        if "layer_types" in c:
            sliding = c["layer_types"][i] == "sliding_attention"
        if sliding and c.get("sliding_window"):
            allowed = allowed & (distances(n) > -c["sliding_window"])
        x = x + w.linear(attend(q, k, v, h, kv, allowed), p + "self_attn.o_proj", d, o_bias)
        stages.append(x)
        u = w.rms_norm(x, p + "post_attention_layernorm", eps)
        bias = c.get("mlp_bias", False)
        gate = F.silu(w.linear(u, p + "mlp.gate_proj", c["intermediate_size"], bias))
        up = w.linear(u, p + "mlp.up_proj", c["intermediate_size"], bias)
        x = x + w.linear(gate * up, p + "mlp.down_proj", d, bias)
        stages.append(x)
    x = w.rms_norm(x, "model.norm", eps)
    head = table if c["tie_word_embeddings"] else w("lm_head.weight", VOCAB, d)
    return stages + [x], x @ head.T


def encoder(kind, d, h, inner, blocks, **more):
    return dict(model_type=kind, hidden_size=d, num_attention_heads=h, intermediate_size=inner,
                num_hidden_layers=blocks, vocab_size=VOCAB, max_position_embeddings=44,
                hidden_act="gelu", layer_norm_eps=1e-12, type_vocab_size=2, **more)


def decoder(kind, d, h, kv, inner, blocks, tied, **more):
    return dict(model_type=kind, hidden_size=d, num_attention_heads=h, num_key_value_heads=kv,
                intermediate_size=inner, num_hidden_layers=blocks, vocab_size=VOCAB,
                max_position_embeddings=44, hidden_act="silu", rms_norm_eps=1e-6,
                tie_word_embeddings=tied, rope_theta=more.pop("theta", 10000.0), **more)


FULL, SLIDING = "full_attention", "sliding_attention"
CASES = {  # name: (function, dtype of the matrices, configuration)
    "bert": (bert, "F32", encoder("bert", 36, 3, 50, 3)),
    "distilbert": (distilbert, "F16", dict(
        model_type="distilbert", dim=20, n_heads=5, n_layers=2, hidden_dim=33, vocab_size=VOCAB,
        max_position_embeddings=40, activation="gelu", sinusoidal_pos_embds=False)),
    "roberta": (roberta, "BF16", dict(encoder("roberta", 21, 3, 40, 1, pad_token_id=1),
                                      layer_norm_eps=1e-5, type_vocab_size=1)),
    "electra": (electra, "F32", encoder("electra", 24, 4, 30, 2, embedding_size=13)),
    "mpnet": (mpnet, "F32", encoder("mpnet", 35, 5, 48, 2, relative_attention_num_buckets=32)),
    "albert": (albert, "F32", dict(encoder("albert", 28, 7, 40, 4, embedding_size=12,
                                           num_hidden_groups=2, inner_group_num=1),
                                   hidden_act="gelu_new")),
    "modernbert": (modernbert, "F32", dict(
        model_type="modernbert", hidden_size=30, num_attention_heads=3, num_hidden_layers=4,
        intermediate_size=41, vocab_size=VOCAB, max_position_embeddings=64,
        hidden_activation="gelu", norm_eps=1e-5, norm_bias=False, attention_bias=False,
        mlp_bias=False, local_attention=8, global_attn_every_n_layers=3, local_rope_theta=10000.0,
        global_rope_theta=160000.0)),
    # as transformers 5 saves it, blocks and rotations as no checkpoint has them
    "modernbert-layers": (modernbert, "F32", dict(
        model_type="modernbert", hidden_size=24, num_attention_heads=2, num_hidden_layers=5,
        intermediate_size=29, vocab_size=VOCAB, max_position_embeddings=64,
        hidden_activation="gelu", norm_eps=1e-5, norm_bias=False, attention_bias=False,
        mlp_bias=False, local_attention=6, dtype="float32",
        layer_types=[SLIDING, FULL, SLIDING, SLIDING, FULL], rope_parameters={
            FULL: dict(rope_theta=50.0, rope_type="linear", factor=2.0),
            SLIDING: dict(rope_theta=20.0, rope_type="default")})),
    "gpt2": (gpt2, "F32", dict(
        model_type="gpt2", n_embd=33, n_head=3, n_layer=3, n_positions=40, n_ctx=40, n_inner=None,
        vocab_size=VOCAB, activation_function="gelu_new", layer_norm_epsilon=1e-5)),
    "neox": (neox, "F16", dict(
        model_type="gpt_neox", hidden_size=48, num_attention_heads=3, num_hidden_layers=2,
        intermediate_size=70, vocab_size=VOCAB, max_position_embeddings=48, hidden_act="gelu",
        layer_norm_eps=1e-5, use_parallel_residual=True, rotary_pct=0.25, rotary_emb_base=10000,
        tie_word_embeddings=False)),
    "neox-serial": (neox, "F32", dict(
        model_type="gpt_neox", hidden_size=20, num_attention_heads=5, num_hidden_layers=1,
        intermediate_size=37, vocab_size=VOCAB, max_position_embeddings=48, hidden_act="gelu",
        layer_norm_eps=1e-5, use_parallel_residual=False, rotary_pct=1.0, rotary_emb_base=10000,
        tie_word_embeddings=False)),
    "neox-parameters": (neox, "F32", dict(
        model_type="gpt_neox", hidden_size=24, num_attention_heads=2, num_hidden_layers=1,
        intermediate_size=31, vocab_size=VOCAB, max_position_embeddings=48, hidden_act="gelu",
        layer_norm_eps=1e-5, use_parallel_residual=True, tie_word_embeddings=False,
        dtype="float32", rope_parameters=dict(rope_theta=300.0, rope_type="default",
                                              partial_rotary_factor=0.5))),
    "llama": (llama, "BF16", decoder("llama", 60, 6, 2, 47, 2, False, theta=500000.0, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=64))),
    "mistral": (llama, "F32", decoder("mistral", 28, 7, 1, 33, 2, False, sliding_window=7)),
    "qwen2": (llama, "F32", decoder("qwen2", 36, 6, 3, 40, 3, True, use_sliding_window=True,
                                    sliding_window=9, max_window_layers=2, rope_scaling=dict(
            type="yarn", factor=4.0, original_max_position_embeddings=16))),
    "qwen3": (llama, "F32", decoder("qwen3", 30, 4, 2, 44, 2, True, head_dim=14, rope_scaling=dict(
        type="linear", factor=2.0))),
    "qwen2-layers": (llama, "F32", decoder(
        "qwen2", 24, 4, 2, 30, 3, True, theta=None, use_sliding_window=True, sliding_window=5,
        max_window_layers=3, layer_types=[SLIDING, FULL, SLIDING], dtype="float32",
        rope_parameters=dict(rope_theta=300.0, rope_type="default"))),
    "llama-biased": (llama, "F32", decoder("llama", 24, 3, 3, 31, 1, True, attention_bias=True,
                                           mlp_bias=True)),
}
CAUSAL = {"gpt2", "gpt_neox", "llama", "mistral", "qwen2", "qwen3"}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "transformer")
    for name, (forward, dtype, config) in CASES.items():
        folder = os.path.join(root, name)
        os.makedirs(folder, exist_ok=True)
        causal = config["model_type"] in CAUSAL
        w, rows, lm = Weights(dtype), [], []
        for content in SENTENCES:
            ids = content if causal else [CLS] + content + [SEP]
            stages, _ = forward(config, w, ids)
            kept = [p for p in range(len(ids)) if p < 4 or p % 5 == 0]
            rows.append(torch.stack(stages, 1)[kept].numpy().astype("<f4"))
            if len(ids) <= 2:
                continue
            if causal:
                logits = forward(config, w, ids[:2])[1][1]
            else:
                masked = forward(config, w, ids[:2] + [MASK] + ids[3:])[1]
                logits = None if masked is None else masked[2]
            if logits is not None:
                lm.append(F.log_softmax(logits, -1).numpy().astype("<f4"))
        with open(os.path.join(folder, "config.json"), "w") as f:
            json.dump(config, f, indent=1)
            f.write("\n")
        with open(os.path.join(folder, "weights.txt"), "w") as f:
            f.write("\n".join(w.lines) + "\n")
        with open(os.path.join(folder, "sentences.txt"), "w") as f:
            f.write("".join(" ".join(map(str, s)) + "\n" for s in SENTENCES))
        with open(os.path.join(folder, "expected.f32"), "wb") as f:
            f.write(b"".join(r.tobytes() for r in rows))
        if lm:
            with open(os.path.join(folder, "lm.f32"), "wb") as f:
                f.write(b"".join(r.tobytes() for r in lm))


if __name__ == "__main__":
    main()
