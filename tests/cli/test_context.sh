#!/usr/bin/env bash
# context= and pooling= of any embedder, --context and --pooling of a run: what a word sees of its sentence.
. "$(dirname "$0")/lib.sh"
small_wordnet
here=$(dirname "$(readlink -f "$0")")
cd "$work" || exit 1
/usr/bin/python3 "$here/make_gpt2.py" gpt2 1 || exit 1
/usr/bin/python3 - <<'PYTHON'
import os, random
rng = random.Random(1)
others = "the of a river money tall plant grew slowly near every old house , and then it burned down .".split()
keys = {"bank": ["bank%1:17:01::", "bank%1:14:00::"], "plant": ["plant%1:06:01::", "plant%1:03:00::"]}
def sentences(n):
    for i in range(n):
        words = [rng.choice(others) for _ in range(rng.randrange(0, 12))]
        lemma = ("bank", "plant")[i % 2]
        at = (0, len(words), rng.randrange(len(words) + 1))[i % 3]  # first, last, anywhere
        yield lemma, at, words[:at] + [lemma] + words[at:]
for name, n in ("train", 24), ("test", 12):
    xml, gold = ["<corpus><text id='d'>"], []
    for i, (lemma, at, words) in enumerate(sentences(n)):
        cells = [f"<instance id='{name}.{i}' lemma='{lemma}' pos='NOUN'>{w}</instance>" if t == at else f"<wf>{w}</wf>"
                 for t, w in enumerate(words)]
        xml.append("<sentence>" + "".join(cells) + "</sentence>")
        gold.append(f"{name}.{i} {keys[lemma][i // 2 % 2]}\n")
    open(f"{name}.data.xml", "w").write("".join(xml) + "</text></corpus>")
    open(f"{name}.gold.key.txt", "w").write("".join(gold))
os.makedirs("wic")
pairs = list(sentences(24))
with open("wic/test.data.txt", "w") as data, open("wic/test.gold.txt", "w") as gold:
    for i in range(0, 24, 2):
        (lemma, a, first), (_, b, second) = pairs[i], pairs[(i + 2) % 24]
        data.write(f"{lemma}\tN\t{a}-{b}\t{' '.join(first)}\t{' '.join(second)}\n")
        gold.write("TF"[i // 2 % 2] + "\n")
open("words.tsv", "w").write("bank\tplant\t3\nbank\tbank\t10\nplant\tplant\t10\n")
PYTHON
common=(--suite wic,wsd,contextuality --dataset wic=wic --dataset wsd=test.data.xml --dataset contextuality=train.data.xml
  --train wsd=train.data.xml --set contextuality.least=3 --resamples 0 --out out --threads 1)
gpt=transformer:$work/gpt2

# A decoder sees no more than what stands to the left: cutting the rest away is the same to it.
expect 0 "$HARNESS" "${common[@]}" --name all --embedder plain=$gpt --embedder both=$gpt,context=both \
  --embedder left=$gpt,context=left --embedder $gpt,context=window:2,pooling=last --embedder right=$gpt,context=right \
  --embedder none=$gpt,context=none --embedder repeat=$gpt,context=repeat --embedder shuffled=$gpt,context=shuffled
that "causal: left is the plain run; both is, bit by bit; none is blind; the others differ" /usr/bin/python3 - <<'PYTHON'
import json, zstandard
report = json.load(open("out/all.json"))
facts = {e["name"]: e for e in report["embedders"]}
assert list(facts)[3] == "transformer@window:2@last", list(facts)
assert facts["left"]["options"].endswith(",context=left"), facts["left"]
assert facts["transformer@window:2@last"]["options"].endswith(",context=window:2,pooling=last")
assert "context" not in facts["plain"]["options"] + facts["both"]["options"]
rows = {}
for r in report["results"]:
    rows.setdefault(r["embedder"], {})[r["suite"], r["dataset"], r["stage"], r["method"], r["metric"], r["split"],
                                       r["policy"]] = r
suites = {k[0] for k in rows["plain"]}
assert suites == {"wic", "wsd", "contextuality"}, suites
# Which stage is best, and what context gains there, may turn on the last bits.
for key, row in rows["plain"].items():
    if "best" in key[4] or key not in rows["left"]:
        continue
    both, left = rows["both"][key], rows["left"][key]
    assert (both["value"], both["signature"]) == (row["value"], row["signature"]), (key, both, row)
    if row["value"] is None:
        assert left["value"] is None
    else:
        assert abs(left["value"] - row["value"]) < 1e-4, (key, left, row)
    assert "|context:left|" in left["signature"] and "context:" not in row["signature"]
    other = rows["transformer@window:2@last"].get(key, {"signature": "|context:window:2|"})["signature"]
    assert "|context:window:2|" in other and "pool:mean" not in other, other
items = {}
for i in map(json.loads, zstandard.open("out/all.items.jsonl.zst", "rt")):
    if i["embedder"] in facts and i["stage"]:
        items.setdefault(i["embedder"], {})[i["suite"], i["stage"], i["method"], i["id"]] = i
stages = {k[1] for k in items["plain"]}
assert {"table", "input", "1", "3"} <= stages, stages
n, moved = 0, {name: 0 for name in items}
for key, item in items["plain"].items():
    assert items["both"][key]["score"] == item["score"]
    for name in items:
        if item["score"] is None or items[name][key]["score"] is None:
            assert item["score"] == items[name][key]["score"] or name not in ("left", "both"), (name, key)
            continue
        n += 1
        far = abs(items[name][key]["score"] - item["score"])
        assert name != "left" or far < 1e-5, (key, far)
        moved[name] += far > 1e-3
assert n > 500 and moved["left"] == moved["both"] == 0, (n, moved)
assert all(moved[name] > 50 for name in ("none", "right", "repeat", "shuffled", "transformer@window:2@last")), moved
# The word alone knows one vector a form: wic's pairs are of one form each.
assert all(i["score"] == 1 for k, i in items["none"].items() if k[0] == "wic"), "none"
PYTHON

# none is the word alone, as the similarity suite embeds words.
cat >none.py <<'PYTHON'
import json, zstandard
wic = {}
for i in map(json.loads, zstandard.open("out/pair.items.jsonl.zst", "rt")):
    if i["embedder"] == "transformer@none" and i["stage"]:
        wic.setdefault(i["suite"], {}).setdefault(i["stage"], []).append(i["score"])
assert len(wic["wic"]) > 4
for stage, scores in wic["wic"].items():
    alone = wic["similarity"][stage]  # bank plant, river money, bank bank
    assert len(alone) == 3 and abs(alone[0] - scores[0]) < 1e-9, (stage, alone, scores)
    assert scores[0] < 0.99 and scores[1] == 1 and abs(alone[2] - 1) < 1e-9, (stage, alone, scores)
PYTHON
mkdir pair
printf 'bank\tN\t2-0\tby the bank of it\tplant the money\nbank\tN\t0-1\tbank on it\tthe bank\n' >pair/test.data.txt
printf 'F\nT\n' >pair/test.gold.txt
printf 'bank\tplant\t3\nriver\tmoney\t2\nbank\tbank\t10\n' >pair.tsv
expect 0 "$HARNESS" --suite wic,similarity --dataset wic=pair --dataset similarity=pair.tsv --embedder $gpt,context=none \
  --resamples 0 --out out --name pair
that "none equals the word alone, at every stage" /usr/bin/python3 none.py

# Every contextual embedder once per context and pooling; static ones, and those that say so themselves, once.
vectors >vectors.txt
echo 'bank 1 0 0' >>vectors.txt
expect 0 "$HARNESS" --suite wic --dataset wic --stages table,3 --resamples 0 --out out --name many --embedder m=$gpt \
  --embedder own=$gpt,context=right --embedder v=glove:vectors.txt --context none,window:1,window:all --pooling mean,first
that "passes and their names" /usr/bin/python3 -c '
import json
names = [e["name"] for e in json.load(open("out/many.json"))["embedders"]]
assert names == ["m@none", "m@none@first", "m@window:1", "m@window:1@first", "m", "m@first", "own", "own@first", "v"], names'
expect 0 "$HARNESS" --suite wic --dataset wic --resamples 0 --out out --name static --embedder glove:vectors.txt,context=left
said err 'glove@left is static: its vectors do not depend on context='

# What cannot be.
expect 2 "$HARNESS" --suite wic --dataset wic --embedder $gpt,context=middle
said err 'option context: found "middle", expected both, left, right, repeat, shuffled, shuffled:SEED, none, window:N'
expect 2 "$HARNESS" --suite wic --dataset wic --embedder $gpt --context left,window
said err 'run, option context: found "window"'
expect 2 "$HARNESS" --suite wic --dataset wic --embedder $gpt --pooling max
said err 'found "max", expected mean, first or last'
expect 2 "$HARNESS" --suite wic --dataset wic --embedder $gpt --context both,window:all
said err 'two embedders are called "transformer"'

# A prepared embedder takes the options too.
if sanitized; then
  echo "real models: in the build without sanitizers"
elif [ -e "$MODELS/minilm/config.json" ]; then
  mkdir -p cache/models && ln -s "$MODELS/minilm" cache/models/minilm
  expect 0 "$HARNESS" --suite wic --dataset pair --resamples 0 --stages table,6 --out out --name prepared \
    --embedder minilm,context=left --embedder twin=minilm,context=none
  said out '^minilm@left target'
  said out '^twin target'
  expect 0 "$HARNESS" explain bank "the bank of the river" "a bank of money" --embedder minilm,context=left --stages table,6 --json
  that "explain cuts as well: both are preceded by a word alone" /usr/bin/python3 -c '
import json, sys
(e,) = json.load(open(sys.argv[1]))
assert e["embedder"] == "minilm@left", e' "$work/stdout"
else
  echo "not tested: $MODELS/minilm is not there"
fi
finish
