#!/usr/bin/env python3
"""Does every #include go the way the house allows? Reads the lines, needs no compiler.

    layering.py ROOT          complain as file:line, exit status 1
    layering.py --self-test   a small tree full of sins: each must be found

Inside harness/src a folder may include itself and what stands to its right:
    commands -> worker -> suites -> {plugin, report} -> data -> math -> base
A plugin includes harness/include, its own folder and plugins/common; plugins/common/X its own folder,
plugins/common/base and what COMMON_BELOW names; neither side includes the other. Each outside library comes in through the
files named in DOORS and through no other.

Nor do includes go round in circles: not from file to file, and not from module to module, a module being
X.h with X.c and with X_Y.h and X_Y.c, which are its own.
"""
import os
import re
import sys
import tempfile

BELOW = {
    "base": [],
    "math": ["base"],
    "data": ["math", "base"],
    "report": ["data", "math", "base"],
    "plugin": ["data", "math", "base"],
    "suites": ["plugin", "report", "data", "math", "base"],
    "worker": ["suites", "plugin", "report", "data", "math", "base"],
    "commands": ["worker", "suites", "plugin", "report", "data", "math", "base"],
}

# Folders of plugins/common that stand on another one beside base.
COMMON_BELOW = {"tokenizer": ["tensors"]}  # a GGUF file carries its tokenizer

DOORS = {  # library: (headers, the files that may include them)
    "jansson": (r"jansson", ["harness/src/data/json.c", "plugins/common/base/json.c"]),
    "libxml2": (r"libxml/", ["harness/src/data/xml.c"]),
    "libarchive": (r"archive(_entry)?\.h",
                   ["harness/src/data/archive.c", "harness/src/data/archive_extract.c",
                    "plugins/common/base/archive.c"]),
    "zlib": (r"zlib", ["harness/src/data/gunzip.c", "plugins/common/base/gunzip.c"]),
    "libzstd": (r"zstd(_errors)?\.h", ["harness/src/data/zstd.c"]),
    "libcrypto": (r"openssl/", ["harness/src/data/digest.c"]),
    "utf8proc": (r"utf8proc", ["harness/src/data/unicode.c", "plugins/common/base/unicode.c"]),
    "BLAS": (r"(open)?(cblas|blas)|lapacke?|openblas_config",
             ["harness/src/math/blas.c", "plugins/common/base/blas.c"]),
    "libcurl": (r"curl/", ["harness/src/data/download.c"]),
    "PCRE2": (r"pcre2", ["plugins/common/base/regex.c"]),
}

# C, POSIX, Linux and the compiler's own: no library that could be changed for another.
SYSTEM = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time
    uchar wchar wctype aio cpio dirent dlfcn elf endian byteswap err fcntl fmtmsg fnmatch ftw getopt glob
    grp iconv langinfo libgen link malloc monetary netdb nl_types poll pthread pwd regex sched search
    semaphore spawn strings sysexits syslog termios ucontext ulimit unistd utime wordexp execinfo cpuid immintrin
    x86intrin arm_neon gnu/libc-version valgrind/valgrind""".split())

# C++'s own, for plugins in that language.
CPP = set("""algorithm array atomic cmath cstddef cstdint cstdio cstdlib cstring exception functional limits
    map memory mutex new optional string string_view thread unordered_map utility vector""".split())

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(root, top):
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h", ".cc", ".cpp", ".hpp")):
                yield os.path.relpath(os.path.join(folder, name), root)


def includes(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1) == "<", match.group(2)


def resolve(root, path, name):
    """The file of this tree that a quoted name may mean, the compiler's way: own folder first."""
    is_plugin = path.startswith("plugins/")
    commons = sorted(os.listdir(os.path.join(root, "plugins/common"))) if is_plugin and os.path.isdir(
        os.path.join(root, "plugins/common")) else []
    folders = [os.path.dirname(path), "harness/include"]
    folders += ["/".join(path.split("/")[:2])] if is_plugin else []  # a plugin's own folders, from its root
    folders += ["plugins/common"] + ["plugins/common/" + c for c in commons] if is_plugin else []
    folders += ["harness/src", "harness", "plugins", "."]
    for folder in folders:
        found = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(root, found)):
            return found
    return None


def place(path):
    """(floor, room): what the rules speak of."""
    parts = path.split("/")
    if path.startswith("harness/include/"):
        return "include", ""
    if path.startswith("harness/src/"):
        return "harness", parts[2] if len(parts) > 3 else "commands"  # main.c is a command's
    if path.startswith("plugins/common/"):
        return "common", parts[2] if len(parts) > 3 else ""
    if path.startswith("plugins/"):
        return "plugins", parts[1]
    return "elsewhere", ""


def complaint_about_own(path, found):
    floor, room = place(path)
    to_floor, to_room = place(found)
    if to_floor == "include" or (to_floor, to_room) == (floor, room):
        return None
    if floor == "harness":
        if to_floor != "harness":
            return "the harness never includes %s" % found
        if room not in BELOW:
            return "harness/src/%s is no known room" % room
        if to_room not in BELOW[room]:
            return "%s may include %s, not %s" % (room, ", ".join(BELOW[room]) or "no other", to_room)
        return None
    below = ["base"] + COMMON_BELOW.get(room, [])
    if floor == "common" and not (to_floor == "common" and to_room in below):
        return "plugins/common/%s may include its own folder and %s" % (room, ", ".join(below))
    if floor == "plugins" and to_floor != "common":
        return "a plugin may include harness/include, plugins/common and its own folder"
    return None


def complaint_about_system(path, name):
    for library, (headers, doors) in DOORS.items():
        if re.match(headers, name):
            return None if path in doors else "%s comes in through %s only" % (
                library, " and ".join(doors))
    base = name[:-2] if name.endswith(".h") else name
    if base in SYSTEM or name.startswith(("sys/", "linux/", "arpa/", "net/", "netinet/")):
        return None
    if path.endswith(".cpp") and name in CPP:
        return None
    if name in ("embedder.h", "embedder_lower.h", "embedder_util.h"):
        return None
    return "no door is known for it (DOORS in tests/abi/layering.py)"


def module(path, stems):
    """X of X.c, X.h, X_Y.c and X_Y.h: the shortest name that a header bears."""
    stem = os.path.splitext(path)[0]
    folder, name = os.path.split(stem)
    for end in (i for i, letter in enumerate(name) if letter == "_"):
        if folder + "/" + name[:end] in stems:
            return folder + "/" + name[:end]
    return stem


def circles(edges):
    """The sets of nodes that reach each other, by Tarjan's algorithm."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            circle = set(stack[stack.index(node):])
            del stack[stack.index(node):]
            if len(circle) > 1:
                found.append(circle)

    for node in sorted(edges):
        if node not in number:
            visit(node)
    return found


def complaints_about_circles(edges):
    """edges: {file: [(line, file)]} of this tree's own."""
    files = {path: [found for _, found in to] for path, to in edges.items()}
    stems = {os.path.splitext(path)[0] for path in edges if path.endswith(".h")}
    modules = {}
    for path, to in edges.items():
        own = module(path, stems)
        modules.setdefault(own, set()).update(module(found, stems) for _, found in to)
    complaints, reported = [], []
    for what, circle in [("files", c) for c in circles(files)] + [
            ("modules", c) for c in circles({k: sorted(v - {k}) for k, v in modules.items()})]:
        if circle in reported:
            continue
        reported.append({module(path, stems) for path in circle})
        inside = (lambda p: p in circle) if what == "files" else (lambda p: module(p, stems) in circle)
        at = sorted((path, line, found) for path, to in edges.items() for line, found in to
                    if inside(path) and inside(found)
                    and (what == "files" or module(path, stems) != module(found, stems)))
        complaints.append('%s:%d: #include "%s": a circle of %s: %s' % (
            at[0] + (what, ", ".join(sorted(circle)))))
    return complaints


def check(root):
    complaints, n, edges = [], 0, {}
    for top in ("harness/src", "harness/include", "plugins"):
        for path in sources(root, top):
            for line, angled, name in includes(root, path):
                n += 1
                found = None if angled else resolve(root, path, name)
                if found:
                    why = complaint_about_own(path, found)
                    edges.setdefault(found, [])
                    if not why:  # what is not allowed needs no second complaint
                        edges.setdefault(path, []).append((line, found))
                else:  # a file that the build generates has no other folder than its own
                    why = complaint_about_system(path, name) if angled or "/" in name else None
                    why = why or (None if angled else door_of_quoted(path, name))
                if why:
                    complaints.append('%s:%d: #include "%s": %s' % (path, line, name, why))
    return complaints + complaints_about_circles(edges), n


def door_of_quoted(path, name):
    """A library's header in quotes is still a library's."""
    if any(re.match(headers, name) for headers, _ in DOORS.values()):
        return complaint_about_system(path, name)
    return None


SINS = {  # file: (line, complaint or None)
    "harness/src/base/a.c": [('"commands/c.h"', "base may include no other, not commands"),
                             ('"base/a.h"', None), ("<stdio.h>", None), ("<sys/stat.h>", None)],
    "harness/src/base/a.h": [],
    "harness/src/math/m.c": [('"base/a.h"', None), ("<cblas.h>", "BLAS comes in through")],
    "harness/src/math/blas.c": [("<cblas.h>", None)],
    "harness/src/data/d.c": [('"plugin/p.h"', "not plugin"), ("<libxml/xmlreader.h>", "libxml2"),
                             ("<archive.h>", "libarchive"), ('"archive.h"', None)],
    "harness/src/data/archive.h": [],
    "harness/src/data/json.c": [("<jansson.h>", None)],
    "harness/src/plugin/p.h": [('"report/r.h"', "not report"), ('"embedder.h"', None)],
    "harness/src/report/r.h": [('"plugin/p.h"', "not plugin"), ('"data/archive.h"', None)],
    "harness/src/suites/s.h": [('"plugin/p.h"', None), ('"worker/w.h"', "not worker"),
                               ('"../../../plugins/common/base/b.h"', "never includes plugins/")],
    "harness/src/worker/w.h": [('"suites/s.h"', None), ('"commands/c.h"', "not commands")],
    "harness/src/commands/c.h": [('"worker/w.h"', None), ("<curl/curl.h>", "libcurl")],
    "harness/src/attic/x.c": [('"base/a.h"', "no known room")],
    "harness/include/embedder.h": [("<stdint.h>", None)],
    "plugins/common/base/b.h": [('"tensors/t.h"', "may include its own folder")],
    "plugins/common/tensors/t.h": [('"base/b.h"', None), ('"v.h"', "may include its own folder")],
    "plugins/common/tokenizer/k.c": [('"tensors/t.h"', None), ('"v.h"', "may include its own")],
    "plugins/common/vectors/v.h": [("<lz4.h>", "no door"), ("  <pcre2.h>", "PCRE2")],
    "plugins/glove/g.c": [('"tensors/t.h"', None), ('"v.h"', None), ('"embedder.h"', None),
                          ('"base/a.h"', "a plugin may include"), ('"../toy/t.c"', "a plugin may"),
                          ('"jansson.h"', "jansson comes in through")],
    "plugins/toy/t.c": [('"embedder.h"', None)],
    "harness/src/math/one.h": [('"math/two.h"', "circle of files")],
    "harness/src/math/two.h": [('"math/one.h"', None)],  # one complaint a circle
    "harness/src/data/reader.h": [],
    "harness/src/data/reader.c": [('"data/reader.h"', None), ('"data/format.h"', None)],
    "harness/src/data/format.h": [('"data/reader.h"', "circle of modules")],
    "harness/src/data/own.c": [('"data/own_lines.h"', None)],
    "harness/src/data/own.h": [],
    "harness/src/data/own_lines.h": [('"data/own.h"', None)],  # a part of module own
}


def self_test():
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        for path, lines in SINS.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w") as file:
                file.writelines(" #  include %s\n" % name for name, _ in lines)
        complaints, _ = check(root)
    for path, lines in SINS.items():
        for number, (name, expected) in enumerate(lines, 1):
            prefix = "%s:%d: " % (path, number)
            found = [c for c in complaints if c.startswith(prefix)]
            if len(found) != (expected is not None) or (expected and expected not in found[0]):
                print("%s%s: found %s, expected %s" % (prefix, name, found, expected))
                failed += 1
    print("self-test: %d files, %d complaints, %d wrong" % (len(SINS), len(complaints), failed))
    return failed != 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    complaints, n = check(sys.argv[1])
    print("\n".join(complaints + ["%d includes, %d complaints" % (n, len(complaints))]))
    return bool(complaints) or n == 0


if __name__ == "__main__":
    sys.exit(main())
