#!/usr/bin/env python3
"""check_explain.py WHAT FILE...: what harness explain wrote, looked at from outside.

  words FILE         word vectors by hand: cosines, places of targets, what is not known
  attention FILE P   attention is a distribution, a decoder's stands left of the word, and expectations
                     are those of `harness predict` (P: its JSON)
  minilm FILE        a sentence encoder beside a look-up table, on a river and on money
  terminal FILE WIDTH ascii|utf8   no line is wider, no sign beyond what the terminal has
  page FILE          one page: no script, nothing fetched, texts escaped, tags closed
  colours PROGRAM...  escape sequences on a terminal, none with NO_COLOR or TERM=dumb
"""
import json
import os
import pty
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def near(a, b, within=1e-6):
    assert abs(a - b) <= within, (a, b)


def words(path):
    (e,) = load(path)
    (stage,) = e["stages"]
    assert e["kind"] == "static" and stage["stage"] == e["shown_stage"] == "table"
    shown = [s["text"].encode()[s["begin"]:s["end"]].decode() for s in e["sentences"]]
    assert shown == ["bank", "banks", "BANK", "bank"], shown
    assert [s["status"] for s in e["sentences"]] == ["ok", "ok", "backoff", "ok"], e["sentences"]
    assert e["sentences"][0]["text"] == "Banks bank [sic] at the bank", e["sentences"][0]
    c = stage["cosines"]
    near(c[0][1], 0.6)  # (2, 0, 0) and (0.3, 0.4, 0)
    assert c[0][2] == c[0][3] == c[0][0] == 1, c  # equal rows, not nearly
    near(stage["mean_cosine"], (3 * 0.6 + 3 * 1) / 6)
    assert stage["identical"] is False
    assert {s["ties"] for s in stage["senses"]} == {10}
    assert e["attention"] is None and e["predictions"] is None and e["told_apart"] is False


def attention(path, predicted):
    (e,) = load(path)
    for sentence, a in zip(e["sentences"], e["attention"]):
        keys = a["keys"]
        assert a["text"] == sentence["text"]
        (target,) = [k for k in keys if k["target"]]
        assert (target["begin"], target["end"]) == (sentence["begin"], sentence["end"])
        for i, key in enumerate(keys):
            raw = a["text"].encode()[key["begin"]:key["end"]].decode().strip()
            assert key["text"] == raw or key["text"] == "(blank)", key
            assert i == 0 or keys[i - 1]["end"] <= key["begin"], keys
        other = [i for i, k in enumerate(keys) if i > 0 and not k["target"] and any(c.isalnum() for c in k["text"])]
        assert len(a["blocks"]) == 2
        for block in a["blocks"]:
            for row in (block["mean"], block["strongest"]):
                near(sum(row), 1, 1e-5)
                assert all(w == 0 for w, k in zip(row, keys) if k["begin"] >= target["end"]), row
            # no mean is greater than the greatest
            assert max(block["strongest"][i] for i in other) >= max(block["mean"][i] for i in other) - 1e-9
            assert 1 <= block["strongest_head"] <= 4
        for i, weight in enumerate(a["mean"]):
            near(weight, sum(b["mean"][i] for b in a["blocks"]) / 2)
    (p,) = load(predicted)
    for own, theirs in zip(e["predictions"], p["predictions"], strict=True):
        assert own["place"] == theirs["place"]
        near(own["entropy_bits"], theirs["entropy_bits"])
        assert [t["piece"] for t in own["top"]] == [t["piece"] for t in theirs["top"]]
        for a, b in zip(own["top"], theirs["top"]):
            near(a["probability"], b["probability"])
        assert (own["actual"] is None) == (theirs["actual"] is None)
        assert own["actual"] is None or own["actual"]["rank"] == theirs["actual"]["rank"]
    assert e["weights_sha256_before"] == e["weights_sha256_after"]


def minilm(path):
    model, *others = load(path)
    stages = {s["stage"]: s for s in model["stages"]}
    assert stages["table"]["cosines"][0][1] == 1 and stages["table"]["identical"] is True
    assert {s["ties"] for s in stages["table"]["senses"]} == {10}
    best = stages[model["shown_stage"]]
    assert best["mean_cosine"] == min(s["mean_cosine"] for s in model["stages"]) < 0.75, best
    assert [s["sense"] for s in best["senses"]] == ["bank%1:17:01::", "bank%1:14:00::"], best["senses"]
    assert model["told_apart"] is True and model["predictions"] is None
    muddy, refused = model["attention"]
    assert muddy["keys"][0]["text"] == "[CLS]" and len(muddy["blocks"]) == 6
    for block in muddy["blocks"]:
        near(sum(block["mean"]), 1, 1e-5)
    assert model["weights_sha256_before"] == model["weights_sha256_after"]
    for other in others:  # static ones have the table, and nothing else
        (only,) = other["stages"]
        assert only["stage"] == "table" and only["cosines"][0][1] == 1 and other["told_apart"] is False


def columns(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def terminal(path, width, signs):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert len(lines) > 10
    for line in lines:
        # a sentence and a place are shown whole, whatever their length
        if not line.startswith(("  1  ", "  2  ", "  3  ", "  Expected", "harness")):
            assert columns(line) <= int(width), (columns(line), line)
        assert signs == "utf8" or line.isascii(), line
        assert "\033" not in line, line


class Page(HTMLParser):
    VOID = {"meta", "br", "rect", "path", "circle", "polygon"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text = [], {}, []

    def handle_starttag(self, tag, attributes):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "srcset"), (tag, name)
            assert name != "href" or value.startswith("#"), value
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags[tag] = self.tags.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open[-1] == tag, (tag, self.open)
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def page(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parser = Page()
    parser.feed(text)
    assert not parser.open, parser.open
    assert "script" not in parser.tags and "link" not in parser.tags and "img" not in parser.tags
    assert parser.tags["svg"] >= 2 and parser.tags["mark"] >= 2
    assert "<script>window.harmed=1</script>" in "".join(parser.text)
    assert "url(" not in text and "@import" not in text


def shown(program, **environment):
    """What a program writes to a terminal."""
    master, slave = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    child = subprocess.Popen(program, stdout=slave, env={**kept, **environment})
    os.close(slave)
    chunks = []
    while True:
        try:
            chunks.append(os.read(master, 65536))
        except OSError:  # EIO: nobody has the other end
            break
        if not chunks[-1]:
            break
    os.close(master)
    assert child.wait() == 0
    return b"".join(chunks)


def colours(program):
    assert b"\033[1m" in shown(program, TERM="xterm")
    assert b"\033[" not in shown(program, TERM="xterm", NO_COLOR="1")
    assert b"\033[" not in shown(program, TERM="dumb")


def main():
    what, *arguments = sys.argv[1:]
    if what == "colours":
        colours(arguments)
    else:
        {"words": words, "attention": attention, "minilm": minilm, "terminal": terminal, "page": page}[what](*arguments)


main()
