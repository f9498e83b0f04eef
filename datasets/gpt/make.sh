#!/usr/bin/env bash
# make.sh NOVELS WORK: the default decoder anew. NOVELS is the folder of novels that make_text.py asks for; in WORK stands
# what is made on the way, and in the end gpt/. Needs the program built, and Debian 12's package lists.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
novels=$1 work=$2 harness=${HARNESS:-$here/../../build/harness/src/commands/harness}
packages="apache2-doc dict-devil dict-jargon postgresql-doc-15 python3.11-doc"
text_sha256=c604381f26572c8d43c042011d9070479583d67db8aa942cb4d49f8d4ec40eb3

mkdir -p "$work/root"
if [ ! -f "$work/text.txt" ]; then
  # shellcheck disable=SC2086
  (cd "$work" && apt-get download $packages)
  for package in $packages; do dpkg-deb -x "$work/$package"_*.deb "$work/root"; done
  "$here/make_text.py" --novels "$novels" --root "$work/root" >"$work/text.new"
  mv "$work/text.new" "$work/text.txt"
fi
echo "$text_sha256  $work/text.txt" | sha256sum --check --quiet || {
  echo "make.sh: another text than the model was learned from: packages that moved on? README.md has their versions" >&2
  exit 1
}
"$harness" train transformer "$work/text.txt" -o "$work/gpt" --seed 1 dtype=f16 blocks=4 dim=128 heads=4 context=64 \
  vocabulary=8192 batch=512 tokens=4000000 rate=2e-3 held-out=0.003 snapshots=16
(cd "$work/gpt" && sha256sum config.json model.safetensors tokenizer.json)
