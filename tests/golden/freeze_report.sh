#!/usr/bin/env bash
# freeze_report.sh BUILD: a small report of the present version into report/frozen/, for later versions to read. Once a version: an
# existing one is kept, since what it is there for is to stay as it was. Facts of the machine are made up.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
. "$source/tests/cli/lib.sh"
version=$(sed -n 's/^#define REPORT_SCHEMA "harness-report\/\(.*\)"/\1/p' "$source/harness/src/report/write.h")
name=harness-report-$version frozen=$source/tests/golden/report/frozen
if [ -e "$frozen/$name.json" ]; then
  echo "$frozen/$name.json is there already" >&2
  exit 2
fi
export HARNESS_SOURCE_ROOT=$source
small_wordnet
cd "$work"
pairs >pairs.tsv
vectors >vectors.txt
sed '1d; $a uneven 1 2' vectors.txt >uneven.txt
cp -r "$source/tests/golden/tiny-gpt" tiny-gpt
mkdir set
printf '<corpus lang="en"><text id="d0"><sentence id="d0.s0"><wf lemma="the" pos="DET">The</wf><instance id="d0.s0.t0" lemma="river" pos="NOUN">river</instance><instance id="d0.s0.t1" lemma="bank" pos="NOUN">bank</instance><instance id="d0.s0.t2" lemma="run" pos="VERB">runs</instance></sentence></text></corpus>\n' >set/set.data.xml
printf 'd0.s0.t0 river%%1:17:00::\nd0.s0.t1 bank%%1:17:01::\nd0.s0.t2 run%%2:38:04:: run%%2:38:00::\n' >set/set.gold.key.txt
HARNESS_PLUGIN_PATH=$build/plugins "$build/harness/src/commands/harness" --suite similarity,wsd --dataset similarity=pairs.tsv \
  --dataset wsd=set --embedder v=glove:vectors.txt --embedder bad=glove:uneven.txt --embedder toy,dim=16 \
  --embedder gpt=transformer-causal:tiny-gpt --stages table,1.attention,2,sum:1-2 --seed 7 --resamples 200 --out out --name "$name" >/dev/null || [ $? = 1 ]
for file in json xml; do
  sed -E -e "s#$build/plugins#/usr/lib/harness/plugins#g" -e 's#("?processor"?[=:] ?)"[^"]*"#\1"AMD EPYC"#' \
    -e 's#("?system"?[=:] ?)"[^"]*"#\1"Linux 6.1.0 x86_64"#' -e "s#$work#/home/somebody#g" -e "s#$source#/usr/src/harness#g" \
    "out/$name.$file" >"$frozen/$name.$file"
done
cp "out/$name.items.jsonl.zst" "$frozen/$name.items.jsonl.zst"
