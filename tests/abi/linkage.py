#!/usr/bin/env python3
"""Is what one file alone uses static, and what no file uses gone? Reads the lines, needs no compiler.

    linkage.py ROOT          complain as file:line, exit status 1
    linkage.py --self-test   a small tree with sins: each must be found, and nothing else

Each function and object with external linkage in harness/src and plugins is named by another source file, or by a macro or
an inline function of a header, tests included; else it is static, or goes. Each static one is named once more by its own
file or a template that this includes, under an #if, too. LISTS make names of words: SUITE(wsd) is suite_wsd. ALLOWED holds
what is used by other ways.
"""
import os
import re
import sys
import tempfile

TOPS = ("harness/src", "plugins")
USERS = ("harness", "plugins", "tests")
ALLOWED = {  # name: who calls it
    "main": "the C runtime",
    "emb_entry": "the host, by dlsym",
    "cells_write": "report formats to come, as doc/CONTRIBUTING.md shows",
}
LISTS = {  # file: what a line makes
    "harness/src/suites/list.h": (r"\bSUITE\((\w+)\)", "suite_"),
    "harness/src/report/format_list.h": (r"\bREPORT_FORMAT\((\w+),", "report_format_"),
}
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
# At the margin: type, name, parameters, and then a body; or an object with its value.
FUNCTION = re.compile(r"^(?!typedef\b|return\b|else\b|#)((?:[A-Za-z_][\w ]*[ *]+)+)(\w+)\(((?:[^(){};]|\([^(){};]*\))*)\)\s*\{", re.M)
OBJECT = re.compile(r"^(?!typedef\b|return\b|else\b|#)((?:[A-Za-z_][\w ]*[ *]+)+)(\w+)(?:\[[^\]\n]*\])* =", re.M)
PROTOTYPE = re.compile(r"^(?!typedef\b|#)[A-Za-z_][^;{}#=]*?\b(\w+)(\((?:[^(){};]|\([^(){};]*\))*\)|(?:\[[^\]\n]*\])*)"
                       r"(?:\s*__attribute__\(\(.*?\)\))?;", re.M)
STATIC = re.compile(r"^#\s*define (\w+) .*\bstatic\b", re.M)  # #define INLINE static inline
WORD = re.compile(r"[A-Za-z_]\w*")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def sources(root, tops):
    for top in tops:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h", ".inc", ".cpp")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8", errors="replace") as file:
                        yield os.path.relpath(path, root), COMMENT.sub(blank, file.read())


def declared_away(text):
    """A header without its prototypes: what is left of a name in it is a use."""
    return PROTOTYPE.sub(lambda m: "" if m.group(2).startswith("(") or m.group(0).startswith("extern") else m.group(0), text)


def check(root):
    texts = dict(sources(root, USERS))
    users = {}  # name: the files that use or define it
    for path, text in texts.items():
        for word in set(WORD.findall(declared_away(text) if path.endswith(".h") else text)):
            users.setdefault(word, set()).add(path)
    for path, (pattern, start) in LISTS.items():
        for word in re.findall(pattern, texts.get(path, "")):
            users.setdefault(start + word, set()).add(path)
    static = {"static"}.union(*(STATIC.findall(text) for text in texts.values()))
    n, complaints = 0, []
    for path, text in texts.items():
        if not path.startswith(TOPS) or not path.endswith(".c"):
            continue
        for pattern in (FUNCTION, OBJECT):
            for match in pattern.finditer(text):
                kind, name = match.group(1).split(), match.group(2)
                n += 1
                if name in ALLOWED or name.isupper():  # a macro's
                    continue
                line = text.count("\n", 0, match.start(2)) + 1
                own = len(re.findall(r"\b%s\b" % name, text))
                if not static & set(kind) and users[name] == {path}:
                    what = "is used in this file alone: static" if own > 1 else "is used nowhere"
                    complaints.append("%s:%d: %s %s" % (path, line, name, what))
                elif static & set(kind) and own == 1 and not any(p.endswith(".inc") for p in users[name]):
                    complaints.append("%s:%d: %s is used nowhere" % (path, line, name))
    return complaints, n


SINS = {
    "harness/src/a.c": '#include "a.h"\nint used(int x)\n{\n    return x;\n}\n\nint lonely(void (*f)(int))\n{\n'
                       "    return !f;\n}\n\nstruct s *own(void)\n{\n    return lonely(0) ? own() : 0;\n}\n\n"
                       "static int forgotten(void)\n{\n    return 1;\n}\n\nconst char *const names[2] = {0};\n"
                       "int by_macro(void)\n{\n    return 0;\n}\n\nint dead(void)\n{\n    return 0;\n}\n",
    "harness/src/a.h": "int used(int x);\nint lonely(void (*f)(int));\nstruct s *own(void);\nint by_macro(void);\n"
                       "extern const char *const names[2];\nint dead(void);\n#define CALL by_macro()\n",
    "harness/src/suites/list.h": "SUITE(odd)\n",
    "harness/src/suites/odd.c": "#define INLINE static inline\nconst struct suite suite_odd = {0};\nINLINE int two(void)\n{\n"
                                "    return two();\n}\nconst struct suite suite_even = {0};\n",
    "harness/src/b.c": '/* dead() lonely() names */\nstatic int f(void)\n{\n    return used(1) + f();\n}\nconst char *t = "own";\n',
    "tests/unit/t.c": "const char *x(void)\n{\n    return t;\n}\n",
}
FOUND = ["harness/src/a.c:7: lonely is used in this file alone: static", "harness/src/a.c:12: own is used in this file alone: static",
         "harness/src/a.c:17: forgotten is used nowhere", "harness/src/a.c:28: dead is used nowhere",
         "harness/src/a.c:22: names is used nowhere", "harness/src/suites/odd.c:7: suite_even is used nowhere"]


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, text in SINS.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        found = check(root)[0]
    for line in sorted(set(FOUND) ^ set(found)):
        print(("found, and no sin: " if line in found else "not found: ") + line)
    return found != FOUND


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    complaints, n = check(sys.argv[1])
    print("\n".join(complaints + ["%d functions and objects, %d complaints" % (n, len(complaints))]))
    return bool(complaints) or n < 3000


if __name__ == "__main__":
    sys.exit(main())
