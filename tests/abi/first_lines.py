#!/usr/bin/env python3
"""Does every C file begin with a sentence on its job? Reads the first lines, needs no compiler.

    first_lines.py ROOT         complain as file: what is wrong, exit status 1
    first_lines.py --self-test

A .c begins with a comment of a few words that ends as a sentence does. One that opens with a file's
name, "spec.c - …", opens with its own.
"""
import os
import re
import sys

TOPS = ("harness", "plugins", "tests")


def complaint(name, text):
    match = re.match(r"/\*(.*?)\*/|((?://[^\n]*\n)+)", text, re.S)
    if not match:
        return "does not begin with a sentence on its job"
    words = re.sub(r"\n \*|\n//|^//", " ", match.group(1) or match.group(2)).split()
    if len(words) < 3 or not re.search(r"[.:!?;)]", " ".join(words)):
        return "found \"%s\", expected a sentence on its job" % " ".join(words)
    named = words[0] if re.fullmatch(r"[\w.]+\.c", words[0]) and words[1] == "-" else name
    if named != name:
        return "calls itself %s" % named
    return None


def check(root):
    n, complaints = 0, []
    for top in TOPS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(".c"):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8", errors="replace") as file:
                        why = complaint(name, file.read(4000))
                    n += 1
                    if why:
                        complaints.append("%s: %s" % (os.path.relpath(path, root), why))
    return n, complaints


CASES = [  # (text, is right)
    ("/* Reads gold keys. */\nint x;", True),
    ("/*\n * a.c - reads gold keys:\n * one a line\n */\n", True),
    ("// Reads gold\n// keys.\n", True),
    ("#include <stdio.h>\n", False),
    ("/* b.c - reads gold keys. */\n", False),
    ("/* */\n", False),
    ("/* todo */\n", False),
]


def main():
    if sys.argv[1:] == ["--self-test"]:
        wrong = [text for text, right in CASES if (complaint("a.c", text) is None) != right]
        print("%d cases, wrong: %s" % (len(CASES), wrong))
        return bool(wrong)
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    n, complaints = check(sys.argv[1])
    print("\n".join(complaints + ["%d files, %d complaints" % (n, len(complaints))]))
    return bool(complaints) or n == 0


if __name__ == "__main__":
    sys.exit(main())
