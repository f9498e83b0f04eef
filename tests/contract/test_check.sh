#!/usr/bin/env bash
# `harness check` over every plugin that was built, and over every sin: the rules hold, and they bite.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
bad=$HARNESS_BUILD_ROOT/tests/bad
plugins=$HARNESS_BUILD_ROOT/plugins
models=${MODELS:-$HOME/.cache/harness/models}
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0:handle_abort=0 # what crashes here is meant to
cd "$work" || exit 1

# Word vectors of 60 words in the formats of GloVe and of word2vec.
awk 'BEGIN {
  for (w = 0; w < 60; w++) {
    line = sprintf("%c%c%s", 97 + w % 26, 97 + int(w / 26), "ord")
    for (d = 0; d < 12; d++) line = line sprintf(" %.5f", (w * 7919 + d * 104729) % 1999 / 999.5 - 1)
    print line
  }
}' >glove.txt
{ echo "60 12"; cat glove.txt; } >word2vec.txt

keeps() { # PLUGIN.so[:PATH…]: every rule that is tried is kept
  expect 0 "$HARNESS" check "$@"
  that "$1 breaks no rule" grep -qE ' 0 broken' "$work/stdout"
  grep BROKEN "$work/stdout"
}
for path in "$plugins"/*/*.so; do
  name=$(basename "$path" .so)
  case $name in
  glove) keeps "$path:glove.txt,cache=0" ;;
  word2vec) keeps "$path:word2vec.txt,cache=0" ;;
  fasttext) keeps "$path:word2vec.txt,cache=0" ;;
  transformer)
    keeps "$path:$HARNESS_SOURCE_ROOT/datasets/gpt" --model transformer-causal
    if sanitized; then
      echo "MiniLM: in the build without sanitizers"
    elif [ -d "$models/minilm" ]; then
      keeps "$path:$models/minilm" --model transformer
    else
      echo "skipped: transformer, no model in $models/minilm"
    fi
    ;;
  process) ;; # has tests of its own: it needs a program
  known) keeps "$path" --model random ;; # its other model needs a tagged corpus
  *) keeps "$path" ;; # needs nothing
  esac
done

breaks() { # SIN RULE [SECONDS]
  expect 1 "$HARNESS" check --timeout "${3:-120}" "$bad/$1.so"
  said out "^BROKEN +$2"
}
breaks exit_in_create 'create\(\) makes a model: the process ended with status 7'
breaks fail_in_create 'create\(\) makes a model: .*found "GARB", expected "GOOD"'
breaks no_model 'create\(\) makes a model: .* no model'
breaks undeclared_option 'create\(\) makes a model: .*options that the descriptor lacks'
breaks no_dimension 'info\(\).*dim 0'
breaks huge_dimension 'info\(\).*dim 5000000 .* expected 1 to 1048576'
breaks writes_past_info 'info\(\).*wrote byte 24'
breaks same_stages 'stage\(\).*: stages 0 and 1 are both called "table"'
breaks segfault 'rows are written'
breaks nan 'rows are written.*float 3 is -?nan'
breaks past_rows 'rows are written.*wrote past its rows'
breaks past_status 'rows are written.*wrote past its rows'
breaks unwritten 'rows are written.*was not written'
breaks no_status 'rows are written.*no valid word status'
breaks unknown_not_zero 'rows are written.*has status 1'
breaks ignores_stride 'rows are written'
breaks unstable 'equal batches give equal bytes'
breaks reads_sentence "static: a word's vector ignores its sentence"
breaks says_contextual 'contextual: '
breaks any_extension 'unknown extensions are answered NULL'
breaks scores_above_one 'emb.score/1 gives log-probabilities, those of emb.lm/1: piece 0 has the log-prob.* 0.5'
breaks knows_neighbours 'emb.sentence/1 gives sentence vectors: a text has another vector where it stands alone'
breaks sees_too_much 'emb.attention/1 gives shares of one: block 1, head 0: .* add up to 2'
breaks writes_ret 'running out of memory is an error.*wrote ret_model'
breaks leak 'destroy\(\) frees everything: destroy\(\) leaves'
breaks all_zero 'rows are written.*row 0 has status 0, and is all zero'
breaks no_whole_text 'text without words works: a target that is the whole text, without words, has status 1'
breaks reads_beyond 'rows are written.*signal 11 .*the page behind each text cannot be read'
breaks counts_letters 'offsets are bytes: ".*" has another row .* beside words that are not ASCII'
breaks long_context "static: a word's vector ignores its sentence: .* as word [0-9]+ of a long sentence"
breaks shares_scratch 'concurrent: .* 4 threads get different vectors than one'
breaks races 'concurrent: .* 4 threads get different vectors than one'
breaks no_reason 'rows are written.*, and no reason was given'
breaks says_two_lines 'emb.about/1 says lines of text: .* name: byte 3 is 0x0A, expected one line'
breaks misplaces_pieces 'emb.tokens/1 is sound: piece 1 is bytes 0 to [0-9]+, its word 1 bytes'
if sanitized; then
  echo "skipped: malloc's growth, which this allocator does not report"
else
  breaks leaks_malloc 'memory does not grow .* leave about 1[0-9][0-9] bytes'
  breaks leaks_in_embed 'memory does not grow .* leave about'
fi
keeps "$bad/newer_header.so"
said out '^ok +its edition of the contract is known: .* ABI 1\.[0-9]+, this harness has'
keeps "$bad/spells_nothing.so"
breaks hang_in_create 'create\(\) makes a model: did not end within 2 s' 2

printf '#include "%s"\nint helper(void)\n{\n    return 1;\n}\n' "$HARNESS_SOURCE_ROOT/plugins/toy/toy.c" >loud.c
that "a loud plugin builds" ${CC:-cc} -w -shared -fPIC -I"$HARNESS_SOURCE_ROOT/harness/include" loud.c -o loud.so
expect 1 "$HARNESS" check loud.so
said out '^BROKEN +one symbol is exported: emb_plugin_entry_v1 is not the only exported symbol: helper'

expect 2 "$HARNESS" check "$bad/refused/abi_2.so"
said err 'built for ABI 2, this harness speaks 1'
expect 2 "$HARNESS" check missing.so
said err 'missing.so'

# A new plugin builds and passes at once, in every language.
for language in c cpp rust python; do
  expect 0 "$HARNESS" new-plugin --language $language "new-$language"
  said out '^Now: .*harness check '
done
that "make builds it" make -s -C new-c CFLAGS='-O2 -Wall -Wextra -Werror'
keeps new-c/new-c.so
that "make builds it" make -s -C new-cpp CXXFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror'
keeps new-cpp/new-cpp.so
keeps "process-static:new-python/new-python.py,interpreter=/usr/bin/python3"
rustc=$([ -x /usr/bin/rustc ] && echo /usr/bin/rustc || command -v rustc)
if [ -n "$rustc" ]; then
  that "make builds it" make -s -C new-rust RUSTC="$rustc" RUSTFLAGS='-O -D warnings'
  keeps new-rust/new-rust.so
else
  echo "skipped: a plugin in Rust, there is no rustc here"
fi
pairs >pairs.tsv
for name in c cpp rust; do
  [ -f new-$name/new-$name.so ] || continue
  expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name "$name" --plugin-dir new-$name --embedder new-$name
done
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name python \
  --embedder "x=process-static:new-python/new-python.py,options=dim=5,interpreter=/usr/bin/python3"
expect 2 "$HARNESS" new-plugin --language cobol new-cobol
said err 'found --language cobol, expected c, cpp, rust or python'
that "nothing is made for it" test ! -e new-cobol
expect 0 "$HARNESS" new-plugin new-one
expect 2 "$HARNESS" new-plugin new-one
said err 'is there already; nothing was changed'
expect 2 "$HARNESS" new-plugin 'Bad Name'
said err 'found the name "bad name", expected a-z'
finish
