#!/usr/bin/env python3
"""Golden values of post-processing, from numpy: tests/golden/postprocess/postprocess.txt.

"shape ROWS STAGES DIM", then the sample, "row" and its STAGES * DIM numbers a line, then the cases,
"case METHOD STAGE ROW" and the DIM numbers that row becomes. tests/unit/math/test_postprocess.c
reads the file. Run again after a change here:

    python3 tests/golden/make_postprocess_golden.py > tests/golden/postprocess/postprocess.txt
"""
import numpy

ROWS, STAGES, DIM = 60, 2, 5


def transformed(method, sample):
    centred = sample - sample.mean(axis=0)
    name, _, d = method.partition(":")
    if name == "raw":
        return sample
    if name == "standardise":
        return centred / sample.std(axis=0)
    _, singular, components = numpy.linalg.svd(centred, full_matrices=False)
    if name == "abtt":
        top = components[:int(d)]
        return centred - centred @ top.T @ top
    if name == "whiten":
        signs = numpy.sign(components[numpy.arange(DIM), abs(components).argmax(axis=1)])
        return centred @ (components * signs[:, None]).T / (singular / numpy.sqrt(len(sample)))
    return centred


def main():
    random = numpy.random.default_rng(1)
    # Far from the origin, of very different deviations, correlated.
    sample = random.normal(size=(ROWS, STAGES, DIM)) * [3, 1, 0.5, 2, 0.1] + [100, -2, 0.3, 0, 5]
    sample[:, :, 1] += sample[:, :, 0] * 0.4
    sample = sample.astype(numpy.float32).astype(float)
    print("shape", ROWS, STAGES, DIM)
    for row in sample.reshape(ROWS, -1):
        print("row", *map(repr, row.tolist()))
    for method in ["raw", "centre", "standardise", "abtt:1", "abtt:3", "whiten"]:
        for stage in range(STAGES):
            rows = transformed(method, sample[:, stage])
            for i in [0, 7, 59]:
                print("case", method, stage, i, *map(repr, rows[i].tolist()))


main()
