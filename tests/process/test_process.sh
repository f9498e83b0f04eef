#!/usr/bin/env bash
# Programs as embedders, from the outside: the main path, and what the report says of them.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
programs=$HARNESS_SOURCE_ROOT/tests/process/programs
python=/usr/bin/python3 # another may come first on PATH, without numpy
cd "$work" || exit 1
pairs >pairs.tsv
cp "$programs"/*.py .
cp blocks.py causal.py

keeps() { # EMBEDDER: every rule that is tried is kept
  expect 0 "$HARNESS" check "$1,interpreter=$python"
  that "$1 breaks no rule" grep -qE ' 0 broken' "$work/stdout"
  grep BROKEN "$work/stdout"
}
keeps process-static:words.py
said out '^ok +emb.vocab/1 agrees'
said out '^ok +emb.weights/1 shows'
keeps process:blocks.py
for rule in emb.tokens/1 emb.weights/1 emb.lm/1 emb.score/1 emb.attention/1 contextual table; do
  said out "^ok +$rule"
done
keeps process-causal:causal.py
said out '^ok +causal'

run() { # STATUS NAME ARGUMENT…
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name "$name" "$@"
}
run 0 a --embedder "words=process-static:words.py,interpreter=$python" \
  --embedder "big=process-static,command=exec $python words.py,options=scale=3,device=cpu" \
  --embedder "blocks=process:blocks.py,interpreter=$python" --embedder toy
said err 'words: program: Forty words 1.2; nobody'
said err 'words: noise on standard output'
cat >look.py <<'PY'
import json, sys
report = json.load(open("out/a.json"))
by_name = {e["name"]: e for e in report["embedders"]}
for name in ("words", "big", "blocks", "toy"):
    assert by_name[name]["status"] == "ok", by_name[name]
words = by_name["words"]
assert words["dim"] == 8 and words["weights_sha256_before"] == words["weights_sha256_after"] is not None, words
assert words["weights_sha256_before"] != by_name["big"]["weights_sha256_before"]
value = {r["embedder"]: r["value"] for r in report["results"]
         if r["metric"] == "spearman" and r["policy"] == "skip"}
assert value["words"] == value["big"], value  # a scale changes no cosine
told = [words["model_name"], words["model_version"], words["model_citation"]]
assert told == ["Forty words", "1.2", "nobody (2026). Nothing."], told
assert by_name["blocks"]["model_name"] == "Blocks" and by_name["blocks"]["model_citation"] is None
assert by_name["toy"]["model_name"] is None
for path in ("out/a.xml", "out/a.html"):
    text = open(path).read()
    assert all(line in text for line in told), path
stages = {r["stage"] for r in report["results"] if r["embedder"] == "blocks"}
assert {"table", "input", "1.attention", "1"} <= stages, stages
PY
that "the report tells what the programs said" $python look.py

# Requests that are wrong.
wrong() { # PATTERN EMBEDDER
  expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --out none --name x --embedder "$2"
  said err "$1"
}
wrong "the program's kind is static, not contextual: use the plugin process-static" "process:words.py,interpreter=$python"
wrong "the program's kind is causal, not contextual: use the plugin process-causal" "process:causal.py,interpreter=$python"
wrong 'unknown option "scal", expected one of: device, scale' "process-static:words.py,interpreter=$python,options=scal=3"
wrong 'expected one of python=FILE.py and command=PROGRAM, found neither' process
wrong 'expected one of python=FILE.py and command=PROGRAM, found both' 'process:words.py,command=x'
wrong 'options: found "scale", expected name=value' "process-static:words.py,options=scale"
wrong 'no such file or folder' process:missing.py
run 1 gone --embedder 'gone=process,command=no-such-program --x' --embedder toy
said err 'gone: failed: the program has ended: exit status 127; its last lines:'
said err 'no-such-program: not found'

# A program without a harness says what it is.
expect 1 env PYTHONPATH="$HARNESS_BUILD_ROOT/plugins/process" $python words.py
said err 'words.py is an embedder: the harness starts it'
said err 'mine=process-static:words.py'
finish
