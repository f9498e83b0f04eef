#!/usr/bin/env bash
# make.sh NOVELS WORK: the default decoder anew, from the text that text.sh makes of NOVELS; in WORK stands what is made
# on the way, and in the end gpt/. Needs the program built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
novels=$1 work=$2 harness=${HARNESS:-$here/../../build/harness/src/commands/harness}

"$here/text.sh" "$novels" "$work"
"$harness" train transformer "$work/text.txt" -o "$work/gpt" --seed 1 dtype=f16 blocks=4 dim=128 heads=4 context=64 \
  vocabulary=8192 batch=512 tokens=4000000 rate=2e-3 held-out=0.003 snapshots=16
(cd "$work/gpt" && sha256sum config.json model.safetensors tokenizer.json)
