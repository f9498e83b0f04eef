#!/usr/bin/env python3
"""Maps between vectors as NumPy fits them, for tests/unit/transformer/test_transplant.c.

    python3 tests/golden/make_transplant_golden.py          # writes tests/golden/transplant/maps.txt

A line a case: KIND N_IN N_OUT LAMBDA R2, then the matrix [n_in, n_out]; ROWS pairs are fitted on, the
next HELD are predicted for R2. Inputs follow a rule that the test repeats. LAMBDA of pca is the number of
its directions; it goes from x to x.
"""
import os

import numpy as np

ROWS, HELD = 23, 6


def rows(n, dim, a, b):
    return np.array([[((r * a + c * b + 13 * r * c * c + 7 * r * r * c) % 1999) / 999.5 - 1 for c in range(dim)]
                     for r in range(n)])


def pairs(n_in, n_out):
    x = rows(ROWS + HELD, n_in, 7919, 104729)
    y = rows(ROWS + HELD, n_out, 6101, 1299709)
    for c in range(n_out):
        y[:, c] += 2 * x[:, c % n_in] + 3 + c
    return x, y


def main():
    lines = []
    for kind in ("procrustes", "ridge"):
        for n_in, n_out in ((5, 7), (7, 5), (6, 6)):
            x, y = pairs(n_in, n_out)
            mx, my = x[:ROWS].mean(0), y[:ROWS].mean(0)
            a, b = x[:ROWS] - mx, y[:ROWS] - my
            penalty = 0.7
            if kind == "ridge":
                m = np.linalg.solve(a.T @ a + penalty * np.eye(n_in), a.T @ b)
            else:
                u, s, vt = np.linalg.svd(a.T @ b, full_matrices=False)
                m = u @ vt
                m = m * s.sum() / ((a @ m) ** 2).sum()
            guess = (x[ROWS:] - mx) @ m + my
            r2 = 1 - ((y[ROWS:] - guess) ** 2).sum() / ((y[ROWS:] - my) ** 2).sum()
            lines.append(" ".join([kind, str(n_in), str(n_out), str(penalty), f"{r2:.12g}"]
                                  + [f"{v:.12g}" for v in m.ravel()]))
    for dim, k in ((5, 2), (7, 4)):
        x = pairs(dim, dim)[0]
        mx = x[:ROWS].mean(0)
        directions = np.linalg.svd(x[:ROWS] - mx)[2][:k]
        m = directions.T @ directions
        guess = (x[ROWS:] - mx) @ m + mx
        r2 = 1 - ((x[ROWS:] - guess) ** 2).sum() / ((x[ROWS:] - mx) ** 2).sum()
        lines.append(" ".join(["pca", str(dim), str(dim), str(k), f"{r2:.12g}"] + [f"{v:.12g}" for v in m.ravel()]))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transplant", "maps.txt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
