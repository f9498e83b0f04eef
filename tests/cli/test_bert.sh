#!/usr/bin/env bash
# harness train bert and senses: an encoder of one's own from text, and its fine-tuning for senses, opened again by
# the plugin and by the suites; gradients stand beside PyTorch's in the unit tests.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
train() { "$HARNESS" train "$@"; }
shape="blocks=2 dim=32 heads=2 context=32 batch=256 vocabulary=400 held-out=0.1 rate=3e-3"

# a language of two topics: what follows "bank" depends on the words before it
/usr/bin/python3 - >text.txt <<'PY'
import random
draw = random.Random(4)
for i in range(400):
    river = draw.random() < .5
    first = draw.choice(["a boat", "the trout", "some reeds"] if river else ["a loan", "the teller", "some coins"])
    rest = draw.choice(["was muddy", "is steep", "lay wet"] if river else ["was robbed", "is rich", "lent much"])
    print(f"  It has {first} there, and that is why the BANK {rest} on day {i % 7}; naïve café. ")
PY

# shellcheck disable=SC2086
expect 0 train bert text.txt -o bert $shape epochs=10 --threads 2 --seed 3
that "a folder of the usual files" test "$(ls bert | tr '\n' ' ')" = \
  "config.json held-out.txt model.safetensors tokenizer.json tokenizer_config.json training.json "
expect 0 "$HARNESS" --suite lm --dataset bert/held-out.txt --embedder bert=transformer:bert --resamples 0 --out out --name lm
cat >reference.py <<'PY'
# BERT in double by NumPy, and the trainer's draws (splitmix64, xoroshiro128+): the held-out loss from the files alone
import json, math, re, struct, sys, unicodedata
import numpy as np
folder = sys.argv[1]
config, said = (json.load(open(f"{folder}/{name}.json")) for name in ("config", "training"))
vocab = json.load(open(f"{folder}/tokenizer.json"))["model"]["vocab"]
data = open(f"{folder}/model.safetensors", "rb").read()
n, = struct.unpack("<Q", data[:8])
p = {}
for name, of in json.loads(data[8:8 + n]).items():
    if name != "__metadata__":
        begin, end = (8 + n + at for at in of["data_offsets"])
        p[name] = np.frombuffer(data[begin:end], "<f4").astype(float).reshape(of["shape"])
linear = lambda x, name: x @ p[name + ".weight"].T + p[name + ".bias"]
erf = np.vectorize(math.erf)
gelu = lambda x: x / 2 * (1 + erf(x / math.sqrt(2)))
def norm(x, name):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + config["layer_norm_eps"]) * p[name + ".weight"] + p[name + ".bias"]
def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)
def log_probs(ids):
    e, heads = "bert.embeddings.", config["num_attention_heads"]
    table = p[e + "word_embeddings.weight"]
    x = norm(table[ids] + p[e + "position_embeddings.weight"][:len(ids)] + p[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
    for b in range(config["num_hidden_layers"]):
        h = f"bert.encoder.layer.{b}."
        q, k, v = (linear(x, h + "attention.self." + part).reshape(len(ids), heads, -1).transpose(1, 0, 2) for part in ("query", "key", "value"))
        w = softmax(q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1]))
        x = norm(x + linear((w @ v).transpose(1, 0, 2).reshape(len(ids), -1), h + "attention.output.dense"), h + "attention.output.LayerNorm")
        x = norm(x + linear(gelu(linear(x, h + "intermediate.dense")), h + "output.dense"), h + "output.LayerNorm")
    x = norm(gelu(linear(x, "cls.predictions.transform.dense")), "cls.predictions.transform.LayerNorm")
    return np.log(softmax(x @ table.T + p["cls.predictions.bias"]))
M = 2**64 - 1
def mix(x):
    x = (x + 0x9e3779b97f4a7c15) & M
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & M
    x = (x ^ x >> 27) * 0x94d049bb133111eb & M
    return x ^ x >> 31
class Draw:
    def __init__(self, seed, a, b):
        key = mix(mix(mix(seed) ^ a) ^ (b + 0x632be59bd9b4e019 & M))
        self.s = [mix(key), mix(key + 1 & M) | 1]
    def next(self):
        a, b = self.s
        c = b ^ a
        self.s = [(a << 24 | a >> 40) & M ^ c ^ c << 16 & M, (c << 37 | c >> 27) & M]
        return a + b & M
    def below(self, n):
        return (self.next() >> 32) * n >> 32
    def unit(self):
        return (self.next() >> 40) / 2**24
def words(line):
    line = unicodedata.normalize("NFD", line.strip())
    return re.findall(r"\w+|[^\w\s]", "".join(c for c in line if unicodedata.category(c) != "Mn").lower())
def pieces(word):
    out, at = [], 0
    while at < len(word):
        at, piece = next((end, piece) for end in range(len(word), at, -1) if (piece := ("##" if at else "") + word[at:end]) in vocab)
        out.append(vocab[piece])
    return out
PY
that "its held-out loss is what its files give by NumPy, with the masks of its seed; suite lm says little else" /usr/bin/python3 -c '
import sys
sys.argv[1:] = ["bert"]
exec(open("reference.py").read())
total = n = 0
for number, line in enumerate(open("bert/held-out.txt")):
    ids = [q for word in words(line) for q in pieces(word)][:config["max_position_embeddings"] - 2]
    draw, places, masked, targets = Draw(said["held_out_mask_seed"], ord("k"), number), list(range(1, len(ids) + 1)), [2] + ids + [3], []
    for k in range(max(1, int(.15 * len(ids) + .5))):
        other = k + draw.below(len(ids) - k)
        at, places[other] = places[other], places[k]
        targets.append((at, masked[at]))
        what = draw.unit()
        if what < np.float32(.9):
            masked[at] = 4 if what < np.float32(.8) else draw.below(len(vocab))
    scores = log_probs(masked)
    total -= sum(scores[at, target] for at, target in targets)
    n += len(targets)
assert abs(total / n - said["held_out_loss"]) < 1e-6 * said["held_out_loss"], (total / n, said["held_out_loss"])
rows = {r["method"]: math.log(r["value"]) for r in json.load(open("out/lm.json"))["results"] if r["metric"] == "perplexity"}
assert rows["masked"] < rows["unigram"] - 2, rows
assert config["architectures"] == ["BertForMaskedLM"] and said["held_out_loss"] < 1'
# method choice of a masked model: each piece of a definition is masked, and the others are given (Salazar et al. 2020)
printf 'bank\tNOUN\tbank.1\ta steep bank, lay wet\nbank\tNOUN\tbank.2\tlent coins\nbank\tNOUN\tbank.3\tis rich\n' >senses.tsv
printf '%s\tbank\tNOUN\t%d\t%s\tbank.1\n' i1 5 'It has a boat there bank' i2 0 'bank was robbed; the teller is rich' \
  i3 0 "bank $(printf 'the trout %.0s' $(seq 20))" >set.tsv
expect 0 env WNSEARCHDIR="$HARNESS_SOURCE_ROOT/tests/support/wordnet" "$HARNESS" --suite wsd --dataset set.tsv --set wsd.inventory=senses.tsv \
  --set wsd.choice-template='{sentence} and the {word} has {definition}' --method choice --embedder bert=transformer:bert --resamples 0 --out out --name choice
that "a masked model's definitions score what NumPy finds, piece by piece" /usr/bin/python3 -c '
import sys, zstandard
sys.argv[1:] = ["bert"]
exec(open("reference.py").read())
senses = [line.rstrip("\n").split("\t")[2:] for line in open("senses.tsv")]
cut = lambda text: [q for word in words(text) for q in pieces(word)]
totals = {}
for name, _, _, at, sentence, _ in (line.rstrip("\n").split("\t") for line in open("set.tsv")):
    for sense, definition in senses:
        ids, n = [2] + cut(f"{sentence} and the bank has {definition}") + [3], len(cut(definition))
        if len(ids) <= config["max_position_embeddings"]:
            found = [log_probs(ids[:p] + [4] + ids[p + 1:])[p, ids[p]] for p in range(len(ids) - 1 - n, len(ids) - 1)]
            totals.setdefault(name, {})[sense] = (sum(found), n)
items = [i for i in map(json.loads, zstandard.open("out/choice.items.jsonl.zst", "rt")) if i["method"].startswith("choice:")]
assert sorted(totals) == ["i1", "i2"] and len(items) == 6 and min(n for of in totals.values() for _, n in of.values()) > 1, totals
for item in items:
    if item["id"] == "i3":
        assert (item["status"], item["score"]) == ("cut", None), item
        continue
    score = {s: total / (n if item["method"] == "choice:mean" else 1) for s, (total, n) in totals[item["id"]].items()}
    best = max(score, key=score.get)
    assert item["answer"] == best and abs(item["score"] - score[best]) < 1e-3, (item, score)'
that "the vocabulary is that of the definition: characters, then the most frequent pairs" /usr/bin/python3 -c '
import collections, sys
sys.argv[1:] = ["bert"]
exec(open("reference.py").read())
held = open("bert/held-out.txt").read().splitlines()
lines = collections.Counter(line.strip() for line in open("text.txt")) - collections.Counter(held)
counts = collections.Counter(word for line in lines.elements() for word in words(line))
characters = sorted({c for word in counts for c in word})
wanted = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [p + c for c in characters for p in ("", "##")]
left = {word: [word[0]] + ["##" + c for c in word[1:]] for word in counts}
while True:
    pairs, number = collections.Counter(), {piece: i for i, piece in enumerate(wanted)}
    for word, times in counts.items():
        for pair in zip(left[word], left[word][1:]):
            pairs[pair] += times
    best = min(pairs, key=lambda q: (-pairs[q], number[q[0]], number[q[1]]), default=None)
    if best is None or pairs[best] < 2 or len(wanted) == 400:
        break
    wanted.append(best[0] + best[1][2:])
    for word, old in left.items():
        new = []
        while old:
            n = 2 if tuple(old[:2]) == best else 1
            new.append(wanted[-1] if n == 2 else old[0])
            old = old[n:]
        left[word] = new
assert list(vocab) == wanted and list(vocab.values()) == list(range(len(wanted))), (list(vocab), wanted)'

# interrupt MODEL TRAINER ARGUMENTS: training with one worker that is interrupted, if there is time, and goes on with two
interrupt() {
  local model=$1
  shift
  "$HARNESS" train "$@" -o "$model" --threads 1 2>log &
  local pid=$!
  for _ in $(seq 600); do compgen -G "$model.tmp-*/tokenizer.json" >/dev/null && break; sleep 0.05; done
  sleep 0.1
  kill -TERM $pid
  wait $pid
  # shellcheck disable=SC2046
  [ -e "$model" ] || expect 0 train "$@" -o "$model" --threads 2 $([ -e "$model.checkpoint" ] && echo --resume)
}
# shellcheck disable=SC2086
interrupt cut transformer text.txt objective=masked $shape epochs=10 --seed 3
that "interrupted and resumed, the same bytes" cmp bert/model.safetensors cut/model.safetensors

# from a model: what does not learn is the same, in whatever numbers it is kept
expect 0 train transformer text.txt -o same from=bert rate=0 context=16 batch=64 tokens=64 --seed 9
that "a BERT that learned at rate 0 is the one it began as, with all its positions" cmp bert/model.safetensors same/model.safetensors
expect 0 train transformer text.txt -o llama arch=llama blocks=1 dim=16 heads=2 context=16 batch=64 vocabulary=300 tokens=640
expect 0 train transformer text.txt -o llama2 from=llama rate=0 batch=64 tokens=64 --seed 9
that "nor is a Llama another" cmp llama/model.safetensors llama2/model.safetensors
expect 2 train transformer text.txt -o x from=bert arch=gpt2
said err 'option arch: found gpt2, but the model of from= is bert'
expect 2 train transformer text.txt -o x from=bert objective=causal
said err 'option objective: found causal for bert, which learns masked'

# short on everything: one line, ill-formed bytes, more vocabulary than the text can give
printf 'na\377ve\n' >small.txt
expect 0 train bert small.txt -o small blocks=1 dim=8 heads=1 context=16 batch=32 vocabulary=5000 held-out=0 epochs=2
that "its vocabulary is what the text gave" grep -q '"vocabulary": 13' small/training.json

# what is asked of a tokenizer or a table that cannot be so
expect 2 train transformer text.txt -o x from=small vocabulary=5000
said err 'option vocabulary: found 5000, but the model of from= has 13 pieces'
expect 2 train bert text.txt -o x tokenizer=bert/tokenizer.json vocabulary=5000
said err 'option vocabulary: found 5000, but the file of tokenizer= has'
expect 2 train bert text.txt -o x tokenizer=bert/tokenizer.json lowercase=0
said err 'option lowercase: found 0, but the file of tokenizer= has its own tokenizer'
expect 2 train bert text.txt -o x vocabulary=100
said err 'option vocabulary: found 100, expected 0 or at least 257'
printf 'bank 1 2\nboat 3 4\n' >two.txt
expect 2 train bert text.txt -o x tokenizer=bert/tokenizer.json table=two.txt blocks=1 dim=16
said err 'map=identity: .*two.txt has 2 dimensions'
printf '\n \n\n' >blank.txt
expect 2 train bert blank.txt -o x
said err 'nothing to train on'

# a word against the definitions of its lemma's senses (WordNet's): bank, by who stands before it
if [ ! -e /usr/share/wordnet/index.sense ]; then
  echo "skipped: train senses needs WordNet in /usr/share/wordnet"
  finish
fi
senses() {
  awk -v from="$1" -v to="$2" 'NR >= from && NR <= to {
    for (i = 1; $i != "BANK";) i++
    $1 = $1
    printf "s%d\tbank\tn\t%d\t%s\t%s\n", NR, i - 1, $0, /boat|trout|reeds/ ? "bank%1:17:01::" : "bank%1:14:00::"}' text.txt
}
senses 1 40 >train.tsv
senses 201 230 >dev.tsv
tune="from=bert words=8 epochs=12 rate=3e-3 checks=4 patience=0 --development dev.tsv --seed 2"
# shellcheck disable=SC2086
expect 0 train senses train.tsv -o tuned $tune --threads 2
# shellcheck disable=SC2086
interrupt cut2 senses train.tsv $tune
that "one worker, interrupted, then two: the same bytes" cmp tuned/model.safetensors cut2/model.safetensors
expect 0 "$HARNESS" --suite wsd --dataset dev.tsv --method gloss:target-gloss --embedder before=transformer:bert --embedder after=transformer:tuned --resamples 0 --out out --name wsd
that "what it says of the development set is what suite wsd does; senses are distinguished" /usr/bin/python3 -c '
import json
said = json.load(open("tuned/training.json"))
rows = {(r["embedder"], r["stage"]): r["value"] for r in json.load(open("out/wsd.json"))["results"]
        if r["metric"] == "f1" and r["split"] == "all" and r["method"].startswith("gloss:target-gloss")}
f1 = [c["development_f1"] for c in said["checks"]]
assert abs(rows["after", "2"] - f1[said["best"]]) < 1e-6 and abs(rows["before", "2"] - f1[0]) < 1e-6, (rows, f1)
assert f1[said["best"]] >= .9 and f1[0] < .7 and said["corpus"]["words"] == 40, f1
assert json.load(open("tuned/config.json"))["architectures"] == ["BertModel"]'
# shellcheck disable=SC2086
expect 0 train senses train.tsv -o last $tune train-blocks=1
that "with train-blocks=1 all below the last block stays, bit for bit" /usr/bin/python3 -c '
import json, struct
def tensors(folder):
    data = open(folder + "/model.safetensors", "rb").read()
    n, = struct.unpack("<Q", data[:8])
    return {k.replace("bert.", ""): data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]
            for k, v in json.loads(data[8:8 + n]).items() if k != "__metadata__"}
a, b = tensors("bert"), tensors("last")
moved = {k for k in b if a[k] != b[k]}
assert moved and all(k.startswith("encoder.layer.1.") for k in moved), moved'
expect 2 train senses train.tsv -o x
said err 'objective=senses expects from=MODEL'
for idle in batch=64 tokens=512 mask-seed=2; do
  expect 2 train senses train.tsv -o x from=bert $idle
  said err "option ${idle%%=*}: found .*, which does nothing here: it is read with objective="
done
expect 2 train senses train.tsv -o x from=bert patience=2
said err 'option patience: found 2, which does nothing here: it is read with --development'
expect 2 train transformer text.txt -o x objective=senses from=bert
said err 'expected definition, sentence or target'

printf 's1\tbank\tn\t1\tthe bank l\377y wet\tbank%%1:17:01::\n' >line.tsv
expect 0 train senses line.tsv -o line from=bert epochs=1
that "one line with an ill-formed byte is one word to learn from" grep -q '"words": 1,' line/training.json
expect 2 train senses blank.txt -o x from=bert
said err 'blank.txt: holds no instance'
expect 2 train senses train.tsv -o x from=bert --development blank.txt
said err 'blank.txt: holds no instance'
expect 2 train senses train.tsv -o x from=bert tokenizer=bert/tokenizer.json table=two.txt
said err 'option tokenizer: the model of from= has its own'
expect 2 train senses train.tsv -o x from=bert table=two.txt
said err 'map=identity: .*two.txt has 2 dimensions'
expect 3 env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'trap "" XFSZ; ulimit -f 16; exec "$@"' - \
  "$HARNESS" train senses train.tsv -o x from=bert epochs=1
said err 'File too large'

# a disk that is full, a time that is over
expect 3 env GCOV_PREFIX="$PWD/gcov" GCOV_ERROR_FILE=/dev/null bash -c 'trap "" XFSZ; ulimit -f 64; exec "$@"' - \
  "$HARNESS" train bert text.txt -o x blocks=2 dim=64 heads=2 context=32 batch=256 tokens=256
said err 'File too large'
# shellcheck disable=SC2086
expect 0 train bert text.txt -o timed $shape epochs=100000 minutes=0.02
that "minutes= ends a run" /usr/bin/python3 -c '
import json
said = json.load(open("timed/training.json"))
assert 1 < said["training_seconds"] < 60 and len(said["curve"]) > 1, said'
that "nothing is left of what failed" sh -c '! ls -d x x.* 2>/dev/null'
finish
