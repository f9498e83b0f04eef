#!/usr/bin/env python3
"""The examples of doc/CONTRIBUTING.md, built as the page has them and run.

    howto.py ROOT BUILD CC

"Adding a suite": the suite's file and the line in the list make a program of the libraries that are built, which
lists the suite, refuses wrong data and wrong settings, scores a set worked out by hand, and compares two embedders on it.
"Adding a metric": the same after the page's change, and the figure is shown by the command that the page gives. "Adding a report format": its file and its line, after which `run`, `report` and `compare`
offer it and write it, and refusals and completion name it. Nothing of the tree is touched."""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT, BUILD, CC = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
SOURCE = os.path.join(ROOT, "harness/src")
WARN = ["-std=gnu11", "-O0", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers"]


def block(page, kind):
    found = re.findall(rf"^```{kind}\n(.*?)^```$", page, re.M | re.S)
    assert len(found) == 1, f"the page has {len(found)} blocks of {kind}"
    return found[0]


def change(text, diff):
    """A diff without line numbers: each hunk's old lines stand in the text exactly once."""
    for hunk in re.split(r"^@@\n", diff, flags=re.M)[1:]:
        lines = hunk.splitlines(keepends=True)
        old = "".join(l[1:] for l in lines if l[0] != "+")
        new = "".join(l[1:] for l in lines if l[0] != "-")
        assert text.count(old) == 1, f"stands {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    return text


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def cc(*arguments):
    subprocess.run([*shlex.split(CC), *arguments], check=True, cwd=BUILD)


def link_line():
    """As the build links the program, from its own words."""
    line = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "harness/src/commands/harness"], check=True,
                          capture_output=True, text=True).stdout.strip().splitlines()[-1]
    words = shlex.split(line)
    words = words[words.index("-o"):]
    return words[0], words[1], words[2:]


def make(folder, name, source, listed, entry, lister):
    """The program with one suite or format more, `name`.c: a line more in the list that a source includes; its path."""
    for path, text in (listed, read(f"harness/src/{listed}") + entry), (f"{name}.c", source):
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)
    objects = []
    for path in os.path.join(folder, f"{name}.c"), os.path.join(SOURCE, lister):
        objects.append(os.path.join(folder, os.path.basename(path)[:-1] + "o"))
        if path.startswith(folder) or not os.path.exists(objects[-1]):
            cc(*WARN, "-c", f"-I{folder}", f"-I{SOURCE}", f"-I{ROOT}/harness/include", path, "-o", objects[-1])
    option, _, rest = link_line()
    program = os.path.join(folder, f"harness-{name}")
    cc(option, program, *objects, *rest)
    return program


def run(program, *arguments, status=0):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def results(program):
    """Of both embedders, by embedder, metric and policy."""
    run(program, "--suite", "odd", "--dataset", "odd.txt", "--embedder", "v=glove:v.txt", "--embedder", "x=glove:x.txt",
        "--plugin-dir", os.path.join(BUILD, "plugins/glove"), "--resamples", "0", "--out", "out", "--name", "r")
    with open("out/r.json", encoding="utf-8") as file:
        return {(row["embedder"], row["metric"], row["policy"]): row for row in json.load(file)["results"]}


def check_suite(program):
    """v finds the odd word of line 1, x those of line 2 and 4 to 9; neither knows all words of line 3."""
    rows = results(program)
    assert list(rows)[:2] == [("v", "accuracy", "skip"), ("v", "accuracy", "zero")] and len(rows) == 4, rows
    for (embedder, _, policy), row in rows.items():
        right, n = {"v": 1, "x": 7}[embedder], {"skip": 8, "zero": 9}[policy]
        assert abs(row["value"] - right / n) < 1e-12 and (row["n"], row["answered"]) == (9, 8), row
    told = run(program, "report", "out/r.json")
    assert "odd odd.txt  accuracy x 100" in told and "policy skip" in told, told
    compared = json.loads(run(program, "compare", "out/r.json", "--resamples", "20", "--format", "json"))
    first, = compared["comparisons"]
    # 1 line to v's advantage, 7 to x's: twice the binomial tail (1 + 8) / 2^8
    assert first["test"] == "McNemar" and first["n"] == 8 and abs(first["p"] - 18 / 256) < 1e-12, first


def check_format(folder, page):
    """Org mode's tables of the three commands: the figures are those of the report and of `compare` as Markdown."""
    program = make(folder, "org", block(page, "c format"), "report/format_list.h", block(page, "c format list"),
                   "report/formats.c")
    figures = json.load(open("out/r.json", encoding="utf-8"))["results"]
    told = run(program, "report", "out/r.json", "--format", "org")
    assert told.splitlines()[0] == "| odd.txt | v | accuracy | 0.1250 |", told
    assert len(told.splitlines()) == len(figures), told
    run(program, "report", "out/r.json", "-o", "r.org")
    with open("r.org", encoding="utf-8") as file:
        assert file.read() == told
    same = subprocess.run([program, "--suite", "similarity", "--dataset", "pairs.tsv", "--embedder", "v=glove:v.txt", "--embedder",
                           "w=glove:v.txt", "--plugin-dir", os.path.join(BUILD, "plugins/glove"), "--resamples", "0", "--out",
                           "out", "--name", "s", "--format", "org"], check=True, capture_output=True, text=True).stdout
    assert same == run(program, "report", "out/s.json", "--format", "org") and "| w | spearman | " in same, same
    org = run(program, "compare", "out/s.json", "--resamples", "20", "--format", "org")
    table = [line.split(" | ") for line in org.splitlines() if line.startswith("| ")]
    markdown = run(program, "compare", "out/s.json", "--resamples", "20", "--format", "markdown")
    assert table == [line.split(" | ") for line in markdown.splitlines() if line.startswith("| ")] and len(table) == 2, org
    assert org.startswith("* similarity pairs, spearman\n| A | B |"), org
    for command in "run", "report", "compare":
        assert "org       Org mode's tables" in run(program, command, "--help"), command
    assert "expected table, json, xml, html, csv, jsonl, markdown, latex, junit, org" in run(
        program, "report", "out/r.json", "--format", "orb", status=2)
    assert "expected text, json, html, markdown, latex, org" in run(program, "compare", "out/s.json", "--format", "orb",
                                                                    status=2)
    assert "latex org'" in run(program, "help", "--completion", "bash") and "org\\fR: Org" in run(program, "help", "--man")


def main():
    page = read("harness/doc/CONTRIBUTING.md")
    suite, entry, diff = block(page, "c suite"), block(page, "c list"), block(page, "diff")
    suites = "suites/list.h", entry, "suites/suites.c"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HARNESS_CACHE"] = os.path.join(folder, "cache")
        # To v a, b and c lie in the east and d in the north: d is odd wherever it stands. To x it is c. "moon" is unknown.
        for name, east, north in ("v", "c", "d"), ("x", "d", "c"):
            with open(f"{name}.txt", "w", encoding="utf-8") as file:
                file.write(f"a 1 0\nb 1 0.1\n{east} 1 0.2\n{north} 0 1\n")
        with open("odd.txt", "w", encoding="utf-8") as file:
            file.write("a b c d\nd a b c\na b c moon\n" + 6 * "d a b c\n")
        with open("pairs.tsv", "w", encoding="utf-8") as file:
            file.write("a\tb\t5\nb\tc\t3\nc\td\t1\na\td\t2\n")
        with open("wrong.txt", "w", encoding="utf-8") as file:
            file.write("a b c d\na b c\n")
        program = make(folder, "odd", suite, *suites)
        assert "odd: the odd one out" in run(program, "list", "suites")
        common = ["--suite", "odd", "--embedder", "v=glove:v.txt", "--plugin-dir", os.path.join(BUILD, "plugins/glove"),
                  "--out", "none"]
        assert "wrong.txt:2: found 3 words, expected 4" in run(program, *common, "--dataset", "wrong.txt", status=2)
        assert "expected lower or exact" in run(program, *common, "--dataset", "odd.txt", "--set", "case=low", status=2)
        check_suite(program)
        program = make(folder, "odd", change(suite, diff), *suites)
        rows = results(program)
        assert len(rows) == 6 and abs(rows["v", "coverage", "skip"]["value"] - 8 / 9) < 1e-12, rows
        shown, = re.findall(r"^    harness (report .*metric=coverage.*)$", page, re.M)
        assert "| v | **88.9" in run(program, *shown.replace("results/REPORT.json", "out/r.json").split())
        assert "| odd | `coverage` | lines of known words | diagnostic |" in run(program, "help", "--tables")
    print("the page's suite, metric and report format build and run")


if __name__ == "__main__":
    main()
