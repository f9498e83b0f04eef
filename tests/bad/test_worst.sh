#!/usr/bin/env bash
# A plugin that does the worst it can costs its own row: never a figure of another system, never the
# parent, and it leaves no process and no file.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
bad=$HARNESS_BUILD_ROOT/tests/bad
python=/usr/bin/python3
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_segv=0:handle_abort=0:detect_leaks=0 # what ends here is meant to
export TMPDIR=$work/tmp WORST_SLEEP=7.$$ WORST_PATH=$work/theirs/file
cd "$work" || exit 1
mkdir tmp theirs
echo kept >theirs/file
pairs >pairs.tsv
cat >rows.py <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
if sys.argv[2] == "others":
    names = {row["embedder"] for row in report["results"]}
    for row in report["results"]:
        if row["embedder"] in ("first", "last", "baseline"):
            print(json.dumps(row, sort_keys=True))
    assert names <= {e["name"] for e in report["embedders"]} | {"baseline"}, names
else:
    rows = {row["embedder"] for row in report["results"]}
    for e in report["embedders"]:
        print(e["name"], e["status"], "rows" if e["name"] in rows else "none", e["error"] or "-")
PY
run() { # STATUS NAME ARGUMENT…
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite similarity --dataset pairs.tsv --resamples 20 --out out --name "$name" \
    --plugin-dir "$bad/worst" --timeout 20 "$@"
}
# clean WHAT: nothing is left.
clean() {
  that "$1: no process is left" test -z "$(pgrep -f "^sleep $WORST_SLEEP")"
  that "$1: no file is left in TMPDIR" test -z "$(ls -A tmp)"
  that "$1: what is not theirs is as it was" test "$(ls -A theirs) $(stat -c '%a %Y' theirs/file) $(cat theirs/file)" = "file 644 1577836800 kept"
}
umask 022
chmod 644 theirs/file
touch -d @1577836800 theirs/file
run 0 good --embedder first=toy,seed=3 --embedder last=toy,dim=9
$python rows.py out/good.json others >good.rows

# Each mode in a row of its own where it may end the worker; else one row does all of a kind.
fatal="leave abort segfault start_and_exit end_thread forge steal_token flood"
refused="signal_parent+reach_parent+start+become_another+network+change_files+change_modes"
refused_calls="kill sigqueue tgkill prctl process_vm_writev setpriority clone execve socket chmod truncate fchmod utimensat ioctl sched_setaffinity"
harmless="disturb_files+use_scratch+escape+chatter deep_scratch lock_files many_threads close_all scribble spin abort_at_exit ruin_process print none"
embedders=(--embedder first=toy,seed=3)
for mode in $fatal $refused $harmless; do
  embedders+=(--embedder "${mode%%+*}=worst,mode=$mode,path=$work/theirs/file")
done
run 1 all "${embedders[@]}" --embedder last=toy,dim=9
cp "$work/stderr" all.err
$python rows.py out/all.json others >all.rows
that "the others' rows are what they are without it" cmp good.rows all.rows
$python rows.py out/all.json status >all.status
clean all
for mode in $fatal; do
  that "$mode costs its own row" grep -qE "^$mode (crashed|garbled) none " all.status
done
for mode in forge flood; do
  that "$mode is garbled" grep -qE "^$mode garbled none its worker sent what it must not, while loading: frame 1: " all.status
done
that "a frame without the token is reported as such" grep -q "^forge .*does not bear the token of this run" all.status
that "what bears a stolen token is held against what was asked for" \
  grep -q "^steal_token .*found it after 0 of 1 suites and no facts" all.status
that "zeros are reported as such" grep -q "^flood .*found the size 4, expected at least 13" all.status
that "a thread that ends is reported as such" grep -q "^end_thread crashed none its first thread ended" all.status
# Instrumented programs may start processes, to look at themselves as they end.
case $HARNESS_BUILD_ROOT in # whose leak tracer needs these two
*sanitize*) refused_calls=${refused_calls/clone/} refused_calls=${refused_calls/prctl/} ;;
esac
for call in $refused_calls; do
  that "$call is told" grep -qE "signal_parent: .*the sandbox refused: .*${call/sigqueue/rt_sigqueueinfo}" all.err
done
that "no escape sequence reaches the terminal" test "$(grep -c $'\033' all.err)" = 0
that "control characters are shown harmless" grep -q 'warning: disturb_files: ?]0;owned??\[2Jred??report: none' all.err
that "what it prints is shown harmless and named" grep -q '^warning: print printed: ?]0;owned??\[2Jprinted$' all.err
that "no line of it passes for another's" test "$(grep -c '^report: forged' all.err)" = 0
that "how much more it printed is told" grep -qE '^warning: print printed [0-9]{7} bytes more, which are not shown$' all.err
for mode in $refused $harmless; do
  that "$mode: a row, its own" grep -qE "^${mode%%+*} (ok|failed|crashed) " all.status
done
that "an honest one beside them" grep -qE '^none ok rows -' all.status

# Without the sandbox, as asked: what it starts is ended with it all the same, and other figures are safe. Standard
# files are closed: what a plugin prints lands in no file of the run.
embedders=(--embedder first=toy,seed=3)
for mode in start+disturb_files start_and_exit start_many become_another; do
  embedders+=(--embedder "${mode%+*}=worst,mode=$mode")
done
"$HARNESS" --suite similarity --dataset pairs.tsv --resamples 20 --out out --name loose --plugin-dir "$bad/worst" --timeout 20 \
  --sandbox off "${embedders[@]}" --embedder last=toy,dim=9 <&- >&- 2>&-
$python rows.py out/loose.json others >loose.rows
that "the others' rows are what they are without it" cmp good.rows loose.rows
that "every record is a record" $python -c 'import json, zstandard; [json.loads(line) for line in zstandard.open("out/loose.items.jsonl.zst", "rt")]'
clean loose
expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --embedder toy --sandbox maybe --out out
said err "--sandbox: found 'maybe', expected on or off"

# A kernel that can do nothing of it: said once, and the run goes on.
expect 0 "$bad/old_kernel" "$HARNESS" --suite similarity --dataset pairs.tsv --resamples 20 --out out --name old \
  --embedder first=toy,seed=3 --embedder last=toy,dim=9
that "what the kernel lacks is said once" test "$(grep -c 'note: this kernel has no seccomp and Landlock' stderr)" = 1
$python rows.py out/old.json others >old.rows
that "the figures are the same" cmp good.rows old.rows

# Constructors run in another process, of plugins that nobody asked for too.
run 1 loaded --plugin-dir "$bad/constructors" --embedder first=toy,seed=3 --embedder on_load_leave --embedder last=toy,dim=9
said err 'on_load_leave.so: its constructors ended the process: exit status 0'
said err 'on_load_abort.so: its constructors ended the process: signal 6'
said err 'error: on_load_leave: crashed: exit status 0 while starting'
$python rows.py out/loaded.json others >loaded.rows
that "constructors change no figure" cmp good.rows loaded.rows
expect 0 "$HARNESS" list plugins --plugin-dir "$bad/constructors"
said out 'on_load_none: Worst'
said err '^warning: on_load_print.so printed: [?]]0;owned[?][?].2Jprinted$'
said out 'on_load_all: Worst'
said out 'refused: .*on_load_leave.so'
expect 2 "$HARNESS" check "$bad/constructors/on_load_leave.so"

# Commands with a plugin inside: it ends a process of theirs, and they say so.
expect 1 "$HARNESS" explain bank "a bank" "the bank" --plugin-dir "$bad/worst" --embedder \
  "worst,mode=signal_parent+reach_parent+network+change_files+leave,path=$work/theirs/file"
said err 'explain: the plugin ended the process: exit status 0 .the sandbox refused: .*socket.*; see --sandbox'
clean commands
finish
