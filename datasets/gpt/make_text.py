#!/usr/bin/python3
"""The text that the default decoder learns from: English prose, a paragraph a line.

    make_text.py [--novels FOLDER] [--root FOLDER] > TEXT

--novels: level1/ of github.com/COST-ELTeC/ELTeC-eng at commit 3db3b6738a836f0e1b276b6c9703e42f4297f978, whose novels are in
the public domain. --root: the packages apache2-doc, dict-devil, dict-jargon, postgresql-doc-15 and python3.11-doc of
Debian 12, unpacked (dpkg-deb -x), all of them in the public domain or under licences without copyleft.

Typographic quotes and dashes become plain ones, paragraphs that stand twice are written once, those with few words or
much that is no letter (tables, code) not at all. The same files give the same bytes.
"""
import argparse
import gzip
import html
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

LEAST_WORDS = 6
LEAST_LETTERS = 0.90  # of the characters, spaces counted with the letters
PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "—": " - ", "–": "-", "…": "...", "\u00a0": " "})
TEI = "{http://www.tei-c.org/ns/1.0}"
LEFT_OUT = "ENG18460_Reynolds.xml"  # one novel as large as ten others


def of_novel(path):
    body = ElementTree.parse(path).find(f".//{TEI}body")
    for paragraph in body.iter(TEI + "p"):
        yield "".join(paragraph.itertext())


def of_dictionary(path):
    text = gzip.open(path, "rt", encoding="utf-8", errors="replace").read()
    for part in re.split(r"\n\s*\n", text):
        yield re.sub(r"[{}]", "", part)


def of_pages(path):
    page = path.read_text(encoding="utf-8", errors="replace")
    page = re.sub(r"(?s)<(script|style|pre)\b.*?</\1>", " ", page)
    for part in re.findall(r"(?si)<(?:p|dd|dfn)\b[^>]*>(.*?)(?=<(?:p|dd|dt|pre|h\d|table|ul|ol|dl|div)\b|</(?:p|dd|li|td|div)>)", page):
        yield html.unescape(re.sub(r"(?s)<[^>]*>", "", part)).replace("¶", "")


def sources(options):
    if options.novels:
        novels = sorted(p for p in options.novels.glob("ENG*.xml") if p.name != LEFT_OUT)
        yield "novels", of_novel, novels
    if options.root:
        share = options.root / "usr/share"
        for name in ("devil", "jargon"):
            yield name, of_dictionary, [share / f"dictd/{name}.dict.dz"]
        for name, folder in (("python", "python3.11/html"), ("postgresql", "postgresql-doc-15/html"),
                             ("apache", "apache2-doc/manual/en")):
            yield name, of_pages, sorted((share / "doc" / folder).rglob("*.html"))


def is_prose(text):
    letters = sum(c.isalpha() or c == " " for c in text)
    return len(text.split()) >= LEAST_WORDS and letters >= LEAST_LETTERS * len(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--novels", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path)
    options, seen = parser.parse_args(), set()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for name, read, paths in sources(options):
        if not paths:
            sys.exit(f"make_text.py: nothing of {name} there")
        n_bytes = n_words = 0
        for path in paths:
            for part in read(path):
                text = " ".join(part.translate(PLAIN).split())
                if is_prose(text) and text not in seen:
                    seen.add(text)
                    n_bytes += len(text.encode()) + 1
                    n_words += len(text.split())
                    print(text)
        print(f"{name}: {len(paths)} files, {n_words} words, {n_bytes} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
