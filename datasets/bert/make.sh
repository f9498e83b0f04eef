#!/usr/bin/env bash
# make.sh NOVELS WORK: the small encoder anew, from the text that ../gpt/text.sh makes of NOVELS; in WORK stands what is
# made on the way, and in the end bert/. Needs the program built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
novels=$1 work=$2 harness=${HARNESS:-$here/../../build/harness/src/commands/harness}

"$here/../gpt/text.sh" "$novels" "$work"
"$harness" train bert "$work/text.txt" -o "$work/bert" --seed 1 dtype=f16 blocks=4 dim=128 heads=4 context=64 \
  vocabulary=8192 batch=512 tokens=24000000 rate=1e-3 held-out=0.003 snapshots=16
(cd "$work/bert" && sha256sum config.json model.safetensors tokenizer.json)
