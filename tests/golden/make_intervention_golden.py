#!/usr/bin/env python3
"""Golden figures of ablate= and mask= of the transformer plugin, in PyTorch (double precision).

    make_intervention_golden.py [DIRECTORY]      default: tests/golden/transformer/interventions

The forward passes are those of make_transformer_golden.py, untouched. What is taken out is taken out
of the *weights*: an output matrix of zeros adds nothing, a query matrix of zeros looks everywhere
alike, columns of zeros in the output matrix drop a head. Only the mask is another argument.

    cases.txt     "case ablate mask lm": "-" = none; lm: 1 = expected.f32 has log-probabilities
    expected.f32  for each line [pieces 0, 8 and 16 of the content, stage, dim] of sentence 2 and, with
                  lm, [vocabulary] of piece number 2 (special ones counted), as lm.f32 there
"""
import os
import re
import sys

import torch
import torch.nn.functional as F

import make_transformer_golden as plain

PIECES = (0, 8, 16)
CASES = [
    ("bert", "attention", "-"), ("bert", "feed-forward", "-"), ("bert", "feed-forward:2", "-"),
    ("bert", "uniform:2-3", "-"), ("bert", "head:1.2+head:2-3.1", "-"), ("bert", "positions", "-"),
    ("bert", "-", "causal"), ("bert", "attention:1+feed-forward:3+uniform:2+positions", "causal"),
    ("gpt2", "attention:2", "-"), ("gpt2", "feed-forward", "-"), ("gpt2", "uniform", "-"),
    ("gpt2", "head:1-3.3", "-"), ("gpt2", "positions", "-"), ("gpt2", "-", "bidirectional"),
    ("llama", "attention", "-"), ("llama", "feed-forward:1", "-"), ("llama", "uniform:2", "-"),
    ("llama", "head:2.4-6", "-"), ("llama", "-", "bidirectional"), ("llama", "uniform", "bidirectional"),
    ("mpnet", "uniform+head:1.5", "-"), ("modernbert", "uniform:1-2", "causal"),
    ("neox", "attention:1+feed-forward:2", "-"), ("qwen2", "-", "bidirectional"),
]
BLOCK = re.compile(r"(?:^|\.)(?:layer|layers|h)\.(\d+)\.")
OUTPUT = re.compile(r"(attention\.output\.dense|attn\.c_proj|self_attn\.o_proj|attn\.Wo|attention\.dense|"
                    r"attention\.attn\.o)\.(weight|bias)$")
DOWN = re.compile(r"(?<!attention\.)(output\.dense|mlp\.c_proj|mlp\.down_proj|mlp\.Wo|mlp\.dense_4h_to_h)\.(weight|bias)$")
QUERY = re.compile(r"(attention\.self\.query|self_attn\.q_proj|attention\.attn\.q)\.(weight|bias)$")
FUSED = re.compile(r"(attn\.c_attn|attn\.Wqkv)\.(weight|bias)$")
POSITION = re.compile(r"(position_embeddings|wpe)\.weight$")


class Ablated(plain.Weights):
    """Weights of which some are zero."""

    def __init__(self, dtype, config, ablate):
        super().__init__(dtype)
        n = config.get("num_hidden_layers", config.get("n_layer"))
        self.heads = config.get("num_attention_heads", config.get("n_head"))
        self.terms = []
        for term in [] if ablate == "-" else ablate.split("+"):
            kind, _, where = term.partition(":")
            blocks, _, heads = where.partition(".")
            self.terms.append((kind, self.numbers(blocks or f"1-{n}"), self.numbers(heads or "0")))

    @staticmethod
    def numbers(text):
        first, _, last = text.partition("-")
        return range(int(first), int(last or first) + 1)

    def __call__(self, name, *shape, **how):
        value = super().__call__(name, *shape, **how).clone()
        found = BLOCK.search(name)
        block = int(found.group(1)) + 1 if found else 0
        conv = "c_" in name  # [in, out]
        for kind, blocks, heads in self.terms:
            if kind == "positions" and POSITION.search(name):
                value *= 0
            if kind == "uniform" and "relative_attention_bias" in name and len(blocks) > 1:
                value *= 0
            if block not in blocks:
                continue
            if kind == "attention" and OUTPUT.search(name) or kind == "feed-forward" and DOWN.search(name) \
                    or kind == "uniform" and QUERY.search(name):
                value *= 0
            elif kind == "uniform" and FUSED.search(name):
                out = -1 if conv or name.endswith("bias") else 0
                value.narrow(out, 0, value.shape[out] // 3).zero_()
            elif kind == "head" and OUTPUT.search(name) and name.endswith("weight"):
                into = 0 if conv else 1
                width = value.shape[into] // self.heads
                for h in heads:
                    value.narrow(into, (h - 1) * width, width).zero_()
        return value


def masked(mask):
    """plain.attend under another mask: its own, and what mirrors it, or only what is to the left."""
    own = plain_attend

    def attend(q, k, v, n_heads, n_kv, allowed=None, bias=None):
        n = q.shape[0]
        seen = torch.ones(n, n, dtype=torch.bool) if allowed is None else allowed
        if mask == "causal":
            seen = seen & (plain.distances(n) <= 0)
        elif mask == "bidirectional":
            seen = seen | seen.T
        return own(q, k, v, n_heads, n_kv, seen, bias)

    return attend


plain_attend = plain.attend


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "transformer", "interventions")
    os.makedirs(folder, exist_ok=True)
    lines, parts = [], []
    content = plain.SENTENCES[2]
    for name, ablate, mask in CASES:
        forward, dtype, config = plain.CASES[name]
        causal = config["model_type"] in plain.CAUSAL
        ids = content if causal else [plain.CLS] + content + [plain.SEP]
        plain.attend = masked(mask)
        weights = Ablated(dtype, config, ablate)
        stages, logits = forward(config, weights, ids)
        kept = [p + (0 if causal else 1) for p in PIECES]
        parts.append(torch.stack(stages, 1)[kept].numpy().astype("<f4").tobytes())
        predicts = logits is not None and mask != "bidirectional"
        if predicts:
            given = ids[:2] if causal else ids[:2] + [plain.MASK] + ids[3:]
            row = forward(config, weights, given)[1][1 if causal else 2]
            parts.append(F.log_softmax(row, -1).numpy().astype("<f4").tobytes())
        lines.append(f"{name} {ablate} {mask} {int(predicts)}")
    with open(os.path.join(folder, "cases.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "expected.f32"), "wb") as f:
        f.write(b"".join(parts))


if __name__ == "__main__":
    main()
