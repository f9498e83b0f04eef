#!/usr/bin/env bash
# test_compiles.sh: what is written for arm64 alone compiles to NEON, by clang, which needs no cross compiler.
# The kernels of a transformer are made of fused multiply-adds; where every machine must find the same bits
# there is none. That they compute what they should is seen by check.sh, which runs them.
set -u
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh"
command -v clang >/dev/null || { echo "no clang here: skipped"; exit 77; }

# The C library's headers are those of this machine, less the ones that say which functions and which types it has
# (arm64 has no __float128: its long double has 128 bits).
mkdir -p "$work/include/gnu" "$work/include/bits"
: >"$work/include/gnu/stubs-32.h"
: >"$work/include/gnu/stubs.h"
printf '#define %s\n' '__HAVE_FLOAT128 0' '__HAVE_DISTINCT_FLOAT128 0' '__HAVE_FLOAT64X 0' '__HAVE_FLOAT64X_LONG_DOUBLE 0' \
  '__HAVE_FLOAT128_UNLIKE_LDBL 0' '__HAVE_FLOATN_NOT_TYPEDEF 0' >"$work/include/bits/floatn.h"
printf '#include <bits/floatn-common.h>\n' >>"$work/include/bits/floatn.h"
arm64() { # SOURCE [flags]: its instructions
  clang --target=aarch64-linux-gnu -std=gnu11 -D_GNU_SOURCE -O3 -S -o - -Wall -Wextra -Werror -Wno-unused-command-line-argument \
    -I"$HARNESS_SOURCE_ROOT"/{harness/include,harness/src,plugins,plugins/common,plugins/common/tensors,plugins/transformer} \
    -isystem "$work/include" -isystem "/usr/include/$(gcc -print-multiarch)" -isystem /usr/include "${@:2}" "$HARNESS_SOURCE_ROOT/$1"
}
holds() { grep -qE "$1" "$work/stdout"; }
lacks() { ! holds "$1"; }

expect 0 arm64 plugins/transformer/isa_neon.c
that "products of fused multiply-adds on whole vectors" holds 'fmla\s+v[0-9]+\.4s, v[0-9]+\.4s'
expect 0 arm64 plugins/common/tensors/convert_neon.c -ffp-contract=off
that "halves by the processor's own conversion" holds 'fcvtl\s+v[0-9]+\.4s, v[0-9]+\.4h'
that "no fused multiply-add" lacks 'fmla|fmadd'
expect 0 arm64 harness/src/math/search_kernels.c -ffp-contract=off
that "four scores at a time" holds 'fsqrt\s+v[0-9]+\.4s'
that "no fused multiply-add" lacks 'fmla|fmadd|fmls|fmsub'
finish
