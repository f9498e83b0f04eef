#!/usr/bin/env bash
# embed, neighbours, similarity and analogy: vectors in files that NumPy reads, and what lies near what.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
check() { /usr/bin/python3 "$HARNESS_SOURCE_ROOT/tests/cli/check_look.py" "$@"; }
export LC_ALL=C.UTF-8

{ vectors; printf 'twin 2 0 0.2\nzero 0 0 0\n'; } >words.txt
words="words=glove:words.txt,cache=0"

# embed: every word of a text, as far as it has a vector
printf '\xEF\xBB\xBFThe [car] Tree.\r\n\n[Größe] [sun] 12\n' >text.txt
sed 's/\[//; s/\]//' text.txt | sed 's/The/---/; s/\[//; s/\]//' | gzip >packed.gz
expect 0 "$HARNESS" embed packed.gz --embedder "$words" -o rows.npy --json
that "rows" check rows rows.npy rows.words.tsv words.txt
that "counts" grep -q '"oov": 1' stdout
expect 0 sh -c '"$0" embed text.txt --targets --embedder "$1" -o - --format vec <text.txt >marked.vec' "$HARNESS" "$words"
said err 'standard output: 3 words of 3 texts'
said err '^ +1 not in the vocabulary \(zero vectors\): Größe$'
that "marked words" check vec marked.vec words.txt
printf 'a\tbank\tn\t1\tThe bank pays\tmoney\nb\tbank\tn\t0\tbank of the banks\triver\nc\tbank\tn\t3\tbank of the banks\tmoney river\n' >own.tsv
expect 0 "$HARNESS" embed --dataset own.tsv --targets --embedder toy -o sets.npz
that "instances" check sets sets.npz
expect 0 "$HARNESS" embed "a b" --embedder toy -o /dev/null --format npy
that "no table beside a device" test ! -e /dev/null.words.tsv

# a file whose lines may be LABEL<TAB>TEXT or not says nothing of it: the request must
printf '\nred\tcar tree\nblue\tsun\n' >labelled.txt
expect 2 "$HARNESS" embed labelled.txt --embedder "$words" -o x.npz
said err 'labelled.txt: line 2: found a tab.*--lines label.*--lines text'
expect 2 "$HARNESS" neighbours car --in labelled.txt --embedder "$words"
said err 'labelled.txt: line 2: found a tab'
expect 0 "$HARNESS" embed labelled.txt --lines label --embedder "$words" -o - --format tsv
that "labels" test "$(cut -f1,2,5,6 stdout | tr '\t\n' '=,')" = 'sentence=begin=word=label,2=0=car=red,2=4=tree=red,3=0=sun=blue,'
expect 0 "$HARNESS" embed labelled.txt --lines text --embedder "$words" -o - --format tsv
that "words before tabs" test "$(cut -f1,2,5 stdout | tr '\t\n' '=,')" = 'sentence=begin=word,2=0=red,2=4=car,2=8=tree,3=0=blue,3=5=sun,'
printf 'car tree\nblue\tsun\n' >stray.txt
expect 0 "$HARNESS" embed stray.txt --embedder "$words" -o - --format tsv
that "a line without a tab first: lines are texts" test "$(cut -f5 stdout | tr '\n' ,)" = word,car,tree,blue,sun,
expect 2 "$HARNESS" embed stray.txt --lines label --embedder "$words" -o x.npz
said err 'stray.txt: line 1: found no tab, expected LABEL<TAB>TEXT'
expect 2 "$HARNESS" embed labelled.txt --text --lines label --embedder "$words" -o x.npz
said err 'embed: found --lines, which says what lines of a text file are, and no such file: --text takes'
expect 2 "$HARNESS" project the own.tsv --embedder toy --tsv -
said err 'own.tsv: line 1: found 5 tabs, expected LABEL<TAB>TEXT'
mkdir word && printf '1\ta car\n' >word/test.data.txt && echo '{}' >word/classes_map.txt
expect 2 "$HARNESS" embed word/test.data.txt --lines label --embedder toy -o x.npz
said err 'sentences of CoarseWSD-20.*expected --dataset word'

# ... requests that are wrong, and leave nothing behind
expect 2 "$HARNESS" embed corpus.txt --embedder toy -o x.npy
said err 'corpus.txt: there is no such file'
expect 2 "$HARNESS" embed "a b" --embedder toy -o x.bin
said err 'expected a name that ends in .npy'
expect 2 "$HARNESS" embed "..." --embedder toy -o x.npy
said err 'found no word in 1 text'
printf 'fine\nbad \xff\n' >bad.txt
expect 2 "$HARNESS" embed bad.txt --embedder toy -o x.npz
said err 'bad.txt: line 2: byte 5: found bytes that are no UTF-8'
that "nothing is left behind" sh -c '! ls | grep -q "^x\."'

# neighbours, analogy, similarity of a table of words
expect 0 "$HARNESS" neighbours car TREE twin xyzzy --embedder "$words" --top 4 --json
that "neighbours" check neighbours stdout words.txt
expect 1 "$HARNESS" neighbours xyzzy --embedder "$words"
said out 'xyzzy: not in the vocabulary \(oov\)'
expect 0 "$HARNESS" analogy car auto boy --embedder "$words" --top 3 --json
that "an analogy" check analogy stdout words.txt
printf ': x\ncar auto boy lad\n' >questions.txt
cp stdout answers
expect 0 "$HARNESS" --suite analogy --dataset questions.txt --embedder "$words" --out out --name suite
that "the suite's answer" /usr/bin/python3 -c '
import json, zstandard
(e,) = json.load(open("answers"))
(i,) = [i for i in map(json.loads, zstandard.open("out/suite.items.jsonl.zst", "rt")) if i.get("method") == "3cosadd"]
assert (i["answer"], i["score"]) == (e["answers"][0]["word"], e["answers"][0]["score"]), (i, e)
'
expect 0 "$HARNESS" similarity Car auto --embedder "$words" --json
that "a similarity" check similarity stdout words.txt
expect 0 "$HARNESS" similarity "zzyx car of qwrt" "car tree" --embedder "$words"
said out '^ +zzyx car of qwrt: 3 of 4 words have no vector and are left out: zzyx, of, qwrt \(partly\)$'
expect 0 "$HARNESS" similarity "zzyx car" "car" --as sentences --embedder "$words" --json
that "what is left out" /usr/bin/python3 -c 'import json; assert [t["without_vector"] for t in json.load(open("stdout"))[0]["texts"]] == [["zzyx"], []]'
printf 'a car zzyx\n' >places.txt
expect 0 "$HARNESS" neighbours car --in places.txt --embedder "$words"
said out '2 places have no vector and are left out: a, zzyx'
expect 2 "$HARNESS" neighbours "the [car]" --embedder "$words"
said err 'expected --in FILE'
expect 2 "$HARNESS" neighbours car --in - --embedder "$words" --embedder toy <words.txt
said err 'standard input can be read once'
expect 2 "$HARNESS" similarity car auto --embedder mine=words.txt
said err 'no plugin "words.txt", but a file: expected the plugin that reads it in front, PLUGIN:words.txt; there are: '
expect 2 "$HARNESS" similarity "a [car]" "no mark" --as targets --embedder "$words"
said err '"no mark" marks 0 words'

# a transformer: all stages, its table of pieces, places of a text
if "$HARNESS" list 2>/dev/null | grep -q transformer-causal; then
  golden=$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt
  gpt="gpt=transformer-causal:$golden"
  expect 0 "$HARNESS" embed "It is [the] man" "He [said] that [the] man would" --targets --embedder "$gpt" -o gpt.npz
  that "rows of the table" check gpt gpt.npz "$golden"
  for format in npy npz tsv; do
    expect 0 "$HARNESS" embed "He said that." "Who were they?" --embedder "$gpt" --stages blocks -o "three.$format"
  done
  that "one request, three formats" check same three.npy three.npz three.tsv
  expect 2 "$HARNESS" embed "a b" --embedder "$gpt" -o x.vec
  said err 'choose one of the [0-9]+ stages'
  expect 0 "$HARNESS" neighbours the thethe --embedder "$gpt" --top 4 --json
  that "pieces" check pieces stdout "$golden"
  printf 'He said that the man would.\n\nWho were they? The man said this.\n' >text.txt
  expect 0 "$HARNESS" embed text.txt --embedder "$gpt" -o places.npz
  expect 0 "$HARNESS" embed "that [man] said" --targets --embedder "$gpt" -o asked.npz
  expect 0 "$HARNESS" neighbours "that [man] said" --in text.txt --embedder "$gpt" --stages table,1,2 --top 3 --json
  that "places" check places stdout places.npz asked.npz
  # ... and a plane for each
  printf 'a\tHe said The man.\na\tWho were [they] of the men?\n\nb\tthe man would <i>\nof the men\nb\tnothing\n' >senses.txt
  printf 'He said [The] man.\nWho were [they] of the men?\n[the] man would <i>\nof [the] men\n' >marked.txt
  expect 0 "$HARNESS" embed marked.txt --targets --embedder "$gpt" -o marked.npz
  expect 0 "$HARNESS" project the senses.txt --embedder "$gpt" --embedder toy --tsv plane.tsv -o plane.html
  said out '^gpt: 4 occurrences of the in 6 texts, 3 senses, [0-9]+ stages'
  that "places on a plane" check plane plane.tsv marked.npz plane.html
fi
expect 2 "$HARNESS" project bank "the bank" "a bank" --embedder toy --tsv -
said err 'found 2 occurrences of "bank" with a vector in 2 texts, expected at least 3'
expect 0 "$HARNESS" project bank --dataset own.tsv --embedder toy --tsv -
that "instances of a data set, by their labels" test "$(cut -f3,4 stdout | sort -u | tr '\t\n' '=,')" = 'money=a,money river=c,river=b,sense=id,'
expect 2 "$HARNESS" project bank "the bank" --embedder toy
said err 'expected -o FILE'

model=${MODELS}/minilm
if sanitized; then
  echo "real models: in the build without sanitizers"
elif [ -e "$model/config.json" ]; then
  expect 0 "$HARNESS" embed "He sat on the river [bank]." "She went to the [bank] for money, unbelievably." --targets \
    --embedder "minilm=transformer:$model" --stages '*' -o minilm.npy
  that "every stage of MiniLM" check minilm minilm.npy "$HARNESS_SOURCE_ROOT/tests/golden/transformer/minilm/expected.f32"
else
  echo "not tested: $model is not there"
fi
finish
