#!/usr/bin/python3
"""Golden files of the word-vector readers: tests/golden/vectors/.

Oracles: gensim (word2vec text and binary, and its reading of fastText models) and the program
`fasttext` (models and `print-word-vectors`). Run with Debian's python3 (python3-gensim) and fasttext:

    /usr/bin/python3 tests/golden/make_vectors_golden.py
"""
import gzip
import lzma
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import zipfile

import numpy
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_vectors

OUT = pathlib.Path(__file__).parent / "vectors"
OUT.mkdir(exist_ok=True)

WORDS = ["the", "bank", "New_York", "café", "Straße", "日本", "co-op", "1984", "''", "river"]
WORDS += [f"w{i}" for i in range(30)]


def tables():
    """One table in every layout, by gensim where it writes them."""
    numbers = numpy.random.default_rng(4).normal(size=(len(WORDS), 6)).astype(numpy.float32)
    numbers[3] *= 1e-12
    numbers[4] *= 1e12
    vectors = KeyedVectors(6)
    vectors.add_vectors(WORDS, numbers)
    vectors.save_word2vec_format(str(OUT / "table.vec"), binary=False)
    vectors.save_word2vec_format(str(OUT / "table.bin"), binary=True)
    text = (OUT / "table.vec").read_bytes()
    body = text.split(b"\n", 1)[1]
    (OUT / "table.glove").write_bytes(body)
    with open(OUT / "table-newlines.bin", "wb") as file:  # as word2vec's own program writes them
        file.write(b"%d 6\n" % len(WORDS))
        for word, row in zip(WORDS, numbers):
            file.write(word.encode() + b" " + row.tobytes() + b"\n")
    (OUT / "table.f32").write_bytes(numbers.tobytes())
    with gzip.GzipFile(OUT / "table.vec.gz", "wb", mtime=0) as file:
        file.write(text)
    (OUT / "table.vec.xz").write_bytes(lzma.compress(text))
    subprocess.run(["zstd", "-q", "-f", OUT / "table.vec", "-o", OUT / "table.vec.zst"], check=True)
    with zipfile.ZipFile(OUT / "table.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("folder/table.vec"), text, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(OUT / "two.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.vec"), text)
        archive.writestr(zipfile.ZipInfo("b.vec"), text)
    read = KeyedVectors.load_word2vec_format(str(OUT / "table.bin"), binary=True)
    assert read.index_to_key == WORDS and (read.vectors == numbers).all()


def all_but_the_top():
    """Mu & Viswanath's two steps, by a singular value decomposition."""
    numbers = numpy.frombuffer((OUT / "table.f32").read_bytes(), numpy.float32).reshape(-1, 6)
    keep = [i for i in range(len(WORDS)) if i not in (3, 4)]  # the two of odd scale
    rows = numbers[keep].astype(numpy.float64)
    centred = rows - rows.mean(0)
    top = numpy.linalg.svd(centred, full_matrices=False)[2][:2]
    changed = centred - centred @ top.T @ top
    with open(OUT / "abtt-in.glove", "w") as file:
        for i in keep:
            file.write(WORDS[i] + " " + " ".join(repr(float(x)) for x in numbers[i]) + "\n")
    changed.astype(numpy.float32).tofile(OUT / "abtt-2.f32")


def corpus():
    """Made-up words of common syllables, drawn by a Zipf law."""
    draw = random.Random(5)
    syllables = "ba be bi bo ka ke ki ko ma me mi mo sta ste sto tra tre tri lü né ß".split()
    words = ["".join(draw.choice(syllables) for _ in range(draw.randint(1, 4))) for _ in range(60)]
    weights = [1 / (rank + 1) for rank in range(len(words))]
    return "\n".join(" ".join(draw.choices(words, weights, k=8)) for _ in range(400)) + "\n"


def fasttext(*arguments):
    subprocess.run(["fasttext", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


MODELS = {
    "ft-subwords": ["skipgram", "-minn", 2, "-maxn", 4, "-bucket", 61, "-dim", 5],
    "ft-chars": ["cbow", "-minn", 1, "-maxn", 1, "-bucket", 7, "-dim", 3],
    "ft-words": ["cbow", "-maxn", 0, "-bucket", 1, "-dim", 4],
    "ft-supervised": ["supervised", "-wordNgrams", 2, "-bucket", 20, "-dim", 4, "-minn", 2, "-maxn", 3],
}
EXTRA = ["unknown", "Bama", "né", "x", "ß", "日本語", "bamabama", "</s>", "<ba>", "a", "tréma"]


def models():
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "text"
        text.write_text(corpus())
        labelled = pathlib.Path(folder) / "labelled"
        labelled.write_text("".join(f"__label__{i % 3} {line}\n"
                                    for i, line in enumerate(text.read_text().splitlines())))
        for name, (command, *options) in MODELS.items():
            source = labelled if command == "supervised" else text
            fasttext(command, "-input", source, "-output", f"{folder}/{name}", "-thread", 1,
                     "-epoch", 2, "-minCount", 1, "-minCountLabel", 0, *options)
            shutil.copy(f"{folder}/{name}.bin", OUT)
            known = [line.split(" ")[0] for line in
                     open(f"{folder}/{name}.vec", encoding="utf-8").read().split("\n")[1:-1]]
            words = known[:20] + EXTRA
            printed = subprocess.run(["fasttext", "print-word-vectors", f"{folder}/{name}.bin"],
                                     input="\n".join(words) + "\n", capture_output=True, text=True,
                                     check=True).stdout
            (OUT / f"{name}.print").write_text(printed)
            if name == "ft-subwords":
                shutil.copy(f"{folder}/{name}.vec", OUT)
                read = load_facebook_vectors(f"{folder}/{name}.bin")
                with open(OUT / f"{name}.gensim", "w") as file:
                    for word in words:
                        if word == "</s>":
                            continue  # fastText's own program gives it no n-grams, gensim does
                        file.write(word + " " + " ".join("%.9g" % x for x in read[word]) + "\n")
        big = pathlib.Path(folder) / "big"  # quantising wants 256 rows
        big.write_text("".join(f"__label__{i % 2} word{i % 300} word{i % 7}\n" for i in range(600)))
        fasttext("supervised", "-input", big, "-output", f"{folder}/q", "-dim", 2, "-thread", 1,
                 "-bucket", 1, "-maxn", 0, "-epoch", 1, "-minCount", 1)
        fasttext("quantize", "-input", big, "-output", f"{folder}/q")
        shutil.copy(f"{folder}/q.ftz", OUT / "ft-quantised.ftz")


if __name__ == "__main__":
    tables()
    all_but_the_top()
    models()
    print(sum(file.stat().st_size for file in OUT.iterdir()), "bytes in", OUT)
