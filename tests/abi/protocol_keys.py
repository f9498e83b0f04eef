#!/usr/bin/env python3
"""Do suites declare the keys of their protocols? `harness help --tables` says which they declare.

    protocol_keys.py ROOT HARNESS   complain, exit status 1

A key that a suite's own folder names is declared by the suite; one that it declares is named in its folder
or in one whose code writes its protocols, too. (What reports hold: tests/support/check_declared.py.)
"""
import os
import re
import subprocess
import sys

NAME = re.compile(r"\bPROTOCOL_([A-Z_]+)\b")
LENDS = {"probe": ["wsd"]}  # whose code writes protocols of whom; shared/ is everybody's


def declared(harness):
    """{key: suites}, "all" among them."""
    page = subprocess.run([harness, "help", "--tables"], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^\| `([^`]+)` \| \w+ \| .* \| ([\w, -]+) \|$", page[page.index("| key | role |"):], re.M)
    return {key: set(suites.split(", ")) for key, suites in rows}


def named(folder):
    """Of the macros of keys those in the sources of a folder, where a suite declares left aside."""
    text = ""
    for name in sorted(os.listdir(folder)):
        if name.endswith((".c", ".h")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text += file.read()
    return set(NAME.findall(re.sub(r"PROTOCOL_BIT\(\w+\)", "", text)))


def main():
    root, harness = sys.argv[1:]
    with open(os.path.join(root, "harness/src/report/protocol.h"), encoding="utf-8") as file:
        key_of = dict(re.findall(r'\bX\((\w+), "([^"]+)"', file.read()))
    keys = declared(harness)
    faults = [] if keys.keys() == set(key_of.values()) else ["harness help --tables has other keys than protocol.h"]
    top = os.path.join(root, "harness/src/suites")
    own = {folder.replace("_", "-"): {key_of[n] for n in named(os.path.join(top, folder)) if n in key_of}
           for folder in os.listdir(top) if os.path.isdir(os.path.join(top, folder))}
    for suite in sorted(own.keys() - {"shared"}):
        may = own[suite].union(own["shared"], *(own[other] for other in LENDS.get(suite, [])))
        faults += [f"{suite} names the key {key}, which it does not declare"
                   for key in sorted(own[suite]) if not keys.get(key, set()) & {"all", suite}]
        faults += [f"{suite} declares the key {key}, which it never writes"
                   for key in keys if suite in keys[key] and key not in may]
    print("\n".join(faults) or f"{len(keys)} keys, as {len(own) - 1} suites write them")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
