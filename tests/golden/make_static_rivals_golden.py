#!/usr/bin/python3
"""make_static_rivals_golden.py FOLDER: small sense-tagged sets, word vectors and a unigram file, and what suite wsd's nn-context
answers on them by each of CASES, worked out here with numpy from the definitions in Arora, Liang & Ma 2017 (weights a / (a + p), the
first singular vector taken away), Iacobacci et al. 2016 (exponential distances), Levy et al. 2015 (linear ones); and what
static-best takes of its grid, by leave-one-out and on a development set. Writes the files and expected.json. Needs Python 3, numpy."""
import itertools
import json
import os
import random
import sys

import numpy as np

SENSES = ["bank%1:17:01::", "bank%1:14:00::", "bank%1:17:00::"]  # by sense number in WordNet 3.0, as far as they are used
DIM, TIE = 8, 1e-6
CASES = {
    "plain": {},
    "rank": {"weights": "sif", "a": 1e-2, "distance": "exponential", "window": 4, "components": 1},
    "file": {"weights": "sif", "a": 1e-3, "frequencies": "unigrams.txt", "distance": "linear", "window": 3},
    "train": {"weights": "sif", "a": 1e-3, "frequencies": "train", "distance": "inverse"},
    "idf": {"weights": "idf", "window": 2, "components": 2},
}
GRID = [{**w, **d, "components": c} for w, d, c in itertools.product(
    ({"weights": "uniform"}, *({"weights": "sif", "a": a} for a in (1e-3, 1e-4, 1e-5)), {"weights": "idf"}),
    ({}, {"distance": "inverse"}, *({"distance": d, "window": w} for d in ("linear", "exponential") for w in (5, 10))), (0, 1))]


def make(dice):
    """Vocabulary by falling frequency, vectors, and sentences: lists of (token, gold keys or None)."""
    vocabulary = [f"w{i}" for i in range(40)]
    lean = {w: (SENSES[i % 3] if i > 8 else None) for i, w in enumerate(vocabulary)}  # the frequent words tell nothing
    offset = np.full(DIM, 1.5)
    heart = {s: np.array([dice.gauss(0, 1) for _ in range(DIM)]) for s in SENSES}
    vectors = {w: offset + np.array([dice.gauss(0, 1) for _ in range(DIM)]) + (0.7 * heart[lean[w]] if lean[w] else 0)
               for w in vocabulary}
    vectors = {w: np.round(v, 3) for w, v in vectors.items()}

    def sentence():
        gold = dice.sample(SENSES, dice.choice((1, 1, 1, 1, 2)))
        tokens = []
        for _ in range(dice.randint(3, 13)):
            word = vocabulary[min(39, int(dice.expovariate(0.16)))]
            if lean[word] and lean[word] not in gold and dice.random() < 0.6:
                word = dice.choice([w for w in vocabulary if lean[w] == gold[0]])
            what = dice.random()
            tokens.append("," if what < 0.08 else "unheard" if what < 0.14 else word.upper() if what < 0.2 else
                          f"{word} {dice.choice(vocabulary)}" if what < 0.24 else word)
        tokens.insert(dice.randint(0, len(tokens)), ("bank", gold))
        return [t if isinstance(t, tuple) else (t, None) for t in tokens]

    sets = {"train": [sentence() for _ in range(60)], "test": [sentence() for _ in range(40)], "dev": [sentence() for _ in range(30)]}
    sets["test"].append([("bank", [SENSES[0]]), ("unheard", None)])  # nothing known around it
    return vocabulary, vectors, sets


def words_of(sentence):
    """Words with a letter, lower-cased, each with the number of its token."""
    return [(w.lower(), t) for t, (token, _) in enumerate(sentence) for w in token.split() if any(c.isalpha() for c in w)]


class Means:
    def __init__(self, vocabulary, vectors, train, unigrams, case):
        self.vectors, self.case = vectors, case
        counted = [w for s in train for w, _ in words_of(s)]
        source = case.get("frequencies", "rank")
        harmonic = sum(1 / r for r in range(1, len(vocabulary) + 1))
        self.p = {w: 1 / ((i + 1) * harmonic) for i, w in enumerate(vocabulary)} if source == "rank" else \
            {w: counted.count(w) / len(counted) for w in set(counted)} if source == "train" else \
            {w: n / sum(unigrams.values()) for w, n in unigrams.items()}
        self.texts = [{w for w, _ in words_of(s)} for s in train]
        self.removed = np.zeros((0, DIM))
        contexts = [v for v in map(self.context, train) if v is not None]
        if case.get("components"):
            self.removed = np.linalg.svd(np.array(contexts), full_matrices=False)[2][:case["components"]]

    def weight(self, word, d):
        kind, window = self.case.get("weights", "uniform"), self.case.get("window", 0)
        weight = 1.0
        if kind == "sif":
            weight = self.case["a"] / (self.case["a"] + self.p.get(word, 0))
        elif kind == "idf":
            weight = np.log((1 + len(self.texts)) / (1 + sum(word in t for t in self.texts)))
        if window and d > window:
            return 0.0
        return weight * {"even": 1, "linear": (window - d + 1) / window if window else 0, "inverse": 1 / d,
                         "exponential": 0.1 ** ((d - 1) / (window - 1)) if window else 0}[self.case.get("distance", "even")]

    def context(self, sentence):
        target = next(t for t, (_, gold) in enumerate(sentence) if gold)
        words = words_of(sentence)
        left = [w for w, t in words if t < target][::-1]
        right = [w for w, t in words if t > target]
        parts = [(self.weight(w, d), self.vectors[w]) for side in (left, right) for d, w in enumerate(side, 1) if w in self.vectors]
        total = sum(w for w, _ in parts)
        if total <= 0:
            return None
        mean = sum(w * v for w, v in parts) / total
        return mean - self.removed.T @ (self.removed @ mean)


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def answer(vector, centroids):
    cosines = {s: cosine(vector, c) for s, c in centroids.items()} if vector is not None else {}
    best = max(cosines.values(), default=None)
    return next(((s, cosines[s]) for s in SENSES if s in cosines and cosines[s] >= best - TIE), (SENSES[0], None))


def centroids_of(contexts):
    return {s: sum(v for v, gold in contexts if s in gold) for s in SENSES if any(s in gold for _, gold in contexts)}


def gold_of(sentence):
    return next(gold for _, gold in sentence if gold)


def answers(means, train, test):
    contexts = [(means.context(s), gold_of(s)) for s in train]
    centroids = centroids_of([c for c in contexts if c[0] is not None])
    return [answer(means.context(s), centroids) for s in test]


def share_right(found, sentences):
    return sum(a in gold_of(s) for (a, _), s in zip(found, sentences)) / len(sentences)


def leave_one_out(means, train):
    contexts = [(means.context(s), gold_of(s)) for s in train]
    right = 0
    for i, (vector, gold) in enumerate(contexts):
        rest = [c for j, c in enumerate(contexts) if j != i and c[0] is not None]
        right += answer(vector, centroids_of(rest))[0] in gold
    return right / len(train)


def write_set(folder, name, sentences):
    xml, key = ["<corpus lang='en'><text id='d'>"], []
    for i, sentence in enumerate(sentences):
        xml.append(f"<sentence id='d.{i}'>" + "".join(
            f"<instance id='{name}.{i}' lemma='bank' pos='NOUN'>{t}</instance>" if gold else f"<wf lemma='{t}' pos='X'>{t}</wf>"
            for t, gold in sentence) + "</sentence>\n")
        key.append(f"{name}.{i} {' '.join(gold_of(sentence))}\n")
    for suffix, text in ((".data.xml", "".join(xml) + "</text></corpus>\n"), (".gold.key.txt", "".join(key))):
        with open(os.path.join(folder, name + suffix), "w", encoding="utf-8") as file:
            file.write(text)


def main(folder):
    dice = random.Random(19)
    vocabulary, vectors, sets = make(dice)
    unigrams = {w: dice.randint(1, 10 ** dice.randint(1, 5)) for w in vocabulary[::2] + ["bank", "unheard"]}
    with open(os.path.join(folder, "vectors.txt"), "w", encoding="utf-8") as file:
        for word in vocabulary:
            file.write(f"{word} {' '.join(repr(float(x)) for x in vectors[word])}\n")
    with open(os.path.join(folder, "unigrams.txt"), "w", encoding="utf-8") as file:
        for i, (word, n) in enumerate(unigrams.items()):  # lines of one word in two cases add up
            file.write(f"{word} {n - 1}\n{word.upper()}\t1\n" if i % 5 == 0 and n > 1 else f"{word} {n}\n")
    for name, sentences in sets.items():
        write_set(folder, name, sentences)
    train, test, dev = sets["train"], sets["test"], sets["dev"]

    def means(case):
        return Means(vocabulary, vectors, train, unigrams, case)
    expected = {"cases": {name: {"settings": {k: str(v) for k, v in case.items()},
                                 "answers": answers(means(case), train, test)} for name, case in CASES.items()}}
    grid = [means(case) for case in GRID]
    for chosen_on, scores in (("leave-one-out", [leave_one_out(m, train) for m in grid]),
                              ("dev", [share_right(answers(m, train, dev), dev) for m in grid])):
        best = scores.index(max(scores))
        expected[chosen_on] = {"takes": {k: str(v) for k, v in GRID[best].items() if v}, "score": scores[best],
                               "scores": scores, "answers": answers(grid[best], train, test)}
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
