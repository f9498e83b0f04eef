#!/usr/bin/env python3
"""Manifests: what each of them must say, and the sizes and digests that are known of the files.

manifests.py SOURCE_ROOT. The sizes and digests come from a list made of the authors' repositories,
../shared/design/MANIFESTS.tsv; where it is absent, that part is skipped.
"""
import json
import os
import re
import sys
from urllib.parse import unquote

root = sys.argv[1]
folder = os.path.join(root, "datasets")
faults = []
manifests = {}
for file in sorted(os.listdir(folder)):
    if file.endswith(".json"):
        with open(os.path.join(folder, file), encoding="utf-8") as text:
            manifests[file[: -len(".json")]] = json.load(text)

with open(os.path.join(root, "harness", "meson.build"), encoding="utf-8") as text:
    listed = re.search(r"manifests = \[(.*?)\]", text.read(), re.S).group(1)
installed = set(re.findall(r"'([^']+)'", listed))
for name in sorted(installed ^ set(manifests)):
    faults.append(f"{name}: in only one of datasets/ and the manifests that are installed")


def check(name, manifest):
    """Name, terms and citation; a raw address of a repository is pinned, with size and digest."""
    if manifest["name"] != name:
        faults.append(f"{name}: is called {manifest['name']} inside")
    for member in ("licence", "citation"):
        if not manifest.get(member):
            faults.append(f"{name}: has no {member}")
    if "bibtex" in manifest and not manifest["bibtex"][0].startswith("@"):
        faults.append(f"{name}: its bibtex is none")
    places = [part["to"] for part in manifest.get("downloads", []) if "to" in part]
    if len(places) != len(set(places)):
        faults.append(f"{name}: two downloads have one place")
    for part in manifest.get("downloads", []):
        raw = re.fullmatch(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/([^/]+)/(.+)", part["url"])
        if not raw:
            continue
        if not re.fullmatch(r"[0-9a-f]{40}", raw.group(1)):
            faults.append(f"{name}: {part['url']}: names no commit")
        if re.search(r"[^A-Za-z0-9._~%/-]", raw.group(2)):
            faults.append(f"{name}: {part['url']}: has bytes that an address must escape")
        if not re.fullmatch(r"[0-9a-f]{64}", part.get("sha256", "")) or not part.get("bytes"):
            faults.append(f"{name}: {part['url']}: has no size and digest")


for name, manifest in manifests.items():
    check(name, manifest)

known = os.path.join(root, "..", "shared", "design", "MANIFESTS.tsv")
n_checked = 0
if os.path.exists(known):
    facts, wanted = {}, set()
    with open(known, encoding="utf-8") as text:
        for line in text:
            field = line.rstrip("\n").split("\t")
            if len(field) == 7 and field[0] != "set":
                facts[field[1], field[2], field[3]] = (int(field[4]), field[5])
                wanted |= {part.strip() for part in field[0].split(",")}
    for name in sorted(wanted - set(manifests)):
        faults.append(f"{name}: has no manifest")
    for name, manifest in manifests.items():
        for part in manifest.get("downloads", []):
            piece = part["url"].split("/")
            key = ("/".join(piece[3:5]), piece[5], unquote("/".join(piece[6:])))
            if key in facts:
                n_checked += 1
                if (part.get("bytes"), part.get("sha256")) != facts[key]:
                    faults.append(f"{name}: {part['url']}: size or digest is not that of the list")
    if n_checked < 60:
        faults.append(f"only {n_checked} files of the list are fetched")
else:
    print("skipped: sizes and digests, for ../shared/design/MANIFESTS.tsv is absent")

for fault in faults:
    print(fault)
print(f"{len(manifests)} manifests, {n_checked} sizes and digests compared, {len(faults)} faults")
sys.exit(1 if faults else 0)
