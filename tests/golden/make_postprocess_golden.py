#!/usr/bin/env python3
"""Golden values of post-processing, from numpy: tests/golden/postprocess/postprocess.txt.

"shape ROWS STAGES DIM", then the sample, "row" and its STAGES * DIM numbers a line, then the cases,
"case METHOD STAGE ROW" and the DIM numbers that row becomes. tests/unit/math/test_postprocess.c
reads the file. Run again after a change here:

    python3 tests/golden/make_postprocess_golden.py > tests/golden/postprocess/postprocess.txt
"""
import numpy

ROWS, STAGES, DIM = 60, 2, 5


def quantized(sample, precision):
    """sentence_transformers.util.quantize_embeddings(sample, precision, calibration_embeddings=sample) as its
    documentation and the article "Binary and Scalar Embedding Quantization" define it; the bits of
    "ubinary" unpacked, 0 as -1."""
    sample = sample.astype(numpy.float32)
    if precision == "binary":
        return numpy.unpackbits(numpy.packbits(sample > 0, axis=1), axis=1)[:, :sample.shape[1]].astype(int) * 2 - 1
    starts = sample.min(axis=0)
    steps = (sample.max(axis=0) - starts) / 255
    return ((sample - starts) / steps - 128).astype(numpy.int8)


def transformed(method, sample):
    if method.startswith("dims:"):
        kept, _, rest = method.partition("+")
        n = int(kept[len("dims:"):])
        return numpy.pad(transformed(rest or "raw", sample[:, :n]), ((0, 0), (0, DIM - n)))
    if method in ("int8", "binary"):
        return quantized(sample, method)
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
        signs = numpy.sign(components[numpy.arange(len(components)), abs(components).argmax(axis=1)])
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
    for method in ["raw", "centre", "standardise", "abtt:1", "abtt:3", "whiten", "int8", "binary", "dims:3", "dims:2+int8", "dims:4+binary",
                   "dims:3+whiten"]:
        for stage in range(STAGES):
            rows = transformed(method, sample[:, stage])
            for i in [0, 7, 59]:
                print("case", method, stage, i, *map(repr, rows[i].tolist()))


main()
