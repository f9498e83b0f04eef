#!/usr/bin/env python3
"""Plays one side of the conversation that PROCESS.md records, without harness_embedder.py.

    replay.py program DOC              the program's: start it through the plugin
    replay.py harness DOC PROGRAM…     the harness's: starts the program
    replay.py file DOC NAME            prints the file that the document calls NAME
    replay.py bytes DOC                is the hexadecimal dump what the first frame begins with?

Status 1 with what was found and expected where the other side departs from the record."""
import json
import mmap
import os
import socket
import struct
import subprocess
import sys


def block(doc, marker):
    """Lines of the code block behind <!-- marker -->, or the indented lines."""
    lines = doc.split(f"<!-- {marker} -->\n", 1)[1].split("\n")
    if not lines[0].startswith("```"):
        end = next(i for i, line in enumerate(lines) if line and not line.startswith("    "))
        return [line.strip() for line in lines[:end] if line.strip()]
    return lines[1:lines.index("```", 1)]


def conversation(doc):
    return [(line[0], line[2:]) for line in block(doc, "conversation")]


def frame(text):
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def receive(channel, buffer, files):
    """The next frame's object; None at the end."""
    while len(buffer) < 4 or len(buffer) < 4 + struct.unpack_from("<I", buffer)[0]:
        data, more, _, _ = socket.recv_fds(channel, 65536, 4)
        files += more
        if not data:
            return None
        buffer += data
    n = struct.unpack_from("<I", buffer)[0]
    message = json.loads(bytes(buffer[4:4 + n]))
    del buffer[:4 + n]
    return message


def expect(found, wanted):
    if found != wanted:
        sys.exit(f"replay: found {json.dumps(found)}, expected {json.dumps(wanted)}")


def memory_of(doc):
    vectors, status = block(doc, "memory")
    return ([float(x) for x in vectors.split()[1:]], [int(x) for x in status.split()[1:]])


def be_program(doc):
    channel = socket.socket(fileno=int(os.environ["HARNESS_EMBEDDER_FD"]))
    buffer, files, memory = bytearray(), [], None
    for side, text in conversation(doc):
        if side == "→":
            asked = json.loads(text)
            expect(receive(channel, buffer, files), asked)
            if asked["type"] == "memory":
                memory = mmap.mmap(files.pop(), asked["bytes"])
            elif asked["type"] == "embed":
                vectors, status = memory_of(doc)
                expect(memory[:4 * len(vectors)], struct.pack("<I", 0x7FC5BAD5) * len(vectors))
                expect(memory[64:64 + len(status)], b"\xff" * len(status))
                struct.pack_into(f"<{len(vectors)}f", memory, 0, *vectors)
                struct.pack_into(f"{len(status)}B", memory, 64, *status)
        else:
            channel.sendall(frame(text))


def be_harness(doc, program):
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(program, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                               env={**os.environ, "HARNESS_EMBEDDER_FD": str(theirs.fileno())})
    theirs.close()
    fd, memory, buffer = os.memfd_create("replay"), None, bytearray()
    for side, text in conversation(doc):
        message = json.loads(text)
        if side == "←":
            expect(receive(ours, buffer, []), message)
        elif message["type"] == "memory":
            os.ftruncate(fd, message["bytes"])
            memory = mmap.mmap(fd, message["bytes"])
            memory[:128] = b"\xff" * 128
            socket.send_fds(ours, [frame(text)], [fd])
        else:
            ours.sendall(frame(text))
    expect(process.wait(), 0)
    vectors, status = memory_of(doc)
    expect(list(struct.unpack_from(f"<{len(vectors)}f", memory, 0)), vectors)
    expect(list(memory[64:64 + len(status)]), status)
    expect(memory[64 + len(status)], 255)


def main():
    doc = open(sys.argv[2], encoding="utf-8").read()
    if sys.argv[1] == "program":
        be_program(doc)
    elif sys.argv[1] == "harness":
        be_harness(doc, sys.argv[3:])
    elif sys.argv[1] == "file":
        print("\n".join(block(doc, f"file: {sys.argv[3]}")))
    else:
        shown = bytes.fromhex("".join(block(doc, "bytes")))
        first = frame(conversation(doc)[0][1])
        expect(shown.hex(" "), first[:len(shown)].hex(" "))


main()
