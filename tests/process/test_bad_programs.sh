#!/usr/bin/env bash
# Programs that die, hang, answer nonsense, write rubbish, fork and close: each loses its own row and
# no other, and nothing of it is left behind.
. "$HARNESS_SOURCE_ROOT/tests/cli/lib.sh" || exit 1
python=/usr/bin/python3
bad=$HARNESS_SOURCE_ROOT/tests/process/bad
export MARK=process-test-$$ # whatever is started below has it in its environment
cd "$work" || exit 1
pairs >pairs.tsv
cp "$bad"/*.py .

left() { # processes of this test that still run, but for its own shells
  grep -lsz "^MARK=$MARK\$" /proc/[0-9]*/environ | cut -d/ -f3 | while read -r pid; do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
    bash | grep | cut | cat | sed | '') ;;
    *) echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" ;;
    esac
  done
}
none_left() { # within ten seconds
  local i
  for i in $(seq 100); do
    [ -z "$(left)" ] && return 0
    sleep 0.1
  done
  left
  return 1
}

run() { # STATUS NAME ARGUMENT…
  local wanted=$1 name=$2
  shift 2
  expect "$wanted" "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name "$name" "$@"
}
cat >figures.py <<'PY'
import json, sys
report = json.load(open(f"out/{sys.argv[1]}.json"))
if sys.argv[2] == "rows":
    for row in report["results"]:
        if row["embedder"] in ("first", "last"):
            print(json.dumps(row, sort_keys=True))
else:
    for e in report["embedders"]:
        print(e["name"], e["status"], (e["error"] or "-").replace("\n", " | "))
PY
figures() { $python figures.py "$1" "$2"; }
told() { # NAME PATTERN: the row says so
  if ! grep -qE "^$1 .*$2" status; then
    echo "FAILED: expected of $1: $2"
    grep "^$1 " status
    failures=$((failures + 1))
  fi
}
program() { echo "$1=process-static:bad.py,interpreter=$python,options=sin=$1"; }

run 0 good --embedder first=toy,seed=3 --embedder last=toy,dim=9
figures good rows >good.rows

sins="dies_early exits segfaults raises no_reason garbage empty_frame endless_frame no_json no_type unknown_type
  wrong_id half_frame nan infinity unwritten status no_status closes closes_all forks_and_dies"
embedders=(--embedder first=toy,seed=3)
for sin in $sins; do
  embedders+=(--embedder "$(program "$sin")")
done
run 1 sins --timeout 60 "${embedders[@]}" --embedder last=toy,dim=9
figures sins rows >sins.rows
that "the others' rows are complete and the same" cmp good.rows sins.rows
figures sins status >status
that "each has a row that says failed" test "$(grep -c ' failed ' status)" = "$(echo $sins | wc -w)"
told dies_early 'has ended: exit status 1; its last lines: \|     reading the model \|     no model here'
told exits 'has ended: exit status 5; its last lines: .*about to leave'
told segfaults 'has ended: signal 11 \(Segmentation fault\); it printed nothing'
told raises "KeyError: 'word' \| Traceback .*bad.py\", line [0-9]+, in deeper"
that "a traceback is of the user's code alone" test -z "$(grep '^raises ' status | grep harness_embedder.py)"
told no_reason 'the program gave no reason'
told garbage 'frame is [0-9]+ bytes long by its head'
told empty_frame 'frame is 0 bytes long by its head, expected 1 to 268435456'
told endless_frame 'frame is 4294967295 bytes long'
told no_json "the program's message: line 1, column 2"
told no_type "the program's message: .*type"
told unknown_type 'unknown message "frobnicate", expected done or error'
told wrong_id 'an answer to question 99, expected one to [0-9]+'
told half_frame 'has ended: exit status 0'
told nan 'row 1, "[a-z]+" .*: stage table: float 2 is -?nan'
told infinity 'row 1, "[a-z]+" .*: stage table: float 2 is -inf'
told unwritten 'row 1, "[a-z]+" .*: stage table: float 3 was not written'
told status 'row 2, "[a-z]+" .*: status 9, expected 0 to 3'
told no_status 'row 2, "[a-z]+" .*: no status was written'
told closes 'has closed its end of the connection, and is still running'
told closes_all 'has closed its end of the connection, and is still running'
that "nothing is left behind" none_left

# What must not trouble anybody.
sins="slow cuts_memory rewrites prints_binary prints_much forks"
embedders=()
for sin in $sins; do
  embedders+=(--embedder "$(program "$sin")")
done
run 0 odd --timeout 4 "${embedders[@]}"
said err 'prints_binary: \\x00\\x01'
said err 'prints_binary: \\x1B\[31mred'
said err 'prints_binary: (\\xFF)+\.\.\.'
said err 'prints_much: prints too much'
that "a flood is dammed" test "$(grep -c 'prints_much: line after line' "$work/stderr")" = 2000
that "no byte of it reaches the terminal raw" test -z "$(LC_ALL=C grep -P '[\x00-\x08\x1b\xff]' "$work/stderr")"
that "nothing is left behind" none_left

# Time and memory, of all processes together.
run 1 time --timeout 3 --embedder first=toy,seed=3 --embedder "$(program hangs)" --embedder "$(program hangs_early)" \
  --embedder "$(program works_on)" --embedder last=toy,dim=9
said err 'works_on: ended its work without waiting'
figures time status >status
told hangs 'timeout no sign of life for 3 s'
told works_on 'timeout no sign of life for 3 s'
told hangs_early 'timeout no sign of life for 3 s .*while loading'
figures time rows >time.rows
that "the others' rows are complete and the same" cmp good.rows time.rows
run 1 memory --memory-limit 400M --embedder first=toy,seed=3 --embedder "$(program eats)" --embedder last=toy,dim=9
figures memory status >status
told eats 'failed passed --memory-limit 0.39 GiB'
that "nothing is left behind" none_left

# Interrupted: a program that looks whether anybody still waits ends its work itself.
"$HARNESS" --suite similarity --dataset pairs.tsv --out out --name interrupted --embedder "$(program works_on)" \
  >stdout 2>"$work/stderr" &
run=$!
for _ in $(seq 200); do
  grep -q 'at work' "$work/stderr" && break
  sleep 0.05
done
kill -TERM $run # the shell's background jobs ignore SIGINT, which is the same
wait $run
that "an interrupted run says so" test $? = 130
said err 'works_on: ended its work'
that "nothing is left behind" none_left

# Answers to hello that are none.
says() { # PATTERN MESSAGE
  expect 2 "$HARNESS" --suite similarity --dataset pairs.tsv --out none --name x \
    --embedder "x=process-static,command=exec $python raw.py '${2//,/\\,}'"
  said err "$1"
}
good='"type":"ready","version":1,"kind":"static","stages":[{"name":"table","block":0,"block_output":false}]'
says 'found version 9 of the protocol, expected 1 to 1' "{${good/:1/:9},\"dim\":4}"
says 'dim' "{$good}"
says 'dim: found 0' "{$good,\"dim\":0}"
says 'dim' "{$good,\"dim\":5000000}"
says 'name is a word, found "a b"' "{${good/table/a b},\"dim\":4}"
says 'a static embedder has one stage, found 2' \
  "{${good/]/,{\"name\":\"1\",\"block\":1,\"block_output\":true\}]},\"dim\":4}"
says 'is called "table" as well' "{${good/]/,{\"name\":\"table\",\"block\":1,\"block_output\":true\}]},\"dim\":4}"
says 'expected an absolute path' "{$good,\"dim\":4,\"files\":[\"here\"]}"
says '/no/such/file, which the program names as a model file: No such file' "{$good,\"dim\":4,\"files\":[\"/no/such/file\"]}"
says 'citation: expected one line of at most 1000 bytes' "{$good,\"dim\":4,\"citation\":\"a\\u000ab\"}"
says '"vocab" without n_words' "{$good,\"dim\":4,\"extensions\":[\"vocab\"]}"
says 'need "tokens" as well' "{$good,\"dim\":4,\"extensions\":[\"score\"]}"

# Killed at random moments: the program, its guard, the worker, the harness. The others' rows are complete.
kill_one() { # PATTERN: of the process whose command line holds it; or harness
  local run pid='' delay=0.$((RANDOM % 10)) name=killed$((++n_killed))
  "$HARNESS" --suite similarity --dataset pairs.tsv --out out --name $name --timeout 60 --embedder first=toy,seed=3 \
    --embedder "$(program forks_and_works_on)" --embedder last=toy,dim=9 >/dev/null 2>&1 &
  run=$!
  for _ in $(seq 400); do
    pid=$(left | grep -E -- "${1/harness/process-guard}" | head -1 | cut -d' ' -f1)
    [ -n "$pid" ] && break
    sleep 0.05
  done
  sleep $delay
  that "there is something to kill: $1" kill -KILL "$([ "$1" = harness ] && echo $run || echo "${pid:-0}")"
  { wait $run; } 2>/dev/null # the shell tells of the signal
  if [ "$1" != harness ]; then
    figures $name status >status
    told forks_and_works_on '(failed|crashed) '
    figures $name rows >killed.rows
    that "the others' rows are complete and the same after the end of: $1, $delay s" cmp good.rows killed.rows
  fi
  that "nothing is left behind after the end of: $1, $delay s" none_left
}
shared_memory() { find /dev/shm -mindepth 1 -maxdepth 1 ! -name 'harness-fuzz-*' | wc -l; } # of other tests
before=$(shared_memory)
n_killed=0
for _ in 1 2; do
  kill_one harness
  kill_one '__worker .* forks_and_works_on'
  kill_one process-guard
  kill_one '^[0-9]+ /usr/bin/python3 bad.py'
done
that "no file is left in /dev/shm" test "$(shared_memory)" = "$before"
finish
