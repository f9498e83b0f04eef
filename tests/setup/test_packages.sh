#!/usr/bin/env bash
# test_packages.sh: the Debian package is built with the packages that set-up installs, but for what the tests
# alone want. Two lists that nobody compares part at the first new library.
set -u
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh"
. "$HARNESS_SOURCE_ROOT/harness/setup/setup.sh"

# A word a line, sorted. Any Debian machine that builds packages has gcc and libc6-dev (Policy, 4.2).
words() { tr -s ' \n,' '\n' | grep . | LC_ALL=C sort; }
words <<<"$packages_build" | grep -vxE 'gcc|libc6-dev|libcriterion-dev' >"$work/set-up"
sed -n '/^Build-Depends:/,/^$/p' "$HARNESS_SOURCE_ROOT/harness/setup/debian/control" |
  sed 's/^Build-Depends://; s/debhelper-compat ([^)]*)//; s/:any//' | words >"$work/control"
that "control names packages" grep -qx meson "$work/control"
that "Build-Depends is packages_build of setup.sh" diff -u "$work/set-up" "$work/control"
finish
