"""Write an embedder for the harness in Python: derive from Embedder, call serve().

    import numpy as np
    from harness_embedder import Embedder, serve

    class Lengths(Embedder):
        kind = "static"
        dim = 2

        def embed(self, batch, out):
            for row, word in enumerate(batch.target_texts()):
                out.vectors[row] = [len(word), 1.0]

    serve(Lengths)

    harness --suite similarity --embedder mine=process-static:lengths.py

One file, standard library and numpy only. What goes over the wire is described in PROCESS.md
(protocol emb-process/1); this file is one way to speak it.
"""

import hashlib
import inspect
import json
import mmap
import os
import select
import socket
import struct
import sys
import threading
import traceback

try:
    import numpy as np
except ImportError:  # the commonest reason: another Python comes first on PATH
    raise ImportError(
        f"harness_embedder needs numpy, which {sys.executable} does not have; "
        "choose another Python with interpreter=, for example interpreter=/usr/bin/python3"
    ) from None

__all__ = ["Embedder", "EmbedderError", "Cancelled", "OK", "UNKNOWN", "CUT", "BACKOFF",
           "block_stages", "pool", "pieces_of", "check_shape", "serve"]

VERSIONS = (1,)
FRAME_MOST = 256 << 20  # bytes
OK, UNKNOWN, CUT, BACKOFF = range(4)  # what a target's row is; see EMB_WORD_* in embedder.h


class EmbedderError(Exception):
    """An expected failure: its text is the reason that the report gives, without a traceback.

    code: a status of embedder.h, "EMB_E_OPTION", "EMB_E_IO", "EMB_E_FORMAT", ...
    """

    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


class Cancelled(EmbedderError):
    """The harness no longer waits for the answer: after --timeout, or Ctrl-C. Let it pass, after
    ending what goes on elsewhere, on a GPU say."""

    def __init__(self):
        super().__init__("EMB_E_CANCELLED", "cancelled")


class Embedder:
    """What to derive from. One object is made, with the options that the user gave.

    kind      "static", "contextual" or "causal": the plugins process-static, process, process-causal
    dim       floats in a vector
    stages    names of the points at which vectors can be read, in the model's order; block_stages()
              makes the usual ones. A static embedder has one, "table"
    options   names and defaults (texts) of the options that it knows: an unknown one is an error
    """

    kind = "static"
    dim = 0
    stages = ("table",)
    options = {}
    name = ""
    version = ""
    citation = ""
    max_tokens = 0     # longest text in pieces, special ones included; 0 = any length
    n_words = 0        # size of a closed vocabulary; 0 = open
    max_sentences = 0  # largest batch; 0 = any
    files = ()         # model files whose bytes the report is to prove unchanged
    lm_pieces = 0      # entries of a distribution, where log_probs() is there
    heads = ()         # heads of each block, where attention() is there

    def __init__(self, options, threads):
        """options: every name of the class's `options`, with the user's value or the default.
        threads: how many the program may use. Load the model here."""
        self.given = options
        self.threads = threads

    def embed(self, batch, out):
        """Write out.vectors[row, stage] for every row, a target each, and every wanted stage;
        out.status[row] where a target has no vector (UNKNOWN, CUT) or only a makeshift (BACKOFF)."""
        raise NotImplementedError

    # Further abilities: a class that defines one of these offers it. See PROCESS.md.
    tokens = None      # tokens(sentence) -> [(begin, end, id, word or None), ...], in bytes
    spelling = None    # spelling(id) -> text or None
    vocabulary = None  # vocabulary() -> (list of n_words words, array [n_words, dim] or None)
    log_probs = None   # log_probs(sentence, piece) -> array [lm_pieces]
    scores = None      # scores(sentence) -> a number or None for each piece; else of log_probs()
    attention = None   # attention(sentence, block, piece) -> array [heads, pieces]
    weights = None     # weights() -> {name: array}, as they are in memory now

    _program = None

    def log(self, line, level="info"):
        """A line into the harness's log. level: "debug", "info", "warn", "error"."""
        if self._program:
            self._program.send({"type": "log", "level": level, "line": str(line)})

    def progress(self, done=0, total=0):
        """A sign of life: --timeout counts the seconds without one. Raises Cancelled where the
        answer is no longer wanted. Any thread may call it."""
        if self._program:
            self._program.send({"type": "progress", "done": int(done), "total": int(total)})
            self._program.stop_if_cancelled()

    def stop_if_cancelled(self):
        """Raises Cancelled where the answer is no longer wanted. To be called now and then in long
        work, which then has about a second to end; what goes on after that is killed."""
        if self._program:
            self._program.stop_if_cancelled()


def pairs(flat):
    """[0, 3, 4, 7] -> [(0, 3), (4, 7)]"""
    return list(zip(flat[0::2], flat[1::2]))


class Sentence:
    """A text with its targets. Offsets of words and targets are in characters of `text`; those of
    byte_words and byte_targets in bytes of its UTF-8 form. words is None for plain text."""

    def __init__(self, message):
        self.text = message["text"]
        self.byte_targets = pairs(message["targets"])
        self.targets = pairs(message.get("targets_chars", message["targets"]))
        words = message["words"]
        self.byte_words = None if words is None else pairs(words)
        self.words = None if words is None else pairs(message.get("words_chars", words))

    def word_texts(self):
        """The data set's words, or None."""
        return None if self.words is None else [self.text[b:e] for b, e in self.words]

    def target_texts(self):
        return [self.text[b:e] for b, e in self.targets]


class Batch:
    """Sentences whose targets want vectors. Rows follow the targets of sentence 0, then 1, ...

    stages    numbers of the wanted stages, ascending: indices into the embedder's `stages`
    pooling   "mean", "first" or "last": how the pieces of a target become one vector
    n_rows    targets in all
    """

    def __init__(self, message):
        self._message = message
        self._sentences = None
        self.stages = message["stages"]
        self.pooling = message["pooling"]
        self.n_rows = message["rows"]

    @property
    def sentences(self):
        if self._sentences is None:
            self._sentences = [Sentence(s) for s in self._message["sentences"]]
        return self._sentences

    def target_texts(self):
        """The text of each row's target."""
        return [text for sentence in self.sentences for text in sentence.target_texts()]

    def rows(self):
        """(row, sentence, begin, end) of every target, in characters."""
        row = 0
        for sentence in self.sentences:
            for begin, end in sentence.targets:
                yield row, sentence, begin, end
                row += 1


class Out:
    """Where a batch's answer goes: memory that the harness reads.

    vectors   float32 [n_rows, n wanted stages, dim]; what is not written is an error
    status    uint8 [n_rows], OK unless it is changed
    """

    def __init__(self, memory, message, dim):
        rows, n_stages = message["rows"], len(message["stages"])
        floats = 4
        self.vectors = np.ndarray(
            (rows, n_stages, dim), np.float32, memory, message["vectors"]["at"],
            (message["vectors"]["row_stride"] * floats,
             message["vectors"]["stage_stride"] * floats, floats))
        self.status = np.ndarray((rows,), np.uint8, memory, message["status"]["at"])
        self.status[:] = OK

    def unknown(self, row):
        """This target has no vector."""
        self.status[row] = UNKNOWN


def block_stages(n_blocks, attention=False):
    """"table", "input", then for each block "1.attention" (if asked for) and "1", ..."""
    names = ["table", "input"]
    for block in range(1, n_blocks + 1):
        names += [f"{block}.attention"] * attention + [str(block)]
    return names


def describe_stage(name):
    """What `ready` says of a stage, by the usual names: the number in front is the block's."""
    head = name.split(".")[0]
    return {"name": name, "block": int(head) if head.isdigit() else 0,
            "block_output": name == "input" or name.isdigit()}


def pieces_of(offsets, begin, end):
    """Numbers of the pieces that share a character with [begin, end), in order.

    offsets: (begin, end) of each piece, empty for special ones, as tokenizers give them."""
    return [i for i, (b, e) in enumerate(offsets) if b < end and e > begin and b < e]


def pool(states, pieces, pooling):
    """One vector out of the rows `pieces` of states [n_pieces, ...]: their mean, first or last."""
    if not len(pieces):
        raise ValueError("no piece to pool: such a target is UNKNOWN or CUT")
    if pooling == "mean":
        return states[pieces].mean(0)
    return states[pieces[0 if pooling == "first" else -1]]


def check_shape(what, array, *wanted):
    """Raises unless array has this shape; None in `wanted` stands for any number."""
    found = tuple(array.shape)
    if len(found) != len(wanted) or any(w is not None and w != f for w, f in zip(wanted, found)):
        raise ValueError(f"{what}: found shape {list(found)}, expected {list(wanted)}")


def scores_by_piece(embedder, sentence):
    """Scores out of a distribution for each piece: None for special pieces, and for a first one that
    nothing stands before."""
    scores = []
    for place, (begin, end, number, _) in enumerate(embedder.tokens(sentence)):
        special = begin == end or (place == 0 and embedder.kind == "causal")
        scores.append(None if special else embedder.log_probs(sentence, place)[number])
    return scores


class FrameError(Exception):
    """What came is no message."""


def read_frame(buffer):
    """(message, bytes it took) at the start of buffer; (None, 0) if it is not whole yet.

    Raises FrameError for what can be no frame: a wrong length, or no JSON object with a type."""
    if len(buffer) < 4:
        return None, 0
    (follow,) = struct.unpack_from("<I", buffer)
    if not 1 <= follow <= FRAME_MOST:
        raise FrameError(f"a frame of {follow} bytes, expected 1 to {FRAME_MOST}")
    if len(buffer) < 4 + follow:
        return None, 0
    try:
        message = json.loads(bytes(memoryview(buffer)[4:4 + follow]).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a frame that is no JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise FrameError("a message that is no object with a type")
    return message, 4 + follow


def write_frame(message):
    data = json.dumps(message, ensure_ascii=False, separators=(",", ":"),
                      allow_nan=False).encode("utf-8", "replace")
    if len(data) > FRAME_MOST:
        raise FrameError(f"a message of {len(data)} bytes, more than {FRAME_MOST}")
    return struct.pack("<I", len(data)) + data


def users_traceback(error):
    """The traceback of an exception, from the first line that is not of this file."""
    told = traceback.TracebackException.from_exception(error)
    frames = [f for f in told.stack if f.filename != __file__] or list(told.stack)
    told.stack = traceback.StackSummary.from_list(frames)
    return "".join(told.format())


class Program:
    """This program's side of one conversation."""

    def __init__(self, channel):
        self.channel = channel
        self.buffer = bytearray()
        self.files = []  # descriptors that came with bytes not yet taken
        self.memory = None
        self.embedder = None
        self.question = None    # the one that is being answered
        self.cancelled = False  # it is no longer wanted
        self.sending = threading.Lock()
        self.looking = threading.Lock()

    def send(self, message):
        frame = write_frame(message)
        with self.sending:
            self.channel.sendall(frame)

    def stop_if_cancelled(self):
        """Looks at what has come, without waiting."""
        with self.looking:
            if self.question is not None and not self.cancelled:
                self.cancelled = self.look()
            if self.cancelled:
                raise Cancelled

    def look(self):
        """Takes what can be read now. True: a cancel of the present question, or the end."""
        readable = select.poll()  # recv_fds() of some Pythons heeds no MSG_DONTWAIT
        readable.register(self.channel, select.POLLIN)
        if not readable.poll(0):
            return False
        data, files, _, _ = socket.recv_fds(self.channel, 1 << 18, 1)
        self.files += files
        self.buffer += data
        message, size = read_frame(self.buffer)
        if message is None or message["type"] != "cancel":
            return not data
        del self.buffer[:size]
        return not data or message.get("id") == self.question

    def receive(self):
        """The next message, or None at the end."""
        while True:
            message, size = read_frame(self.buffer)
            if message is not None:
                del self.buffer[:size]
                return message
            data, files, _, _ = socket.recv_fds(self.channel, 1 << 18, 1)
            self.files += files
            if not data:
                return None
            self.buffer += data

    def hello(self, make, message):
        common = [v for v in message["versions"] if v in VERSIONS]
        if not common:
            raise EmbedderError("EMB_E_UNSUPPORTED", "no common version of the protocol: found "
                                f"{message['versions']}, expected one of {list(VERSIONS)}")
        given = message["options"]
        known = getattr(make, "options", {})
        for name in given:
            if name not in known:
                raise EmbedderError("EMB_E_OPTION", f"unknown option \"{name}\", expected one of: "
                                    f"{', '.join(known) or 'none at all'}")
        Embedder._program = self
        embedder = make({**known, **given}, message["threads"])
        if embedder.dim < 1:
            raise EmbedderError("EMB_E_INTERNAL", f"dim is {embedder.dim}: set it to the floats of a "
                                "vector, in the class or in __init__")
        self.embedder = embedder
        return self.ready(embedder, max(common))

    def ready(self, embedder, version):
        if embedder.tokens and embedder.log_probs and not embedder.scores:
            embedder.scores = lambda sentence: scores_by_piece(embedder, sentence)
        abilities = {"tokens": embedder.tokens, "vocab": embedder.vocabulary,
                     "lm": embedder.log_probs, "score": embedder.scores,
                     "attention": embedder.attention, "weights": embedder.weights}
        told = {"type": "ready", "version": version, "kind": embedder.kind,
                "name": embedder.name or type(embedder).__name__, "dim": int(embedder.dim),
                "stages": [describe_stage(s) for s in embedder.stages]}
        more = {"program_version": embedder.version, "citation": embedder.citation,
                "max_tokens": int(embedder.max_tokens), "n_words": int(embedder.n_words),
                "max_sentences": int(embedder.max_sentences),
                "files": [os.path.abspath(f) for f in embedder.files],
                "lm_pieces": int(embedder.lm_pieces), "heads": list(embedder.heads),
                "extensions": [name for name, there in abilities.items() if there]}
        return {**told, **{key: value for key, value in more.items() if value}}

    def share(self, message):
        if not self.files:
            raise FrameError("memory without a file")
        fd = self.files.pop(0)
        try:
            self.memory = mmap.mmap(fd, message["bytes"])
        finally:
            os.close(fd)
        return {}

    def embed(self, message):
        out = Out(self.memory, message, self.embedder.dim)
        self.embedder.embed(Batch(message), out)
        return {}

    def floats(self, values, n, what):
        values = np.asarray(values, np.float32)
        check_shape(what, values, *n)
        np.ndarray(n, np.float32, self.memory)[...] = values

    def vocab(self, message):
        words, table = self.embedder.vocabulary()
        if table is not None:
            self.floats(table, (self.embedder.n_words, self.embedder.dim), "table")
        return {"words": list(words), "table": table is not None}

    def tokens(self, message):
        return {"pieces": [[int(b), int(e), int(i), None if w is None else int(w)]
                           for b, e, i, w in self.embedder.tokens(Sentence(message["sentence"]))]}

    def spelling(self, message):
        return {"text": self.embedder.spelling(message["piece"]) if self.embedder.spelling else None}

    def lm(self, message):
        self.floats(self.embedder.log_probs(Sentence(message["sentence"]), message["piece"]),
                    (self.embedder.lm_pieces,), "log_probs")
        return {}

    def score(self, message):
        return {"log_probs": [None if s is None or s != s else float(s)
                              for s in self.embedder.scores(Sentence(message["sentence"]))]}

    def attention(self, message):
        weights = self.embedder.attention(Sentence(message["sentence"]), message["block"],
                                          message["piece"])
        return {"weights": np.asarray(weights, np.float64).tolist()}

    def weights(self, message):
        def digest(array):
            array = np.ascontiguousarray(array)
            return {"sha256": hashlib.sha256(array.tobytes()).hexdigest(),
                    "shape": [int(n) for n in (array.shape if array.ndim <= 4 else [array.size])]}
        return {"tensors": [{"name": name, **digest(array)}
                            for name, array in self.embedder.weights().items()]}

    ANSWERS = {"memory": share, "embed": embed, "vocab": vocab, "tokens": tokens,
               "spelling": spelling, "lm": lm, "score": score, "attention": attention,
               "weights": weights}

    def answer(self, make, message):
        """The answer to one message, or None where none is wanted."""
        kind = message["type"]
        if kind == "cancel":
            return None  # it came too late: that question is answered
        if kind == "hello":
            return self.hello(make, message)
        if kind not in self.ANSWERS:
            raise EmbedderError("EMB_E_UNSUPPORTED", f"unknown message \"{kind}\"")
        if self.embedder is None:
            raise EmbedderError("EMB_E_INVAL", f"\"{kind}\" before \"hello\"")
        return {"type": "done", **self.ANSWERS[kind](self, message)}

    def run(self, make):
        while True:
            message = self.receive()
            if message is None or message["type"] == "bye":
                return
            self.question, self.cancelled = message.get("id"), False
            try:
                answer = self.answer(make, message)
            except EmbedderError as error:
                answer = {"type": "error", "code": error.code, "why": str(error)}
            except Exception as error:  # the user's code: all of it goes into the report
                code = "EMB_E_NOMEM" if isinstance(error, MemoryError) else "EMB_E_INTERNAL"
                answer = {"type": "error", "code": code, "why": f"{type(error).__name__}: {error}",
                          "traceback": users_traceback(error)}
            with self.looking:
                self.question = None
            if answer is not None:
                self.send({"id": message.get("id", 0), **answer})
            sys.stdout.flush()


def serve(make):
    """Answer the harness until it says bye. make: a class derived from Embedder, or any function of
    (options, threads) that gives such an object."""
    number = os.environ.get("HARNESS_EMBEDDER_FD")
    if number is None:
        name = os.path.basename(sys.argv[0]) or "FILE.py"
        kind = getattr(make, "kind", "contextual") if inspect.isclass(make) else "contextual"
        plugin = {"static": "process-static", "causal": "process-causal"}.get(kind, "process")
        sys.exit(f"{name} is an embedder: the harness starts it.\n"
                 f"    harness --suite similarity --embedder mine={plugin}:{name}")
    del os.environ["HARNESS_EMBEDDER_FD"]  # what this program starts is no embedder
    channel = socket.socket(fileno=int(number))
    os.set_inheritable(channel.fileno(), False)
    try:
        Program(channel).run(make)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the harness is gone
