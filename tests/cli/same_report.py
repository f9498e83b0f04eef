#!/usr/bin/env python3
"""same_report.py A.json B.json: are two reports the same but for times, memory, machines and their folders?
Items and keys must be so byte by byte; JSON and XML once the fields below are taken out.
same_report.py --cuts JOURNAL: bytes after which the journal of an interrupted run may end."""
import json
import os
import re
import struct
import sys

OUT = re.compile(rb'((?:&quot;|\\*")out(?:&quot;|\\*"):(?:&quot;|\\*"))\w+')
COSTS = {"seconds", "load_seconds", "tokens_per_second", "peak_rss_bytes", "allocated_bytes", "start", "command", "nodes"}


def without_costs(value):
    if isinstance(value, dict):
        return {k: without_costs(v) for k, v in value.items() if k not in COSTS}
    return [without_costs(v) for v in value] if isinstance(value, list) else value


def content(path):
    with open(path, "rb") as file:
        return file.read()


def report(path):
    return OUT.sub(rb"\1", content(path))


def xml(path):
    pattern = rb'\b(%s)="[^"]*"' % b"|".join(name.encode() for name in COSTS)
    return re.sub(pattern, b"", re.sub(rb"\n *<node [^>]*/>", b"", report(path)))


def keys(path):
    return {name: content(os.path.join(path, name)) for name in os.listdir(path)} if os.path.isdir(path) else None


def compare(a, b):
    x, y = (without_costs(json.loads(report(path))) for path in (a, b))
    for part in x.keys() | y.keys():
        assert x.get(part) == y.get(part), f"{part} differs"
    a, b = a[: -len(".json")], b[: -len(".json")]
    assert xml(a + ".xml") == xml(b + ".xml"), "XML differs"
    if x["items"]:
        assert content(a + ".items.jsonl.zst") == content(b + ".items.jsonl.zst"), "items differ"
    assert keys(a + ".keys") == keys(b + ".keys"), "keys differ"


def cuts(path):
    data = content(path)
    at, ends = 0, []
    while at < len(data):
        at += 4 + struct.unpack_from("=I", data, at)[0]
        ends.append(at)
    kinds = []
    at = 0
    for end in ends:
        kinds.append((data[at + 12], at, end))
        at = end
    places = set()
    for kind, begin, end in kinds:
        if kind >= 100:  # HEAD, END
            places |= {end - 1, end, min(end + 1, len(data)), begin + 13}
    head = kinds[0][2]
    return sorted(place for place in places if place >= head)


if __name__ == "__main__":
    if sys.argv[1] == "--cuts":
        print(*cuts(sys.argv[2]))
    else:
        compare(*sys.argv[1:3])
