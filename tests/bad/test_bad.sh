#!/usr/bin/env bash
# Plugins that crash, hang, eat memory and lie, between two that work: each becomes a row that says so,
# the others' results are complete and the same as without them.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
bad=$HARNESS_BUILD_ROOT/tests/bad
python=/usr/bin/python3
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0:handle_abort=0:handle_sigbus=0 # what crashes here is meant to
cd "$work" || exit 1
pairs >pairs.tsv

run() { # STATUS NAME ARGUMENT…
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name "$name" "$@"
}

# figures NAME: every row of the embedders "first" and "last", and each embedder's status and error
cat >figures.py <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
what = sys.argv[2]
if what == "rows":
    for row in report["results"]:
        if row["embedder"] in ("first", "last"):
            print(json.dumps(row, sort_keys=True))
elif what == "others":
    print(sum(row["embedder"] not in ("first", "last", "baseline") for row in report["results"]))
else:
    for embedder in report["embedders"]:
        print(embedder["name"], embedder["status"], embedder["error"] or "-")
PY
figures() { $python figures.py "out/$1.json" "$2"; }

run 0 good --embedder first=toy,seed=3 --embedder last=toy,dim=9
figures good rows >good.rows
that "there are rows to compare" test "$(wc -l <good.rows)" -ge 4

sins="segfault shrunk_file abort exit exit_in_create fail_in_create no_model no_dimension same_stages says_two_lines fail nan infinity
  past_rows past_end past_status unwritten no_status unknown_not_zero"
embedders=(--plugin-dir "$bad" --embedder first=toy,seed=3)
for sin in $sins; do
  embedders+=(--embedder "$sin")
done
run 1 sins "${embedders[@]}" --embedder last=toy,dim=9
figures sins rows >sins.rows
that "the others' results are complete and the same" cmp good.rows sins.rows
that "no bad plugin has a figure" test "$(figures sins others)" = 0
figures sins status >sins.status
for sin in $sins; do
  that "$sin has a row that is not ok" grep -qE "^$sin (failed|crashed) ." sins.status
done
told() { # NAME PATTERN: the row says so
  that "$1 says $2" grep -qE "^$1 .*$2" sins.status
}
told segfault 'crashed signal 11 \(Segmentation fault\) while suite similarity'
told shrunk_file 'crashed signal 7 .* a file that it had mapped became shorter'
told abort 'crashed signal 6'
told exit 'crashed exit status 0'
told says_two_lines 'failed emb.about/1: name: byte 3 is 0x0A, expected one line'
told exit_in_create 'crashed exit status 7 while loading'
told fail_in_create 'failed model.bin: byte 12: found "GARB", expected "GOOD"'
told nan 'failed suite similarity: .*NaN in float 3 of 8 at stage table of'
told past_rows 'failed .*wrote past its rows'
told unwritten 'failed .*did not write'

expect 3 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name shrunk --in-process --plugin-dir "$bad" \
  --embedder shrunk_file
said err '^error: /memfd:model.*: became shorter while it was in use'

run 1 hang --plugin-dir "$bad" --timeout 3 --embedder first=toy,seed=3 --embedder hang --embedder hang_in_create \
  --embedder last=toy,dim=9
figures hang rows >hang.rows
that "hanging plugins do no harm" cmp good.rows hang.rows
figures hang status >sins.status
told hang 'timeout no sign of life for 3 s'
told hang_in_create 'timeout no sign of life for 3 s .*while loading'

run 1 memory --plugin-dir "$bad" --memory-limit 600M --embedder first=toy,seed=3 --embedder eat_memory \
  --embedder last=toy,dim=9
figures memory rows >memory.rows
that "greedy plugins do no harm" cmp good.rows memory.rows
figures memory status >sins.status
told eat_memory 'failed passed --memory-limit 0.59 GiB'

run 1 abi --plugin-dir "$bad/refused" --embedder first=toy,seed=3 --embedder abi_2 --embedder last=toy,dim=9
figures abi rows >abi.rows
that "a plugin of another ABI does no harm" cmp good.rows abi.rows
figures abi status >sins.status
told abi_2 'failed .*abi_2.so: built for ABI 2, this harness speaks 1'

# Claims: figures are written, the liar is named in the report and on stderr, and the status is 1.
$python - <<'PY'
import os
words = ["bank", "spring", "bat", "crane", "seal"]
os.makedirs("wic/dev", exist_ok=True)
with open("wic/dev/dev.data.txt", "w") as data, open("wic/dev/dev.gold.txt", "w") as gold:
    for i in range(40):
        left, right = "a " * (i % 7), " near it" * (i % 5)
        word = words[i % len(words)]
        data.write(f"{word}\tN\t{i % 7 + 1}-1\tthe {left}{word}{right}\ton {word} number {i}\n")
        gold.write("TF"[i % 2] + "\n")
PY
claims() { # STATUS NAME EMBEDDER…: a wic run; claims of its embedders in claims.txt
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite wic --dataset wic --resamples 20 --out out --name "$name" --plugin-dir "$bad" "$@"
  $python - "out/$name.json" >claims.txt <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
for e in report["embedders"]:
    rows = sum(r["embedder"] == e["name"] for r in report["results"])
    print(e["name"], e["status"], e["claim"], e["claim_words"], e["claim_comparisons"], rows, e["claim_statement"])
PY
}
claims 0 honest --embedder toy
that "a static model's claim is verified, and counted" grep -qE '^toy ok verified [1-9][0-9]* [1-9][0-9]* [1-9]' claims.txt
claims 1 liars --embedder reads_sentence --embedder toy --embedder says_contextual --embedder table_moves \
  --embedder never_moves
that "static, but is not" grep -qE \
  '^reads_sentence failed violated .* claims to be static, but ".*" has two vectors at stage table: in ".*" and in ".*"' claims.txt
that "contextual, but with nothing but a table" grep -qE '^says_contextual failed violated .* none of [0-9]+ words' claims.txt
that "a table that moves" grep -qE '^table_moves failed violated .* rows of its look-up table depend' claims.txt
that "contextual, but never moves" grep -qE '^never_moves failed violated .* none of [0-9]+ words' claims.txt
that "an honest model beside them" grep -qE '^toy ok verified' claims.txt
said err 'reads_sentence: failed: claim violated: claims to be static'
that "their figures stand all the same" test "$(awk '$6 == 0' claims.txt | wc -l)" = 0

# Requests that are wrong: status 2, a message, and nothing written.
wrong() { # PATTERN ARGUMENT…
  local pattern=$1
  shift
  rm -rf none
  expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --out none --name x "$@"
  said err "$pattern"
  that "nothing is written after: $pattern" test -z "$(find none -type f 2>/dev/null)"
}
wrong 'built for ABI 2, this harness speaks 1' --plugin-dir "$bad/refused" --embedder abi_2
wrong 'two plugins have the id "twin": .*/first.so and .*/second.so' --plugin-dir "$bad/duplicate" --embedder twin
wrong 'no plugin "nothing"; there are: ' --embedder nothing:x
wrong 'unknown option "dimm", expected one of dim, seed' --embedder toy,dimm=3
wrong 'option dim: found "0", expected an integer from 1 to 4096' --embedder toy,dim=0
wrong 'plugin toy takes none' --embedder toy:pairs.tsv
wrong 'no such file or folder' --embedder glove:missing.txt
wrong 'two embedders are called "toy"' --embedder toy --embedder toy,dim=3
wrong 'plugin folder: /no/such/folder' --plugin-dir /no/such/folder --embedder toy
wrong 'found "GARB", expected "GOOD"' --plugin-dir "$bad" --embedder fail_in_create
wrong '--stages: found "7", but the model has: table .for static .*--stages table,LIST' --stages 7 --embedder toy

# Ctrl-C: status 130, no report, no worker left behind; what was finished waits for --resume.
interrupt() { # as a terminal would: a shell's background jobs ignore SIGINT unless told otherwise
  setsid --wait $python -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$@" &
  local leader=$!
  for _ in $(seq 100); do
    worker=$(pgrep -f "__worker [0-9]+ [0-9]+ hang-$$\$" | head -1)
    [ -n "$worker" ] && break
    sleep 0.1
  done
  sleep 0.3
  kill -INT "$(ps -o ppid= -p "$worker" | tr -d ' ')"
  wait "$leader"
}
expect 130 interrupt "$HARNESS" --suite similarity --dataset pairs.tsv --out stopped --name x \
  --plugin-dir "$bad" --embedder toy --embedder hang-$$=hang
said err 'interrupted'
that "no report after Ctrl-C" test -z "$(find stopped -type f -not -path 'stopped/x.partial/*' 2>/dev/null)"
that "the finished embedder is kept" test -s stopped/x.partial/journal
that "no worker is left" test ! -d "/proc/$worker"

expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name here --in-process \
  --embedder first=toy,seed=3 --embedder last=toy,dim=9
figures here rows >here.rows
that "in this process or in others, the same figures" cmp good.rows here.rows
finish
