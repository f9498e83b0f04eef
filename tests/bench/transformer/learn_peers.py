#!/usr/bin/python3
"""Training of a GPT beside PyTorch's, in one run that takes turns: pieces a second and their ratio.

    tests/bench/transformer/learn_peers.py BUILD [--workers 2] [--seconds 2] [--rounds 3] [--shape 4x128] [--cpu]

BUILD is a build folder with tests. PyTorch trains the same shape on random pieces in as many processes of one
thread as there are workers, which is faster than one process of as many threads; forward, backward, clipping and
AdamW on both sides, 4096 pieces an update (1024 of 12x768). A second line is ours with compute=bf16, where the
processor has it, beside ours in float32. --cpu: one worker each, seconds of the processor,
for a machine that others use. Rates are the best of the rounds, for noise only ever slows.
"""
import argparse
import math
import os
import subprocess
import sys
import time

SHAPES = {"4x128": (4, 128, 4, 128, 4096), "6x256": (6, 256, 8, 256, 4096), "12x768": (12, 768, 12, 256, 1024)}
VOCABULARY = 8192
# PyTorch frees and takes its activations anew in each update: kept and in huge pages, as ours are, it is faster
KEPT = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184"


def peer(name, seconds, cpu):
    """PyTorch's pieces a second in this process."""
    import torch
    torch.set_num_threads(1)
    blocks, dim, heads, context, batch = SHAPES[name]
    functional = torch.nn.functional

    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = torch.nn.LayerNorm(dim), torch.nn.LayerNorm(dim)
            self.qkv, self.out = torch.nn.Linear(dim, 3 * dim), torch.nn.Linear(dim, dim)
            self.up, self.down = torch.nn.Linear(dim, 4 * dim), torch.nn.Linear(4 * dim, dim)

        def forward(self, x, mask):
            n = x.shape[0]
            q, k, v = (t.view(n, context, heads, dim // heads).transpose(1, 2) for t in self.qkv(self.norm1(x)).split(dim, -1))
            weights = (q @ k.transpose(-1, -2) / math.sqrt(dim // heads) + mask).softmax(-1)
            x = x + self.out((weights @ v).transpose(1, 2).reshape(n, context, dim))
            return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    table, positions = torch.nn.Embedding(VOCABULARY, dim), torch.nn.Embedding(context, dim)
    layers, final = torch.nn.ModuleList(Block() for _ in range(blocks)), torch.nn.LayerNorm(dim)
    parameters = [p for part in (table, positions, layers, final) for p in part.parameters()]
    adam = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1)
    mask = torch.full((context, context), -math.inf).triu(1)
    ids = torch.randint(VOCABULARY, (batch // context, context + 1))
    clock = time.process_time if cpu else time.monotonic
    done, begun = -1, 0.0
    while done < 0 or clock() - begun < seconds:
        x = table(ids[:, :-1]) + positions.weight
        for layer in layers:
            x = layer(x, mask)
        loss = functional.cross_entropy((final(x) @ table.weight.T).view(-1, VOCABULARY), ids[:, 1:].reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        done += 1
        begun = begun or clock()  # the first update warms up
    print(done * batch / (clock() - begun))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", choices=list(SHAPES), action="append")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer, options.seconds, options.cpu)
        return
    workers = 1 if options.cpu else options.workers
    ours = os.path.join(options.build, "tests/bench/transformer/bench_learn")
    # workers and processes are the threads: OpenBLAS would start as many again in each of them
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", **({"BENCH_CPU_TIME": "1"} if options.cpu else {}))
    environment.pop("OPENBLAS_CORETYPE", None)  # SGEMM and PyTorch by the kernels that fit the processor best
    with open("/proc/cpuinfo", encoding="ascii") as file:
        computes = ["f32", "bf16"] if "avx512_bf16" in file.read() else ["f32"]
    print("shape\tours\tPyTorch\tratio\tGFLOP/s\tSGEMM\tof SGEMM")
    for name in options.shape or SHAPES:
        best, theirs, rest = {c: 0.0 for c in computes}, 0.0, {}
        for _ in range(options.rounds):
            for compute in computes:
                said = subprocess.run([ours, str(workers), str(options.seconds), name, "1", compute], env=environment,
                                      check=True, capture_output=True, text=True).stdout.split("\t")
                if float(said[1]) > best[compute]:
                    best[compute], rest[compute] = float(said[1]), said[2:]
            command = [sys.executable, __file__, options.build, "--peer", name, "--seconds", str(options.seconds)]
            running = [subprocess.Popen(command + ["--cpu"] * options.cpu, env=dict(environment, GLIBC_TUNABLES=KEPT),
                                        stdout=subprocess.PIPE, text=True)
                       for _ in range(workers)]
            theirs = max(theirs, sum(float(p.communicate()[0]) for p in running))
        full = best["f32"]
        print(f"{name}\t{full:.0f}\t{theirs:.0f}\t{full / theirs:.2f}\t" + "\t".join(rest["f32"]), end="", flush=True)
        if "bf16" in best:
            print(f"  bf16\t{best['bf16']:.0f}\tf32: {full:.0f}\t{best['bf16'] / full:.2f}\t" + "\t".join(rest["bf16"]),
                  end="", flush=True)


if __name__ == "__main__":
    main()
