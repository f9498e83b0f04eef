#!/usr/bin/env python3
"""One lower case in the whole program: what the host and what plugins make of a text are the same
bytes, and they are those of Python's str.lower(), for every code point that both know, in every
place that matters to a sigma; bytes that are no UTF-8 stay.

    test_lower.py LOWER_HOST LOWER_PLUGIN
"""
import subprocess
import sys
import unicodedata

# Around a code point, or around a sigma whose neighbour it is: at the end of a word, within one,
# behind and before what is skipped (an apostrophe, a mark, a soft hyphen).
CONTEXTS = ["%s", "Α%sΣ", "%sΣ", "ΑΣ%s", "ΑΣ%sΒ", "ΑΣ'%s", "Α%s.Σ\u0301 1", "Σ%sΣ"]
WORDS = ["ΣΟΦΌΣ", "ΣΟΦΌΣ ΚΌΣΜΟΣ", "İSTANBUL", "STRASSE ẞ ß", "ǅungla Ǆ ǆ", "Σ", "ΣΣ", "Σ.Σ", "ΑΣ-ΑΣ",
         "ΌΔΟΣ’", "ὈΔΥΣΣΕΎΣ ἐΣΤΊΝ", "ⓈΣ ⅠΣ ªΣ ʰΣ", "aΣ\u200dΣ", "", " "]
NOT_UTF8 = [b"\xff\xfeABC", b"\xce", b"A\xce\xa3\xff", b"\xceA\xa3", b"\xed\xa0\x80Z", b"\xc1\x81Z",
            b"\xf4\x90\x80\x80Z", b"A\xc3\x89\xe2\x82", b"\xe2\x82A\xce\xa3"]


def ascii_lower(line):
    """Ill-formed bytes stay; what is well-formed between them is lower-cased on its own, since
    nothing is known of what stands there."""
    text = line.decode("utf-8", "surrogateescape")
    return text.lower().encode("utf-8", "surrogateescape")


def code_points():
    """Those that Python's database knows, but for line ends, surrogates and private use."""
    return [chr(c) for c in range(0x110000)
            if c != 10 and unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]


def run(program, data):
    return subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True).stdout


def main():
    host, plugin = sys.argv[1:3]
    points = code_points()
    failed = total = 0
    for context in CONTEXTS:
        texts = [context % p for p in points]
        wanted = [t.lower().encode() for t in texts]
        data = b"".join(t.encode() + b"\n" for t in texts)
        for name, program in (("host", host), ("plugin", plugin)):
            found = run(program, data).split(b"\n")[:-1]
            assert len(found) == len(texts), (name, len(found), len(texts))
            wrong = [i for i in range(len(texts)) if found[i] != wanted[i]]
            total += len(texts)
            failed += len(wrong)
            for i in wrong[:5]:
                print(f"{name}: U+{ord(points[i]):04X} in {context!r}: found {found[i]!r}, "
                      f"expected {wanted[i]!r}")
    lines = [w.encode() for w in WORDS] + NOT_UTF8
    wanted = [w.lower().encode() for w in WORDS] + [ascii_lower(b) for b in NOT_UTF8]
    for name, program in (("host", host), ("plugin", plugin)):
        found = run(program, b"\n".join(lines) + b"\n").split(b"\n")[:-1]
        total += len(lines)
        for line, f, w in zip(lines, found, wanted):
            if f != w:
                failed += 1
                print(f"{name}: {line!r}: found {f!r}, expected {w!r}")
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed or total < 2000000 else 0


if __name__ == "__main__":
    sys.exit(main())
