#!/usr/bin/python3
"""Compare our reading of SentencePiece models with SentencePiece itself (Debian's
python3-sentencepiece): ids of every record of a text that make_mixed_text.py wrote.

    compare_sentencepiece.py TOKENIZE TEXT MODEL...
"""
import struct
import subprocess
import sys

import sentencepiece

tokenize, text_path, *models = sys.argv[1:]
records = open(text_path, "rb").read().split(b"\0")[:-1]
bad = 0
print("| model | records | records whose ids differ |\n|---|---|---|")
for model in models:
    oracle = sentencepiece.SentencePieceProcessor(model_file=model)
    out = subprocess.run([tokenize, model, text_path], check=True, stdout=subprocess.PIPE).stdout
    at = differ = 0
    for record in records:
        n, = struct.unpack_from("<I", out, at)
        ours = list(struct.unpack_from(f"<{3 * n}I", out, at + 4)[::3])
        at += 4 + 12 * n
        theirs = oracle.encode(record.decode("utf-8"))
        if ours != theirs:
            differ += 1
            if differ <= 3:
                i = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
                print(f"{model}: piece {i}: ours {ours[i:i + 4]}, theirs {theirs[i:i + 4]} "
                      f"{oracle.id_to_piece(theirs[max(0, i - 3):i + 4])} in {record[:60]!r}", file=sys.stderr)
    bad += differ
    print(f"| {model} | {len(records)} | {differ} |")
sys.exit(1 if bad else 0)
