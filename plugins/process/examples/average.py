"""Word vectors from a text file, and for a longer text the average of its words: a static embedder
in numpy, to copy from.

    harness --suite similarity,sts --embedder average=process-static:average.py,model=vectors.txt

model=FILE     a word and its numbers on each line (GloVe's format); a first line of two whole
               numbers, as word2vec writes it, is skipped
"""
import re

import numpy as np
from harness_embedder import BACKOFF, Embedder, EmbedderError, serve


class Average(Embedder):
    kind = "static"
    options = {"model": ""}

    def __init__(self, options, threads):
        super().__init__(options, threads)
        path = options["model"]
        if not path:
            raise EmbedderError("EMB_E_OPTION", "expected model=FILE")
        self.files = [path]
        self.words, rows = [], []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                fields = line.rstrip().split(" ")
                if number == 1 and len(fields) == 2:
                    continue
                if rows and len(fields) != len(rows[0]) + 1:
                    raise EmbedderError("EMB_E_FORMAT", f"{path}: line {number}: found "
                                        f"{len(fields) - 1} numbers, expected {len(rows[0])}")
                self.words.append(fields[0])
                rows.append(np.array(fields[1:], np.float32))
        self.table = np.stack(rows)
        self.n_words, self.dim = self.table.shape
        self.number = {}
        for i, word in enumerate(self.words):
            self.number.setdefault(word, i)

    def embed(self, batch, out):
        for row, text in enumerate(batch.target_texts()):
            if text in self.number:
                out.vectors[row] = self.table[self.number[text]]
                continue
            parts = [self.number[p] for p in re.findall(r"\w+", text.lower()) if p in self.number]
            if parts:
                out.vectors[row] = self.table[parts].mean(0)
                out.status[row] = BACKOFF
            else:
                out.unknown(row)

    def vocabulary(self):
        return self.words, self.table

    def weights(self):
        return {"table": self.table}


if __name__ == "__main__":
    serve(Average)
