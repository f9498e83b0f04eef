#!/usr/bin/python3
"""The classifiers of suite `probe` beside scikit-learn's LogisticRegression (lbfgs) on the same rows, one thread each, in one run:
processor seconds and the objective that each reaches. Needs python3-sklearn; exit status 77 (skipped) without it.

    softmax_rivals.py PATH/TO/bench_softmax
"""
import os
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
try:
    import numpy
    from scipy.special import log_softmax
    from sklearn.linear_model import LogisticRegression
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

for n, dim, n_classes, c in ((60, 60, 3, 10), (600, 384, 5, 10), (8000, 384, 40, 10)):
    random = numpy.random.default_rng(1)
    labels = random.integers(0, n_classes, n).astype(numpy.uint32)
    labels[:n_classes] = range(n_classes)
    rows = (random.normal(size=(n_classes, dim))[labels] * 0.5 + random.normal(size=(n, dim))).astype(numpy.float32) / dim**0.5
    with tempfile.NamedTemporaryFile() as file:
        file.write(rows.tobytes() + labels.tobytes())
        file.flush()
        shape = [str(x) for x in (n, dim, n_classes, c)]
        done = subprocess.run([sys.argv[1], file.name, *shape], capture_output=True, text=True, check=True)
    ours, steps, reached = done.stdout.split()
    start = time.process_time()
    model = LogisticRegression(C=c, multi_class="multinomial", max_iter=500).fit(rows, labels)
    theirs = time.process_time() - start
    logs = log_softmax(rows.astype(numpy.float64) @ model.coef_.T + model.intercept_, axis=1)
    objective = -logs[numpy.arange(n), labels].sum() + (model.coef_**2).sum() / (2 * c)
    print(f"{n} rows, {dim} dimensions, {n_classes} classes: ours {ours} s, {steps} steps, objective {reached}; "
          f"scikit-learn {theirs:.4f} s, {model.n_iter_[0]} steps, {objective:.6f}; {theirs / float(ours):.1f} times ours")
