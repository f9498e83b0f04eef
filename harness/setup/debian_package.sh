#!/usr/bin/env bash
# debian_package.sh FOLDER: Debian packages of this tree (harness, harness-dev), built into FOLDER in a copy of
# it: unsigned, binary alone. Needs dpkg-dev, debhelper and what control names. The version is meson.build's.
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
[ -n "$version" ] || { echo "meson.build names no version" >&2; exit 1; }
mkdir -p "$out" "$work/harness"
tar -c --exclude='./build*' --exclude=./.git --exclude='./results/*' . | tar -x -C "$work/harness"
cd "$work/harness"
mv harness/setup/debian debian
cat >debian/changelog <<CHANGELOG
harness ($version-1) unstable; urgency=medium

  * Version $version; what is new in it: harness/doc/CHANGES.md.

 -- The harness authors <harness@example.org>  $(date -R -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y meson.build)}")
CHANGELOG
dpkg-buildpackage --build=binary --no-sign >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
cp "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$out"
ls "$out"
