#!/usr/bin/env bash
# sysroot.sh FOLDER: the arm64 libraries that the program is linked with, unpacked below FOLDER from the
# Debian packages of the release this machine runs. apt resolves and fetches them with a state of its own:
# the machine stays without a second architecture, and nothing is installed.
set -euo pipefail
root=$(realpath -m "$1")
[ ! -e "$root/complete" ] || exit 0
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. harness/setup/setup.sh

# What packages_build has of libraries; the compiler's own part is that of this machine.
# shellcheck disable=SC2154
libraries="libgcc-s1 $(tr -s ' \n' '\n' <<<"$packages_build" | grep -- '-dev$' | tr '\n' ' ')"
state=$root/apt
mkdir -p "$state"/{lists/partial,archives/partial}
: >"$state/status"
options=(-q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root -o Debug::NoLocking=true
  -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status"
  -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" -o APT::Update::Post-Invoke=)
# Debian's own archives alone: others that the machine reads may have no arm64.
mkdir -p "$state/sources"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  case $list in
    *.sources | *.list) if grep -qE 'debian\.org|/debian' "$list" 2>/dev/null; then cp "$list" "$state/sources/"; fi ;;
  esac
done
options+=(-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$state/sources")
say "fetching arm64 libraries"
apt-get "${options[@]}" update >"$state/log" 2>&1 || { cat "$state/log" >&2; die "apt-get update failed"; }
# shellcheck disable=SC2086
apt-get "${options[@]}" install -y --download-only --no-install-recommends $libraries >"$state/log" 2>&1 ||
  { cat "$state/log" >&2; die "apt-get install --download-only failed"; }
for package in "$state"/archives/*.deb; do
  dpkg-deb -x "$package" "$root"
done
rm -rf "$state"
# Absolute links mean this root. OpenBLAS lies in a folder of its own, to which dpkg would link on installation.
find "$root" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfnr "$root$(readlink "$link")" "$link"
done
for folder in lib include; do
  cd "$root/usr/$folder/aarch64-linux-gnu"
  find openblas-pthread -mindepth 1 \( -type f -o -type l \) -print | while IFS= read -r file; do
    mkdir -p "$(dirname "${file#*/}")"
    ln -sfr "$file" "${file#*/}"
  done
done
touch "$root/complete"
