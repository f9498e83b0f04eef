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
# shellcheck disable=SC2086
expect 0 train text.txt -o whole $shape epochs=30 --threads 1 --seed 3
# shellcheck disable=SC2086
"$HARNESS" train transformer text.txt -o cut $shape epochs=30 --threads 2 --seed 3 2>log &
pid=$!
for _ in $(seq 600); do compgen -G 'cut.tmp-*/tokenizer.json' >/dev/null && break; sleep 0.05; done
sleep 0.2
kill -TERM $pid
wait $pid
that "SIGTERM leaves a checkpoint and no folder" sh -c 'test -e cut.checkpoint && ! ls -d cut cut.tmp-* 2>/dev/null'
# shellcheck disable=SC2086
expect 2 train text.txt -o cut $shape epochs=31 --seed 3 --resume
said err 'checkpoint'
# shellcheck disable=SC2086
expect 0 train text.txt -o cut $shape epochs=30 --threads 2 --seed 3 --resume
that "interrupted and resumed, the same bytes" cmp whole/model.safetensors cut/model.safetensors
that "and the same curve" /usr/bin/python3 -c '
import json
a, b = (json.load(open(f"{name}/training.json")) for name in ("whole", "cut"))
assert b["resumed"] and all(a[k] == b[k] for k in ("curve", "loss", "held_out_loss", "updates")), (a, b)'

# an earlier model is replaced, anything else refused before work begins
# shellcheck disable=SC2086
expect 0 train text.txt -o gpt $shape epochs=1 --seed 3
that "replaced, and nothing left beside it" sh -c 'grep -q "\"updates\": [0-9]*" gpt/training.json && ! ls -d gpt.tmp-* 2>/dev/null'
mkdir mine && echo precious >mine/notes
expect 2 train text.txt -o mine
said err 'mine: found another folder'
that "what was there is still there" grep -q precious mine/notes
expect 2 train text.txt -o x objective=masked
said err 'option objective: found "masked", expected causal'
expect 2 train text.txt -o x arch=llama
said err 'option arch: found "llama", expected gpt2'
expect 2 train text.txt -o x context=32 batch=100
said err 'expected a multiple of context, 32'
expect 2 train text.txt -o x dim=30 heads=4
said err 'dim a multiple of heads'
printf '\n  \n\n' >blank.txt
expect 2 train blank.txt -o x
said err 'nothing to train on'
expect 2 train text.txt -o x blocks=2 dim=32 heads=2 context=32 batch=256 vocabulary=400 rate=1 clip=0 warm-up=0 decay=10 \
  schedule=constant epochs=100
said err 'the loss at update .* is .*nothing was written'
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
finish
