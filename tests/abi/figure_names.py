#!/usr/bin/env python3
"""What a metric or a suite means is declared beside the suite: does anything above know one by name?

    figure_names.py ROOT          complain as file:line, exit status 1
    figure_names.py --self-test   a small tree with sins: each must be found, and nothing else

Reads the ids out of the tables in harness/src/suites (`static const struct metric …[]` and `.id =` of
`struct suite`) and the endings of derived metrics out of report/metric.c, and finds each text that is
exactly one of them in harness/src/{report,commands,worker}. ALLOWED holds those that name something else.
"""
import os
import re
import sys
import tempfile

from figure_texts import VALUE, follow, helped

ROOMS = ("report", "commands", "worker", "plugin", "data", "math", "base")
ENDINGS_IN = "harness/src/report/metric.c"
ALLOWED = {  # (file, text): what it is there
    ("report/figure.h", "coverage"): "a column",
    ("report/text/view.c", "coverage"): "a column",
    ("report/outcomes.c", "backoff"): "a status of a record",
    ("report/protocol.h", "occurrences-per-lemma"): "a key of protocols",
    ("report/protocol.h", "mixed-share"): "a key of protocols",
    ("commands/compare/pair.c", "clusters"): "units",
    ("data/sts_json.c", "similarity"): "a key of the format",
    ("commands/explain/json.c", "backoff"): "a status of a word",
    ("commands/explain/json.c", "ties"): "a member",
    ("commands/vectors/lookup.c", "backoff"): "a status of a word",
    ("commands/vectors/similarity.c", "backoff"): "a status of a word",
    ("commands/compare/read.c", "backoff"): "a status of an item",
    ("commands/vectors/embed.c", "backoff"): "a member",
    ("commands/vectors/analogy.c", "analogy"): "the command's name",
    ("commands/vectors/similarity.c", "similarity"): "the command's name",
    ("commands/vectors/neighbours.c", "neighbours"): "the command's name and a member",
    ("commands/vectors/neighbours_text.c", "neighbours"): "a member",
}
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# A name asked for a part of it: text_starts(row->metric, "f1"), row->suite[0] == 'w'.
CALL = r"\b(?:strn?cmp|strn?casecmp|strstr|strr?chr|str\w*(?:spn|brk|coll|sep)|mem(?:cmp|mem|chr)|sscanf|fnmatch|text_\w+|slice_\w+)\("
NAME = r"(?:->|\.)(?:metric|suite)\b"
PART = re.compile(CALL + r"(?:[^;()]|\([^;()]*\))*?" + NAME + r"[^;()]*(?:[\"']|#\w)|" + CALL + r'(?:"[^"\n]*"|#\w+), (?!\*)[^;()]*' + NAME)
# Or for a letter of it, or its length. A function that is given a text to be written may walk along it.
LETTER = re.compile(NAME + r"(?:\s*\[| [+-] \w)|(?<![\w)])\*\w+" + NAME + r" [!=]= (?!'.0')\S|switch \(\*\w+" + NAME + r"|\bstrlen\(\w+" + NAME + r"\) [=!<>]=? \d")
# `const char *metric = row->metric;`: what is asked of the one is asked of the other.
ALIAS = re.compile(r"\b(\w+) = " + VALUE + r"\b(metric|suite)\)*\s*[;,]")
JOINED = re.compile(r'"[^"\n]*"(?:\s*"[^"\n]*")+')  # "f" "1"
LETTERS = re.compile(r"\{((?:\s*'[^'\\]'\s*,)+)")  # {'f', '1', 0}


def joined(match):
    """One literal, and the lines that it went over."""
    return '"' + "".join(TEXT.findall(match.group())) + '"' + "\n" * match.group().count("\n")


def spelled(match):
    return '{"' + "".join(re.findall(r"'(.)'", match.group(1))) + '",' + "\n" * match.group().count("\n")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def sources(root, room):
    for folder, folders, names in os.walk(os.path.join(root, "harness/src", room)):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), root)


def declared(root):
    """Ids of metrics and of suites."""
    metrics, suites = set(), set()
    for path in sources(root, "suites"):
        text = COMMENT.sub("", read(root, path))
        for table in re.findall(r"const struct metric \w+\[\] = \{(.*?)\n\};", text, re.S):
            metrics |= set(re.findall(r'\{\s*"([^"]+)"', table))
        for body in re.findall(r"const struct suite suite_\w+ = \{(.*?)\n\};", text, re.S):
            suites |= set(re.findall(r'\.id = "([^"]+)"', body))
        if re.search(r"\.id = SUITE\b", text):
            suites |= set(re.findall(r'#define SUITE "([^"]+)"', text))
    return metrics, suites


def endings(root):
    return {e for e in re.findall(r'\{"(-[a-z-]+)",', read(root, ENDINGS_IN))}


def check(root):
    metrics, suites = declared(root)
    ends = endings(root)

    def names_in(text):
        """Between commas; between other separators where all are names, so that it is no sentence."""
        words = re.split(r"[;|:/ ]+", text)
        return words if len(words) > 1 and set(words) <= metrics | suites else text.split(",")

    complaints = []
    for room in ROOMS:
        for path in sources(root, room):
            short = os.path.relpath(path, "harness/src")
            text = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), read(root, path))
            asked, given = follow(text, ALIAS, "x->"), follow(helped(text, "metric|suite", "x->"), ALIAS, "x->")
            for match in [*LETTER.finditer(asked), *PART.finditer(given)]:
                complaints.append(f"{path}:{match.string.count(chr(10), 0, match.start()) + 1}: {match.group()}: asks for a part of a name; "
                                  "ask what is declared of it (report/metric.h)")
            for number, line in enumerate(LETTERS.sub(spelled, JOINED.sub(joined, text)).split("\n"), 1):
                for found in sum(map(names_in, TEXT.findall(line)), []):
                    if (short, found) in ALLOWED or line.lstrip().startswith("#include"):
                        continue
                    what = ("a metric" if found in metrics else "a suite" if found in suites else
                            "an ending" if found in ends and path != ENDINGS_IN else None)
                    if what:
                        complaints.append(f'{path}:{number}: "{found}" is the name of {what}; '
                                          "ask what is declared of it (report/metric.h)")
    return complaints, len(metrics), len(suites)


SINS = {
    "harness/src/suites/a/a.c": 'static const struct metric metrics[] = {\n    {"f9", "what"},\n'
                                '    {\n     "mean-x", "what"},\n    {0},\n};\n\n'
                                'const struct suite suite_a = {\n    .id = "aaa",\n};\n',
    "harness/src/suites/b/b.c": '#define SUITE "bbb"\nconst struct suite suite_b = {\n    .id = SUITE,\n};\n',
    "harness/src/report/metric.c": '    [METRIC_GAIN] = {"-gain", "over"},\n',
    "harness/src/report/x.c": '/* "f9" in a comment\n */\nif (strcmp(m, "f9") == 0) {}\nputs("the f9 of aaa");\n',
    "harness/src/commands/y.c": 'static const char *n[] = {"mean-x",\n "bbb"};\nends(m, "-gain");\n',
    "harness/src/worker/z.c": 'is(row->suite, "aaa");\n',
    "harness/src/commands/p.c": 'if (text_starts(row->metric,\n    "x-")) {}\nif (strcmp("y", row->suite) == 0) {}\n'
                                "if (row->suite[0] == 'b') {}\n",
    "harness/src/commands/q.c": 'static const char *n = "f" "9";\nif (strstr("f9|mean-x", m)) {}\nif (*row->suite == c) {}\n'
                                "if (memcmp(row->metric, \"f\", 1) == 0) {}\nputs(row->metric + 2);\n"
                                "char n[] = {'f', '9', 0};\n#define IS(name) (strcmp(row->metric, #name) == 0)\n"
                                "if (strlen(row->suite) == 3) {}\nconst char *m = (row->metric); strchr(m, '-');\n}\n"
                                "static bool f(const char *of)\n{\n    return strncmp(of, \"f\", 1) == 0;\n}\nf(row->metric);\n",
    "harness/src/data/l.c": 'static const char *const all = "other,f9";\nif (strcmp(row->metric, other->metric) == 0) {}\n',
    "harness/src/report/figure.h": 'REAL("coverage");\n',
}
FOUND = ["harness/src/report/x.c:3", "harness/src/commands/p.c:4", "harness/src/commands/p.c:1", "harness/src/commands/p.c:3",
         *("harness/src/commands/q.c:%d" % line for line in (3, 5, 8, 4, 7, 9, 13, 1, 2, 2, 6)),
         "harness/src/commands/y.c:1", "harness/src/commands/y.c:2",
         "harness/src/commands/y.c:3", "harness/src/worker/z.c:1", "harness/src/data/l.c:1"]


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, text in SINS.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        found = [c.split(": ")[0] for c in check(root)[0]]
        assert found == FOUND, found
    print("every sin was found")


def main():
    if sys.argv[1] == "--self-test":
        return self_test()
    complaints, n_metrics, n_suites = check(sys.argv[1])
    assert n_metrics >= 30 and n_suites >= 11, f"read {n_metrics} metrics and {n_suites} suites: the tables look otherwise"
    print("\n".join(complaints) or f"{n_metrics} metrics and {n_suites} suites, none known by name above")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
