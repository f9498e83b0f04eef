"""A small contextual model in numpy with everything that a program can offer: a vocabulary of the
letters, one attention block, a language-model head. kind "contextual", or "causal" if its file is
called causal.py."""
import sys

import numpy as np
from harness_embedder import CUT, Embedder, block_stages, check_shape, pool, pieces_of, serve

CAUSAL = sys.argv[0].endswith("causal.py")
START, MASK, N_IDS = 0, 1, 64


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


class Blocks(Embedder):
    kind = "causal" if CAUSAL else "contextual"
    dim = 16
    stages = block_stages(1, attention=True)
    max_tokens = 512
    max_sentences = 7
    lm_pieces = N_IDS
    heads = (2,)

    def __init__(self, options, threads):
        super().__init__(options, threads)
        rng = np.random.default_rng(7)
        self.table = rng.standard_normal((N_IDS, self.dim)).astype(np.float32)
        self.places = 0.3 * rng.standard_normal((self.max_tokens, self.dim)).astype(np.float32)
        self.mix = rng.standard_normal((2, self.dim, self.dim)).astype(np.float32) / 4

    def tokens(self, sentence):
        """A piece each three letters of a word, behind one special piece."""
        found = [(0, 0, START, None)]
        words = sentence.byte_words
        data = sentence.text.encode()
        if words is None:
            words = [(0, len(data))]
        for number, (begin, end) in enumerate(words):
            for at in range(begin, end, 3):
                last = min(at + 3, end)
                word = None if sentence.byte_words is None else number
                found.append((at, last, 2 + sum(data[at:last]) % (N_IDS - 2), word))
        return found[:self.max_tokens]

    def spelling(self, number):
        return f"<{number}>" if number < N_IDS else None

    def forward(self, ids):
        """States [stages, pieces, dim] and attention [heads, pieces, pieces]."""
        table = self.table[ids]
        x = table + self.places[:len(ids)]
        look = np.einsum("hde,ne->hnd", self.mix, x) @ x.T / 4
        if CAUSAL:
            look = np.where(np.tri(len(ids), dtype=bool), look, -np.inf)
        look = softmax(look)
        attended = x + np.einsum("hnm,md->nd", look, x)
        block = attended + np.tanh(attended @ self.mix[0])
        return np.stack([table, x, attended, block]), look

    def embed(self, batch, out):
        row = 0
        for sentence in batch.sentences:
            pieces = self.tokens(sentence)
            states, _ = self.forward([p[2] for p in pieces])
            check_shape("states", states, len(self.stages), None, self.dim)
            offsets = [p[:2] for p in pieces]
            for begin, end in sentence.byte_targets:
                mine = pieces_of(offsets, begin, end)
                if mine:
                    for s, stage in enumerate(batch.stages):
                        out.vectors[row, s] = pool(states[stage], mine, batch.pooling)
                else:
                    out.status[row] = CUT
                row += 1

    def log_probs(self, sentence, piece):
        ids = [p[2] for p in self.tokens(sentence)]
        if CAUSAL:
            states, _ = self.forward(ids[:piece] or [START])
            state = states[-1][-1]
        else:
            ids = ids + [MASK] * (piece >= len(ids))
            ids[piece] = MASK
            state = self.forward(ids)[0][-1][piece]
        scores = self.table @ state
        return scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())

    if CAUSAL:  # else they are made of log_probs()
        def scores(self, sentence):
            pieces = self.tokens(sentence)
            return [None if i == 0 else self.log_probs(sentence, i)[p[2]]
                    for i, p in enumerate(pieces)]

    def attention(self, sentence, block, piece):
        return self.forward([p[2] for p in self.tokens(sentence)])[1][:, piece]

    def weights(self):
        return {"table": self.table, "places": self.places, "mix": self.mix}


serve(Blocks)
