#!/usr/bin/env bash
# From text to vectors and from one vector format to another, through the plugins' own tables.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
cd "$work" || exit 1

# 4000 lines of a small language: words of one topic stand together.
awk 'BEGIN {
  srand(7)
  for (line = 0; line < 4000; line++) {
    topic = int(rand() * 5); text = ""
    for (w = 0; w < 12; w++) text = text sprintf("%c%s ", 97 + topic, substr("onetwosixten", 1 + 3 * int(rand() * 4), 3))
    print text
  }
}' >text.txt
gzip -k text.txt
mkdir folder
head -2000 text.txt >folder/a.txt
tail -n +2001 text.txt >folder/b.txt

for trainer in word2vec glove; do
  size=$([ $trainer = glove ] && echo vector-size=16 iter=3 || echo size=16 iter=2)
  # shellcheck disable=SC2086
  expect 0 "$HARNESS" train $trainer text.txt -o $trainer.1 --threads 1 --seed 3 $size
  said out "$trainer.1: 20 words of 16 dimensions from 48.0 k running words"
  # shellcheck disable=SC2086
  for corpus in text.txt.gz folder -; do
    rm -f $trainer.2
    expect 0 "$HARNESS" train $trainer $corpus -o $trainer.2 --threads 1 --seed 3 $size <text.txt
    that "$trainer: $corpus gives the same model" cmp $trainer.1 $trainer.2
  done
  expect 0 "$HARNESS" check "$trainer:$trainer.1,cache=0"
done

refused() { # PATTERN ARGUMENT…
  local pattern=$1
  shift
  expect 2 "$HARNESS" train "$@"
  said err "$pattern"
}
refused 'expected PLUGIN CORPUS… -o FILE' word2vec text.txt
refused 'plugin toy cannot be trained; those that can: .*word2vec' toy text.txt -o x
refused 'no plugin "nothing"' nothing text.txt -o x
refused 'unknown option "widow"' word2vec text.txt -o x widow=3
refused 'option window: found "0", expected an integer from 1' word2vec text.txt -o x window=0
refused '^error: word2vec: negative=0 and hs=0: nothing' word2vec text.txt -o x negative=0 # its name once
refused 'corpus: missing.txt: no such file' word2vec missing.txt -o x
refused 'there is no folder nowhere' word2vec text.txt -o nowhere/x
refused 'there is no checkpoint x.checkpoint' word2vec text.txt -o x --resume
refused '--threads: found .many., expected' word2vec text.txt -o x --threads many
that "nothing half-written" test ! -e x

# Interrupted and resumed: --resume needs the checkpoint and uses it up.
# Interrupted while it trains, however long a loaded machine takes to get there; in the foreground, where SIGINT is not ignored.
: >stopped
(for _ in $(seq 1200); do grep -q 'epoch [0-9]' stopped && break; sleep 0.05; done; kill -INT "$(cat pid)") &
sh -c 'echo $$ >pid; exec "$@"' - "$HARNESS" train word2vec text.txt -o long.bin --threads 1 size=16 iter=100000 >/dev/null 2>stopped
wait
that "Ctrl-C tells how to go on" grep -q 'interrupted; the state is in long.bin.checkpoint' stopped
that "Ctrl-C leaves a checkpoint and no model" test -s long.bin.checkpoint -a ! -e long.bin

# GloVe text → word2vec binary → word2vec text → GloVe text: the same numbers, so the same text.
vectors >hand.txt
expect 0 "$HARNESS" convert hand.txt a.txt --set cache=0
expect 0 "$HARNESS" convert a.txt b.bin --set cache=0
said out 'b.bin: 7 words of 3 dimensions'
expect 0 "$HARNESS" convert b.bin c.vec --set cache=0
that "a header" test "$(head -1 c.vec)" = "7 3"
expect 0 "$HARNESS" convert c.vec d.txt --set cache=0
that "there and back again" cmp a.txt d.txt
expect 0 "$HARNESS" convert hand.txt e --format word2vec --set limit=2 --set cache=0
that "a limit" test "$(head -1 e)" = "2 3"
expect 2 "$HARNESS" convert hand.txt f.xyz
said err 'f.xyz: its ending names no format'
expect 2 "$HARNESS" convert hand.txt f --format gold
said err "found 'gold', expected glove, word2vec or word2vec-binary"
expect 2 "$HARNESS" convert missing f.txt
expect 2 "$HARNESS" convert text.txt f.txt --set cache=0
that "nothing half-written" test ! -e f.txt
finish
