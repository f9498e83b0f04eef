"""MiniLM of plugins/process/examples, which tells at its end how long embed() took in all."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../plugins/process/examples"))
from minilm_torch import MiniLM  # noqa: E402
from harness_embedder import serve  # noqa: E402


class Timed(MiniLM):
    seconds = 0.0

    def embed(self, batch, out):
        start = time.perf_counter()
        super().embed(batch, out)
        Timed.seconds += time.perf_counter() - start
        print("inside", Timed.seconds)


serve(Timed)
