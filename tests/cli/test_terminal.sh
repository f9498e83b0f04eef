#!/bin/bash
# What files, folders and plugins are called may hold orders to a terminal: none gets there, in no
# command's output for people. ESC and BEL stand for all of them; a right-to-left mark is one, too.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work"
order=$(printf '\033]0;x\007\033[31m\342\200\256')
quoted='\\u001b]0;x\\u0007\\u001b[31m\\u202e'

harmless() { # STATUS SAID COMMAND…: its output has SAID in it, and no order
  expect "$1" "${@:3}"
  that "$3 $4: what was to be there" grep -qF -- "$2" stdout stderr
  that "$3 $4: no order to the terminal" test "$(cat stdout stderr | tr -d -c '\033\007' | wc -c)" = 0
  that "$3 $4: no mark that turns the text" test "$(grep -c "$(printf '\342\200\256')" stdout)" = 0
}

pairs >set.txt
expect 0 "$HARNESS" --suite similarity --dataset set.txt --embedder amber=toy --embedder ochre=toy,dim=8 \
  --resamples 20 --out out --name plain
mkdir "old$order" && for file in plain.json plain.items.jsonl.zst; do
  sed "s/amber/am${quoted}ber/g; s/set\.txt/se${quoted}t.txt/g; s/\"car\"/\"c${quoted}ar\"/g; s/\"cosine\"/\"cos${quoted}ine\"/g; s/method:cosine/method:cos${quoted}ine/g
       s/\"version\": \"/&${quoted}/; s/\"command\": \"/&${quoted}/" <(zstd -dcf out/$file) >"old$order/$file"
done
report=old$order/plain.json
harmless 0 'am?]0;x??[31m?ber' "$HARNESS" report --no-color "$report"
harmless 0 'am?]0;x??[31m???ber' "$HARNESS" compare "$report"
harmless 0 'am?]0;x??[31m???ber' "$HARNESS" history "old$order"
harmless 0 'version' "$HARNESS" cite "$report"
sed "s/\"path\": \"set/&${quoted}/" out/plain.json >moved.json
harmless 2 'data set?]0;x??[31m???.txt: ' "$HARNESS" verify moved.json
harmless 2 'old?]0;x??[31m???/none' "$HARNESS" report "old$order/none.json"
harmless 2 'b?]0;x??[31m???' "$HARNESS" "b$order"
harmless 0 't?]0;x??[31m?o' "$HARNESS" explain sun "the sun" "a sun" --embedder "t${order}o=toy"

mkdir "plugins$order" && cp "$HARNESS_BUILD_ROOT/plugins/toy/toy.so" "plugins$order/t$order.so"
harmless 0 'plugins?]0;x??[31m???/t' "$HARNESS" check --plugin-dir "plugins$order" "plugins$order/t$order.so"

mkdir manifests
printf '{"name":"e","kind":"dataset","title":"t%s","licence":"l%s","downloads":[{"url":"https://x/%s"}],
  "dataset":{"suites":["similarity"],"path":"p.tsv"}}' "$quoted" "$quoted" "$quoted" |
  sed 's/\\\\/\\/g' >manifests/e.json
export HARNESS_DATASETS=$work/manifests
harmless 0 't?]0;x??[31m???' "$HARNESS" list datasets
harmless 0 'l?]0;x??[31m???' "$HARNESS" fetch --list
harmless 1 't?]0;x??[31m???' "$HARNESS" fetch e --tries 1
finish
