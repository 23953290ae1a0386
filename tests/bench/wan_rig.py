"""One plain TLS stream and a tunnel over the same wide-area network (tests/support/wan.py), and
clients that move bodies over either: what wan_bulk.py and wan_figures.py measure."""

import contextlib
import socket
import ssl
import threading
import time

from assertions import check
from scripted_server import ScriptedServer
from spreads import percentile
from tunnel import Tunnel

BLOCK = bytes(1 << 18)
SMALL_INTERVAL_S = 0.05


def serve(connection):
    """GET /N sends N bytes; a POST is taken in and counted."""
    while True:
        head = connection.read_head()
        method, path, _ = head[0].split()
        if method == "POST":
            connection.answer(str(connection.read_body(head)))
            continue
        left = int(path[1:])
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
        while left:
            part = BLOCK[:min(left, len(BLOCK))]
            connection.send(part)
            left -= len(part)


class Client:
    """One connection, plain to the origin's TLS or to the edge's listener."""

    def __init__(self, address, port, tls=None, fields=""):
        self.socket = socket.create_connection((address, port), timeout=300)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.fields = fields
        self.room = bytearray(1 << 18)

    def download(self, size):
        """Seconds from the request to the last byte."""
        begin = time.monotonic()
        self.socket.sendall(f"GET /{size} HTTP/1.1\r\nHost: a\r\n{self.fields}\r\n".encode())
        got = self._head()
        while got < size:
            count = self.socket.recv_into(self.room)
            check(count, "a download was cut")
            got += count
        return time.monotonic() - begin

    def upload(self, size):
        """Seconds from the request to the origin's answer, which it gives at the end."""
        begin = time.monotonic()
        self.socket.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n"
                            f"{self.fields}\r\n".encode())
        left = size
        while left:
            part = memoryview(BLOCK)[:min(left, len(BLOCK))]
            self.socket.sendall(part)
            left -= len(part)
        answered = self._head()
        if not answered:
            self.socket.recv_into(self.room)
        return time.monotonic() - begin

    def _head(self):
        """Reads the answer's head; how much of its content came with it."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(1 << 16)
            check(part, "no answer")
            head += part
        check(head.startswith(b"HTTP/1.1 200"), head[:200])
        return len(head) - head.index(b"\r\n\r\n") - 4

    def close(self):
        self.socket.close()


class Small:
    """Small requests, one at a time, until stop()."""

    def __init__(self, make):
        self.times = []
        self._stop = threading.Event()
        self._client = make()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(SMALL_INTERVAL_S):
            self.times.append(self._client.download(1000))

    def stop(self):
        self._stop.set()
        self._thread.join(60)
        self._client.close()
        return self.times


def percentile_ms(values, share):
    return 1000 * percentile(values, share)


class Rig:
    """An origin, a TLS server and an agent at one end, an edge and the clients at the other."""

    def __init__(self, test, wan, connections, name="wan-edge"):
        self.wan = wan
        certificate = test.certificate_authority().issue(wan.b.address)
        with wan.b.inside():
            self.origin = ScriptedServer(test, serve)
            self.plain = ScriptedServer(test, serve, tls=certificate, address=wan.b.address)
        with wan.a.inside():
            self.tunnel = Tunnel(test, name=name, agent_address=wan.a.address)
        with wan.b.inside():
            self.agent = self.tunnel.start_agent(permit=[self.origin.port],
                                                  connections=connections)
        service = self.tunnel.address_service("origin", self.origin.port)
        self.fields = "".join(f"{name}: {value}\r\n" for name, value in service.headers.items())
        self.tls = ssl.create_default_context()
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE
        self.kept = None

    def client(self, path):
        with self.wan.a.inside():
            if path == "plain":
                return Client(self.wan.b.address, self.plain.port, self.tls)
            return Client("127.0.0.1", self.tunnel.binding_port, fields=self.fields)

    def transfer(self, path, direction, size):
        """Mbit/s of one body."""
        if path == "plain" and self.kept:
            return size * 8 / getattr(self.kept, direction)(size) / 1e6
        with contextlib.closing(self.client(path)) as client:
            return size * 8 / getattr(client, direction)(size) / 1e6

    def stop(self):
        self.agent.kill()
        self.tunnel.edge.kill()
