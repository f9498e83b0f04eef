#!/usr/bin/env python3
"""check_look.py WHAT FILE...: what embed, neighbours, similarity and analogy gave, beside NumPy.

  rows NPY TSV VECTORS      each row is the word's in the vectors' file, or zero; the table beside it
  same NPY NPZ TSV          three formats of one request hold the same
  vec VEC VECTORS           a line per distinct word: its own vector
  sets NPZ                  instances of sense-tagged texts, with ids and labels
  gpt NPZ MODEL             table rows of a transformer are those of its file; later stages differ
  minilm NPY GOLDEN         all stages beside the forward pass written out in PyTorch
  neighbours JSON VECTORS   the nearest of a vocabulary by brute force, ties by row
  pieces JSON MODEL         the nearest pieces of a transformer's table
  places JSON NPZ ASKED     the nearest places of a text, by the vectors that embed wrote
  plane TSV NPZ HTML        the first two principal components, by NumPy's singular values; and the page of them
  analogy JSON VECTORS      3CosAdd by brute force, inputs left out
  similarity JSON VECTORS   the cosine of two rows
"""
import csv
import json
import struct
import sys

import numpy as np


def vectors_of(path):
    words, rows = [], []
    for line in open(path, encoding="utf-8"):
        word, *values = line.split(" ")
        words.append(word)
        rows.append([np.float32(v) for v in values])
    return words, np.array(rows, np.float32)


def unit(rows):
    rows = rows.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def table_of(path):
    return list(csv.DictReader(open(path, encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))


def wte_of(folder):
    with open(folder + "/model.safetensors", "rb") as file:
        n = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(n)), file.read()
    tensor = header["wte.weight"]
    begin, end = tensor["data_offsets"]
    return np.frombuffer(data[begin:end], "<f2").astype(np.float32).reshape(tensor["shape"])


def spellings_of(folder):
    vocabulary = json.load(open(folder + "/tokenizer.json", encoding="utf-8"))["model"]["vocab"]
    return sorted(vocabulary, key=vocabulary.get)


def rows(npy, tsv, path):
    raw = open(npy, "rb").read(128)
    assert raw[:8] == b"\x93NUMPY\x01\x00" and struct.unpack("<H", raw[8:10])[0] == 118 and raw[127:] == b"\n"
    array, table = np.load(npy, mmap_mode="r"), table_of(tsv)
    words, expected = vectors_of(path)
    assert array.dtype == np.float32 and array.shape == (len(table), 1, expected.shape[1])
    assert [(r["sentence"], r["begin"], r["end"], r["status"], r["word"]) for r in table] == [
        ("1", "4", "7", "ok", "car"), ("1", "8", "12", "backoff", "Tree"), ("3", "0", "5", "oov", "Größe"),
        ("3", "6", "9", "ok", "sun")], table
    for vector, row in zip(array[:, 0], table):
        word = row["word"].lower()
        wanted = expected[words.index(word)] if word in words else np.zeros(3, np.float32)
        assert (vector == wanted).all(), (row, vector, wanted)


def same(npy, npz, tsv):
    array, archive, table = np.load(npy), np.load(npz), table_of(tsv)
    assert (archive["vectors"] == array).all()
    stages = list(archive["stages"])
    assert len(table) == array.shape[0] * array.shape[1] and array.shape[1] == len(stages) > 1
    for i, row in enumerate(table):
        n, s = divmod(i, len(stages))
        values = np.array([np.float32(row[f"d{d}"]) for d in range(array.shape[2])])
        assert (values == array[n, s]).all() and row["stage"] == stages[s], row
        for column in ("sentence", "begin", "end", "status", "word"):
            assert row[column] == str(archive[column][n]), (column, row)


def vec(path, expected_path):
    lines = open(path, encoding="utf-8").read().splitlines()
    words, expected = vectors_of(expected_path)
    assert lines[0] == "2 3" and [line.split()[0] for line in lines[1:]] == ["car", "sun"], lines
    for line in lines[1:]:
        word, *values = line.split()
        assert (np.array(values, np.float32) == expected[words.index(word)]).all(), line


def sets(path):
    x = np.load(path)
    assert list(x["id"]) == ["a", "b", "c"] and list(x["word"]) == ["bank", "bank", "banks"], dict(x)
    assert list(x["label"]) == ["money", "river", "money river"] and list(x["sentence"]) == [1, 2, 2]
    assert list(x["begin"]) == [4, 0, 12] and list(x["end"]) == [8, 4, 17]


def gpt(path, folder):
    x, wte, spellings = np.load(path), wte_of(folder), spellings_of(folder)
    stages = list(x["stages"])
    for row, word in zip(x["vectors"], x["word"]):
        assert (row[stages.index("table")] == wte[spellings.index("Ġ" + word)]).all(), word
        assert not np.allclose(row[stages.index("1")], row[stages.index("2")])
    assert list(x["word"]) == ["the", "said", "the"]


def minilm(npy, golden):
    expected = np.fromfile(golden, np.float32).reshape(2, 14, 384)
    worst = np.abs(np.load(npy) - expected).max()
    assert worst < 2e-3, worst


def neighbours(path, vectors):
    words, table = vectors_of(vectors)
    (e,) = json.load(open(path))
    assert e["rows"] == len(words)
    cosines = unit(table) @ unit(table).T
    known = {"car": ("ok", "car"), "TREE": ("backoff", "tree"), "twin": ("ok", "twin")}
    for word in e["words"]:
        if word["word"] == "xyzzy":
            assert word["status"] == "oov" and word["neighbours"] == [] and word["found"] is None
            continue
        status, found = known.pop(word["word"])
        assert (word["status"], word["found"]) == (status, found)
        own = words.index(found)
        order = sorted((i for i in range(len(words)) if i != own), key=lambda i: (-round(cosines[own, i], 12), i))
        assert [n["row"] for n in word["neighbours"]] == order[:4], (word, order)
        for n in word["neighbours"]:
            assert words[n["row"]] == n["word"] and abs(n["score"] - cosines[own, n["row"]]) < 1e-9
    assert not known


def pieces(path, folder):
    (e,) = json.load(open(path))
    wte, spellings = wte_of(folder), spellings_of(folder)
    assert e["rows"] == len(wte)
    one, several = e["words"]
    assert one["found"] == "the" and several["found"] is None
    cosines = unit(wte) @ unit(wte[spellings.index("the")])
    order = [int(i) for i in np.argsort(-cosines, kind="stable") if spellings[i] != "the"]
    assert [n["word"] for n in one["neighbours"]] == [spellings[i] for i in order[:4]], one


def places(path, npz, asked):
    x, q = np.load(npz), np.load(asked)
    found = json.load(open(path))
    stages = list(x["stages"])
    for e in found:
        s = stages.index(e["stage"])
        cosines = unit(x["vectors"][:, s]) @ unit(q["vectors"][0, s])
        order = np.argsort(-np.round(cosines, 6), kind="stable")
        (word,) = e["words"]
        got = [(n["sentence"], n["begin"], n["word"]) for n in word["neighbours"]]
        assert got == [(x["sentence"][i], x["begin"][i], x["word"][i]) for i in order[:3]], (got, e["stage"])
        assert abs(word["neighbours"][0]["score"] - cosines[order[0]]) < 1e-5


def plane(path, npz, page):
    x, rows = np.load(npz), [r for r in table_of(path) if r["embedder"] == "gpt"]
    stages = sorted({r["stage"] for r in rows}, key=list(x["stages"]).index)
    assert stages[0] == "table" and "1" in stages and not any("." in s for s in stages), stages
    for stage in stages:
        mine = [r for r in rows if r["stage"] == stage]
        assert [(r["sense"], r["sentence"], r["word"]) for r in mine] == [
            ("a", "1", "The"), ("a", "2", "they"), ("b", "4", "the"), ("", "5", "the")], mine
        vectors = x["vectors"][:, list(x["stages"]).index(stage)].astype(np.float64)
        u, s, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
        wanted = u[:, :2] * s[:2]
        wanted *= np.sign(wanted[np.abs(wanted).argmax(0), [0, 1]])
        got = np.array([[float(r["x"]), float(r["y"])] for r in mine])
        assert np.allclose(got, wanted, atol=1e-4 * s[0]), (stage, got, wanted)
        shares = [float(mine[0]["share_x"]), float(mine[0]["share_y"])]
        assert np.allclose(shares, (s**2 / (s**2).sum())[:2], atol=1e-4), (stage, shares)
    text = open(page, encoding="utf-8").read()
    assert text.count('<svg class="chart"') == len({(r["embedder"], r["stage"]) for r in table_of(path)})
    assert "would &lt;i&gt;" in text and "no sense given" in text and "<script" not in text


def analogy(path, vectors):
    words, table = vectors_of(vectors)
    (e,) = json.load(open(path))
    rows_ = unit(table)
    a, b, c = (words.index(w) for w in ("car", "auto", "boy"))
    scores = rows_ @ rows_[b] - rows_ @ rows_[a] + rows_ @ rows_[c]
    order = sorted((i for i in range(len(words)) if i not in (a, b, c)), key=lambda i: (-round(scores[i], 12), i))
    assert [n["row"] for n in e["answers"]] == order[:3], (e, scores)
    assert abs(e["answers"][0]["score"] - scores[order[0]]) < 1e-9


def similarity(path, vectors):
    words, table = vectors_of(vectors)
    (e,) = json.load(open(path))
    wanted = unit(table[words.index("car")]) @ unit(table[words.index("auto")])
    assert abs(e["stages"][0]["cosine"] - wanted) < 1e-9 and e["as"] == "words", e


globals()[sys.argv[1]](*sys.argv[2:])
