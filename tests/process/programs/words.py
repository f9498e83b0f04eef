"""A closed vocabulary with its table, a file that belongs to the model, and hashes of its weights."""
import re

import numpy as np
from harness_embedder import BACKOFF, Embedder, serve


class Words(Embedder):
    kind = "static"
    dim = 8
    name = "Forty words"
    version = "1.2"
    citation = "nobody (2026). Nothing."
    files = [__file__]
    options = {"device": "cpu", "scale": "1"}
    known = ("the bank river money tree house water light time year people way day man thing woman "
             "life child world school car auto boy lad sun moon").split()
    n_words = len(known)

    def __init__(self, options, threads):
        super().__init__(options, threads)
        self.table = np.random.default_rng(1).standard_normal((self.n_words, self.dim))
        self.table = (self.table * float(options["scale"])).astype(np.float32)
        self.number = {word: i for i, word in enumerate(self.known)}
        print("noise on standard output")

    def embed(self, batch, out):
        for row, word in enumerate(batch.target_texts()):
            parts = [self.number[p] for p in re.findall(r"\w+", word) if p in self.number]
            if word in self.number:
                out.vectors[row] = self.table[self.number[word]]
            elif parts:
                out.vectors[row] = self.table[parts].mean(0)
                out.status[row] = BACKOFF
            else:
                out.unknown(row)

    def vocabulary(self):
        return self.known, self.table

    def weights(self):
        return {"table": self.table}


serve(Words)
