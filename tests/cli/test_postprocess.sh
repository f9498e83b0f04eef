#!/usr/bin/env bash
# --postprocess: every embedder again under transformed vectors, in whatever suite.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt
printf 'the Sun and the moon\ncar, tree: a boy\n\nlad car\n' >sample.txt
printf 'car auto boy lad\n' >analogy.txt
printf 'car\n' >words.txt
common=(--dataset similarity=pairs.tsv --dataset neighbours=words.txt --embedder v=glove:vectors.txt --out out)

expect 0 "$HARNESS" --suite similarity,neighbours "${common[@]}" --set k=3 --postprocess raw,centre,abtt:1 \
  --postprocess-sample sample.txt --name a
said out '^v cosine'
said out '^v\+centre cosine'
expect 0 "$HARNESS" --suite similarity,neighbours "${common[@]}" --set k=3 --postprocess centre \
  --postprocess-sample sample.txt --name b --in-process
expect 0 "$HARNESS" --suite similarity,neighbours "${common[@]}" --set k=3 --name plain
that "rows are those of vectors less the sample's mean" /usr/bin/python3 - <<'PYTHON'
import json, math, zstandard
load = lambda name: json.load(open(f"out/{name}.json"))
a, b, plain = load("a"), load("b"), load("plain")
# Rows of the embedder by itself: what is common to all, or shared with others, is their matter too.
rows = lambda report, name: [r for r in report["results"] if r["embedder"] == name and r["policy"] != "common"
                             and r["metric"] != "overlap"]
assert [e["name"] for e in a["embedders"]] == ["v", "v+centre", "v+abtt:1"]
assert a["embedders"][1]["options"].endswith("postprocess=centre,postprocess-sample=sample.txt"), a["embedders"]
assert "postprocess" not in a["embedders"][0]["options"]
assert rows(a, "v") == rows(plain, "v"), "raw is as without"
assert rows(a, "v+centre") == rows(b, "v+centre"), "reproducible, alone and in this process"
for suite in ("similarity", "neighbours"):
    values = [[r["value"] for r in rows(a, name) if r["suite"] == suite and r["metric"] != "n"]
              for name in ("v", "v+centre", "v+abtt:1")]
    assert values[0] and values[0] != values[1] and values[1] != values[2], (suite, values)
table = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in open("vectors.txt")}
sample = [table[w] for w in "sun moon car tree boy lad car".split()]
mean = [sum(column) / len(sample) for column in zip(*sample)]
table = {w: [x - m for x, m in zip(v, mean)] for w, v in table.items()}
def cosine(x, y):
    return sum(p * q for p, q in zip(x, y)) / math.hypot(*x) / math.hypot(*y)
found = {i["id"]: i for i in map(json.loads, zstandard.open("out/a.items.jsonl.zst", "rt"))
         if i["embedder"] == "v+centre" and i["suite"] == "similarity"}
for i, (x, y) in enumerate([("car", "auto"), ("car", "tree"), ("boy", "lad"), ("boy", "car"), ("sun", "moon")]):
    item = list(found.values())[i]
    assert abs(item["score"] - cosine(table[x], table[y])) < 1e-6, (x, y, item)
nearest = [i["answer"] for i in map(json.loads, zstandard.open("out/a.items.jsonl.zst", "rt"))
           if i["embedder"] == "v+centre" and i["suite"] == "neighbours"][0].split()
assert nearest == sorted(set(table) - {"car"}, key=lambda w: -cosine(table["car"], table[w]))[:3], nearest
PYTHON

# Words without a vector stay without one.
printf 'car\tzebra\t3\ncar\ttree\t2\nboy\tlad\t8\n' >unknown.tsv
expect 0 "$HARNESS" --suite similarity --dataset unknown.tsv --embedder v=glove:vectors.txt --out out --name unknown \
  --postprocess centre --postprocess-sample sample.txt
that "an unknown word is no zero moved away" /usr/bin/python3 -c '
import json
rows = [r for r in json.load(open("out/unknown.json"))["results"] if r["metric"] == "spearman" and r["policy"] == "skip"]
assert [(r["n"], r["answered"]) for r in rows] == [(3, 2)], rows'

# The first dimensions, and signs: without a sample (no WordNet to take one from), which signatures and options then do not name.
expect 0 "$HARNESS" --suite similarity "${common[@]}" --postprocess dims:2,binary --wordnet "$work" --name cut
expect 0 "$HARNESS" --suite similarity "${common[@]}" --postprocess dims:2+int8 --postprocess-sample sample.txt --name codes
that "cosines of the first two dimensions, of signs, of codes" /usr/bin/python3 - <<'PYTHON'
import json, math, zstandard
table = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in open("vectors.txt")}
sample = [table[w] for w in "sun moon car tree boy lad car".split()]
least, most = ([f(column) for column in zip(*sample)] for f in (min, max))
made = {"v+dims:2": lambda v: v[:2], "v+binary": lambda v: [1 if x > 0 else -1 for x in v],
        "v+dims:2+int8": lambda v: [max(-128, min(127, int((x - a) / ((b - a) / 255) - 128))) for x, a, b in zip(v[:2], least, most)]}
post = {"v+dims:2": "dims:2", "v+binary": "binary", "v+dims:2+int8": "dims:2+int8 on sample.txt"}
for name in ("cut", "codes"):
    report = json.load(open(f"out/{name}.json"))
    for embedder in report["embedders"]:
        of = embedder["name"]
        assert ("postprocess-sample" in embedder["options"]) == ("int8" in of), embedder["options"]
        signature = [r["signature"] for r in report["results"] if r["embedder"] == of][0]
        assert f"|post:{post[of]}|" in signature, signature
        items = [i for i in map(json.loads, zstandard.open(f"out/{name}.items.jsonl.zst", "rt")) if i["embedder"] == of]
        for item, (x, y) in zip(items, [("car", "auto"), ("car", "tree"), ("boy", "lad"), ("boy", "car"), ("sun", "moon")]):
            a, b = made[of](table[x]), made[of](table[y])
            wanted = sum(p * q for p, q in zip(a, b)) / (math.hypot(*a) * math.hypot(*b) or 1)
            # two codes of a step's end may fall to either side of it in float32
            assert abs((item["score"] or 0) - wanted) < (0.02 if "int8" in of else 1e-6), (of, x, y, item, wanted)
PYTHON
expect 1 "$HARNESS" --suite similarity "${common[@]}" --postprocess raw,dims:4 --wordnet "$work"
said out 'dims:4: failed: .*post-processing dims:4: found vectors of 3 dimensions, expected at least 4'

# A model's own sentence vectors: all 48 dimensions are what they were, a cosine of signs is 1 - 2 Hamming / 48, and what was fitted on
# vectors of words is not done to them.
cp -r "$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt" own && mkdir own/1_Pooling
echo '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
 {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]' >own/modules.json
echo '{"word_embedding_dimension": 48, "pooling_mode_mean_tokens": true}' >own/1_Pooling/config.json
printf 'The old man sat.\tA man was old.\t4\nThe sea was cold.\tShe had a house.\t1\nHe went home.\tHe ran home.\t5\n' >sts.tsv
expect 0 "$HARNESS" --suite sts --dataset sts.tsv --embedder g=transformer:own --postprocess raw,dims:48,dims:8,binary,centre \
  --postprocess-sample sample.txt --resamples 0 --out out --name own
that "own vectors are cut and signed, or left out by name" /usr/bin/python3 - <<'PYTHON'
import json, zstandard
items = [i for i in map(json.loads, zstandard.open("out/own.items.jsonl.zst", "rt")) if i["method"] == "own"]
of = {name: [i["score"] for i in items if i["embedder"] == name] for name in ("g", "g+dims:48", "g+dims:8", "g+binary", "g+centre")}
assert len(of["g"]) == 3 and of["g"] == of["g+dims:48"] != of["g+dims:8"] and len(of["g+dims:8"]) == 3, of
assert all(abs((1 - s) * 24 - round((1 - s) * 24)) < 1e-6 for s in of["g+binary"]) and len(of["g+binary"]) == 3, of
assert of["g+centre"] == [], of
(row,) = [r for r in json.load(open("out/own.json"))["results"] if r["method"] == "own" and r["embedder"] == "g+centre"]
assert row["value"] is None and row["reason"].endswith("the post-processing was fitted on vectors of words"), row
PYTHON

# What cannot be.
expect 2 "$HARNESS" --suite similarity "${common[@]}" --postprocess bleach
said err '--postprocess: .*found "bleach", expected raw, centre'
expect 2 "$HARNESS" --suite similarity "${common[@]}" --postprocess centre,centre
said err 'v\+centre'
expect 2 "$HARNESS" --suite similarity "${common[@]}" --postprocess centre --postprocess-sample none.txt
said err 'postprocess-sample: none.txt'
expect 2 "$HARNESS" --suite similarity "${common[@]}" --postprocess centre --wordnet "$work"
said err 'postprocess-sample FILE'
printf 'car\n' >tiny.txt
expect 2 "$HARNESS" --suite similarity "${common[@]}" --postprocess whiten --postprocess-sample tiny.txt
said err 'post-processing whiten: found 1 known words in the sample, expected at least 4'
expect 1 "$HARNESS" --suite similarity "${common[@]}" --postprocess raw,whiten --postprocess-sample tiny.txt
said out '^v cosine'
finish
