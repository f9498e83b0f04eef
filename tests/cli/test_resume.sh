#!/usr/bin/env bash
# Runs that are cut off, however and whenever, and finished with --resume: the same as never cut.
. "$(dirname "$0")/lib.sh"
same=$(cd "$(dirname "$0")" && pwd)/same_report.py
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt
run() { "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --embedder toy \
  --embedder u=glove:vectors.txt,lowercase=1 --resamples 200 "$@"; }

# The report as it should be, and under the same name an earlier one that must stay whole.
expect 0 run --out whole --name a
that "nothing is left behind" test ! -e whole/a.partial
expect 0 run --out out --name a --limit 3
cp -r out earlier

# Something is in the way: found before work begins.
mkdir -p taken/a.html/x
expect 2 run --out taken --name a
said err 'taken/a\.html: is a folder'
that "nothing is begun" test ! -e taken/a.partial

# A run that has done everything but could not write its report (no file may be as long as the page; the coverage
# data of an instrumented program neither: elsewhere, and without a word).
most=$(($(stat -c %s whole/a.html) / 1024 - 1))
short() { env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'ulimit -f '$most'; exec "$@"' - "$@"; }
expect 3 short "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --embedder toy \
  --embedder u=glove:vectors.txt,lowercase=1 --resamples 200 --out blocked --name a
said err 'a\.html: cannot write: File too large'
said err 'a\.partial: harness --resume --out blocked finishes it'
that "no report is there" test ! -e blocked/a.json
expect 3 short "$HARNESS" --resume --out blocked

# Cut off after and within each record of the journal: as a kill at that moment leaves it.
n=0
for cut in $(/usr/bin/python3 "$same" --cuts blocked/a.partial/journal); do
  mkdir -p out/a.partial
  head -c "$cut" blocked/a.partial/journal >out/a.partial/journal
  echo torn >out/a.partial/a.items.jsonl.zst.tmp-abcdef
  that "the earlier report is whole ($cut)" cmp -s out/a.json earlier/a.json
  expect 0 "$HARNESS" --resume a --out out
  that "cut at $cut: the same report" /usr/bin/python3 "$same" out/a.json whole/a.json
  that "nothing is left behind ($cut)" test ! -e out/a.partial -a -z "$(find out -name '*.tmp-*')"
  rm -r out && cp -r earlier out
  n=$((n + 1))
done
that "cuts were made" test "$n" -ge 12

# What was done is not done again; other options may be repeated if they are the same.
cp -r blocked again
expect 0 run --resume --out again --name a --timeout 100 --format json
that "the report is printed as asked for now" cmp stdout again/a.json
said err '^a: 3 embedders are done|3 embedders are done'
that "the same report" /usr/bin/python3 "$same" again/a.json whole/a.json
cp -r blocked again2
expect 2 run --resume --out again2 --limit 2
said err '--limit: found 2, the interrupted run has not given'
expect 2 run --name a --out again2
said err 'has finished 3 embedders; add --resume'
expect 2 "$HARNESS" --resume b --out again2
said err 'b\.partial/journal: cannot open'
expect 2 "$HARNESS" --resume --out whole
said err 'no interrupted run in whole'

# Data, model: changed ones are named, and nothing is lost by the attempt.
cp pairs.tsv pairs.kept
printf 'sun\tcar\t1\n' >>pairs.tsv
expect 2 "$HARNESS" --resume a --out again2
said err 'pairs\.tsv is not what the interrupted run used'
cp pairs.kept pairs.tsv
cp vectors.txt vectors.kept
printf 'dog 1 2 3\n' >>vectors.txt
expect 2 "$HARNESS" --resume a --out again2
said err 'vectors\.txt is not what the interrupted run used'
cp vectors.kept vectors.txt
printf 'nonsense' >journal.bad
mkdir -p bad/a.partial && cp journal.bad bad/a.partial/journal
expect 2 "$HARNESS" --resume --out bad
said err 'a\.partial/journal: byte 0: found no whole head'
expect 0 "$HARNESS" --resume again2/a.partial
that "the same report" /usr/bin/python3 "$same" again2/a.json whole/a.json

# Killed for real, at whatever moment that is.
slow() { exec "$HARNESS" --suite similarity --dataset pairs.tsv --embedder v=glove:vectors.txt --embedder toy \
  --embedder u=glove:vectors.txt,lowercase=1 --resamples 150000 --out out --name a; }
rm -rf whole out
(slow) >/dev/null 2>&1 && mv out whole
killed=0
for signal in INT TERM KILL KILL; do
  rm -rf out && cp -r earlier out
  (slow) >/dev/null 2>kill.err &
  child=$!
  size=0
  for _ in $(seq 500); do # until the journal has grown once more
    now=$(stat -c %s out/a.partial/journal 2>/dev/null || echo 0)
    [ "$now" -gt "$size" ] && [ "$size" -gt 0 ] && break
    [ "$now" -gt 0 ] && size=$now
    sleep 0.01
  done
  kill -s "$signal" "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  if [ -d out/a.partial ]; then
    killed=$((killed + 1))
    that "SIG$signal: the earlier report is whole" cmp -s out/a.json earlier/a.json
    that "SIG$signal: its items too" cmp -s out/a.items.jsonl.zst earlier/a.items.jsonl.zst
    expect 0 "$HARNESS" --resume --out out
  fi
  that "SIG$signal: the same report" /usr/bin/python3 "$same" out/a.json whole/a.json
done
that "some runs were killed" test "$killed" -ge 2

# A full disk: the file with no room left is named, and when there is room again the run goes on. (The coverage
# data of an instrumented program find no room either: elsewhere, and without a word.)
expect 3 env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'trap "" XFSZ; ulimit -f 2; exec "$@"' - "$HARNESS" --suite similarity --dataset pairs.tsv \
  --embedder toy --out full --name a
said err 'full/a\.partial/.*: cannot write: '
expect 0 "$HARNESS" --resume --out full
that "the report is there" test -s full/a.json

# Two runs of one name at once.
mkdir -p out3/a.partial && cp blocked/a.partial/journal out3/a.partial/
(failures=0; flock 9; expect 2 "$HARNESS" --resume --out out3; said err 'in use by another run'; exit $failures) 9<>out3/a.partial/journal
that "the second run is refused" test $? = 0

# A run says what others left behind, but not of one that goes on.
expect 0 run --out out3 --name b --limit 2
said err '^out3: 1 run was interrupted before \(a\): harness --resume NAME --out out3 finishes it'
(failures=0; flock 9; expect 0 run --out out3 --name b --limit 2; exit $failures) 9<>out3/a.partial/journal
that "one that goes on was not interrupted" sh -c '! grep -q interrupted stderr'
finish
