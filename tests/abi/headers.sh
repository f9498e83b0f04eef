#!/bin/sh
# headers.sh INCLUDE_FOLDER: do embedder.h, embedder_lower.h and embedder_util.h compile alone, as every C from C99 on,
# as C++17, and without padding that the compiler chose?
set -u
include=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# A plugin in the smallest sense: the header first, twice, and one use of it.
for header in embedder embedder_lower embedder_util; do
  cat >"$work/$header.c" <<END
#include "$header.h"
#include "$header.h"
#include "embedder.h"
int f(const struct emb_batch *b);
int f(const struct emb_batch *b)
{
    return EMB_HAS(b, struct emb_batch, stage_stride) ? EMB_OK : EMB_E_INVAL;
}
END
  # clang looks at the layout of a struct (-Wpadded) when something asks for its size
  sed -n 's/^struct \(emb_[a-z_]*\) {.*/extern char size_of_\1[sizeof(struct \1)];/p' \
    "$include/embedder.h" >>"$work/$header.c"
  cp "$work/$header.c" "$work/$header.cc"
done

try() { # COMPILER OPTIONS... FILE
  if "$@" -I"$include" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -c -o "$work/out.o" >"$work/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $*"
    cat "$work/log"
  fi
}

for header in embedder embedder_lower embedder_util; do
  for compiler in gcc clang; do
    command -v "$compiler" >/dev/null || continue
    for standard in c99 gnu99 c11 gnu11 c17 c2x; do
      try "$compiler" -std=$standard -Wstrict-prototypes -Wmissing-prototypes "$work/$header.c"
    done
    try "$compiler" -std=c11 -Wpadded "$work/$header.c"
  done
  for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    for standard in c++17 c++20; do
      try "$compiler" -std=$standard "$work/$header.cc"
    done
  done
done

# No member has a size of the platform's own: enum, bool, long, off_t and FILE never cross the border.
if grep -nE '^[^/*]*\b(bool|_Bool|long|off_t|ssize_t|FILE|wchar_t|time_t|enum [a-z_]+ [a-z_]+;)\b' \
  "$include/embedder.h" | grep -v '^[0-9]*: *\*'; then
  echo "FAILED: embedder.h uses a type whose size is not fixed"
  failed=$((failed + 1))
fi

echo "$passed compilations passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -ge 16 ]
