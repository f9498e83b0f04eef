#!/usr/bin/env bash
# Names that collide: a figure's key is unique by construction, or the run is refused with a sentence that says what to do.
. "$(dirname "$0")/lib.sh"
small_wordnet
here=$HARNESS_SOURCE_ROOT/tests/cli
cd "$work" || exit 1
/usr/bin/python3 "$here/make_names.py" || exit 1
keys() { that "keys of $* are unique" /usr/bin/python3 "$here/check_keys.py" "$@"; }
# figure REPORT KEY=VALUE… : the value of the one figure that has all of these; null stands for none
figure() {
  /usr/bin/python3 - "$@" <<'E2'
import json, sys
wanted = dict(w.split("=", 1) for w in sys.argv[2:])
rows = [r for r in json.load(open(sys.argv[1]))["results"] if all(str(r[k] if r[k] is not None else "null") == v for k, v in wanted.items())]
print(rows[0]["value"] if len(rows) == 1 else f"{len(rows)} rows")
E2
}
is() { [ "$2" = "$3" ] || { echo "FAILED: $1: found $2, expected $3"; failures=$((failures + 1)); }; }
embedders=(--embedder a/b=glove:v.txt --embedder a-b=glove:w.txt --embedder a.b=glove:w.txt --embedder shuffled)
run() { name=$1; shift; expect 0 "$HARNESS" run --name "$name" --out out --resamples 20 --junit "out/$name.junit.xml" "$@"; }

# Two sets of one name and of the same parts, and one called as a part is. The senses that are right are known by hand: first
# senses are right in 4 of 4 of one/x2, 0 of 3 of two/x2, 1 of 2 of x2 alone.
run wsd --suite wsd,induction --set induction.least=2 --dataset wsd/one/ALL --dataset wsd/two/ALL --dataset wsd=wsd/x2 \
  --train wsd=wsd/train.data.xml "${embedders[@]}"
keys out/wsd.json
of="suite=wsd method=first-sense metric=f1 split=all policy=null"
is "one/ALL/x2" "$(figure out/wsd.json $of dataset=one/ALL/x2)" 1
is "two/ALL/x2" "$(figure out/wsd.json $of dataset=two/ALL/x2)" 0
is "x2" "$(figure out/wsd.json $of dataset=x2)" 0.5
is "one/ALL" "$(figure out/wsd.json $of dataset=one/ALL)" "$(/usr/bin/python3 -c 'print(4 / 7)')"
is "one/ALL-without" "$(figure out/wsd.json $of dataset=one/ALL-without-semeval2007)" 1
# the stage is chosen on a set's own part, and told by its whole name
that "one/ALL/x2 is chosen on its own part" grep -q 'wsd|one/ALL/x2(4).*stage-chosen-on:one/ALL/semeval2007"' out/wsd.json
that "two/ALL/x2 on its own" grep -q 'wsd|two/ALL/x2(3).*stage-chosen-on:two/ALL/semeval2007"' out/wsd.json
that "x2, which of two?" sh -c '! grep -q "wsd|x2(2).*stage-chosen-on:[^i]" out/wsd.json || grep -q "wsd|x2(2).*stage-chosen-on:none" out/wsd.json'
# items say which part they are of, so that a part's figures can be made from them
/usr/bin/python3 - <<'E2' || failures=$((failures + 1))
import json, zstandard
items = [json.loads(l) for l in zstandard.open("out/wsd.items.jsonl.zst", "rt")]
of = [i["correct"] for i in items if (i["suite"], i["dataset"], i["method"], i["attributes"].get("part")) == ("wsd", "one/ALL", "first-sense", "x2")]
assert of == [1, 1, 1, 1], of
assert all(i["attributes"]["kind"] in ("static", "contextual", "baseline") for i in items if i["suite"] == "wsd" and i["method"] != "vocabulary")
E2
that "an answer file for each of a/b, a-b and a.b" [ -e "out/wsd.keys/x2.a%2Fb.nn.table.key" -a -e out/wsd.keys/x2.a-b.nn.table.key -a -e "out/wsd.keys/x2.a%2Eb.nn.table.key" ]
# the same set by two names of the user's
run named --suite wsd --dataset one=wsd/one/ALL --dataset wsd=two=wsd/two/ALL --embedder v=glove:v.txt --dev two/semeval2007
keys out/named.json
is "one/x2" "$(figure out/named.json $of dataset=one/x2)" 1
is "two/x2" "$(figure out/named.json $of dataset=two/x2)" 0
that "signature" grep -q '"wsd|one/x2(4)|train:none|' out/named.json
run alone --suite wsd --dataset wsd/one/ALL --embedder v=glove:v.txt
is "ALL alone keeps its name" "$(figure out/alone.json $of dataset=ALL/x2)" 1
run twice --suite wsd --dataset A=wsd/x2 --dataset B=wsd/x2 --embedder v=glove:v.txt
keys out/twice.json
is "A and B" "$(figure out/twice.json $of dataset=A) $(figure out/twice.json $of dataset=B)" "0.5 0.5"

# The other suites.
run others --suite similarity,sts,neighbours,analogy,wic --dataset similarity=p/one/pairs.tsv --dataset similarity=p/two/pairs.tsv \
  --dataset similarity=columns.tsv --dataset sts=p/one/sentences.tsv --dataset sts=p/two/sentences.tsv --dataset neighbours=p/one/words.txt \
  --dataset neighbours=p/two/words.txt --dataset analogy=questions.txt --dataset wic=wic/one --dataset wic=other=wic/two "${embedders[@]}"
keys out/others.json
is "car and auto" "$(figure out/others.json suite=similarity dataset=one/pairs embedder=a/b metric=coverage split=all)" 1
that "both words files" grep -q '"two/words"' out/others.json
is "sections go on" "$(/usr/bin/python3 -c '
import json
print(*sorted({(r["split"], r["n"]) for r in json.load(open("out/others.json"))["results"] if r["suite"] == "analogy" and r["split"] != "all"}))')" \
  "('section:one', 3) ('section:two', 2)"
is "wic" "$(figure out/others.json suite=wic dataset=one:dev method=majority metric=accuracy) $(figure out/others.json suite=wic dataset=other:train method=majority metric=accuracy)" \
  "0.6666666666666666 0.6666666666666666"
run endings --suite similarity --dataset p/one/pairs.tsv --dataset p/one/pairs.csv --embedder v=glove:v.txt
keys out/endings.json
that "endings tell files of a folder apart" grep -q '"pairs.csv"' out/endings.json
run texts --suite contextuality,mixture,similarity --dataset contextuality=p/one/text.txt --dataset contextuality=p/two/text.txt --dataset mixture=wsd/one/ALL \
  --dataset similarity=p/one/pairs.tsv --embedder shuffled --set contextuality.least=2 --set mixture.least-sense=1 --set mixture.least=1 --context left,both --postprocess raw,centre
keys out/texts.json

# Reports of them: merged, selected, as XML and back, in a history.
expect 0 "$HARNESS" report out/wsd.json out/named.json out/alone.json out/others.json -o out/merged.json
keys out/merged.json
expect 0 "$HARNESS" report out/wsd.json --select 'dataset=one/ALL/* metric=f1 stage=table,best' -o out/selected.json
keys out/selected.json
expect 0 "$HARNESS" report out/wsd.json -o out/twin.xml --no-items
expect 0 "$HARNESS" report out/twin.xml -o out/twin.json --no-items
keys out/twin.json
mkdir history && cp out/wsd.json history/1.json && cp out/wsd.json history/2.json
expect 0 "$HARNESS" history history --select 'dataset=one/ALL/x2 method=first-sense metric=f1 split=all'
said out 'wsd one/ALL/x2: f1'

# What cannot be distinguished is refused, with what to do.
refuse() { expect 2 "$HARNESS" run --out out --name refused "$@"; }
refuse --suite wsd --dataset wsd/x2 --dataset ./wsd/../wsd/x2 --embedder v=glove:v.txt
said err 'wsd/x2.* was given twice.*--dataset NAME=PATH'
refuse --suite similarity --dataset x=p/one/pairs.tsv --dataset x=p/two/pairs.tsv --embedder v=glove:v.txt
said err 'one/pairs.tsv and p/two/pairs.tsv would both be called "x"'
refuse --suite wsd --dataset ALL=wsd/one/ALL --dataset wsd/two/ALL --dataset ALL-without-semeval2007=wsd/x2 --embedder v=glove:v.txt
said err 'called "ALL-without-semeval2007", as another data set of this run'
refuse --suite similarity --dataset 'a|b=p/one/pairs.tsv' --embedder v=glove:v.txt
said err "found '\|' or a control character"
refuse --suite analogy --dataset bats --embedder v=glove:v.txt
said err 'section "same", which another file of the folder has'
refuse --suite analogy --dataset named-all --embedder v=glove:v.txt
said err 'folder called "all"'
refuse --suite similarity --dataset p/one/pairs.tsv --embedder baseline=glove:v.txt
said err 'cannot be called "baseline"'
refuse --suite similarity --dataset p/one/pairs.tsv --embedder 'baseline#2=glove:v.txt'
said err 'cannot be called "baseline#2"'
refuse --suite wsd --dataset wsd/one/ALL --dev nowhere --embedder v=glove:v.txt
said err '--dev nowhere: no set of this run is called so; expected a file, or one of ALL, ALL/x2, ALL/semeval2007'
refuse --suite wsd --dataset one=wsd/one/ALL --dataset two=wsd/two/ALL --dev semeval2007 --embedder v=glove:v.txt
said err '--dev semeval2007: more than one set of this run'
finish
