#!/usr/bin/python3
"""A model's own sentence vector by PyTorch, for tests/unit/transformer/test_sentence.c.

    /usr/bin/python3 tests/golden/make_sentence_golden.py      # writes tests/golden/transformer/sentence/

What sentence-transformers' modules compute, with torch's own layers: Pooling puts the vectors of its ways side by side (cls,
max, mean, mean over the root of the length, weighted mean, last), Dense is torch.nn.Linear and an activation, Normalize
torch.nn.functional.normalize. The states are those of golden case "bert" after its last block ([CLS] p7 [SEP]), by PyTorch too.
Each case is a folder: its modules' config.json and model.safetensors as that library saves them, and expected.f32.
"""
import json
import pathlib
import struct

import numpy as np
import torch

GOLDEN = pathlib.Path(__file__).parent / "transformer"
DIM, STAGES, PIECES = 36, 8, 3


def states():
    """[PIECES, DIM]"""
    numbers = np.fromfile(GOLDEN / "bert" / "expected.f32", "<f4", PIECES * STAGES * DIM)
    return torch.from_numpy(numbers.reshape(PIECES, STAGES, DIM)[:, -1].copy())


def save(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def dense(folder, n_in, n_out, activation, bias=True):
    layer = torch.nn.Linear(n_in, n_out, bias=bias)
    folder.mkdir(parents=True, exist_ok=True)
    kind = type(activation).__module__ + "." + type(activation).__name__
    (folder / "config.json").write_text(
        json.dumps({"in_features": n_in, "out_features": n_out, "bias": bias, "activation_function": kind}) + "\n")
    save(folder / "model.safetensors", {"linear." + name: value for name, value in layer.state_dict().items()})
    return lambda x: activation(layer(x))


def main():
    torch.manual_seed(13)
    x = states()
    weights = torch.arange(1, PIECES + 1, dtype=torch.float32)[:, None]
    mean = x.mean(0)
    ways = [x[0], x.max(0).values, mean, x.sum(0) / PIECES ** 0.5, (x * weights).sum(0) / weights.sum(), x[-1]]

    out = GOLDEN / "sentence" / "all"
    one, two = dense(out / "2_Dense", 6 * DIM, 7, torch.nn.Tanh()), dense(out / "3_Dense", 7, 5, torch.nn.Identity(), bias=False)
    vector = torch.nn.functional.normalize(two(one(torch.cat(ways))), dim=0)
    vector.detach().numpy().astype("<f4").tofile(out / "expected.f32")

    out = GOLDEN / "sentence" / "relu"
    vector = dense(out / "3_Dense", DIM, 6, torch.nn.ReLU())(torch.nn.functional.normalize(mean, dim=0))
    assert (vector == 0).any() and (vector > 0).any()
    vector.detach().numpy().astype("<f4").tofile(out / "expected.f32")


main()
