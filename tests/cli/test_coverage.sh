#!/usr/bin/env bash
# What a figure leaves out stands beside it: in the table, on the page, in Markdown, LaTeX, JUnit, JSON and XML. The right values are
# counted and ranked here, or known by hand.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work" || exit 1
unset HARNESS_OUT
export COLUMNS=150 LC_ALL=C.UTF-8
run() { name=$1; shift; expect 0 "$HARNESS" run --name "$name" --out out --resamples 0 --junit "junit-$name.xml" "$@"; }

# Two models, ten pairs: `many` knows nine of them, `few` three, both two.
/usr/bin/python3 - <<'E2' || exit 1
words = "a b c d e f g h i j k".split()
vectors = {w: (1.0, round(0.1 + 0.37 * i % 1, 2), round(0.9 - 0.23 * i % 1, 2)) for i, w in enumerate(words)}
known = {"many": [w for w in words if w != "k"], "few": ["a", "b", "c", "d", "k"]}
for name, some in known.items():
    open(name + ".txt", "w").writelines(f"{w} {' '.join(map(str, vectors[w]))}\n" for w in some)
pairs = [("a", "b", 9), ("c", "d", 2), ("a", "k", 4), ("e", "f", 8), ("f", "g", 1), ("g", "h", 5), ("h", "i", 7), ("i", "j", 3),
         ("e", "j", 6), ("a", "e", 10)]
open("pairs.tsv", "w").writelines(f"{x}\t{y}\t{s}\n" for x, y, s in pairs)
import json
json.dump({n: sum(x in k and y in k for x, y, _ in pairs) for n, k in known.items()}, open("counts.json", "w"))
assert json.load(open("counts.json")) == {"many": 9, "few": 3}
E2
run two --suite similarity --dataset pairs.tsv --embedder many=glove:many.txt --embedder few=glove:few.txt
said out 'pairs .*spearman x 100, 10 items, policy common, skip beside'
said out 'many cosine .* 9/10'
said out 'few cosine .* 3/10'
said out '! few cosine: 3 of 10 items answered, below half'
said err 'similarity pairs, few cosine: 3 of 10 items answered, below half'
that "nothing is said of the other" sh -c '! grep -q "many cosine: .*half" stdout stderr'
that "the page" sh -c 'grep -q "3 of 10 answered: below half" out/two.html && grep -q "9 of 10 answered" out/two.html'
expect 0 "$HARNESS" report out/two.json --format markdown
said out '\| many \| .*common.*\(2/10\)'
said out '\| few \| .*skip.*\(3/10\)'
expect 0 "$HARNESS" report out/two.json --format latex
said out '9/10'
that "JUnit" grep -q 'n=10 answered=3' junit-two.xml
run one --suite similarity --dataset pairs.tsv --embedder many=glove:many.txt
said out 'pairs .*10 items, policy skip'
said out 'many cosine .* 9/10'
said out 'many reaches .*, on 9 items alone\. '

# Of three the finding's two figures are of the pairs that all know, and so is their test; where the third is left out of a report, of
# those that both know, which it says.
/usr/bin/python3 - <<'E2' || exit 1
import math, random
rng = random.Random(4)
words = [a + b for a in "bdfgk" for b in "aeiouyrl"]
turns = {w: rng.uniform(0, 3) for w in words}
pairs = [(x, y) for x, y in zip(words[::2], words[1::2])]
open("twenty.tsv", "w").writelines(f"{x}\t{y}\t{9 * math.cos(turns[x] - turns[y]):.3f}\n" for x, y in pairs)
for name, noise, known in (("near", 0.1, 40), ("far", 0.6, 40), ("lacks", 2, 30)):
    turned = {w: turns[w] + rng.gauss(0, noise) for w in words}
    open(name + ".txt", "w").writelines(f"{w} {math.cos(t):.4f} {math.sin(t):.4f}\n" for w, t in list(turned.items())[:known])
E2
run three --suite similarity --dataset twenty.tsv --embedder near=glove:near.txt --embedder far=glove:far.txt --embedder lacks=glove:lacks.txt
cp stdout three
expect 0 "$HARNESS" report out/three.json --select 'embedder=near,far' --format html -o of-two.html
that "what is shown is what is tested" /usr/bin/python3 - <<'E2'
import json, re
rows = json.load(open("out/three.json"))["results"]
value = {(r["embedder"], r["policy"]): r["value"] for r in rows if r["metric"] == "spearman" and r["split"] == "all"}
for text, policy, n, which in ((open("three").read(), "common", 15, ": "), (open("of-two.html").read(), "skip", 20, ": on the items that both answer, ")):
    assert re.search(r"On twenty \(the 15 of 20 items that all answer, spearman", " ".join(text.split())), text[-2000:]
    said = re.search(r"Next best is far, ([\d.]+)(: [a-z, ]*?)difference \+([\d.]+).*? over (\d+) items", " ".join(text.split()))
    assert said, text[-2000:]
    assert abs(float(said[1]) - 100 * value["far", "common"]) < 0.051 and said[2] == which and int(said[4]) == n, said[0]
    assert abs(float(said[3]) - 100 * (value["near", policy] - value["far", policy])) < 0.051, (said[0], value)
E2

# No value, and why: known by hand.
printf 'a\tb\t5\n' >pair.tsv
printf 'a\tb\t5\na\tc\t5\nb\tc\t5\n' >constant.tsv
printf 'x\ty\t5\nx\tz\t3\n' >unknown.tsv
run none --suite similarity --dataset pair.tsv --dataset constant.tsv --dataset unknown.tsv --embedder many=glove:many.txt --embedder few=glove:few.txt
said out '! many cosine: one pair'
said out '! many cosine: ratings constant'
said out '! many cosine: no pair known'
said out 'many cosine +– +–'
/usr/bin/python3 - <<'E2' || failures=$((failures + 1))
import json, xml.etree.ElementTree as tree
rows = json.load(open("out/none.json"))["results"]
assert {(r["dataset"], r["reason"]) for r in rows if r["metric"] == "spearman" and r["policy"] == "skip" and r["split"] == "all"} == {
    ("pair", "one pair"), ("constant", "ratings constant"), ("unknown", "no pair known")}
assert all((r["value"] is None) == (r["reason"] is not None) for r in rows)
said = {s.get("message") for s in tree.parse("junit-none.xml").getroot().iter("skipped")}
assert said >= {"one pair", "ratings constant", "no pair known"}, said
E2
expect 0 "$HARNESS" report out/none.json --format csv -o out/none.csv
that "CSV" grep -q 'no pair known' out/none.csv
expect 0 "$HARNESS" report out/none.json --format jsonl -o out/none.jsonl
that "JSON lines" grep -q '"reason": *"ratings constant"' out/none.jsonl
expect 0 "$HARNESS" report out/none.json -o out/twin.xml
expect 0 "$HARNESS" report out/twin.xml -o out/twin.json --no-items
expect 0 "$HARNESS" report out/twin.json -o out/again.xml --no-items
expect 0 "$HARNESS" report out/again.xml -o out/again.json --no-items
that "reasons survive" grep -Eq '"reason": ?"one pair"' out/twin.json
that "the page" sh -c 'grep -q "ratings constant" out/none.html'

# A model that knows no word of a set answers by back-off alone: its score is the first sense's, and says so.
/usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/cli/make_names.py"
printf 'zebra 1 0\nquagga 0 1\n' >nothing.txt
run backoff --suite wsd --dataset wsd/one/ALL --embedder nothing=glove:nothing.txt --embedder v=glove:v.txt
said out '! nothing gloss:target-gloss: every answer is back-off'
said err 'nothing gloss:target-gloss: every answer is back-off'
that "v answers itself" sh -c '! grep -q "! v " stdout'
/usr/bin/python3 - <<'E2' || failures=$((failures + 1))
import json
rows = [r for r in json.load(open("out/backoff.json"))["results"] if r["dataset"] == "ALL" and r["split"] == "all" and r["metric"] == "f1"]
of = {(r["embedder"], r["method"], r["policy"]): r for r in rows}
nothing, first = of["nothing", "gloss:target-gloss", "wn1"], of["baseline", "first-sense", None]
assert nothing["value"] == first["value"] and nothing["reason"] == "every answer is back-off" and first["reason"] is None
assert of["nothing", "gloss:target-gloss", "none"]["value"] == 0
E2
expect 0 "$HARNESS" report out/backoff.json --format markdown --select 'metric=f1 policy=wn1 split=all dataset=ALL'
said out 'nothing .*every answer is back-off'
finish
