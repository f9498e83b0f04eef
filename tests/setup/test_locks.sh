#!/usr/bin/env bash
# test_locks.sh: set-up waits for each lock that another package manager may hold, says so once, and
# says who holds it when it gives up. Real apt and dpkg, in folders of their own: nothing of the machine
# is locked, read or changed. Skips where there is no apt.
set -u
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "no apt here: skipped"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "dpkg installs as root alone: skipped"; exit 77; }
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh"
. "$HARNESS_SOURCE_ROOT/harness/setup/setup.sh"

# A repository of one package without files, and a root to install it into.
mkdir -p "$work"/{package/DEBIAN,repository,lists/partial,archives/partial,root/var/lib/dpkg/{info,updates},etc}
printf 'Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: nothing\n' \
  >"$work/package/DEBIAN/control"
dpkg-deb --build "$work/package" "$work/repository/tiny_1_all.deb" >/dev/null
(cd "$work/repository" && cat ../package/DEBIAN/control &&
  printf 'Filename: ./tiny_1_all.deb\nSize: %s\nSHA256: %s\n' "$(stat -c %s tiny_1_all.deb)" "$(sha256sum tiny_1_all.deb | cut -d' ' -f1)") \
  >"$work/Packages"
mv "$work/Packages" "$work/repository/Packages"
echo "deb [trusted=yes] file:$work/repository ./" >"$work/etc/sources.list"
touch "$work/root/var/lib/dpkg/"{status,available}
cat >"$work/apt.conf" <<CONF
#clear DPkg::Pre-Install-Pkgs; #clear DPkg::Post-Invoke; #clear APT::Update;
Dir::Etc::Main "/dev/null"; Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "$work/etc/sources.list"; Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null"; Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$work"; Dir::State::lists "$work/lists"; Dir::State::status "$work/root/var/lib/dpkg/status";
Dir::Cache "$work"; Dir::Cache::archives "$work/archives"; Dir::Log "$work";
DPkg::Options { "--root=$work/root"; "--log=$work/dpkg.log"; };
APT::Sandbox::User "root";
CONF
export APT_CONFIG=$work/apt.conf

# hold FILE SECONDS: a process that holds apt's kind of lock (fcntl) on it; returns once it does.
hold() {
  rm -f "$work/holds"
  /usr/bin/python3 -c '
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print(flush=True)
time.sleep(float(sys.argv[2]))' "$1" "$2" >"$work/holds" &
  holder=$!
  until [ -s "$work/holds" ]; do sleep 0.02; done
}

# The holder ends once it was waited for, however long that takes here.
let_go_when_waited_for() {
  : >"$work/stderr"
  (until grep -q 'waiting for' "$work/stderr"; do sleep 0.05; done; kill "$holder") &
}

installed() { dpkg-query --root="$work/root" -W -f='${db:Status-Status}' tiny 2>/dev/null; }

package_lock_wait=60
hold "$work/lists/lock" 300
let_go_when_waited_for
expect 0 apt_get update
said err 'waiting for another package manager'
that "said once" test "$(grep -c waiting "$work/stderr")" = 1

hold "$work/archives/lock" 300
let_go_when_waited_for
expect 0 apt_get install tiny
said err 'waiting for another package manager'
that "installed after the downloads' lock" test "$(installed)" = installed
dpkg --root="$work/root" --log="$work/dpkg.log" --purge tiny >/dev/null

hold "$work/root/var/lib/dpkg/lock-frontend" 1
began=$(date +%s%N)
expect 0 apt_get install tiny
that "waited for dpkg's lock" test $((($(date +%s%N) - began) / 1000000)) -ge 300
that "installed after dpkg's lock" test "$(installed)" = installed

# It gives up, and then names what it waited for. Another error does not wait.
package_lock_wait=0
hold "$work/lists/lock" 300
expect 1 apt_get update
said err "Could not get lock $work/lists/lock.*process $holder"
kill "$holder"
package_lock_wait=60
expect 1 apt_get install no-such-package
said err 'Unable to locate package no-such-package'
that "did not wait" test "$(grep -c waiting "$work/stderr")" = 0
finish
