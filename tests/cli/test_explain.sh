#!/usr/bin/env bash
# explain: one vector at the table, no weight changed; attention, expectations and the page; errors that
# say what is wrong.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
check() { /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/cli/check_explain.py" "$@"; }
export LC_ALL=C

expect 0 "$HARNESS" explain bank "the river bank" "the financial Bank." --embedder toy --json
that "one word, one vector" /usr/bin/python3 -c '
import json, sys
(e,) = json.load(open(sys.argv[1]))
assert e["stages"][0]["stage"] == "table"
' "$work/stdout"
expect 2 "$HARNESS" explain bank "the riverbank" --embedder toy
said err "does not occur in"
expect 2 "$HARNESS" explain bank --embedder toy
said err 'at least one sentence'
expect 2 "$HARNESS" explain bank "a bank" --pos thing --embedder toy
said err "expected noun"
expect 2 "$HARNESS" explain bank "a bank" --top 0 --embedder toy
said err "--top: found 0"
expect 2 "$HARNESS" explain bank "a bank" --json --html - --embedder toy
said err "name a file"
expect 2 "$HARNESS" explain bank "a [bank], a [bank]" --embedder toy
said err "found 2 marked words"
expect 2 "$HARNESS" explain bank "a [shore]" --embedder toy
said err "is found where it is marked, as \[bank\]"

# by hand: where the target stands, what two vectors are to each other
printf 'bank 2 0 0\nbanks 0.3 0.4 0\n' >words.txt
words="words=glove:words.txt,cache=0"
expect 0 "$HARNESS" explain bank "Banks [bank] [sic] at the bank" "two river [banks]" "THE BANK" "a bank, a bank" --embedder "$words" --json
that "words by hand" check words stdout
said err "contains 'bank' 2 times: the first is taken"
expect 0 "$HARNESS" explain shore "a shore" "the [shores]" --embedder "$words"
said out "does not know the word"
expect 0 "$HARNESS" explain qqbank "a qqbank" --embedder "$words"
said out "0 senses in WordNet"

# a decoder: what it looks at, what it expects
golden=$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt
if "$HARNESS" list 2>/dev/null | grep -q transformer-causal; then
  gpt="gpt=transformer-causal:$golden"
  expect 0 "$HARNESS" predict "She looked at the door of the house." --word door --embedder "$gpt" --json --top 7
  mv stdout predicted
  expect 0 "$HARNESS" explain door "She looked at the [door] of the house." --embedder "$gpt" --json --top 7
  that "attention and expectations of a decoder" check attention stdout predicted
  expect 0 "$HARNESS" explain door "She looked at the door." "No door was open; <script>window.harmed=1</script>" \
    "A door" --embedder "$gpt" --embedder "$words" --html page.html
  that "80 columns of ASCII" check terminal stdout 80 ascii
  that "a page" check page page.html
  said out 'Attention of the word in 1'
  said out 'Expected after "door" alone'
  said out 'No weight changed: sha256 [0-9a-f]{16}\.\.\. before and after'
  expect 0 env LC_ALL=C.UTF-8 COLUMNS=80 "$HARNESS" explain door "She looked at the door." "A door" --embedder "$gpt"
  that "80 columns" check terminal stdout 80 utf8
  expect 0 env COLUMNS=70 "$HARNESS" explain door "She looked at the door." "A door" --embedder "$gpt"
  that "70 columns" check terminal stdout 70 ascii
  expect 0 "$HARNESS" explain door "She looked at the door." "A door" --embedder "$gpt" --html -
  that "the page alone on standard output" grep -q '^<!DOCTYPE html>' stdout
  that "colours where there are some" check colours "$HARNESS" explain door "a door" --embedder "$words"
  expect 0 "$HARNESS" explain door "She looked at the door." "A door" --embedder "$gpt" --at 1 --json
  that "the stage asked for" grep -q '"shown_stage": "1"' stdout
  expect 2 "$HARNESS" explain door "She looked at the door." "A door" --embedder "$gpt" --at 7
  said err "--at: gpt has no stage '7', expected one of table"
  expect 0 "$HARNESS" explain door "She looked at the door of the house." --embedder "$gpt,context=left" --json
  that "shown what the context leaves" grep -q '"text": "She looked at the door"' stdout
  expect 2 "$HARNESS" explain door "a door" --embedder "$words" --html no/such/folder.html
  said err "no/such/folder.html"
fi

model=${MODELS}/minilm
if sanitized; then
  echo "real models: in the build without sanitizers"
elif [ -e "$model/config.json" ]; then
  glove=()
  [ -e "${MODELS}/glove/vectors.txt" ] && glove=(--embedder "glove=glove:${MODELS}/glove/vectors.txt")
  expect 0 "$HARNESS" explain bank "They moored the boat along the muddy bank." "The bank refused to lend us the money." \
    --embedder "minilm=transformer:$model" "${glove[@]}" --json
  that "the table is blind, the blocks are not" check minilm stdout
else
  echo "not tested: $model is not there"
fi
finish
