# lib.sh - what the command-line tests share. Sourced with HARNESS (the program) in the environment.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HARNESS_CACHE=$work/cache
unset HARNESS_OUT HARNESS_CONFIG
failures=0

# expect STATUS COMMAND…: runs it; output in $work/stdout and $work/stderr.
expect() {
  local wanted=$1 found
  shift
  "$@" >"$work/stdout" 2>"$work/stderr"
  found=$?
  if [ "$found" != "$wanted" ]; then
    echo "FAILED: $*: status $found, expected $wanted"
    sed 's/^/  | /' "$work/stderr" | head -40
    failures=$((failures + 1))
  fi
}

# said out|err PATTERN: what the last command wrote there holds the extended regular expression.
said() {
  if ! grep -qE -- "$2" "$work/std$1"; then
    echo "FAILED: expected in $1: $2"
    sed 's/^/  | /' "$work/std$1" | head -40
    failures=$((failures + 1))
  fi
}

# that DESCRIPTION COMMAND…: the command succeeds.
that() {
  local what=$1
  shift
  if ! "$@"; then
    echo "FAILED: $what"
    failures=$((failures + 1))
  fi
}

# Is the program built with AddressSanitizer? What takes 100 MB of vectors is left to the build as it is used.
sanitized() { nm -D "$HARNESS" 2>/dev/null | grep -q __asan_init; }

finish() {
  [ "$failures" = 0 ] && echo "ok"
  exit $((failures > 0))
}

# WordNet of a few lemmas in the place of the whole, which takes each process half a second to read (under sanitizers, seconds).
small_wordnet() { export WNSEARCHDIR=$HARNESS_SOURCE_ROOT/tests/support/wordnet; }

# A small set of word pairs, and small word vectors, hand-made.
pairs() { printf 'car\tauto\t9\ncar\ttree\t2\nboy\tlad\t8\nboy\tcar\t1\nsun\tmoon\t5\n'; }
vectors() { printf 'car 1 0 0.1\nauto 0.9 0.1 0\ntree 0 1 0\nboy 0 0 1\nlad 0.1 0 0.9\nsun 0.5 0.5 0\nmoon 0.4 0.2 0.3\n'; }
