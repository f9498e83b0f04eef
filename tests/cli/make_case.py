"""A model folder from a case of tests/golden/transformer, as model_folder.c makes it. Arguments: the
case's folder, the folder to make. Float32 cases alone. Needs Python 3 and nothing else."""
import json
import os
import struct
import sys

MASK64 = (1 << 64) - 1


def values(name, scale, centre, n):
    """By the rule of make_transformer_golden.py: FNV-1a of the name, then splitmix64."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK64
    for i in range(n):
        z = (h + (i + 1) * 0x9E3779B97F4A7C15) & MASK64
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK64
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK64
        yield ((z ^ z >> 31) % 255 - 127) / 128 * scale + centre


def main():
    case, folder = sys.argv[1:]
    os.makedirs(folder)
    header, data = {}, b""
    for line in open(case + "/weights.txt", encoding="ascii"):
        name, dtype, scale, centre, *shape = line.split()
        assert dtype == "F32", f"{case}: {name} is {dtype}"
        n = 1
        for dim in shape:
            n *= int(dim)
        block = struct.pack(f"<{n}f", *values(name, float(scale), float(centre), n))
        header[name] = {"dtype": dtype, "shape": [int(d) for d in shape],
                        "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    with open(folder + "/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    with open(folder + "/config.json", "w", encoding="ascii") as file:
        file.write(open(case + "/config.json", encoding="ascii").read())
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    around = {s: {"id": s, "ids": [specials.index(s)], "tokens": [s]} for s in ("[CLS]", "[SEP]")}
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for i, s in enumerate(specials)],
        "normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {"type": "TemplateProcessing", "single": single,
                           "pair": single + [{"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": around},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {**{s: i for i, s in enumerate(specials)},
                            **{f"p{i}": i for i in range(5, 61)}}}}
    with open(folder + "/tokenizer.json", "w", encoding="ascii") as file:
        json.dump(tokenizer, file)


if __name__ == "__main__":
    main()
