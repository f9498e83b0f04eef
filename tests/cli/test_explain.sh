#!/usr/bin/env bash
# explain: one vector at the table, no weight changed, errors that say what is wrong.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
expect 0 "$HARNESS" explain bank "the river bank" "the financial Bank." --embedder toy --json
that "one word, one vector" /usr/bin/python3 -c '
import json, sys
(e,) = json.load(open(sys.argv[1]))
assert e["stages"][0]["stage"] == "table"
' "$work/stdout"
expect 2 "$HARNESS" explain bank "the riverbank" --embedder toy
said err "does not stand in"
expect 2 "$HARNESS" explain bank --embedder toy
said err 'at least one sentence'
expect 2 "$HARNESS" explain bank "a bank" --pos thing --embedder toy
said err "expected noun"
model=${MODELS}/minilm
if [ -e "$model/config.json" ]; then
  expect 0 "$HARNESS" explain bank "the river bank" "the financial bank" --embedder "minilm=transformer:$model" --json
  that "the table is blind, the blocks are not" /usr/bin/python3 -c '
import json, sys
(e,) = json.load(open(sys.argv[1]))
stages = {s["stage"]: s for s in e["stages"]}
assert abs(stages["table"]["cosines"][0][1] - 1) < 1e-6
assert stages["6"]["cosines"][0][1] < 0.9
senses = [s["sense"] for s in stages["6"]["senses"]]
assert senses[0] == "bank%1:17:01::" and senses[1] != senses[0], senses
assert all(s["ties"] == 10 for s in stages["table"]["senses"])
assert e["weights_sha256_before"] == e["weights_sha256_after"]
' "$work/stdout"
else
  echo "not tested: $model is not there"
fi
finish
