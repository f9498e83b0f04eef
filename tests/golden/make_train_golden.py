#!/usr/bin/python3
"""Golden files for the trainers, from an excerpt of a novel (ELTeC-eng, public domain).

    make_train_golden.py CORPUS.xz tests/golden/train

excerpt.txt        1,900 lines of the corpus as they are
vocabulary.txt     "word count", words of the lower-cased, stripped excerpt with count >= 2, by
                   falling count, ties by first occurrence
cooccurrences.txt  first line "pairs sum": different ordered pairs in a symmetric window of 10 with
                   weight 1 / distance, and the sum of all counts; then every 97th ordered pair in
                   the order of (row, column) as "row column count"
left.txt           the same for the left window of 4; row is the word on the left
"""
import lzma
import re
import sys
from collections import Counter, defaultdict
from fractions import Fraction

FIRST, LINES, EVERY, MIN_COUNT = 1000, 1900, 97, 2


def naive_counts(lines, number, window, symmetric):
    counts = defaultdict(Fraction)
    for words in lines:
        ids = [number[w] for w in words if w in number]
        for i, right in enumerate(ids):
            for distance in range(1, min(window, i) + 1):
                left = ids[i - distance]
                counts[left, right] += Fraction(1, distance)
                if symmetric:
                    counts[right, left] += Fraction(1, distance)
    return counts


def write_counts(path, counts):
    with open(path, "w", encoding="ascii") as out:
        print(len(counts), "%.6f" % float(sum(counts.values())), file=out)
        for (row, column), count in sorted(counts.items())[::EVERY]:
            print(row, column, "%.9g" % float(count), file=out)


def main(corpus, folder):
    with lzma.open(corpus, "rt", encoding="utf-8") as lines:
        text = [line for i, line in enumerate(lines) if FIRST <= i < FIRST + LINES]
    with open(folder + "/excerpt.txt", "w", encoding="utf-8") as out:
        out.writelines(text)
    cut = [re.findall(r"[a-z0-9]+(?:'[a-z]+)?", line.lower()) for line in text]
    count, first = Counter(), {}
    for words in cut:
        for word in words:
            first.setdefault(word, len(first))
            count[word] += 1
    order = sorted((w for w in count if count[w] >= MIN_COUNT), key=lambda w: (-count[w], first[w]))
    with open(folder + "/vocabulary.txt", "w", encoding="ascii") as out:
        for word in order:
            print(word, count[word], file=out)
    number = {word: i for i, word in enumerate(order)}
    write_counts(folder + "/cooccurrences.txt", naive_counts(cut, number, 10, True))
    write_counts(folder + "/left.txt", naive_counts(cut, number, 4, False))


if __name__ == "__main__":
    main(*sys.argv[1:])
