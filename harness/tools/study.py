#!/usr/bin/python3
"""Run the study of harness/doc/STUDY.md and write it: tables, pictures and what paired tests allow to say.

    harness/tools/study.py [--harness PROGRAM] [--data FOLDER] [--results FOLDER]
    harness/tools/study.py --run-only NAME,...
    harness/tools/study.py --check | --check-reports

Needs the embedders that ./run sets up (minilm, gpt, bert, glove, word2vec), the unified framework's ALL and SemCor (by name, or under
FOLDER/wsd), zstd, and Debian's python3-matplotlib. Reports are kept in results/study; a run whose report is there is not repeated:
remove the report to measure anew. Every figure of the page is read from a report, every comparison is a paired test; both are kept in
harness/doc/study/study.json. Also written are the parts of README.md and RESULTS.md between "<!-- study: NAME -->" and
"<!-- end of study -->". --check makes all of this again from study.json and compares: no program, no data needed; --check-reports from the reports.
"""
import argparse
import os
import re
import sys

from study_chapters import page
from study_elsewhere import BLOCKS
from study_facts import Facts
from study_runs import Runs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = os.path.join(ROOT, "harness", "doc")
PAGE, FACTS, PICTURES = os.path.join(DOC, "STUDY.md"), os.path.join(DOC, "study", "study.json"), os.path.join(DOC, "study")
BLOCK = re.compile(r"(<!-- study: ([a-z-]+) -->\n)(.*?)(<!-- end of study -->)", re.DOTALL)


def texts(facts, pictures):
    """{path: what it must be} of the page, of the documents with blocks, and of the facts that these asked for."""
    made = {PAGE: page(facts, pictures)}
    for path, names in BLOCKS.items():
        path = os.path.join(ROOT, path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found = [name for _, name, _, _ in BLOCK.findall(text)]
        if sorted(found) != sorted(names):
            sys.exit(f"study: {path}: found blocks {sorted(found)}, expected {sorted(names)}")
        made[path] = BLOCK.sub(lambda m, of=names: m[1] + of[m[2]](facts) + "\n" + m[4], text)
    made[FACTS] = facts.text()
    return made


def difference(path, found, wanted):
    """Where a text is not what the facts make, or None."""
    for number, (is_so, expected) in enumerate(zip(found.split("\n"), wanted.split("\n")), 1):
        if is_so != expected:
            return f"{path}:{number}: found\n  {is_so}\nexpected from the facts\n  {expected}"
    return None if found == wanted else f"{path}: is longer or shorter than the facts have it"


def check(facts):
    """Are the documents what the facts say, and are these what the reports say, if there are any?"""
    for path, wanted in texts(facts, None).items():
        with open(path, encoding="utf-8") as file:
            wrong = difference(path, file.read(), wanted)
        if wrong:
            sys.exit(wrong)
    print("ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--harness", default=os.path.join(ROOT, "build/harness/src/commands/harness"))
    parser.add_argument("--data", help="folder with wsd/raganato2017/ALL and wsd/semcor; default: by name")
    parser.add_argument("--results", default=os.path.join(ROOT, "results", "study"), help="where reports are kept")
    parser.add_argument("--run-only", metavar="NAME,...", help="make these reports and write nothing")
    parser.add_argument("--check", action="store_true", help="compare the documents with the facts")
    parser.add_argument("--check-reports", action="store_true", help="compare documents and facts with the reports")
    options = parser.parse_args()
    if options.check:
        check(Facts(FACTS))
        return
    cache = os.environ.get("HARNESS_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "harness")
    runs = Runs(options.harness, options.results, options.data, cache)
    if options.run_only:
        for name in options.run_only.split(","):
            runs.report(name)
        return
    facts = Facts(FACTS, runs)
    if options.check_reports:
        check(facts)
        return
    made = texts(facts, PICTURES)
    for path, text in made.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
