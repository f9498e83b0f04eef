#!/usr/bin/env python3
"""Archives that nobody should unpack as they wish.

    hostile_archives.py FOLDER      writes NAME.tar.gz or NAME.zip for each, in FOLDER
"""
import gzip
import io
import os
import sys
import tarfile
import zipfile

FOLDER = sys.argv[1]


def member(name, kind=tarfile.REGTYPE, data=b"text\n", link="", size=None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data) if size is None else size
    return info, data


def tar(name, *members):
    with tarfile.open(os.path.join(FOLDER, name + ".tar.gz"), "w:gz", format=tarfile.GNU_FORMAT) as out:
        for info, data in members:
            out.addfile(info, io.BytesIO(data) if info.isreg() else None)


GOOD = member("a/pairs.tsv", data=b"car\tauto\t9\n")
tar("good", GOOD, member("a", tarfile.DIRTYPE, b""))
tar("parent", GOOD, member("../escaped"))
tar("inner-parent", GOOD, member("a/../../escaped"))
tar("absolute", GOOD, member("/tmp/../tmp/harness-escaped"))
tar("symlink-out", GOOD, member("door", tarfile.SYMTYPE, b"", "../.."), member("door/escaped"))
tar("symlink-in", GOOD, member("door", tarfile.SYMTYPE, b"", "a/pairs.tsv"))
tar("hardlink-out", GOOD, member("door", tarfile.LNKTYPE, b"", "/etc/hostname"))
tar("device", GOOD, member("disk", tarfile.BLKTYPE, b""))
tar("pipe", GOOD, member("pipe", tarfile.FIFOTYPE, b""))
tar("twice", GOOD, member("a/pairs.tsv", data=b"car\ttree\t1\n"))
tar("file-as-folder", GOOD, member("a/pairs.tsv/inner"))
tar("empty-name", GOOD, member("a/.."))
tar("nothing")

with zipfile.ZipFile(os.path.join(FOLDER, "zip-parent.zip"), "w") as out:
    out.writestr("a/pairs.tsv", "car\tauto\t9\n")
    out.writestr("../escaped", "text\n")
with zipfile.ZipFile(os.path.join(FOLDER, "zip-good.zip"), "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("a/pairs.tsv", "car\tauto\t9\n")

# 100 MB of zeros in 100 kB: in a member that is wanted, and in one that is not.
BOMB = b"\0" * (100 << 20)
for name, inner in ("bomb", "a/pairs.tsv"), ("bomb-beside", "b/zeros"):
    with zipfile.ZipFile(os.path.join(FOLDER, name + ".zip"), "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(inner, BOMB)
        if inner != "a/pairs.tsv":
            out.writestr("a/pairs.tsv", "car\tauto\t9\n")
    with tarfile.open(os.path.join(FOLDER, name + ".tar.gz"), "w:gz") as out:
        info, _ = member(inner, size=len(BOMB))
        out.addfile(info, io.BytesIO(BOMB))
        out.addfile(GOOD[0], io.BytesIO(GOOD[1]))
with gzip.open(os.path.join(FOLDER, "bomb.gz"), "wb") as out:
    out.write(BOMB)
with gzip.open(os.path.join(FOLDER, "good.gz"), "wb") as out:
    out.write(b"car\tauto\t9\n")

# Cut short and damaged.
with open(os.path.join(FOLDER, "good.tar.gz"), "rb") as whole:
    data = whole.read()
with open(os.path.join(FOLDER, "cut.tar.gz"), "wb") as out:
    out.write(data[:len(data) // 2])
with open(os.path.join(FOLDER, "no-archive.tar.gz"), "wb") as out:
    out.write(b"<html>Please log in</html>\n")
