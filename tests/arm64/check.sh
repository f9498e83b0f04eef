#!/usr/bin/env bash
# check.sh FOLDER: builds the whole program and its tests for arm64 below FOLDER, and runs there, under qemu, what
# needs no process of its own (qemu knows neither seccomp nor Landlock): base, mathematics, readers, trainers,
# tokenizers, and the transformer beside PyTorch's values. Minutes; needs gcc-aarch64-linux-gnu,
# libc6-dev-arm64-cross and qemu-user-static.
set -euo pipefail
folder=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in aarch64-linux-gnu-gcc qemu-aarch64-static pkg-config meson; do
  command -v "$program" >/dev/null || { echo "no $program here: skipped"; exit 77; }
done

mkdir -p "$folder"
tests/arm64/sysroot.sh "$folder/root"
build=$folder/build
if [ ! -f "$build/build.ninja" ]; then
  printf "[constants]\nroot = '%s'\n" "$folder/root" >"$folder/root.ini"
  rm -rf "$build"
  meson setup "$build" --cross-file "$folder/root.ini" --cross-file tests/arm64/cross.ini >"$folder/log" 2>&1 ||
    { cat "$folder/log" >&2; exit 1; }
fi

# The tests that have no need of a process of their own, the program, and what these are made of.
mapfile -t tests < <(meson test -C "$build" --list 2>/dev/null | sed -n 's/^harness:unit \/ //p' |
  grep -E '^(base|math_.*|common (tensors|vectors|tokenizer|train)|transformer (config|gguf|golden|interventions|kernels|learn|pieces|properties|readings|refusals|sentence|transplant))$')
[ "${#tests[@]}" -ge 20 ] || { echo "found ${#tests[@]} tests to run, expected at least 20" >&2; exit 1; }
mapfile -t targets < <(cd "$build" && meson introspect --tests . | python3 -c '
import json, os, sys
for test in json.load(sys.stdin):
    if test["name"] in sys.argv[1:]:
        print(os.path.relpath(next(c for c in test["cmd"] if "/tests/" in c)))' "${tests[@]}")
mapfile -t plugins < <(cd "$build" && ninja -t targets all | sed -n 's/^\(plugins\/[^:]*\.so\): .*/\1/p')
ninja -C "$build" harness/src/commands/harness "${plugins[@]}" "${targets[@]}" >"$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; exit 1; }
file=$(find "$build" -name harness -type f -perm -u+x)
file -b "$file" 2>/dev/null | grep -q aarch64 || readelf -h "$file" | grep -q AArch64
export QEMU_LD_PREFIX="$folder/root" TEST_EMULATOR
TEST_EMULATOR=$(command -v qemu-aarch64-static)
qemu-aarch64-static "$file" --version
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 20 "${tests[@]}"
