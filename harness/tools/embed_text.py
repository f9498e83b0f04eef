#!/usr/bin/env python3
"""embed_text.py OUT.c NAME=FILE ... : each file as a constant array `const char NAME[]`."""
import sys

with open(sys.argv[1], "w", encoding="ascii") as out:
    for pair in sys.argv[2:]:
        name, path = pair.split("=", 1)
        with open(path, "rb") as source:
            data = source.read() + b"\0"
        out.write(f"extern const char {name}[{len(data)}];\nconst char {name}[{len(data)}] = {{\n")
        for at in range(0, len(data), 16):
            out.write(" ".join(f"{byte - 256 if byte > 127 else byte}," for byte in data[at:at + 16]) + "\n")
        out.write("};\n")
