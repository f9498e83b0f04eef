#!/usr/bin/env python3
"""Do failures go up the one way that CONTRIBUTING.md states? Reads the sources, needs no compiler.

    error_idiom.py ROOT         complain as file:line, exit status 1
    error_idiom.py --self-test

What a function got from another that can fail is called `status`. A failure that is only passed on is
passed on by TRY(call). The one label is `finish:`, at the end of a function that cleans up.
"""
import os
import re
import sys

TOPS = ("harness/src", "plugins")

FUNCTION = re.compile(r"^[A-Za-z][^\n;{}]*\([^;{}]*\)\n\{\n(.*?)^\}", re.S | re.M)
NOISE = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)
LABEL = re.compile(r"^ {0,4}([a-z]\w*):$", re.M)
OTHER_NAME = re.compile(r"\bif \((\w+)(?: != (?:0|EMB_OK))?\) \{\s*return \1;\s*\}")
RETURNED = re.compile(r"\b(?:int|emb_status) (code|err|error|failed|rc|res|result|ret)\b")
PASSED_ON = re.compile(r"\b(?:int|emb_status) status =\s+[^;{}]*;\s*if \(status(?: != (?:0|EMB_OK))?\) \{\s*return status;\s*\}")


def blank(match):
    """A text or comment without its letters, so that lines stay where they are."""
    return re.sub(r"[^\n]", " ", match.group())


def complaints_about(text):
    """(line, what is wrong) of a source."""
    text = NOISE.sub(blank, text)
    for function in FUNCTION.finditer(text):
        body, at = function.group(1), function.start(1)

        def line(match):
            return text.count("\n", 0, at + match.start()) + 1

        for match in LABEL.finditer(body):
            if match.group(1) not in ("finish", "default"):
                yield line(match), "label '%s', expected 'finish'" % match.group(1)
        for match in OTHER_NAME.finditer(body):
            if match.group(1) != "status" and re.search(  # what compares gives an order
                    r"\b(?:int|emb_status) (?:\w+(?: = [^;,]*)?, )*%s\b(?! = (?:mem|str|strn)cmp\()" % match.group(1), body):
                yield line(match), "a status called '%s'" % match.group(1)
        for match in RETURNED.finditer(body):
            if re.search(r"\breturn %s(?:;| \?)" % match.group(1), body):
                yield line(match), "a status called '%s'" % match.group(1)
        for match in PASSED_ON.finditer(body):
            later = re.search(r"\b(\w+ )?status\b", body[match.end():])
            if not later or later.group(1) in ("int ", "emb_status "):
                yield line(match), "passed on by hand, expected TRY(call)"


def check(root):
    n, complaints = 0, []
    for top in TOPS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith((".c", ".h")):
                    with open(os.path.join(root, path), encoding="utf-8") as file:
                        complaints += ["%s:%d: %s" % (path, line, why)
                                       for line, why in sorted(complaints_about(file.read()))]
                    n += 1
    return n, complaints


CASES = [  # (body, what is found)
    ("    TRY(a());\n    int status = b();\n    c();\n    return status;\n", []),
    ("    int status = a();\n    if (status) {\n        goto finish;\n    }\nfinish:\n    return status;\n", []),
    ("    int status = a();\n    if (status) {\n        return status;\n    }\n    return 0;\n", [4]),
    ("    int status = a();\n    if (status) {\n        return status;\n    }\n    status = b();\n    c();\n"
     "    return status;\n", []),
    ("    int code = a();\n    b();\n    return code;\n", [4]),
    ("    int code = a();\n    b();\n    return code ? explain(code) : 0;\n", [4]),
    ("    int error = a();\n    if (error) {\n        return error;\n    }\n    return 0;\n", [4, 5]),
    ("    int n = a();\n    if (n) {\n        return n;\n    }\n    return 0;\n", [5]),
    ("    bool found = a();\n    if (found) {\n        return found;\n    }\n    return 0;\n", []),
    ("    int status = a();\n    goto out;\nout:\n    return status;\n", [6]),
    ("    switch (a()) {\n    default:\n        return 0;\n    }\n", []),
    ("    /* int code = a(); return code; */\n    return 0;\n", []),
]


def self_test():
    wrong = 0
    for body, expected in CASES:
        found = sorted(line for line, _ in complaints_about("\nstatic int f(int x)\n{\n" + body + "}\n"))
        if found != expected:
            print("found lines %s, expected %s:\n%s" % (found, expected, body))
            wrong += 1
    print("%d cases, %d wrong" % (len(CASES), wrong))
    return wrong != 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    n, complaints = check(sys.argv[1])
    print("\n".join(complaints + ["%d files, %d complaints" % (n, len(complaints))]))
    return bool(complaints) or n == 0


if __name__ == "__main__":
    sys.exit(main())
