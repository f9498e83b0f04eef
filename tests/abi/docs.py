#!/usr/bin/env python3
"""Does what the documents say of the tree hold? Reads files, builds nothing.

    docs.py ROOT [BUILD HARNESS]   complain as file:line, exit status 1
    docs.py --self-test            a small tree with a flaw of each kind: each must be found

Links and their anchors lead somewhere. Files that are named exist. A page cited by heading in a comment
(METRICS.md, "Tie") has that heading. A table row of ARCHITECTURE.md that names functions and a file
names functions of that file. Each folder of sources has a README.md, is named in that of a folder above
it, or holds a file of its own name, which begins with what it is. The manual page
names the environment variables that are read, and the sources read those that pages name. REPORT.md names
each field of a report. With BUILD and HARNESS: tests and
suites that `meson test` is told to run exist, commands are shown with options they have, and runs with
suites, settings, embedders and data sets that exist, options that are named exist, and a plugin's README, or
one that it links to, names each of its options.
"""
import json
import functools
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCES = (".c", ".h", ".inc", ".py", ".sh", ".js", ".mjs", ".rs", ".cpp")
NAMED = SOURCES + (".md", ".json", ".rng", ".txt", ".tsv", ".css", ".build", ".map")
ROOMS = ("harness/src", "plugins", "tests")  # their folders want a README
DATA = ("tests/golden/", "tests/fuzz/", "tests/unit/")  # one README for all below: tests/README.md
EXAMPLES = ("harness/src/suites/odd/", "harness/src/report/text/org.c")  # what CONTRIBUTING has its reader write
MAPS = ("plugins/README.md", "plugins/common/README.md", "tests/README.md")  # and those of harness/src
OURS = ("harness", "plugins", "tests", "datasets", "src", "schema", "base", "math", "data", "report", "plugin", "suites",
        "worker", "commands")  # a name that begins so is a path of this tree
MADE = ("results",)  # and one that begins so is a path of what was made here
ARCHITECTURE = "harness/doc/ARCHITECTURE.md"
MANUAL = "harness/src/commands/help_command.c"  # where the manual page lists the environment
COMMON = ("COLUMNS", "CURL_CA_BUNDLE", "HOME", "PYTHONPATH", "SSL_CERT_FILE", "TERM")  # every program's
FENCE = re.compile(r"^(```|~~~)")
LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
CITED = re.compile(r'([A-Z]+\.md)(?:\]\([^)]*\))?,\s+"([^"]+)"')
REPORT, SCHEMA = "harness/doc/REPORT.md", "harness/schema/report.schema.json"
PARTS = {"models", "semeval2007"}  # a folder of the reader's, a part of a prepared set
PROGRAMS = ("./check", "./run", "$(pkg-config", "meson", "python3", "sbatch", "HARNESS_")  # whose options are their own
OTHERS = {"--bad-utf8", "--constraint", "--cpus-per-task", "--mem", "--requeue", "--time"}  # a test's, Slurm's
TOPS = ("harness", "plugins", "tests", "datasets")
LONG_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
DEFINED = r"^(?!\s|#|/|\*|return\b)[^;=\n]*\b%s\s*\("


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def all_files(root):
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "results" and
                            not os.path.exists(os.path.join(folder, f, "meson-private")))
        found += [os.path.relpath(os.path.join(folder, name), root) for name in sorted(names)]
    return found


def anchor(heading):
    """What GitHub makes of a heading."""
    text = LINK.sub(lambda m: m.group(0)[1:m.group(0).index("]")], heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


class Page:
    """A page's lines outside fences, and its headings."""

    def __init__(self, text):
        self.lines, self.headings, inside = [], [], False
        for number, line in enumerate(text.split("\n"), 1):
            if FENCE.match(line):
                inside = not inside
            elif not inside and not line.startswith("    "):
                self.lines.append((number, line))
                if line.startswith("#"):
                    self.headings.append(line.lstrip("#").strip())
        self.anchors = {anchor(h) for h in self.headings}


def is_pattern(name):
    return any(c in name for c in "*?<>{}$~…") or "NAME" in name or name.startswith(("/", "-"))


@functools.lru_cache(maxsize=None)
def only_file(root, name):
    """The text of the one file of this name below TOPS; None: none, or several."""
    paths = [path for top in TOPS for path in glob.glob(os.path.join(root, top, "**", name), recursive=True)]
    return read(root, os.path.relpath(paths[0], root)) if len(paths) == 1 else None


class Run:
    """What `harness run` knows, by its own lists."""

    def __init__(self, harness, plugins):
        self.harness = harness
        self.suites = set(self.said("help", "--words", "suites").split())
        self.prepared = set(re.findall(r"^  ([\w-]+)[: ]", self.said("list"), re.M)) | set(CODE.findall(plugins))
        options = json.loads(self.said("help", "--schema"))["properties"]
        self.setting = re.compile(options["set"]["pattern"])
        self.flags = {name for name, option in options.items() if option["type"] == "boolean"} | {"help", "version", "print-config", "cite"}

    def said(self, *words):
        return subprocess.run([self.harness, *words], capture_output=True, text=True).stdout

    def faults(self, words):
        """Of the words of a command that runs."""
        told, words = {}, list(words)
        while words:
            option, is_joined, value = words.pop(0).partition("=")
            if option.lstrip("-") in self.flags or not option.startswith("--"):
                continue
            if not is_joined and not words:
                return  # a mention, not a command
            told.setdefault(option[2:], []).append(value if is_joined else words.pop(0))
        names = [name for value in told.get("suite", []) for name in value.split(",")]
        yield from ("there is no suite " + name for name in names if name not in self.suites and not is_pattern(name))
        yield from ("there is no setting " + value for value in told.get("set", []) if not self.setting.match(value))
        for key in ("embedder", "dataset", "train", "dev"):
            for value in told.get(key, []):
                name = re.split(r"[:/]", value.split(",")[0].split("=")[-1])[0]
                if re.fullmatch(r"[a-z][\w-]*", name) and name not in self.prepared | PARTS and name not in OURS + MADE:
                    yield "there is no %s called %s" % (key, name)


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = all_files(root)
        self.set = set(self.files)
        self.folders = {os.path.dirname(f) for f in self.files}
        for folder in list(self.folders):
            while folder:
                folder = os.path.dirname(folder)
                self.folders.add(folder)
        self.pages = {f: Page(read(root, f)) for f in self.files if f.endswith(".md")}
        self.complaints = []

    def complain(self, path, line, text):
        self.complaints.append("%s:%d: %s" % (path, line, text))

    def exists(self, name):
        name = os.path.normpath(name)
        return name in self.set or name in self.folders

    def check_links(self, path, page):
        for number, line in page.lines:
            for target in LINK.findall(CODE.sub("", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, fragment = target.partition("#")
                full = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                if not self.exists(full):
                    self.complain(path, number, "links to %s, which is not there" % target)
                elif fragment and full in self.pages and fragment not in self.pages[full].anchors:
                    self.complain(path, number, "%s has no heading #%s" % (full, fragment))

    def may_mean(self, path, name):
        """Where a named file may lie: a room's README counts from its folder, other pages from several."""
        folder = os.path.dirname(path)
        tops = [folder, "", "harness", "harness/src", "plugins", "plugins/common", "tests"]
        below = [folder, "harness/include", "plugins/common"]
        return any(self.exists(os.path.join(top, name)) for top in tops) or ("/" not in name and any(
            f.startswith(top + "/") and f.endswith("/" + name) for f in self.files for top in below))

    def check_files(self, path, page):
        is_map = path.endswith("README.md") and (path.startswith("harness/src/") or path in MAPS)
        for number, line in page.lines:
            for code in CODE.findall(line):
                if not re.fullmatch(r"[\w./+-]+", code) or is_pattern(code) or code.startswith(EXAMPLES):
                    continue
                is_path = "/" in code and code.split("/")[0] in OURS and code.endswith(NAMED + ("/",))
                is_name = is_map and code.endswith((".c", ".h", "/"))
                if (is_path or is_name) and not self.may_mean(path, code):
                    self.complain(path, number, "names %s, which is not there" % code)

    def check_citations(self):
        for path in self.files:
            if not path.endswith(SOURCES + (".md",)) or path == "tests/abi/docs.py":
                continue
            text = read(self.root, path)
            flat = re.sub(r"\n(\s*(\*|//|#)(?!/))?[ \t]*", lambda m: " ", text)
            for match in CITED.finditer(flat):
                pages = [p for f, p in self.pages.items() if f == "harness/doc/" + match.group(1)]
                if not any(match.group(2) in page.headings for page in pages):
                    self.complain(path, 1, 'cites %s, "%s": no such heading' % match.groups())
            for name in set() if path.startswith("tests/") else set(re.findall(r"\b[A-Z]{5,}\.md\b", text)):
                if "harness/doc/" + name not in self.set and name not in ("README.md", "CHANGES.md"):
                    self.complain(path, 1, "cites %s, which is not in harness/doc" % name)

    def defines(self, path, function):
        return re.search(DEFINED % re.escape(function), read(self.root, path), re.M) is not None

    def check_flows(self):
        """Rows of ARCHITECTURE.md: | `function()`, … | `file` | what |"""
        n = 0
        for number, line in self.pages[ARCHITECTURE].lines:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            functions = re.findall(r"`(\w+)\(\)`", cells[0]) if line.startswith("|") else []
            if not functions:
                continue
            n += 1
            file = re.fullmatch(r"`([^`]+)`", cells[1])
            if not file or file.group(1) not in self.set:
                self.complain(ARCHITECTURE, number, "%s is no file" % cells[1])
                continue
            for function in functions:
                if not self.defines(file.group(1), function):
                    self.complain(ARCHITECTURE, number,
                                  "%s() is not defined in %s" % (function, file.group(1)))
        if n == 0:
            self.complain(ARCHITECTURE, 1, "no row names a function and its file")

    def check_rooms(self):
        for folder in sorted(self.folders):
            if not folder.startswith(ROOMS) or folder.startswith(DATA):
                continue
            if not any(os.path.dirname(f) == folder and f.endswith(SOURCES) for f in self.files):
                continue
            above, said = folder, any(os.path.join(folder, os.path.basename(folder) + e) in self.set for e in (".c", ".h"))
            while above and not said:
                readme = above + "/README.md"
                below = folder[len(above) + 1:].split("/")[0]
                said = readme in self.set and (above == folder or
                                               re.search(r"`%s/`" % re.escape(below), read(self.root, readme)))
                above = os.path.dirname(above)
            if not said:
                self.complain(folder + "/README.md", 1, "is not there, and no README above names %s/" %
                              folder.split("/")[-1])

    def check_environment(self):
        manual = read(self.root, MANUAL)
        for path in self.files:
            if path.startswith(("harness/src/", "plugins/")) and path.endswith(".c"):
                for number, line in enumerate(read(self.root, path).split("\n"), 1):
                    for name in re.findall(r'getenv\("(\w+)"\)', line):
                        if name not in COMMON and not re.search(r"\b(fB)?\$?%s\b" % name, manual):
                            self.complain(path, number, "the manual page does not name " + name)

    def commands(self, word):
        """(page, line, words) of each command that begins with the word, indented or as `code`."""
        for path in self.pages:
            text = re.sub(r"\\\n\s*", " ", read(self.root, path))
            for number, line in enumerate(text.split("\n"), 1):
                shown = [line.strip()] if line.startswith("    ") else CODE.findall(line)
                for command in shown:
                    command = re.split(r"\s{2,}|\s[|#>]", command)[0]
                    if re.match(r"(\$ )?(\./run |HARNESS\w*=\S+ )?%s " % word, command) and "…" not in command:
                        try:
                            yield path, number, shlex.split(command[command.index(word):])
                        except ValueError:
                            pass  # prose in quotes

    def check_meson(self, build):
        known = {"benchmark": set(), "suite": set(), "test": set()}
        for kind, file in (("test", "intro-tests.json"), ("benchmark", "intro-benchmarks.json")):
            for test in json.loads(read(build, os.path.join("meson-info", file))):
                known[kind].add(test["name"])
                known["suite"] |= {s.split(":")[-1] for s in test["suite"]}
        for path, number, words in self.commands("meson test"):
            words = words[2:]
            kind = "benchmark" if "--benchmark" in words else "test"
            while words:
                word = words.pop(0)
                if word in ("-C", "--suite", "--timeout-multiplier", "--setup", "--num-processes"):
                    value = words.pop(0) if words else ""
                    if word == "--suite" and value not in known["suite"]:
                        self.complain(path, number, "no test is of suite %s" % value)
                elif not word.startswith("-") and not is_pattern(word) and word not in known[kind]:
                    self.complain(path, number, "%s %s is not there" % (kind, word))

    def check_options(self, harness):
        """By the manual page, which is made from the tables that the commands read their options by."""
        page = subprocess.run([harness, "help", "--man"], capture_output=True, text=True).stdout.replace("\\-", "-")
        sections = re.split(r'^\.SH "HARNESS ([a-z-]+)"$', page, flags=re.M)
        options = {name: set(re.findall(r"^\\fB(--[a-z-]+)", text, re.M)) | {"--help"}
                   for name, text in zip(sections[1::2], sections[2::2])}
        run = Run(harness, read(self.root, "plugins/README.md"))  # which names their ids, built or not
        for path, number, words in self.commands("harness"):
            words += [""]
            command = words[1] if words[1] in options else "run"
            if words[1] in options or words[1].startswith("--"):
                for word in words[1:]:
                    if re.match(r"--[a-z]", word) and word.split("=")[0] not in options[command] | {"--version", "--seeds"}:
                        self.complain(path, number, "harness %s has no option %s" % (command, word))
                if command == "run":
                    for fault in run.faults(words[2:-1] if words[1] == "run" else words[1:-1]):
                        self.complain(path, number, fault)
        known = set.union(*options.values()) | {"--quiet", "--version"} | OTHERS
        for path, number, code in self.codes():
            for word in LONG_OPTION.findall(code):
                if word not in known and not code.startswith(PROGRAMS) and not self.script_of(code):
                    self.complain(path, number, "names %s, an option of no command" % word)

    def script_of(self, code):
        """The text of the script of this tree that a line runs, if it runs one: "study.py --check"."""
        name = re.match(r"(?:[\w./-]*/)?([\w-]+\.(?:py|sh))\b", code)
        return only_file(self.root, name.group(1)) if name else None

    def check_scripts(self):
        for path, number, code in self.codes():
            script = self.script_of(code)
            for word in LONG_OPTION.findall(code) if script is not None else []:
                if word not in script:
                    self.complain(path, number, "names %s, which the script does not know" % word)

    def codes(self):
        """(page, line, text) of what stands in backquotes."""
        for path, page in self.pages.items():
            for number, line in page.lines:
                for code in CODE.findall(line):
                    yield path, number, code

    def check_variables(self):
        """Variables of the environment: the sources read those that pages name."""
        read_by = "".join(read(self.root, f) for f in self.files
                          if f.endswith((".c", ".sh", ".py", ".build")) or os.path.basename(f) in ("run", "check"))
        for path, page in self.pages.items():
            for number, line in enumerate(read(self.root, path).split("\n"), 1):
                for name in re.findall(r"\bHARNESS_[A-Z_]+[A-Z]\b", line):
                    if not re.search(r"\b%s\b" % name, read_by) and name != "HARNESS_OPTION":
                        self.complain(path, number, "names %s, which nothing reads" % name)

    def check_fields(self):
        """REPORT.md names each member of the JSON Schema of reports."""
        page, names = read(self.root, REPORT), set()

        def walk(node):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
                names.update(value if key == "properties" else ())
                walk(value)
        walk(json.loads(read(self.root, SCHEMA)))
        for name in sorted(names):
            if not re.search(r"`[^`\n]*\b%s\b[^`\n]*`" % re.escape(name), page):
                self.complain(REPORT, 1, "does not name the field %s" % name)

    def check_plugins(self, harness):
        """`harness list plugins` says of each where its file lies and, before "training:", its options."""
        said = subprocess.run([harness, "list", "plugins"], capture_output=True, text=True).stdout
        readme, n = None, 0
        for line in said.split("\n"):
            file = re.match(r"    file: .*/plugins/(\w+)/\w+\.so$", line)
            option = re.match(r"      (?!path=)([a-z][a-z0-9-]*)=", line)  # what follows the colon
            readme = "plugins/%s/README.md" % file.group(1) if file else readme
            readme = readme if line.startswith("    ") and "training:" not in line else None
            if readme and option:
                n += 1
                text = read(self.root, readme)
                text += "".join(read(self.root, "plugins/%s/README.md" % other)
                                for other in re.findall(r"\.\./(\w+)/README\.md", text))  # whose options it shares
                if not re.search(r"`([^`\n]*[,:])?%s(=[^`\n]*)?`" % re.escape(option.group(1)), text):
                    self.complain(readme, 1, "does not name the option %s" % option.group(1))
        if n == 0:
            self.complain("plugins/README.md", 1, "harness list plugins shows no option")

    def check(self, build=None, harness=None):
        if build:
            self.check_meson(build)
            self.check_options(harness)
            self.check_plugins(harness)
        for path, page in self.pages.items():
            self.check_links(path, page)
            self.check_files(path, page)
        self.check_scripts()
        self.check_citations()
        self.check_flows()
        self.check_rooms()
        self.check_environment()
        self.check_variables()
        self.check_fields()
        return self.complaints


FLAWS = {  # file: (text, what is complained of)
    ARCHITECTURE: ("# A\n## Two Words\n[x](CUT.md) [y](#two-words) [z](#three)\n"
                   "| function | file | what |\n|---|---|---|\n| `good()` | `harness/src/base/a.c` | |\n"
                   "| `called()` | `harness/src/base/a.c` | |\n| `good()` | `harness/src/base/b.c` | |\n"
                   "see `base/a.c` and `base/lost.c`\n",
                   ["links to CUT.md", "#three", "called() is not defined", "`harness/src/base/b.c` is no file",
                    "names base/lost.c", "names harness/src/base/b.c"]),
    "harness/src/base/a.c": ('/* METRICS.md, "Tie", and (METRICS.md,\n * "No Such"), and PAPERS.md */\n'
                             "int good(int x)\n{\n    return called(x);\n}\n",
                             ['METRICS.md, "No Such"', "cites PAPERS.md"]),
    "harness/src/base/README.md": ("`a.c`, then `gone.h`; `in/`, `out/`\n", ["names gone.h", "names out/"]),
    "harness/src/base/in/x.c": ('getenv("HOME"); getenv("HARNESS_SAID");\ngetenv("HARNESS_KEPT");\n',
                                ["harness/src/base/in/x.c:2: the manual page does not name HARNESS_KEPT"]),
    MANUAL: ('".TP\\n\\\\fBHARNESS_SAID\\\\fR\\n"', []),
    "harness/src/commands/README.md": ("`help_command.c`\n", []),
    "harness/src/attic/y.c": ("", ["harness/src/attic/README.md:1: is not there"]),
    "harness/doc/METRICS.md": ("# M\n### Tie\nset HARNESS_KEPT, HARNESS_LOST\n\n`made.py --kept --dropped`\n",
                               ["harness/doc/METRICS.md:3: names HARNESS_LOST, which nothing reads",
                                "harness/doc/METRICS.md:5: names --dropped, which the script does not know"]),
    "harness/src/base/made.py": ('"--kept"\n', []),
    REPORT: ("`said` {`low`, `high`}\n", ["does not name the field unsaid"]),
    SCHEMA: ('{"properties": {"said": {}, "unsaid": {"properties": {"low": {}}}}}', []),
}
RUNS = {  # a command, and what is complained of
    "--suite wsd,odd --set k=1 --cite": ["there is no suite odd"],
    "--suite=wsd --set wsd.k=x --embedder toy,dim=3 --dataset NAME=ALL": ["there is no setting wsd.k=x"],
    "--embedder mine=gone:x.txt --embedder ./mine.so --dataset wsd=fetched/ALL --dataset lost": [
        "there is no embedder called gone", "there is no dataset called lost"],
    "--format": [],
}


def self_test():
    with tempfile.TemporaryDirectory() as root:
        for path, (text, _) in FLAWS.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        found = Tree(root).check()
    wanted = [why for _, whys in FLAWS.values() for why in whys]
    missed = [why for why in wanted if not any(why in complaint for complaint in found)]
    extra = [c for c in found if not any(why in c for why in wanted)]
    run = Run.__new__(Run)
    run.suites, run.prepared, run.flags = {"wsd"}, {"toy", "fetched"}, {"cite"}
    run.setting = re.compile("^(wsd[.])?k=[0-9]+$")
    for command, whys in RUNS.items():
        faults = list(run.faults(command.split()))
        missed += [why for why in whys if why not in faults]
        extra += [fault for fault in faults if fault not in whys]
    for why in missed:
        print("not found: " + why)
    for complaint in extra:
        print("found, and no flaw: " + complaint)
    return 1 if missed or extra else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    tree = Tree(sys.argv[1])
    complaints = tree.check(*sys.argv[2:])
    print("\n".join(complaints) or "%d pages hold" % len(tree.pages))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
