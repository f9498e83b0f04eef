#!/usr/bin/env python3
"""Every command and every piece of Python of the pages for people is run, page by page, in an empty folder.

    doc_commands.py ROOT BUILD HARNESS [PAGE…]

A fenced block ```sh is a script, ```file NAME a file, ```python goes on from the blocks above it. In the place of MiniLM and
GloVe, which a machine that tests need not have, stand the tiny GPT of tests/golden and the toy, under their names, and each
data set ends after a few items, with few resamples, where a command does not say otherwise. Blocks ```r are not run. A block of Python that imports what is not here is left out, and without pandas all of them; it says so."""
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time

PAGES = ["TUTORIAL.md", "READING.md", "OWN-DATA.md", "OWN-METRICS.md"]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def stand_in(script, root):
    names = {"minilm": f"minilm=transformer-causal:{root}/tests/golden/tiny-gpt", "glove": "glove=toy"}
    return re.sub(r"--embedder (minilm|glove)\b", lambda m: "--embedder " + names[m[1]], script)


def run(what, command, **more):
    begin = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    print(f"{what}: {time.monotonic() - begin:.1f} s", flush=True)
    if done.returncode:
        sys.exit(f"{what}: status {done.returncode}\n{command[-1]}\n{done.stdout[-3000:]}")


def follow(page, root, environment):
    with open(os.path.join(root, "harness/doc", page), encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    python, counts, missing = "", {}, set()
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, text in blocks:
            counts[kind] = counts.get(kind, 0) + 1
            if kind == "file":
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            elif kind == "sh":
                run(f"{page}, script {counts[kind]}", ["bash", "-ec", stand_in(text, root)], cwd=folder, env=environment)
            elif kind == "python":
                lacks = {m for m in re.findall(r"^import (\w+)", text, re.M) if not importlib.util.find_spec(m)}
                missing |= lacks
                python += "" if lacks else text
        if missing:
            print(f"{page}: Python that needs {', '.join(sorted(missing))} is not run")
        if python and "pandas" not in missing:
            run(f"{page}, Python", [sys.executable, "-c", python], cwd=folder, env=environment)
    assert counts.get("sh"), f"{page}: no script was found"


def main():
    root, build, harness = (os.path.abspath(path) for path in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "HARNESS_CACHE": cache, "HARNESS_PLUGINS": os.path.join(build, "plugins"),
                       "HARNESS_OFFLINE": "1", "HARNESS_LIMIT": "40", "HARNESS_RESAMPLES": "20", "PATH": os.path.dirname(harness) + ":" + os.environ["PATH"]}
        for page in sys.argv[4:] or PAGES:
            follow(page, root, environment)
    print("ok")


if __name__ == "__main__":
    main()
