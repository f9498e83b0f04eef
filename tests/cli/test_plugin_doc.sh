#!/usr/bin/env bash
# The code in PLUGIN.md compiles without a warning, keeps the contract, and runs.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
awk '/^<!-- file: letters.c -->/ { found = 1; next }
     found && /^```c/ { inside = 1; next }
     inside && /^```/ { exit }
     inside' "$HARNESS_SOURCE_ROOT/harness/doc/PLUGIN.md" >letters.c
that "the document holds a plugin" test -s letters.c
expect 0 cc -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
  -I"$HARNESS_SOURCE_ROOT/harness/include" letters.c -o letters.so
expect 0 "$HARNESS" check ./letters.so
pairs >pairs.tsv
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --plugin-dir . --embedder letters --embedder heavy=letters,weight=2 --out out --name a
that "a weight changes no cosine" /usr/bin/python3 -c '
import json
rows = json.load(open("out/a.json"))["results"]
value = {r["embedder"]: r["value"] for r in rows if r["metric"] == "spearman" and r["policy"] == "skip"}
assert value["letters"] == value["heavy"], value
'
finish
