#!/usr/bin/env bash
# text.sh NOVELS WORK: WORK/text.txt, the text that gpt and bert learn from. NOVELS is the folder of novels that
# make_text.py asks for. Needs Debian 12's package lists; fails where these give another text.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
novels=$1 work=$2
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
  echo "text.sh: another text than the models were learned from: packages that moved on? README.md has their versions" >&2
  exit 1
}
