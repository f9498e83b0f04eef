#!/usr/bin/env bash
# fetch: by manifest, checked by size and hash, whole or not at all.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
mkdir manifests served
export HARNESS_DATASETS=$work/manifests
pairs >served/pairs.tsv
hash=$(sha256sum served/pairs.tsv | cut -d' ' -f1)
bytes=$(stat -c %s served/pairs.tsv)
manifest() { # NAME SHA256 BYTES
  printf '{"name":"%s","kind":"dataset","title":"t","licence":"none","downloads":[{"url":"file://%s/served/pairs.tsv",
    "sha256":"%s","bytes":%s,"to":"sub/pairs.tsv"}],"dataset":{"suites":["similarity"],"path":"sub/pairs.tsv"}}\n' \
    "$1" "$work" "$2" "$3" >"manifests/$1.json"
}
manifest good "$hash" "$bytes"
expect 0 "$HARNESS" fetch good
that "the file is the one served" cmp -s served/pairs.tsv cache/datasets/good/sub/pairs.tsv
expect 0 "$HARNESS" fetch good
said err 'is there'
expect 0 "$HARNESS" --suite similarity --dataset "$work/cache/datasets/good/sub/pairs.tsv" --embedder toy --out out

manifest forged "${hash//[0-7]/8}" "$bytes"
expect 1 "$HARNESS" fetch forged
said err "found sha256 $hash, expected"
that "what is forged is not kept" test ! -e cache/datasets/forged
manifest longer "$hash" $((bytes + 1))
expect 1 "$HARNESS" fetch longer
said err "found $bytes bytes, expected $((bytes + 1))"
manifest shorter "$hash" $((bytes - 1))
expect 1 "$HARNESS" fetch shorter
that "nothing is left of failures" test -z "$(find cache -name '*.new' -o -name '*.part')"

# An archive with members chosen by the manifest; the rest stays out.
mkdir -p package && echo one >package/a && echo two >package/b && tar czf served/p.tgz package
hash=$(sha256sum served/p.tgz | cut -d' ' -f1)
printf '{"name":"packed","kind":"model","source":{"url":"file://%s/served/p.tgz"},"sha256":"%s","files":{"package/a":"model"},
  "embedder":{"plugin":"glove","path":"model"}}' "$work" "$hash" >manifests/packed.json
expect 0 "$HARNESS" fetch packed
that "the member is there" grep -qx one cache/models/packed/model
that "the other is not" test ! -e cache/models/packed/b
sed 's/"packed"/"missing"/; s#package/a#package/c#' manifests/packed.json >manifests/missing.json
expect 1 "$HARNESS" fetch missing
said err 'found 0 of the 1 files'

# A data set that comes with its manifest: nothing to bring, found by name, never replaced.
mkdir manifests/marked
printf 'bank.river\tbank\tNOUN\tland by water\tbank%%1:17:01::\n' >manifests/marked/senses.tsv
printf 'r0\tbank.river\ttrain\tA [bank] of {mud}.\nr1\tbank.river\ttest\tA {muddy} [bank].\n' >manifests/marked/items.tsv
printf '{"name":"marked","kind":"dataset","source":{"folder":"marked"},"dataset":{"suites":["wsd"],"path":"."}}' >manifests/marked.json
expect 0 "$HARNESS" fetch marked --force
said err 'marked: is there'
expect 0 "$HARNESS" list datasets
said out "ready: $work/manifests/marked"
expect 0 "$HARNESS" --suite wsd --dataset marked --embedder toy --resamples 0 --out out
said out 'wsd marked'
printf '{"name":"up","kind":"dataset","source":{"folder":"../marked"},"dataset":{"suites":["wsd"],"path":"."}}' >manifests/up.json
expect 2 "$HARNESS" fetch good
said err 'up.json: "source.folder"'
rm manifests/up.json

# Only one version of one package is handed to npm: a folder's scripts would run. Sizes are sizes, and something comes.
mkdir -p sprung && printf '{"name":"e","version":"1.0.0","scripts":{"prepack":"touch %s/ran"}}' "$work" >sprung/package.json
for package in "$work/sprung" "file:$work/sprung" e@latest --help; do
  printf '{"name":"np","kind":"dataset","title":"t","licence":"none","downloads":[{"npm":"%s","sha256":"%064d","to":"x"}],
    "dataset":{"suites":["similarity"],"path":"x"}}' "$package" 0 >manifests/np.json
  expect 2 "$HARNESS" fetch np
  said err 'np.json: download 1: "npm": found .*, expected NAME@VERSION'
done
that "no script has run" test ! -e ran
rm manifests/np.json
manifest signed "$hash" -1
expect 2 "$HARNESS" fetch signed
said err 'signed.json: download 1: "bytes": expected a whole number of at least 1'
rm manifests/signed.json
cp served/pairs.tsv kept.tsv && : >served/pairs.tsv
printf '{"name":"empty","kind":"dataset","title":"t","licence":"none","downloads":[{"url":"file://%s/served/pairs.tsv","to":"x"}],
  "dataset":{"suites":["similarity"],"path":"x"}}' "$work" >manifests/empty.json
expect 1 "$HARNESS" fetch empty
said err 'the download is empty'
that "what came empty is not kept" test ! -e cache/datasets/empty
rm manifests/empty.json && mv kept.tsv served/pairs.tsv

# Manifests and requests that are wrong.
expect 2 "$HARNESS" fetch nobody
said err 'nobody: no manifest of that name'
expect 2 "$HARNESS" fetch
printf '{"name":"../up","kind":"model","embedder":{"plugin":"glove","path":"x"}}' >manifests/up.json
expect 2 "$HARNESS" fetch good
said err 'up.json: "name"'
printf '{"name":"up","kind":"model","embedder":{"plugin":"glove","path":"../../x"}}' >manifests/up.json
expect 2 "$HARNESS" fetch good
said err 'up.json: "embedder.path"'
printf '{"name":"up",\n "kind"' >manifests/up.json
expect 2 "$HARNESS" fetch good
said err 'up.json:2'

# The program's own manifests: every one of them is whole and can be told about, and is installed.
unset HARNESS_DATASETS
expect 0 "$HARNESS" fetch --list
for manifest in "$HARNESS_SOURCE_ROOT"/datasets/*.json; do
  name=$(basename "$manifest" .json)
  expect 0 "$HARNESS" fetch --list "$name"
  said out "^  licence +[^ ]"
  that "$name is installed" grep -q "'$name'" "$HARNESS_SOURCE_ROOT/harness/meson.build"
done
finish
