#!/usr/bin/python3
"""Model files and the values they hold, by programs other than ours.

    /usr/bin/python3 tests/golden/make_tensors_golden.py [FOLDER]

Writes tests/golden/tensors/ and the seed corpora of tests/fuzz/tensors/. PyTorch files are written by
PyTorch itself (Debian's python3-torch); safetensors and GGUF by the few lines below, from the
formats' definitions; packed blocks are packed and unpacked one element at a time, from the
definition of each field, in IEEE float32 in the order that the format's users compute.

NAME.expected: little-endian, for each tensor
    u32 n, n bytes name; u32 n, n bytes type; u32 dimensions, u64 each (slowest first);
    u8 1 if values follow; float32 values
"""
import collections
import hashlib
import json
import os
import struct
import sys
import zipfile

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "tensors")
SEEDS = os.path.join(HERE, "..", "fuzz", "tensors")
rng = np.random.default_rng(20240611)


def path(name):
    full = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


def seed(corpus, name, data):
    folder = os.path.join(SEEDS, "corpus-" + corpus)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def text32(text):
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def write_expected(name, tensors):
    """tensors: (name, type, shape, float32 array or None)"""
    out = b""
    for tensor, kind, shape, values in tensors:
        out += text32(tensor) + text32(kind) + struct.pack("<I", len(shape))
        out += struct.pack("<%dQ" % len(shape), *shape)
        out += struct.pack("<B", values is not None)
        if values is not None:
            out += np.ascontiguousarray(values, "<f4").tobytes()
    write(name + ".expected", out)


# --- half precision -------------------------------------------------------------------------


def to_bf16(values):
    """float32 -> bfloat16 bits, cutting; -> (bits, the float32 they stand for)"""
    bits = (np.asarray(values, "<f4").view("<u4") >> 16).astype("<u2")
    return bits, (bits.astype("<u4") << 16).view("<f4")


def awkward_halves():
    """zeros, subnormals, the largest, infinities, quiet NaN, and numbers between"""
    fixed = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x8400, 0x7BFF, 0xFBFF,
             0x7C00, 0xFC00, 0x7E00, 0xFE01, 0x3C00, 0xBC00, 0x3555]
    return np.array(fixed + list(rng.integers(0, 0x7C00, 240)), "<u2")


# --- safetensors ----------------------------------------------------------------------------


def safetensors(tensors, metadata=None, pad=0):
    """tensors: (name, dtype, shape, bytes)"""
    header, data = collections.OrderedDict(), b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, dtype, shape, raw in tensors:
        header[name] = {"dtype": dtype, "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, ensure_ascii=len(tensors) % 2 == 0).encode() + b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def make_safetensors():
    f32 = rng.standard_normal((3, 5)).astype("<f4")
    f64 = rng.standard_normal((2, 2, 2, 2)).astype("<f8")
    halves = awkward_halves()
    bits, bf16 = to_bf16(rng.standard_normal(33) * 1e3)
    tensors, expected = [], []

    def add(name, dtype, shape, raw, values=None):
        tensors.append((name, dtype, shape, raw))
        expected.append((name, dtype, shape, values))

    add("one byte, so that all after it is unaligned", "U8", [1], b"\x07")
    add("f32", "F32", [3, 5], f32.tobytes(), f32)
    add("f64", "F64", [2, 2, 2, 2], f64.tobytes(), f64.astype("<f4"))
    add("f16", "F16", [len(halves)], halves.tobytes(), halves.view("<f2").astype("<f4"))
    add("bf16", "BF16", [3, 11], bits.tobytes(), bf16)
    add("scalar", "F32", [], struct.pack("<f", -2.5), np.float32(-2.5))
    add("empty", "F32", [0, 7], b"", np.zeros(0))
    add("größe \u4f60\u597d \U0001F600 \"quoted\" \\ /", "I16", [2], b"\x01\x00\x02\x00")
    add("i64", "I64", [2], struct.pack("<2q", -1, 1 << 40))
    add("i32", "I32", [1, 1], struct.pack("<i", -7))
    add("i8", "I8", [3], b"\x80\x00\x7f")
    add("bool", "BOOL", [2], b"\x00\x01")
    whole = safetensors(tensors, {"format": "pt", "note": "\u00e9\n"}, pad=3)
    write("plain.safetensors", whole)
    write_expected("plain", expected)
    seed("safetensors", "plain", whole)
    seed("safetensors", "tiny", safetensors([("a", "F16", [2], b"\0\0\0\0")]))
    seed("safetensors", "empty", struct.pack("<Q", 2) + b"{}")

    a = safetensors([("a.weight", "F32", [3, 5], f32.tobytes()), ("a.bias", "F32", [5], f32[0].tobytes())])
    b = safetensors([("b.weight", "BF16", [33], bits.tobytes())])
    write("sharded/model-00001-of-00002.safetensors", a)
    write("sharded/model-00002-of-00002.safetensors", b)
    index = {"metadata": {"total_size": 146, "nested": [1, {"x": None}, -1.5e3, True]},
             "weight_map": {"a.bias": "model-00001-of-00002.safetensors",
                            "b.weight": "model-00002-of-00002.safetensors",
                            "a.weight": "model-00001-of-00002.safetensors"}}
    write("sharded/model.safetensors.index.json", json.dumps(index, indent=2).encode())
    write_expected("sharded", [("a.weight", "F32", [3, 5], f32), ("a.bias", "F32", [5], f32[0]),
                               ("b.weight", "BF16", [33], bf16)])


# --- PyTorch --------------------------------------------------------------------------------

TORCH_NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
               torch.float64: "F64", torch.int64: "I64", torch.int32: "I32", torch.int16: "I16",
               torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def torch_expected(name, state):
    expected = []
    for key, tensor in state.items():
        kind = TORCH_NAMES[tensor.dtype]
        values = tensor.detach().to(torch.float32).numpy() if tensor.is_floating_point() else None
        expected.append((key, kind, list(tensor.shape), values))
    write_expected(name, expected)


def save(name, state, corpus=True, **options):
    os.makedirs(OUT, exist_ok=True)
    torch.save(state, path(name + ".bin"), **options)
    torch_expected(name, state)
    if corpus:
        with open(path(name + ".bin"), "rb") as file:
            seed("pytorch", name, file.read())
        with zipfile.ZipFile(path(name + ".bin")) as archive:
            seed("pytorch", name + ".pkl", archive.read(name + "/data.pkl"))


def make_pytorch():
    torch.manual_seed(7)
    types = collections.OrderedDict()
    for dtype, kind in TORCH_NAMES.items():
        values = torch.randn(2, 3) * 100
        types[kind] = (values > 0) if dtype == torch.bool else values.to(dtype)
    save("torch_types", types)
    save("torch_protocol4", types, pickle_protocol=4)
    save("torch_protocol3", types, pickle_protocol=3)

    base = torch.randn(4, 6)
    deep = torch.randn(2, 3, 4, 5).to(torch.bfloat16)
    save("torch_views", collections.OrderedDict([
        ("base", base), ("same storage", base), ("row", base[2]), ("transposed", base.t()),
        ("columns", base[:, 1:4]), ("every second", base[::2, ::3]), ("scalar", torch.tensor(3.25)),
        ("element", base[1, 2]), ("empty", torch.zeros(0, 3)), ("empty view", base[4:, :]),
        ("permuted", deep.permute(3, 1, 0, 2)), ("ones", base[:1, :].unsqueeze(1)),
        ("half", base.to(torch.float16).t())]))

    model = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.LayerNorm(4),
                                torch.nn.Linear(4, 3))
    save("torch_state", model.state_dict())
    save("torch_parameters", dict(model.named_parameters()))
    # More than 1,000 tensors: SETITEMS in batches; more than 256 memo entries: LONG_BINPUT.
    many = collections.OrderedDict(("%d" % i, base[i % 4]) for i in range(1001))
    save("torch_many", many, corpus=False)

    # The same entries by another writer: ZIP64 fields everywhere, no alignment, a comment.
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 0
    with zipfile.ZipFile(path("torch_types.bin")) as old, zipfile.ZipFile(
            path("torch_zip64.bin"), "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name))
        new.comment = b"another writer's"
    zipfile.ZIP64_LIMIT = limit
    torch_expected("torch_zip64", types)
    with open(path("torch_zip64.bin"), "rb") as file:
        seed("pytorch", "torch_zip64", file.read())

    seed("pytorch", "mark_alone.pkl", b"(t")  # an empty stack was a null pointer once

    folder = path("torch_sharded/")
    os.makedirs(folder, exist_ok=True)
    torch.save({"x": base, "y": base[0]}, folder + "pytorch_model-00001-of-00002.bin")
    torch.save({"z": deep}, folder + "pytorch_model-00002-of-00002.bin")
    index = {"metadata": {}, "weight_map": {"x": "pytorch_model-00001-of-00002.bin",
                                            "y": "pytorch_model-00001-of-00002.bin",
                                            "z": "pytorch_model-00002-of-00002.bin"}}
    write("torch_sharded/pytorch_model.bin.index.json", json.dumps(index).encode())
    torch_expected("torch_sharded", {"x": base, "y": base[0], "z": deep})

    torch.save({"a": base}, path("torch_legacy.bin"), _use_new_zipfile_serialization=False)
    os.truncate(path("torch_legacy.bin"), 64)  # addresses of this process follow
    torch.save({"c": torch.tensor([1 + 2j])}, path("torch_complex.bin"))
    torch.save({"s": torch.eye(3).to_sparse()}, path("torch_sparse.bin"))
    torch.save({"e": torch.ones(1, 3).expand(1000, 3)}, path("torch_expanded.bin"))
    torch.save({"n": 5}, path("torch_number.bin"))
    torch.save({"state_dict": {"w": base}}, path("torch_nested.bin"))
    torch.save(torch.nn.Linear(2, 2), path("torch_module.bin"))


# --- packed blocks --------------------------------------------------------------------------

F = np.float32


def half_bits(value):
    return np.float16(value).tobytes()


def half_value(raw):
    return np.frombuffer(raw, "<f2").astype("<f4")[0]


def unpack_q8_0(raw):
    d = half_value(raw[0:2])
    return [F(d) * F(q) for q in struct.unpack("32b", raw[2:34])]


def unpack_q4_0(raw):
    d = half_value(raw[0:2])
    return [F(d) * F((raw[2 + i % 16] >> 4 * (i // 16)) % 16 - 8) for i in range(32)]


def scale_and_min(scales, group):
    """The 6-bit numbers, bit by bit: bit b of scale g, and of minimum g, in 12 bytes."""
    if group < 4:
        return scales[group] % 64, scales[group + 4] % 64
    low = scales[group + 4]
    return (low % 16 + scales[group - 4] // 64 * 16, low // 16 + scales[group] // 64 * 16)


def unpack_k(raw, fifth):
    d, dmin = half_value(raw[0:2]), half_value(raw[2:4])
    scales, high, q = raw[4:16], raw[16:48], raw[48 if fifth else 16:]
    out = []
    for i in range(256):
        group, at = i // 32, i % 32
        value = q[group // 2 * 32 + at] // (16 if group % 2 else 1) % 16
        if fifth:
            value += 16 * (high[at] // 2 ** group % 2)
        s, m = scale_and_min(scales, group)
        out.append(F(F(d) * F(s)) * F(value) - F(dmin) * F(m))
    return out


def unpack_q6_k(raw):
    low, high, scales = raw[0:128], raw[128:192], struct.unpack("16b", raw[192:208])
    d = half_value(raw[208:210])
    out = []
    for i in range(256):
        half, within = divmod(i, 128)
        k, at = divmod(within, 32)
        nibble = low[half * 64 + (k % 2) * 32 + at] // (16 if k >= 2 else 1) % 16
        value = nibble + 16 * (high[half * 32 + at] // 4 ** k % 4) - 32
        out.append(F(F(d) * F(scales[i // 16])) * F(value))
    return out


def pack_q8_0(x):
    d = np.float16(np.abs(x).max() / 127)
    q = np.clip(np.rint(x / F(d)) if d else 0 * x, -127, 127).astype("i1")
    return half_bits(d) + q.tobytes()


def pack_q4_0(x):
    d = np.float16(x[np.argmax(np.abs(x))] / -8)
    q = np.clip(np.rint(x / F(d)) + 8 if d else 0 * x, 0, 15).astype(int)
    return half_bits(d) + bytes(int(q[i] | q[i + 16] << 4) for i in range(16))


def pack_k(x, fifth):
    groups, top = x.reshape(8, 32), 31 if fifth else 15
    mins = np.maximum(0, -groups.min(axis=1))
    steps = (groups.max(axis=1) + mins) / top
    d, dmin = np.float16(steps.max() / 63), np.float16(mins.max() / 63)
    s = np.clip(np.ceil(steps / F(d)), 0, 63).astype(int)
    m = np.clip(np.rint(mins / F(dmin)) if dmin else 0 * mins, 0, 63).astype(int)
    scales = [0] * 12
    for g in range(4):
        scales[g] = int(s[g] | s[g + 4] >> 4 << 6)
        scales[g + 4] = int(m[g] | m[g + 4] >> 4 << 6)
        scales[g + 8] = int(s[g + 4] & 15 | (m[g + 4] & 15) << 4)
    low, high = [0] * 128, [0] * 32
    for g in range(8):
        step = F(F(d) * F(s[g]))
        q = np.rint((groups[g] + F(dmin) * F(m[g])) / step) if step else 0 * groups[g]
        q = np.clip(q, 0, top).astype(int)
        for i in range(32):
            low[g // 2 * 32 + i] |= int(q[i] & 15) << 4 * (g % 2)
            high[i] |= int(q[i] >> 4) << g
    return half_bits(d) + half_bits(dmin) + bytes(scales) + (bytes(high) if fifth else b"") + bytes(low)


def pack_q6_k(x):
    groups = x.reshape(16, 16)
    steps = np.abs(groups).max(axis=1) / 31
    d = np.float16(steps.max() / 127)
    s = np.clip(np.ceil(steps / F(d)), -128, 127).astype(int)
    low, high = [0] * 128, [0] * 64
    for i in range(256):
        step = F(F(d) * F(s[i // 16]))
        q = int(np.clip(np.rint(x[i] / step) if step else 0, -32, 31)) + 32
        half, within = divmod(i, 128)
        k, at = divmod(within, 32)
        low[half * 64 + k % 2 * 32 + at] |= (q & 15) << 4 * (k // 2)
        high[half * 32 + at] |= q >> 4 << 2 * k
    return bytes(low) + bytes(high) + s.astype("i1").tobytes() + half_bits(d)


PACKED = {  # name: ggml number, elements, bytes, pack, unpack, places of halves in a block
    "Q8_0": (8, 32, 34, pack_q8_0, unpack_q8_0, [0]),
    "Q4_0": (2, 32, 18, pack_q4_0, unpack_q4_0, [0]),
    "Q4_K": (12, 256, 144, lambda x: pack_k(x, False), lambda r: unpack_k(r, False), [0, 2]),
    "Q5_K": (13, 256, 176, lambda x: pack_k(x, True), lambda r: unpack_k(r, True), [0, 2]),
    "Q6_K": (14, 256, 210, pack_q6_k, unpack_q6_k, [208]),
}


def blocks(raw, kind):
    n = PACKED[kind][2]
    return np.array([v for i in range(0, len(raw), n) for v in PACKED[kind][4](raw[i:i + n])], "<f4")


def quantise(x, kind):
    n = PACKED[kind][1]
    return b"".join(PACKED[kind][3](x[i:i + n]) for i in range(0, len(x), n))


def random_blocks(kind, n):
    """Every bit pattern of q and scales, with d of a usual size."""
    out = b""
    for _ in range(n):
        raw = bytearray(rng.integers(0, 256, PACKED[kind][2], dtype="u1").tobytes())
        for at in PACKED[kind][5]:
            raw[at:at + 2] = half_bits(rng.standard_normal() * 0.01)
        out += bytes(raw)
    return out


# --- GGUF -----------------------------------------------------------------------------------


def gguf_text(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


GGUF_SCALARS = {"u8": (0, "<B"), "i8": (1, "<b"), "u16": (2, "<H"), "i16": (3, "<h"),
                "u32": (4, "<I"), "i32": (5, "<i"), "f32": (6, "<f"), "bool": (7, "<B"),
                "u64": (10, "<Q"), "i64": (11, "<q"), "f64": (12, "<d")}


def gguf_value(kind, value):
    if kind == "text":
        return struct.pack("<I", 8) + gguf_text(value)
    if kind.startswith("array of "):
        element = kind[len("array of "):]
        if element == "text":
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_text, value))
        number, form = GGUF_SCALARS[element]
        return (struct.pack("<IIQ", 9, number, len(value)) +
                b"".join(struct.pack(form, v) for v in value))
    number, form = GGUF_SCALARS[kind]
    return struct.pack("<I", number) + struct.pack(form, value)


def gguf(version, pairs, tensors, alignment=32):
    """pairs: (key, kind, value); tensors: (name, ggml type, shape slowest first, bytes)"""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    for key, kind, value in pairs:
        out += gguf_text(key) + gguf_value(kind, value)
    data = b""
    for name, number, shape, raw in tensors:
        data += b"\0" * (-len(data) % alignment)
        out += gguf_text(name) + struct.pack("<I", len(shape))
        out += struct.pack("<%dQ" % len(shape), *reversed(shape))
        out += struct.pack("<IQ", number, len(data))
        data += raw
    return out + b"\0" * (-len(out) % alignment) + data


def make_gguf():
    pairs = [("general.architecture", "text", "bert"), ("u8", "u8", 200), ("i8", "i8", -5),
             ("u16", "u16", 65535), ("i16", "i16", 300), ("u32", "u32", 4000000000),
             ("i32", "i32", -2000000000), ("f32", "f32", 0.1), ("yes", "bool", 1), ("no", "bool", 0),
             ("u64", "u64", 1 << 63), ("i64", "i64", 1 << 40), ("f64", "f64", 1e-300),
             ("tokenizer.ggml.tokens", "array of text",
              ["[PAD]", "", "\u2581the", "\U0001F600", b"\xff\x00raw", "x" * 300]),
             ("tokenizer.ggml.scores", "array of f32", [0.5, -1.25, 3e8]),
             ("tokenizer.ggml.token_type", "array of i32", [1, -1, 6]),
             ("bytes", "array of u8", list(range(256))), ("none", "array of text", []),
             ("truths", "array of bool", [1, 0, 1])]
    halves = awkward_halves()
    bits, bf16 = to_bf16(rng.standard_normal(30))
    f32 = rng.standard_normal((2, 3, 4)).astype("<f4")
    f64 = rng.standard_normal(3)
    tensors = [("f32", 0, [2, 3, 4], f32.tobytes()), ("f16", 1, [len(halves)], halves.tobytes()),
               ("bf16", 30, [5, 6], bits.tobytes()), ("f64", 28, [3], f64.astype("<f8").tobytes()),
               ("i8", 24, [3], b"\x01\x02\xff"), ("i16", 25, [1], b"\x01\x00"),
               ("i32", 26, [1], b"\x01\x00\x00\x00"), ("i64", 27, [1], b"\x01" + b"\0" * 7)]
    expected = [("f32", "F32", [2, 3, 4], f32),
                ("f16", "F16", [len(halves)], halves.view("<f2").astype("<f4")),
                ("bf16", "BF16", [5, 6], bf16), ("f64", "F64", [3], f64.astype("<f4")),
                ("i8", "I8", [3], None), ("i16", "I16", [1], None), ("i32", "I32", [1], None),
                ("i64", "I64", [1], None)]
    write("v2.gguf", gguf(2, pairs, tensors))
    write_expected("v2", expected)
    seed("gguf", "types", gguf(2, pairs, tensors))

    # Real weights' shape: mostly normal, some groups all positive, some zero, one outlier.
    x = (rng.standard_normal((2, 1024)) * 0.04).astype("<f4")
    x[0, 256:320] = np.abs(x[0, 256:320])
    x[0, 320:352] = 0
    x[1, 5] = 1.5
    tensors, expected = [("x", 0, [2, 1024], x.tobytes())], [("x", "F32", [2, 1024], x)]
    for kind, (number, _, _, _, _, _) in PACKED.items():
        raw = quantise(x.reshape(-1), kind)
        tensors.append(("x." + kind, number, [2, 1024], raw))
        expected.append(("x." + kind, kind, [2, 1024], blocks(raw, kind)))
        raw = random_blocks(kind, 6)
        shape = [3, 2 * PACKED[kind][1]]
        tensors.append(("random." + kind, number, shape, raw))
        expected.append(("random." + kind, kind, shape, blocks(raw, kind)))
    v3 = gguf(3, [("general.alignment", "u32", 64)], tensors, 64)
    write("v3.gguf", v3)
    write_expected("v3", expected)
    small = [(n, t, [1, PACKED[n.split(".")[1]][1]], raw[:PACKED[n.split(".")[1]][2]])
             for n, t, _, raw in tensors if n.startswith("random")]
    seed("gguf", "packed", gguf(3, [("general.alignment", "u32", 8)], small, 8))


make_safetensors()
make_pytorch()
make_gguf()
for folder, _, names in sorted(os.walk(OUT)):
    for name in sorted(names):
        full = os.path.join(folder, name)
        with open(full, "rb") as file:
            data = file.read()
        print(hashlib.sha256(data).hexdigest()[:16], len(data), os.path.relpath(full, OUT))
