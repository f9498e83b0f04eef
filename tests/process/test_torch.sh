#!/usr/bin/env bash
# Two implementations of one model: MiniLM in PyTorch through the bridge, and the plugin transformer. Every
# figure of every stage on the homographs, and on ALL if asked for, is within 0.05 points. And the numpy word averager, beside the
# plugin glove, on the same file.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
python=/usr/bin/python3
examples=$HARNESS_SOURCE_ROOT/plugins/process/examples
cd "$work" || exit 1

cat >same.py <<'PY'
"""same.py REPORT A B TOLERANCE: every figure of embedder B is A's (which may have more: splits by pieces)."""
import json, sys
report, a, b, tolerance = json.load(open(sys.argv[1])), *sys.argv[2:4], float(sys.argv[4])
found = {a: {}, b: {}}
for row in report["results"]:
    if row["embedder"] in found and row["value"] is not None:
        key = tuple(str(row.get(k)) for k in ("suite", "dataset", "method", "metric", "stage", "policy", "split"))
        found[row["embedder"]][key] = row["value"] * (100 if row["metric"] in ("f1", "accuracy", "spearman") else 1)
assert found[b].keys() <= found[a].keys() and len(found[b]) > 5, [len(f) for f in found.values()]
assert {k[4] for k in found[a]} == {k[4] for k in found[b]}  # of the same stages
worst = max(found[b], key=lambda key: abs(found[a][key] - found[b][key]))
print(len(found[b]), "figures; the largest difference:", found[a][worst] - found[b][worst], worst)
assert abs(found[a][worst] - found[b][worst]) <= tolerance
PY

vectors >v.txt
pairs >pairs.tsv
expect 0 "$HARNESS" check "process-static:$examples/average.py,model=v.txt,interpreter=$python"
expect 0 "$HARNESS" --suite similarity --dataset pairs.tsv --resamples 0 --out out --name average \
  --embedder "mine=process-static:$examples/average.py,model=v.txt,interpreter=$python" --embedder glove=glove:v.txt
that "averager and glove agree" $python same.py out/average.json mine glove 1e-9
printf 'car 1 0\nauto 0.9\n' >short.txt
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name x \
  --embedder "x=process-static:$examples/average.py,model=short.txt,interpreter=$python"
said err 'short.txt: line 2: found 1 numbers, expected 2'

if ! [ -d "$MODELS/minilm" ] || ! $python -c 'import torch' 2>/dev/null; then
  echo "skipped: MiniLM in PyTorch; it needs $MODELS/minilm and python3-torch (600 MB, in no list of ours)"
  finish
fi
minilm="process:$examples/minilm_torch.py,model=$MODELS/minilm,interpreter=$python"
expect 0 "$HARNESS" --suite wsd --dataset homographs --method nn --resamples 0 --out out --name torch \
  --embedder "plugin=transformer:$MODELS/minilm" --embedder "torch=$minilm"
that "two implementations agree" $python same.py out/torch.json plugin torch 0.05
if $python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  expect 0 "$HARNESS" --suite wsd --dataset homographs --method nn --resamples 0 --out out --name cuda \
    --embedder "plugin=transformer:$MODELS/minilm" --embedder "torch=$minilm,device=cuda"
  that "on the GPU as well" $python same.py out/cuda.json plugin torch 0.05
else
  expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name cuda --embedder "torch=$minilm,device=cuda"
  said err 'torch: failed: device=cuda: torch [0-9].* cannot compute there: .*; expected cpu'
fi

# The standard setting, for a quarter of an hour: HARNESS_LONG=1 meson test -C build torch --timeout-multiplier 10
wsd=$HARNESS_SHARED/wsd
if [ "${HARNESS_LONG-}" = 1 ] && [ -d "$wsd/raganato2017/ALL" ] && [ -d "$wsd/semcor" ]; then
  expect 0 "$HARNESS" --suite wsd --dataset "$wsd/raganato2017/ALL" --train "$wsd/semcor" --method nn --resamples 0 --timeout 0 \
    --out out --name all --embedder "plugin=transformer:$MODELS/minilm" --embedder "torch=$minilm"
  that "two implementations agree on ALL" $python same.py out/all.json plugin torch 0.05
else
  echo "skipped: ALL with SemCor; it needs HARNESS_LONG=1 and $wsd/raganato2017"
fi
finish
