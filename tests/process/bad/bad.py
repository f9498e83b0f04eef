"""Programs that do wrong, one sin each: option sin=. Apart from it each is a fair static embedder."""
import os
import signal
import subprocess
import sys
import time

import numpy as np
from harness_embedder import Embedder, EmbedderError, serve, write_frame


def wait_for_ever():
    while True:
        time.sleep(1000)


class Bad(Embedder):
    kind = "static"
    dim = 4
    options = {"sin": ""}

    def __init__(self, options, threads):
        super().__init__(options, threads)
        self.sin = options["sin"]
        sin = getattr(self, "load_" + self.sin, None)
        if sin:
            sin()

    def embed(self, batch, out):
        for row, word in enumerate(batch.target_texts()):
            out.vectors[row] = [len(word), ord(word[0]), ord(word[-1]), 1]
        sin = getattr(self, "sin_" + self.sin, None)
        if sin:
            sin(out)

    # ends
    def load_dies_early(self):
        print("reading the model")
        sys.exit("no model here")

    def sin_exits(self, out):
        print("about to leave", flush=True)
        os._exit(5)

    def sin_segfaults(self, out):
        os.kill(os.getpid(), signal.SIGSEGV)

    def sin_raises(self, out):
        self.deeper()

    def deeper(self):
        raise KeyError("word")

    def sin_no_reason(self, out):
        raise EmbedderError("EMB_E_INTERNAL", "")

    # hangs
    def sin_hangs(self, out):
        wait_for_ever()

    def load_hangs_early(self):
        wait_for_ever()

    def sin_works_on(self, out):
        """For ever, but it looks whether anybody still waits."""
        looks = 0
        print("at work", flush=True)
        try:
            while True:
                time.sleep(0.02)
                self.stop_if_cancelled()
                looks += 1
        finally:
            print("ended its work", "without waiting" if looks > 3 else "", flush=True)

    def sin_slow(self, out):
        """Slow, but it shows signs of life."""
        for i in range(12):
            time.sleep(0.5)
            self.progress(i, 12)

    # answers nonsense
    def raw(self, data):
        self._program.channel.sendall(data)
        wait_for_ever()

    def sin_garbage(self, out):
        self.raw(bytes(reversed(range(256))) * 4)

    def sin_empty_frame(self, out):
        self.raw(b"\0\0\0\0")

    def sin_endless_frame(self, out):
        self.raw(b"\xff\xff\xff\xff")

    def sin_no_json(self, out):
        self.raw(b"\x04\0\0\0{{{{")

    def sin_no_type(self, out):
        self.raw(write_frame({"answer": 42}))

    def sin_unknown_type(self, out):
        self.raw(write_frame({"type": "frobnicate"}))

    def sin_wrong_id(self, out):
        self.raw(write_frame({"type": "done", "id": 99}))

    def sin_half_frame(self, out):
        self._program.channel.sendall(b"\x10\0\0\0{\"ty")
        os._exit(0)

    # vectors
    def sin_nan(self, out):
        out.vectors[1, 0, 2] = np.nan

    def sin_infinity(self, out):
        out.vectors[1, 0, 2] = -np.inf

    def sin_unwritten(self, out):
        out.vectors[1, 0, 3:].view(np.uint32)[...] = 0x7FC5BAD5

    def sin_status(self, out):
        out.status[2] = 9

    def sin_no_status(self, out):
        out.status[2] = 255

    def sin_cuts_memory(self, out):
        """Reading memory beyond its file's end would kill the harness's worker."""
        for number in os.listdir("/proc/self/fd"):
            try:
                os.ftruncate(int(number), 0)
            except OSError:
                pass

    def sin_rewrites(self, out):
        """A thread that goes on writing after done: at worst its own figures suffer."""
        import threading

        def scribble():
            while True:
                out.vectors[...] = np.random.random()

        threading.Thread(target=scribble, daemon=True).start()

    # prints
    def sin_prints_binary(self, out):
        os.write(1, bytes(range(256)) * 3 + b"\n\x1b[31mred\n")
        os.write(2, b"\xff" * 100000 + b"\n")

    def sin_prints_much(self, out):
        for i in range(100):
            os.write(1, b"line after line\n" * 1000)

    # processes and descriptors
    def sin_forks(self, out):
        """Children that nobody waits for: plain, orphaned, in a session of their own."""
        quiet = {"stdin": subprocess.DEVNULL}
        subprocess.Popen(["sleep", "1000"], **quiet)
        subprocess.Popen(["sleep", "1000"], start_new_session=True, **quiet)
        subprocess.Popen(["sh", "-c", "setsid sleep 1000 & setsid sleep 1000 &"], **quiet).wait()

    def sin_forks_and_works_on(self, out):
        self.sin_forks(out)
        self.sin_works_on(out)

    def sin_forks_and_dies(self, out):
        self.sin_forks(out)
        os._exit(0)

    def sin_closes(self, out):
        self._program.channel.close()
        wait_for_ever()

    def sin_closes_all(self, out):
        os.closerange(0, 256)
        wait_for_ever()

    def sin_eats(self, out):
        """Memory of a grandchild."""
        code = "b = bytearray(1)\nwhile True: b += bytes(1 << 24)"
        subprocess.run([sys.executable, "-c", "import subprocess, sys; "
                        f"subprocess.run([sys.executable, '-c', {code!r}])"])


serve(Bad)
