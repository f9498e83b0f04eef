#!/usr/bin/env python3
"""sandbox.py [ROUNDS]: what the sandbox costs: processor seconds of the same run with --sandbox on and off, in turns; the
medians and their ratio. MiniLM where it is prepared (long passes), and the toy (little but starting and messages)."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile

HARNESS = os.environ["HARNESS"]
CACHE = os.environ.get("HARNESS_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "harness")
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9


def seconds(arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([HARNESS] + arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


with tempfile.TemporaryDirectory() as work:
    pairs = os.path.join(work, "pairs.tsv")
    with open(pairs, "w", encoding="utf-8") as file:
        for i in range(1500):
            words = ["".join(chr(97 + (i * k) % 26) for k in range(n, n + 6)) for n in (1, 2)]
            file.write(f"{words[0]}\t{words[1]}\t{i % 10}\n")
    for embedder in ["toy"] + ["minilm"] * os.path.isdir(os.path.join(CACHE, "models/minilm")):
        run = ["--suite", "similarity", "--dataset", pairs, "--embedder", embedder, "--resamples", "0", "--threads", "1",
               "--no-items", "--out", work, "--name", "a", "--sandbox"]
        spent = {"on": [], "off": []}
        for i in range(rounds):
            for wish in ("on", "off") if i % 2 else ("off", "on"):
                spent[wish].append(seconds(run + [wish]))
        on, off = (statistics.median(spent[wish]) for wish in ("on", "off"))
        print(f"{embedder:7} {on:.3f} s with the sandbox, {off:.3f} s without: ratio {on / off:.3f}")
