#!/usr/bin/env python3
"""Is a signature, a stage's name or a split made or taken apart where only one file may? Reads the lines, needs no compiler.

    figure_texts.py ROOT          complain as file:line, exit status 1
    figure_texts.py --self-test   a small tree full of sins: each must be found

Within harness/src signatures and splits are made in report/figure_text.c and taken apart, for stored reports of version 1, in
report/stored/version1.c, which report/stored/ alone asks; what a stage is by its name the plugins' door (plugin/stages.c,
plugin/limits.c) and that reader say. Commands write reports by the list of formats (report/formats.h)."""
import os
import re
import sys
import tempfile

READER = "report/stored/version1.c"
DOOR = ("plugin/stages.c", "plugin/limits.c", "data/stage.c", "data/stage.h", READER)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
RULES = [  # what it is, pattern, the files that may
    ("a signature made or cut by its bars", re.compile(r'"[^"\n=]*\|[a-z][a-z-]*:(%|[^"\n]*")'), (READER,)),
    ("a signature looked into", re.compile(r"(strstr|strchr|strrchr|slice_of|slice_field|text_ends|text_starts)\([^;]*\bsignature\b"),
     (READER,)),
    ("a split taken apart", re.compile(r"(strstr|strchr|slice_of|text_starts|strncmp|strcspn)\([^;\n]*\bsplit(\.text)?\b[,)]"),
     (READER,)),
    ("a split made", re.compile(r'mem_format\("[a-z-]+:%s"[^;]*;|\.split = "'), ("report/figure_text.c",)),
    ("a stage asked for its name", re.compile(r'str(n?cmp|chr|str|pbrk|toul)\([^;\n]*(stage(s\[[^]]*\])?(\.name|->name)?|stage\([^)]*\))'
                                              r'(, ("table"|"input"|"norm"|"\.attention"|"sum:"|"mean:"|\':\'|\'\.\'|":\.")|, NULL, 10)'),
     DOOR),
    ("a text of version 1 taken apart", re.compile(r"\bversion1_(stage|protocol|split|embedder)\([^)]|harness-report/1\b"),
     (READER, "report/stored/version1.h", "report/stored/read.c", "report/stored/read_items.c")),
    ("a report written past the list of formats", re.compile(r"\breport_write_(json|xml|html|csv|jsonl|junit|markdown|latex)\(&"), ()),
]


def without_comments(text):
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def sins(root):
    base = os.path.join(root, "harness", "src")
    for folder, _, names in sorted(os.walk(base)):
        for name in sorted(names):
            if not name.endswith((".c", ".h")):
                continue
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, base)
            text = without_comments(open(path, encoding="utf-8").read())
            for what, pattern, allowed in RULES:
                if inside not in allowed:
                    for match in pattern.finditer(text):
                        yield f"harness/src/{inside}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group()[:80]}"


def self_test():
    planted = {
        "suites/a.c": 'char *s = mem_format("%s|%s(%u)|method:%s", suite, set, n, method);\n',
        "suites/b.c": 'str_add(&text, "|tie:lowest");\n',
        "report/c.c": 'const char *on = strstr(row->signature, CHOSEN);\n',
        "report/d.c": "const char *colon = strchr(row->split.text, ':');\n",
        "suites/e.c": 'struct measured m = {.split = "all"};\n',
        "suites/f.c": 'char *split = mem_format("pos:%s", pos);\n',
        "report/g.c": 'if (strcmp(row->stage.name, "table") == 0) {\n',
        "report/h.c": 'if (strpbrk(system->stage.name, ":.")) {\n',
        "suites/i.c": 'return strtoul(stage, NULL, 10);\n',
        "commands/k.c": 'struct stage stage = version1_stage(name);\n',
        "commands/l.c": 'if (text_starts(schema, "harness-report/1")) {\n',
        "commands/m.c": 'status = report_write_xml(&tree, path);\n',
    }
    innocent = {
        "report/stored/version1.c": 'if (strcmp(name, "table") == 0) { x = strstr(signature, "|stage:x"); }\n',
        "suites/j.c": '/* "…|method:nn|v1" */\nint x; // strstr(row->signature, "|pool:")\n',
    }
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**planted, **innocent}.items():
            path = os.path.join(root, "harness", "src", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        found = list(sins(root))
    missed = [name for name in planted if not any(f"src/{name}:1:" in line for line in found)]
    wrong = [line for line in found if any(f"src/{name}:" in line for name in innocent)]
    for line in missed:
        print("not found:", line)
    for line in wrong:
        print("found wrongly:", line)
    return bool(missed or wrong)


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    complaints = list(sins(sys.argv[1]))
    print("\n".join(complaints))
    sys.exit(bool(complaints))
