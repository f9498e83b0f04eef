#!/usr/bin/env python3
"""release.py SOURCE_ROOT [HARNESS] | --self-test: the version stands in meson.build alone. The newest release
of CHANGES.md and the README have it, and the program says it."""
import re
import subprocess
import sys


def flaws(meson, changes, readme, said=None):
    version = re.search(r"^project\(.*?\bversion: '([^']+)'", meson, re.S | re.M).group(1)
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield "meson.build: found version %s, expected three numbers" % version
    headings = re.findall(r"^## (.+)$", changes, re.M)
    if "Not yet released" in headings[1:]:
        yield 'CHANGES.md: "Not yet released" is not on top'
    releases = [h for h in headings if h != "Not yet released"]
    if releases[0].split()[0] != version:
        yield "CHANGES.md: the newest release is %s, meson.build has %s" % (releases[0], version)
    named = re.findall(r"^## Version (\S+)$", readme, re.M)
    if named != [version]:
        yield "README.md: headings name the versions %s, meson.build has %s" % (named, version)
    numbers = [tuple(map(int, h.split()[0].split("."))) for h in releases]
    if numbers != sorted(set(numbers), reverse=True):
        yield "CHANGES.md: releases are not newest first: " + ", ".join(releases)
    if said is not None and version not in said.split():
        yield "harness --version says %r, expected %s" % (said, version)


def self_test():
    meson = "project('x', 'c',\n  version: '1.2.0')"
    readme = "## Version 1.2.0\n"
    assert not list(flaws(meson, "## Not yet released\n## 1.2.0 (2026)\n## 1.1.9\n", readme, "harness 1.2.0\n"))
    for changes, said in (("## 1.1.9\n", None), ("## 1.2.0\n## Not yet released\n", None), ("## 1.2.0\n## 1.10.0\n", None),
                          ("## 1.2.0\n", "harness 1.2.00")):
        assert list(flaws(meson, changes, readme, said)), (changes, said)
    for other in ("", "## Version 1.2.00\n", "## Version 1.2.0\n## Version 1.1.9\n"):
        assert list(flaws(meson, "## 1.2.0\n", other)), other


if sys.argv[1] == "--self-test":
    self_test()
    sys.exit()
with open(sys.argv[1] + "/meson.build") as meson, open(sys.argv[1] + "/harness/doc/CHANGES.md") as changes, \
     open(sys.argv[1] + "/README.md") as readme:
    said = subprocess.run([sys.argv[2], "--version"], capture_output=True, text=True, check=True).stdout
    found = list(flaws(meson.read(), changes.read(), readme.read(), said))
print("\n".join(found) or "ok")
sys.exit(bool(found))
