#!/usr/bin/env python3
"""Does every file that reads outside input have a fuzz target?

    readers.py ROOT           complain, exit status 1
    readers.py --self-test    a small tree full of gaps: each must be found

readers.txt, beside this file, lists the files of the folders below in which something is opened,
mapped or parsed, and for each either its fuzz targets (a file of tests/fuzz without its ending) or
'-' and why it needs none. A file that calls one of CALLS and is not listed, a target that is not
there, and a line whose file reads nothing any more are each an error.
"""
import os
import re
import sys
import tempfile

FOLDERS = ["harness/src/data", "harness/src/report", "harness/src/worker", "harness/src/commands",
           "harness/src/plugin", "harness/src/suites", "plugins"]
CALLS = re.compile(r"""\b(
    f?open(at|64)? | fdopen | mmap | p?read | fread | fgets | getline | getdelim | scanf | f?scanf |
    file_read\w* | file_list_folder | byte_source_\w*open | byte_source_read_all | byte_stream_open |
    table_text_read | jsonr_read_\w+ | xml_reader_open | archive_extract | archive_unpack |
    wire_of | wire_frame | json_open\w* | json_load\w* | json_parse\w* | json_pull_begin |
    report_read | report_read_items | wordnet_open | emb_json_\w+ | archive_read_open\w* | inflate | ZSTD_decompressStream
    )\s*\(""", re.X)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"')


def reads(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        code = TEXT.sub('""', COMMENT.sub("", file.read()))
    # a member called by that name (file->read(...)) is another function's door
    return any(code[:m.start()].rstrip()[-2:] != "->" and code[:m.start()][-1:] != "."
               for m in CALLS.finditer(code))


def sources(root):
    for top in FOLDERS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(".c"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def table(root):
    with open(os.path.join(root, "tests/fuzz/readers.txt"), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].strip()
            if line:
                yield number, line.split(None, 2)


def check(root):
    wrong, listed = [], {}
    for number, fields in table(root):
        place = "tests/fuzz/readers.txt:%d: " % number
        if len(fields) < 2 or (fields[1] == "-" and len(fields) < 3):
            wrong.append(place + "expected FILE TARGET... or FILE - REASON")
            continue
        if fields[0] in listed:
            wrong.append(place + "%s a second time" % fields[0])
        listed[fields[0]] = number
        path = os.path.join(root, fields[0])
        if not os.path.exists(path) or not reads(path):
            wrong.append(place + "%s reads nothing (any more)" % fields[0])
        for target in [] if fields[1] == "-" else fields[1:2] + (fields[2].split() if len(fields) > 2 else []):
            file = os.path.join(root, "tests/fuzz", target + ".c")
            if not os.path.exists(file):
                wrong.append(place + "no fuzz target tests/fuzz/%s.c" % target)
            elif "LLVMFuzzerTestOneInput" not in open(file, encoding="utf-8").read():
                wrong.append(place + "tests/fuzz/%s.c is no fuzz target" % target)
    for path in sources(root):
        if reads(os.path.join(root, path)) and path not in listed:
            wrong.append("%s: reads outside input and stands not in tests/fuzz/readers.txt: "
                         "write a fuzz target for it" % path)
    return wrong


def self_test():
    files = {
        "harness/src/data/listed.c": "void f(void) { file_read(p, &t); }",
        "harness/src/data/forgotten.c": "void f(void) { file_read(p, &t); }",
        "harness/src/suites/odd/text.c": "int f(void) { return byte_source_read_all(p, &t); }",
        "harness/src/worker/quiet.c": "/* file_read(x) */ void f(void) { say(\"fopen(\"); a->read(b); }",
        "harness/src/report/gone.c": "void f(void) {}",
        "plugins/common/tensors/deep.c": "void f(void) { fd = open (p, 0); }",
        "harness/src/commands/fine.c": "void f(void) { fopen(p); }",
        "tests/fuzz/a/fuzz_x.c": "int LLVMFuzzerTestOneInput(void);",
        "tests/fuzz/a/fuzz_y.c": "int main(void);",
        "tests/fuzz/readers.txt": "harness/src/data/listed.c a/fuzz_x\n"
                                  "harness/src/report/gone.c a/fuzz_x\n"
                                  "plugins/common/tensors/deep.c a/fuzz_x a/fuzz_z a/fuzz_y\n"
                                  "harness/src/commands/fine.c -\n",
    }
    expected = ["forgotten.c: reads", "odd/text.c: reads", "gone.c reads nothing", "no fuzz target tests/fuzz/a/fuzz_z.c",
                "fuzz_y.c is no fuzz target", "expected FILE TARGET", "fine.c: reads"]
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        wrong = check(root)
    missed = [e for e in expected if not any(e in line for line in wrong)]
    if missed or len(wrong) != len(expected):
        return ["expected %s, found %s" % (expected, wrong)]
    return []


if __name__ == "__main__":
    complaints = self_test() if sys.argv[1:] == ["--self-test"] else check(sys.argv[1])
    print("\n".join(complaints) or "ok")
    sys.exit(bool(complaints))
