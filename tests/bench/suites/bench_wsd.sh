#!/usr/bin/env bash
# bench_wsd.sh: how fast the wsd suite scores, and in how much memory: the toy embedder's vectors cost nearly
# nothing, so what is left is reading, candidates, centroids, cosines and figures; then GloVe, then MiniLM, whose run is
# its forward pass. All of SemCor and ALL where the shared data sets are, else the usage examples of WordNet.
set -eu
cache="${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -d "$HARNESS_SHARED/wsd/semcor" ]; then
  data=(--dataset "$HARNESS_SHARED/wsd/raganato2017/ALL" --train "$HARNESS_SHARED/wsd/semcor" --method nn)
else
  data=(--dataset "$cache/datasets/wordnet-examples")
fi
embedders=(--embedder toy,dim=384)
for name in glove minilm; do
  [ -e "$cache/models/$name" ] && embedders+=(--embedder "$name")
done
"$HARNESS" --suite wsd "${data[@]}" "${embedders[@]}" --resamples 0 --no-items --out "$work" --name bench >/dev/null 2>&1
/usr/bin/python3 - "$work/bench.json" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
n = max(r["n"] for r in report["results"] if r["suite"] == "wsd")
for e in report["embedders"]:
    own = e["seconds"] - e["load_seconds"]
    print(f'{e["name"]:8} {e["dim"]:4} dimensions x {len(e["stages"]):2} stages: {own:6.1f} s after loading, '
          f'{n * len(e["stages"]) / own:9.0f} (instance, stage) scores/s, {e["tokens_per_second"]:9.0f} words/s in the plugin, '
          f'peak {e["peak_rss_bytes"] / 1e6:.0f} MB')
PY
