#!/usr/bin/env bash
# fetch: what an archive may do is write plain files into its own folder, and not too many bytes.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
python=$(command -v /usr/bin/python3 || command -v python3) || { echo "skipped: no python3"; exit 77; }
mkdir manifests served
export HARNESS_DATASETS=$work/manifests
"$python" "$HARNESS_SOURCE_ROOT/tests/support/hostile_archives.py" served || exit 1

# manifest NAME FILE MEMBERS: MEMBERS as further members of the manifest ("" or ',"files":…').
manifest() {
  printf '{"name":"%s","kind":"dataset","title":"t","licence":"none","source":{"url":"file://%s/served/%s"}%s,
    "dataset":{"suites":["similarity"],"path":"%s"}}\n' "$1" "$work" "$2" "$3" "${4:-.}" >"manifests/$1.json"
}
# refused FILE PATTERN: everything in it is wanted, and it is refused for that reason.
number=0
refused() { # with a third word: its status
  number=$((number + 1))
  manifest "r$number" "$1" ""
  expect "${3:-1}" "$HARNESS" fetch "r$number"
  said err "$2"
  that "$1: nothing stands" test ! -e "cache/datasets/r$number" -a ! -e "cache/datasets/r$number.new"
}
for file in good.tar.gz zip-good.zip; do
  manifest "good-$file" "$file" ""
  expect 0 "$HARNESS" fetch "good-$file"
  that "$file: the file is there" grep -q auto "cache/datasets/good-$file/a/pairs.tsv"
done
manifest stripped good.tar.gz ',"strip":1' pairs.tsv
expect 0 "$HARNESS" fetch stripped
that "without its folder" grep -q auto cache/datasets/stripped/pairs.tsv
manifest starred good.tar.gz ',"files":{"*/pairs.tsv":"sub/"}' sub/pairs.tsv
expect 0 "$HARNESS" fetch starred
that "by pattern, under its own name" grep -q auto cache/datasets/starred/sub/pairs.tsv
manifest unused good.tar.gz ',"files":{"*/pairs.tsv":"sub/"}' elsewhere
expect 1 "$HARNESS" fetch unused
said err '"elsewhere": not among the downloaded files'

refused parent.tar.gz 'member "\.\./escaped": leaves the folder'
refused inner-parent.tar.gz 'leaves the folder'
refused absolute.tar.gz 'leaves the folder'
refused zip-parent.zip 'leaves the folder'
refused empty-name.tar.gz 'leaves the folder'
refused symlink-out.tar.gz 'member "door": found a symbolic link'
refused symlink-in.tar.gz 'found a symbolic link'
refused hardlink-out.tar.gz 'found a hard link'
refused device.tar.gz 'found a device'
refused pipe.tar.gz 'found a named pipe'
refused twice.tar.gz 'there is such a file already'
refused file-as-folder.tar.gz 'a/pairs.tsv: is there, and is not a folder' 2
refused bomb.tar.gz 'unpacks to more than'
refused bomb.zip 'unpacks to more than'
refused bomb-beside.tar.gz 'unpacks to more than'
refused nothing.tar.gz 'found no files'
refused cut.tar.gz 'damaged or cut short'
refused no-archive.tar.gz 'damaged or cut short'
that "nothing escaped" test -z "$(find . -name '*escaped*' -not -path './served/*')" -a ! -e /tmp/harness-escaped

# What is left out is not made; what leads out of the folder is refused all the same.
only=',"files":{"a/pairs.tsv":"pairs.tsv"}'
for file in symlink-in.tar.gz hardlink-out.tar.gz device.tar.gz; do
  manifest "only-$file" "$file" "$only" pairs.tsv
  expect 0 "$HARNESS" fetch "only-$file"
  that "$file: one file" test "$(find "cache/datasets/only-$file" -mindepth 1 | wc -l)" = 1
done
manifest only-parent parent.tar.gz "$only" pairs.tsv
expect 1 "$HARNESS" fetch only-parent
manifest only-bomb bomb-beside.tar.gz "$only" pairs.tsv
expect 1 "$HARNESS" fetch only-bomb
said err 'unpacks to more than'
manifest allowed bomb.zip "$only,\"unpacked\":110000000" pairs.tsv
expect 0 "$HARNESS" fetch allowed

# A single packed file.
single() {
  printf '{"name":"%s","kind":"dataset","title":"t","licence":"none","downloads":[{"url":"file://%s/served/%s","to":"pairs.tsv",
    "unpack":true}],"dataset":{"suites":["similarity"],"path":"pairs.tsv"}}\n' "$1" "$work" "$2" >"manifests/$1.json"
}
single packed good.gz
expect 0 "$HARNESS" fetch packed
that "unpacked" grep -q auto cache/datasets/packed/pairs.tsv
single packed-bomb bomb.gz
expect 1 "$HARNESS" fetch packed-bomb
said err 'unpacks to more than'

# A folder that the user put a link in its place for: the link goes, what it leads to stays.
mkdir -p elsewhere cache/datasets && echo mine >elsewhere/pairs.tsv
rm -rf cache/datasets/packed && ln -s "$work/elsewhere" cache/datasets/packed
expect 0 "$HARNESS" fetch packed --force
that "what the link led to stays" grep -q mine elsewhere/pairs.tsv
that "the new one stands" grep -q auto cache/datasets/packed/pairs.tsv

# Manifests that lead out of the folder themselves.
manifest outside good.tar.gz ',"files":{"a/pairs.tsv":"../x"}'
expect 2 "$HARNESS" fetch outside
said err 'found "../x", expected a relative path'
single outwards good.gz
sed -i 's#"to":"pairs.tsv"#"to":"sub/../../x"#' manifests/outwards.json
expect 2 "$HARNESS" fetch outwards
said err '"to": found'
finish
