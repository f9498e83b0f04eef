#!/usr/bin/env bash
# fetch from a web server with faults: continued, refused, or whole, never half.
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
python=$(command -v /usr/bin/python3 || command -v python3) || { echo "skipped: no python3"; exit 77; }
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY HARNESS_OFFLINE
mkdir manifests served
mkfifo lifeline
: >log
"$python" "$HARNESS_SOURCE_ROOT/tests/support/faulty_server.py" served port log <lifeline &
exec 9>lifeline # the server ends when this closes
for ((i = 0; i < 200; i++)); do [ -s port ] && break; sleep 0.05; done
server=http://127.0.0.1:$(cat port)
export HARNESS_DATASETS=$work/manifests

"$python" -c 'import random; random.seed(1); open("served/pairs.tsv", "w").writelines("w%06d\tv%06d\t%d\n" % (
  random.randrange(10**6), random.randrange(10**6), random.randrange(10)) for _ in range(2000))'
sed 's/^w/x/' served/pairs.tsv >served/pairs.tsv.new
hash=$(sha256sum <served/pairs.tsv | cut -d' ' -f1)
bytes=$(stat -c %s served/pairs.tsv)

# manifest NAME FAULT [sha256]: a data set of one file; with the third word its hash and size are known.
manifest() {
  local known=
  [ $# -gt 2 ] && known=",\"sha256\":\"$hash\",\"bytes\":$bytes"
  printf '{"name":"%s","kind":"dataset","title":"pairs","licence":"none","downloads":[{"url":"%s/%s/pairs.tsv","to":"pairs.tsv"%s}],
    "dataset":{"suites":["similarity"],"path":"pairs.tsv"}}\n' "$1" "$server" "$2" "$known" >"manifests/$1.json"
}
# fetch STATUS FAULT [sha256]: a fresh manifest, fetched quickly; what came is at $place.
number=0
fetch() {
  number=$((number + 1))
  name=n$number place=cache/datasets/n$number/pairs.tsv
  manifest "$name" "$2" ${3:+"$3"}
  expect "$1" "$HARNESS" fetch "$name" --wait 0 --tries 3 --timeout 2
  if [ "$1" = 0 ]; then
    that "$2: the file is the one served" cmp -s served/pairs.tsv "$place"
    that "$2: no part is left" test ! -e "cache/downloads/$name.d"
  else
    that "$2: nothing stands under the name" test ! -e "cache/datasets/$name"
  fi
}

fetch 0 plain sha256
fetch 0 plain
said err 'no digest is known for it; found sha256 '"$hash"
that "and it is recorded" grep -q "$hash" "cache/fetched/$name.json"

# Cut connections go on where they ended; a server that ignores ranges starts anew.
fetch 0 cutonce-9000 sha256
that "the rest was asked for" grep -q "cutonce-9000/pairs.tsv range=bytes=8999- if-range=\"" log
fetch 0 cut-9000
fetch 0 norangecut-9000
fetch 0 etaglesscut-9001 sha256
fetch 0 etaglesscut-9002
fetch 0 otherrange
fetch 0 unsatisfied
fetch 0 stall-5000
said err 'again in 0 s'
fetch 0 slow
fetch 1 drip
fetch 0 chunked
fetch 0 chunkedcut sha256
fetch 1 chunkedcut
name=changing
manifest changing changing-9000
expect 0 "$HARNESS" fetch changing --wait 0
that "the new file came, with nothing of the old" cmp -s served/pairs.tsv.new cache/datasets/changing/pairs.tsv
fetch 1 unsized
said err 'neither length nor digest'
fetch 0 unsized sha256

# Wrong lengths and digests.
fetch 1 longer
fetch 1 shorter sha256
said err "found $((bytes - 10)) bytes, expected $bytes"
manifest forged plain sha256
sed -i "s/$hash/${hash//[0-7]/8}/" manifests/forged.json
expect 1 "$HARNESS" fetch forged --wait 0
said err "found sha256 $hash, expected"
that "what is forged is not kept" test ! -e cache/datasets/forged -a ! -e cache/downloads/forged.d
manifest large plain
expect 1 "$HARNESS" fetch large --max-size 20k
said err 'expected at most 20480'
for header in ReprDigest ContentDigest Digest goog amz md5 etagmd5 etaggit; do
  fetch 0 "header-$header-good"
  said err 'as the server says'
  case $header in
    etag*) fetch 0 "header-$header-bad" ;; # an ETag may be anything
    *) fetch 1 "header-$header-bad"; said err 'expected [0-9a-f]* as the server says' ;;
  esac
done
fetch 0 linked-good
said err 'as the server says \(X-Linked-ETag\)'
fetch 1 linked-bad

# What came first is demanded from then on.
manifest first plain
expect 0 "$HARNESS" fetch first
cp served/pairs.tsv kept && cp served/pairs.tsv.new served/pairs.tsv
expect 1 "$HARNESS" fetch first --force --wait 0
said err 'as in the first download'
that "the old one still stands" cmp -s kept cache/datasets/first/pairs.tsv
expect 0 "$HARNESS" fetch first --force --renew
that "the new one was asked for" cmp -s served/pairs.tsv cache/datasets/first/pairs.tsv
cp kept served/pairs.tsv

# Status, redirects.
fetch 1 status-404 sha256
said err 'found the answer 404'
that "a 404 is not asked for again" test "$(grep -c /status-404/ log)" = 1
fetch 1 status-500
that "a 500 is asked for again" test "$(grep -c /status-500/ log)" = 3
fetch 0 status-500-2
fetch 0 busy
said err 'again in 1 s'
fetch 0 redirect
fetch 0 redirect-307
fetch 1 loop
said err 'more than 10 redirects'
fetch 1 tofile
said err '[Pp]rotocol'

# A proxy from the environment; nothing without the network.
manifest proxied plain sha256
sed -i "s#$server#http://sets.invalid#" manifests/proxied.json
expect 0 env http_proxy="$server" "$HARNESS" fetch proxied
that "the proxy was asked" grep -q '^http://sets.invalid/plain/pairs.tsv .*proxied' log
manifest far plain sha256
lines=$(wc -l <log)
expect 1 "$HARNESS" fetch far --offline
said err '--offline forbids fetching it'
expect 1 env HARNESS_OFFLINE=1 "$HARNESS" fetch far
that "nobody was asked" test "$(wc -l <log)" = "$lines"
expect 0 "$HARNESS" fetch far --keep
rm -r cache/datasets/far
expect 0 "$HARNESS" fetch far --offline
said err 'far: ready'

# Listing fetches nothing.
lines=$(wc -l <log)
manifest unknown plain
expect 0 "$HARNESS" fetch --list
said out 'far .*is there'
expect 0 "$HARNESS" fetch --list far unknown
said out "sha256 $hash"
said out 'no sha256 known'
that "listing asks nobody" test "$(wc -l <log)" = "$lines"

# Several names: the others come although one fails; a wrong name before anything.
manifest one plain sha256
manifest two status-404
manifest three plain sha256
expect 1 "$HARNESS" fetch one two three --wait 0
said err 'not fetched: two$'
that "the third came" test -e cache/datasets/three/pairs.tsv
rm -r cache/datasets/one
expect 2 "$HARNESS" fetch one nobody
that "nothing was fetched" test ! -e cache/datasets/one

# Killed at any moment: nothing half stands as whole, and the next call goes on.
for moment in 0.02 0.1 0.25 0.45; do
  name=killed$moment
  manifest "$name" slow sha256
  rm -rf cache/datasets/"$name"
  timeout -s KILL "$moment" "$HARNESS" fetch "$name" 2>stderr &
  wait $! 2>/dev/null
  if [ -e "cache/datasets/$name" ]; then
    that "whole if there at all ($moment)" cmp -s served/pairs.tsv "cache/datasets/$name/pairs.tsv"
  fi
  expect 0 "$HARNESS" fetch "$name"
  that "killed at $moment, whole behind the second call" cmp -s served/pairs.tsv "cache/datasets/$name/pairs.tsv"
done
manifest halfway stall-6000 sha256
"$HARNESS" fetch halfway 2>stderr &
for ((i = 0; i < 400; i++)); do
  [ "$(stat -c %s cache/downloads/halfway.d/*.part 2>/dev/null)" = 6000 ] && break
  sleep 0.05
done
kill -KILL $! && wait $! 2>/dev/null
that "half of it does not stand" test ! -e cache/datasets/halfway
expect 0 "$HARNESS" fetch halfway
that "the second call went on" grep -q '/stall-6000/pairs.tsv range=bytes=5999-' log
that "whole behind the second call" cmp -s served/pairs.tsv cache/datasets/halfway/pairs.tsv

# Two at once: one waits, both are content.
manifest both slow
"$HARNESS" fetch both 2>stderr1 &
first=$!
expect 0 "$HARNESS" fetch both
that "the first one, too" wait "$first"
that "the file came once" test "$(grep -c . <(grep -h 'fetching' stderr stderr1))" -le 2

# No room: told as a fault of the machine; what came is gone on from.
manifest tight slow sha256
expect 3 bash -c 'ulimit -f 16; exec "$0" fetch tight' "$HARNESS"
said err 'cannot write: File too large'
that "nothing stands" test ! -e cache/datasets/tight
expect 0 "$HARNESS" fetch tight
said err 'going on after the'
that "whole in the end" cmp -s served/pairs.tsv cache/datasets/tight/pairs.tsv
finish
