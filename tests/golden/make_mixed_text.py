#!/usr/bin/env python3
"""Write the mixed text that tokenizers are compared on: records that end with NUL.

    make_mixed_text.py OUT [--bytes N] [--bad-utf8]

English, Chinese, Japanese, Russian, German and French prose, code, every emoji sequence, the test
file of the Unicode normal forms, every assigned code point, control characters, long runs of one
character. Sources, all real: the data sets named by HARNESS_SHARED and Debian's packages unicode-data,
manpages-zh, manpages-ja, manpages-ru, manpages-de, manpages-fr. Those that are absent are named on
stderr. The text is the same on every run. --bad-utf8 puts invalid sequences into every record.
"""
import argparse
import bz2
import glob
import gzip
import lzma
import os
import random
import re
import sys
import unicodedata

SHARED = os.environ.get("HARNESS_SHARED", "../shared/datasets")
UNICODE = "/usr/share/unicode"


def missing(what):
    print(f"make_mixed_text: {what} is absent, left out", file=sys.stderr)


def read(path):
    opener = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}.get(os.path.splitext(path)[1], open)
    with opener(path, "rb") as f:
        return f.read().decode("utf-8", "replace")


def first_files(pattern, budget):
    """Files of a pattern in order until the budget of bytes is spent."""
    paths = sorted(glob.glob(pattern))
    if not paths:
        missing(pattern)
    text = ""
    for path in paths:
        if len(text.encode()) >= budget:
            break
        text += read(path)
    return text.encode()[:budget].decode("utf-8", "ignore")


def records_of(text, rng, low=40, high=3000):
    """Cut a text into records of random length, anywhere."""
    at = 0
    while at < len(text):
        n = rng.randint(low, high)
        yield text[at:at + n]
        at += n


def semcor(budget):
    path = os.path.join(SHARED, "wsd/semcor/semcor.data.xml")
    paths = [path] if os.path.exists(path) else sorted(glob.glob(os.path.join(SHARED, "wsd/semcor/*.xml*")))
    if not paths:
        missing(path)
        return ""
    text = read(paths[0])[:budget * 8]
    return re.sub(r"\s*\n\s*", " ", re.sub(r"<[^>]*>", "", text))[:budget]


def all_code_points():
    """Each code point between letters, after a space, and in runs, by blocks of 64."""
    block = []
    for c in range(1, 0x110000):
        if 0xD800 <= c < 0xE000 or unicodedata.category(chr(c)) in ("Cn", "Co") and c % 97:
            continue
        block.append(chr(c))
        if len(block) == 64:
            yield "".join(f"a{x}b {x}" for x in block[:32]) + "".join(block[32:])
            block = []
    yield "".join(block)


def emoji():
    lines = []
    for path in glob.glob(UNICODE + "/emoji/*sequences*.txt") + glob.glob(UNICODE + "/emoji/emoji-test.txt"):
        for line in read(path).splitlines():
            field = line.split("#")[0].split(";")[0].strip()
            if re.fullmatch(r"[0-9A-F ]+", field):
                lines.append("".join(chr(int(x, 16)) for x in field.split()))
    if not lines:  # Debian's unicode-data has no emoji files: make the usual kinds
        people = ["\U0001F468", "\U0001F469", "\U0001F9D1", "\U0001F44D", "\U0001F64B"]
        tones = [""] + [chr(c) for c in range(0x1F3FB, 0x1F400)]
        jobs = ["\u2695\ufe0f", "\U0001F33E", "\U0001F4BB", "\U0001F680", "\u2764\ufe0f\u200d\U0001F468"]
        lines = [p + t + "\u200d" + j for p in people for t in tones for j in jobs]
        lines += [chr(a) + chr(b) for a in range(0x1F1E6, 0x1F200) for b in range(0x1F1E6, 0x1F200)]
        lines += [chr(c) + "\ufe0f" for c in range(0x1F300, 0x1F650)]
        lines += [str(d) + "\ufe0f\u20e3" for d in range(10)]
    return lines


def normalization_test():
    path = UNICODE + "/NormalizationTest.txt.bz2"
    if not os.path.exists(path):
        missing(path)
        return
    for line in read(path).splitlines():
        fields = line.split("#")[0].split(";")
        if len(fields) > 5:
            yield "".join(chr(int(x, 16)) for x in fields[0].split())


def awkward():
    """Short texts that pre-tokenisers differ on."""
    yield from ["", " ", "  ", "\n", "\t\n ", " a", "a ", " a ", "  a  b  ", "a\nb", "a\r\nb\n\n\nc", "can't won't I'LL he'D",
                "it\u2019s don\u02bct", "1234567890 12,345.67 ½ ² ④ Ⅻ ௧௨ ٣٤", "a_b __init__ x=1;y+=2", "...!!??--", "日本語テキスト、です。",
                "中文abc中文 中 文", "한국어 텍스트입니다", "ไทยไม่มีช่องว่าง", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "e\u0301 é E\u0301 Å Å",
                "ﬁ ﬀ ㎏ ℡ Ⅷ ﷺ", "İstanbul ISTANBUL ıi ß ẞ ΑΣ ς", "\u200bzero\u200cwidth\u200djoin\ufeff", "a\u00a0b\u2003c\u3000d\u180ee",
                "\x01\x02ctrl\x7f\x85\x9f", "▁ ▁▁ a▁b", "Ġ Ċ ĠĠ", "[MASK] [CLS]x[SEP] <s></s> <mask> <unk> <|endoftext|>", "<0x41><0xE4>",
                "<bos><eos><pad> <|im_start|>user\n<|im_end|> [INST] </s>", "http://example.com/a?b=c&d=é#f user@host.org",
                "def f(x):\n    return x\t# tab\n\n\n", "\ufffd \ufffe \uffff", "\U0010ffff \U000e0001", "q\u0323\u0307 q\u0307\u0323 \u1100\u1161\u11a8 각"]
    for c in ["a", " ", "\n", "1", "é", "中", "!", "\u0301", "\U0001F600", "▁", "ab", "a ", "'s"]:
        yield c * 700


def break_utf8(data, rng):
    """Put invalid bytes, cut sequences, surrogates and overlong forms in."""
    bad = [b"\xff", b"\x80", b"\xc3", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe0\x80", b"\xf0\x80\x80\x80"]
    out = bytearray(data)
    for _ in range(max(1, len(data) // 40)):
        at = rng.randint(0, len(out))
        out[at:at] = rng.choice(bad)
    return bytes(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--bytes", type=int, default=1_200_000, help="of prose and code")
    parser.add_argument("--bad-utf8", action="store_true")
    args = parser.parse_args()
    rng = random.Random(1)
    share = args.bytes // 10
    prose = [semcor(2 * share), first_files(os.path.join(SHARED, "corpus/*.xz"), 2 * share)]
    prose += [first_files(f"/usr/share/man/{lang}/man[1-8]/*.gz", share) for lang in ("zh_CN", "ja", "ru", "de", "fr")]
    prose.append(first_files("/usr/include/*.h", share))
    records = list(awkward())
    for text in prose:
        records += records_of(text, rng)
    records += records_of(" ".join(emoji()), rng, 20, 200)
    records += records_of(" ".join(normalization_test()), rng, 100, 1000)
    records += all_code_points()
    with open(args.out, "wb") as out:
        for record in records:
            data = record.replace("\0", " ").encode("utf-8", "replace")
            out.write((break_utf8(data, rng) if args.bad_utf8 else data) + b"\0")


main()
