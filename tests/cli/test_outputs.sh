#!/usr/bin/env bash
# Outputs: through links, devices and FIFOs, never in their place; what cannot be written is found before work
# begins; what killed processes left is cleared away; full disks are the machine's fault.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt
for _ in $(seq 50); do echo "the boy and the lad saw the sun and the moon by the tree"; done >corpus.txt
run() { "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --resamples 0 "$@"; }
expect 0 run --out r --name a
"$HARNESS" report r/a.json --format csv >a.csv

# A link stays, and what it leads to is written; one that leads nowhere yet, too.
echo before >real
ln -s real link
ln -s link further
ln -s new dangling
for to in further dangling; do
  expect 0 "$HARNESS" report r/a.json --format csv -o $to
  that "$to is a link still" test -L $to
done
that "what the links lead to is written" cmp a.csv real
that "what was not there is made" cmp a.csv new

# FIFOs and devices get the bytes (nodes of our own: never the machine's).
mkfifo fifo
(timeout 60 cat fifo >through) &
expect 0 "$HARNESS" report r/a.json --format csv -o fifo
wait
that "the FIFO is one still" test -p fifo
that "its reader has all" cmp a.csv through
# None is waited for where a file is expected to be read.
expect 2 timeout 60 "$HARNESS" report fifo
said err 'fifo: is a FIFO, expected a file'
expect 2 timeout 60 "$HARNESS" convert fifo none.vec --from glove
said err 'fifo: not a regular file'
mkdir disk && ln -s "$work/real" disk/a.json
(timeout 60 cat fifo >through) &
expect 0 run --out disk --name a --junit fifo
wait
that "JUnit through a FIFO" grep -q '<testsuites' through
that "a report's link stays" test -L disk/a.json
that "and leads to the report" grep -q harness-report/2 real
(timeout 60 cat fifo >through) &
expect 0 "$HARNESS" train word2vec corpus.txt -o fifo size=5 min-count=1 iter=1
wait
that "a model through a FIFO" test -s through -a -p fifo
if mknod null c 1 3 2>/dev/null && : >null; then
  expect 0 "$HARNESS" report r/a.json --format csv -o null
  expect 0 "$HARNESS" convert vectors.txt null --from glove --format glove
  that "the device is one still" test -c null
fi
for to in /dev/stdout /dev/fd/1; do
  expect 0 "$HARNESS" convert vectors.txt $to --from glove --format glove
  said err "$to: 7 words of 3 dimensions"
  that "$to is nothing but the vectors" test "$(wc -l <stdout) $(head -1 stdout)" = "7 car 1 0 0.1"
done

# Nothing is begun that cannot be ended.
mkdir -p taken/a.json taken2 taken3
touch taken2/a.keys taken3/schema
expect 2 run --out taken --name a
said err 'taken/a\.json: is a folder'
expect 2 run --out taken2 --name a
said err 'taken2/a\.keys: is there, and is not a folder'
expect 2 run --out taken3 --name a
said err 'taken3/schema: is there, and is not a folder'
expect 2 run --out t4 --name a --junit taken
said err '--junit: taken: is a folder'
expect 2 run --out t4 --name a --junit no/such/folder.xml
said err 'there is no folder no/such'
expect 2 run --out t4 --name a --junit ''
said err 'found an empty path'
expect 2 run --out '' --name a
said err '--out: found an empty path'
expect 2 run --out t4 --name $'a\033[31m'
said err '--name: found control characters'
that "nothing was begun" test ! -e t4 -a ! -e taken/a.partial -a ! -e taken2/a.partial
expect 2 "$HARNESS" report r/a.json -o ''
expect 2 "$HARNESS" report r/a.json --format csv -o taken
expect 2 "$HARNESS" compare r/a.json r/a.json --output ''
expect 2 "$HARNESS" compare r/a.json r/a.json -o ''
expect 0 "$HARNESS" compare r/a.json r/a.json -o compared.txt
that "-o of compare is --output" test -s compared.txt
expect 2 "$HARNESS" rescore --dataset none --out taken --name a keys
said err 'taken/a\.json: is a folder'
expect 2 "$HARNESS" convert vectors.txt ''
expect 2 "$HARNESS" train word2vec corpus.txt -o ''
expect 2 "$HARNESS" train word2vec corpus.txt -o taken/a
said err 'taken/a\.json: is a folder'
expect 2 "$HARNESS" train word2vec corpus.txt -o m --checkpoint taken
said err '--checkpoint: taken: is a folder'
expect 2 "$HARNESS" explain car "a car" "the car" --embedder toy --html taken
expect 2 "$HARNESS" report $'r/\033[31mno.json'
that "no escape sequence reaches the terminal" test "$(grep -c $'\033' stderr)" = 0

# What a killed process left is cleared away by the next; what another is writing is not.
echo half >out.txt.tmp-Abc123
echo whole >out.txt.tmp-other-name
echo busy >out.txt.tmp-Def456
exec 9<out.txt.tmp-Def456
flock 9
expect 0 "$HARNESS" convert vectors.txt out.txt --from glove
exec 9<&-
that "only what nobody writes is cleared away" test "$(echo out.txt.tmp-*)" = "out.txt.tmp-Def456 out.txt.tmp-other-name"
echo half >m.bin.tmp-Abc123
echo half >m.bin.json.tmp-Abc123
mkdir m.bin.checkpoint.tmp-Abc123 # a folder, as trainers of transformers make
expect 0 "$HARNESS" train word2vec corpus.txt -o m.bin size=5 min-count=1 iter=1
that "train clears away too" test -z "$(ls | grep m.bin.*tmp)"

# A full disk, as a limit on files: the machine's fault, and the file is named.
full() { # KIB COMMAND…
  env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'ulimit -f '"$1"'; shift; exec "$@"' - "$@"
}
expect 3 full 8 "$HARNESS" train word2vec corpus.txt -o full.bin size=4000 min-count=1 iter=1
said err 'full\.bin'
that "no half model" test ! -e full.bin
expect 3 full 1 "$HARNESS" report r/a.json -o full.xml --no-items
said err 'full\.xml: cannot write: File too large'

# The parent has no need of BLAS and its threads, nor of much memory.
case $HARNESS_BUILD_ROOT in
*sanitize*) ;;
*)
  expect 0 timeout 100 bash -c 'ulimit -v 600000; exec "$@"' - "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy \
    --resamples 0 --out limited
  ;;
esac
finish
