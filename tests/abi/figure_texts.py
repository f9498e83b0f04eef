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
# What takes a text apart, up to a place within its brackets, and what compares two whole ones.
ARGUMENTS = r"\((?:[^;()]|\([^;()]*\))*?"
CUT = (r"\b(?:sscanf|ato[il]|strto\w+|str\w*(?:chr|str|spn|brk|sep)|strn(?:case)?cmp|mem(?:chr|cmp|mem)|fnmatch|isdigit|num_uint"
       r"|slice_\w+|text_(?:starts|ends))") + ARGUMENTS
SAME = r"\bstrcmp" + ARGUMENTS
SIGNATURE = r'\bsignature\b(?!")'
SPLIT = r"\bsplit(?:\.|->)text\b"
STAGE = r"(?:\b|_)stages?(?:\[[^]]*\]|\([^()]*\))?(?:\.|->)name\b"


def looked_into(name):
    """A text cut, compared with a literal, indexed or walked along."""
    return (rf'{CUT}{name}|{SAME}{name}[^;()]*"|{SAME}"[^"\n]*", [^;]*?{name}|{name}\s*\[(?!0\])'
            rf"|{name}\[0\] [!=]= '|(?<!char )(?<!, )(?<!\w)\*{name}(?! =)|(?:->|\.){name} [+-] \w")


RULES = [  # what it is, pattern, the files that may
    ("a signature made or cut by its bars",
     r'"[^"\n=]*\|[a-z][a-z-]*:(?:%|[^"\n]*")|"[^"\n]*(?:%\w+\||\|%\w)[^"\n]*"' r"|str_add_char\([^;]*(?:'\|'|\b124\)|\b0x7[cC]\))|\\x7[cC]|\\174" r'|str_add\([^;]*"\|"',
     (READER, "report/figure_text.c")),
    ("a signature looked into", looked_into(SIGNATURE), (READER,)),
    ("a split taken apart", looked_into(SPLIT), (READER,)),
    ("a split made",
     r'\b(?:mem_format|arena_format|str_format|snprintf)\([^;]*"(?:[a-z-]+|%s):%s"[^;]*\b(?:axis|pos|split(?:\.|->)value)\b'
     r"|\bstr_add\([^;]*\b(?:axis|split(?:\.|->)axis)\);\s*str_add(?:_char)?\([^;]*[\"']:[\"']"
     r'|\.split = (?:\{\.text = )?"|' + SPLIT + ' = "', ("report/figure_text.c",)),
    ("a stage looked into by its name", looked_into(STAGE) + r"|" + CUT + r"(?<=\()stages?(?:\[[^]]*\])?, ", DOOR),
    ("a text compared with what stages are called",
     SAME + r'"(?:table|norm|[^"\n]*\.attention)"|' + CUT + r'"(?:\*?\.attention|sum:|mean:)"', DOOR),
    ("a stage's name made", r'"[^"\n]*(?:%\w+\.attention|(?:sum|mean|%s):%\w+-%)', DOOR),
    ("a text of version 1 taken apart", r"\bversion1_(?:stage|protocol|split|embedder)\([^)]|harness-report/1\b",
     (READER, "report/stored/version1.h", "report/stored/read.c", "report/stored/read_items.c")),
    ("a report written past the list of formats", r"\breport_write_(?:json|xml|html|csv|jsonl|junit|markdown|latex)\(&", ()),
]
RULES = [(what, re.compile(pattern, re.S), allowed) for what, pattern, allowed in RULES]
# `text = row->signature;`: from there to the end of the function the one is the other, a cast or brackets between or not.
VALUE = r"\(*(?:\([\w *]+\))?\(*(?:\w+(?:->|\.))*"
ALIAS = re.compile(r"\b(\w+) = " + VALUE + r"(signature|split(?:\.|->)text|stage(?:\.|->)name)\)*\s*[;,]")
# `char *x(const char *text)` … `x(row->signature)`: within the function the parameter is the argument.
HELPER = re.compile(r"^static [^;{}()]*?\b(\w+)\(([^;{}]*?)\)\s*\{", re.M)


def helped(text, names, before=""):
    """The text with the name in the place of parameters of static functions that are called with it, behind `before`."""
    for match in list(HELPER.finditer(text))[::-1]:
        parameters = [re.search(r"(\w+)(?:\[[^]]*\])?$", p.strip()) for p in match.group(2).split(",")]
        end = text.find("\n}", match.end())
        body = text[match.end():end if end >= 0 else len(text)]
        for call in re.finditer(r"\b%s\(([^;{}]*?)\);" % match.group(1), text[match.end():]):
            for parameter, given in zip(parameters, call.group(1).split(",")):
                name = re.fullmatch(r"&?(?:\w+(?:->|\.))*(" + names + r")\)*", given.strip())
                if name and parameter and parameter.group(1) != name.group(1):
                    body = re.sub(r"(?<![\w.>])%s\b(?! = )" % parameter.group(1), before + name.group(1), body)
        text = text[:match.end()] + body + text[end if end >= 0 else len(text):]
    return text


def follow(text, alias=ALIAS, before=""):
    """The text with what a local variable stands for in its place, behind `before`; lines stay where they are."""
    at = 0
    while match := alias.search(text, at):
        at = match.end()
        end = text.find("\n}", at)
        end = len(text) if end < 0 else end
        named = re.sub(r"(?<![\w.>])%s\b(?! = )" % match.group(1), before + match.group(2), text[at:end])
        text = text[:at] + named + text[end:]
    return text


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
            text = follow(helped(text, r"signature|split(?:\.|->)text|stage(?:\.|->)name"))
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
        "commands/n.c": "for (const char *c = row->signature; *c; c++) { bars += *c == '|'; }\n",
        "commands/o.c": 'if (sscanf(row->signature, "%15[^|]", suite) == 1) {\n',
        "report/p.c": 'if (strncmp(row->signature,\n            "wsd", 3) == 0) {\n',
        "report/q.c": 'str_format(&out, "%s|%s", a, b);\n',
        "report/r.c": "str_add_char(out, '|');\n",
        "report/s.c": 'const char *text = row->split.text; slice_field(&rest, text[3], &axis);\n',
        "report/t.c": 'if (strcmp("pos:NOUN", row->split.text) == 0) {\n',
        "commands/u.c": 'const struct figure row = {.split = {.text = "all"}};\n',
        "suites/v.c": 'split.text = mem_format("%s:%s", split.axis, split.value);\n',
        "suites/w.c": 'if (fnmatch("*.attention", stage->name, 0) == 0) {\n',
        "suites/x.c": 'if (strcmp("table", name) == 0) {\n',
        "suites/y.c": "if (row->stage.name[0] == 's') {\n",
        "suites/z.c": 'char *name = mem_format("%u.attention", block);\n',
        "suites/aa.c": 'n = atoi(embedder_stage(e, s)->name);\n',
        "suites/ab.c": 'if (stage.name[1] == 0) {\n',
        "report/ac.c": 'char *s = (char *)(row->signature); x = strchr(s, c);\n',
        "report/ad.c": 'static int bars(const char *text) { return strchr(text, c) != NULL;\n} int f(void) { bars(row->signature); }\n',
        "report/ae.c": 'puts(row->signature + 4);\n',
        "report/af.c": "str_add_char(out, 124);\n",
        "report/ag.c": 'str_add(out, "\\x7cmethod");\n',
        "suites/ah.c": "str_add(&text, row->split.axis); str_add_char(&text, ':');\n",
    }
    innocent = {
        "report/stored/version1.c": 'if (strcmp(name, "table") == 0) { x = strstr(signature, "|stage:x"); }\n',
        "suites/i2.c": 'if (strcmp(a->stage.name, b->stage.name) == 0 && a->stage.name[0] && strcmp(x, row->signature) == 0) {\n',
        "suites/i3.c": 'const char *signature = text, *field = field_text(f, row);\nif (strcmp(name, "signature") == 0) {\n',
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
