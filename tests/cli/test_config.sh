#!/usr/bin/env bash
# Experiment files: whatever a command line says, there and back; what to cite; and that help,
# manual page, completions and the schema know every option and command.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
pairs >pairs.tsv
vectors >vectors.txt

# A command line, its file, and the file's file.
line=(--suite similarity --dataset pairs.tsv --embedder "v=glove:vectors.txt" --embedder 'toy,dim=16' --set similarity.case=exact
  --resamples 100 --seed 18446744073709551615 --limit 0005 --no-items --name 'a "b" ü' --memory-limit 4G --out out)
expect 0 "$HARNESS" "${line[@]}" --print-config
cp stdout one.json
said out '"seed": "18446744073709551615"|"seed": 18446744073709551615'
expect 0 "$HARNESS" --config one.json --print-config
cp stdout two.json
that "the file says what the command line said" cmp one.json two.json
that "nothing was run" test ! -e out
expect 0 "$HARNESS" --config one.json --limit 3 --print-config
that "a flag is stronger" /usr/bin/python3 -c '
import json
one, two = json.load(open("one.json")), json.load(open("stdout"))
assert one.pop("limit") == "0005" and two.pop("limit") == 3 and one == two
assert one["embedder"] == ["v=glove:vectors.txt", "toy,dim=16"] and one["no-items"] is True
'
expect 0 "$HARNESS" "${line[@]}"
mv out by-flags
expect 0 "$HARNESS" --config one.json
that "the same report, which echoes the file" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f"{d}/a \"b\" ü.json")) for d in ("by-flags", "out"))
assert a["results"] == b["results"] and a["run"]["config"] == b["run"]["config"]
assert json.loads(a["run"]["config"]) == json.load(open("one.json"))
'

# The schema: as strict as the program, and every option is in it.
expect 0 "$HARNESS" help --schema
cp stdout schema.json
expect 0 "$HARNESS" run --help
that "every option of --help is in the schema, and no other" /usr/bin/python3 -c '
import json, re
import jsonschema
schema = json.load(open("schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
options = set(re.findall(r"^  --([a-z-]+)", open("stdout").read(), re.M))
assert len(options) > 25
assert options - {"config", "print-config", "resume", "cite", "quiet"} == set(schema["properties"]) - {"$schema"}
jsonschema.validate(json.load(open("one.json")), schema)
jsonschema.validate({"grid": {"dim": [8, 16], "seed": 3}, "set": {"k": 5}}, schema)
for wrong in {"grid": {"dim": {}}}, {"set": {"k": [1]}}, {"suites": "x"}, {"no-items": "yes"}, {"limit": {}}, {"embedder": [[]]}, []:
    try:
        jsonschema.validate(wrong, schema)
    except jsonschema.ValidationError:
        continue
    raise AssertionError(wrong)
'

# What is wrong, with its line.
wrong() { printf "$1" >wrong.json && expect 2 "$HARNESS" --config wrong.json --print-config && said err "$2"; }
wrong '{\n  "suite": "similarity",\n  "embeder": "toy"\n}' 'wrong\.json:3: "embeder": no such option; did you mean "embedder"'
wrong '{\n"suite": "wsd", "set": ["{\\"limit\\":"],\n"limit": {}}' 'wrong\.json:3: "limit": expected a text, a number or a list of them'
wrong '{"suite": "wsd",\n\n "no-items": 1}' 'wrong\.json:3: "no-items": expected true or false'
wrong '{"limit": 1,\n"limit": 2}' 'wrong\.json:2:.*duplicate'
wrong '{"config":\n "other.json"}' 'wrong\.json:1: "config": not an option of an experiment file'
wrong '{"set":\n{"k": [1]}}' 'wrong\.json:2: "set": "k": expected a text or a number$'
wrong '{"grid":\n\n{"dim": []}}' 'wrong\.json:3: "grid": "dim": expected a text, a number or a list of them'
wrong '{"seed": 1,\n"grid": {"seed": [2]}}' 'wrong\.json:2: "grid": "seed": given twice: also wrong\.json:1: "seed"'
wrong '[]' 'expected an object'
wrong '{"suite": ' 'wrong\.json:1:.*not JSON'
expect 2 "$HARNESS" --config nowhere.json
said err 'nowhere\.json'

# A grid: options of embedders by every value, options of the run as if they stood alone; typed, the same.
cat >grid.json <<'G'
{"suite": "similarity", "dataset": "pairs.tsv", "embedder": ["toy", "b=toy,dim=8"], "resamples": 0, "no-items": true,
 "grid": {"dim": [16, 32],
          "seed": [1, 2], "toy.window": 1}}
G
expect 2 "$HARNESS" --config grid.json
said err 'grid\.json:3: "grid": "toy\.window": --grid toy\.window=1: toy has no option window'
sed -i 's/, "toy.window": 1//' grid.json
expect 0 "$HARNESS" --config grid.json --out grid --name a
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --embedder b=toy,dim=8 --resamples 0 --no-items --grid dim=16,32 --seed 1,2 \
  --out grid --name b
that "every embedder with every value and every seed, and the means over seeds" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f"grid/{name}.json")) for name in "ab")
assert [e["name"] for e in a["embedders"]] == [f"{e}@seed:{s}" for e in ("toy@dim:16", "toy@dim:32", "b") for s in (1, 2)]
assert [e["dim"] for e in a["embedders"]] == [16, 16, 32, 32, 8, 8]
assert a["results"] == b["results"] and {"toy@dim:16", "toy@dim:32", "b"} <= {r["embedder"] for r in a["results"] if r["seeds"]}
'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --grid dim=0
said err 'option dim: found "0", expected an integer from 1 to 4096'
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --grid seed=1,2
said err "an option of the run, expected --seed 1,2"

# What to cite: models, plugins and data of manifests, each once, in parts.
mkdir -p manifests cache/models/vecs cache/datasets/mypairs
cp vectors.txt cache/models/vecs/
cp pairs.tsv cache/datasets/mypairs/
cat >manifests/vecs.json <<'M'
{"name": "vecs", "kind": "model", "title": "t", "licence": "CC-0 & more", "prepare": "x",
 "citation": "Doe, Roe et al.: Vectors_of: Words. ACL 2015; Poe (2001). Ravens. Journal of Birds",
 "embedder": {"plugin": "glove", "path": "vectors.txt"}}
M
cat >manifests/mypairs.json <<'M'
{"name": "mypairs", "kind": "dataset", "title": "t", "licence": "MIT", "prepare": "x", "citation": "ask the author",
 "dataset": {"suites": ["similarity"], "path": "pairs.tsv"}}
M
export HARNESS_DATASETS=$work/manifests
expect 0 "$HARNESS" --suite similarity --dataset cache/datasets/mypairs/pairs.tsv --embedder vecs --embedder toy --cite
cp stdout cited.bib
that "nothing was run" test -z "$(find . -name '*.partial')"
dataset=$(cd cache/datasets/mypairs && pwd)/pairs.tsv
expect 0 "$HARNESS" --suite similarity --dataset "$dataset" --embedder vecs --embedder toy --name c --out cite
expect 0 "$HARNESS" cite cite/c.json
said out '^@misc\{doe2015vectors,'
said out 'author = \{Doe and Roe and others\}'
said out 'title = \{\{Vectors\\_of: Words\}\}'
said out 'howpublished = \{ACL\}'
said out 'note = \{embedder vecs, licence: CC-0 \\& more\}'
said out '^@misc\{poe2001ravens,'
said out 'title = \{ask the author\}'
said out 'note = \{data set mypairs, licence: MIT\}'
said out '^@misc\{pennington2014glove,'
that "each work once" test "$(grep -c '^@' stdout)" = 5
that "braces are in pairs" /usr/bin/python3 -c '
t = open("stdout").read().replace("\\{", "").replace("\\}", "")
assert t.count("{") == t.count("}")'
expect 0 "$HARNESS" cite cite/c.xml
that "JSON and XML give the same" test "$(grep -c '^@' stdout)" = 5
that "the data set is in the report" /usr/bin/python3 -c '
import hashlib, json
data = {d["name"]: d for d in json.load(open("cite/c.json"))["run"]["data"]}["mypairs"]
content = open("pairs.tsv", "rb").read()
assert data["sha256"] == hashlib.sha256(content).hexdigest() and data["bytes"] == len(content), data
assert data["licence"] == "MIT"
machine = json.load(open("cite/c.json"))["run"]["machine"]
assert "OpenBLAS" in machine["blas"] and "core" in machine["blas"]
'
that "the list for a run to come has the model" grep -q '^@misc{doe2015vectors,' cited.bib
expect 2 "$HARNESS" cite

# Of a set that is asked for by name what its manifest says is read, not what lies beside it.
mkdir -p cache/datasets/mysts
printf 'car\tauto\t5\ncar\ttree\t2\n' | tee cache/datasets/mysts/dev.tsv >cache/datasets/mysts/test.tsv
cp pairs.tsv cache/datasets/mypairs/older.tsv
sed 's/mypairs/mysts/; s/similarity/sts/; s/pairs.tsv/test.tsv/' manifests/mypairs.json >manifests/mysts.json
expect 0 "$HARNESS" --suite similarity,sts --dataset similarity=mypairs --dataset sts=mysts --embedder vecs --resamples 0 \
  --out cite --name named
that "the files that manifests name" /usr/bin/python3 -c '
import json
report = json.load(open("cite/named.json"))
found = {(row["suite"], row["dataset"]) for row in report["results"]}
assert found == {("similarity", "pairs"), ("sts", "test")}, found'

# Every command and option wherever they are listed.
"$HARNESS" help --man >man
for shell in bash zsh fish; do "$HARNESS" help --completion "$shell" >"$shell"; done
expect 2 "$HARNESS" help --completion csh
"$HARNESS" help >overview
that "all know all" /usr/bin/python3 -c '
import os, re, subprocess
man, bash, zsh, fish, overview = (open(name).read() for name in ("man", "bash", "zsh", "fish", "overview"))
commands = re.findall(r"^  harness \[?([a-z][a-z-]*)", overview.split("\nExamples")[0], re.M)
assert len(commands) >= 16 and {"run", "verify", "cite", "report"} <= set(commands), commands
assert "\\-\\-quiet" in man
for command in commands:
    help = subprocess.run([os.environ["HARNESS"], command, "--help"], capture_output=True, text=True).stdout
    options = [o for o in re.findall(r"^  --([a-z][a-z-]*)", help, re.M) if o != "quiet"]  # which every command has
    escaped = command.replace("-", "\\-")
    assert f".B harness {escaped}\n" in man, command
    assert f"-a {command} -d" in fish, command
    for script in bash, zsh:
        words = re.search(rf"^    {command}\) words=\x27(.*)\x27", script, re.M).group(1).split()
        assert {"--" + o for o in options + ["quiet"]} <= set(words), (command, words)
    section = man.split(f".SH \"HARNESS {command}\"")[1].split("\n.SH ")[0]
    for option in options:
        assert re.search(rf"_from {command}\x27 -l {option} ", fish), (command, option)
        assert "\\-\\-" + option.replace("-", "\\-") + "\\fR" in section, (command, option)
'
that "bash understands its own" bash -n bash
finish
