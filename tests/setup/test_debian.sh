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
# Without what debuggers read, which lies in a package of its own that nothing here looks at.
export DEB_CFLAGS_STRIP=-g DEB_BUILD_OPTIONS="noautodbgsym ${DEB_BUILD_OPTIONS-}"
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
if [ "$(id -u)" = 0 ]; then # what they depend on can be had
  expect 0 apt-get install --simulate --no-install-recommends "$program" "$headers"
fi
that "no path of the build is in the program" test -z "$(grep -lraE '/tmp/tmp\.' "$work/root")"
that "the header package holds no program" test -z "$(dpkg-deb -c "$headers" | grep /bin/)"

installed=$work/root/usr/bin/harness share=$work/root/usr/share
expect 0 "$installed" --version
said out "$version"
expect 0 "$installed" list plugins
for plugin in fasttext glove known process toy transformer word2vec; do
  said out "$work/root/usr/lib/.*/harness/plugins/$plugin.so"
done
# A run by what came along: homographs, and the GPT. Its report follows the schema that came along.
expect 0 "$installed" run --suite wsd --dataset homographs --method nn --embedder toy --out "$work/results" --quiet
report=$(ls "$work"/results/*.json | head -1)
expect 0 /usr/bin/python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$report" "$share/harness/schema/report.schema.json"
expect 0 "$installed" predict "She put her money into the bank"
# Completion as each shell looks for it, with the words of this program.
expect 0 env PATH="$work/root/usr/bin:$PATH" bash -c ". '$share/bash-completion/completions/harness.bash'
  complete -p harness >/dev/null && COMP_WORDS=(harness run --suite w) && COMP_CWORD=3 && _harness && echo \"\${COMPREPLY[*]}\""
said out 'wic.*wsd|wsd.*wic'
that "zsh finds its function" grep -q '^#compdef harness' "$share/zsh/vendor-completions/_harness"
if command -v zsh >/dev/null; then expect 0 zsh -n "$share/zsh/vendor-completions/_harness"; fi
expect 0 env MANWIDTH=100 man --warnings -l "$share/man/man1/harness.1.gz"
that "the manual page has no flaws" test ! -s "$work/stderr"
expect 0 sh "$HARNESS_SOURCE_ROOT/tests/abi/out_of_tree.sh" "$HARNESS_SOURCE_ROOT" "" "$work/root"
finish
