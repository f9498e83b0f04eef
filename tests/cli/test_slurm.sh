#!/usr/bin/env bash
# A sweep on a real Slurm of two nodes on this machine, all its daemons, sockets and folders the test's own: an array of 12 units, one
# node lost in the middle of a unit, the task requeued, and a report that is byte for byte one machine's but for times.
. "$(dirname "$0")/lib.sh"
for program in slurmctld slurmd munged sbatch parallel; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "skipped: no $program (Debian: slurm-wlm munge parallel)"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: Slurm's daemons run as root here"; exit 77; }
PATH=$PATH:/usr/sbin
small_wordnet
here=$HARNESS_SOURCE_ROOT/tests/cli
export HARNESS_DATASETS=$HARNESS_SOURCE_ROOT/datasets
cd "$work" || exit 1
chmod 755 "$work"
port=$((20000 + $$ % 20000))

# ---- the cluster
end_cluster() { # FOLDER
  for file in d.n2.pid d.n1.pid ctld.pid munge.pid; do
    [ -s "$1/$file" ] && kill "$(cat "$1/$file")" 2>/dev/null
  done
  for _ in $(seq 20); do pgrep -f "$1/slurm.conf|$1/munge|slurmstepd.*$1" >/dev/null || break; sleep 0.1; done
  # what is left of it bears the folder's name
  for pid in $(pgrep -f "$1/slurm.conf|$1/munge|slurmstepd.*$1" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
  for pid in $(pgrep -x 'slurmstepd|sleep'); do
    grep -zq "SLURM_CONF=$1/slurm.conf" "/proc/$pid/environ" 2>/dev/null && kill -9 "$pid"
  done
  rm -rf "$1"
}
trap 'end_cluster "$work"' EXIT
trap 'exit 1' INT TERM HUP
# A test that is killed outright runs no trap: a watcher in a session of its own ends the cluster when this process is gone.
export -f end_cluster
setsid bash -c 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; [ ! -e "$2" ] || end_cluster "$2"' watcher $$ "$work" </dev/null >/dev/null 2>&1 &
mkdir state
head -c 1024 /dev/urandom >munge.key && chmod 400 munge.key
munged --force --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munge.pid" --log-file="$work/munge.log" \
  --seed-file="$work/munge.seed" || { echo "FAILED: munged"; exit 1; }
cat >slurm.conf <<E2
ClusterName=sweep$$
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=10
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool.%n
SlurmdPidFile=$work/d.%n.pid
SlurmctldPidFile=$work/ctld.pid
SlurmctldLogFile=$work/ctld.log
SlurmdLogFile=$work/d.%n.log
NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=4000
NodeName=n2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=4000
PartitionName=p Nodes=n1,n2 Default=YES State=UP
E2
echo "CgroupPlugin=cgroup/v1" >cgroup.conf
export SLURM_CONF=$work/slurm.conf
slurmctld -f "$SLURM_CONF" >/dev/null 2>&1
slurmd -f "$SLURM_CONF" -N n1 >/dev/null 2>&1
slurmd -f "$SLURM_CONF" -N n2 >/dev/null 2>&1
for _ in $(seq 60); do [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break; sleep 0.5; done
[ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] || { echo "FAILED: no two idle nodes"; tail -5 ./*.log; exit 1; }

# ---- the sweep: 12 units
vectors >v.txt
pairs >pairs.tsv
tr -cs 'a-zA-Z' '\n' <"$HARNESS_DATASETS/homographs/items.tsv" | tr 'A-Z' 'a-z' | sort -u |
  awk '{ srand(NR); if (length($0) > 1 && $0 !~ /^(car|auto|tree|boy|lad|sun|moon)$/) print $0, rand(), rand(), rand() }' >>v.txt
cat >study.json <<'E2'
{"suite": "wsd,similarity,contextuality", "embedder": ["toy", "mine=glove:v.txt"], "seed": "1,2", "limit": 40, "resamples": 50,
 "dataset": ["wsd=homographs", "contextuality=homographs", "similarity=pairs.tsv"]}
E2
expect 0 "$HARNESS" plan --config study.json -o sweep
said out '^12 units in '
sed -i "s/^#SBATCH --mem=.*/#SBATCH --mem=500M/; s|^exec|[ \"\$SLURM_ARRAY_TASK_ID\" = 5 ] \&\& [ \"\${SLURM_RESTART_COUNT:-0}\" = 0 ] \&\& { echo \$SLURMD_NODENAME >$work/begun; exec sleep 300; }\nexec|" sweep/unit.sbatch
# task 5 hangs where it first runs, as long as its node lives
job=$(sbatch --parsable --output="$work/unit.%a.out" --array=0-11 sweep/unit.sbatch)
for _ in $(seq 240); do [ -s begun ] && break; sleep 0.25; done
that "task 5 has begun" test -s begun
lost=$(cat begun)
# that node dies with all that runs on it
kill -9 "$(cat "d.$lost.pid")" 2>/dev/null
for pid in $(pgrep -x sleep); do # the step's daemon, its parent, first: it would say that the task failed
  grep -zq "SLURM_CONF=$SLURM_CONF" "/proc/$pid/environ" 2>/dev/null && kill -9 "$(ps -o ppid= -p "$pid" | tr -d ' ')" "$pid"
done
scontrol update nodename="$lost" state=down reason="lost in the test"
slurmd -f "$SLURM_CONF" -N "$lost" >/dev/null 2>&1 # it comes back
scontrol update nodename="$lost" state=resume 2>/dev/null
for _ in $(seq 360); do [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break; sleep 0.5; done
that "the array has ended" test -z "$(squeue -h -j "$job" 2>/dev/null)"
expect 0 "$HARNESS" sweep status sweep
said out '12 done' || { squeue; tail -3 unit.*.out; }
gather=$(sbatch --parsable --wait --output="$work/gather.out" sweep/gather.sbatch) || { cat gather.out; echo "FAILED: gather ($gather)"; exit 1; }
that "it wrote where the sweep was planned" sh -c 'ls results/*.json >/dev/null'
expect 0 "$HARNESS" gather sweep --name study --out swept
expect 0 "$HARNESS" run --config study.json --name study --out single
that "Slurm's report is one machine's" /usr/bin/python3 "$here/same_report.py" single/study.json swept/study.json

# ---- the same through GNU parallel
rm -r sweep/units
expect 0 sh -c 'seq 0 11 | parallel --will-cite -j2 "$HARNESS" unit sweep {}'
expect 0 "$HARNESS" gather sweep --name study --out parallel
that "GNU parallel's report is one machine's" /usr/bin/python3 "$here/same_report.py" single/study.json parallel/study.json
finish
