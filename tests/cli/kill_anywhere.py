#!/usr/bin/env python3
"""kill_anywhere.py KILLS [SEED] [--models]: kill -9 at KILLS random moments over run, --resume, train, convert,
prepare and fetch; --models: and over train of a GPT, a BERT and its senses, whose folders replace earlier ones.
A command that ended before its moment came is checked like the others, and counts for nothing.

After each: an earlier file of the name is whole, none is half under its final name, no process is left.
At the end of each: the command once more, undisturbed, gives the same bytes (of reports: all but times)
as a run that was never killed, and no temporary file stays. The seed is printed, and can be given. Data
are small, WordNet of a few lemmas: moments count, not work."""
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import same_report

HARNESS = os.environ["HARNESS"]
WORDNET = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support", "wordnet")
models = "--models" in sys.argv
arguments = [argument for argument in sys.argv[1:] if argument != "--models"]
kills = int(arguments[0])
seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(1 << 32)
print(f"seed {seed}: {sys.argv[0]} {kills} {seed}{' --models' * models}", flush=True)
chance = random.Random(seed)
# where synchronising a file, which a killed process does not need, takes no time
work = tempfile.mkdtemp(prefix="harness-kill-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
os.chdir(work)
MARK = f"HARNESS_KILLED_BY={os.getpid()}"
environment = {**os.environ, "HARNESS_CACHE": work + "/cache", "HARNESS_DATASETS": work + "/manifests",
               "HARNESS_KILLED_BY": str(os.getpid()), "TMPDIR": work + "/tmp", "WNSEARCHDIR": WORDNET}
for folder in ("tmp", "manifests", "served", "earlier", "now", "before", "whole"):
    os.mkdir(folder)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


words = ["".join(chr(97 + i // 26**k % 26) for k in range(3)) for i in range(600)]
write("pairs.tsv", "".join(f"{words[i]}\t{words[-i - 1]}\t{i % 10}\n" for i in range(250)))
write("vectors.txt", "".join(f"{w} " + " ".join(f"{chance.random():.6f}" for _ in range(60)) + "\n" for w in words))
write("corpus.txt", "".join(" ".join(chance.choice(words[:80]) for _ in range(12)) + "\n" for _ in range(400)))
write("served/pairs.tsv", "a\tb\t1\n" * 20000)
with open("served/pairs.tsv", "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
write("manifests/far.json", '{"name":"far","kind":"dataset","title":"t","licence":"none","downloads":[{"url":"file://%s/served/pairs.tsv",'
      '"sha256":"%s","bytes":%d,"to":"pairs.tsv"}],"dataset":{"suites":["similarity"],"path":"pairs.tsv"}}'
      % (work, digest, os.path.getsize("served/pairs.tsv")))

write("senses.tsv", "".join(f"s{i}\tbank\tn\t1\t{words[i % 40]} bank {words[i % 7]}\tbank%1:{['17:01', '14:00'][i % 2]}::\n"
                            for i in range(20)))
SHAPE = "blocks=1 dim=16 heads=2 context=16 batch=64 vocabulary=300 tokens=1000 --threads 1".split()

RUN = ["--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "v=glove:vectors.txt", "--embedder", "toy",
       "--embedder", "u=glove:vectors.txt,lowercase=1", "--resamples", "300", "--seed", "5", "--name", "a"]
# name: the command with OUT for the folder it writes in, its files there
COMMANDS = {
    "run": (RUN + ["--out", "OUT"], ["a.json"]),
    "resume": (["--resume", "a", "--out", "OUT"], ["a.json"]),
    "train": (["train", "word2vec", "corpus.txt", "-o", "OUT/m.bin", "--threads", "1", "size=20", "min-count=1", "iter=3"],
              ["m.bin"]),
    "convert": (["convert", "vectors.txt", "OUT/v.bin", "--from", "glove", "--set", "cache=0"], ["v.bin"]),
    "prepare": (["prepare", "wordnet-examples"], []),
    "fetch": (["fetch", "far", "--force"], []),
}
MODELS = {
    "gpt": ["train", "transformer", "corpus.txt", "-o", "OUT/gpt", *SHAPE],
    "bert": ["train", "bert", "corpus.txt", "-o", "OUT/bert", *SHAPE],
    "senses": ["train", "senses", "senses.tsv", "-o", "OUT/senses", "from=whole/bert", "words=8", "epochs=2", "--development",
               "senses.tsv", "--threads", "1"],
} if models else {}
COMMANDS |= {name: (command, [f"{name}/model.safetensors", f"{name}/config.json", f"{name}/tokenizer.json"])
             for name, command in MODELS.items()}


def argv(name, out):
    return [HARNESS] + [word.replace("OUT", out, 1) if word.startswith("OUT") else word for word in COMMANDS[name][0]]


def call(name, out):
    return subprocess.run(argv(name, out), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          check=False)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def ours():
    """Processes with our mark in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if MARK.encode() in content(f"/proc/{pid}/environ").split(b"\0") and int(pid) != os.getpid():
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    if file.read().rpartition(")")[2].split()[0] != "Z":
                        found.append(int(pid))
        except OSError:
            pass
    return found


def same(name, a, b):
    if name in ("run", "resume"):
        try:
            same_report.compare(a + "/a.json", b + "/a.json")
        except (AssertionError, OSError, ValueError) as error:
            print(error)
            return False
        return True
    return all(content(f"{a}/{file}") == content(f"{b}/{file}") for file in COMMANDS[name][1])


def tree(folder):
    return {os.path.relpath(os.path.join(top, name), folder): content(os.path.join(top, name))
            for top, _, names in os.walk(folder) for name in names}


def cached(name):
    return {"prepare": "cache/datasets/wordnet-examples", "fetch": "cache/datasets/far"}[name]


def leftovers(folder):
    return [name for top, folders, names in os.walk(folder) for name in folders + names if ".tmp-" in name]


def files_of(name, out):
    return [content(f"{out}/{file}") if os.path.exists(f"{out}/{file}") else None for file in COMMANDS[name][1]]


def check(truth, what):
    if not truth:
        print(f"FAILED: {what}", flush=True)
        failures.append(what)


failures = []
names = list(COMMANDS)
seconds, whole = {}, {}
for name in names:
    if name == "resume":
        continue
    begin = time.monotonic()
    result = call(name, "whole")
    seconds[name] = time.monotonic() - begin
    check(result.returncode == 0, f"{name}: {result.stderr}")
    if not COMMANDS[name][1]:
        whole[name] = tree(cached(name))
        shutil.rmtree(cached(name))
seconds["resume"] = seconds["run"]
for name in MODELS:
    before = subprocess.run(argv(name, "before") + ["--seed", "2"], env=environment, capture_output=True, check=False, text=True)
    check(before.returncode == 0 and files_of(name, "before")[0] != files_of(name, "whole")[0], f"{name}: {before.stderr}")
if failures:
    sys.exit(1)

killed = dict.fromkeys(names, 0)
round_ = 0
while sum(killed.values()) < kills and round_ < 4 * kills:
    round_ += 1
    name = min(names, key=killed.get)
    files = COMMANDS[name][1]
    for folder in ("now", "earlier"):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
    if name == "resume":  # an interrupted run to go on from
        first = subprocess.Popen(argv("run", "now"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds["run"] * (0.3 + 0.5 * chance.random()))
        first.kill()
        first.wait()
        if not os.path.isdir("now/a.partial"):
            continue
    if name in MODELS:
        shutil.copytree(f"before/{name}", f"now/{name}")
    for file in files if name not in MODELS and name != "resume" else []:
        write(f"now/{file}", "what was there before")
    moment = seconds[name] * 1.05 * chance.random()
    process = subprocess.Popen(argv(name, "now"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.returncode == -signal.SIGKILL:
        killed[name] += 1
    else:  # it takes less than that, on a machine that is less busy now
        seconds[name] = min(seconds[name], moment)
    where = f"seed {seed}, round {round_}: {name} killed after {moment:.3f} s"
    for _ in range(500):  # the kernel ends the children of a killed process right after it
        left = ours()
        if not left:
            break
        time.sleep(0.01)
    check(not left, f"{where}: {len(left)} processes are left")
    if name in MODELS:
        check(files_of(name, "now") in (files_of(name, "before"), files_of(name, "whole")),
              f"{where}: the model is neither what it was nor what it should be")
    for file in files if name not in MODELS else []:
        path = f"now/{file}"
        if name in ("run", "resume"):
            whole_one = not os.path.exists(path) or content(path) == b"what was there before" or same(name, "now", "whole")
        else:
            whole_one = content(path) in (b"what was there before", content(f"whole/{file}"))
        check(whole_one, f"{where}: {file} is neither what it was nor what it should be")
    if not files:
        found = tree(cached(name)) if os.path.isdir(cached(name)) else {}
        if name == "fetch":
            check(found.get("pairs.tsv", whole[name]["pairs.tsv"]) == whole[name]["pairs.tsv"], f"{where}: half a file")
        else:
            for file, bytes_ in found.items():
                check(".tmp-" in file or bytes_ == whole[name][file], f"{where}: {file} is half")
    again = name
    if name == "run" and os.path.isdir("now/a.partial"):
        again = "resume" if call("resume", "now").returncode == 0 else "run"
        result = None if again == "resume" else call("run", "now")
    elif name == "resume" and not os.path.isdir("now/a.partial"):
        result = None  # it was through
    else:
        result = call(name, "now")
    check(result is None or result.returncode == 0, f"{where}: then: {result.stderr if result else ''}")
    if files:
        check(same(again, "now", "whole"), f"{where}: afterwards not the same")
    else:
        after = tree(cached(name))
        check(all(after.get(file) == bytes_ for file, bytes_ in whole[name].items() if not file.endswith(".json")),
              f"{where}: afterwards not the same")
        shutil.rmtree(cached(name))
    check(not leftovers("now") and not leftovers("cache"),
          f"{where}: temporary files stay: {leftovers('now') + leftovers('cache')}")
call("run", "now")
check(not os.listdir("tmp"), f"seed {seed}: scratch folders stay: {os.listdir('tmp')}")
check(sum(killed.values()) >= kills, f"seed {seed}: of {round_} commands only {killed} were killed in time")
print(f"{sum(killed.values())} killed of {round_} commands {killed}, {len(failures)} failures")
os.chdir("/")
shutil.rmtree(work)
sys.exit(bool(failures))
