#!/usr/bin/env python3
"""Proves that the homographs data set is what its README says.

    check.py [FOLDER]

Checks senses.tsv and items.tsv of the folder, by default this script's own.
Every error is one line, FILE:LINE: what was found and what was expected; the
exit status is 1 if there was any, 2 for a wrong request.

WordNet 3.0 is looked for in $WNHOME (also its dict/) and /usr/share/wordnet;
where there is none the keys are checked for form alone, and a line says so.

Words are white-space chunks. The distance of an item is the number of words
between the target and the nearest clue: 0 where they are neighbours.
"""

import argparse
import collections
import math
import os
import re
import signal
import sys

SENSES_PER_HOMOGRAPH = (2, 3)
ITEMS_PER_SENSE = 12
SPLITS = ("train", "test")
SIDES = ("left", "right", "both")
SIDE_QUOTA = {"left": 3, "right": 3, "both": 2}
DISTANCE_QUOTA = ((5, 3), (12, 1))  # (at least this far, at least so many) a sense
LONG, LONG_ITEMS = 20, 120
HOMOGRAPHS, TRIPLES = 60, 16
CLUES = (1, 4)
WORDS = (6, 60)
RUN_INSIDE, RUN_ANYWHERE = 5, 7
LENGTH_RATIO = 1.5  # mean words of a homograph's longest sense over its shortest
POS = {"NOUN": "1", "VERB": "2", "ADJ": "35", "ADV": "4"}
BINS = ((0, 0), (1, 2), (3, 4), (5, 7), (8, 11), (12, 15), (16, 19), (20, 99))

OPEN, CLOSE = "\"'(", "\"').,;:!?"
WORD = r"[^\W_]+(?:['-][^\W_]+)*'?"
TARGET = re.compile(rf"^[{OPEN}]*\[({WORD})\][{CLOSE}]*$")
CLUE = re.compile(rf"^[{OPEN}]*\{{({WORD})\}}[{CLOSE}]*$")
KEY = re.compile(r"^([^%\s]+)%([1-5]):\d\d:\d\d:(?:[^:\s]*):(?:\d\d)?$")

Sense = collections.namedtuple("Sense", "name homograph pos definition keys path line")
Item = collections.namedtuple(
    "Item", "id sense split sentence words target clues side distance path line"
)


class Report:
    """Collects the errors; prints them in the order of the files."""

    def __init__(self):
        self.errors = []

    def error(self, path, line, text):
        self.errors.append((path, line, text))

    def show(self, out):
        for path, line, text in sorted(self.errors):
            out.write(f"{path}:{line}: {text}\n")


class WordNet:
    """Sense keys and irregular forms of a WordNet 3.0 database folder."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "index.sense"), encoding="latin-1") as file:
            self.keys = {line.split(" ", 1)[0] for line in file}
        self.irregular = collections.defaultdict(set)
        for pos in ("noun", "verb", "adj", "adv"):
            with open(os.path.join(folder, pos + ".exc"), encoding="latin-1") as file:
                for line in file:
                    form, *bases = line.split()
                    for base in bases:
                        self.irregular[base].add(form)

    @staticmethod
    def find():
        home = os.environ.get("WNHOME")
        places = [home, os.path.join(home, "dict")] if home else []
        for folder in places + ["/usr/share/wordnet"]:
            if os.path.isfile(os.path.join(folder, "index.sense")):
                return WordNet(folder)
        return None


def plain(sentence):
    """The sentence as a model sees it: without marks."""
    return re.sub(r"[\[\]{}]", "", sentence)


def bare_words(sentence):
    """Lower-cased words without marks and the punctuation around them."""
    words = (re.sub(r"^\W+|\W+$", "", word) for word in plain(sentence).lower().split())
    return [word for word in words if word]


def inflections(word, wordnet):
    """Every form of the word, itself included: a generous guess."""
    forms = {word, word + "s", word + "es", word + "ed", word + "d", word + "ing",
             word + "er", word + "ers", word + "est", word + "r", word + "st"}
    last = word[-1]
    forms |= {word + last + "ed", word + last + "ing", word + last + "er", word + last + "est"}
    if last == "e":
        forms |= {word[:-1] + "ing"}
    if last == "y":
        forms |= {word[:-1] + end for end in ("ies", "ied", "ier", "iest")}
    if wordnet:
        forms |= wordnet.irregular.get(word, set())
    return forms


def rows(path, fields, report):
    """(line number, fields) of a table; comments only at its top."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        report.error(path, data[: error.start].count(b"\n") + 1, f"not UTF-8: {error.reason}")
        return
    if data and not data.endswith(b"\n"):
        report.error(path, text.count("\n") + 1, "the last line does not end in a line feed")
    begun = False
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if line.startswith("#") and not begun:
            continue
        begun = True
        cells = line.split("\t")
        if len(cells) != fields:
            report.error(path, number, f"{len(cells)} tab-separated fields, expected {fields}")
        elif any(cell != cell.strip() or "  " in cell or not cell for cell in cells):
            report.error(path, number, "an empty field, or stray spaces in one")
        else:
            yield number, cells


def read_senses(path, wordnet, report):
    senses, owner = {}, {}
    for line, (name, homograph, pos, definition, keys) in rows(path, 5, report):
        sense = Sense(name, homograph, pos, definition, keys.split(), path, line)
        if name in senses:
            report.error(path, line, f"sense {name} a second time (first {senses[name].line})")
            continue
        if senses and name < list(senses)[-1]:
            report.error(path, line, f"sense {name} out of order")
        senses[name] = sense
        check_sense(sense, wordnet, owner, report)
    return senses


def check_sense(sense, wordnet, owner, report):
    def error(text):
        report.error(sense.path, sense.line, text)

    if not re.match(r"^[a-z]+$", sense.homograph):
        error(f"homograph '{sense.homograph}' is not one lower-case word")
    if not re.match(r"^" + re.escape(sense.homograph) + r"\.[a-z]+(-[a-z]+)*$", sense.name):
        error(f"sense '{sense.name}' is not {sense.homograph}.NAME")
    if sense.pos not in POS:
        error(f"part of speech '{sense.pos}', expected one of {' '.join(POS)}")
    told = set(re.findall(r"\w+", sense.definition.lower()))
    told &= inflections(sense.homograph, wordnet)
    if told:
        error(f"the definition contains the homograph: {' '.join(sorted(told))}")
    for key in sense.keys:
        match = KEY.match(key)
        if not match:
            error(f"'{key}' has not the form of a sense key")
            continue
        if match.group(1) != sense.homograph:
            error(f"key {key} belongs to '{match.group(1)}', not to '{sense.homograph}'")
        if match.group(2) not in POS.get(sense.pos, "12345"):
            error(f"key {key} is no {sense.pos}")
        if wordnet and key not in wordnet.keys:
            error(f"key {key} is not in WordNet 3.0 ({wordnet.folder})")
        if key in owner:
            error(f"key {key} is already that of {owner[key]}")
        owner[key] = sense.name


def read_items(path, senses, wordnet, report):
    items, ids, sentences, last = [], {}, {}, ""
    for line, (ident, name, split, sentence) in rows(path, 4, report):
        if ident in ids:
            report.error(path, line, f"id {ident} a second time (first in line {ids[ident]})")
        elif ident < last:
            report.error(path, line, f"id {ident} out of order")
        last = ident
        ids.setdefault(ident, line)
        text = " ".join(bare_words(sentence))
        if text in sentences:
            report.error(path, line, f"the same sentence as in line {sentences[text]}")
        sentences.setdefault(text, line)
        if not re.match(re.escape(name) + r"\.\d\d$", ident):
            report.error(path, line, f"id '{ident}' is not {name}.NN")
        if split not in SPLITS:
            report.error(path, line, f"split '{split}', expected train or test")
        if name not in senses:
            report.error(path, line, f"unknown sense '{name}'")
            continue
        item = read_marks(ident, senses[name], split, sentence, wordnet, path, line, report)
        if item:
            items.append(item)
    return items


def read_marks(ident, sense, split, sentence, wordnet, path, line, report):
    """The item with its marks understood; None where they cannot be."""
    before = len(report.errors)

    def error(text):
        report.error(path, line, f"{ident}: {text}")

    chunks = sentence.split(" ")
    targets = [i for i, chunk in enumerate(chunks) if "[" in chunk or "]" in chunk]
    clues = [i for i, chunk in enumerate(chunks) if "{" in chunk or "}" in chunk]
    if len(targets) != 1:
        error(f"{len(targets)} words with a target mark, expected 1")
        return None
    match = TARGET.match(chunks[targets[0]])
    if not match:
        error(f"'{chunks[targets[0]]}' is not one whole word in square brackets")
    elif match.group(1) != sense.homograph:
        error(f"target '{match.group(1)}', expected exactly '{sense.homograph}'")
    for i in clues:
        if not CLUE.match(chunks[i]):
            error(f"'{chunks[i]}' is not one whole word in braces")
    if not CLUES[0] <= len(clues) <= CLUES[1]:
        error(f"{len(clues)} clue words, expected {CLUES[0]} to {CLUES[1]}")
    if not WORDS[0] <= len(chunks) <= WORDS[1]:
        error(f"{len(chunks)} words, expected {WORDS[0]} to {WORDS[1]}")
    for i, chunk in enumerate(chunks):
        if not re.search(r"\w", chunk):
            error(f"'{chunk}' is no word: join it to its neighbour or leave it out")
        if re.search("[\u2010-\u201f\u2026\u00a0]", chunk):
            error(f"'{chunk}': typographic dash, quotation mark or space, expected plain ones")
    forms = inflections(sense.homograph, wordnet)
    rest = chunks[: targets[0]] + chunks[targets[0] + 1 :]
    again = forms.intersection(re.findall(r"[^\W_]+", " ".join(rest).lower()))
    if again:
        error(f"the homograph occurs again: {' '.join(sorted(again))}")
    if len(report.errors) > before:
        return None
    left = [targets[0] - i - 1 for i in clues if i < targets[0]]
    right = [i - targets[0] - 1 for i in clues if i > targets[0]]
    side = "both" if left and right else "left" if left else "right"
    return Item(ident, sense.name, split, sentence, len(chunks), targets[0], clues, side,
                min(left + right), path, line)


def check_sense_items(sense, items, report):
    """Counts, sides and distances of one sense."""

    def error(text):
        report.error(sense.path, sense.line, f"{sense.name}: {text}")

    if len(items) != ITEMS_PER_SENSE:
        error(f"{len(items)} sound items, expected {ITEMS_PER_SENSE}")
    for split in SPLITS:
        part = [item for item in items if item.split == split]
        if len(part) != ITEMS_PER_SENSE // len(SPLITS):
            error(f"{len(part)} {split} items, expected {ITEMS_PER_SENSE // len(SPLITS)}")
        for side in SIDES:
            if not any(item.side == side for item in part):
                error(f"no {split} item with its clues {side}")
    for side, least in SIDE_QUOTA.items():
        found = sum(item.side == side for item in items)
        if found < least:
            error(f"{found} items with the clues {side}, expected {least} or more")
    for far, least in DISTANCE_QUOTA:
        found = sum(item.distance >= far for item in items)
        if found < least:
            error(f"{found} items at a distance of {far} or more, expected {least} or more")


def check_homographs(senses, by_sense, report):
    """Senses a homograph, and their balance in number and length."""
    homographs = collections.defaultdict(list)
    for sense in senses.values():
        homographs[sense.homograph].append(sense)
    for homograph, group in homographs.items():
        first = group[0]

        def error(text):
            report.error(first.path, first.line, f"{homograph}: {text}")

        if not SENSES_PER_HOMOGRAPH[0] <= len(group) <= SENSES_PER_HOMOGRAPH[1]:
            error(f"{len(group)} senses, expected 2 or 3")
        counts = [len(by_sense[sense.name]) for sense in group]
        if len(set(counts)) > 1:
            error(f"senses out of balance: {counts} items")
        means = [mean([item.words for item in by_sense[sense.name]]) for sense in group]
        if min(means) and max(means) > LENGTH_RATIO * min(means):
            shown = " ".join(f"{value:.1f}" for value in means)
            error(f"mean words of the senses are too far apart: {shown} (ratio above {LENGTH_RATIO})")
    return homographs


def check_runs(items, senses, report):
    """No run of words shared, inside a homograph and anywhere."""
    inside, anywhere = {}, {}
    for item in items:
        words = bare_words(item.sentence)
        homograph = senses[item.sense].homograph
        for length, seen, scope in ((RUN_INSIDE, inside, homograph), (RUN_ANYWHERE, anywhere, "")):
            for i in range(len(words) - length + 1):
                run = (scope, *words[i : i + length])
                other = seen.setdefault(run, item.id)
                if other != item.id:
                    text = f"shares the run '{' '.join(words[i : i + length])}' with {other}"
                    report.error(item.path, item.line, f"{item.id}: {text}")
                    break


def check_totals(path, items, homographs, report):
    far = sum(item.distance >= LONG for item in items)
    triples = sum(len(group) == 3 for group in homographs.values())
    for found, least, what in (
        (far, LONG_ITEMS, f"items at a distance of {LONG} or more"),
        (len(homographs), HOMOGRAPHS, "homographs"),
        (triples, TRIPLES, "homographs with three senses"),
    ):
        if found < least:
            report.error(path, 1, f"{found} {what}, expected {least} or more")


def check_ceiling(items, senses, homographs, report):
    """What the surface form alone can reach: must be 1/k for each homograph.

    Returns the two means, over homographs and over items.
    """
    shares, best_items = [], 0
    for homograph, group in homographs.items():
        forms = collections.defaultdict(collections.Counter)
        for item in items:
            if senses[item.sense].homograph == homograph:
                form = item.sentence.split(" ")[item.target].strip(OPEN + CLOSE)
                forms[form][item.sense] += 1
        best = sum(max(counts.values()) for counts in forms.values())
        total = sum(sum(counts.values()) for counts in forms.values())
        if best * len(group) != total:
            first = group[0]
            text = f"{homograph}: the surface form decides {best} of {total} items, not 1 in {len(group)}"
            report.error(first.path, first.line, text)
        shares.append(best / total if total else 0.0)
        best_items += best
    return mean(shares), best_items / len(items) if items else 0.0


def guess_without_clues(items, senses, words_of):
    """Share of items whose sense naive Bayes guesses from words_of(item).

    Learned from one split and asked about the other, both ways; a tie counts
    for its share. It should be no better than chance.
    """
    right = 0.0
    for learned, asked in (SPLITS, SPLITS[::-1]):
        seen = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
        number = collections.Counter()
        for item in items:
            if item.split == learned:
                number[item.sense] += 1
                seen[senses[item.sense].homograph][item.sense].update(words_of(item))
        for item in items:
            if item.split != asked:
                continue
            counts = seen[senses[item.sense].homograph]
            known = [word for word in words_of(item) if any(word in c for c in counts.values())]
            scores = {name: sum(math.log((count[word] + 0.5) / (number[name] + 1)) for word in known)
                      for name, count in counts.items()}
            best = [name for name in scores if scores[name] > max(scores.values()) - 1e-9]
            right += (item.sense in best) / len(best) if best else 0.0
    return right / len(items) if items else 0.0


def other_words(item):
    """The words that are neither target nor clue, each once."""
    chunks = item.sentence.lower().split(" ")
    return sorted({chunk.strip(OPEN + CLOSE) for i, chunk in enumerate(chunks)
                   if i != item.target and i not in item.clues})


def word_before(item):
    """The word before the target."""
    chunks = item.sentence.lower().split(" ")
    return [re.sub(r"^\W+|\W+$", "", chunks[item.target - 1]) if item.target else ""]


def mean(values):
    return sum(values) / len(values) if values else 0.0


def show_summary(senses, items, homographs, ceiling, out):
    triples = sum(len(group) == 3 for group in homographs.values())
    words = [item.words for item in items]
    out.write(f"homographs  {len(homographs)} ({triples} with three senses)\n")
    out.write(f"senses      {len(senses)}, {sum(len(s.keys) for s in senses.values())} WordNet keys\n")
    splits = ", ".join(f"{sum(i.split == s for i in items)} {s}" for s in SPLITS)
    out.write(f"items       {len(items)} ({splits})\n")
    if not items:
        return
    out.write(f"words       {sum(words)}, {min(words)} to {max(words)} an item, mean {mean(words):.1f}\n")
    out.write(f"clues       {sum(len(i.clues) for i in items)}, mean {mean([len(i.clues) for i in items]):.2f} an item\n")
    out.write(f"ceiling     {ceiling[0]:.4f} over homographs, {ceiling[1]:.4f} over items (surface form alone)\n")
    out.write(f"no clues    {guess_without_clues(items, senses, other_words):.4f} over items from the other words, "
              f"{guess_without_clues(items, senses, word_before):.4f} from the word before the target\n")
    out.write("\ndistance " + "".join(f"{side:>8}" for side in SIDES) + "     all\n")
    for low, high in BINS + ((0, 99),):
        counts = [sum(low <= i.distance <= high and i.side == side for i in items) for side in SIDES]
        label = "all" if (low, high) == (0, 99) else str(low) if low == high else f"{low}+" if high == 99 else f"{low}-{high}"
        out.write(f"{label:>8} " + "".join(f"{n:8d}" for n in counts) + f"{sum(counts):8d}\n")


def main():
    if hasattr(signal, "SIGPIPE"):  # `check.py | head` ends quietly
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description="Checks the homographs data set.")
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)),
                        help="where senses.tsv and items.tsv are; default: this script's folder")
    folder = os.path.relpath(parser.parse_args().folder)
    senses_path, items_path = (os.path.join(folder, name) for name in ("senses.tsv", "items.tsv"))
    for path in (senses_path, items_path):
        if not os.path.isfile(path):
            parser.error(f"{path}: no such file")

    report = Report()
    wordnet = WordNet.find()
    if not wordnet:
        sys.stderr.write("no WordNet 3.0 in $WNHOME or /usr/share/wordnet: keys checked for form alone\n")
    senses = read_senses(senses_path, wordnet, report)
    items = read_items(items_path, senses, wordnet, report)
    by_sense = collections.defaultdict(list)
    for item in items:
        by_sense[item.sense].append(item)
    for sense in senses.values():
        check_sense_items(sense, by_sense[sense.name], report)
    homographs = check_homographs(senses, by_sense, report)
    check_runs(items, senses, report)
    ceiling = check_ceiling(items, senses, homographs, report)
    check_totals(items_path, items, homographs, report)

    report.show(sys.stderr)
    show_summary(senses, items, homographs, ceiling, sys.stdout)
    sys.stdout.write(f"\n{len(report.errors)} errors\n" if report.errors else "\nsound\n")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
