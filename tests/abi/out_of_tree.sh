#!/bin/sh
# out_of_tree.sh SOURCE_ROOT BUILD_ROOT [ROOT]: a stranger's plugin. Installs the harness into a scratch folder
# (or takes what lies below ROOT), builds a copy of plugins/toy far from the tree with nothing but the
# installed header and pkg-config, and lets the installed harness list, check and score it.
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

root=${3-$work/root}
[ -d "$root" ] || meson install -C "$build" --no-rebuild --destdir "$root" >"$work/install.log" 2>&1 ||
  { cat "$work/install.log" && fail "meson install"; }

# What else belongs to an installation.
share=$(find "$root" -path '*/share/harness')
for file in schema/report.schema.json schema/report.rng schema/experiment.schema.json datasets/gpt/model.safetensors \
  datasets/bert/model.safetensors \
  ../bash-completion/completions/harness.bash ../fish/vendor_completions.d/harness.fish ../doc/harness/README.md \
  ../doc/harness/harness/doc/PLUGIN.md ../doc/harness/plugins/transformer/README.md; do
  [ -s "$share/$file" ] || fail "found no installed share/harness/$file"
done
[ -n "$(find "$root" -path '*/zsh/*/_harness')" ] || fail "found no installed _harness of zsh"
[ -n "$(find "$root" -path '*/man/man1/harness.1*')" ] || fail "found no installed harness.1"

pc=$(find "$root" -name harness-embedder.pc)
[ -n "$pc" ] || fail "found no installed harness-embedder.pc"
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$root"
unset PKG_CONFIG_LIBDIR || true
cflags=$(pkg-config --cflags harness-embedder)
plugins=$root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=plugindir harness-embedder)
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

harness=$(find "$root" -path '*/bin/harness')
[ -x "$harness" ] || fail "found no installed harness"
# The prefix that it was built for is not where it lies: it takes plugins and data from beside itself.
run() {
  echo "+ harness $*"
  env -u HARNESS_PLUGIN_PATH -u HARNESS_DATASETS "$harness" "$@" >"$work/out" 2>"$work/err" ||
    { status=$?; cat "$work/out" "$work/err"; fail "exit status $status"; }
}
printf 'cat\tdog\t7.5\ncup\tmug\t9\nriver\tbank\t6\nking\tcabbage\t0.2\nsun\tmoon\t5\n' >pairs.txt
run list plugins --plugin-dir "$work/mine"
grep -q "$work/mine/outside.so" "$work/out" || { cat "$work/out"; fail "the plugin is not listed"; }
grep -q "$plugins/toy.so" "$work/out" || { cat "$work/out"; fail "its own plugins are not listed"; }
run list datasets
grep -q homographs "$work/out" || { cat "$work/out"; fail "its own data sets are not listed"; }
run check "$work/mine/outside.so"
run run --suite similarity --dataset "$work/mine/pairs.txt" --embedder outside,dim=16 \
  --plugin-dir "$work/mine" --out "$work/results"
grep -q '"embedder": *"outside' "$work"/results/*.json || fail "the report does not name the plugin"
grep -q '"metric": *"spearman"' "$work"/results/*.json || fail "the report holds no spearman"
run new-plugin "$work/mine/other"
grep -q -- "-I$root.*/include/harness" "$work/mine/other/"* || fail "new-plugin names headers that lie elsewhere"
echo "built, listed, checked and scored out of tree"
