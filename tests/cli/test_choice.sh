#!/usr/bin/env bash
# Suite wsd, method choice: the definition that a language model finds likeliest, beside PyTorch's log-probabilities
# (tests/golden/make_choice_golden.py); the order of the candidates; models without an output head.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work" || exit 1
golden=$HARNESS_SOURCE_ROOT/tests/golden
common=(--suite wsd --dataset "$golden/choice/set.tsv" --resamples 0 --out out --embedder "gpt=transformer-causal:$golden/tiny-gpt")
cat >check.py <<'PYTHON'
import json, sys, zstandard
name, template = sys.argv[2:]
expected = json.load(open(sys.argv[1] + "/choice/expected.json"))[template]
items = [i for i in map(json.loads, zstandard.open(f"out/{name}.items.jsonl.zst", "rt")) if i["method"].startswith("choice:")]
assert len(items) == 2 * len(expected), len(items)
for item in items:
    pieces = expected[item["id"]]
    if None in pieces.values():
        assert (item["status"], item["score"]) == ("cut", None), item
        continue
    score = {sense: sum(v) / (len(v) if item["method"] == "choice:mean" else 1) for sense, v in pieces.items()}
    best = max(score.values())
    assert abs(item["score"] - best) < 1e-4, (item, score)
    tied = sorted(s for s, v in score.items() if v == best)
    assert item["status"] == ("tie" if len(tied) > 1 else "ok"), (item, score)
    assert item["answer"] in tied, (item, score)
signature = [r["signature"] for r in json.load(open(f"out/{name}.json"))["results"] if r["method"] == "choice:total"][0]
assert f"|method:choice:total|stage:head|template:{template}|" in signature, signature
PYTHON
expect 0 "$HARNESS" "${common[@]}" --method choice --set wsd.inventory="$golden/choice/senses.tsv" --name a
said err 'gpt: set: 1 of 6 instances are not answered by method choice'
that "scores and answers are PyTorch's" /usr/bin/python3 check.py "$golden" a '{sentence} Here {word} means: {definition}'

# Definitions the other way round, each instance's answers the same: no candidate sees another. (Those of the sun tie.)
tac "$golden/choice/senses.tsv" >senses.tsv
expect 0 "$HARNESS" "${common[@]}" --method choice --set wsd.inventory=senses.tsv --name b
that "the order of the candidates does not matter" /usr/bin/python3 -c '
import json, zstandard
def answers(name):
    items = map(json.loads, zstandard.open(f"out/{name}.items.jsonl.zst", "rt"))
    return {(i["method"], i["id"]): (i["score"], i["answer"] if i["status"] != "tie" and i["score"] is not None else None)
            for i in items if i["method"].startswith("choice:")}
a, b = answers("a"), answers("b")
assert a == b and len(a) == 12, (a, b)'

# Another template, in which more stands behind the definition; a head that masks; a model that has none.
expect 0 "$HARNESS" "${common[@]}" --method choice:mean,choice:total --set wsd.inventory="$golden/choice/senses.tsv" --name c \
  --set wsd.choice-template='The {lemma}, {definition}, was old. {sentence}'
that "scores in another template are PyTorch's" /usr/bin/python3 check.py "$golden" c 'The {lemma}, {definition}, was old. {sentence}'
for template in '{sentence}' '{definition} {definition}' '{definition} {sense}' '{definition} }' '{ {definition}'; do
  expect 2 "$HARNESS" "${common[@]}" --method choice --set wsd.choice-template="$template"
  said err 'option choice-template: found ".*", expected .definition. once in it'
done
expect 0 "$HARNESS" "${common[@]}" --method choice:mean --set wsd.inventory=senses.tsv --limit 2 --postprocess raw,binary --context both,left --name f
said err 'gpt\+binary: post-processing does not reach an output head; method choice is left out'
said err 'gpt@left: context= or pooling= does not reach an output head'
that "no figure of the head has a second name" /usr/bin/python3 -c '
import json
assert {r["embedder"] for r in json.load(open("out/f.json"))["results"]} == {"baseline", "gpt"}'
vectors >words.txt
expect 1 "$HARNESS" "${common[@]}" --method choice --set wsd.inventory=senses.tsv --embedder static=glove:words.txt,cache=0 --name d
said out 'static: failed: .*gives no log-probabilities .emb.score/1., which method choice asks for'
expect 0 "$HARNESS" "${common[@]}" --method choice,gloss --set wsd.inventory=senses.tsv --embedder static=glove:words.txt,cache=0 --name e
said err 'static: gives no log-probabilities'

# Beside other methods, and where choice is alone: the words that the model cuts are listed once, so that records can be paired.
cat >once.py <<'PYTHON'
import json, sys, zstandard
words = [i["id"] for i in map(json.loads, zstandard.open(f"out/{sys.argv[1]}.items.jsonl.zst", "rt"))
         if i["method"] == "vocabulary" and i["embedder"] == "gpt"]
assert words and len(words) == len(set(words)), words
PYTHON
for name in a e; do
  that "words of $name once" /usr/bin/python3 once.py $name
  expect 0 "$HARNESS" compare out/$name.json --method choice:mean,choice:total
done
expect 0 "$HARNESS" --suite probe --dataset "$golden/probe/test.tsv" --train "$golden/probe/train.tsv" --resamples 0 --out out --name p \
  --embedder "gpt=transformer-causal:$golden/tiny-gpt" --stages table --set controls=no --method lemma,supersense
that "words of a probe once" /usr/bin/python3 once.py p
finish
