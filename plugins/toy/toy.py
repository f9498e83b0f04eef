"""toy.py - the embedder to copy, in Python. Every word has a vector made from a hash of its letters:
static, the same on every machine, useful for nothing but learning how.

    harness check process-static:toy.py
    harness --suite similarity --embedder toy=process-static:toy.py
    harness --suite similarity --embedder "big=process-static:toy.py,options=dim=200;seed=7"
"""
import hashlib

import numpy as np
from harness_embedder import Embedder, EmbedderError, serve


class Toy(Embedder):
    kind = "static"  # a claim that `harness check` puts to the test
    name = "Toy"
    version = "1.0.0"
    citation = "none: vectors from a hash function, as an example"
    options = {"dim": "64", "seed": "1"}  # names and defaults; an unknown one is an error

    def __init__(self, options, threads):
        """Load the model here; self.progress() is a sign of life while that takes long."""
        super().__init__(options, threads)
        if not options["dim"].isdigit() or not 1 <= int(options["dim"]) <= 4096:
            raise EmbedderError("EMB_E_OPTION",
                                f"dim: found \"{options['dim']}\", expected 1 to 4096")
        self.dim = int(options["dim"])

    def vector(self, word):
        """[dim] numbers in [-1, 1)."""
        seed = hashlib.sha256(f"{self.given['seed']} {word}".encode()).digest()
        numbers = np.random.Generator(np.random.PCG64(int.from_bytes(seed, "little")))
        return numbers.random(self.dim) * 2 - 1

    def embed(self, batch, out):
        """A row is a target: write every wanted stage of it. out.unknown(row): it has no vector."""
        for row, word in enumerate(batch.target_texts()):
            out.vectors[row] = self.vector(word)


if __name__ == "__main__":
    serve(Toy)
