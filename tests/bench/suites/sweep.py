#!/usr/bin/env python3
"""What a sweep costs beside its work, and T(N) = F + W/N + G of that: harness/doc/SWEEPS.md.

    sweep.py HARNESS [--embedder SPEC] [--data DATA] [--units N] [--work SECONDS]

Measures, with this machine as it is: planning; a unit of next to no work, first and again (start, plan,
hash of the model, loading); gathering of N units of suite wsd, method gloss, on DATA with per-item
records, in all, per unit and per MB; status of 10,000 units. DATA: a set of sense-tagged sentences,
default the homographs that come with the program. --work: seconds that a unit of the sweep to be
foretold works; default 900, BERT-base over SemCor on two cores."""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time


TOTAL = 300  # units of the sweep that is foretold


def timed(*command):
    """Seconds, and the most MB that the command had resident."""
    with tempfile.TemporaryFile() as said:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, code, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        if code:
            said.seek(0)
            sys.exit(f"{' '.join(command)}: failed\n{said.read().decode()}")
    return seconds, usage.ru_maxrss / 1024


def plan(harness, name, **options):
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump(options, file)
    return timed(harness, "plan", "--config", name + ".json", "-o", name)[0]


def units_of(name):
    with open(name + "/plan.json", encoding="utf-8") as file:
        return json.load(file)


def overhead(harness, embedder):
    """Of a unit: with the model's hash unknown, and known."""
    with open("pairs.tsv", "w", encoding="utf-8") as file:
        file.write("car\tauto\t4\nboy\tlad\t3\nsun\tmoon\t2\n")
    plan(harness, "small", suite="similarity", dataset="pairs.tsv", embedder=embedder, resamples=0)
    os.environ["HARNESS_CACHE"], cache = os.path.abspath("cache"), os.environ.get("HARNESS_CACHE")
    os.makedirs("cache")
    for name in ("models", "datasets"):
        place = os.path.join(cache or os.path.expanduser("~/.cache/harness"), name)
        if os.path.isdir(place):
            os.symlink(place, os.path.join("cache", name))
    first = timed(harness, "unit", "small", "0")[0]
    again = min(timed(harness, "unit", "--again", "small", "0")[0] for _ in range(5))
    return first, again


def size_of(folder, part=""):
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if part in name) / 1e6


def gather(harness, data, n):
    """A sweep of n units, one embedder's run each: planned, run, gathered."""
    name = f"many{n}"
    plan(harness, name, suite="wsd", embedder="toy", dataset=data, method="gloss", resamples=200,
         seed=list(range(1, n + 1)), out=name + "-results")
    work = timed(harness, "unit", "--every", "1", name, "0")[0]
    seconds, peak = timed(harness, "gather", name)
    return {"work": work, "seconds": seconds, "peak": peak, "packed": size_of(name + "/units"),
            "items": size_of(name + "-results", ".items")}


def status(harness):
    """Of 10,000 units, half of them there."""
    document = units_of("small")
    document["units"] = [dict(document["units"][0], key=f"{i:064x}") for i in range(10000)]
    os.makedirs("wide/units")
    with open("wide/plan.json", "w", encoding="utf-8") as file:
        json.dump(document, file)
    for i in range(0, 10000, 2):
        open(f"wide/units/{i:064x}", "w", encoding="utf-8").close()
    return timed(harness, "sweep", "status", "wide")[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("harness")
    parser.add_argument("--embedder", default="toy")
    parser.add_argument("--data", default="homographs")
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--work", type=float, default=900)
    args = parser.parse_args()
    harness = os.path.abspath(args.harness)
    data = os.path.abspath(args.data) if os.path.exists(args.data) else args.data
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        first, again = overhead(harness, args.embedder)
        planning = plan(harness, "planned", suite="wsd", embedder="toy", dataset=data, method="gloss",
                        seed=list(range(1, TOTAL + 1)))
        one, many, n = gather(harness, data, 1), gather(harness, data, args.units), args.units
        wide = status(harness)
        os.chdir("/")
    records = (many["items"] - one["items"]) / (n - 1)  # without those of baselines
    each = max(0, many["seconds"] - one["seconds"]) / (n - 1)
    print(f"a unit of {args.embedder} beyond its work: {first:.2f} s the first time on a machine, {again:.2f} s then")
    print(f"plan of {TOTAL} units: {planning:.2f} s")
    print(f"{n} units, one behind the other: {many['work']:.1f} s; results {many['packed'] / n:.2f} MB each")
    print(f"gather: {one['seconds']:.2f} s of one unit, {each:.3f} s of each more; records {records:.1f} MB each, "
          f"{each / max(records, 0.001):.3f} s a MB; at most {many['peak']:.0f} MB")
    print(f"status of 10,000 units: {wide:.2f} s")
    f, g = planning + first, one["seconds"] + each * (TOTAL - 1)
    print(f"\n{TOTAL} units of {args.work:.0f} s: T(N) = F + W/N + G, in seconds")
    print("machines         F        W/N          G       T(N)   efficiency")
    for machines in (1, 10, 100, 300, 1000):
        w = math.ceil(TOTAL / machines) * (args.work + again)
        t = f + w + g
        print(f"{machines:8d} {f:9.1f} {w:10.1f} {g:10.1f} {t:10.1f}   {TOTAL * args.work / machines / t:9.0%}")


if __name__ == "__main__":
    main()
