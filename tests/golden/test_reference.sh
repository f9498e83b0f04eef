#!/usr/bin/env bash
# test_reference.sh SUITES: run the program on the real data sets and models, and compare with the figures that an
# independent program computed by the same protocol (reference/figures.tsv). Takes minutes.
set -eu
models="${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}/models"
if [ ! -d "$HARNESS_SHARED" ] || [ ! -e "$models/minilm/config.json" ] || [ ! -e "$models/glove/vectors.txt" ]; then
  echo "skipped: needs ../shared/datasets and the models that ./run sets up"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$HARNESS_SHARED
arguments=(--embedder minilm --embedder glove --resamples 0 --no-items --out "$work" --name report)
case $1 in
  wsd)
    arguments+=(--suite wsd --dataset "$data/wsd/raganato2017/ALL" --train "$data/wsd/semcor"
      --method nn,nn-context,gloss:target-gloss,gloss:target-lemma,gloss:sentence-gloss
      --stages table,input,1-6,sum:3-6) ;;
  others)
    arguments+=(--suite similarity,wic,context-similarity,sts --stages table,input,1-6,sum:3-6
      --dataset "wic=$data/wic" --dataset "context-similarity=$data/contextual/scws" --dataset "sts=$data/sts/sts-test.csv")
    for file in "$data"/similarity/EN-*.txt; do
      arguments+=(--dataset "similarity=$file")
    done ;;
  contextuality)
    arguments=(--embedder minilm --resamples 0 --no-items --out "$work" --name report --suite contextuality --limit 5000
      --dataset "$data/wsd/semcor" --method ethayarajh --stages table,input,1-6,sum:3-6) ;;
  interventions) # without names of their own
    arguments=(--resamples 0 --no-items --out "$work" --name report --suite wsd --dataset homographs --method nn --stages table,input,1-6)
    for change in '' ,ablate=feed-forward ,ablate=uniform ,mask=causal ,map=pca:100; do
      arguments+=(--embedder "minilm$change")
    done ;;
esac
"$HARNESS" "${arguments[@]}" >/dev/null
"$HARNESS_SOURCE_ROOT/tests/golden/compare_figures.py" "$HARNESS_SOURCE_ROOT/tests/golden/reference/figures.tsv" "$work/report.json"
"$HARNESS_SOURCE_ROOT/tests/support/check_gains.py" "$work/report.json"
