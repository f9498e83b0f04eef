#!/usr/bin/python3
"""The search of the suite `analogy` beside numpy's blocked product and gensim's most_similar on a
table of the same shape, in one run. The rivals get a sample of the questions, extrapolated.

    analogy_rivals.py PATH/TO/bench_analogy [ROWS DIM]
"""
import re
import subprocess
import sys
import time

import numpy

ROWS, DIM = (int(x) for x in sys.argv[2:4]) if len(sys.argv) > 3 else (341479, 100)
QUESTIONS = 19544

output = subprocess.run([sys.argv[1], str(ROWS), str(DIM)], capture_output=True, text=True, check=True).stdout
print(output, end="")
ours = {int(n): float(s) for n, s in re.findall(r"search with (\d) threads? ([\d.]+) s", output)}

random = numpy.random.default_rng(1)
table = random.random((ROWS, DIM), dtype=numpy.float32) - 0.45
table /= numpy.linalg.norm(table, axis=1, keepdims=True)
words = random.integers(0, 905 * 20, (512, 3))

start = time.perf_counter()
for block in numpy.split(words, 8):
    scores = (table[block[:, 1]] - table[block[:, 0]] + table[block[:, 2]]) @ table.T
    for i, question in enumerate(block):
        scores[i, question] = -9
    scores.argmax(axis=1)
rivals = {"numpy, blocks of 64": (time.perf_counter() - start) / len(words) * QUESTIONS}

try:
    from gensim.models import KeyedVectors
    vectors = KeyedVectors(DIM)
    vectors.add_vectors([str(i) for i in range(ROWS)], table)
    vectors.fill_norms()
    start = time.perf_counter()
    for a, b, c in words[:24]:
        vectors.most_similar(positive=[str(b), str(c)], negative=[str(a)], topn=1)
    rivals["gensim most_similar"] = (time.perf_counter() - start) / 24 * QUESTIONS
except ImportError:
    print("gensim is not installed")
for name, seconds in rivals.items():
    print(f"{name}: {seconds:.0f} s for {QUESTIONS} questions, {seconds / ours[2]:.0f} times ours with 2 threads")
