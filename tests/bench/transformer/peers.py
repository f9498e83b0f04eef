#!/usr/bin/python3
"""The whole forward pass beside ONNX Runtime, PyTorch and llama.cpp, in one run that takes turns.

    tests/bench/transformer/peers.py BUILD [--rounds 3] [--seconds 2] [--model minilm|bert-base|gpt2]

BUILD is a build folder with tests. The peers get models of the same shapes with random weights,
sentences of one length in batches of 256, 512 and 2048 pieces (their best counts), no mask to apply
and only the last stage to give, of every piece. Ours keeps and pools all stages, of one piece in
four (about SemCor's share of targets) and of every one. ONNX Runtime is npm's
onnxruntime-node, all graph optimisations, as many threads as workers. Rates are the best of the rounds,
for noise only ever slows.
The models are exported by PyTorch; nothing is kept but the npm packages, in ~/.cache/harness/bench.
"""
import argparse
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import torch

import peer_llama

ORT = "1.30.0"
WORKERS = 2
SHAPES = {  # name: (name in bench_transformer, dim, heads, inner, blocks, causal)
    "minilm": ("MiniLM-L6", 384, 12, 1536, 6, False),
    "bert-base": ("BERT-base", 768, 12, 3072, 12, False),
    "gpt2": ("GPT-2-124M", 768, 12, 3072, 12, True),
}
LENGTHS = (16, 32, 128)
STEPS = (4, 1)  # every which piece is a target
BATCH_PIECES = (256, 512, 2048)
VOCABULARY, POSITIONS = 2000, 512


class Block(torch.nn.Module):
    """One block as libraries write it, so that their graph optimisers know it."""

    def __init__(self, dim, heads, inner, causal):
        super().__init__()
        self.query, self.key, self.value, self.out = (torch.nn.Linear(dim, dim) for _ in range(4))
        self.norm1, self.norm2 = torch.nn.LayerNorm(dim), torch.nn.LayerNorm(dim)
        self.up, self.down = torch.nn.Linear(dim, inner), torch.nn.Linear(inner, dim)
        self.heads, self.width, self.causal = heads, dim // heads, causal

    def attention(self, x, mask):
        batch, n, dim = x.shape[0], x.shape[1], x.shape[2]

        def split(y):
            return y.view(batch, n, self.heads, self.width).permute(0, 2, 1, 3)

        scores = torch.matmul(split(self.query(x)), split(self.key(x)).transpose(-1, -2)) / math.sqrt(self.width)
        if mask is not None:
            scores = scores + mask
        mixed = torch.matmul(torch.softmax(scores, -1), split(self.value(x)))
        return self.out(mixed.permute(0, 2, 1, 3).contiguous().view(batch, n, dim))

    def forward(self, x, mask):
        if self.causal:
            x = x + self.attention(self.norm1(x), mask)
            h = self.up(self.norm2(x))
            h = 0.5 * h * (1 + torch.tanh(0.7978845608 * (h + 0.044715 * h * h * h)))
            return x + self.down(h)
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.down(torch.nn.functional.gelu(self.up(x))))


class Model(torch.nn.Module):
    def __init__(self, dim, heads, inner, blocks, causal):
        super().__init__()
        self.table = torch.nn.Embedding(VOCABULARY, dim)
        self.positions = torch.nn.Embedding(POSITIONS, dim)
        self.norm = torch.nn.LayerNorm(dim)
        self.blocks = torch.nn.ModuleList(Block(dim, heads, inner, causal) for _ in range(blocks))
        self.causal = causal

    def forward(self, ids):
        n = ids.shape[1]
        x = self.table(ids) + self.positions(torch.arange(n))
        mask = None
        if self.causal:
            mask = (1 - torch.tril(torch.ones(POSITIONS, POSITIONS)))[:n, :n] * -10000.0
        else:
            x = self.norm(x)
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x) if self.causal else x


ORT_PROGRAM = """
import ort from 'onnxruntime-node';
const [model, threads, seconds, length, batch] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model,
  {intraOpNumThreads: +threads, interOpNumThreads: 1, graphOptimizationLevel: 'all'});
const ids = new ort.Tensor('int64',
  BigInt64Array.from({length: batch * length}, (_, i) => BigInt((i * 7919) % 2000)), [+batch, +length]);
await session.run({ids});
const start = performance.now();
let n = 0;
do { await session.run({ids}); n++; } while (performance.now() - start < seconds * 1000);
console.log(n * batch * length / (performance.now() - start) * 1000);
"""


def cache():
    return os.path.join(os.environ.get("HARNESS_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness"), "bench")


def onnx_runtime(where):
    """The program that measures it; its package is installed in the folder `where` once. npm takes what it does not
    know of out of a folder: each peer has its own."""
    if not os.path.isdir(os.path.join(where, "node_modules", "onnxruntime-node")):
        os.makedirs(where, exist_ok=True)
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix",
                        where, "onnxruntime-node@" + ORT], check=True, stdout=sys.stderr)
    program = os.path.join(where, "onnx_runtime.mjs")
    with open(program, "w", encoding="utf-8") as file:
        file.write(ORT_PROGRAM)
    return program


def rate_onnx(program, path, length, pieces, seconds):
    out = subprocess.run(["node", program, path, str(WORKERS), str(seconds), str(length), str(max(1, pieces // length))],
                         check=True, capture_output=True, text=True).stdout
    return float(out)


def rate_torch(model, length, pieces, seconds):
    ids = (torch.arange(max(1, pieces // length) * length) * 7919 % VOCABULARY).view(-1, length)
    with torch.no_grad():
        model(ids)
        start, n = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            model(ids)
            n += 1
        return n * ids.numel() / (time.perf_counter() - start)


def rates_ours(build, name, seconds, step):
    """{length: (pieces/s, percent of SGEMM)} with every step-th piece a target"""
    program = os.path.join(build, "tests", "bench", "transformer", "bench_transformer")
    out = subprocess.run([program, str(WORKERS), "f32", str(seconds), name, str(step)], check=True,
                         capture_output=True, text=True).stdout
    found = {}
    for line in out.splitlines():
        m = re.match(re.escape(name) + r"\s+(\d+)\s+(\d+)\s+\S+\s+\S+\s+(\S+) %", line)
        if m:
            found[int(m[1])] = (float(m[2]), float(m[3]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--model", choices=SHAPES, action="append")
    options = parser.parse_args()
    torch.set_num_threads(WORKERS)
    print(f"{'model':<10} {'pieces':>6} {'1 in 4':>7} {'of SGEMM':>9} {'every':>7} {'of SGEMM':>9} {'ORT':>7} {'PyTorch':>7} "
          f"{'llama':>7} "
          f"{'1 in 4':>7} {'every':>6} / best")
    with tempfile.TemporaryDirectory() as folder:
        program, llama = onnx_runtime(cache()), peer_llama.library(os.path.join(cache(), "llama.cpp"))
        for shape in options.model or SHAPES:
            name, dim, heads, inner, blocks, causal = SHAPES[shape]
            torch.manual_seed(1)
            model = Model(dim, heads, inner, blocks, causal).eval()
            path = os.path.join(folder, shape + ".onnx")
            torch.onnx.export(model, torch.zeros(2, 16, dtype=torch.long), path, input_names=["ids"],
                              output_names=["y"], opset_version=17,
                              dynamic_axes={"ids": {0: "batch", 1: "n"}, "y": {0: "batch", 1: "n"}})
            gguf = os.path.join(folder, shape + ".gguf")
            peer_llama.write_model(gguf, model, dim, heads, inner, blocks, causal)
            ours, onnx, eager, cpp = {}, {}, {}, {}
            for _ in range(options.rounds):
                for step in STEPS:
                    for length, pair in rates_ours(options.build, name, options.seconds / 4, step).items():
                        ours.setdefault((length, step), []).append(pair)
                for length in LENGTHS:
                    for pieces in BATCH_PIECES:
                        onnx.setdefault((length, pieces), []).append(
                            rate_onnx(program, path, length, pieces, options.seconds))
                        eager.setdefault((length, pieces), []).append(
                            rate_torch(model, length, pieces, options.seconds))
                        cpp.setdefault((length, pieces), []).append(
                            peer_llama.rate(llama, gguf, length, pieces, options.seconds, WORKERS))
            for length in LENGTHS:
                best = [max(max(peer[length, pieces]) for pieces in BATCH_PIECES)
                        for peer in (onnx, eager, cpp)]
                print(f"{shape:<10} {length:>6}", end="")
                mine = {step: max(pair[0] for pair in ours[length, step]) for step in STEPS}
                for step in STEPS:
                    of_peak = statistics.median(pair[1] for pair in ours[length, step])
                    print(f" {mine[step]:>7.0f} {of_peak:>7.1f} %", end="")
                print("".join(f" {rate:>7.0f}" for rate in best), end=" ")
                print("".join(f" {mine[step] / max(best):>7.2f}" for step in STEPS), flush=True)
            os.remove(path)
            os.remove(gguf)


if __name__ == "__main__":
    main()
