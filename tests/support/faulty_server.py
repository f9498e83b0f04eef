#!/usr/bin/env python3
"""A web server with faults, on a port of the loopback interface that is free.

    faulty_server.py FOLDER PORT_FILE LOG     serves FOLDER; writes its port; logs every request

/FAULT/FILE, where FAULT is one of
    plain            ranges, If-Range, ETag, Content-Length: as a good server does
    etagless         the same without ETag and Last-Modified
    norange          ranges are ignored, always the whole
    cut-N            at most N bytes of body a connection, whatever the length says
    cutonce-N        the same for the first request of this file, then as plain
    norangecut-N     like cutonce, and ranges are ignored
    changing-N       like cutonce, but behind the first request the file is another (FILE.new)
    etaglesscut-N    like cutonce without validators
    longer, shorter  a wrong Content-Length, 10 bytes off
    status-S         status S; status-S-N: for the first N requests, then as plain
    busy             503 with Retry-After: 1 once, then as plain
    redirect         302 to plain; redirect-S: with status S
    loop             302 to itself
    tofile           302 to file:///etc/hostname
    stall-N          N bytes, then silence for 30 s, for the first request; then as plain
    drip             1000 bytes, then one byte every 0.5 s
    slow             4000 bytes every 50 ms
    unsized          HTTP/1.0, neither length nor digest nor validators
    chunked          chunks; chunkedcut: no last chunk, always
    otherrange       cuts the first answer after 1000 bytes, then answers a range with another one
    unsatisfied      cuts the first answer after 1000 bytes, then answers a range with 416, else plain
    header-NAME-good, header-NAME-bad    a digest of the bytes, right or wrong
    linked-good, linked-bad              302 with X-Linked-ETag to plain
A request with an absolute URL (as to a proxy) is answered for its path.
"""
import base64
import hashlib
import http.server
import os
import sys
import threading
import time
import urllib.parse

FOLDER, PORT_FILE, LOG = sys.argv[1:4]
counts = {}
lock = threading.Lock()


def digest_header(name, data, good):
    data = data if good else data + b"!"

    def packed(algorithm):
        return base64.b64encode(hashlib.new(algorithm, data).digest()).decode()

    return {
        "ReprDigest": ("Repr-Digest", "sha-256=:%s:" % packed("sha256")),
        "ContentDigest": ("Content-Digest", "sha-512=:%s:" % packed("sha512")),
        "Digest": ("Digest", "SHA-256=%s" % packed("sha256")),
        "goog": ("x-goog-hash", "crc32c=AAAAAA==,md5=%s" % packed("md5")),
        "amz": ("x-amz-checksum-sha256", packed("sha256")),
        "md5": ("Content-MD5", packed("md5")),
        "etagmd5": ("ETag", '"%s"' % hashlib.md5(data).hexdigest()),
        "etaggit": ("ETag", '"%s"' % hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()),
    }[name]


def entity_tag(data):
    return '"%s-%d"' % (hashlib.sha1(data).hexdigest()[:10], len(data))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, headers, body=b"", length=None):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if length != "none":
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(body)

    def serve(self, data, ranges=True, validators=True, limit=None, extra=(), pace=None, longer=0):
        """As a good server does, but for at most `limit` bytes of body."""
        tag = entity_tag(data)
        headers = [("ETag", tag)] if validators and not any(n == "ETag" for n, _ in extra) else []
        headers += list(extra)
        first, status = 0, 200
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
        if asked and ranges and (condition is None or condition == tag):
            first = int(asked.split("=")[1].split("-")[0])
            if first >= len(data):
                self.reply(416, [("Content-Range", "bytes */%d" % len(data))])
                return
            status = 206
            headers.append(("Content-Range", "bytes %d-%d/%d" % (first, len(data) - 1, len(data))))
        body = data[first:]
        sent = body if limit is None else body[:limit]
        if pace:
            self.reply(status, headers, b"", len(body))
            for at in range(0, len(body), pace):
                self.wfile.write(body[at:at + pace])
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self.reply(status, headers, sent, len(body) + longer)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        _, fault, name = path.split("/", 2)
        with lock:
            counts[path] = counts.get(path, 0) + 1
            count = counts[path]
            with open(LOG, "a") as log:
                log.write("%s range=%s if-range=%s%s\n" % (
                    self.path, self.headers.get("Range"), self.headers.get("If-Range"),
                    " proxied" if self.path.startswith("http") else ""))
        try:
            self.answer(fault.split("-"), name, count)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self, fault, name, count):
        kind, number = fault[0], int(fault[1]) if len(fault) > 1 and fault[1].isdigit() else 0
        full = os.path.join(FOLDER, name)
        data = open(full, "rb").read() if os.path.exists(full) else b""
        once = number if count == 1 else None
        if kind == "cut":
            self.serve(data, limit=number)
        elif kind == "cutonce":
            self.serve(data, limit=once)
        elif kind == "norange":
            self.serve(data, ranges=False)
        elif kind == "norangecut":
            self.serve(data, ranges=False, limit=once)
        elif kind == "changing":
            self.serve(data if count == 1 else open(full + ".new", "rb").read(), limit=once)
        elif kind == "etagless":
            self.serve(data, validators=False)
        elif kind == "etaglesscut":
            self.serve(data, validators=False, limit=once)
        elif kind in ("longer", "shorter"):
            self.serve(data, longer=10 if kind == "longer" else -10)
        elif kind == "status":
            if len(fault) < 3 or count <= int(fault[2]):
                self.reply(number, [], b"no\n")
            else:
                self.serve(data)
        elif kind == "busy" and count == 1:
            self.reply(503, [("Retry-After", "1")])
        elif kind == "redirect":
            self.reply(number or 302, [("Location", "/plain/" + name)], b"elsewhere\n")
        elif kind == "loop":
            self.reply(302, [("Location", self.path)])
        elif kind == "tofile":
            self.reply(302, [("Location", "file:///etc/hostname")])
        elif kind == "stall" and count == 1:
            self.reply(200, [("ETag", entity_tag(data))], data[:number], len(data))
            self.wfile.flush()
            time.sleep(30)
        elif kind == "drip":
            self.reply(200, [("ETag", entity_tag(data))], data[:1000], len(data))
            for at in range(1000, len(data)):
                self.wfile.write(data[at:at + 1])
                self.wfile.flush()
                time.sleep(0.5)
        elif kind == "slow":
            self.serve(data, pace=4000)
        elif kind == "unsized":
            self.protocol_version = "HTTP/1.0"
            self.reply(200, [], data, "none")
        elif kind in ("chunked", "chunkedcut"):
            self.reply(200, [("Transfer-Encoding", "chunked")],
                       b"%x\r\n%s\r\n" % (len(data), data) + (b"0\r\n\r\n" if kind == "chunked" else b""), "none")
        elif kind == "otherrange" and self.headers.get("Range"):
            self.reply(206, [("Content-Range", "bytes 5-%d/%d" % (len(data) - 1, len(data)))], data[5:])
        elif kind == "unsatisfied" and self.headers.get("Range"):
            self.reply(416, [("Content-Range", "bytes */7")])
        elif kind in ("otherrange", "unsatisfied") and count == 1:
            self.serve(data, limit=1000)
        elif kind == "header":
            self.serve(data, extra=[digest_header(fault[1], data, fault[2] == "good")])
        elif kind == "linked":
            sha256 = hashlib.sha256(data if fault[1] == "good" else data + b"!").hexdigest()
            self.reply(302, [("X-Linked-ETag", '"%s"' % sha256), ("Location", "/plain/" + name)])
        else:
            self.serve(data)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(PORT_FILE + ".new", "w") as port_file:
    port_file.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
# It ends with whoever started it: the other end of standard input closes.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
