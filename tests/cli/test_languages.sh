#!/usr/bin/env bash
# Sense-tagged text of other languages, in XL-WSD's layout, with the inventories that its labels are from.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
small_wordnet
cd "$work" || exit 1
cat >de.data.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<corpus lang="de"><text id="d0"><sentence id="d0.s0">
<wf lemma="er" pos="PRON">Er</wf> <wf lemma="sitzen" pos="VERB">saß</wf> <wf lemma="auf" pos="ADP">auf</wf> <wf lemma="der" pos="DET">der</wf>
<instance id="d0.s0.t0" lemma="Bank" pos="NOUN">Bank</instance> <wf lemma="im" pos="ADP">im</wf> <instance id="d0.s0.t1" lemma="Park" pos="NOUN">Park</instance>
</sentence></text><text id="d1"><sentence id="d1.s0">
<wf lemma="der" pos="DET">Die</wf> <instance id="d1.s0.t0" lemma="bank" pos="NOUN">Banken</instance>
<instance id="d1.s0.t1" lemma="erhöhen" pos="VERB">erhöhten</instance> <wf lemma="der" pos="DET">die</wf> <instance id="d1.s0.t2" lemma="Zins" pos="NOUN">Zinsen</instance>
</sentence></text></corpus>
XML
printf '%s\n' 'd0.s0.t0 bn:1n' 'd0.s0.t1 bn:4n' 'd1.s0.t0 bn:2n' 'd1.s0.t1 bn:5v' 'd1.s0.t2 bn:9n' >de.gold.key.txt
printf 'Bank#NOUN\tbn:1n\tbn:2n\tbn:3n\nPark#n\tbn:4n\nerho\xcc\x88hen#v\tbn:5v\tbn:6v\n' >inventory.de.txt
score() { # METHOD METRIC: of all items
  "$HARNESS" report out/report.json --format csv --select "method=$1 metric=$2 split=all" | tail -1 | cut -d, -f10
}
run() { # STATUS DATASET ARGUMENT…
  local wanted=$1 data=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite wsd --dataset "$data" --embedder toy --resamples 0 --out out --name report "$@"
}

# By hand: the first senses are right of three of the four that have any, of five (o and its marks are one letter or two).
run 0 de.data.xml --set wsd.inventory=inventory.de.txt
said err '1 instances have a lemma without candidates; 1 gold labels are not in inventory.de.txt'
that "precision of the first sense: 3 / 4" test "$(score first-sense precision)" = 0.75
that "recall: 3 / 5" test "$(score first-sense recall)" = 0.6
that "chance: (1/3 + 1 + 1/3 + 1/2) / 5" sh -c 'awk "BEGIN { exit !(($1 - 13 / 30) ^ 2 < 1e-24) }"' - "$(score random recall)"
that "signatures say which senses" grep -q '|inventory:inventory.de.txt|' out/report.json

# With definitions in a table, and training text with the same labels: all methods.
printf '%s\n' $'Bank\tNOUN\tbn:1n\tein Sitz' $'Bank\tNOUN\tbn:2n\tein Haus für Geld' $'Park\tNOUN\tbn:4n\tein Garten' \
  $'erhöhen\tVERB\tbn:5v\tgrößer machen' $'Zins\tNOUN\tbn:9n\tPreis des Geldes' >senses.tsv
run 0 de.data.xml --set wsd.inventory=senses.tsv --train de.data.xml --no-color
said out 'toy nn '
said out 'toy gloss:target-gloss '
that "all are answered" test "$(score first-sense precision) $(score first-sense recall)" = "0.8 0.8"

# Chinese: no letter case, no blanks within a word.
printf '%s\n' $'z1\t银行\tNOUN\t2\t他 去 银行 取 钱\t银行.1' $'z2\t杜鹃\tNOUN\t0\t杜鹃 开花 了\t杜鹃.花' >zh.tsv
printf '%s\n' $'银行#n\t银行.1' $'杜鹃#n\t杜鹃.鸟\t杜鹃.花' >inventory.zh.txt
run 0 zh.tsv --set wsd.inventory=inventory.zh.txt
that "first senses: 1 / 2" test "$(score first-sense f1)" = 0.5
that "the static ceiling: both" test "$(score static-ceiling f1)" = 1

# Answers of another program, over the same senses: two of five are right (by hand), and bn:7n is no sense of Park.
printf '%s\n' 'd0.s0.t0 bn:1n' 'd0.s0.t1 bn:7n' 'd1.s0.t0 bn:1n' 'd1.s0.t1 bn:5v' >answers.key.txt
expect 0 "$HARNESS" rescore answers.key.txt --dataset de.data.xml --inventory senses.tsv --resamples 0 --out out --name report
that "recall of the answers: 2 / 5" test "$(score predictions recall)" = 0.4
that "one is no sense: 1 / 4" test "$(score predictions no-candidate)" = 0.25
that "the first senses of the file, 4 / 5" test "$(score first-sense recall)" = 0.8
that "rescored figures say which senses" grep -q '|inventory:senses.tsv|' out/report.json

# Coarser classes by a file, and gold keys by another (in which the second bank is a seat, too). bn:2n of Bank counts as bn:1n does.
printf '%s\n' '# SENSE CLASS' $'bn:1n\tplace' $'bn:2n\tplace' $'bn:4n\tplace' $'bn:5v\tchange' $'bn:9n\tmoney' >classes.tsv
run 0 de.data.xml --set wsd.inventory=senses.tsv --set wsd.coarse=classes.tsv
that "fine: 4 / 5" test "$(score first-sense f1)" = 0.8
that "by class: 5 / 5" test "$(score first-sense f1-coarse)" = 1
that "signatures say by which classes" grep -q '|coarse:classes.tsv|' out/report.json
grep -v bn:2n classes.tsv >some.tsv
run 2 de.data.xml --set wsd.inventory=senses.tsv --set wsd.coarse=some.tsv
said err 'some.tsv: lacks 1 of the senses of the data, the first "bn:2n"; --set wsd.unclassed=alone'
run 0 de.data.xml --set wsd.inventory=senses.tsv --set wsd.coarse=some.tsv --set wsd.unclassed=alone
said err 'some.tsv: lacks 1 of the senses'
that "alone, it is no place: 4 / 5" test "$(score first-sense f1-coarse)" = 0.8
that "... and signatures say so" grep -q '|coarse:some.tsv+alone|' out/report.json
printf 'bn:1n\tplace\nbn:1n\tseat\n' >twice.tsv
run 2 de.data.xml --set wsd.inventory=senses.tsv --set wsd.coarse=twice.tsv
said err 'twice.tsv:2: found "bn:1n.seat", expected class "place", as in an earlier line of this sense'
printf '%s\n' 'd0.s0.t0 bn:1n' 'd0.s0.t1 bn:4n' 'd1.s0.t0 bn:1n' >corrected.key.txt
run 0 de.data.xml --set wsd.inventory=senses.tsv --set wsd.gold=corrected.key.txt
said err 'corrected.key.txt: names 3 of the 5 instances of de.data.xml; the others are left out'
that "the first senses, by the corrected keys: 3 / 3" test "$(score first-sense f1)" = 1
that "the set has a name of its own" grep -q '"de@corrected"' out/report.json
printf 'd9.s0.t0 bn:1n\n' >foreign.key.txt
run 2 de.data.xml --set wsd.inventory=senses.tsv --set wsd.gold=foreign.key.txt
said err 'foreign.key.txt: names no instance of any data set'

# Real wordnets: lines of DanNet and the Chinese Open Wordnet, as the Open Multilingual WordNet has them (tests/golden/omw). The numbers
# of senses are counted in the files: of bænk 2, kort 3 nouns, slå 5, hjerne 2; of 打 7 verbs, 头 2, 银行 1.
omw=$HARNESS_SOURCE_ROOT/tests/golden/omw
printf '%s\n' $'d1\tbænk\tNOUN\t4\tHun satte sig på bænken i parken\t02828884-n' $'d2\tkort\tNOUN\t3\tHan viste sit kort ved døren\t06477371-n' \
  $'d3\tslå\tVERB\t1\tDe slog fjenden\t01101913-v' $'d4\thjerne\tNOUN\t4\tLægen så på hans Hjerne\t05481095-n' >da.tsv
run 0 da.tsv --set wsd.inventory="$omw/dan.tab"
that "Danish: the first senses of the file are right of 3 / 4" test "$(score first-sense f1)" = 0.75
that "Danish: chance is (1/2 + 1/3 + 1/5 + 1/2) / 4" sh -c 'awk "BEGIN { exit !(($1 - 23 / 60) ^ 2 < 1e-24) }"' - "$(score random f1)"
printf '%s\n' $'z1\t打\tVERB\t1\t他 打 了 我\t01400044-v' $'z2\t头\tNOUN\t2\t我 的 头 很 痛\t05611302-n' $'z3\t银行\tNOUN\t2\t他 去 银行 取 钱\t08420278-n' >cmn.tsv
run 0 cmn.tsv --set wsd.inventory="$omw/cmn.tab"
that "Chinese: chance is (1/7 + 1/2 + 1) / 3" sh -c 'awk "BEGIN { exit !(($1 - 23 / 42) ^ 2 < 1e-24) }"' - "$(score random f1)"

# Senses that are nowhere are asked for; what is no inventory is refused by line.
run 2 de.data.xml
said err 'none of its gold labels .bn:1n, ….* is in WordNet; expected --set wsd.inventory=FILE'
printf 'Bank#n\tbn:1n\nPark\tNOMEN\tbn:4n\n' >wrong.txt
run 2 de.data.xml --set wsd.inventory=wrong.txt
said err 'wrong.txt:2: found "Park.NOMEN.bn:4n", expected LEMMA, POS'
run 2 de.data.xml --set wsd.inventory=missing.txt
finish
