#!/usr/bin/env python3
"""small_wordnet.py FOLDER LEMMA...: a WordNet of these lemmas alone, with every sense of theirs, and the
synsets above these, cut out of the installed one ($WNSEARCHDIR or /usr/share/wordnet): for tests that are
about something else, and would wait for the whole. Lines stay as they are, the licence first: offsets
join the files and are no longer places in them. tests/support/wordnet holds

    small_wordnet.py tests/support/wordnet $(cat tests/support/wordnet.lemmas)
"""
import os
import sys

POS = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}
FILE = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}
whole = os.environ.get("WNSEARCHDIR") or "/usr/share/wordnet"


def lines(name):
    with open(os.path.join(whole, name), encoding="latin-1") as file:
        return file.readlines()


def write(name, text):
    with open(os.path.join(folder, name), "w", encoding="latin-1") as file:
        file.writelines(text)


def above(line):
    """(file, offset) of its hypernyms."""
    words = line.split("|")[0].split()
    first = 4 + 2 * int(words[3], 16)
    pointers = words[first + 1:first + 1 + 4 * int(words[first])]
    return [(POS[p], o) for s, o, p in zip(pointers[0::4], pointers[1::4], pointers[2::4]) if s in ("@", "@i")]


folder, lemmas = sys.argv[1], set(sys.argv[2:])
os.makedirs(folder, exist_ok=True)
senses = [line for line in lines("index.sense") if line.split("%")[0] in lemmas]
missing = lemmas - {line.split("%")[0] for line in senses}
if missing:
    sys.exit("not in WordNet: " + " ".join(sorted(missing)))
write("index.sense", senses)
data = {pos: lines("data." + pos) for pos in set(POS.values())}
by_place = {(pos, line[:8]): line for pos in data for line in data[pos] if line[:1] != " "}
kept = {(FILE[line.split("%")[1][0]], line.split()[1]) for line in senses}
kept |= {place for one in kept for place in above(by_place[one]) if place in by_place}
for pos in sorted(data):
    write("data." + pos, [line for line in data[pos] if line[:1] == " " or (pos, line[:8]) in kept])
    exceptions = [line for line in lines(pos + ".exc") if lemmas & set(line.split()[1:])]
    if exceptions:
        write(pos + ".exc", exceptions)
