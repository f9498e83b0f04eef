#!/usr/bin/env bash
# Stored reports: read back, converted, merged, selected, in every format; reports of earlier versions; history.
. "$(dirname "$0")/lib.sh"
small_wordnet
cd "$work" || exit 1
frozen=$HARNESS_SOURCE_ROOT/tests/golden/report/frozen
schema=$HARNESS_SOURCE_ROOT/harness/schema
python=/usr/bin/python3
pairs >pairs.tsv
vectors >vectors.txt
{ vectors; printf 'uneven 1 2\n'; } >uneven.txt
mkdir set
printf '<corpus lang="en"><text id="d0"><sentence id="d0.s0"><wf lemma="the" pos="DET">The</wf><instance id="d0.s0.t0" lemma="river" pos="NOUN">river</instance><instance id="d0.s0.t1" lemma="bank" pos="NOUN">bank</instance><instance id="d0.s0.t2" lemma="run" pos="VERB">runs</instance></sentence></text></corpus>\n' >set/set.data.xml
printf 'd0.s0.t0 river%%1:17:00::\nd0.s0.t1 bank%%1:17:01::\nd0.s0.t2 run%%2:38:04:: run%%2:38:00::\n' >set/set.gold.key.txt
printf 'car auto boy lad\nsun moon boy car\nmoon sun lad tree\n' >questions.txt
printf '1.0\tThe sun is up.\tThe moon is up.\n4.5\tA boy.\tA lad.\n0.5\tA car.\tA tree.\n2.0\tA boy and a car.\tThe lad and the auto.\n' >sts.tsv

valid_json() {
  $python -c '
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(json.load(open(sys.argv[2])), schema)' "$schema/report.schema.json" "$1"
}
valid_xml() { xmllint --noout --relaxng "$schema/report.rng" "$1" 2>"$work/xmllint" || { head -3 "$work/xmllint"; false; }; }

# Real runs: both forms valid, and each the other's twin, byte for byte.
expect 1 "$HARNESS" --suite similarity,wsd,analogy --dataset similarity=pairs.tsv --dataset wsd=set --dataset analogy=questions.txt \
  --embedder v=glove:vectors.txt --embedder bad=glove:uneven.txt --embedder $'odd\x01<name>&"=toy,dim=16' --resamples 50 --out out --name a --junit run.xml
expect 0 "$HARNESS" --suite similarity,sts --dataset similarity=pairs.tsv --dataset sts=sts.tsv --embedder v=glove:vectors.txt --resamples 50 --out out --name b
expect 0 "$HARNESS" rescore --dataset set --resamples 50 --out out set/set.gold.key.txt
that "answers that were read have no line of costs" test -z "$(grep -E '^set: |words/s' stdout)"
that "... nor a table of them" sh -c "! grep -q 'Words/s' out/rescore.html"
reports="a b rescore"
# The other suites, where their data is.
if [ -d "${HARNESS_SHARED-}/wic" ]; then
  printf 'The boy saw the sun .\nThe lad saw the moon .\nThe boy saw a car and the boy saw a tree .\n' >text.txt
  printf 'car\nboy\nsun\n' >words.txt
  mkdir banks
  {
    printf '<corpus lang="en"><text id="d0">'
    for i in 0 1 2 3; do
      printf '<sentence id="d0.s%d"><instance id="d0.s%d.t0" lemma="bank" pos="NOUN">bank</instance><wf lemma="sun" pos="NOUN">sun</wf></sentence>' $i $i
    done
    printf '</text></corpus>\n'
  } >banks/banks.data.xml
  printf 'd0.s%d.t0 bank%%%%1:%s::\n' 0 17:01 1 14:00 2 17:01 3 14:00 >banks/banks.gold.key.txt
  expect 0 "$HARNESS" --suite wic,context-similarity,contextuality,neighbours,induction,mixture --dataset "wic=$HARNESS_SHARED/wic" \
    --dataset "context-similarity=$HARNESS_SHARED/contextual/scws" --dataset contextuality=text.txt --dataset neighbours=words.txt \
    --dataset induction=banks --set induction.least=2 --set contextuality.least=2 --set neighbours.k=2 --set mixture.least=1 \
    --set mixture.least-sense=0 --limit 20 --embedder v=glove:vectors.txt --resamples 20 --out out --name every
  reports="$reports every"
else
  echo "no shared data sets: reports of fewer suites"
fi
"$HARNESS" help --tables >tables.md
that "all that the rows hold is declared" $python "$HARNESS_SOURCE_ROOT/tests/support/check_declared.py" tables.md $(printf 'out/%s.json ' $reports)
for name in $reports; do
  that "$name.json is valid" valid_json "out/$name.json"
  that "$name.xml is valid" valid_xml "out/$name.xml"
  expect 0 "$HARNESS" report "out/$name.json" --format xml -o "out/again.xml"
  that "$name: JSON to XML" cmp "out/$name.xml" out/again.xml
  expect 0 "$HARNESS" report "out/$name.xml" --format json -o "out/again.json"
  that "$name: XML to JSON" cmp "out/$name.json" out/again.json
  expect 0 "$HARNESS" report - --format json --select 'n>=0' <"out/$name.json"
done
that "what XML cannot hold is there" grep -q 'odd\\u0001&lt;name&gt;&amp;&quot;' out/a.xml
that "and says so" grep -q 'escaped="name"' out/a.xml

# The schemas bite.
for edit in 's/ coverage="1"/ coverage="all"/' 's/ stage="table"/ stige="table"/' 's/ n="5"//' 's/ seed="1"/ seed="-1"/' \
  's/ plugin_sha256="[0-9a-f]/ plugin_sha256="X/' 's/ stage_part="table"/ stage_part="row"/' 's/ role="system"/ role="rank"/'; do
  sed "$edit" out/a.xml >wrong.xml
  that "XML is refused after $edit" sh -c "! xmllint --noout --relaxng '$schema/report.rng' wrong.xml 2>/dev/null"
done
for edit in 's/"coverage":1,/"coverage":"1",/' 's/"n":5,//' 's/"status": "ok"/"status": "fine"/' 's/"seed": 1/"seed": -1/' 's/"stage_part":"table"/"stage_part":"row"/' 's/"role":"system"/"role":"rank"/'; do
  sed "$edit" out/a.json >wrong.json
  that "JSON is refused after $edit" sh -c "! $python -c 'import json, jsonschema; jsonschema.validate(json.load(open(\"wrong.json\")), json.load(open(\"$schema/report.schema.json\")))' 2>/dev/null"
done

# Reports of earlier versions: readable, comparable, those of this one valid; other majors refused by name.
for report in "$frozen"/harness-report-*.json; do
  if [[ $report == *harness-report-2.json ]]; then
    that "$report is valid" valid_json "$report"
    that "${report%.json}.xml is valid" valid_xml "${report%.json}.xml"
  fi
  for form in json xml; do
    for format in table json xml html csv jsonl markdown latex junit; do
      expect 0 "$HARNESS" report "${report%.json}.$form" --format $format
      cp stdout "$form.$format"
    done
    expect 0 "$HARNESS" compare "${report%.json}.$form" --resamples 50
    cp stdout "$form.compare"
  done
  for format in table json xml csv jsonl markdown latex junit compare; do
    that "$format: from JSON and from XML the same" cmp "json.$format" "xml.$format"
  done
done
sed 's#harness-report/2#harness-report/3#' "$frozen/harness-report-2.json" >later.json
for command in report compare; do
  expect 2 "$HARNESS" $command later.json
  said err 'later.json: found schema "harness-report/3", expected a report of schema "harness-report/1" or "harness-report/2"'
done
sed 's#harness-report/2#harness-report/2.3#; s#"seed":#"colour": 3, "seed":#' "$frozen/harness-report-2.json" >minor.json
expect 0 "$HARNESS" report minor.json
said err 'minor.json: fields that this version does not know were left out: run.colour'

# Flat tables, read by others' readers.
expect 0 "$HARNESS" report out/a.json -o a.csv
expect 0 "$HARNESS" report out/a.json -o a.jsonl
that "CSV and JSON Lines hold results[]" $python -c '
import csv, json
rows = json.load(open("out/a.json"))["results"]
raw = open("a.csv", newline="").read()
assert raw.count("\r\n") >= len(rows) + 1 and "\n" not in raw.replace("\r\n", "")
flat = list(csv.DictReader(open("a.csv", newline="")))
lines = [json.loads(line) for line in open("a.jsonl")]
assert len(flat) == len(lines) == len(rows) > 50
assert lines == rows
assert all(list(line) == list(flat[0]) for line in lines)
for f, r in zip(flat, rows):
    for key, value in r.items():
        if value is None:
            assert f[key] == "", (key, f)
        elif isinstance(value, str):
            assert f[key] == value
        else:
            assert float(f[key]) == value
types = {}
for line in open("a.jsonl"):
    for key, value in json.loads(line).items():
        if value is not None:
            types.setdefault(key, set()).add(type(value))
assert all(len(t) == 1 for t in types.values()), types
'

# JUnit: failures where an embedder failed.
expect 0 "$HARNESS" report out/a.json --format junit -o junit.xml
that "run --junit writes the same" cmp run.xml junit.xml
that "JUnit says which embedder failed" $python -c '
import json, xml.etree.ElementTree as ET
report = json.load(open("out/a.json"))
root = ET.parse("junit.xml").getroot()
assert root.tag == "testsuites" and root.get("failures") == "1"
suites = {s.get("name"): s for s in root}
assert {"baseline", "v", "bad"} < set(suites) and len(suites) == 4
for s in suites.values():
    cases = s.findall("testcase")
    assert int(s.get("tests")) == len(cases)
    assert int(s.get("failures")) == len(s.findall("testcase/failure"))
    names = [(c.get("classname"), c.get("name")) for c in cases]
    assert len(names) == len(set(names)), [n for n in names if names.count(n) > 1]
assert sum(int(s.get("tests")) for s in suites.values()) == int(root.get("tests"))
failure = suites["bad"].find("testcase/failure")
assert failure.get("type") == "failed" and "uneven.txt" in failure.get("message")
row = next(r for r in report["results"] if r["embedder"] == "v" and r["metric"] == "spearman" and r["policy"] == "skip")
case = next(c for c in suites["v"] if c.get("name") == "spearman cosine stage table policy skip")
assert case.find("system-out").text.startswith(repr(row["value"]))
'

# Tables: one cell per figure, the best in bold, n and policy said; awkward names harmless.
expect 0 "$HARNESS" report out/a.json --select 'suite=similarity metric=spearman policy=skip split=all' --format markdown --intervals
said out '^\*\*similarity: spearman × 100\*\*$'
said out '^\| v \| \*\*80.0\*\* \\\[-?[0-9.]+, [0-9.]+\\\] \|$'
said out '^\| odd \\<name\\>\\&" \| -?[0-9.]+'
said out '^Items: n = 5. Policy: skip. In brackets: 95 % bootstrap intervals. Bold: best of its column'
expect 0 "$HARNESS" report out/a.json --select 'suite=similarity metric=spearman,pearson policy=skip split=all' --format markdown --columns dataset,metric
said out '^\| embedder \| pairs spearman \| pairs pearson \|$'
expect 0 "$HARNESS" report out/a.json --select 'suite=similarity metric=spearman policy=skip split=all' --columns embedder --value n -o t.md
that "n as whole numbers" grep -qF '| cosine | 5 | 5 |' t.md
expect 0 "$HARNESS" report out/a.json --select 'split=all' -o t.tex
that "LaTeX is escaped" $python -c '
import re
text = open("t.tex").read()
assert r"odd \textless{}name\textgreater{}\&\char34{}" in text
assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\begin{table}") == 3
for table in re.findall(r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}", text, re.S):
    for line in table[1].split("\n"):
        if line.endswith(r"\\"):
            assert len(re.sub(r"\\&", "", line).split("&")) == len(table[0]), line
body = re.sub(r"\\[&%$#_{}\\]|\\[a-zA-Z]+\*?|^%.*$", "", text, flags=re.M)
assert not re.search(r"[%#_^~\\]", body), re.search(r".*[%#_^~\\].*", body)
assert body.count("{") == body.count("}")
'
if command -v pdflatex >/dev/null 2>&1; then
  printf '\\documentclass{article}\\usepackage{booktabs}\\begin{document}\\input{t.tex}\\end{document}' >doc.tex
  that "LaTeX compiles" sh -c 'pdflatex -interaction=batchmode -halt-on-error doc.tex >/dev/null'
fi
expect 2 "$HARNESS" report out/a.json --select 'suite=similarity split=all' --rows embedder --format markdown
said err 'two figures of .* on pairs fall into one cell: they differ in (metric|policy)'
expect 2 "$HARNESS" report out/a.json --format csv --digits 2
expect 2 "$HARNESS" report out/a.json --format markdown --columns value
said err '--columns: found "value", expected text columns'

# Text from everywhere, and markup of every format, in a name: unharmed and harmless.
odd=$'银行 בנק 🏦 ]]></script>\\n|line "two" {x} $y$ **b** -- `c`'
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder "$odd=toy" --resamples 20 --out odd --name o
for format in json xml html csv jsonl markdown latex junit; do
  expect 0 "$HARNESS" report odd/o.json --format $format -o "odd/p.$format"
done
that "the name comes through every format" $python -c '
import csv, html.parser, json, sys, xml.etree.ElementTree as ET
name = sys.argv[1]
read = lambda f: open("odd/p." + f, newline="", encoding="utf-8").read()
assert json.loads(read("json"))["embedders"][0]["name"] == name
assert ET.fromstring(read("xml")).find("embedders/embedder").get("name") == name
assert all(row["embedder"] == name for row in csv.DictReader(read("csv").splitlines(True)))
assert all(json.loads(line)["embedder"] == name for line in read("jsonl").splitlines())
assert [s.get("name") for s in ET.fromstring(read("junit"))] == [name]
texts = []
class Reader(html.parser.HTMLParser):
    scripts = 0
    def handle_starttag(self, tag, attributes): self.scripts += tag == "script"
    def handle_data(self, data): texts.append(data)
reader = Reader()
reader.feed(read("html"))
assert reader.scripts <= 1 and any("银行 בנק 🏦 ]]></script>" in text for text in texts)
rows = [line for line in read("markdown").split("\n") if line.startswith("|")]
assert len(rows) == 3 and "银行 בנק 🏦 \\]\\]\\>\\</script\\>" in rows[2], rows
unescaped = rows[2].replace("\\\\", "").replace("\\|", "")
assert unescaped.count("|") == 3, rows[2]
line = next(line for line in read("latex").split("\n") if line.startswith("银行"))
assert line.endswith("\\\\") and line.replace("\\&", "").count("&") == 1 and "\\{x\\} \\$y\\$" in line and "-{}-" in line, line
' "$odd"

# Selections given repeatedly narrow each other; a comma is no space.
expect 0 "$HARNESS" report out/a.json --select 'suite=similarity metric=spearman' --select 'policy=skip split=all' --format csv
cp stdout twice
expect 0 "$HARNESS" report out/a.json --select 'suite=similarity metric=spearman policy=skip split=all' --format csv
that "--select twice is all its terms" cmp twice stdout
expect 2 "$HARNESS" report out/a.json --select 'suite=similarity,metric=spearman'
said err 'expected a space between terms'

# Selections that say nothing, and why.
expect 2 "$HARNESS" report out/a.json --select 'suite=wsd metric=spearman'
said err 'no figure passes "metric=spearman"; what the rest leaves has metric: f1'
expect 2 "$HARNESS" report out/a.json --select 'metrik=f1'
said err 'there is no column "metrik"; expected one of suite, dataset'
expect 2 "$HARNESS" report out/a.json --select 'wsd'
said err 'found "wsd", expected COLUMN=VALUE'
expect 2 "$HARNESS" report out/a.json --select 'suite>wsd'
expect 2 "$HARNESS" report out/a.json --select 'n>many'
expect 2 "$HARNESS" report out/a.json --select 'stage!=best'
expect 2 "$HARNESS" report out/a.json --format pdf
said err '--format: found "pdf", expected table, json, xml'
expect 2 "$HARNESS" report out/a.json -o a.docx
expect 2 "$HARNESS" report
expect 2 "$HARNESS" report pairs.tsv
said err "pairs.tsv: found neither '\{' nor '<' at the start, expected a report, JSON or XML"

# Merged: figures of both, facts of both runs, records along; the same embedder stays one.
mkdir merged
expect 0 "$HARNESS" report out/a.json out/b.json -o merged/m.json
expect 0 "$HARNESS" report out/a.json out/b.json -o merged/m.xml
that "the merged JSON is valid" valid_json merged/m.json
that "the merged XML is valid" valid_xml merged/m.xml
expect 0 "$HARNESS" report merged/m.xml --format json -o merged/twin.json
that "a merged report's twin" sh -c "sed 's/m\.xml/m.json/' merged/twin.json | cmp - merged/m.json"
that "merged facts, figures and records" $python -c '
import json, zstandard
a, b, m = (json.load(open(f)) for f in ("out/a.json", "out/b.json", "merged/m.json"))
assert [s["report"] for s in m["sources"]] == ["a.json", "b.json"]
assert m["sources"][1]["run"] == b["run"] and m["sources"][0]["items"] == "a.items.jsonl.zst"
assert m["run"]["command"].startswith("harness report out/a.json out/b.json")
assert len(m["embedders"]) == 3
def key(r): return tuple(sorted((k, v) for k, v in r.items() if isinstance(v, str)))
both = {key(r) for r in a["results"]} | {key(r) for r in b["results"]}
assert {key(r) for r in m["results"]} == both and len(m["results"]) == len(both)
assert m["items"] == "m.items.jsonl.zst" and m["keys"] == "m.keys"
items = [json.loads(line) for line in zstandard.open("merged/m.items.jsonl.zst", "rt")]
ids = [(i["suite"], i["dataset"], i["embedder"], i["stage"], i["method"], i["id"]) for i in items]
assert len(ids) == len(set(ids))
assert {i["suite"] for i in items} >= {"similarity", "wsd", "sts"}
lacking = lambda f: [json.loads(l)["id"] for l in zstandard.open(f, "rt") if json.loads(l)["method"] == "vocabulary"]
assert lacking("merged/m.items.jsonl.zst") == lacking("out/a.items.jsonl.zst") != []
'
expect 0 "$HARNESS" report out/a.json --select 'suite=wsd method=gloss:target-gloss embedder=v' -o merged/s.json
that "a selection carries the records of its systems" $python -c '
import json, zstandard
methods = {(i["suite"], i["embedder"], i["method"]) for i in map(json.loads, zstandard.open("merged/s.items.jsonl.zst", "rt"))}
assert {m for m in methods if m[2] != "vocabulary"} == {("wsd", "v", "gloss:target-gloss")}, methods
'
expect 0 "$HARNESS" compare merged/m.json --resamples 50 --suite similarity
said out 'v table'
# baselines stand once, whatever the resamples of the runs
expect 0 "$HARNESS" --suite wsd --dataset wsd=set --embedder w=toy,dim=8 --resamples 20 --out other-runs --name w
expect 0 "$HARNESS" report out/a.json other-runs/w.json -o merged/w.json
that "a baseline of two runs stands once" $python -c '
import json
from collections import Counter
rows = [r for r in json.load(open("merged/w.json"))["results"] if r["kind"] == "baseline"]
assert {r["embedder"] for r in rows} == {"baseline"}, {r["embedder"] for r in rows}
count = Counter((r["suite"], r["dataset"], r["method"], r["metric"], r["split"], r["policy"]) for r in rows)
assert count and max(count.values()) == 1, count.most_common(2)
'
# contradicting figures: another data set of the same name
printf 'car\tauto\t1\ncar\ttree\t2\nboy\tlad\t3\nboy\tcar\t9\nsun\tmoon\t5\n' >other.tsv && mkdir other && mv other.tsv other/pairs.tsv
expect 0 "$HARNESS" --suite similarity --dataset other/pairs.tsv --embedder v=glove:vectors.txt --resamples 50 --out other --name c
expect 0 "$HARNESS" report out/b.json other/c.json other/c.json -o merged/n.json
that "a contradiction gets another name, once" $python -c '
import json, zstandard
m = json.load(open("merged/n.json"))
assert [e["name"] for e in m["embedders"]] == ["v", "v#2"], [e["name"] for e in m["embedders"]]
c = json.load(open("other/c.json"))
renamed = [r for r in m["results"] if r["embedder"] == "v#2"]
assert len(renamed) == len(c["results"]) and len(m["sources"]) == 3
assert any(json.loads(line)["embedder"] == "v#2" for line in zstandard.open("merged/n.items.jsonl.zst", "rt"))
'
# ... and never one that another of its report has, whose figures are the same
expect 0 "$HARNESS" --suite similarity --dataset other/pairs.tsv --embedder v=glove:vectors.txt --embedder v#2=glove:vectors.txt \
  --resamples 0 --out other --name d
expect 0 "$HARNESS" report out/b.json other/d.json -o merged/o.json
that "two embedders of one report never get one name" $python -c '
import json
m, b, d = (json.load(open(f)) for f in ("merged/o.json", "out/b.json", "other/d.json"))
assert [e["name"] for e in m["embedders"]] == ["v", "v#2", "v#2#2"], [e["name"] for e in m["embedders"]]
assert len(m["results"]) == len(b["results"]) + len(d["results"])
'

# History.
expect 0 "$HARNESS" history out
said out '  a.json  '
said out 'v, bad \(failed\), odd'
said out 'similarity pairs +spearman +80.0  v cosine, stage table'
sed 's/"start": "20/"start": "29/; s/\("metric":"spearman","value":\)0\.[0-9]*/\10.7/' out/b.json >out/z.json
expect 0 env LC_ALL=C.UTF-8 "$HARNESS" history out --select 'suite=similarity metric=spearman policy=skip embedder=v split=all'
said out '^similarity pairs: spearman x 100, v cosine, stage table, policy skip  ██▁$'
said out 'z.json +70.0 .* -10.0  █+$'
sed 's/pool:mean/pool:max/g; s/\("key":"pool"[^}]*"value":"\)mean/\1max/g' out/z.json >out/zz.json
expect 0 env LC_ALL=C "$HARNESS" history out --select 'suite=similarity metric=spearman policy=skip embedder=v split=all'
said out 'zz.json .*another protocol than before'
said out '\^\^__$'
expect 0 "$HARNESS" history out --json
that "history as JSON" $python -c '
import json, sys
runs = json.load(open(sys.argv[1]))["runs"]
starts = [r["start"] for r in runs]
assert starts == sorted(starts) and len(runs) in (6, 7), starts
a = next(r for r in runs if r["report"] == "out/a.json")
assert [e["status"] for e in a["embedders"]] == ["ok", "failed", "ok"]
assert any(h["dataset"] == "pairs" and abs(h["value"] - 0.8) < 1e-9 for h in a["headlines"]), a
' "$work/stdout"
head -c 500 out/a.json >out/broken.json
echo '{"schema": "harness-compare/1"}' >out/comparison.json
expect 1 "$HARNESS" history out
said err 'skipped: out/broken.json'
said err '1 file was skipped'
expect 2 "$HARNESS" history out --select 'metric=nothing'
expect 2 "$HARNESS" history nowhere

# one model at three times of training: a curve a stage, eighths of the scale that the stages share
# (0.1 to 0.9; by hand: 0.3 is two eighths up, 0.5 just below four)
$python - <<'PY'
import copy, json
report = json.load(open("out/b.json"))
facts, row = report["embedders"][0], next(r for r in report["results"] if r["metric"] == "spearman" and r["policy"] == "skip")
facts.update(kind="contextual", n_stages=3)
report["embedders"], report["results"] = [], []
for time, (tokens, loss, values) in enumerate([(0, 9, (.1, .1, .1)), (512, 5, (.2, .3, .5)), (1500000, 1, (.3, .5, .9))]):
    name = f"gpt@{tokens}"
    report["embedders"].append(facts | {"name": name, "series": "gpt", "series_tokens": tokens, "held_out_loss": loss})
    report["results"] += [row | {"embedder": name, "kind": "contextual", "stage": stage, "value": value, "low": None, "high": None}
                          for stage, value in zip(("table", "1", "2"), values)]
json.dump(report, open("out/course.json", "w"))
PY
expect 0 env LC_ALL=C.UTF-8 COLUMNS=100 "$HARNESS" report out/course.json --no-color
said out '^over training: gpt, 3 times, 0 to 1.5M tokens$'
said out '^ +0 +1\.5M$'
said out '^held-out loss +█▄▁ +9\.000 +1\.000$'
said out '^similarity pairs cosine +table +▁▁▂ +10\.0 +30\.0$'
said out '^ +1 +▁▂▄ +10\.0 +50\.0$'
said out '^ +2 +▁▄█ +10\.0 +90\.0$'
expect 0 env LC_ALL=C "$HARNESS" report out/course.json --no-color
said out '^ +2 +_~# +10\.0 +90\.0$'
finish
