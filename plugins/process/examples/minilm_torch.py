"""MiniLM, or any BERT of Hugging Face's layout, in PyTorch: a second implementation of what the plugin
`transformer` computes, from the same files, with all its stages.

    harness --suite wsd --embedder "torch=process:minilm_torch.py,model=~/.cache/harness/models/minilm"

model=FOLDER   config.json, tokenizer.json (WordPiece) and model.safetensors
device=NAME    as torch calls it: cpu (the default), cuda, cuda:1; one that is not there is an error
"""
import json
import os
import struct
import unicodedata

import numpy as np
import torch
import torch.nn.functional as F
from harness_embedder import (CUT, UNKNOWN, Embedder, EmbedderError, block_stages, check_shape,
                              pieces_of, pool, serve)

TYPES = {"F16": np.float16, "F32": np.float32}
SENTENCES = 32  # that are computed together, of nearly the same length


def read_safetensors(path):
    """{name: float32 array} of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], TYPES[t["dtype"]])
            .reshape(t["shape"]).astype(np.float32)
            for name, t in header.items() if t["dtype"] in TYPES}


def is_punctuation(c):
    return (33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126
            or unicodedata.category(c).startswith("P"))


def is_ideograph(c):
    return any(a <= ord(c) <= b for a, b in (
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
        (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)))


def basic_tokens(text, begin):
    """BERT's first cut of lower-cased text: [(characters, place of each in the text), ...]."""
    token = ([], [])
    for at, c in enumerate(text, begin):
        if c.isspace():
            yield token
            token = ([], [])
        elif ord(c) in (0, 0xFFFD) or unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs"):
            continue
        elif is_punctuation(c) or is_ideograph(c):
            yield token
            yield ([c], [at])
            token = ([], [])
        else:
            for part in unicodedata.normalize("NFD", c.lower()):
                if unicodedata.category(part) != "Mn":
                    token[0].append(part)
                    token[1].append(at)
    yield token


class WordPiece:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            model = json.load(file)["model"]
        self.vocab = model["vocab"]
        self.longest = model.get("max_input_chars_per_word", 100)
        self.unknown = self.vocab["[UNK]"]

    def cut(self, text, begin=0):
        """[(id, begin, end), ...], in characters of a text that starts at `begin`."""
        return [piece for letters, places in basic_tokens(text, begin) if letters
                for piece in self.cut_token("".join(letters), places)]

    def cut_token(self, token, places):
        whole = [(self.unknown, places[0], places[-1] + 1)]
        if len(token) > self.longest:
            return whole
        pieces, start = [], 0
        while start < len(token):
            end, mark = len(token), "##" if start else ""
            while end > start and mark + token[start:end] not in self.vocab:
                end -= 1
            if end == start:
                return whole
            pieces.append((self.vocab[mark + token[start:end]], places[start], places[end - 1] + 1))
            start = end
        return pieces


def find_device(name):
    """The torch.device of that name, with which something was computed."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).add(1).cpu()
    except Exception as error:  # torch raises many kinds, some of several lines
        why = str(error).strip().split("\n")[0] or type(error).__name__
        raise EmbedderError("EMB_E_OPTION", f"device={name}: torch {torch.__version__} cannot "
                            f"compute there: {why}; expected cpu, or cuda where there is one") from None
    return device


class MiniLM(Embedder):
    kind = "contextual"
    name = "BERT in PyTorch"
    citation = "Devlin et al. 2019, BERT; Wang et al. 2020, MiniLM"
    options = {"model": "", "device": "cpu"}

    def __init__(self, options, threads):
        super().__init__(options, threads)
        torch.set_num_threads(threads)
        device = find_device(options["device"])
        folder = os.path.expanduser(options["model"])
        if not folder:
            raise EmbedderError("EMB_E_OPTION", "expected model=FOLDER")
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise EmbedderError("EMB_E_FORMAT", f"{folder}/config.json: expected a BERT with gelu")
        self.files = [os.path.join(folder, "model.safetensors"),
                      os.path.join(folder, "tokenizer.json")]
        self.tensors = {name.removeprefix("bert."): torch.from_numpy(array).to(device)
                        for name, array in read_safetensors(self.files[0]).items()}
        self.tokenizer = WordPiece(self.files[1])
        self.n_heads = config["num_attention_heads"]
        self.eps = config["layer_norm_eps"]
        self.n_blocks = config["num_hidden_layers"]
        self.dim = config["hidden_size"]
        self.max_tokens = config["max_position_embeddings"]
        self.stages = block_stages(self.n_blocks, attention=True)
        self.special = [self.tokenizer.vocab["[CLS]"], self.tokenizer.vocab["[SEP]"]]

    def cut(self, sentence):
        """Ids with [CLS] and [SEP], and the characters of each."""
        spans = sentence.words if sentence.words is not None else [(0, len(sentence.text))]
        pieces = [p for b, e in spans for p in self.tokenizer.cut(sentence.text[b:e], b)]
        kept = pieces[:self.max_tokens - 2]
        first, last = self.special
        ids = [first] + [p[0] for p in kept] + [last]
        return ids, [(0, 0)] + [p[1:] for p in kept] + [(0, 0)], [p[1:] for p in pieces]

    def linear(self, x, name):
        return F.linear(x, self.tensors[name + ".weight"], self.tensors[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (self.dim,), self.tensors[name + ".weight"],
                            self.tensors[name + ".bias"], self.eps)

    def block(self, x, mask, number):
        """The states after the attention and after the feed-forward part of a block."""
        at = f"encoder.layer.{number}."
        shape = (*x.shape[:2], self.n_heads, -1)
        q, k, v = (self.linear(x, f"{at}attention.self.{name}").view(shape).transpose(1, 2)
                   for name in ("query", "key", "value"))
        look = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5 + mask, -1)
        mixed = (look @ v).transpose(1, 2).reshape(x.shape)
        attended = self.norm(x + self.linear(mixed, at + "attention.output.dense"),
                             at + "attention.output.LayerNorm")
        inner = F.gelu(self.linear(attended, at + "intermediate.dense"))
        return attended, self.norm(attended + self.linear(inner, at + "output.dense"),
                                   at + "output.LayerNorm")

    @torch.no_grad()
    def forward(self, lists, last_stage):
        """States [stages, sentences, pieces, dim] of lists of ids, up to a stage."""
        e, device = "embeddings.", self.tensors["embeddings.word_embeddings.weight"].device
        n = max(map(len, lists))
        ids = torch.tensor([ids + [0] * (n - len(ids)) for ids in lists], device=device)
        mask = torch.tensor([[0.0] * len(ids) + [float("-inf")] * (n - len(ids)) for ids in lists],
                            device=device)[:, None, None]
        table = self.tensors[e + "word_embeddings.weight"][ids]
        x = self.norm(table + self.tensors[e + "position_embeddings.weight"][:n]
                      + self.tensors[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
        states = [table, x]
        for number in range(self.n_blocks):
            if len(states) > last_stage:
                break
            attended, x = self.block(x, mask, number)
            states += [attended, x]
        return torch.stack(states)

    def embed(self, batch, out):
        cuts = [self.cut(sentence) for sentence in batch.sentences]
        first_rows = np.cumsum([0] + [len(s.targets) for s in batch.sentences])
        order = sorted(range(len(cuts)), key=lambda i: len(cuts[i][0]))
        for at in range(0, len(order), SENTENCES):
            group = order[at:at + SENTENCES]
            states = self.forward([cuts[i][0] for i in group], batch.stages[-1])
            states = states[batch.stages].cpu().numpy()
            check_shape("states", states, len(batch.stages), len(group), None, self.dim)
            for k, i in enumerate(group):
                self.write(batch, out, int(first_rows[i]), batch.sentences[i], cuts[i], states[:, k])

    def write(self, batch, out, row, sentence, cut, states):
        _, kept, all_pieces = cut
        for begin, end in sentence.targets:
            pieces = pieces_of(kept, begin, end)
            if pieces:
                out.vectors[row] = pool(states.swapaxes(0, 1), pieces, batch.pooling)
            else:
                out.status[row] = CUT if pieces_of(all_pieces, begin, end) else UNKNOWN
            row += 1


if __name__ == "__main__":
    serve(MiniLM)
