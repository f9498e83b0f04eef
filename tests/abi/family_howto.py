#!/usr/bin/env python3
"""The model family that CONTRIBUTING.md adds as an example, added.

    family_howto.py SOURCE_ROOT BUILD_ROOT HARNESS

The page's blocks go into copies of the plugin's files, which are compiled and linked as the build does
it. A tiny model of random numbers must then have RoBERTa's vectors under the example's names, which the
plugin as it was built refuses by name.
"""
import json
import os
import random
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

PLUGIN = "plugins/transformer"
DIM, INNER, POSITIONS = 8, 12, 20


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def blocks_of(page):
    found = re.findall(r"<!-- family: (\w+) -->\n```c\n(.*?)```", page, re.S)
    assert [name for name, _ in found] == ["names", "reader", "row"], found
    return dict(found)


def insert(text, where, what):
    assert text.count(where) == 1, "%r stands %d times in the file" % (where, text.count(where))
    return text.replace(where, where + what)


def patched(source, work, blocks):
    """Copies of the three files with the example in them; returns the two to compile."""
    folder = os.path.join(source, PLUGIN)
    name = re.search(r"const struct names (\w+)", blocks["names"]).group(1)
    text = {f: read(os.path.join(folder, f)) for f in ("families.h", "families.c", "family_names.c")}
    text["families.h"] = text["families.h"].replace("#endif", "extern const struct names %s;\n#endif" % name)
    text["family_names.c"] += "\n" + blocks["names"]
    table = "static const struct family families[] = {"
    text["families.c"] = insert(text["families.c"], table + "\n", blocks["row"])
    assert text["families.c"].count(table) == 1
    text["families.c"] = text["families.c"].replace(table, blocks["reader"] + table)
    for file in text:
        write(os.path.join(work, file), text[file])
    return ["families.c", "family_names.c"]


def commands(build, target):
    done = subprocess.run(["ninja", "-C", build, "-t", "commands", target], capture_output=True, text=True, check=True)
    return done.stdout.strip().split("\n")


def compile_and_link(build, work, files):
    link = commands(build, PLUGIN + "/transformer.so")
    objects = []
    for file in files:
        made = next(c for c in link if re.search(r"-c \S*/%s/%s( |$)" % (PLUGIN, re.escape(file)), c))
        words, kept, skip = shlex.split(made), [], False
        for word in words:
            skip, now = word in ("-o", "-MF", "-MQ", "-c"), skip
            if not now and not skip and word != "-MD":
                kept.append(word)
        objects.append(os.path.join(work, file + ".o"))
        at = next(i for i, w in enumerate(kept) if w.startswith("-I"))
        kept[at:at] = ["-I" + work]
        subprocess.run(kept + ["-o", objects[-1], "-c", os.path.join(work, file)], cwd=build, check=True)
    words = shlex.split(link[-1])
    plugin = os.path.join(work, "transformer.so")
    words[words.index("-o") + 1] = plugin
    at = words.index("-Wl,--start-group")
    subprocess.run(words[:at] + objects + words[at:], cwd=build, check=True)  # before the library's own
    return plugin


def tensors(n_vocab, prefix):
    """RoBERTa with one block, of random numbers: the same whatever the prefix."""
    shapes = {"embeddings.word_embeddings.weight": [n_vocab, DIM], "embeddings.position_embeddings.weight": [POSITIONS, DIM],
              "embeddings.token_type_embeddings.weight": [1, DIM]}
    block = "encoder.layer.0."
    norms = ["embeddings.LayerNorm", block + "attention.output.LayerNorm", block + "output.LayerNorm"]
    for part, n_out, n_in in [("attention.self.query", DIM, DIM), ("attention.self.key", DIM, DIM), ("attention.self.value", DIM, DIM),
                              ("attention.output.dense", DIM, DIM), ("intermediate.dense", INNER, DIM), ("output.dense", DIM, INNER)]:
        shapes[block + part + ".weight"], shapes[block + part + ".bias"] = [n_out, n_in], [n_out]
    for norm in norms:
        shapes[norm + ".weight"], shapes[norm + ".bias"] = [DIM], [DIM]
    draw, header, data = random.Random(1), {}, b""
    for name, shape in shapes.items():
        n = 1
        for size in shape:
            n *= size
        values = struct.pack("<%df" % n, *[draw.gauss(0, 1) for _ in range(n)])
        header[prefix + name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def make_model(source, folder, model_type, prefix):
    shutil.copytree(os.path.join(source, "tests/golden/tokenizer-classes/roberta"), folder)
    n_vocab = 1 + max(json.loads(read(os.path.join(folder, "vocab.json"))).values())
    config = {"model_type": model_type, "hidden_size": DIM, "num_attention_heads": 2, "intermediate_size": INNER,
              "num_hidden_layers": 1, "vocab_size": n_vocab, "max_position_embeddings": POSITIONS, "hidden_act": "gelu",
              "layer_norm_eps": 1e-5, "type_vocab_size": 1, "pad_token_id": 1}
    write(os.path.join(folder, "config.json"), json.dumps(config))
    write(os.path.join(folder, "tokenizer_config.json"), json.dumps({"tokenizer_class": "RobertaTokenizer"}))
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(tensors(n_vocab, prefix))


def embed(harness, plugin, model):
    return subprocess.run([harness, "embed", "A cat sat.", "The dog ran.", "--text", "-o", "-", "--format", "tsv", "--plugin-dir",
                           os.path.dirname(plugin), "--embedder", "m=transformer:" + model], capture_output=True, text=True)


def main():
    source, build, harness = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        blocks = blocks_of(read(os.path.join(source, "harness/doc/CONTRIBUTING.md")))
        family = re.search(r'\{"([^"]+)"', blocks["row"]).group(1)
        prefix = re.search(r'\.prefixes = \{"", "([^"]+)"\}', blocks["names"]).group(1)
        new, old = os.path.join(work, "new"), os.path.join(work, "roberta")
        make_model(source, new, family, prefix)
        make_model(source, old, "roberta", "roberta.")
        before = embed(harness, os.path.join(build, PLUGIN, "transformer.so"), new)
        assert before.returncode != 0 and family in before.stderr, before
        plugin = compile_and_link(build, work, patched(source, work, blocks))
        vectors = [embed(harness, plugin, model) for model in (new, old)]
        for done in vectors:
            assert done.returncode == 0, done
        assert vectors[0].stdout == vectors[1].stdout, "the vectors are not RoBERTa's"
        rows = [line.split("\t") for line in vectors[0].stdout.strip().split("\n")]
        assert len(rows) > 6 and len({tuple(r[-DIM:]) for r in rows}) > 6, rows
        print("%s: refused before, %d rows as RoBERTa's after" % (family, len(rows)))


main()
