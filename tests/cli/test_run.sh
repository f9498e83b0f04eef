#!/usr/bin/env bash
# The main job from the outside: results, exit statuses, messages, report files.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt

# A run that works: table on stdout, three report files, records; valid by both schemas.
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --embedder toy --out out --name a
said out 'similarity'
said out '^v cosine'
for file in a.json a.xml a.html a.items.jsonl.zst schema/report.schema.json schema/report.rng; do
  that "out/$file is there" test -s "out/$file"
done
that "nothing temporary is left" test -z "$(find out -name '*.tmp-*')"
that "the JSON matches its schema" /usr/bin/python3 -c '
import json, jsonschema, sys, zstandard
report = json.load(open("out/a.json"))
jsonschema.validate(report, json.load(open("out/schema/report.schema.json")))
assert report["schema"] == "harness-report/2"
assert [e["name"] for e in report["embedders"]] == ["v", "toy"]
assert all(e["status"] == "ok" for e in report["embedders"])
v = report["embedders"][0]
assert v["weights_sha256_before"] == v["weights_sha256_after"] and len(v["weights_sha256_before"]) == 64
assert v["dim"] == 3 and v["stages"] == [{"name": "table", "block": 0, "part": "table"}] and v["kind"] == "static"
rows = [r for r in report["results"] if r["embedder"] == "v" and r["metric"] == "spearman" and r["policy"] == "skip"]
assert len(rows) == 1 and rows[0]["n"] == 5 and rows[0]["answered"] == 5
items = [json.loads(line) for line in zstandard.open("out/a.items.jsonl.zst", "rt")]
assert len([i for i in items if i["embedder"] == "v"]) == 5
'
that "the XML matches its schema" xmllint --noout --relaxng out/schema/report.rng out/a.xml
that "both say the same" /usr/bin/python3 -c '
import json, xml.etree.ElementTree as ET
report = json.load(open("out/a.json"))
root = ET.parse("out/a.xml").getroot()
rows = root.find("results").findall("result")
assert len(rows) == len(report["results"])
for x, j in zip(rows, report["results"]):
    for key, value in j.items():
        found = x.get(key)
        if value is None:
            assert found is None, key
        elif isinstance(value, str):
            assert found == value, key
        else:
            assert float(found) == value, key
'

# Same request, same figures.
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --out out --name b
that "a second run gives the same rows" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f"out/{n}.json"))["results"] for n in "ab")
assert [r for r in a if r["embedder"] == "v"] == [r for r in b if r["embedder"] == "v"]
'
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --out out --json
that "--json prints the report" /usr/bin/python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/stdout"

# Flags before configuration before environment.
printf '{"suite": "similarity", "dataset": ["pairs.tsv"], "embedder": "toy", "out": "from-config"}' >config.json
expect 0 "$HARNESS" --config config.json
that "the configuration is followed" test -d from-config
expect 0 env HARNESS_OUT=from-environment "$HARNESS" --config config.json --out from-flag
that "flags win" test -d from-flag
that "environment loses" test ! -e from-environment
printf '{"suites": "similarity"}' >config.json
expect 2 "$HARNESS" --config config.json
said err 'config.json:1: "suites": no such option; did you mean "suite"'

# Requests that are wrong: status 2, the reason, nothing written.
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder nonsense --out none
said err 'nonsense'
expect 2 "$HARNESS" --suite nonsense --embedder toy --out none
said err "unknown suite 'nonsense'"
expect 2 "$HARNESS" --suit similarity
said err 'did you mean --suite'
expect 2 "$HARNESS" --suite similarity --dataset missing.tsv --embedder toy --out none
said err 'missing.tsv'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder glove:missing.txt --out none
said err 'missing.txt'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy,nope=1 --out none
said err 'nope'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy,dim=0 --out none
said err 'dim'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --embedder toy --out none
said err 'toy'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --limit -1 --out none
expect 2 "$HARNESS" nonsense
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --set nope=1 --out none
said err '--set nope=1'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --set wsd.k=1 --out none
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --set similarity.case=exact --out out
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --set similarity.case=nonsense --out none
expect 2 "$HARNESS" --suite similarity,similarity --dataset pairs.tsv --embedder toy --out none
said err 'named twice'
: >empty.tsv
expect 2 "$HARNESS" --suite similarity --dataset empty.tsv --embedder toy --out none
said err 'empty.tsv'
{ vectors; printf 'uneven 1 2\n'; } >uneven.txt
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder glove:uneven.txt --out none
said err 'uneven.txt'
printf 'car 1 nan\nauto 1 2\n' >nan.txt
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder glove:nan.txt --out none
said err 'nan.txt'
that "a refused request writes no report" test -z "$(find none -type f 2>/dev/null)"

# One embedder that cannot load does not stop the others; the report says so.
expect 1 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder bad=glove:nan.txt --embedder toy --out mixed --name m
that "the other is complete" /usr/bin/python3 -c '
import json
report = json.load(open("mixed/m.json"))
assert {e["name"]: e["status"] for e in report["embedders"]} == {"bad": "failed", "toy": "ok"}
assert any(r["embedder"] == "toy" for r in report["results"])
assert not any(r["embedder"] == "bad" for r in report["results"])
'

# A folder that cannot be written.
if [ "$(id -u)" != 0 ]; then
  mkdir closed && chmod 500 closed
  expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --out closed/results
fi
: >a-file
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --out a-file
said err 'a-file'

# Help for everybody.
expect 0 "$HARNESS" --help
said out 'harness --suite wsd'
expect 0 "$HARNESS" run --help
said out '--memory-limit BYTES'
expect 0 "$HARNESS" train --help
that "no trainer's options where none is named" sh -c '! grep -q NAME=VALUE "$1"' - "$work/stdout"
expect 0 "$HARNESS" train glove --help
said out '^Options of glove, as NAME=VALUE'
said out '^  window-size=integer .*default 10'
mv "$work/stdout" "$work/named"
expect 0 "$HARNESS" help train glove
that "help train glove says the same" cmp "$work/stdout" "$work/named"
expect 2 "$HARNESS" train toy --help
said err 'plugin toy cannot be trained; those that can: '
expect 2 "$HARNESS" help train nowhere
said err 'no plugin "nowhere"'
expect 0 "$HARNESS" --version
said out '^harness [0-9]'
finish
