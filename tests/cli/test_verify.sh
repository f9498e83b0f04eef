#!/usr/bin/env bash
# harness verify: a report comes out again; one that was changed, or whose files were, is found out.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --embedder toy --out out \
  --name a --resamples 200 --limit 4 --junit junit.xml
echo mine >junit.xml
expect 0 env HARNESS_LIMIT=2 "$HARNESS" verify out/a.json
said out '^out/a\.json: [1-9][0-9]* figures, [1-9][0-9]* items, tolerance 0: 0 differ'
that "files of the run are not touched" grep -qx mine junit.xml
that "nothing is left in the folder" test -z "$(find out -newer junit.xml -type f)"
expect 0 "$HARNESS" verify out/a.xml
expect 0 "$HARNESS" verify out/a.json --out kept
that "the new report is kept" test -s kept/verify.json

# A figure, an item, a status that somebody touched.
mkdir changed && cp -r out/. changed
change() { # FILE PYTHON: r is the report, or the list of records
  /usr/bin/python3 -c '
import json, sys, zstandard
path = sys.argv[1]
lines = path.endswith("jsonl.zst")
open = zstandard.open if lines else open
with open(path, "rt") as file:
    r = [json.loads(line) for line in file] if lines else json.load(file)
exec(sys.argv[2])
with open(path, "wt") as file:
    file.write("".join(json.dumps(x) + "\n" for x in r) if lines else json.dumps(r))
' "$@"
}
change changed/a.json 'r["results"][-1]["value"] += 1e-6'
expect 1 "$HARNESS" verify changed/a.json
said out '^figure similarity .*: was .*, is '
said out ': 1 differ$'
expect 0 "$HARNESS" verify changed/a.json --tolerance 1e-5
change changed/a.json 'r["results"].pop()'
expect 1 "$HARNESS" verify changed/a.json
said out '^figure .*: was missing'
cp out/a.json changed/
change changed/a.items.jsonl.zst 'r[-1]["score"] = 0.123; r[0]["answer"] = "x"; r[1]["id"] = "other"'
expect 1 "$HARNESS" verify changed/a.json
said out '^item similarity .*: score was 0\.123'
said out '^item .* other: another item is in its place'
said out ': 3 differ$'
expect 1 "$HARNESS" verify changed/a.json --show 0
that "nothing is spelled out" test "$(wc -l <stdout)" = 1
change changed/a.items.jsonl.zst 'r.pop()'
expect 1 "$HARNESS" verify changed/a.json
said out 'was missing'
change changed/a.json 'r["embedders"][0]["weights_sha256_before"] = "0" * 64'
expect 1 "$HARNESS" verify changed/a.json
said out '^embedder v: weights_sha256 was 0000'

# What cannot be verified: other files, no request, many reports, no report.
cp vectors.txt vectors.kept
printf 'dog 1 2 3\n' >>vectors.txt
expect 2 "$HARNESS" verify out/a.json
said out '^model vectors\.txt: sha256 is [0-9a-f]{64}, was [0-9a-f]{64}$'
mv vectors.kept vectors.txt
mv pairs.tsv elsewhere.tsv
expect 2 "$HARNESS" verify out/a.json
said out '^data pairs\.tsv: '
said err '1 of its files are missing or differ'
mv elsewhere.tsv pairs.tsv
change changed/a.json 'r["run"]["config"] = None'
expect 2 "$HARNESS" verify changed/a.json
said err 'run\.config: found nothing'
change changed/a.json 'r["run"]["config"] = "{\"nonsense\": 1}"'
expect 2 "$HARNESS" verify changed/a.json
said err 'no such option'
expect 0 "$HARNESS" report out/a.json kept/verify.json -o both.json
expect 2 "$HARNESS" verify both.json
said err 'both\.json: made of 2 reports'
expect 2 "$HARNESS" verify pairs.tsv
expect 2 "$HARNESS" verify
expect 2 "$HARNESS" verify out/a.json --tolerance -1
finish
