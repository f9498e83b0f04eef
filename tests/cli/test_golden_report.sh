#!/usr/bin/env bash
# A whole report, row by row, against the committed one; `test_golden_report.sh --write FILE` makes that one anew. Facts of the
# machine and of the moment are left out; figures may differ by 1e-9.
. "$(dirname "$0")/lib.sh"
golden=$HARNESS_SOURCE_ROOT/tests/golden/report/small.json
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt
mkdir set
printf '<corpus lang="en"><text id="d0"><sentence id="d0.s0"><wf lemma="the" pos="DET">The</wf><instance id="d0.s0.t0" lemma="river" pos="NOUN">river</instance><instance id="d0.s0.t1" lemma="bank" pos="NOUN">bank</instance><instance id="d0.s0.t2" lemma="run" pos="VERB">runs</instance></sentence></text></corpus>\n' >set/set.data.xml
printf 'd0.s0.t0 river%%1:17:00::\nd0.s0.t1 bank%%1:17:01::\nd0.s0.t2 run%%2:38:04:: run%%2:38:00::\n' >set/set.gold.key.txt
expect 0 "$HARNESS" --suite similarity,wsd --dataset similarity=pairs.tsv --dataset wsd=set --embedder v=glove:vectors.txt \
  --embedder toy,dim=16,seed=1 --seed 7 --resamples 200 --out out --name small
/usr/bin/python3 - out/small.json "$golden" "${1-}" <<'E2' || failures=$((failures + 1))
import json, sys
report = json.load(open(sys.argv[1]))
kept = {"schema": report["schema"], "results": report["results"],
        "embedders": [{k: e[k] for k in ("name", "plugin", "kind", "dim", "vocabulary", "stages", "status", "error")}
                      for e in report["embedders"]]}
if sys.argv[3] == "--write":
    with open(sys.argv[2], "w") as out:
        json.dump(kept, out, indent=0)
        out.write("\n")
    sys.exit(0)
wanted = json.load(open(sys.argv[2]))

def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= 1e-9
    return a == b

off = 0
for name in ("schema", "embedders"):
    if kept[name] != wanted[name]:
        off += 1
        print(f"{name}: found {kept[name]}, expected {wanted[name]}")
if len(kept["results"]) != len(wanted["results"]):
    off += 1
    print(f"found {len(kept['results'])} rows, expected {len(wanted['results'])}")
for i, (found, expected) in enumerate(zip(kept["results"], wanted["results"])):
    for key in expected:
        if not same(found.get(key), expected[key]):
            off += 1
            print(f"row {i}: {key}: found {found.get(key)}, expected {expected[key]}")
sys.exit(1 if off else 0)
E2
that "each field says what the run did" /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/golden/check_signatures.py" out/small.json small
finish
