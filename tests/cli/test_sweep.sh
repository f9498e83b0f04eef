#!/usr/bin/env bash
# Sweeps: units run apart, in any order, give the report of one machine; what is missing, torn or of another plan is named.
. "$(dirname "$0")/lib.sh"
small_wordnet
here=$HARNESS_SOURCE_ROOT/tests/cli
export HARNESS_DATASETS=$HARNESS_SOURCE_ROOT/datasets
unset OPENBLAS_CORETYPE
cd "$work" || exit 1
pairs >pairs.tsv
vectors >v.txt
tr -cs 'a-zA-Z' '\n' <"$HARNESS_DATASETS/homographs/items.tsv" | tr 'A-Z' 'a-z' | sort -u |
  awk '{ srand(NR); if (length($0) > 1 && $0 !~ /^(car|auto|tree|boy|lad|sun|moon)$/) print $0, rand(), rand(), rand() }' >>v.txt
cat >study.json <<'E2'
{"suite": "wsd,similarity,contextuality", "embedder": ["toy", "mine=glove:v.txt"], "grid": {"seed": [1, 2]}, "limit": 40, "resamples": 50,
 "dataset": ["wsd=homographs", "contextuality=homographs", "similarity=pairs.tsv"], "postprocess": "raw,centre", "postprocess-sample": "pairs.tsv"}
E2
expect 0 "$HARNESS" plan --config study.json -o sweep
said out '^24 units in '
said out 'sbatch --array=0-23 .*/sweep/unit.sbatch'
expect 0 "$HARNESS" plan -o typed --suite wsd,similarity,contextuality --embedder toy --embedder mine=glove:v.txt --seed 1,2 --limit 40 --resamples 50 \
  --dataset wsd=homographs --dataset contextuality=homographs --dataset similarity=pairs.tsv --postprocess raw,centre --postprocess-sample pairs.tsv
that "the same plan as typed" sh -c 'for d in sweep typed; do grep "\"key\"" $d/plan.json >$d.keys; done; cmp sweep.keys typed.keys'
sh -n sweep/unit.sbatch || failures=$((failures + 1))

# nothing yet
expect 1 "$HARNESS" gather sweep --name study --out swept
said err '24 of 24 units are missing, the first 0 \(toy@seed:1, wsd\): sbatch --array=0-23 '
that "no report of a sweep that is not whole" test ! -e swept/study.json
expect 0 "$HARNESS" sweep status sweep
said out '^24 units: 0 done, 0 begun .*, 0 failed, 24 missing'

# backwards, some of them by one task, from elsewhere, two at a time
mkdir elsewhere
(cd elsewhere && "$HARNESS" unit --every 2 ../sweep 1 2>/dev/null) & other=$!
for n in 22 20 18 16 14 12 10 8 6 2; do expect 0 "$HARNESS" unit --threads 1 sweep $n; done
wait $other || failures=$((failures + 1))
expect 1 "$HARNESS" gather sweep --name study --out swept
said err '2 of 24 units are missing, the first 0 \(toy@seed:1, wsd\): sbatch --array=0,4 '
expect 0 "$HARNESS" sweep status sweep --json
that "status says which" grep -q '"unit": 4' "$work/stdout"
expect 0 "$HARNESS" unit --every 4 sweep 0
expect 0 "$HARNESS" unit sweep 0 # once more
said err 'unit 0 is done'
expect 0 "$HARNESS" sweep status sweep
said out 'next: harness gather '

# the report of one machine, but for times
expect 0 "$HARNESS" gather sweep --name study --out swept
said err "units ran on $(hostname) \(24\); [0-9.]+ core-hours, [0-9a-z. ()]+"
that "it is as the schemas say" sh -c 'xmllint --noout --relaxng swept/schema/report.rng swept/study.xml 2>xmllint.err && /usr/bin/python3 -c "
import json, jsonschema
jsonschema.validate(json.load(open(\"swept/study.json\")), json.load(open(\"swept/schema/report.schema.json\")))"'
that "it can be read again, machines and all" sh -c '"$HARNESS" report --format json swept/study.json >again.json 2>report.err; cat again.json | grep -q "\"core_seconds\""'
that "the report has the machine, with its cost" /usr/bin/python3 -c '
import json, os
(node,) = json.load(open("swept/study.json"))["run"]["nodes"]
assert node["name"] == os.uname().nodename and node["units"] == 24 and 0 < node["core_seconds"] < 3600
assert (node["joules"] is None) == (not os.path.exists("/sys/class/powercap/intel-rapl:0/energy_uj") or not os.access("/sys/class/powercap/intel-rapl:0/energy_uj", os.R_OK))'
expect 0 "$HARNESS" run --config study.json --name study --out single
that "the reports are one" /usr/bin/python3 "$here/same_report.py" single/study.json swept/study.json

# same work, same name: another sweep has nothing to do where the results lie; other work has other names
expect 0 "$HARNESS" plan --config study.json -o second
cp -r sweep/units second/units
expect 0 "$HARNESS" sweep status second
said out '24 done'
sed 's/"limit": 40/"limit": 39/' study.json >other.json
expect 0 "$HARNESS" plan --config other.json -o third
cp -r sweep/units third/units
expect 0 "$HARNESS" sweep status third
said out '0 done'

# torn, a bit flipped, something behind the end, another unit's: each is named, no report
key() { /usr/bin/python3 -c 'import json, sys; print(json.load(open("sweep/plan.json"))["units"][int(sys.argv[1])]["key"])' "$1"; }
damaged() { # PATTERN: gather refuses unit 5, named
  expect "$1" "$HARNESS" gather sweep --name damaged --out swept
  said err "$(key 5).*$2"
  that "no report of damaged units" test ! -e swept/damaged.json
  cp kept "sweep/units/$(key 5)"
}
cp "sweep/units/$(key 5)" kept
truncate -s -40 "sweep/units/$(key 5)" && damaged 2 'torn'
printf 'x' >>"sweep/units/$(key 5)" && damaged 2 'torn'
cat kept >>"sweep/units/$(key 5)" && damaged 2 'torn'
/usr/bin/python3 - "sweep/units/$(key 5)" <<'E2'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 4
open(sys.argv[1], "wb").write(data)
E2
damaged 2 'torn'
cp "sweep/units/$(key 4)" "sweep/units/$(key 5)" && damaged 2 'found unit .*, expected that of its name'
: >"sweep/units/$(key 5)" && damaged 2 'no whole head'
rm "sweep/units/$(key 5)"
expect 1 "$HARNESS" gather sweep --partial --name partial --out swept
said err 'its unit is missing'
that "what there is is in a partial report" grep -q '"its unit is missing\|suite contextuality: its unit is missing' swept/partial.json
# a disk without room: the machine's fault, and nothing under the name
(ulimit -f 1 && expect 3 "$HARNESS" unit sweep 5 && exit "$failures") || failures=$((failures + 1))
that "nothing half under the name" test ! -e "sweep/units/$(key 5)"
if unshare -m true 2>/dev/null; then
  unshare -m sh -c 'cp -r sweep/units full && mount -t tmpfs -o size=4k none sweep/units && "$HARNESS" unit sweep 5; code=$?
    ls sweep/units; exit $code' >stdout 2>stderr
  that "a full disk is the machine's fault" test $? = 3
  that "nothing is left on it" test ! -s stdout
  said err 'No space left on device'
fi
# preempted: status 130, what it had begun stays and is seen
sed 's/"limit": 40/"limit": 0/; s/"resamples": 50/"resamples": 1000000/' study.json >long.json
expect 0 "$HARNESS" plan --config long.json -o long
"$HARNESS" unit long 8 2>stderr & pid=$!
for _ in $(seq 100); do ls long/units 2>/dev/null | grep -q '\.tmp\.' && break; sleep 0.05; done
kill -TERM $pid
wait $pid
that "a unit that is told to end says so" test $? = 130
that "nothing under its name" sh -c 'test "$(ls long/units | grep -c tmp)" = 1 && test "$(ls long/units | wc -l)" = 1'
expect 0 "$HARNESS" sweep status long --json
that "status sees it" grep -q '"begun": 1' stdout
# machines that compute otherwise
OPENBLAS_CORETYPE=Prescott "$HARNESS" unit --again sweep 5 2>stderr
that "another BLAS kernel is refused" test $? = 2
said err 'this machine computes with OpenBLAS .*core (Prescott|PRESCOTT).* the plan was made for'
OPENBLAS_CORETYPE=Prescott expect 0 "$HARNESS" plan --config study.json -o pinned
expect 0 "$HARNESS" unit pinned 5
that "one that is pinned is taken everywhere" sh -c '! ls pinned/units | grep -q tmp && test "$(ls pinned/units | wc -l)" = 1'
# what killed processes left goes with the next unit on their host, unless somebody has it locked
left=sweep/units/$(ls sweep/units | grep -E '^[0-9a-f]{64}$' | head -1).tmp
touch "$left.$(uname -n)."{999991,999991.zst,999992} "$left.elsewhere.7"
exec 9<"$left.$(uname -n).999992"
flock -n 9
expect 0 "$HARNESS" unit sweep 5
that "of a dead process nothing is left" test "$(ls sweep/units | grep -c tmp)" = 2
expect 0 "$HARNESS" sweep status sweep
said out '^2 files of processes that were cut off, of units that are done: .*tmp\.'
exec 9<&-
rm "$left.elsewhere.7"
expect 0 "$HARNESS" unit sweep 5
expect 0 "$HARNESS" gather sweep --name again --out swept
that "what was left behind is gone" sh -c '! ls sweep/units | grep -q tmp'

# chunks: the last to end makes the whole of all answers, which is what is not cut gives
printf 'car\nsun\n' >words.txt
cat >split.json <<'E2'
{"suite": "wsd,contextuality,neighbours", "embedder": ["mine=glove:v.txt"], "limit": 40, "resamples": 50, "postprocess": "centre", "postprocess-sample": "pairs.tsv",
 "dataset": ["wsd=homographs", "contextuality=homographs", "neighbours=words.txt"]}
E2
expect 2 "$HARNESS" plan --config split.json -o split --split 0
said err '\-\-split: found 0, expected a number from 1 to'
expect 0 "$HARNESS" plan --config split.json -o split --split 3
said err 'neighbours is not split: '
said out '^7 units in '
expect 0 "$HARNESS" unit --every 2 split 0 # chunks 1 and 3 of the first
said err 'unit 2: mine\+centre, wsd, chunk 3/3; its whole waits for other chunks'
expect 1 "$HARNESS" gather split --name split --out swept
said err 'units are missing, the first 1 \(mine\+centre, wsd, chunk 2/3\): sbatch --array=1,'
answers=split/units/$(/usr/bin/python3 -c 'import json; print(json.load(open("split/plan.json"))["units"][0]["whole"])').1-3.answers
printf x >>"$answers"
expect 2 "$HARNESS" unit split 1
said err 'unit 1: mine\+centre, wsd, chunk 2/3: harness unit --again makes a chunk anew: chunk 1/3: .*\.1-3\.answers: torn'
expect 0 "$HARNESS" unit --again split 0
said err 'unit 0: mine\+centre, wsd, chunk 1/3$'
expect 0 "$HARNESS" unit --every 1 split 0
expect 0 "$HARNESS" sweep status split
said out '^7 units: 7 done'
that "answers go when they are of no use any more" sh -c '! ls split/units | grep -q answers'
expect 0 "$HARNESS" gather split --name split --out swept
expect 0 "$HARNESS" run --config split.json --name split --out single
that "a sweep of chunks is one run" /usr/bin/python3 "$here/same_report.py" single/split.json swept/split.json
expect 0 "$HARNESS" plan --config split.json -o unsplit
cp -r split/units unsplit/units
expect 0 "$HARNESS" sweep status unsplit
said out '^3 units: 3 done'

# an embedder that fails: its reason is kept, the sweep is whole, the report says so
printf 'car 1 0\nauto nothing\n' >bad.txt
sed 's/mine=glove:v.txt/mine=glove:bad.txt/' study.json >fails.json
expect 0 "$HARNESS" plan --config fails.json -o fails
"$HARNESS" unit --every 1 fails 0 2>/dev/null
expect 0 "$HARNESS" sweep status fails
said out '12 done, 0 begun .*, 12 failed'
expect 1 "$HARNESS" gather fails --name fails --out swept
that "the reason is in the report" grep -q 'bad.txt' swept/fails.json

# a machine that lacks what the plan names
printf 'sun 1 1 1\n' >>v.txt
rm "sweep/units/$(key 13)"
expect 2 "$HARNESS" unit sweep 13
said err 'unit 13: mine.*not what was planned with'
expect 2 "$HARNESS" unit sweep 24
said err "found '24', expected a number from 0 to 23"
expect 2 "$HARNESS" gather nowhere
expect 2 "$HARNESS" plan --config study.json
expect 2 "$HARNESS" sweep
sed -i 's/"limit": 40/"limmit": 40/' study.json
expect 2 "$HARNESS" plan --config study.json -o fourth
said err 'limmit'
finish
