#!/usr/bin/python3
"""Data sets that could be taken for one another, into the folder at hand: wsd/one/ALL and wsd/two/ALL, each made of parts x2 and
semeval2007; wsd/x2, a set called as a part is; pairs, sentences, lists and questions of one file name in two folders."""
import os


def write(name, text):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


SENSES = {"bank": ["bank%1:17:01::", "bank%1:14:00::"], "run": ["run%2:38:00::", "run%2:30:00::"]}


def write_wsd(folder, name, parts, golds):
    """golds: which of a lemma's senses is right, instance by instance."""
    xml, gold = ['<corpus lang="en">'], []
    for p, part in enumerate(parts):
        xml.append(f'<text id="{part}.d000">' if part else '<text id="d">')
        for i, sense in enumerate(golds[p]):
            lemma = "bank" if i % 2 == 0 else "run"
            ident = f"{part}.d000.s{i:03}.t000" if part else f"s{i}.t"
            pos = "NOUN" if lemma == "bank" else "VERB"
            xml.append(f'<sentence id="s{i}"><wf lemma="the" pos="X">car</wf><instance id="{ident}" lemma="{lemma}" '
                       f'pos="{pos}">{lemma}</instance><wf lemma="t" pos="X">tree</wf></sentence>')
            gold.append(f"{ident} {SENSES[lemma][sense]}\n")
        xml.append("</text>")
    write(f"{folder}/{name}.data.xml", "".join(xml) + "</corpus>\n")
    write(f"{folder}/{name}.gold.key.txt", "".join(gold))


write_wsd("wsd/one/ALL", "ALL", ["x2", "semeval2007"], [[0, 0, 0, 0], [1, 1, 1]])
write_wsd("wsd/two/ALL", "ALL", ["x2", "semeval2007"], [[1, 1, 1], [0, 0]])
write_wsd("wsd/x2", "x2", [None], [[1, 0]])
write_wsd("wsd", "train", [None], [[0, 0, 1, 1, 0, 1]])
for folder, score in (("p/one", 9), ("p/two", 3)):
    write(f"{folder}/pairs.tsv", f"car\tauto\t{score}\ncar\ttree\t2\nboy\tlad\t8\nboy\tcar\t1\nsun\tmoon\t5\n")
    write(f"{folder}/sentences.tsv", f"a car\tan auto\t{score}\na tree\tthe sun\t2\na boy\tthe lad\t8\n")
    write(f"{folder}/words.txt", "car\nboy\nsun\n")
    write(f"{folder}/text.txt", "the car and the auto\nthe boy and the lad\nthe car and the boy\n" * 4)
write("p/one/pairs.csv", "car,auto,1\ncar,tree,2\nboy,lad,3\nboy,car,1\n")
write("columns.tsv", "car\tauto\tA\tn\tn\t9\ncar\ttree\tB\tn\tv\t2\nboy\tlad\tA\tv\tv\t8\nboy\tcar\tB\tv\tn\t1\nsun\tmoon\tA\tn\tn\t5\n")
questions = "boy lad car auto\nsun moon boy lad\n"
write("questions.txt", f": one\n{questions}: two\n{questions}: one\ncar auto sun moon\n")
for name in ("bats/a", "bats/b"):
    write(f"{name}/same.txt", "car\tauto\nboy\tlad\n")
write("named-all/all/x.txt", "car\tauto\nboy\tlad\n")
wic = "bank\tN\t1-1\tthe bank is\ta bank was\n" * 3
for split in ("train", "dev", "test"):
    write(f"wic/one/{split}/{split}.data.txt", wic)
    write(f"wic/one/{split}/{split}.gold.txt", "T\nF\nT\n")
    write(f"wic/two/{split}/{split}.data.txt", wic)
    write(f"wic/two/{split}/{split}.gold.txt", "F\nF\nT\n")
words = "car auto tree boy lad sun moon bank run the a is".split()
for name, seed in (("v.txt", 1), ("w.txt", 5)):
    write(name, "".join(f"{w} {' '.join(str(round(((i + 2) * (k + seed) * 37 % 19) / 10 - 0.9, 3)) for k in range(4))}\n"
                        for i, w in enumerate(words)))
