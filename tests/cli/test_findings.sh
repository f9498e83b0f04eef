#!/usr/bin/env bash
# What a person reads: the findings of a run are those that `compare` tests and its page begins with; streams do not cut
# into each other; who leaves early hears nothing; completion offers what there is.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
export LC_ALL=C.UTF-8

for i in {b..z} aa ab ac ad ae af ag; do printf 'w%s\tv%s\t%d\n' $i $i $(($(printf '%d' "'$i") * 13 % 10)); done >set.txt
expect 0 "$HARNESS" --suite similarity --dataset set.txt --embedder amber=toy --embedder ochre=toy,dim=8 \
  --resamples 20 --out out --name one --page summary
cp stdout table
expect 0 "$HARNESS" compare out/one.json --format json
that "the sentence has compare's difference and p, the page has the sentence" /usr/bin/python3 - <<'EOF'
import html, json, re
(c,) = json.load(open("stdout"))["comparisons"]
table = " ".join(open("table", encoding="utf-8").read().split()).replace("−", "-")
page = open("out/one.html", encoding="utf-8").read()
found = re.search(r"difference ([+-][\d.]+).*?p (= [\d.e-]+|< 0\.0001)", table)
assert found, table[-900:]
assert abs(float(found[1]) - 100 * abs(c["difference"])) < 0.051, (found[0], c["difference"])
wanted = "< 0.0001" if c["p_corrected"] < 0.0001 else "= %.2g" % c["p_corrected"]
assert found[2] == wanted, (found[2], wanted)
first = html.unescape(re.search(r'<p class="finding"><strong>(.*?)</strong>', page)[1]).replace("−", "-")
assert first in table and "has the best figure" in first, first
assert "A summary: --page full" in page and "class=\"set\"" not in page
EOF
expect 2 "$HARNESS" report out/one.json --page long
said err "found 'long', expected full or summary"
expect 0 "$HARNESS" --quiet report out/one.json
that "--quiet says nothing" test ! -s stderr
expect 2 "$HARNESS" compare out/one.json --stage dev
said err 'no stage of these reports was chosen on a'
expect 0 "$HARNESS" history out
that "no last or only stage is called the best" test "$(grep -c 'best on the test set' stdout)" -le 1

# Both streams in one file: whole lines of UTF-8, in their order.
"$HARNESS" --suite similarity --dataset set.txt --embedder amber=toy --resamples 20 --out out --name two >both 2>&1
that "no letter is cut" iconv -f UTF-8 -t UTF-8 both -o /dev/null
that "a reader that has left ends the program without a word" /usr/bin/python3 -c '
import os, subprocess, sys
for words in (["help"], ["report", "out/one.json"]):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.argv[1], *words], stdout=writer, stderr=subprocess.PIPE)
    assert done.returncode == -13 and not done.stderr, (words, done)
' "$HARNESS"
# A program whose file is replaced or removed after it has begun: here while it waits for its experiment.
cp "$HARNESS" h
(for _ in {1..400}; do readlink /proc/[0-9]*/exe 2>/dev/null | grep -qx "$PWD/h" && break; sleep 0.05; done
  rm h; echo '{"suite": "similarity", "dataset": "set.txt", "embedder": "toy", "no-report": true}') |
  ./h --config /dev/stdin >stdout 2>stderr
that "a program that is gone ends with status 3" test "${PIPESTATUS[1]}" = 3
said err 'was replaced or removed while it ran'
# What is left on the disk: nothing, records that are damaged, the newest runs.
expect 0 "$HARNESS" --suite similarity --dataset set.txt --embedder amber=toy --resamples 20 --no-report --format json
cp stdout none.json
that "--no-report makes no folder" test ! -e results
that "... and prints the same figures" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f))["results"] for f in ("none.json", "out/two.json"))
assert a == b and a'
expect 2 "$HARNESS" --suite similarity --dataset set.txt --embedder toy --no-report --name x
said err "found --name beside it"
that "zstd unpacks the records" sh -c 'zstd -qdc out/two.items.jsonl.zst | head -1 | grep -q "^{\"suite\":\"similarity\""'
cp -r out hurt && head -c 150 out/one.items.jsonl.zst >hurt/one.items.jsonl.zst
expect 2 "$HARNESS" compare hurt/one.json
said err 'hurt/one.items.jsonl.zst: cannot be read: zstd: cut short, before byte 151'
expect 0 "$HARNESS" report out/one.json out/two.json -o out/both.json
echo mine >out/one.tsv && cp -r out was
expect 0 "$HARNESS" history out --prune 1 --dry-run
said out '^would remove out/one.json  20..-..-..  0\.[0-9] MB$'
that "--dry-run removes nothing" diff -r was out
expect 0 "$HARNESS" history out --prune 1
said err '1 of 2 runs removed'
that "a run goes with its files, and nothing else" test "$(cd out && echo *)" = \
  "both.items.jsonl.zst both.json one.tsv schema two.html two.items.jsonl.zst two.json two.xml"
expect 2 "$HARNESS" history out/two.json --prune 0
said err 'found no folder'
expect 2 "$HARNESS" history out --dry-run
said err 'expected --prune N'
"$HARNESS" help --man >/dev/full 2>full
that "a full disk is said" grep -q 'cannot write' full
for command in run explain compare wsd; do # wsd: a suite
  COLUMNS=60 "$HARNESS" help $command | grep -v '^  harness' | awk 'length($0) > 62 && / .* /' | grep -vE '[^ ]{30}' >wide
  that "help $command fits 60 columns: $(head -1 wide)" test ! -s wide
done

complete_words() { # LAST PREVIOUS…
  bash -c '. ./script; shift; COMP_WORDS=(harness "$@"); COMP_CWORD=$#; _harness; echo "${COMPREPLY[*]}"' - script "$@"
}
"$HARNESS" help --completion bash >script
PATH=$(dirname "$HARNESS"):$PATH
that "suites behind a comma" grep -qw 'wsd,similarity' <(complete_words --suite wsd,sim)
that "names for fetch" grep -qw 'word-similarity' <(complete_words fetch word)
that "commands for help" grep -qw 'explain' <(complete_words help ex)
that "suites for help" grep -qw 'mixture' <(complete_words help mix)
that "stages of compare" grep -qw 'dev' <(complete_words compare --stage d)
"$HARNESS" help --completion zsh >_harness
that "zsh finds its function" grep -q '^#compdef harness' _harness
if command -v zsh >/dev/null; then that "zsh reads it" zsh -n _harness; fi
finish
