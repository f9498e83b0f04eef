#!/usr/bin/env python3
"""made_up.py MAKE_REPORT OUT: made-up reports, read back by parsers that are not ours.

Of the hostile one every text must come back from HTML and JSON as it went in and be nothing but text
there, the XML must parse and hold every row, and the table must hold no terminal command. The big
one must stay within its bounds. The pages stay in OUT for the browser.
"""
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

HARM = ("\u6c49\u5b57 \u05e9\u05dc\u05d5\u05dd \u202egnp\u202c \U0001F469\u200d\U0001F52C e\u0301 "
        "\x01\x1b[31m\x7f ]]> --> <!-- &amp; &#60; ' \" </title></style></textarea></script>"
        "<script>window.harmed=1</script><img src=x onerror=\"window.harmed=1\">")
SHOWN = HARM.replace("\x01", "\u2401").replace("\x1b", "\u241b").replace("\x7f", "\u2421")
VOID = {"meta", "br", "input"}
SVG_EMPTY = {"path", "circle", "rect"}
ELEMENTS = VOID | SVG_EMPTY | set(
    "html head title style body header h1 h2 h3 p main nav ul li a section div table caption thead tbody tr th td "
    "details summary figure figcaption span bdi b i small strong code mark script svg desc g text".split())

failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print("FAILED:", what)


class Page(html.parser.HTMLParser):
    """Texts, elements and attributes; checks that elements nest and that ids are unique."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.texts, self.ids, self.scripts, self.links = [], [], set(), [], []
        self.feed(text)
        self.close()
        check(not self.open, f"elements left open: {self.open}")

    def begin(self, tag, attributes):
        check(tag in ELEMENTS, f"an element <{tag}>")
        for name, value in attributes:
            check(not name.startswith("on"), f"<{tag} {name}>")
            check(name not in ("src", "srcset", "action", "http-equiv", "xlink:href"), f"<{tag} {name}={value}>")
            if name == "href":
                self.links.append(value)
            if name == "id":
                check(value not in self.ids, f"two elements with id {value}")
                self.ids.add(value)
            if name in ("title", "aria-label"):
                self.texts.append(value)

    def handle_starttag(self, tag, attributes):
        self.begin(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.begin(tag, attributes)
        check(tag in SVG_EMPTY, f"<{tag}/>")

    def handle_endtag(self, tag):
        check(self.open and self.open.pop() == tag, f"</{tag}> out of place at {self.getpos()}")

    def handle_data(self, data):
        (self.scripts if "script" in self.open else self.texts).append(data)

    def handle_comment(self, data):
        check(False, f"a comment: {data}")


def read_page(path, source):
    page = Page(path.read_text(encoding="utf-8"))
    for link in page.links:
        check(link.startswith("#") and link[1:] in page.ids, f"a link to {link}")
    check("".join(page.scripts).strip() == (source / "page.js").read_text().strip(), "the script is the page's own")
    return page


def every_text(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from every_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_text(inner)
    elif isinstance(value, str):
        yield value


def hostile(out, source):
    report = json.loads((out / "hostile.json").read_text(encoding="utf-8"))
    texts = [text for text in every_text(report) if text.startswith("<")]
    names = {re.match("<([a-z_0-9]+)> ", text).group(1) for text in texts}
    check(len(names) > 25 and {"command", "name", "signature", "method", "processor", "citation"} <= names,
          f"only {sorted(names)} were filled")
    for text in texts:
        for part in re.split(":(?=<[a-z_]+> )", text):  # a split's text is of its axis and its value
            check(part == f"{part.split(' ')[0]} {HARM}", f"JSON changed {part!r}")
    page = read_page(out / "hostile.html", source)
    seen = "\n".join(page.texts)
    for name in names - {"split", "coverage", "seeds"} | {"id", "answer"}:
        check(f"<{name}> {SHOWN}" in seen, f"HTML does not show <{name}> unharmed")
    # A sentence is shown in three parts, the middle one marked.
    marked = page.texts.index(f"<sentence> {SHOWN}"[2:7])
    check("".join(page.texts[marked - 1:marked + 2]) == f"<sentence> {SHOWN}", "the sentence is not whole")
    root = xml.etree.ElementTree.parse(out / "hostile.xml").getroot()
    check(len(list(root.iter("result"))) == len(report["results"]), "XML has not every row")
    table = (out / "hostile.txt").read_text(encoding="utf-8")
    check("\x1b" not in table and "\u202e" not in table and "\x01" not in table, "the table holds terminal commands")
    check("\u6c49\u5b57" in table, "the table shows what is harmless")


def big(out, source):
    read_page(out / "big.html", source)
    size = (out / "big.html").stat().st_size
    check(size < 5_000_000, f"20 embedders, 10 sets, 30 stages: {size} bytes")
    lines = (out / "big.txt").read_text().splitlines()
    check(len(lines) < 200, f"a table of {len(lines)} lines")
    check(max(map(len, lines)) <= 120, f"a table {max(map(len, lines))} wide")
    print(f"big: a page of {size} bytes, a table of {len(lines)} lines")


def wide(out, source):
    page = read_page(out / "wide.html", source)
    size = (out / "wide.html").stat().st_size
    check(size < 5_000_000, f"300 embedders, 30 sets: {size} bytes")
    check("has the best figure" in "".join(page.texts), "the page does not lead with a finding")
    print(f"wide: a page of {size} bytes")


def main():
    make, out = sys.argv[1], pathlib.Path(sys.argv[2])
    source = pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    for kind, test in (("hostile", hostile), ("big", big), ("wide", wide)):
        print(subprocess.run([make, kind, str(out / kind)], check=True, capture_output=True, text=True).stdout, end="")
        test(out, source)
    sys.exit(failures > 0)


main()
