#!/usr/bin/env bash
# test_debian.sh: the Debian packages build in a copy of the tree, lintian finds no error in them, and what they
# hold, unpacked, is a whole installation: the program finds its plugins, data and schemas, and a stranger's
# plugin is built with the headers and pkg-config alone. Skips where debhelper or lintian are not installed.
set -u
for program in dpkg-buildpackage dh lintian; do
  command -v "$program" >/dev/null || { echo "no $program here: skipped"; exit 77; }
done
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh"

version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$HARNESS_SOURCE_ROOT/meson.build")
architecture=$(dpkg --print-architecture)
expect 0 "$HARNESS_SOURCE_ROOT/harness/setup/debian_package.sh" "$work/packages"
program=$work/packages/harness_$version-1_$architecture.deb
headers=$work/packages/harness-dev_$version-1_$architecture.deb
that "packages of the tree's version" test -f "$program" -a -f "$headers"
expect 0 lintian --allow-root --fail-on error --no-tag-display-limit "$program" "$headers"

mkdir "$work/root"
for package in "$program" "$headers"; do dpkg-deb -x "$package" "$work/root"; done
said_by() { dpkg-deb -f "$1" Depends >"$work/stdout"; }
said_by "$program"
said out 'libopenblas0' # which is loaded, not linked
said out 'libxml2.*'
that "the header package holds no program" test -z "$(dpkg-deb -c "$headers" | grep /bin/)"

installed=$work/root/usr/bin/harness
expect 0 "$installed" --version
said out "$version"
expect 0 "$installed" list plugins
for plugin in fasttext glove known process toy transformer word2vec; do
  said out "$work/root/usr/lib/.*/harness/plugins/$plugin.so"
done
# A run by what came along: homographs, and the GPT. Its report follows the schema that came along.
expect 0 "$installed" run --suite wsd --dataset homographs --method mfs,nn --embedder toy --out "$work/results" --quiet
report=$(ls "$work"/results/*.json | head -1)
expect 0 /usr/bin/python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$report" "$work/root/usr/share/harness/schema/report.schema.json"
expect 0 "$installed" predict "She put her money into the bank"
expect 0 bash -c ". '$work/root/usr/share/bash-completion/completions/harness.bash' && complete -p harness"
expect 0 env MANWIDTH=100 man --warnings -l "$work/root/usr/share/man/man1/harness.1.gz"
that "the manual page has no flaws" test ! -s "$work/stderr"
expect 0 sh "$HARNESS_SOURCE_ROOT/tests/abi/out_of_tree.sh" "$HARNESS_SOURCE_ROOT" "" "$work/root"
finish
