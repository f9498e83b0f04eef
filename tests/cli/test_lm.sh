#!/usr/bin/env bash
# Suite lm and the command predict on a small trained decoder (tests/golden/make_tiny_gpt.py), beside
# PyTorch's figures; models without an output head are reported.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
golden=$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt
gpt_of="transformer-causal:$golden"
gpt="gpt=$gpt_of"
vectors >words.txt

expect 0 "$HARNESS" --suite lm --dataset "$golden/held-out.txt" --embedder "$gpt" --embedder "static=glove:words.txt,cache=0" \
  --embedder "blind=transformer:$golden" --resamples 200 --out out --name lm
said err 'static: gives no log-probabilities'
said err 'blind: gives no log-probabilities .*transformer-causal'
that "the figures are PyTorch's" /usr/bin/python3 "$(dirname "$0")/check_lm.py" out "$golden"

printf 'One line.\n\n  Another one. \n' >two.txt
expect 0 "$HARNESS" --suite lm --dataset two.txt --embedder "$gpt" --resamples 0 --out out --name two
that "blank lines are no sentences" /usr/bin/python3 -c '
import json
rows = json.load(open("out/two.json"))["results"]
assert {r["n"] for r in rows} == {2} and {r["low"] for r in rows} == {None}, rows
value = {r["method"]: r["value"] for r in rows if r["metric"] == "perplexity"}
assert value["unigram"] < value["causal"], value
found = " ".join(open("stdout").read().split())
assert "(2 items, perplexity) gpt reaches %.1f." % value["causal"] in found, found'
printf 'fine\nna\377ve\n' >bad.txt
expect 2 "$HARNESS" --suite lm --dataset bad.txt --embedder "$gpt" --out out --name bad
said err 'bad.txt:2: byte 3: found what is no UTF-8'
: >empty.txt
expect 2 "$HARNESS" --suite lm --dataset empty.txt --embedder "$gpt" --out out --name empty
said err 'empty.txt: holds no sentence'

# A tagged corpus: where it has ten documents or more, whole ones are drawn. With a sentence in each that is what drawing sentences
# is, to the last bit; with two in each it is not.
/usr/bin/python3 - <<'PYTHON'
words = "the old man sat by a river and looked at his boat in the cold sun of that day with some joy".split()
def corpus(name, documents, each):
    with open(name + ".data.xml", "w") as data, open(name + ".gold.key.txt", "w") as gold:
        data.write("<corpus>")
        for d in range(documents):
            data.write(f"<text id='d{d}'>")
            for s in range(each):
                n = d * each + s
                text = "".join(f"<wf>{words[(n * k + k) % len(words)]}</wf>" for k in range(3, 9))
                data.write(f"<sentence id='d{d}.s{s}'>{text}<instance id='d{d}.s{s}.t0' lemma='bank' pos='NOUN'>bank</instance></sentence>")
                gold.write(f"d{d}.s{s}.t0 bank%1:17:01::\n")
            data.write("</text>")
        data.write("</corpus>")
corpus("one", 1, 24)
corpus("single", 24, 1)
corpus("pairs", 12, 2)
PYTHON
expect 0 "$HARNESS" --suite lm --dataset one.data.xml --dataset single.data.xml --dataset pairs.data.xml --embedder "$gpt" --resamples 300 --out out --name documents
that "documents are drawn where there are ten" /usr/bin/python3 -c '
import json
rows = {r["dataset"]: r for r in json.load(open("out/documents.json"))["results"] if r["metric"] == "perplexity" and r["method"] == "causal"}
one, single, pairs = (rows[n] for n in ("one", "single", "pairs"))
assert one["value"] == single["value"] == pairs["value"], rows
assert (one["low"], one["high"]) == (single["low"], single["high"]) != (pairs["low"], pairs["high"]), rows
assert "interval:" not in one["signature"] and "|interval:documents(24)|" in single["signature"] and "|interval:documents(12)|" in pairs["signature"]'

# The look-up table of a model as a file of vectors, for the table of another: in its own place it is what it was.
grep -oE '[a-z]+' "$golden/held-out.txt" | sort -u | sed 's/.*/a [&]/' >marked.txt
expect 0 "$HARNESS" embed marked.txt --targets --embedder "$gpt" --stages table -o table.vec
expect 0 "$HARNESS" --suite lm --dataset "$golden/held-out.txt" --embedder "$gpt" --embedder "same=$gpt_of,table=table.vec,map=identity,norms=raw" \
  --embedder "turned=$gpt_of,table=table.vec,map=procrustes,norms=raw" --resamples 0 --out out --name table
said err '^same: table.vec: [5-9][0-9] of 512 pieces .* map identity, held-out R2 1\.0000'
that "perplexity per piece of its own makes none the best" test "$(grep -c 'best figure' stdout)" = 0
said err '^turned: table.vec: .* map procrustes, held-out R2 1\.0000'
that "a table that comes back to its place changes nothing" /usr/bin/python3 -c '
import json
rows = {r["embedder"]: r["value"] for r in json.load(open("out/table.json"))["results"] if r["metric"] == "perplexity" and r["method"] == "causal"}
assert rows["same"] == rows["gpt"] and abs(rows["turned"] / rows["gpt"] - 1) < 1e-4, rows'

# predict: what PyTorch expects, in text and JSON
expect 0 "$HARNESS" predict "She looked at the" --embedder "$gpt" --top 5
said out '^gpt \(causal'
said out 'after "the" alone \(entropy [0-9.]+ bits\)'
said out 'after "She looked at the" \(entropy'
said out '^ +[0-9.]+ %  #+ +" '
that "five pieces twice" test "$(grep -c '%' stdout)" = 10
expect 0 "$HARNESS" predict "She looked at the door." --word THE --embedder "$gpt" --json --top 512
that "distributions add up, in falling order" /usr/bin/python3 -c '
import json
(e,) = json.load(open("stdout"))
alone, after = e["predictions"]
assert (alone["context"], after["context"]) == (" the", "She looked at the"), e
for p in e["predictions"]:
    shares = [t["probability"] for t in p["top"]]
    assert len(shares) == p["pieces"] == 512 and abs(sum(shares) - 1) < 1e-5
    assert shares == sorted(shares, reverse=True)
    assert [t["rank"] for t in p["top"][:3]] == [1, 2, 3]
assert alone["actual"] is None and after["actual"]["piece"].startswith(" "), after["actual"]
assert abs(after["top"][after["actual"]["rank"] - 1]["probability"] - after["actual"]["probability"]) < 1e-9'
expect 0 "$HARNESS" predict "of the" --embedder "$gpt" --json --top 512
that "learnt: a word goes on as words do" /usr/bin/python3 -c '
import json
(e,) = json.load(open("stdout"))
top = {t["piece"]: t["probability"] for t in e["predictions"][1]["top"]}
words = sum(p for t, p in top.items() if t.startswith(" ") and t[1:].isalpha())
assert words > 0.7, words'
expect 0 "$HARNESS" predict "It was [MASK] cold" --embedder "$gpt" --top 1
said out 'after "It was"'

# a masked model: PyTorch's distribution of piece 2 of the second sentence
that "a masked model" /usr/bin/python3 "$(dirname "$0")/make_case.py" "$HARNESS_SOURCE_ROOT/tests/golden/transformer/bert" bert
sentence=$(awk 'NF > 2 {for (i = 1; i <= NF; i++) $i = "p" $i; print; exit}' "$HARNESS_SOURCE_ROOT/tests/golden/transformer/bert/sentences.txt")
word=$(echo "$sentence" | cut -d' ' -f2)
expect 0 "$HARNESS" predict "$sentence" --word "$word" --embedder bert=transformer:bert --json --top 61
cp stdout by_word
echo "$sentence" >sentence.txt
expect 0 "$HARNESS" predict "$(echo "$sentence" | sed "s/ $word / [MASK] /")" --embedder bert=transformer:bert --json --top 61
that "in the place of a word, as of [MASK], what PyTorch says" /usr/bin/python3 -c '
import json, math, struct, sys
values = struct.unpack("<61f", open(sys.argv[1] + "/lm.f32", "rb").read()[4 * 61 : 8 * 61])
(by_word,) = json.load(open("by_word"))
(by_mask,) = json.load(open("stdout"))
assert by_word["direction"] == "masked"
(word,), (mask,) = by_word["predictions"], by_mask["predictions"]
assert word["top"] == mask["top"] and word["context"] == mask["context"], word["context"]
assert mask["actual"] is None and word["actual"]["piece"] == sys.argv[2], word["actual"]
for t in word["top"]:
    assert abs(math.log(t["probability"]) - values[t["id"]]) < 2e-4, (t, values[t["id"]])
' "$HARNESS_SOURCE_ROOT/tests/golden/transformer/bert" "$word"
expect 0 "$HARNESS" --suite lm --dataset sentence.txt --embedder bert=transformer:bert --resamples 0 --out out --name masked
said err 'bert: .*, masked: perplexity [0-9.]+ per piece'

expect 2 "$HARNESS" predict "a tree" --embedder "static=glove:words.txt,cache=0"
said err 'predict: static has no output head, expected a model whose file holds one'
expect 2 "$HARNESS" predict "She looked" --word bank --embedder "$gpt"
said err "the word 'bank' does not occur in"
expect 2 "$HARNESS" predict --embedder "$gpt"
said err 'found 0 texts, expected one'
expect 2 "$HARNESS" predict "a word" --top 0 --embedder "$gpt"
said err '--top: found 0'
expect 2 "$HARNESS" predict "..." --embedder "$gpt"
said err 'holds no word'

# the decoder that comes with the program, and another in its place; of an empty cache there is no other embedder
expect 0 "$HARNESS" predict "She looked at the" --top 1
said out '^gpt \(causal'
expect 0 "$HARNESS" predict "She looked at the" --decoder "$gpt" --top 512 --json
that "--decoder is whom predict asks" /usr/bin/python3 -c '
import json, sys
(answer,) = json.load(open(sys.argv[1]))
assert answer["embedder"] == "gpt" and len(answer["predictions"][1]["top"]) == 512, answer["embedder"]' stdout
expect 2 "$HARNESS" predict "a word" --decoder "blind=transformer:$golden"
said err 'opened by transformer, which is not causal'
expect 2 "$HARNESS" predict "a word" --decoder "$gpt" --embedder "$gpt"
said err '--decoder replaces the decoder among the default embedders'
# whom a run without --embedder asks, as ./run's first table does: the three others, which are not there, and the
# decoder that comes with the program, or the user's in its place
pairs >pairs.tsv
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --resamples 0 --out out --name ours
for other in glove minilm word2vec; do
  said err "embedder $other is left out: it is not there"
done
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --decoder "mine=${gpt#gpt=}" --resamples 0 --out out --name mine
that "the default decoder stands in it, or another in its place" /usr/bin/python3 -c '
import json
def decoders(name):
    return [(e["name"], e["plugin"]) for e in json.load(open(f"out/{name}.json"))["embedders"]]
assert decoders("ours") == [("gpt", "transformer-causal")], decoders("ours")
assert decoders("mine") == [("mine", "transformer-causal")], decoders("mine")'
finish
