#!/usr/bin/python3
"""A GGUF file written by ggml itself, with blocks packed and unpacked by ggml itself.

    npm pack @node-llama-cpp/linux-x64 && tar xzf node-llama-cpp-linux-x64-*.tgz
    /usr/bin/python3 tests/golden/make_ggml_golden.py package/bins/linux-x64/libggml-base.so

Writes tests/golden/tensors/ggml.gguf and ggml.expected (layout: make_tensors_golden.py). Made with
version 3.22.1 of that package, which carries llama.cpp's own library.
"""
import ctypes
import os
import struct
import sys

import numpy as np

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensors")
TYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 8, "Q4_K": 12, "Q5_K": 13, "Q6_K": 14, "BF16": 30}
ROWS, COLUMNS = 3, 512

ggml = ctypes.CDLL(sys.argv[1])
pointer, size, text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p


class InitParams(ctypes.Structure):
    _fields_ = [("bytes", size), ("buffer", pointer), ("no_alloc", ctypes.c_bool)]


def declare(name, result, *arguments):
    function = getattr(ggml, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


init = declare("ggml_init", pointer, InitParams)
new_tensor = declare("ggml_new_tensor_2d", pointer, pointer, ctypes.c_int, ctypes.c_int64,
                     ctypes.c_int64)
set_name = declare("ggml_set_name", pointer, pointer, text)
get_data = declare("ggml_get_data", pointer, pointer)
n_bytes = declare("ggml_nbytes", size, pointer)
quantise = declare("ggml_quantize_chunk", size, ctypes.c_int, pointer, pointer, ctypes.c_int64,
                   ctypes.c_int64, ctypes.c_int64, pointer)
new_gguf = declare("gguf_init_empty", pointer)
add = declare("gguf_add_tensor", None, pointer, pointer)
write = declare("gguf_write_to_file", ctypes.c_bool, pointer, text, ctypes.c_bool)
set_u32 = declare("gguf_set_val_u32", None, pointer, text, ctypes.c_uint32)
set_text = declare("gguf_set_val_str", None, pointer, text, text)
set_texts = declare("gguf_set_arr_str", None, pointer, text, ctypes.POINTER(text), size)
set_array = declare("gguf_set_arr_data", None, pointer, text, ctypes.c_int, pointer, size)


def dequantise(kind, data, n):
    values = np.zeros(n, "<f4")
    if kind == "F16":
        return np.frombuffer(ctypes.string_at(data, 2 * n), "<f2").astype("<f4")
    if kind == "BF16":
        declare("ggml_bf16_to_fp32_row", None, pointer, pointer, ctypes.c_int64)(
            data, values.ctypes.data, n)
    else:
        name = "dequantize_row_" + kind.replace("Q4_0", "q4_0").replace("Q8_0", "q8_0").replace("Q", "q")
        declare(name, None, pointer, pointer, ctypes.c_int64)(data, values.ctypes.data, n)
    return values


def main():
    rng = np.random.default_rng(3)
    context = init(InitParams(16 << 20, None, False))
    gguf = new_gguf()
    set_text(gguf, b"general.architecture", b"bert")
    set_u32(gguf, b"bert.block_count", 6)
    words = [b"[PAD]", "\u2581caf\u00e9".encode(), b""]
    set_texts(gguf, b"tokenizer.ggml.tokens", (text * len(words))(*words), len(words))
    scores = np.array([0.25, -3.5], "<f4")
    set_array(gguf, b"tokenizer.ggml.scores", 6, scores.ctypes.data, len(scores))
    expected = b""
    for kind, number in TYPES.items():
        x = (rng.standard_normal((ROWS, COLUMNS)) * rng.uniform(0.01, 3)).astype("<f4")
        x[0, :32] = np.abs(x[0, :32])
        tensor = new_tensor(context, number, COLUMNS, ROWS)
        set_name(tensor, b"blk.0." + kind.encode())
        data = get_data(tensor)
        written = quantise(number, x.ctypes.data, data, 0, ROWS, COLUMNS, None)
        assert written == n_bytes(tensor), (kind, written, n_bytes(tensor))
        add(gguf, tensor)
        values = dequantise(kind, data, ROWS * COLUMNS)
        assert np.abs(values - x.reshape(-1)).max() < 0.15 * np.abs(x).max(), kind
        name = "blk.0." + kind
        expected += struct.pack("<I", len(name)) + name.encode()
        expected += struct.pack("<I", len(kind)) + kind.encode()
        expected += struct.pack("<IQQB", 2, ROWS, COLUMNS, 1) + values.astype("<f4").tobytes()
    assert write(gguf, os.path.join(OUT, "ggml.gguf").encode(), False)
    with open(os.path.join(OUT, "ggml.expected"), "wb") as file:
        file.write(expected)


main()
