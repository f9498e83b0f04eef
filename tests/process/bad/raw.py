"""Says what its argument says instead of ready, then waits: for messages that the helper would not
make."""
import os
import socket
import struct
import sys
import time

channel = socket.socket(fileno=int(os.environ["HARNESS_EMBEDDER_FD"]))
data = sys.argv[1].encode()
channel.sendall(struct.pack("<I", len(data)) + data)
time.sleep(1000)
