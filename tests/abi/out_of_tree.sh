#!/bin/sh
# out_of_tree.sh SOURCE_ROOT BUILD_ROOT: a stranger's plugin. Installs the harness into a scratch folder,
# builds a copy of plugins/toy far from the tree with nothing but the installed header and pkg-config,
# and lets the installed harness list, check and score it.
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

meson install -C "$build" --no-rebuild --destdir "$work/root" >"$work/install.log" 2>&1 ||
  { cat "$work/install.log" && fail "meson install"; }

pc=$(find "$work/root" -name harness-embedder.pc)
[ -n "$pc" ] || fail "found no installed harness-embedder.pc"
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$work/root"
unset PKG_CONFIG_LIBDIR || true
cflags=$(pkg-config --cflags harness-embedder)
plugins=$work/root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=plugindir harness-embedder)
[ -f "$plugins/toy.so" ] || fail "plugindir names $plugins, where no toy.so was installed"

# Another id, so that this is no second "toy" on a machine where the harness is installed.
mkdir "$work/mine"
sed 's/"toy"/"outside"/' "$source/plugins/toy/toy.c" >"$work/mine/outside.c"
cd "$work/mine"
# shellcheck disable=SC2086
${CC:-cc} -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -fvisibility=hidden $cflags \
  -Wl,-z,defs outside.c -o outside.so || fail "the toy does not compile out of tree"
# shellcheck disable=SC2086
echo '#include <embedder.h>' | ${CC:-cc} -M -x c $cflags - | grep -q "$source/" &&
  fail "the header came from the source tree"
exported=$(nm -D --defined-only outside.so | awk '{print $3}' | grep -v '^_')
[ "$exported" = emb_plugin_entry_v1 ] || fail "found exported '$exported', expected emb_plugin_entry_v1"

harness=$(find "$work/root" -path '*/bin/harness')
[ -x "$harness" ] || fail "found no installed harness"
# The paths in it are those of its prefix, which is not where this test may write.
export HARNESS_DATASETS="${harness%/bin/harness}/share/harness/datasets"
run() {
  echo "+ harness $*"
  env -u HARNESS_PLUGIN_PATH "$harness" "$@" >"$work/out" 2>"$work/err" ||
    { status=$?; cat "$work/out" "$work/err"; fail "exit status $status"; }
}
printf 'cat\tdog\t7.5\ncup\tmug\t9\nriver\tbank\t6\nking\tcabbage\t0.2\nsun\tmoon\t5\n' >pairs.txt
run list plugins --plugin-dir "$work/mine"
grep -q "$work/mine/outside.so" "$work/out" || { cat "$work/out"; fail "the plugin is not listed"; }
run check "$work/mine/outside.so"
run run --suite similarity --dataset "$work/mine/pairs.txt" --embedder outside,dim=16 \
  --plugin-dir "$work/mine" --out "$work/results"
grep -q '"embedder": *"outside' "$work"/results/*.json || fail "the report does not name the plugin"
grep -q '"metric": *"spearman"' "$work"/results/*.json || fail "the report holds no spearman"
echo "built, listed, checked and scored out of tree"
