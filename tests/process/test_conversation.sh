#!/usr/bin/env bash
# The conversation that PROCESS.md records, from both sides, and the program of 15 lines in PLUGIN.md.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
python=/usr/bin/python3
replay=$HARNESS_SOURCE_ROOT/tests/process/replay.py
doc=$HARNESS_SOURCE_ROOT/harness/doc/PROCESS.md
plugin_doc=$HARNESS_SOURCE_ROOT/harness/doc/PLUGIN.md
export PYTHONPATH=$HARNESS_BUILD_ROOT/plugins/process
cd "$work" || exit 1

expect 0 $python "$replay" bytes "$doc"
$python "$replay" file "$doc" two.tsv >two.tsv
$python "$replay" file "$doc" lengths.py >lengths.py
that "the document holds a program" test -s lengths.py

run() { # STATUS NAME ARGUMENT…
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite similarity --threads 2 --out out --name "$name" "$@"
}
figure() { # NAME
  $python -c 'import json, sys
print([r["value"] for r in json.load(open(sys.argv[1]))["results"]])' "out/$1.json"
}
# Our plugin asks what is recorded, and understands the answers; the program answers what is recorded.
run 0 recorded --dataset two.tsv --embedder "process-static,command=exec $python $replay program $doc"
expect 0 $python "$replay" harness "$doc" $python lengths.py
run 0 real --dataset two.tsv --embedder "process-static:lengths.py,interpreter=$python"
that "record and program give the same figures" test "$(figure recorded)" = "$(figure real)"

# A departure is noticed, so that the above can fail.
sed 's/"threads":2/"threads":3/' "$doc" >other.md
run 1 other --dataset two.tsv --embedder toy \
  --embedder "x=process-static,command=exec $python $replay program other.md"
said err 'replay: found .*"threads": 2.*expected .*"threads": 3'
sed 's/^vectors 4 1/vectors 4 2/' "$doc" >other.md
expect 1 $python "$replay" harness other.md $python lengths.py

# PLUGIN.md's program.
$python "$replay" file "$plugin_doc" letters.py >letters.py
that "PLUGIN.md holds a program" test -s letters.py
that "it has 15 lines at most" test "$(wc -l <letters.py)" -le 15
expect 0 "$HARNESS" check "process-static:letters.py,interpreter=$python"
said out ' 0 broken'

# It goes through every suite but those that ask for more than vectors: the list is the program's own.
$python "$HARNESS_SOURCE_ROOT/tests/cli/make_names.py"
printf 'word,sentence1,sentence2,mean_relatedness\nbank,A bank by a river,A bank has money,1.5\nbank,The bank,Banks,2.5
sun,A sun sets,The sun,3.5\n' >rated.csv
expect 0 "$HARNESS" list suites
cat >suites.py <<'PY'
import json, re, sys
from collections import Counter
DATA = {"wsd": "wsd/one/ALL", "wic": "wic/one", "context-similarity": "rated.csv", "contextuality": "p/one/text.txt",
        "induction": "wsd/train.data.xml", "similarity": "p/one/pairs.tsv", "sts": "p/one/sentences.tsv", "mixture": "wsd/one/ALL",
        "probe": "wsd/one/ALL"}
parts = re.split(r"^  ([a-z-]+): ", open(sys.argv[1]).read(), flags=re.M)[1:]
suites = {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2])}
admitted = [name for name, text in suites.items() if "Needs an embedder with" not in text]
assert sorted(admitted) == sorted(DATA), (admitted, "a suite without data here, or data without a suite")
if len(sys.argv) == 2:
    print("--suite", ",".join(admitted), *(f"--dataset {name}={DATA[name]}" for name in admitted))
else:
    report = json.load(open(sys.argv[2]))
    assert [e["status"] for e in report["embedders"]] == ["ok"], report["embedders"]
    rows = Counter(r["suite"] for r in report["results"] if r["embedder"] == "letters" and r["value"] is not None)
    assert set(rows) == set(admitted) and min(rows.values()) >= 3, rows
PY
$python suites.py "$work/stdout" >arguments && cp "$work/stdout" listed
# shellcheck disable=SC2046 # words, as they are meant
expect 0 "$HARNESS" $(cat arguments) --train wsd=wsd/train.data.xml --train probe=wsd/train.data.xml --set induction.least=2 --set contextuality.least=2 \
  --set mixture.least=1 --set mixture.least-sense=1 --resamples 0 --out out --name every \
  --embedder "letters=process-static:letters.py,interpreter=$python"
that "every suite has figures of it" $python suites.py listed out/every.json
finish
