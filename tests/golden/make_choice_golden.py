#!/usr/bin/env python3
"""Which definition tests/golden/tiny-gpt finds likeliest, by PyTorch in double: tests/golden/choice/.

    /usr/bin/python3 tests/golden/make_choice_golden.py

Writes set.tsv (instances), senses.tsv (candidates with definitions) and expected.json: for every
instance the log-probabilities of each candidate's pieces, in the texts of two templates. The last
instance is longer than the model's window of 64 pieces. tests/cli/test_choice.sh reads them.
"""
import json
import os
import struct

import torch

import make_tiny_gpt as gpt

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "choice")
TEMPLATES = ["{sentence} Here {word} means: {definition}", "The {lemma}, {definition}, was old. {sentence}"]
SENSES = {"bank": ["the side of the river", "a house full of money"],
          "sun": ["the light of day", "a star", "the light of day"],
          "run": ["to go on foot", "to flow as water does"]}
INSTANCES = [("i1", "bank", "NOUN", 5, "He sat down on the bank of the river ."),
             ("i2", "bank", "NOUN", 6, "She put her money into the banks ."),
             ("i3", "sun", "NOUN", 1, "The sun was in her eyes ."),
             ("i4", "run", "VERB", 2, "The boys ran to the door ."),
             ("i5", "run", "VERB", 2, "The river ran into the sea ."),
             ("i6", "bank", "NOUN", 1, "The bank " + "was there and " * 12 + "gone .")]


def load():
    with open(os.path.join(HERE, "tiny-gpt/model.safetensors"), "rb") as file:
        n = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(n)), file.read()
    weights = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        weights[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float16).reshape(about["shape"]).double()
    with open(os.path.join(HERE, "tiny-gpt/tokenizer.json"), encoding="utf-8") as file:
        model = json.load(file)["model"]
    vocabulary = sorted(model["vocab"], key=model["vocab"].get)
    return weights, gpt.Cutter(vocabulary, [tuple(m.split(" ")) for m in model["merges"]], gpt.byte_letters()), vocabulary


def log_probabilities(model, text, begin, end):
    """Of the pieces that hold a byte of text[begin:end], each given all before it; None: not all are in the window."""
    weights, cutter, vocabulary = model
    ids = cutter.line(text)[:gpt.WIDTH]
    logits = gpt.forward(weights, torch.tensor([ids]))[0].log_softmax(-1)
    at, found = 0, []
    for i, piece in enumerate(ids):
        first, at = at, at + len(vocabulary[piece])
        if at > begin and first < end:
            found.append(logits[i - 1, piece].item())
    return found if at >= end else None


def main():
    model, expected = load(), {}
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, "senses.tsv"), "w", encoding="utf-8") as file:
        for lemma, definitions in SENSES.items():
            for i, definition in enumerate(definitions):
                pos = "VERB" if lemma == "run" else "NOUN"
                file.write(f"{lemma}\t{pos}\t{lemma}.{i + 1}\t{definition}\n")
    with open(os.path.join(FOLDER, "set.tsv"), "w", encoding="utf-8") as file:
        for name, lemma, pos, index, sentence in INSTANCES:
            file.write(f"{name}\t{lemma}\t{pos}\t{index}\t{sentence}\t{lemma}.1\n")
    for template in TEMPLATES:
        for name, lemma, _, index, sentence in INSTANCES:
            for i, definition in enumerate(SENSES[lemma]):
                parts = dict(sentence=sentence, word=sentence.split()[index], lemma=lemma)
                before = template.split("{definition}")[0].format(**parts)
                text = template.format(definition=definition, **parts)
                found = log_probabilities(model, text, len(before), len(before) + len(definition))
                expected.setdefault(template, {}).setdefault(name, {})[f"{lemma}.{i + 1}"] = found
    with open(os.path.join(FOLDER, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")


main()
