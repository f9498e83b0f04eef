#!/usr/bin/env python3
"""Fuzz every target of suite 'fuzz' with clang's libFuzzer under AddressSanitizer and UBSan.

    tests/fuzz/fuzz.py [--seconds N] [--build FOLDER] [NAME...]

Builds the targets a second time in FOLDER (build-fuzz), instrumented, with libFuzzer's main() in the
place of replay.c's (Debian: clang, libclang-rt-14-dev), and runs each for N seconds (300), one after
the other, on its committed corpus. NAME picks the tests whose name holds it. New inputs are kept in
FOLDER/fuzz/TARGET/; a crash leaves its input there and ends with status 1.
"""
import argparse
import json
import os
import resource
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def set_up(build):
    if os.path.exists(os.path.join(build, "build.ninja")):
        return
    runtime = subprocess.run(["clang", "-print-file-name=libclang_rt.fuzzer-x86_64.a"], check=True,
                             capture_output=True, text=True).stdout.strip()
    if not os.path.isabs(runtime):
        sys.exit("clang has no libFuzzer here: install libclang-rt-14-dev")
    # An archive: its main() is linked where there is no other. A program with a main() of its own
    # takes nothing from it.
    subprocess.run(["meson", "setup", build, ROOT, "-Dbuildtype=debugoptimized", "-Db_lundef=false",
                    "-Db_sanitize=address,undefined",
                    "-Dc_args=-fsanitize=fuzzer-no-link -DHARNESS_LIBFUZZER",
                    "-Dc_link_args=%s -lstdc++ -lm" % runtime],
                   check=True, env=dict(os.environ, CC="clang", CXX="clang++"))


def targets(build, names):
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True,
                                      capture_output=True, text=True).stdout)
    for test in tests:
        in_suite = any(s == "fuzz" or s.endswith(":fuzz") for s in test["suite"])
        if in_suite and (not names or any(n in test["name"] for n in names)):
            yield test["name"], test["cmd"]


def processor_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def is_script(build, command):
    return os.path.commonpath([os.path.realpath(command[0]), os.path.realpath(build)]) != \
        os.path.realpath(build)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--build", default=os.path.join(ROOT, "build-fuzz"))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    set_up(options.build)
    chosen = list(targets(options.build, options.names))
    if not chosen:
        sys.exit("no such target")
    executables = [os.path.relpath(command[0], options.build) for _, command in chosen
                   if not is_script(options.build, command)]
    if executables:
        subprocess.run(["ninja", "-C", options.build] + executables, check=True)
    failed = []
    # UBSan would go on; what was freed long before this input is given back, else no page is used twice
    strict = dict(os.environ, UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
                  ASAN_OPTIONS="quarantine_size_mb=4")
    for name, command in chosen:
        if is_script(options.build, command):  # mutates by itself
            status = subprocess.run(command + ["--seconds", str(options.seconds)]).returncode
            print("%s: status %d" % (name, status), flush=True)
            failed += [name] if status else []
            continue
        exe, corpora = command[0], [a for a in command[1:] if os.path.isdir(a)]
        kept = os.path.join(options.build, "fuzz", os.path.basename(exe))
        os.makedirs(kept, exist_ok=True)
        log = kept + ".log"
        before = processor_seconds()
        with open(log, "w") as file:
            status = subprocess.run([exe, "-max_total_time=%d" % options.seconds, "-timeout=60",
                                     "-rss_limit_mb=2048", "-print_final_stats=1",
                                     "-artifact_prefix=%s/" % kept, kept] + corpora,
                                    stdout=file, stderr=file, env=strict).returncode
        with open(log, errors="replace") as file:
            lines = [line.strip() for line in file if "DONE" in line or "ERROR" in line or
                     "runtime error" in line or "number_of_executed_units" in line]
        print("%s: status %d: %.0f s of the processor: %s"
              % (name, status, processor_seconds() - before, "; ".join(lines)), flush=True)
        if status:
            failed.append(name)
    print("%d targets, %d failed" % (len(chosen), len(failed)))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
