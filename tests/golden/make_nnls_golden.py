#!/usr/bin/env python3
"""Golden values of non-negative least squares, from scipy: tests/golden/stats/nnls.txt.

A case: "case M N", the N columns of M numbers, a line each, the target, and the line of N
coefficients with the residual's length behind. tests/unit/math/test_nnls.c reads it. Again:

    /usr/bin/python3 tests/golden/make_nnls_golden.py > tests/golden/stats/nnls.txt
"""
import numpy
from scipy.optimize import nnls

RANDOM = numpy.random.default_rng(1)


def case(columns, target):
    columns, target = numpy.asarray(columns, float), numpy.asarray(target, float)
    x, residual = nnls(columns.T, target)
    print("case", columns.shape[1], columns.shape[0])
    for line in [*columns, target, [*x, residual]]:
        print(" ".join(repr(float(v)) for v in line))


def main():
    for m, n in [(1, 1), (2, 2), (3, 5), (5, 3), (8, 8), (20, 6), (30, 12), (40, 25), (12, 30)]:
        for _ in range(3):
            columns = RANDOM.normal(size=(n, m)).round(3)
            case(columns, RANDOM.normal(size=m).round(3))  # most coefficients are 0
            mixture = RANDOM.dirichlet(numpy.full(n, 0.5)) @ columns + RANDOM.normal(size=m) * 0.1
            case(columns, mixture.round(4))
    # Columns with much in common, as sense vectors have.
    for n in [2, 4, 9]:
        common = RANDOM.normal(size=25) * 3
        columns = (common + RANDOM.normal(size=(n, 25))).round(3)
        case(columns, (RANDOM.dirichlet(numpy.ones(n)) @ columns).round(4))
    case([[1, 0], [0, 1]], [-1, -2])  # nothing helps
    case([[1, 0], [0, 1]], [3, -2])
    case([[0, 0], [1, 1]], [1, 3])  # a column of nothing
    case([[1, 1, 0], [1, 0, 0]], [0, 0, 0])


main()
