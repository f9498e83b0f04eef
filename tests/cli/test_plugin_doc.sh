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
# A file named on the spot, with and without a name of one's own; a folder of the command line comes first.
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder ./letters.so --embedder mine=./letters.so,weight=3 --out out --name b
that "named by their files" /usr/bin/python3 -c '
import json
embedders = [(e["name"], e["plugin"], e["status"]) for e in json.load(open("out/b.json"))["embedders"]]
assert embedders == [("letters", "letters", "ok"), ("mine", "letters", "ok")], embedders
'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder ./missing.so --out out --name c
said err 'embedder "./missing.so": ./missing.so: cannot be read'
mkdir first second
cp letters.so first
cp letters.so second
expect 0 env HARNESS_PLUGIN_PATH="$PWD/second" "$HARNESS" --suite similarity --dataset pairs.tsv --plugin-dir first --embedder letters \
  --out out --name d
said err 'plugin letters of .*/first/letters.so is used, not that of .*/second/letters.so'
cp letters.so first/again.so
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --plugin-dir first --embedder letters --out out --name e
said err 'two plugins have the id "letters"'
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --plugin-dir first --embedder ./first/again.so --out out --name f
finish
