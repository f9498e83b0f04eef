#!/usr/bin/env python3
"""The tables of doc/REPORT.md, from what the suites declare (`harness help --tables`).

    report_tables.py PROGRAM REPORT.md           writes them anew between their marks
    report_tables.py PROGRAM REPORT.md --check   exit status 1 where the page says something else
"""
import subprocess
import sys

BEGIN, END = "<!-- made by harness/tools/report_tables.py: begin -->\n", "<!-- end -->\n"


def main():
    program, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as file:
        page = file.read()
    before, _, rest = page.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not end:
        sys.exit(f"{path}: the marks of the tables are not there")
    new = subprocess.run([program, "help", "--tables"], check=True, capture_output=True, text=True).stdout
    if "--check" not in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + new + END + after)
    elif old != new:
        here, there = old.splitlines(), new.splitlines()
        found = next((i for i, (a, b) in enumerate(zip(here, there)) if a != b), min(len(here), len(there)))
        print(f"{path}: row {found + 1} of the tables is\n  {here[found:found + 1]}\nbut the suites declare\n"
              f"  {there[found:found + 1]}\nRun harness/tools/report_tables.py {program} {path}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
