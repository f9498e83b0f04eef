#!/usr/bin/env python3
"""A small GPT-2 of random weights in a folder as users have them: model.safetensors, config.json and a
byte-level BPE tokenizer.json in which a word has other pieces behind a blank than at the beginning.
Arguments: the folder to make, and a seed. Needs Python 3 and nothing else."""
import json
import os
import random
import struct
import sys

DIM, LAYERS, HEADS, WINDOW = 24, 3, 3, 64
WORDS = ["bank", "Ġbank", "Ġthe", "Ġriver", "Ġmoney", "Ġof", "Ġplant"]


def letters():
    """GPT-2's names of the 256 bytes: printable ones their own, the others code points from 256 on."""
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names, n = {}, 256
    for byte in range(256):
        names[byte] = chr(byte) if byte in own else chr(n)
        n += byte not in own
    return names


def tokenizer():
    vocabulary = {name: i for i, name in letters().items()}
    merges = []
    for word in WORDS:  # each built letter by letter from the left
        for n in range(2, len(word) + 1):
            merge = f"{word[:n - 1]} {word[n - 1]}"
            if merge not in merges:
                merges.append(merge)
                vocabulary.setdefault(word[:n], len(vocabulary))
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                      "end_of_word_suffix": "", "fuse_unk": False, "vocab": vocabulary, "merges": merges}}


def tensors(n_words):
    yield "wte.weight", (n_words, DIM), 1, 0
    yield "wpe.weight", (WINDOW, DIM), 0.3, 0
    for layer in range(LAYERS):
        for name, shape, scale, centre in [
                ("ln_1.weight", (DIM,), 0.3, 1), ("ln_1.bias", (DIM,), 0.1, 0),
                ("attn.c_attn.weight", (DIM, 3 * DIM), 0.4, 0), ("attn.c_attn.bias", (3 * DIM,), 0.2, 0),
                ("attn.c_proj.weight", (DIM, DIM), 0.4, 0), ("attn.c_proj.bias", (DIM,), 0.2, 0),
                ("ln_2.weight", (DIM,), 0.3, 1), ("ln_2.bias", (DIM,), 0.1, 0),
                ("mlp.c_fc.weight", (DIM, 4 * DIM), 0.3, 0), ("mlp.c_fc.bias", (4 * DIM,), 0.2, 0),
                ("mlp.c_proj.weight", (4 * DIM, DIM), 0.3, 0), ("mlp.c_proj.bias", (DIM,), 0.2, 0)]:
            yield f"h.{layer}.{name}", shape, scale, centre
    yield "ln_f.weight", (DIM,), 0.3, 1
    yield "ln_f.bias", (DIM,), 0.1, 0


def main():
    folder, rng = sys.argv[1], random.Random(int(sys.argv[2]))
    os.makedirs(folder, exist_ok=True)
    cut = tokenizer()
    n_words = len(cut["model"]["vocab"])
    header, data = {}, bytearray()
    for name, shape, scale, centre in tensors(n_words):
        n = 1
        for size in shape:
            n *= size
        begin = len(data)
        data += struct.pack(f"<{n}f", *(rng.gauss(centre, scale) for _ in range(n)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    with open(f"{folder}/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    with open(f"{folder}/tokenizer.json", "w", encoding="utf-8") as file:
        json.dump(cut, file, ensure_ascii=False)
    with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
        json.dump({"model_type": "gpt2", "n_embd": DIM, "n_head": HEADS, "n_layer": LAYERS, "n_positions": WINDOW,
                   "n_ctx": WINDOW, "vocab_size": n_words, "activation_function": "gelu_new",
                   "layer_norm_epsilon": 1e-5}, file)


main()
