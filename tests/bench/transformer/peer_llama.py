#!/usr/bin/python3
"""The forward rate of llama.cpp, in pieces a second, for the models of peers.py.

    tests/bench/transformer/peer_llama.py --check LIBRARY
    tests/bench/transformer/peer_llama.py LIBRARY MODEL LENGTH PIECES SECONDS WORKERS

LIBRARY is what library() returns. --check compares llama.cpp's embeddings with PyTorch's; the other form
prints one number and is what rate() runs. Every piece of a batch is an output, nothing is pooled.

llama.cpp keeps its defaults (flash attention where it can, keys and values in half precision there and in
GPT-2's cache; faster here than without). What it does its own way:
- Encoders attend over the whole batch and mask the other sequences, so that large batches cost more.
- GELU is the tanh form, read from a half-precision table; PyTorch's encoders use erf.
- GPT-2 always computes the logits too, under 2 % of the work at this vocabulary.
"""
import ctypes
import glob
import os
import struct
import subprocess
import sys
import tempfile
import time

import numpy

PACKAGE, VERSION = "@node-llama-cpp/linux-x64", "3.22.1"
ALIGNMENT = 32
ERROR = 4  # ggml_log_level
NO_POOLING = 0  # llama_pooling_type


class ContextParams(ctypes.Structure):
    """The head of VERSION's llama_context_params. Larger than the library's own struct, which does no harm: structs of
    this size are passed on the stack."""
    _fields_ = [(name, ctypes.c_uint32) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max")] + [
        ("outputs", ctypes.c_uint32 * 3), ("n_threads", ctypes.c_int32), ("n_threads_batch", ctypes.c_int32),
        ("ctx_type", ctypes.c_int32), ("rope_scaling_type", ctypes.c_int32), ("pooling_type", ctypes.c_int32),
        ("rest", ctypes.c_uint64 * 60)]


class ModelParams(ctypes.Structure):
    """llama_model_params, never looked into; larger likewise."""
    _fields_ = [("all", ctypes.c_uint64 * 64)]


class Batch(ctypes.Structure):
    """llama_batch"""
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.POINTER(ctypes.c_int32)), ("embd", ctypes.c_void_p),
                ("pos", ctypes.POINTER(ctypes.c_int32)), ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
                ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))), ("logits", ctypes.POINTER(ctypes.c_int8))]


def library(cache):
    """The path of libllama; its npm package is installed in cache once."""
    folder = os.path.join(cache, "node_modules", PACKAGE, "bins", "linux-x64")
    if not os.path.isdir(folder):
        os.makedirs(cache, exist_ok=True)
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix",
                        cache, PACKAGE + "@" + VERSION], check=True, stdout=sys.stderr)
    return glob.glob(os.path.join(folder, "libllama.v*.so"))[0]


def weights(model, causal):
    """(name, array) as llama.cpp names them"""
    def array(tensor):
        return tensor.detach().numpy()

    def pair(name, *layers):
        for kind in ("weight", "bias"):
            yield name + "." + kind, numpy.concatenate([array(getattr(layer, kind)) for layer in layers])

    yield "token_embd.weight", array(model.table.weight)
    yield "position_embd.weight", array(model.positions.weight)
    if not causal:
        yield "token_types.weight", numpy.zeros_like(array(model.table.weight)[:1])
    yield from pair("output_norm" if causal else "token_embd_norm", model.norm)
    for i, block in enumerate(model.blocks):
        at = f"blk.{i}."
        if causal:
            yield from pair(at + "attn_qkv", block.query, block.key, block.value)
        else:
            yield from pair(at + "attn_q", block.query)
            yield from pair(at + "attn_k", block.key)
            yield from pair(at + "attn_v", block.value)
        yield from pair(at + "attn_output", block.out)
        yield from pair(at + ("attn_norm" if causal else "attn_output_norm"), block.norm1)
        yield from pair(at + ("ffn_norm" if causal else "layer_output_norm"), block.norm2)
        yield from pair(at + "ffn_up", block.up)
        yield from pair(at + "ffn_down", block.down)


def write_model(path, torch_model, dim, heads, inner, blocks, causal):
    """A GGUF file, version 3, with the weights of peers.Model in single precision"""
    def string(text):
        return struct.pack("<Q", len(text)) + text.encode()

    def unsigned(value):
        return struct.pack("<II", 4, value)

    def text(value):
        return struct.pack("<I", 8) + string(value)

    arch = "gpt2" if causal else "bert"
    vocabulary, positions = torch_model.table.num_embeddings, torch_model.positions.num_embeddings
    keys = {
        "general.architecture": text(arch),
        "tokenizer.ggml.model": text("no_vocab"),
        arch + ".vocab_size": unsigned(vocabulary),
        arch + ".context_length": unsigned(positions),
        arch + ".embedding_length": unsigned(dim),
        arch + ".feed_forward_length": unsigned(inner),
        arch + ".block_count": unsigned(blocks),
        arch + ".attention.head_count": unsigned(heads),
        arch + ".attention.layer_norm_epsilon": struct.pack("<If", 6, torch_model.norm.eps),
    }
    if not causal:
        keys["bert.attention.causal"] = struct.pack("<I?", 7, False)
        keys["tokenizer.ggml.token_type_count"] = unsigned(1)
    tensors = list(weights(torch_model, causal))
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys))
    head += b"".join(string(key) + value for key, value in keys.items())
    offset = 0
    for name, array in tensors:
        head += string(name) + struct.pack(f"<I{array.ndim}QIQ", array.ndim, *reversed(array.shape), 0, offset)
        offset += array.nbytes + -array.nbytes % ALIGNMENT
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT))
        for _, array in tensors:
            file.write(array.astype("<f4").tobytes() + bytes(-array.nbytes % ALIGNMENT))


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def log(level, message, _):
    if level == ERROR:
        sys.stderr.write(message.decode(errors="replace"))


def prepare(path_of_library, path, ids, workers):
    """A function that runs the model over ids, rows of one length, and gives the embeddings of all of them"""
    lib = ctypes.CDLL(path_of_library)
    lib.llama_model_default_params.restype = ModelParams
    lib.llama_context_default_params.restype = ContextParams
    lib.llama_batch_init.restype = Batch
    lib.llama_get_embeddings.restype = ctypes.POINTER(ctypes.c_float)
    for name in ("llama_model_load_from_file", "llama_init_from_model", "llama_get_memory"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.llama_log_set(log, None)
    lib.ggml_backend_load_all_from_path(os.path.dirname(path_of_library).encode())

    model = ctypes.c_void_p(lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params()))
    if not model:
        raise RuntimeError("llama.cpp cannot load " + path)
    params = lib.llama_context_default_params()
    (rows, length), dim = ids.shape, lib.llama_model_n_embd(model)
    params.n_ctx = params.n_batch = params.n_ubatch = ids.size
    params.n_seq_max = rows
    params.n_threads = params.n_threads_batch = workers
    params.pooling_type = NO_POOLING
    context = ctypes.c_void_p(lib.llama_init_from_model(model, params))
    if not context:
        raise RuntimeError("llama.cpp gives no context")
    lib.llama_set_embeddings(context, ctypes.c_bool(True))
    memory = ctypes.c_void_p(lib.llama_get_memory(context))

    batch = lib.llama_batch_init(ids.size, 0, 1)
    batch.n_tokens = ids.size
    for i, piece in enumerate(ids.flat):
        batch.token[i], batch.pos[i] = piece, i % length
        batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = 1, i // length, 1

    def run():
        if memory:
            lib.llama_memory_clear(memory, ctypes.c_bool(True))
        if (lib.llama_decode if memory else lib.llama_encode)(context, batch):
            raise RuntimeError("llama.cpp failed")
        return numpy.ctypeslib.as_array(lib.llama_get_embeddings(context), (rows * length, dim))

    return run


def measure(path_of_library, path, length, pieces, seconds, workers):
    rows = max(1, pieces // length)
    run = prepare(path_of_library, path, numpy.arange(rows * length).reshape(rows, length) * 7919 % 2000, workers)
    run()
    start, n = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run()
        n += 1
    return n * rows * length / (time.perf_counter() - start)


def rate(path_of_library, path, length, pieces, seconds, workers):
    """Pieces a second, measured in a process of its own"""
    command = [sys.executable, __file__, path_of_library, path, length, pieces, seconds, workers]
    return float(subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout)


def check(path_of_library):
    """The exit status: 1 where an embedding differs from PyTorch's by over 1e-3 of their largest value"""
    import torch
    import peers
    torch.set_num_threads(peers.WORKERS)
    status = 0
    for shape in ("minilm", "gpt2"):
        _, dim, heads, inner, blocks, causal = peers.SHAPES[shape]
        torch.manual_seed(1)
        model = peers.Model(dim, heads, inner, blocks, causal).eval()
        ids = torch.arange(4 * 24).view(4, 24) * 7919 % peers.VOCABULARY
        with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, shape + ".gguf")
            write_model(path, model, dim, heads, inner, blocks, causal)
            theirs = prepare(path_of_library, path, ids.numpy(), peers.WORKERS)()
            expected = model(ids).numpy().reshape(-1, dim)
        difference = abs(theirs - expected).max() / abs(expected).max()
        print(f"{shape:<10} {difference:.1e}", flush=True)
        if not difference < 1e-3:
            status = 1
    return status


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        sys.exit(check(sys.argv[2]))
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    print(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])))
