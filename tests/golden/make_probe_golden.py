#!/usr/bin/python3
"""Data and expected figures of suite probe, worked out without the program: scikit-learn's classifiers, scipy's minimiser for
description lengths. Writes tests/golden/probe/. Needs python3-sklearn; its result is committed."""
import json
import math
import os

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe")
GRID = [0.1, 1, 10]
SEED, MASK = 1, 2**64 - 1
LEMMAS = {"bank": ["bank%1:14:00::", "bank%1:17:01::", "bank%1:21:01::"], "plant": ["plant%1:03:00::", "plant%1:06:01::"],
          "crane": ["crane%1:05:00::", "crane%1:06:00::"]}
FILE = {"03": "noun.Tops", "05": "noun.animal", "06": "noun.artifact", "14": "noun.group", "17": "noun.object", "21": "noun.possession"}
SIZES = {"bank": (70, 40), "plant": (8, 20), "crane": (41, 30)}  # train, test: fewer and more than there are dimensions
DIM = 12
FILLERS = ["the", "a", "old", "new", "red"]


# The program's random streams (base/rng.h) and hash (base/map.h), for the order of occurrences and the control task.
def mix(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return state, z ^ z >> 31


class Rng:
    def __init__(self, seed, stream):
        state = splitmix(stream & MASK)[1] ^ seed
        self.s = []
        for _ in range(4):
            state, value = splitmix(state)
            self.s.append(value)

    def next(self):
        def rotate(x, k):
            return (x << k | x >> (64 - k)) & MASK
        s = self.s
        result = (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, n):
        product = self.next() * n
        while product & MASK < -n % 2**64 % n:
            product = self.next() * n
        return product >> 64


def hash_number(number, seed):
    k0, k1 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9
    value = seed ^ mix(4 ^ k0, k1)
    value = (mix(value ^ number, k0) + k1) & MASK
    return mix(value ^ k0, k1)


def shuffled(items, stream):
    items, rng = list(items), Rng(SEED, stream)
    for i in range(len(items), 1, -1):
        j = rng.below(i)
        items[i - 1], items[j] = items[j], items[i - 1]
    return items


def draw(salt, kind, labels):
    return labels[Rng(SEED, hash_number(kind, salt)).below(len(labels))]


def make_data():
    random = np.random.default_rng(7)
    vectors, train, test = {}, [], []
    for filler in FILLERS:
        vectors[filler] = random.normal(size=DIM)
    for lemma, senses in LEMMAS.items():
        centres = random.normal(size=(len(senses), DIM)) * 0.7
        for part, size in zip((train, test), SIZES[lemma]):
            for _ in range(size):
                sense = int(random.choice(len(senses), p=np.array([3, 2, 1][:len(senses)]) / sum([3, 2, 1][:len(senses)])))
                form = f"{lemma}{len(vectors)}"
                vectors[form] = centres[sense] + random.normal(size=DIM)
                words = [FILLERS[random.integers(len(FILLERS))] for _ in range(random.integers(1, 4))]
                part.append({"lemma": lemma, "words": [*words, form], "sense": senses[sense]})
    vectors = {w: np.array([float(f"{x:.5f}") for x in v]).astype(np.float32) for w, v in vectors.items()}
    order = np.random.default_rng(8).permutation(len(train))  # lemmas mixed, as in a corpus
    return vectors, [train[i] for i in order], test


def write_data(vectors, train, test):
    with open(os.path.join(OUT, "vectors.txt"), "w", encoding="utf-8") as file:
        for word, vector in vectors.items():
            file.write(word + " " + " ".join(f"{x:.5f}" for x in vector) + "\n")
    for name, part in (("train", train), ("test", test)):
        with open(os.path.join(OUT, name + ".tsv"), "w", encoding="utf-8") as file:
            for i, item in enumerate(part):
                file.write(f"{name}.{i}\t{item['lemma']}\tNOUN\t{len(item['words']) - 1}\t{' '.join(item['words'])}\t{item['sense']}\n")


def right(x, y, test_x, test_y, c):
    if len(set(y)) == 1:
        return int(np.sum(np.array(test_y) == y[0])), [y[0]] * len(test_y)
    model = LogisticRegression(C=c, multi_class="multinomial", tol=1e-8, max_iter=10000).fit(x, y)
    answers = model.predict(test_x)
    return int(np.sum(answers == np.array(test_y))), answers.tolist()


def fit_penalised(x, y, n_classes, c, start):
    """Softmax regression whose biases bear the penalty too, of classes that need not occur."""
    x = np.hstack([x, np.ones((len(x), 1))])

    def loss(flat):
        w = flat.reshape(n_classes, -1)
        logs = log_softmax(x @ w.T, axis=1)
        error = np.exp(logs)
        error[np.arange(len(y)), y] -= 1
        return -logs[np.arange(len(y)), y].sum() + (w * w).sum() / (2 * c), (error.T @ x + w / c).ravel()
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 10000, "ftol": 1e-14, "gtol": 1e-9}).x


def code_lengths(x, y, n_classes):
    shares = [.001, .002, .004, .008, .016, .032, .0625, .125, .25, .5, 1]
    ends = sorted({int(s * len(y)) for s in shares} - {0})
    bits = []
    for c in GRID:
        total, start = ends[0] * math.log2(n_classes), np.zeros(n_classes * (x.shape[1] + 1))
        for begin, end in zip(ends, ends[1:]):
            w = fit_penalised(x[:begin], y[:begin], n_classes, c, start).reshape(n_classes, -1)
            logs = log_softmax(np.hstack([x[begin:end], np.ones((end - begin, 1))]) @ w.T, axis=1)
            total -= logs[np.arange(end - begin), y[begin:end]].sum() / math.log(2)
        bits.append(total)
    return np.array(bits)


def solve(problems):
    """problems: of each x, labels, controls, test x, test labels, labels asked by the control; labels are 0 …"""
    tried = np.zeros(len(GRID), int)
    for x, y, _, _, _, _ in problems:
        n = len(y) - len(y) // 5
        tried += [right(x[:n], y[:n], x[n:], y[n:], c)[0] if n < len(y) else 0 for c in GRID]
    c = GRID[int(np.argmax(tried))]
    n_test = sum(len(p[4]) for p in problems)
    senses = [right(x, y, tx, ty, c) for x, y, _, tx, ty, _ in problems]
    control = sum(right(x, k, tx, a, c)[0] for x, _, k, tx, _, a in problems)
    bits = sum(code_lengths(x, y, max(y) + 1) for x, y, _, _, _, _ in problems)
    control_bits = sum(code_lengths(x, k, max(y) + 1) for x, y, k, _, _, _ in problems)
    uniform = sum(len(y) * math.log2(max(y) + 1) for _, y, _, _, _, _ in problems)
    n, more = sum(len(p[1]) for p in problems), math.log2(len(GRID))
    majority = sum(int(np.sum(np.array(a) == np.argmax(np.bincount(k, minlength=max(y) + 1)))) for _, y, k, _, _, a in problems)
    return {"penalty": c, "f1": sum(s[0] for s in senses) / n_test, "probed-accuracy": sum(s[0] for s in senses) / n_test,
            "control-accuracy": control / n_test, "selectivity": (sum(s[0] for s in senses) - control) / n_test,
            "control-majority": majority / n_test, "code-length": (bits.min() + more) / n, "compression": uniform / (bits.min() + more),
            "control-code-length": (control_bits.min() + more) / n}, [s[1] for s in senses]


def rows_of(part, vectors):
    return np.array([vectors[i["words"][-1]] for i in part], np.float64)


def second_before(item):
    return item["words"][-3] if len(item["words"]) > 2 else ""


def main():
    os.makedirs(OUT, exist_ok=True)
    vectors, train, test = make_data()
    write_data(vectors, train, test)
    kinds = {}  # numbers of the control's types, in the order met: training, then test
    for item in [*train, *test]:
        kinds.setdefault(second_before(item), len(kinds))
    every = rows_of(train, vectors)
    scale = 1 / math.sqrt(np.mean(np.sum(every**2, 1)) - np.sum(every.mean(0)**2))
    lemmas, ordered, problems, answers = list(LEMMAS), {}, [], []
    for g, lemma in enumerate(lemmas):
        mine = ordered[lemma] = shuffled([i for i in train if i["lemma"] == lemma], g)
        asked = [i for i in test if i["lemma"] == lemma]
        classes = list(dict.fromkeys(i["sense"] for i in mine))
        y = [classes.index(i["sense"]) for i in mine]
        problems.append((rows_of(mine, vectors) * scale, y, [draw(g, kinds[second_before(i)], y) for i in mine],
                         rows_of(asked, vectors) * scale, [classes.index(i["sense"]) for i in asked],
                         [draw(g, kinds[second_before(i)], y) for i in asked]))
        answers.append(classes)
    expected = {}
    expected["lemma"], found = solve(problems)
    expected["answers"] = [classes[k] for classes, ks in zip(answers, found) for k in ks]

    def supersense(item):
        return FILE[item["sense"].split(":")[1]]
    mine = shuffled([i for lemma in lemmas for i in ordered[lemma]], len(lemmas))
    classes = list(dict.fromkeys(supersense(i) for i in mine))
    y = [classes.index(supersense(i)) for i in mine]
    expected["supersense"], found = solve([(rows_of(mine, vectors) * scale, y, [draw(MASK, lemmas.index(i["lemma"]), y) for i in mine],
                                            rows_of(test, vectors) * scale, [classes.index(supersense(i)) for i in test],
                                            [draw(MASK, lemmas.index(i["lemma"]), y) for i in test])])
    expected["supersenses"] = [classes[k] for k in found[0]]
    with open(os.path.join(OUT, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")


main()
