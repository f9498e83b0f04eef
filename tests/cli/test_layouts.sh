#!/usr/bin/env bash
# Data sets in the layouts that their authors publish: read to the same figure, or refused with what was seen.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
vectors >vectors.txt

# figure METRIC: "VALUE N" of the first row with that metric, of the report that was just written.
figure() {
  /usr/bin/python3 -c '
import json, sys
rows = [r for r in json.load(open("out/r.json"))["results"] if r["metric"] == sys.argv[1]]
print(round(rows[0]["value"], 6), rows[0]["n"])' "$1"
}
# pairs_are FILE: its figure is that of the pairs of lib.sh, whose ranks are 5 2 4 1 3 by people and 4 1 5 2 3 by
# the cosines: Spearman 1 - 6 * 4 / (5 * 24).
pairs_are() {
  expect 0 "$HARNESS" --suite similarity --dataset "$1" --embedder g=glove:vectors.txt --resamples 0 --out out --name r
  that "$1: found $(figure spearman), expected 0.8 5" test "$(figure spearman)" = '0.8 5'
}
refused() { # SUITE FILE MESSAGE
  expect 2 "$HARNESS" --suite "$1" --dataset "$2" --embedder g=glove:vectors.txt --out out --name r
  said err "$3"
}

# Word pairs.
pairs >plain.tsv
pairs | awk 'BEGIN {FS = "\t"; print ",word1,word2,similarity"} {print NR - 1 "," $1 "," $2 "," $3}' >index.csv
pairs | awk 'BEGIN {FS = "\t"} {print $3 "  " $1 " -- " $2}' >RL-122.txt
pairs | awk 'BEGIN {FS = "\t"; print "Word 1,Word 2,Human (mean),1,2"} {print $1 "," $2 "," $3 "," 10 - $3 ",3"}' >set1.csv
pairs | awk 'BEGIN {FS = "\t"; print "Wort 1;Wort 2;Bewertung"} {print "\"" $1 "\";\"" $2 "\";" $3 ",0"}' >semicolons.csv
pairs | awk 'BEGIN {FS = "\t"} {print $1 "\t" $2 "\t" $3 ".5\t0\t10"}' >rw.txt
printf '\xEF\xBB\xBF' | cat - plain.tsv | sed 's/$/\r/' >bom.tsv
for file in plain.tsv index.csv RL-122.txt set1.csv semicolons.csv rw.txt bom.tsv; do
  pairs_are "$file"
done
pairs | awk 'BEGIN {FS = "\t"} {print $1 "\t" $2 "\t6\t5\t" $3 "\t4"}' >SimVerb-3500-ratings.txt
refused similarity SimVerb-3500-ratings.txt 'several columns hold numbers: 3, 4, 5, 6; expected one column of ratings'
printf '3\t4\t5\n2\t2\t1\n' >scores.tsv
refused similarity scores.tsv 'column 1 holds numbers, expected words'
printf 'car\tauto\tnan\ncar\ttree\t2\n' >nan.tsv
refused similarity nan.tsv 'nan.tsv:1: field 3: found "nan", expected a rating'
pairs | sed 's/\t/\xC2\xA0/g' >no-break.txt
refused similarity no-break.txt 'no-break.txt:1: found "car<U\+00A0>auto.*", expected two words and a rating, separated by tabs'

seq 3 >numbers.txt
refused neighbours numbers.txt 'every line begins with a number, expected a word'

# Folders of sentences with documents, programs and systems' output in them.
mkdir sick sts2012
printf 'pair_ID\tsentence_A\tsentence_B\trelatedness_score\n1\tcar tree\tauto\t4\n4\tsun\tboy\t1\n' >sick/SICK_train.txt
printf 'what it is\n' | tee sick/readme.txt sts2012/00-README.txt >sick/README.md
printf 'x <- 1\n' | tee sick/sick_evaluation.R >sts2012/correlation.pl
expect 0 "$HARNESS" --suite sts --dataset sick --embedder g=glove:vectors.txt --resamples 0 --out out --name r
that "two pairs of SICK" test "$(figure spearman)" = '1.0 2'
printf 'car\tauto\nboy\tsun\nsun\tmoon\n' >sts2012/STS.input.MSRvid.txt
printf '5\n\n3\n' >sts2012/STS.gs.MSRvid.txt
printf '1\n1\n1\n' >sts2012/STS.output.MSRvid.txt
expect 0 "$HARNESS" --suite sts --dataset sts2012 --embedder g=glove:vectors.txt --resamples 0 --out out --name r
said err 'STS.input.MSRvid: 1 of 3 pairs have no score and are left out, the first number 2'
that "two rated pairs" test "$(figure spearman)" = '1.0 2'
refused sts sts2012/STS.gs.MSRvid.txt 'holds scores without sentences'

# By name, as fetch lays them out.
mkdir -p cache/datasets/mcl-wic/{training,dev/multilingual,test/multilingual,test/crosslingual} cache/datasets/bats/{one,two}
mcl() { # FOLDER NAME TAG [OFFSETS]
  printf '[{"id": "%s.0", "lemma": "sun", "pos": "NOUN", "sentence1": "A sun.", "sentence2": "sun moon", %s}]' "$2" \
    "${4:-\"start1\": \"2\", \"end1\": \"5\", \"start2\": 0, \"end2\": 3}" >"cache/datasets/mcl-wic/$1/$2.data"
  printf '[{"id": "%s.0", "tag": "%s"}]' "$2" "$3" >"cache/datasets/mcl-wic/$1/$2.gold"
}
mcl training training.en-en T
mcl dev/multilingual dev.fr-fr F
mcl test/multilingual test.en-en T
mcl test/crosslingual test.en-fr F '"ranges1": "2-5", "ranges2": "0-3,4-8"'
expect 0 "$HARNESS" --suite wic --dataset mcl-wic --embedder g=glove:vectors.txt --resamples 0 --out out --name r
that "a set for each pair of languages" /usr/bin/python3 -c '
import json
found = {row["dataset"] for row in json.load(open("out/r.json"))["results"]}
wanted = {"en-en:train", "fr-fr:dev", "en-en:test", "en-fr:test"}
assert found == {"mcl-wic/" + part for part in wanted}, found'
printf 'car\tauto\nboy\tlad/sun\n' | tee "cache/datasets/bats/one/I01 [a - b].txt" >"cache/datasets/bats/two/E01 [c - d].txt"
printf 'origin: somewhere\n' >cache/datasets/bats/SOURCE.txt
expect 0 "$HARNESS" --suite analogy --dataset bats --embedder g=glove:vectors.txt --resamples 0 --out out --name r
that "two files of two lines are four questions" test "$(figure accuracy | cut -d' ' -f2)" = 4
mkdir cache/datasets/google-analogy
printf ': pairs\ncar auto boy lad\nboy lad car auto\n' >cache/datasets/google-analogy/questions-words.txt
expect 0 "$HARNESS" --suite analogy --embedder g=glove:vectors.txt --resamples 0 --out out --name r
that "the usual set is found as fetch lays it out" test "$(figure accuracy | cut -d' ' -f2)" = 2

# What is read is said.
expect 0 "$HARNESS" list suites
said out 'INDEX is the( |$)'
said out 'token and counts from'
expect 0 "$HARNESS" help --man
said out '^\.SH DATA'
said out 'token and counts from 0'
finish
