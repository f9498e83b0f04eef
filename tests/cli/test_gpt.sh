#!/usr/bin/env bash
# harness train transformer: a GPT of one's own from text, opened again by the plugin and by the suites; its
# gradients stand beside PyTorch's in the unit tests.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
train() { "$HARNESS" train transformer "$@"; }
shape="blocks=2 dim=32 heads=2 context=32 batch=256 vocabulary=400 held-out=0.1 rate=3e-3"

# a language of two topics: what follows "bank" depends on the words before it
/usr/bin/python3 - >text.txt <<'PY'
import random
draw = random.Random(4)
for i in range(400):
    river = draw.random() < .5
    first = draw.choice(["a boat", "the trout", "some reeds"] if river else ["a loan", "the teller", "some coins"])
    rest = draw.choice(["was muddy", "is steep", "lay wet"] if river else ["was robbed", "is rich", "lent much"])
    print(f"  It has {first} there, and that is why the bank {rest} on day {i % 7}; naïve café. ")
PY

expect 0 "$HARNESS" train gpt --help
said out '^  blocks=integer .*0 = 4'
that "what the name has decided is no option" sh -c '! grep -q "^  objective=" stdout'

# shellcheck disable=SC2086
expect 0 train text.txt -o gpt $shape epochs=4 --threads 2 --seed 3
said err 'training: .* pieces, .*loss'
that "a folder of the usual files" test "$(ls gpt | tr '\n' ' ')" = \
  "config.json held-out.txt model.safetensors tokenizer.json tokenizer_config.json training.json "
expect 0 "$HARNESS" --suite lm --dataset gpt/held-out.txt --embedder gpt=transformer-causal:gpt --resamples 0 --out out --name lm
that "its held-out loss is what suite lm says, below what piece counts alone give" /usr/bin/python3 -c '
import json, math
said = json.load(open("gpt/training.json"))
rows = {r["method"]: math.log(r["value"]) for r in json.load(open("out/lm.json"))["results"] if r["metric"] == "perplexity"}
assert abs(rows["causal"] - said["held_out_loss"]) < 1e-6 * said["held_out_loss"], (rows, said["held_out_loss"])
assert rows["causal"] < rows["unigram"] - 1, rows
losses = [m["held_out_loss"] for m in said["curve"]]
assert losses[-1] < losses[0] - 1 and [m["pieces"] for m in said["curve"]] == sorted(m["pieces"] for m in said["curve"])
assert said["corpus"]["lines"] == 400 and 15 < said["corpus"]["held_out_lines"] < 70, said["corpus"]'
that "context decides what follows the bank" sh -c '
  "$HARNESS" predict "It has a boat there, and that is why the bank" --embedder gpt=transformer-causal:gpt --top 3 >river &&
  "$HARNESS" predict "It has a loan there, and that is why the bank" --embedder gpt=transformer-causal:gpt --top 3 >money && ! cmp -s river money'

# the same bytes for any number of workers, and interrupted or not
# shellcheck disable=SC2086
expect 0 train text.txt -o one $shape epochs=4 --threads 1 --seed 3
that "one worker and two give the same bytes" cmp gpt/model.safetensors one/model.safetensors
# shellcheck disable=SC2086
expect 0 train text.txt -o other $shape epochs=4 --threads 2 --seed 4
that "another seed gives another model" sh -c '! cmp -s gpt/model.safetensors other/model.safetensors'
# products in bfloat16, where the processor has them: near the losses of float32, and what is said of the folder is what it is
if grep -qw avx512_bf16 /proc/cpuinfo; then
  # shellcheck disable=SC2086
  expect 0 train text.txt -o half $shape epochs=4 --threads 2 --seed 3 compute=bf16 recompute=on
  said err 'memory: .* 2 blocks keep .* computed anew'
  expect 0 "$HARNESS" --suite lm --dataset half/held-out.txt --embedder half=transformer-causal:half --resamples 0 --out out --name half
  that "bfloat16 learns as float32 does, and training.json says so" /usr/bin/python3 -c '
import json, math
full, half = (json.load(open(f"{name}/training.json")) for name in ("gpt", "half"))
rows = {r["method"]: math.log(r["value"]) for r in json.load(open("out/half.json"))["results"] if r["metric"] == "perplexity"}
assert abs(rows["causal"] - half["held_out_loss"]) < 1e-6 * half["held_out_loss"], (rows, half["held_out_loss"])
assert 0 < abs(half["held_out_loss"] - full["held_out_loss"]) < 0.05, (full["held_out_loss"], half["held_out_loss"])
assert half["options"]["compute"] == "bf16" and half["memory"]["recomputed"] and not full["memory"]["recomputed"], half
assert half["memory"]["kept_by_blocks"] < full["memory"]["kept_by_blocks"], (half["memory"], full["memory"])'
else
  # shellcheck disable=SC2086
  expect 2 train text.txt -o half $shape compute=bf16
  said err 'compute: found bf16, which needs a processor with AVX-512 BF16'
fi
# shellcheck disable=SC2086
expect 2 train text.txt -o half $shape compute=f16
said err 'option compute: found "f16", expected f32 or bf16'
# shellcheck disable=SC2086
expect 0 train text.txt -o whole $shape epochs=30 snapshots=4 --threads 1 --seed 3
# shellcheck disable=SC2086
"$HARNESS" train transformer text.txt -o cut $shape epochs=30 snapshots=4 --threads 2 --seed 3 2>log &
pid=$!
for _ in $(seq 600); do compgen -G 'cut.tmp-*/tokenizer.json' >/dev/null && break; sleep 0.05; done
sleep 0.2
kill -TERM $pid
wait $pid
that "SIGTERM leaves a checkpoint, what was kept so far and no folder" sh -c '
  test -e cut.checkpoint && test -e cut.checkpoint.snapshots/at-0/model.safetensors && ! ls -d cut cut.tmp-* 2>/dev/null'
# shellcheck disable=SC2086
expect 2 train text.txt -o cut $shape epochs=31 snapshots=4 --seed 3 --resume
said err 'checkpoint'
# shellcheck disable=SC2086
expect 0 train text.txt -o cut $shape epochs=30 snapshots=4 --threads 2 --seed 3 --resume
that "interrupted and resumed, the same bytes" cmp whole/model.safetensors cut/model.safetensors
that "of every snapshot, and nothing waits any more" sh -c '
  test "$(ls -d whole/at-* | wc -l)" = 4 && for at in whole/at-*; do cmp "$at/model.safetensors" "cut/${at#*/}/model.safetensors" || exit 1; done
  ! ls -d cut.checkpoint* 2>/dev/null'
that "and the same curve" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f"{name}/training.json")) for name in ("whole", "cut"))
assert b["resumed"] and all(a[k] == b[k] for k in ("curve", "snapshots", "loss", "held_out_loss", "updates")), (a, b)
last = a["snapshots"][-1]
assert [m["pieces"] for m in a["snapshots"]][:2] == [0, 256] and last["pieces"] == a["curve"][-1]["pieces"], a["snapshots"]
assert last["held_out_loss"] == a["held_out_loss"] and a["snapshots"][0]["loss"] is None, a["snapshots"]'

# every snapshot as one embedder: a series over the tokens seen
expect 0 "$HARNESS" --suite lm --dataset whole/held-out.txt --embedder 'gpt=transformer-causal:whole,snapshots=all' --resamples 0 --no-items --out out --name course
said out '^over training: gpt, 4 times, 0 to '
that "each scores what its training said, in order, in JSON, XML and on the page" /usr/bin/python3 -c '
import json, math, xml.etree.ElementTree as tree
report, said = json.load(open("out/course.json")), json.load(open("whole/training.json"))["snapshots"]
facts = report["embedders"]
assert [(e["name"], e["series"], e["series_tokens"], e["held_out_loss"]) for e in facts] == [
    ("gpt@%d" % m["pieces"], "gpt", m["pieces"], m["held_out_loss"]) for m in said], facts
rows = {r["embedder"]: math.log(r["value"]) for r in report["results"] if r["metric"] == "perplexity" and r["method"] == "causal"}
assert all(abs(rows[e["name"]] - e["held_out_loss"]) < 1e-6 * e["held_out_loss"] for e in facts), (rows, facts)
same = [e.attrib for e in tree.parse("out/course.xml").getroot().iter("embedder")]
assert [(e["series"], float(e["series_tokens"])) for e in same] == [("gpt", m["pieces"]) for m in said], same
page = open("out/course.html").read()
assert "perplexity, method causal, over training: gpt" in page and "Held-out loss over training: gpt" in page'
expect 2 "$HARNESS" --suite lm --dataset whole/held-out.txt --embedder 'gpt=transformer-causal:whole,snapshots=last'
said err 'found snapshots=last, expected PLUGIN:FOLDER,snapshots=all'
expect 2 "$HARNESS" --suite lm --dataset whole/held-out.txt --embedder 'gpt=transformer-causal:gpt,snapshots=all'
said err 'gpt/training.json: lists no snapshots'
mkdir odd && echo '{"snapshots": [{"folder": "at-0,compute=bf16", "pieces": 0}]}' >odd/training.json
expect 2 "$HARNESS" --suite lm --dataset whole/held-out.txt --embedder 'gpt=transformer-causal:odd,snapshots=all'
said err 'odd/training.json: snapshots.0.: expected "pieces"'

# an earlier model is replaced, anything else refused before work begins
# shellcheck disable=SC2086
expect 0 train text.txt -o gpt $shape epochs=1 --seed 3
that "replaced, and nothing left beside it" sh -c 'grep -q "\"updates\": [0-9]*" gpt/training.json && ! ls -d gpt.tmp-* 2>/dev/null'
mkdir mine && echo precious >mine/notes
expect 2 train text.txt -o mine
said err 'mine: found another folder'
that "what was there is still there" grep -q precious mine/notes
expect 2 train text.txt -o x objective=mask
said err 'option objective: found "mask", expected auto, causal, masked or senses'
expect 2 train text.txt -o x arch=mamba
said err 'option arch: found "mamba", expected auto, gpt2, llama or bert'
expect 2 train text.txt -o x arch=llama dim=12 heads=4
said err 'heads of 3 dimensions, expected an even number'
expect 2 train text.txt -o x arch=llama from=gpt
said err 'option arch: found llama, but the model of from= is gpt2'
expect 2 train text.txt -o x context=32 batch=100
said err 'expected a multiple of context, 32'
expect 2 train text.txt -o x dim=30 heads=4
said err 'dim a multiple of heads'
for wrong in table-train=frozen:x table-train=no map=x norms=x keep=x dtype=f64; do
  expect 2 train text.txt -o x $wrong
  said err "${wrong%%=*}.*expected"
done
# an option that would do nothing is refused by name, with where it is read
while read -r idle where; do
  # shellcheck disable=SC2086
  expect 2 train text.txt -o x ${idle//,/ }
  said err "option ${idle%%=*}: found .*, which does nothing here: it is read $where"
done <<'IDLE'
words=8 with objective=senses
patience=5 with objective=senses
train-blocks=1 with objective=senses
lowercase=0 with arch=bert
mask-seed=2 with objective=masked
ridge=2 with table=FILE and map=ridge
norms=raw with table=FILE
map=ridge with table=FILE
table-seed=2 with table=FILE and map=random
ridge=2,table=text.txt,map=procrustes with table=FILE and map=ridge
epochs=2,tokens=512 without tokens= and steps=
IDLE
expect 2 train text.txt -o x table=nowhere.txt
said err 'table=nowhere.txt: No such file'
expect 2 train text.txt -o x keep=table
said err 'no model .* to keep it of'
expect 2 train text.txt -o x from=mine
said err 'mine/config.json: No such file'
expect 2 train text.txt -o x from=gpt blocks=3
said err 'option blocks: found 3, but the model of from= has 2'
expect 2 train text.txt -o x from=gpt tokenizer=gpt/tokenizer.json
said err 'option tokenizer: the model of from= has its own'
printf '\n  \n\n' >blank.txt
expect 2 train blank.txt -o x
said err 'nothing to train on'
expect 2 train text.txt -o x blocks=2 dim=32 heads=2 context=32 batch=256 vocabulary=400 rate=1 clip=0 warm-up=0 decay=10 \
  schedule=constant epochs=100
said err 'the loss at update .* is .*nothing was written'
# a disk that is full, at the first snapshot
# shellcheck disable=SC2086
expect 3 env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'trap "" XFSZ; ulimit -f 64; exec "$@"' - \
  "$HARNESS" train gpt text.txt -o x $shape snapshots=2 epochs=1
said err 'File too large'
that "nothing is left of what failed" sh -c '! ls -d x x.* 2>/dev/null'

# one line, shorter than a context, ill-formed bytes, more vocabulary than the text can give
printf 'na\377ve text\n' >small.txt
expect 0 train small.txt -o small blocks=1 dim=8 heads=1 context=16 batch=32 vocabulary=5000 held-out=0 epochs=2
that "its vocabulary is what the text gave" /usr/bin/python3 -c '
import json
said = json.load(open("small/training.json"))
assert said["vocabulary"] < 300 and said["held_out_loss"] is None and said["corpus"]["repaired"] == 1, said'
expect 0 train text.txt -o again tokenizer=gpt/tokenizer.json blocks=1 dim=16 heads=2 context=32 batch=256 epochs=0.5
that "a tokenizer that is given is used" cmp gpt/tokenizer.json again/tokenizer.json

# where the table begins: word vectors as they are, another model's; learned, frozen, frozen for a while
/usr/bin/python3 - >vectors.txt <<'PY'
for i, word in enumerate("boat trout reeds loan bank nowhere teller".split()):
    print(word, *((i * 7 + d * 3) % 11 / 8 - .5 for d in range(32)))
PY
small="batch=256 held-out=0.1" given=${shape/vocabulary=400 /}
# shellcheck disable=SC2086
expect 0 train text.txt -o placed tokenizer=gpt/tokenizer.json table=vectors.txt norms=raw $given epochs=0.2 snapshots=1 dtype=f16 --seed 3
# shellcheck disable=SC2086
expect 0 train text.txt -o frozen tokenizer=gpt/tokenizer.json table=vectors.txt norms=raw table-train=frozen $given epochs=0.2 --seed 3
# shellcheck disable=SC2086
expect 0 train text.txt -o further from=gpt table-train=frozen:512 $small tokens=1024 snapshots=4
# shellcheck disable=SC2086
expect 0 train text.txt -o built from=gpt keep=table table-train=frozen blocks=1 heads=4 context=16 $small tokens=512 --seed 5
expect 2 train text.txt -o x tokenizer=gpt/tokenizer.json table=vectors.txt blocks=1 dim=16
said err 'map=identity: .*vectors.txt has 32 dimensions'
that "rows begin, stay and move as they were told to" /usr/bin/python3 -c '
import json, struct
def table(folder):
    data = open(folder + "/model.safetensors", "rb").read()
    n, = struct.unpack("<Q", data[:8])
    of = json.loads(data[8:8 + n])["transformer.wte.weight"]
    begin, end = (8 + n + at for at in of["data_offsets"])
    numbers = struct.unpack("<%d%s" % (of["shape"][0] * 32, {"F32": "f", "F16": "e"}[of["dtype"]]), data[begin:end])
    return [numbers[i:i + 32] for i in range(0, len(numbers), 32)]
pieces = json.load(open("gpt/tokenizer.json"))["model"]["vocab"]
start, placed, frozen, gpt = table("placed/at-0"), table("placed"), table("frozen"), table("gpt")
n = 0
for line in open("vectors.txt"):
    word, *row = line.split()
    at = pieces.get("\u0120" + word)
    if at is not None:
        n += 1
        assert start[at] == frozen[at] == tuple(map(float, row)) and placed[at] != start[at], word
assert n >= 4, n
assert start[3] != placed[3] and table("built") == gpt and table("further/at-0") == gpt
later = {at: table(f"further/at-{at}") == gpt for at in (256, 512, 1024)}
assert later == {256: True, 512: True, 1024: False}, later'
# shellcheck disable=SC2086
expect 0 "$HARNESS" --suite lm --dataset placed/held-out.txt --embedder gpt=transformer-causal:placed --resamples 0 --out out --name half
that "rounded to f16, its held-out loss is what suite lm says" /usr/bin/python3 -c '
import json, math
said = json.load(open("placed/training.json"))["held_out_loss"]
rows = {r["method"]: math.log(r["value"]) for r in json.load(open("out/half.json"))["results"] if r["metric"] == "perplexity"}
assert abs(rows["causal"] - said) < 1e-6 * said, (rows, said)'

# Llama's shape, in the files that any reader of its family opens
# shellcheck disable=SC2086
expect 0 train text.txt -o llama arch=llama tokenizer=gpt/tokenizer.json $given epochs=1 dtype=f16 --seed 3
expect 0 "$HARNESS" --suite lm --dataset llama/held-out.txt --embedder llama=transformer-causal:llama --resamples 0 --out out --name llama
that "its held-out loss is what suite lm says, below a new model'\''s" /usr/bin/python3 -c '
import json, math
said = json.load(open("llama/training.json"))["held_out_loss"]
rows = {r["method"]: math.log(r["value"]) for r in json.load(open("out/llama.json"))["results"] if r["metric"] == "perplexity"}
assert abs(rows["causal"] - said) < 1e-6 * said and said < 4.5, (rows, said)
config = json.load(open("llama/config.json"))
assert config["model_type"] == "llama" and config["intermediate_size"] == 88, config'

# the tokenizer beside a plain one of a few lines, which learns by counting all pairs again for each merge
that "its merges and pieces are those of the definition" /usr/bin/python3 -c '
import collections, json, re
said, tokenizer = json.load(open("whole/training.json")), json.load(open("whole/tokenizer.json"))
vocab, held = tokenizer["model"]["vocab"], open("whole/held-out.txt").read().splitlines()
lines = collections.Counter(line.strip() for line in open("text.txt")) - collections.Counter(held)
learned = list(lines.elements())
cut = re.compile(r"\x27(?:[stmd]|re|ve|ll)| ?[^\W\d_]+| ?\d+| ?(?:(?!\s|[^\W\d_]|\d).)+|\s+(?!\S)|\s+")
printable = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b]
char = {b: chr(b) for b in printable}
for b in range(256):
    char.setdefault(b, chr(256 + len(char) - len(printable)))
spell = lambda word: tuple(char[b] for b in word.encode())
counts = collections.Counter(spell(word) for line in learned for word in cut.findall(line))
left = {word: list(word) for word in counts}
def merge(pieces, a, b):
    out = []
    for p in pieces:
        if out and out[-1] == a and p == b and not joined:
            out[-1], joined = a + b, True
        else:
            out.append(p); joined = False
    return out
for a, b in (m.split() if isinstance(m, str) else m for m in tokenizer["model"]["merges"]):
    pairs = collections.Counter()
    for word, n in counts.items():
        for pair in zip(left[word], left[word][1:]):
            pairs[pair] += n
    best = min(pairs, key=lambda p: (-pairs[p], vocab[p[0]], vocab[p[1]]))
    assert best == (a, b), (best, a, b)
    left = {word: merge(pieces, a, b) for word, pieces in left.items()}
assert sum(n * len(left[w]) for w, n in counts.items()) + len(learned) == said["corpus"]["pieces"]'
finish
