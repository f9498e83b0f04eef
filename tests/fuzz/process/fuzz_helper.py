#!/usr/bin/env python3
"""The frame reader of harness_embedder.py on any bytes: a message, a wait for more, or a FrameError, and
nothing else. The files of a corpus, then mutations of them, the same ones everywhere.

    fuzz_helper.py FOLDER_OF_THE_HELPER CORPUS [--seconds N]

N seconds (for fuzz.py) of mutations, else 3000 of each file."""
import os
import random
import sys
import time

sys.path.insert(0, sys.argv[1])
import harness_embedder as helper  # noqa: E402


def run(data):
    """Frames one behind the other; also given byte by byte, which must make no difference."""
    found, at = [], 0
    try:
        while True:
            message, size = helper.read_frame(data[at:])
            if message is None:
                assert size == 0
                break
            assert isinstance(message, dict) and isinstance(message["type"], str) and size >= 5
            found.append(message)
            at += size
    except helper.FrameError as error:
        assert str(error)
        found.append("error")
    return found


def mutate(data, chance):
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        what = chance.randrange(5)
        if what == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            data[at:at] = bytes(chance.choices(range(256), k=chance.randint(1, 8)))
        elif what == 2:
            del data[at:at + chance.randint(1, 16)]
        elif what == 3:
            data[at:at + 4] = chance.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x05\0\0\0"])
        else:
            data[at:at] = data[:chance.randint(0, 64)]
    return bytes(data)


def main():
    names = sorted(os.listdir(sys.argv[2]))
    assert names, "an empty corpus"
    chance, runs, seeds = random.Random(1), 0, []
    for name in names:
        with open(os.path.join(sys.argv[2], name), "rb") as file:
            seeds.append(file.read())
        run(seeds[-1])
    end = time.monotonic() + float(sys.argv[4]) if sys.argv[3:4] == ["--seconds"] else None
    while time.monotonic() < end if end else runs < 3000 * len(seeds):
        run(mutate(seeds[runs % len(seeds)], chance))
        runs += 1
    deep = b'{"type":"x","a":' + b"[" * 200000 + b"]" * 200000 + b"}"
    run(len(deep).to_bytes(4, "little") + deep)  # deeper than Python's own recursion
    print(len(names), "inputs,", runs, "mutations")


main()
