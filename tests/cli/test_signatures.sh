#!/usr/bin/env bash
# Every field of every figure of a run over the suites says what the run did: by tests/golden/check_signatures.py, from the request.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work" || exit 1
/usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/cli/make_names.py" || exit 1
printf '1 MADE UP\nboy lad n:n\ncar auto n:n\nsun moon n:n\ntree car n:n\nbank run n:n\nthe a n:n\na\n' >sat.txt
grep -v '^bank\|^lad' v.txt >small.txt
expect 0 "$HARNESS" run --name r --out out --resamples 20 --suite wsd,induction,similarity,wic,analogy,sts,contextuality,neighbours,mixture \
  --set wsd.k=3 --set induction.least=2 --set induction.k=2 --set mixture.least=1 --set mixture.least-sense=1 --set contextuality.least=2 \
  --dataset wsd=wsd/one/ALL --dataset wsd=wsd/x2 --dataset induction=wsd/one/ALL --dataset similarity=p/one/pairs.tsv --dataset wic=wic/one \
  --dataset analogy=sat.txt --dataset sts=p/one/sentences.tsv --dataset contextuality=p/one/text.txt --dataset neighbours=p/one/words.txt \
  --dataset mixture=wsd/one/ALL --train wsd=wsd/train.data.xml \
  --embedder small=glove:small.txt --embedder v=glove:v.txt --embedder shuffled --pooling mean,first --context both,left --postprocess raw,centre
that "signatures" /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/golden/check_signatures.py" out/r.json made-up
that "keys" /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/cli/check_keys.py" out/r.json
"$HARNESS" help --tables >tables.md
that "declared" /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/support/check_declared.py" tables.md out/r.json
# a signature belongs to one way of doing things: systems that are read or transformed otherwise do not share it
/usr/bin/python3 - <<'E2' || failures=$((failures + 1))
import json
rows = [r for r in json.load(open("out/r.json"))["results"] if r["embedder"].startswith("shuffled") and r["split"] == "all"]
for suite in {r["suite"] for r in rows}:
    of = {}
    for r in rows:
        if r["suite"] == suite:
            of.setdefault(r["signature"], set()).add(r["embedder"])
    assert all(len(e) == 1 for e in of.values()), (suite, next((s, e) for s, e in of.items() if len(e) > 1))
E2

# Whole texts with special=1, in every suite that pools them; and a sentence vector that is not built: the words are whole, sts says why.
cp -r "$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt" gpt
mkdir gpt/1_Pooling
printf '{"pooling_mode_attention": true}\n' >gpt/1_Pooling/config.json
printf '[{"idx": 0, "path": "", "type": "a.Transformer"}, {"idx": 1, "path": "1_Pooling", "type": "a.Pooling"}]\n' >gpt/modules.json
expect 0 "$HARNESS" run --name special --out out --resamples 0 --suite wsd,similarity,analogy,sts --dataset wsd=wsd/x2 \
  --dataset similarity=p/one/pairs.tsv --dataset analogy=sat.txt --dataset sts=p/one/sentences.tsv --train wsd=wsd/train.data.xml \
  --embedder gpt=transformer-causal:gpt,special=1 --embedder v=glove:v.txt --embedder transformer-causal:gpt,ablate=feed-forward:2+uniform,special=1
/usr/bin/python3 - <<'E2' || failures=$((failures + 1))
import json
rows = [r for r in json.load(open("out/special.json"))["results"] if r["embedder"] == "gpt"]
def pools(suite, method):
    return {r["signature"].split("|pool:")[1].split("|")[0] for r in rows if r["suite"] == suite and r["method"].startswith(method) and "|pool:" in r["signature"]}
assert pools("wsd", "gloss:") == pools("similarity", "cosine") == pools("sts", "mean") == {"mean+special"}
assert pools("wsd", "nn") == {"mean"}, pools("wsd", "nn")  # a word in its sentence
assert all("|pool:mean+special" in r["signature"] for r in rows if r["suite"] == "analogy"), [r["signature"] for r in rows if r["suite"] == "analogy"]
# a model that is changed for an experiment never goes by the name or the signatures of the plain one
report, name, what = json.load(open("out/special.json")), "transformer-causal@ablate:feed-forward:2+uniform", "ablate=feed-forward:2+uniform"
changed = [r for r in report["results"] if r["embedder"] == name]
assert changed and all(("|changed:" + what + "|") in r["signature"] for r in changed), changed[:1]
assert not any("changed:" in r["signature"] for r in rows), "the plain model is not changed"
assert {r["suite"] for r in changed} == {r["suite"] for r in rows}
assert [what in (e["options"] or "") for e in report["embedders"]] == [False, False, True], report["embedders"]
own = [r for r in rows if r["method"] == "own"]
assert own and all(r["value"] is None and "pooling_mode_attention" in r["reason"] for r in own), own
E2
finish
